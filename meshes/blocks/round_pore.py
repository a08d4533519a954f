"""Round pores between reservoirs, from the descriptions of the axisymmetric devices.

The cross-section is a square core with a ring of blocks around it (an O-grid); the sections follow each other along the
axis as the columns of the mesh of the half plane do. Each reservoir has the blocks of the section in front of the mouth,
and rings of blocks beside them along the face of the membrane.

In the reference space a section is a square of half side 1, whose core has half side `CORE`; the face of the membrane is
what lies between it and the square of half side 2.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import BlockMesh, Floats, Part
from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry
from meshes.grading import Grading, Stretch, cells_needed, channel_stretches, face_stretches, fill
from meshes.layout import EVERYWHERE_FLUID
from meshes.sizes import UNIT, Face, MeshSizes

CORE = 0.5
"""Where the core meets the ring on the planes of symmetry, as a part of the radius."""

BULGE = 1.15
"""Distance of the core's corners from the axis over that of the middles of its sides: 1 for an octagon, 1.41 for a square."""

QUADRANT_CELLS = 4
"""Cells around the axis in a quadrant: an even number."""

STEEPEST = 1.7
"""Largest ratio of the radii at the two ends of a cell along the pore: cells are inverted above 2.1."""

_OCTANTS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
_QUADRANTS: Mapping[Part, int] = {"quarter": 1, "half": 2, "full": 4}


def round_pore(
    geometry: ChannelGeometry, sizes: MeshSizes, part: Part = "quarter", quadrant_cells: int = QUADRANT_CELLS
) -> BlockMesh:
    """Mesh of a round pore, with the boundaries of the mesh of its half plane; the planes y = 0 and z = 0 where the part ends
    are `symmetry_y` and `symmetry_z`.

    Raises:
        MeshError: when the device has something that is drawn in the half plane only, `quadrant_cells` is odd, or the mesh
            does not pass its check.
    """
    return round_pore_blocks(geometry, sizes, part, quadrant_cells).mesh(part)


