"""Gmsh draws a stack of segments: mapped blocks, in rows from the axis to the walls and in stretches along the axis.

All cells across a segment go on through its wider neighbour, which has further rows beside them, up to its own wall. The
grid lines of a row that leave the edge of a step spread with the distance from it. Cells are small on both sides of steps,
kinks, jumps of the walls' charge and interfaces of materials. A solid around the stack has the rows beyond a segment's wall,
up to the outer side that all segments share.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from meshes.geometry import ABRUPT, Array
from meshes.grading import LEAST_LAYERS, Stretch, cells_needed, fill, unlike_stretches
from meshes.layout import EVERYWHERE_FLUID, GATE, Layout
from meshes.stack import StackKeys, same_size

if TYPE_CHECKING:
    from meshes.canvas import Canvas
    from meshes.sizes import MeshSizes

REGION = "channel"

LEAST_BESIDE = 2
"""Least number of cells in each half of a row beside the innermost one."""

CELLS_AT_END = 4
"""Cells that a radius at an end of the stack would hold along the axis."""


class Part(NamedTuple):
    """Cells across a segment between two levels; level n is the outer edge of row n, n + 1/2 the middle of the next row, and
    level 0 the axis. They grow away from one of the two."""

    family: str
    low: float
    high: float
    small: float


def parts_of(rows: int) -> list[Part]:
    """What lies across a segment with a number of rows: the innermost row, and two halves of each of the others."""
    found = [Part("row 1", 0, 1, 1)]
    for n in range(1, rows):
        found += [
            Part(f"row {n + 1} inner", n, n + 0.5, n),
            Part(f"row {n + 1} outer", n + 0.5, n + 1, n + 1),
        ]
    return found


@dataclass(frozen=True)
class Sizes:
    """What the mesh of a stack resolves; see `meshes.sizes.MeshSizes`.

    Attributes:
        wall: cell at a wall of `layered`. corner: cell at steps, kinks and jumps of charge. growth: of neighbours.
        axial_cells: least number along a segment. layers: least number across the innermost row.
        layout: materials. layered: names of the walls with a double layer.
        sharp_ends: whether what an end holds does not fit its wall.
    """

    wall: float
    corner: float
    growth: float
    axial_cells: int
    layers: int = LEAST_LAYERS
    layout: Layout = EVERYWHERE_FLUID
    layered: Collection[str] = field(default_factory=tuple)
    sharp_ends: bool = False


class Plan:
    """Where the grid lines of a stack lie, and how many cells lie between them."""

    def __init__(self, geometry: StackKeys, sizes: Sizes) -> None:
        self.geometry, self.sizes = geometry, sizes
        self.edges = row_edges(geometry)
        self.walls = [len(start) for start, _ in self.edges]
        """The level of each segment's wall; rows beyond it lie in the solid."""
        if sizes.layout.solid is not None:
            self.edges = edges_with_solid(self.edges, sizes.layout.solid.outer_side(geometry))
        self.stretches = [list(self._along(k)) for k in range(len(geometry.parts))]
        self.cells: dict[str, int] = {}
        for k, stretches in enumerate(self.stretches):
            for z in _ends(stretches):
                for part in parts_of(self.rows(k)):
                    length = abs(np.diff(self.radii(k, z, (part.low, part.high)))[0])
                    least = sizes.layers if part.low == 0 else LEAST_BESIDE
                    needed = max(least, cells_needed(length, self.first(k, z, part), sizes.growth))
                    self.cells[part.family] = max(needed, self.cells.get(part.family, 0))

    @property
    def quadrilaterals(self) -> int:
        """Number of cells before each is cut into two triangles, and before any refinement."""
        across = [sum(self.cells[part.family] for part in parts_of(self.rows(k))) for k in range(len(self.edges))]
        along = [sum(stretch.grading.cells for stretch in stretches) for stretches in self.stretches]
        return sum(n * m for n, m in zip(across, along, strict=True))

    def rows(self, k: int) -> int:
        """Number of rows across a segment and the solid around it."""
        return len(self.edges[k][0])

    def radii(self, k: int, z: float, levels: tuple[float, ...]) -> Array:
        """Distances from the axis (m) of levels of a segment at an axial position."""
        start, stop = self.geometry.stations[k : k + 2]
        part = (z - start) / (stop - start)
        one, other = (np.interp(levels, range(len(edge) + 1), [0.0, *edge]) for edge in self.edges[k])
        return np.asarray((1.0 - part) * one + part * other)

    # ------------------------------------------------------------------ sizes
    def first(self, k: int, z: float, part: Part) -> float:
        """Smallest cell (m) across part of a segment at an axial position."""
        stations, sizes = self.geometry.stations, self.sizes
        found, solid = math.inf, sizes.layout.solid
        if solid is not None and solid.gate not in (None, self.geometry.mouths) and part.small == self.rows(k):
            found = sizes.corner  # the gate ends on the outer side
        if part.small == self.walls[k]:
            found = sizes.layout.wall_size(z) if part.high == part.small else found
            if self.geometry.walls[k] in sizes.layered:
                found = min(found, sizes.wall)
            if sizes.sharp_ends and z in self.geometry.mouths:
                found = min(found, sizes.corner)
        for at, n in ((stations[k], k), (stations[k + 1], k + 1)):
            if not 0 < n < len(self.edges) or not self._is_sharp(n):
                continue
            edges = self.walls[n - 1 : n + 1] if solid is not None else [min(self.walls[n - 1 : n + 1])]
            if part.small in edges:  # of the step
                spread = (sizes.growth - 1.0) * abs(z - at)
                found = min(found, sizes.corner + spread)
        return found

    def _is_sharp(self, n: int) -> bool:
        """Whether potential or flow may be singular where segment n meets the one before it."""
        one, other = self.geometry.parts[n - 1 : n + 1]
        if not same_size(one.sizes[1], other.sizes[0]) or {one.name, other.name} & set(self.sizes.layered):
            return True
        slopes = [math.atan((part.sizes[1] - part.sizes[0]) / part.length) for part in (one, other)]
        return abs(slopes[1] - slopes[0]) > ABRUPT

    def _axial(self, n: int) -> float:
        """Cell (m) along the axis on both sides of where segment n begins."""
        geometry, sizes = self.geometry, self.sizes
        found = sizes.layout.end_size(geometry.stations[n])
        if 0 < n < len(geometry.parts):
            return min(found, sizes.corner) if self._is_sharp(n) else found
        if sizes.sharp_ends:
            return min(found, sizes.corner)
        k, side = (0, 0) if n == 0 else (n - 1, 1)
        return min(found, geometry.parts[k].sizes[side] / CELLS_AT_END)

    def _along(self, k: int) -> Iterator[Stretch]:
        """Stretches of cells along a segment."""
        start, stop = self.geometry.stations[k : k + 2]
        inside = {z: min(size, self.sizes.corner) for z, size in self._breaks() if start < z < stop}
        ends = {start: self._axial(k), **dict(sorted(inside.items())), stop: self._axial(k + 1)}
        for (low, first), (high, last) in itertools.pairwise(ends.items()):
            yield from unlike_stretches(low, high, (first, last), self.sizes.growth, self.sizes.axial_cells)

    def _breaks(self) -> Iterator[tuple[float, float]]:
        """Axial positions at which a gate ends or a fixed charge jumps, and the cell (m) that each wants."""
        layout = self.sizes.layout
        if layout.solid is not None:
            yield from ((z, math.inf) for z in layout.solid.gate or ())
        yield from ((z, plug.end_size) for plug in layout.plugs for z in plug.jumps)


