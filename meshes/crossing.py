"""Gmsh draws a junction of slits: mapped blocks, two for each stretch of an arm and four in the middle.

The cells shrink towards all walls and, along the arms, towards the corners where they meet. The grid lines across the
horizontal arms go on through the middle, and so do those across the vertical ones. A solid covers all walls with one
thickness; between two arms its grid lines are those of the arms.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from meshes.grading import LEAST_LAYERS, RING_CELLS, Grading, Stretch, axial_stretches, cells_needed, fill
from meshes.junction import DIRECTIONS, Junction, Point
from meshes.layout import FLUID, GATE

if TYPE_CHECKING:
    from meshes.canvas import Canvas
    from meshes.sizes import MeshSizes

REGION = "junction"

Row = tuple[str, Grading, float, float]
"""Cells between two grid lines of a patch: family, grading, and the parts of the patch at which they begin and end."""

LINES = {"horizontal": ("left", "right"), "vertical": ("top", "bottom")}
"""Arms on each of the two lines that cross."""


def draw_junction(canvas: Canvas, geometry: Junction, sizes: MeshSizes) -> None:
    """Draw a junction."""
    _Drawing(canvas, geometry, sizes).draw()


def arm_stretches(length: float, first: float, growth: float, least_cells: int) -> list[Stretch]:
    """Cells of an arm from where the arms meet on: growing from a first one, then equal ones, at least `least_cells`."""
    largest = length / least_cells
    if first >= largest:
        return [Stretch(0.0, length, Grading(least_cells))]
    graded = cells_needed(largest * growth / (growth - 1.0), first, growth)
    reach = first * (growth**graded - 1.0) / (growth - 1.0)
    if reach > 0.7 * length:
        return [Stretch(0.0, length, fill(length, first, cells_needed(length, first, growth)))]
    return [
        Stretch(0.0, reach, Grading(graded, growth)),
        Stretch(reach, length, Grading(math.ceil((length - reach) / largest))),
    ]


def covered_stretches(
    length: float, covered: float, first: float, growth: float, least_cells: int
) -> tuple[list[Stretch], list[Stretch]]:
    """Cells of an arm: up to `covered` from where the arms meet, as thick as the solid on the arms beside it, and beyond."""
    if covered == 0.0:
        return [], arm_stretches(length, first, growth, least_cells)
    rest = arm_stretches(length - covered, first, growth, least_cells)
    beyond = [Stretch(covered + each.start, covered + each.stop, each.grading) for each in rest]
    return axial_stretches(0.0, covered, first, growth, RING_CELLS), beyond


def _cells(stretches: list[Stretch]) -> int:
    return sum(stretch.grading.cells for stretch in stretches)


def layers_of(
    geometry: Junction, line: str, wall: float, corner: float, growth: float, least: int = LEAST_LAYERS
) -> int:
    """Cells between the walls and the mid-plane of the two arms that lie on a line."""
    arms = LINES[line]
    found = [cells_needed(0.5 * geometry.opening(arm), corner, growth) for arm in arms]
    found += [cells_needed(0.5 * geometry.arms[arm].end, wall, growth) for arm in arms if arm in geometry.arms]
    return max(least, *found)


def junction_cells(
    geometry: Junction, wall: float, corner: float, growth: float, axial_cells: int, solid: float = 0.0
) -> int:
    """Number of quadrilaterals before each is cut into two triangles, and before any refinement.

    solid: thickness (m) of a solid on the walls.
    """
    layers = {line: layers_of(geometry, line, wall, corner, growth) for line in LINES}
    count = 4 * layers["horizontal"] * layers["vertical"]
    along = {}
    for name, arm in geometry.arms.items():
        covered, beyond = covered_stretches(arm.length, solid, corner, growth, axial_cells)
        along[name] = _cells(covered), _cells(beyond)
        count += 2 * layers[_line(name)] * sum(along[name])
    across = _cells(axial_stretches(0.0, solid, corner, growth, RING_CELLS)) if solid else 0
    for horizontal in LINES["horizontal"]:
        for vertical in LINES["vertical"]:
            if vertical in along:
                one, other = along[horizontal], along[vertical]
                count += one[0] * other[0] + one[1] * other[0] + one[0] * other[1]
            else:
                count += across * (sum(along[horizontal]) + layers["vertical"])
    return count


def _line(side: str) -> str:
    """On which of the two lines an arm lies."""
    return "horizontal" if DIRECTIONS[side][0] else "vertical"


class _Drawing:
    """The junction while it is drawn; every edge is made once."""

    def __init__(self, canvas: Canvas, geometry: Junction, sizes: MeshSizes) -> None:
        self._canvas, self._geometry, self._sizes = canvas, geometry, sizes
        self._layers = {
            line: layers_of(geometry, line, sizes.wall, sizes.corner, sizes.growth, sizes.layers) for line in LINES
        }
        self._solid = sizes.layout.solid
        self._depth = 0.0 if self._solid is None else self._solid.thickness or 0.0
        self._region = FLUID if self._solid else REGION
        self._stretches = {
            name: covered_stretches(arm.length, self._depth, sizes.corner, sizes.growth, sizes.axial_cells)
            for name, arm in geometry.arms.items()
        }
        corners = {(h, v): geometry.corner(h, v) for h in ("left", "right") for v in ("top", "bottom")}
        self._corners = corners
        self._middles: dict[str, Point] = {}
        for side in DIRECTIONS:
            ends = [at for key, at in corners.items() if side in key]
            self._middles[side] = 0.5 * (ends[0] + ends[1])
        self._halves: dict[tuple[str, str], list[int]] = {}
        for horizontal, vertical in corners:
            for side, other in ((horizontal, vertical), (vertical, horizontal)):
                self._halves[side, other] = self._across(
                    side, corners[horizontal, vertical], self._middles[side], sizes.corner
                )

    def _across(self, side: str, wall: Point, middle: Point, first: float) -> list[int]:
        """An edge across a half of an arm, from its wall to its mid-plane."""
        line = _line(side)
        length = float(np.linalg.norm(wall - middle))
        return self._edge(wall, middle, f"across {line}", fill(length, first, self._layers[line]))

    def _edge(self, start: Point, stop: Point, family: str, grading: Grading) -> list[int]:
        return self._canvas.edge(_place(start), _place(stop), family, grading)

    def draw(self) -> None:
        """All of it."""
        self._middle()
        for name in self._geometry.terminals:
            self._arm(name)
        if self._solid is None:
            return
        for horizontal, vertical in self._corners:
            cover = self._cover_corner if vertical in self._geometry.arms else self._cover_far_side
            cover(self._solid.name, horizontal, vertical)

    def _middle(self) -> None:
        """The four blocks around the point where the mid-planes cross."""
        centre = np.zeros(2)
        spokes = {}
        for side in DIRECTIONS:
            line = "vertical" if _line(side) == "horizontal" else "horizontal"  # whose grid lines it crosses
            length = float(np.linalg.norm(self._middles[side]))
            grading = fill(length, self._sizes.corner, self._layers[line])
            spokes[side] = self._edge(self._middles[side], centre, f"across {line}", grading)
        for (horizontal, vertical), corner in self._corners.items():
            loop = [
                self._halves[horizontal, vertical],
                spokes[horizontal],
                _back(spokes[vertical]),
                _back(self._halves[vertical, horizontal]),
            ]
            places = [corner, self._middles[horizontal], centre, self._middles[vertical]]
            self._canvas.block(self._region, loop, "Left", [_place(at) for at in places])
        if "bottom" not in self._geometry.arms:
            for horizontal in ("left", "right"):
                self._canvas.name(self._geometry.wall, self._halves["bottom", horizontal])

    def _arm(self, name: str) -> None:
        """The blocks of an arm on both sides of its mid-plane."""
        geometry, sizes, canvas = self._geometry, self._sizes, self._canvas
        arm = geometry.arms[name]
        stretches = [*self._stretches[name][0], *self._stretches[name][1]]
        end, _ = geometry.end_of(name)
        sides = ("top", "bottom") if _line(name) == "horizontal" else ("right", "left")
        walls = {side: self._wall(name, side) for side in sides}

        def between(ends: tuple[Point, Point], part: float) -> Point:
            return (1.0 - part) * ends[0] + part * ends[1]

        middle = (self._middles[name], end)
        on_axis = self._parts(name, *middle)
        axis = [
            self._edge(between(middle, start), between(middle, stop), f"{name} {number}", stretch.grading)
            for number, (stretch, (start, stop)) in enumerate(zip(stretches, on_axis, strict=True))
        ]
        for side in sides:
            across = self._halves[name, side]
            on_wall = self._parts(name, *walls[side])
            for number, (stretch, (start, stop)) in enumerate(zip(stretches, on_wall, strict=True)):
                near, far = between(walls[side], start), between(walls[side], stop)
                inner, outer = (between(middle, part) for part in on_axis[number])
                wall = self._edge(near, far, f"{name} {number}", stretch.grading)
                first = sizes.wall if stop == 1.0 else sizes.corner
                beyond = self._across(name, far, outer, first)
                loop = [across, axis[number], _back(beyond), _back(wall)]
                canvas.block(self._region, loop, "Left", [_place(at) for at in (near, inner, outer, far)])
                canvas.name(arm.wall, wall)
                across = beyond
            canvas.name(name, across)

    def _wall(self, name: str, side: str) -> tuple[Point, Point]:
        """Both ends of a wall of an arm, the one where the arms meet first."""
        end, half = self._geometry.end_of(name)
        key = (name, side) if (name, side) in self._corners else (side, name)
        return self._corners[key], end + float(np.sum(DIRECTIONS[side])) * half

    def _parts(self, name: str, start: Point, stop: Point) -> list[tuple[float, float]]:
        """Where the stretches of an arm begin and end on a line along it, as parts of its way. What the solid on the arm
        beside it covers is as long on all lines, the rest may differ."""
        length, depth = self._geometry.arms[name].length, self._depth
        covered = depth / self._along(name, stop - start)

        def part(at: float) -> float:
            if at <= depth:
                return covered * at / depth if depth else 0.0
            return covered + (1.0 - covered) * (at - depth) / (length - depth)

        stretches = [*self._stretches[name][0], *self._stretches[name][1]]
        return list(itertools.pairwise([0.0, *(part(stretch.stop) for stretch in stretches[:-1]), 1.0]))

    def _along(self, name: str, way: Point) -> float:
        """Length of a way in the direction of an arm, m."""
        return float(np.dot(way, DIRECTIONS[name]))

    # ------------------------------------------------------------------ the solid
    def _cover_corner(self, solid: str, horizontal: str, vertical: str) -> None:
        """The solid between a horizontal and a vertical arm: a block in the corner, and one along each of both walls."""
        names = (horizontal, vertical)
        corner = self._corners[horizontal, vertical]
        ends = {name: self._wall(name, other)[1] for name, other in (names, names[::-1])}
        covered = {name: self._rows(name, self._stretches[name][0]) for name in names}
        beyond = {name: self._rows(name, self._stretches[name][1], len(covered[name])) for name in names}
        at = {
            name: corner + (ends[name] - corner) * self._parts(name, corner, ends[name])[len(rows)][0]
            for name, rows in covered.items()
        }
        outer = at[horizontal] + at[vertical] - corner
        self._patch(solid, (corner, at[horizontal], outer, at[vertical]), covered[horizontal], covered[vertical])
        for name, other in (names, names[::-1]):
            far = ends[name] + self._depth * np.array(DIRECTIONS[other])
            places = at[name], ends[name], far, outer
            self._canvas.name(GATE, self._patch(solid, places, beyond[name], covered[other]))

    def _cover_far_side(self, solid: str, horizontal: str, side: str) -> None:
        """The solid on that side of a T where it has no arm: along a horizontal arm, and up to the middle."""
        depth = self._depth * np.array(DIRECTIONS[side])
        rings = axial_stretches(0.0, self._depth, self._sizes.corner, self._sizes.growth, RING_CELLS)
        rows = self._rows("solid", rings)
        stretches = [*self._stretches[horizontal][0], *self._stretches[horizontal][1]]
        inner, end = self._wall(horizontal, side)
        middle = self._middles[side]
        half = fill(float(np.linalg.norm(middle - inner)), self._sizes.corner, self._layers["vertical"])
        across = [("across vertical", half, 0.0, 1.0)]
        for start, stop, along in ((inner, end, self._rows(horizontal, stretches)), (inner, middle, across)):
            self._canvas.name(GATE, self._patch(solid, (start, stop, stop + depth, start + depth), along, rows))

    def _rows(self, family: str, stretches: list[Stretch], number: int = 0) -> list[Row]:
        """Stretches of an arm by the names of their families, with their parts of the way from the first to the last."""
        first, last = stretches[0].start, stretches[-1].stop
        parts = [(each.start - first, each.stop - first) for each in stretches]
        return [
            (f"{family} {number + k}", each.grading, start / (last - first), stop / (last - first))
            for k, (each, (start, stop)) in enumerate(zip(stretches, parts, strict=True))
        ]

    def _patch(self, region: str, places: Sequence[Point], along: Sequence[Row], up: Sequence[Row]) -> list[int]:
        """Mapped blocks between four places, in rows from the first to the second and from the first to the fourth one.

        Returns the edge from the fourth place to the third one.
        """

        def at(s: float, t: float) -> Point:
            weights = (1.0 - s) * (1.0 - t), s * (1.0 - t), s * t, (1.0 - s) * t
            return np.asarray(sum(weight * place for weight, place in zip(weights, places, strict=True)))

        top: list[int] = []
        for family, grading, left, right in along:
            for family_up, grading_up, low, high in up:
                corners = at(left, low), at(right, low), at(right, high), at(left, high)
                bottom = self._edge(corners[0], corners[1], family, grading)
                outward = self._edge(corners[1], corners[2], family_up, grading_up)
                above = self._edge(corners[3], corners[2], family, grading)
                inward = self._edge(corners[0], corners[3], family_up, grading_up)
                loop = [bottom, outward, _back(above), _back(inward)]
                self._canvas.block(region, loop, "Left", [_place(corner) for corner in corners])
                if high == up[-1][3]:
                    top += above
        return top


def _place(at: Point) -> tuple[float, float]:
    return float(at[0]), float(at[1])


def _back(edge: list[int]) -> list[int]:
    """The edge run through the other way."""
    return [-curve for curve in reversed(edge)]