def round_pore_blocks(
    geometry: ChannelGeometry, sizes: MeshSizes, part: Part = "quarter", quadrant_cells: int = QUADRANT_CELLS
) -> Blocks:
    """Blocks of a round pore, which have no cells yet; raises a mesh error as `round_pore` does."""
    if geometry.symmetry != "axisymmetric":
        raise MeshError("the description of a slit has no round cross-section")
    refuse_unknown(sizes)
    if geometry.particle is not None:
        raise MeshError("a particle has no mesh in three dimensions")
    if quadrant_cells < 2 or quadrant_cells % 2:
        raise MeshError(f"{quadrant_cells} cells in a quadrant are not an even number")
    return _Drawing(geometry, sizes, part, quadrant_cells // 2).blocks


def refuse_unknown(sizes: MeshSizes) -> None:
    """Raise a mesh error when the sizes ask for what is drawn in two dimensions only."""
    if sizes.layout != EVERYWHERE_FLUID:
        raise MeshError("regions and solids around the channel have no mesh in three dimensions")
    if sizes.nodes:
        raise MeshError("a mesh in three dimensions has no grid lines of its own to place")


def placing(geometry: ChannelGeometry) -> Callable[[Floats], Floats]:
    """The function that takes points of the reference space, shape (n, 3), to the device."""
    length = geometry.length / UNIT
    (before, reach_before), (after, reach_after) = [(size / UNIT, reach / UNIT) for size, reach in geometry.spaces]

    def inner(x: Floats) -> Floats:
        """Radius of the ring's outer side: the wall of the pore, and what goes on from it in a reservoir."""
        radius = np.asarray(geometry.profile(np.clip(x / length, 0.0, 1.0)), dtype=float) / UNIT
        for depth, size, reach in ((-x, before, reach_before), (x - length, after, reach_after)):
            if size:
                radius = radius + np.clip(depth / size, 0.0, 1.0) * (_front(radius, reach) - radius)
        return np.asarray(radius)

    def place(points: Floats) -> Floats:
        x, across = points[:, 0], np.abs(points[:, 1:])
        radius, reach = inner(x), np.where(x < length / 2, reach_before, reach_after)
        largest, smallest = across.max(axis=1), across.min(axis=1)
        part = np.clip((largest - CORE) / (1 - CORE), 0.0, 1.0)
        turn = smallest / np.where(largest > 0, largest, 1.0)
        shift = BULGE * np.sqrt(0.5)  # of the core's corner, along y and z
        in_core = largest <= CORE
        first = np.where(in_core, largest / CORE, 1.0)
        second = np.where(in_core, smallest / CORE, turn)
        straight = CORE * np.array([first * (1 - second + second * shift), second * (1 - first + first * shift)])
        angle = np.pi / 4 * turn
        circle = np.array([np.cos(angle), np.sin(angle)])
        beyond = np.clip(largest - 1.0, 0.0, 1.0) * (reach - radius)
        high, low = radius * ((1 - part) * straight + part * circle) + beyond * circle
        swapped = across[:, 1] > across[:, 0]
        found = np.column_stack([x, np.where(swapped, low, high), np.where(swapped, high, low)])
        found[:, 1:] *= np.sign(points[:, 1:])
        return found

    return place


def stretches_along(geometry: ChannelGeometry, sizes: MeshSizes) -> list[Stretch]:
    """Axial stretches as in the half plane, with more cells where the radius would change too much within one."""
    cells = sizes.axial_cells
    while True:
        found = channel_stretches(geometry, sizes.stations, sizes.corner, sizes.growth, cells, sizes.sharp_ends)
        ends = [stretch.positions(range(stretch.grading.cells + 1)) / geometry.length for stretch in found]
        radii = [np.asarray(geometry.profile(np.clip(at, 0.0, 1.0)), dtype=float) for at in ends]
        steepest = max(float(np.abs(np.diff(np.log(each))).max()) for each in radii)
        if steepest <= np.log(STEEPEST) or cells > 20 * sizes.axial_cells:
            return found
        cells += max(1, cells // 4)


def _front(radius: Floats, reach: float) -> Floats:
    """Radius at the far end of the blocks in front of a mouth."""
    return np.maximum(0.6 * reach, 0.5 * (radius + reach))


@dataclass(frozen=True)
class _Section:
    """Points of a section: the centre, and those of squares around it, one an octant, the last the first again in a full one.
    The squares are the core, the wall and rings on the face of the membrane."""

    centre: int
    squares: tuple[tuple[int, ...], ...]

    @property
    def quads(self) -> list[tuple[int, ...]]:
        """Corners of the blocks between this section and the next: the core's, and those of rings from inside out."""
        core = self.squares[0]
        found: list[tuple[int, ...]] = [
            (self.centre, core[k + 2], core[k], core[k + 1]) for k in range(0, len(core) - 1, 2)
        ]
        for inner, outer in itertools.pairwise(self.squares):
            found += [(inner[k], inner[k + 1], outer[k], outer[k + 1]) for k in range(len(inner) - 1)]
        return found

    @property
    def points(self) -> list[int]:
        """All points, in the same order for all sections with as many squares."""
        return list(dict.fromkeys([self.centre, *itertools.chain.from_iterable(self.squares)]))


class _Drawing:
    """Blocks of a round pore. Lengths are in mesh units."""

    def __init__(self, geometry: ChannelGeometry, sizes: MeshSizes, part: Part, octant_cells: int) -> None:
        self.geometry, self.sizes = geometry, sizes
        self.octants = 2 * _QUADRANTS[part]
        self.around = Grading(octant_cells)
        self.wall, self.corner, self.growth = sizes.wall / UNIT, sizes.corner / UNIT, sizes.growth
        self.blocks = Blocks(placing(geometry), sizes.refinement)
        self._channel()
        self.blocks.name_sides(self._name)

    def _radius(self, x: float) -> float:
        """Radius of the pore at an axial position."""
        return float(self.geometry.profile(np.array([x * UNIT / self.geometry.length]))[0]) / UNIT

    def _channel(self) -> None:
        geometry, sizes = self.geometry, self.sizes
        stretches = stretches_along(geometry, sizes)
        mouths = [geometry.reservoir(name) is not None for name in geometry.terminals]
        sharp = set(geometry.kinks)
        if sizes.sharp_ends or any(mouths):
            sharp |= {0.0, geometry.length}
        at = [stretches[0].start, *(stretch.stop for stretch in stretches)]
        depths = [(1 - CORE) * self._radius(x / UNIT) for x in at]
        firsts = [self.corner if x in sharp else self.wall for x in at]
        layers = max(cells_needed(depth, first, self.growth) for depth, first in zip(depths, firsts, strict=True))
        layers = max(layers, sizes.layers)
        sections = []
        for x, depth, first in zip(at, depths, firsts, strict=True):
            sections.append(self._section(x / UNIT, (CORE, 1.0), fill(depth, first, layers)))
        for stretch, (one, other) in zip(stretches, itertools.pairwise(sections), strict=True):
            for first_point, last_point in zip(one.points, other.points, strict=True):
                self.blocks.edge(first_point, last_point, stretch.grading)
            self._join(one, other, "channel")
        for terminal, outward, section in zip(
            geometry.terminals, (-1.0, 1.0), (sections[0], sections[-1]), strict=True
        ):
            if geometry.reservoir(terminal) is not None:
                self._reservoir(terminal, outward, section, layers)

    def _section(self, x: float, squares: tuple[float, ...], layers: Grading) -> _Section:
        """Points and edges of a section with squares of given half sides; layers begin at the wall."""
        blocks = self.blocks
        centre = blocks.point(x, 0.0, 0.0)
        corners = tuple(self._square(x, size) for size in squares)
        for k in range(0, self.octants + 1, 2):
            blocks.edge(centre, corners[0][k], self.around)
        for square in corners:
            for one, other in itertools.pairwise(square):
                blocks.edge(one, other, self.around)
        for inside, outside in zip(corners[0], corners[1], strict=True):
            blocks.edge(outside, inside, layers)
        return _Section(centre, corners)

    def _square(self, x: float, size: float) -> tuple[int, ...]:
        points = [self.blocks.point(x, size * y, size * z) for y, z in _OCTANTS[: self.octants + 1]]
        return (*points, points[0]) if self.octants == 8 else tuple(points)

    def _join(self, one: _Section, other: _Section, region: str) -> None:
        """Blocks between two sections."""
        for near, far in zip(one.quads, other.quads, strict=True):
            self.blocks.block((*near, *far), region)

    def _reservoir(self, terminal: str, outward: float, mouth: _Section, layers: int) -> None:
        """The reservoir in front of a mouth."""
        geometry, sizes, blocks = self.geometry, self.sizes, self.blocks
        reservoir = geometry.reservoir(terminal)
        assert reservoir is not None
        length, reach = reservoir.length / UNIT, reservoir.reach / UNIT
        x = geometry.length / UNIT if outward > 0 else 0.0
        radius = self._radius(x)
        jumps = [jump / UNIT for jump in sizes.faces.get(terminal, Face()).jumps if radius < jump / UNIT < reach]
        rings = face_stretches(radius, reach, jumps, self.corner, self.growth)
        sides = [1.0 + (ring.stop - radius) / (reach - radius) for ring in rings]
        sides[-1] = 2.0
        near = _Section(mouth.centre, (*mouth.squares[:2], *(self._square(x, side) for side in sides)))
        far = self._section(x + outward * length, (CORE, 1.0, *sides), Grading(layers))
        for number, ring in enumerate(rings, 1):
            for k, inside in enumerate(near.squares[number]):
                blocks.edge(inside, near.squares[number + 1][k], ring.grading)
                even = Grading(ring.grading.cells) if len(rings) == 1 else ring.grading
                blocks.edge(far.squares[number][k], far.squares[number + 1][k], even)
        shells = cells_needed(max(length, reach - radius), self.corner, self.growth)
        inner = {near.centre, *near.squares[0]}
        for start, stop in zip(near.points, far.points, strict=True):
            long = blocks.distance(start, stop)
            first = max(self.corner, min(radius / 3, length / shells)) if start in inner else self.corner
            blocks.edge(start, stop, fill(long, first, shells))
        self._join(near, far, f"reservoir_{terminal}")

    def _name(self, corners: Floats) -> str | None:
        """Name of the outer side with given corners in the reference space, shape (4, 3)."""
        geometry = self.geometry
        length = geometry.length / UNIT
        x, across = corners[:, 0], np.abs(corners[:, 1:]).max(axis=1)
        for axis, name in ((1, "symmetry_y"), (2, "symmetry_z")):
            if (corners[:, axis] == 0).all():
                return name
        flat = bool((x == x[0]).all())
        if not flat and (across == 1).all():
            return "channel"
        terminal = geometry.terminals[0 if x.mean() < length / 2 else 1]
        reservoir = geometry.reservoir(terminal)
        if reservoir is None:
            return terminal if flat else None
        if flat and x[0] in (0.0, length):
            return self.sizes.faces.get(terminal, Face()).wall
        if flat:
            return terminal
        return (terminal if reservoir.terminal == "all" else "reservoir") if (across == 2).all() else None