def row_edges(geometry: StackKeys) -> list[tuple[Array, Array]]:
    """Distances from the axis (m) of the outer edges of each segment's rows at its start and at its end; the last one is its
    wall.

    A segment has at least one row more than a narrower neighbour, whose rows go on in it, and as many as one of its size.
    """
    sizes = [part.sizes for part in geometry.parts]
    counts = [1] * len(sizes)
    meetings = list(itertools.pairwise(range(len(sizes))))
    steps = [_step(sizes[k][1], sizes[n][0]) for k, n in meetings]
    for _ in sizes:
        for (k, n), step in zip(meetings, steps, strict=True):
            if step >= 0:
                counts[n] = max(counts[n], counts[k] + step)
            if step <= 0:
                counts[k] = max(counts[k], counts[n] - step)
    edges = [[np.full(count, np.nan) for _ in (0, 1)] for count in counts]
    for own, both in zip(edges, sizes, strict=True):
        for side in (0, 1):
            own[side][-1] = both[side]

    def carry() -> None:
        """Through meetings, from the narrower segment to the wider one, and both ways between those of one size."""
        for _ in sizes:
            for (k, n), step in zip(meetings, steps, strict=True):
                one, other = edges[k][1], edges[n][0]
                if step >= 0 and not np.isnan(one).any():
                    other[: len(one)] = one
                if step <= 0 and not np.isnan(other).any():
                    one[: len(other)] = other

    # from few rows to many: what is narrower is known when it is needed
    for count in sorted(set(counts)):
        carry()
        for _ in sizes:
            for k in (k for k, c in enumerate(counts) if c == count):
                for side in (0, 1):
                    known, unknown = edges[k][1 - side], np.isnan(edges[k][side])
                    if unknown.any() and not np.isnan(known).any():
                        given = np.flatnonzero(~unknown)
                        edges[k][side][unknown] = np.interp(
                            known[unknown], [0.0, *known[given]], [0.0, *edges[k][side][given]]
                        )
                        carry()
    return [(own[0], own[1]) for own in edges]


def edges_with_solid(edges: list[tuple[Array, Array]], outer: float) -> list[tuple[Array, Array]]:
    """Edges of rows as of `row_edges`, with those of the solid between the walls and an outer side at a distance from the
    axis (m): as many rows everywhere. Those of a wide segment go on in the solid beside a narrow one.
    """
    rows = max(len(start) for start, _ in edges) + 1
    levels = np.full((len(edges) + 1, rows), np.nan)
    levels[:, -1] = outer
    for k, (start, stop) in enumerate(edges):
        levels[k, : len(start)], levels[k + 1, : len(stop)] = start, stop
    whole = ~np.isnan(levels).any(axis=1)
    # what a cross-section lacks lies where it does in the nearest one that has it
    order = np.argsort([np.abs(np.flatnonzero(whole) - k).min() for k in range(len(levels))], kind="stable")
    for k in order:
        lacks = np.isnan(levels[k])
        if lacks.any():
            near = next(n for n in (k - 1, k + 1) if 0 <= n < len(levels) and not np.isnan(levels[n]).any())
            levels[k, lacks] = np.interp(levels[near, lacks], [0.0, *levels[near, ~lacks]], [0.0, *levels[k, ~lacks]])
    return [(levels[k], levels[k + 1]) for k in range(len(edges))]


def _step(one: float, other: float) -> int:
    """1 where the second of two sizes is the larger one, -1 where the first is, 0 where they are the same."""
    return 0 if same_size(one, other) else 1 if other > one else -1


def _ends(stretches: list[Stretch]) -> list[float]:
    """Axial positions where stretches begin and end."""
    return [stretches[0].start, *(stretch.stop for stretch in stretches)]


def draw_stack(canvas: Canvas, geometry: StackKeys, sizes: MeshSizes) -> None:
    """Draw a stack."""
    controls = sizes.wall, sizes.corner, sizes.growth, sizes.axial_cells
    resolved = Sizes(*controls, sizes.layers, sizes.layout, sizes.layered, sizes.sharp_ends)
    _Drawing(canvas, Plan(geometry, resolved)).draw()


class _Drawing:
    """The stack while it is drawn; every edge is made once."""

    def __init__(self, canvas: Canvas, plan: Plan) -> None:
        self._canvas, self._plan = canvas, plan

    def draw(self) -> None:
        """All of it."""
        plan, geometry = self._plan, self._plan.geometry
        before: Mapping[Part, list[int]] = {}
        for k, stretches in enumerate(plan.stretches):
            across = self._across(k, stretches[0].start, before)
            if k:
                low, high = sorted(plan.walls[k - 1 : k + 1])
                wide = k if plan.walls[k] == high else k - 1
                self._name(geometry.walls[wide], {**before, **across}, low, high)
            else:
                self._name(geometry.terminals[0], across, 0, plan.walls[0])
            for number, stretch in enumerate(stretches):
                narrower: Mapping[Part, list[int]] = {}
                if number == len(stretches) - 1 and k + 1 < len(plan.edges) and plan.rows(k + 1) < plan.rows(k):
                    narrower = self._across(k + 1, stretch.stop, {})
                beyond = self._across(k, stretch.stop, narrower)
                self._blocks(k, stretch, f"axial {k} {number}", across, beyond)
                across = beyond
            before = across
        self._name(geometry.terminals[1], before, 0, plan.walls[-1])

    def _across(self, k: int, z: float, known: Mapping[Part, list[int]]) -> dict[Part, list[int]]:
        """Edges across a segment, outwards; some may be known from its neighbour."""
        plan, found = self._plan, {}
        for part in parts_of(plan.rows(k)):
            if part in known:
                found[part] = known[part]
                continue
            other = part.low if part.small == part.high else part.high
            start, stop = (float(r) for r in plan.radii(k, z, (part.small, other)))
            firsts = [plan.first(n, z, part) for n in self._meeting(k, z) if part in parts_of(plan.rows(n))]
            grading = fill(abs(stop - start), min(firsts), plan.cells[part.family])
            edge = self._canvas.edge((z, start), (z, stop), part.family, grading)
            found[part] = edge if part.small == part.low else _back(edge)
        return found

    def _meeting(self, k: int, z: float) -> list[int]:
        """The segments that have a cross-section of segment k."""
        stations, count = self._plan.geometry.stations, len(self._plan.edges)
        return [n for n in (k - 1, k, k + 1) if n == k or (0 <= n < count and z in stations[n : n + 2])]

    def _name(self, name: str, across: Mapping[Part, list[int]], low: int, high: int) -> None:
        """Name what lies across a segment between two levels."""
        for part, edge in across.items():
            if low <= part.low and part.high <= high:
                self._canvas.name(name, [abs(curve) for curve in edge])

    def _blocks(
        self,
        k: int,
        stretch: Stretch,
        family: str,
        across: Mapping[Part, list[int]],
        beyond: Mapping[Part, list[int]],
    ) -> None:
        """The blocks of one stretch, from the axis outwards."""
        plan, canvas, geometry = self._plan, self._canvas, self._plan.geometry
        start, stop = stretch.start, stretch.stop
        layout, wall = plan.sizes.layout, plan.walls[k]
        solid, inside = layout.solid, layout.region_at(0.5 * sum(geometry.stations[k : k + 2])) if layout else REGION

        def along(level: float) -> list[int]:
            ends = [(z, float(plan.radii(k, z, (level,))[0])) for z in (start, stop)]
            return canvas.edge(ends[0], ends[1], family, stretch.grading)

        lower = along(0)
        canvas.name("axis", lower)
        for part in parts_of(plan.rows(k)):
            upper = along(part.high)
            corners = [
                (z, float(plan.radii(k, z, (level,))[0]))
                for z, level in ((start, part.low), (stop, part.low), (stop, part.high), (start, part.high))
            ]
            region = inside if part.high <= wall or solid is None else solid.name
            canvas.block(region, [lower, beyond[part], _back(upper), _back(across[part])], "Left", corners)
            if part.high == wall:
                canvas.name(geometry.walls[k], upper)
            lower = upper
        if solid is not None and (solid.gate is None or solid.gate[0] < 0.5 * (start + stop) < solid.gate[1]):
            canvas.name(GATE, lower)


def _back(edge: list[int]) -> list[int]:
    """The edge run through the other way."""
    return [-curve for curve in reversed(edge)]
