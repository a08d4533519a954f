"""Round pores between reservoirs, from the descriptions of the axisymmetric devices, and the blocks of all pores.

The cross-section is a square core with a ring of blocks around it (an O-grid); the sections follow each other along the
axis as the columns of the mesh of the half plane do. Each reservoir has the blocks of the section in front of the mouth,
and rings of blocks beside them along the face of the membrane. The reference space is that of `outline`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import BlockMesh, Floats, Part
from meshes.blocks.outline import (
    CORE,
    EDGE,
    OCTANTS,
    Outline,
    Section,
    Space,
    closed,
    round_outline,
    stretches_along,
)
from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry
from meshes.grading import Grading, cells_needed, face_stretches, fill
from meshes.layout import EVERYWHERE_FLUID
from meshes.mirrors import MIRRORS
from meshes.sizes import UNIT, Face, MeshSizes

QUADRANT_CELLS = 4
"""Cells around the axis in a quadrant: an even number."""


@dataclass(frozen=True)
class Beside:
    """Where a second pore in the same reservoirs lies: maps of points of the reference space, and of the device, from those
    of the first pore to those of the second, and back. Shapes (n, 3)."""

    reference: Callable[[Floats], Floats]
    device: Callable[[Floats], Floats]

    def place(self, points: Floats, first: Callable[[Floats], Floats]) -> Floats:
        """Points of the device, where `first` places those of the first pore, whose part of the reference space ends at
        z = `EDGE`."""
        second = (points[:, 2] > EDGE)[:, None]
        found = first(np.where(second, self.reference(points), points))
        return np.where(second, self.device(found), found)


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
    return pore_blocks(geometry, round_outline(geometry), sizes, part, quadrant_cells)


def pore_blocks(
    geometry: ChannelGeometry,
    outline: Outline,
    sizes: MeshSizes,
    part: Part,
    quadrant_cells: int = QUADRANT_CELLS,
    beside: Beside | None = None,
) -> Blocks:
    """Blocks of a pore of any outline, and of a second one in the same reservoirs.

    Raises:
        MeshError: see `round_pore`.
    """
    refuse_unknown(sizes)
    if geometry.particle is not None:
        raise MeshError("a particle has no mesh in three dimensions")
    if quadrant_cells < 2 or quadrant_cells % 2:
        raise MeshError(f"{quadrant_cells} cells in a quadrant are not an even number")
    quadrant_cells = outline.cells_around(quadrant_cells)
    place = outline.place if beside is None else functools.partial(beside.place, first=outline.place)
    blocks, points = Blocks(place, sizes.refinement, sizes.coarsening), dict[tuple[float, ...], int]()
    drawings = [
        _Drawing(blocks, points, geometry, outline, sizes, part, quadrant_cells // 2, frame)
        for frame in (_itself, *([] if beside is None else [beside.reference]))
    ]
    for drawing in drawings:
        blocks.name_sides(drawing.name)
    return blocks


def refuse_unknown(sizes: MeshSizes) -> None:
    """Raise a mesh error when the sizes ask for what is drawn in two dimensions only."""
    if sizes.layout != EVERYWHERE_FLUID:
        raise MeshError("regions and solids around the channel have no mesh in three dimensions")
    if sizes.nodes:
        raise MeshError("a mesh in three dimensions has no grid lines of its own to place")


def _itself(points: Floats) -> Floats:
    return points


class _Drawing:
    """Blocks of a pore and of its reservoirs. Lengths are in mesh units."""

    def __init__(
        self,
        blocks: Blocks,
        points: dict[tuple[float, ...], int],
        geometry: ChannelGeometry,
        outline: Outline,
        sizes: MeshSizes,
        part: Part,
        octant_cells: int,
        frame: Callable[[Floats], Floats],
    ) -> None:
        """points: those that are there, by their places; pores in the same reservoirs share some. frame: see `Beside`."""
        self.blocks, self.points, self.frame = blocks, points, frame
        self.geometry, self.outline, self.sizes = geometry, outline, sizes
        self.octants = 2 * _QUADRANTS[part]
        self.around = Grading(octant_cells)
        self.wall, self.corner, self.growth = sizes.wall / UNIT, sizes.corner / UNIT, sizes.growth
        self._channel()

    def _channel(self) -> None:
        geometry, sizes = self.geometry, self.sizes
        stretches = stretches_along(geometry, self.outline, sizes)
        mouths = [geometry.reservoir(name) is not None for name in geometry.terminals]
        sharp = set(geometry.kinks)
        if sizes.sharp_ends or any(mouths):
            sharp |= {0.0, geometry.length}
        at = [stretches[0].start, *(stretch.stop for stretch in stretches)]
        depths = [(1 - CORE) * self.outline.rays(x / UNIT, self.octants) for x in at]
        firsts = [self.corner if x in sharp else self.wall for x in at]
        layers = max(cells_needed(depth.max(), first, self.growth) for depth, first in zip(depths, firsts, strict=True))
        layers = max(layers, sizes.layers)
        sections = []
        for x, along, first in zip(at, depths, firsts, strict=True):
            rays = [fill(float(depth), first, layers) for depth in along]
            sections.append(self._section(x / UNIT, (CORE, 1.0), rays))
        for stretch, (one, other) in zip(stretches, itertools.pairwise(sections), strict=True):
            for first_point, last_point in zip(one.points, other.points, strict=True):
                self.blocks.edge(first_point, last_point, stretch.grading)
            self._join(one, other, "channel")
        for number, (terminal, space) in enumerate(zip(geometry.terminals, self.outline.spaces, strict=True)):
            if space is not None:
                self._reservoir(terminal, space, (-1.0, 1.0)[number], (sections[0], sections[-1])[number], layers)

    def _point(self, x: float, y: float, z: float) -> int:
        """The point at a place of the reference space of the pore."""
        place = tuple(float(value) for value in self.frame(np.array([[x, y, z]]))[0])
        if place not in self.points:
            self.points[place] = self.blocks.point(*place)
        return self.points[place]

    def _section(self, x: float, squares: tuple[float, ...], layers: Sequence[Grading]) -> Section:
        """Points and edges of a section with squares of given half sides; the layers along each ray begin at the wall."""
        blocks = self.blocks
        centre = self._point(x, 0.0, 0.0)
        corners = tuple(self._square(x, size) for size in squares)
        for k in range(0, self.octants + 1, 2):
            blocks.edge(centre, corners[0][k], self.around)
        for square in corners:
            for one, other in itertools.pairwise(square):
                blocks.edge(one, other, self.around)
        for inside, outside, grading in zip(corners[0], corners[1], layers, strict=True):
            blocks.edge(outside, inside, grading)
        return Section(centre, corners)

    def _square(self, x: float, size: float) -> tuple[int, ...]:
        return closed(tuple(self._point(x, size * y, size * z) for y, z in OCTANTS[: self.octants + 1]))

    def _join(self, one: Section, other: Section, region: str) -> None:
        """Blocks between two sections."""
        for near, far in zip(one.quads, other.quads, strict=True):
            self.blocks.block((*near, *far), region)

    def _reservoir(self, terminal: str, space: Space, outward: float, mouth: Section, layers: int) -> None:
        """The reservoir in front of a mouth."""
        outline, blocks = self.outline, self.blocks
        x = outline.length if outward > 0 else 0.0
        axes = outline.axes_at(x)
        beside = float(np.max(np.array(space.half) - axes + np.abs(outline.centre)))
        rings = self._rings(terminal, space, x)
        near = Section(mouth.centre, (*mouth.squares[:2], *(self._square(x, side) for side, _ in rings)))
        far_squares = (CORE, 1.0, *(side for side, _ in rings))
        far = self._section(x + outward * space.length, far_squares, [Grading(layers)] * len(mouth.squares[0]))
        for number, (_, grading) in enumerate(rings, 1):
            for k, inside in enumerate(near.squares[number]):
                outside = near.squares[number + 1][k]
                if len(rings) == 1:
                    blocks.edge(inside, outside, fill(blocks.distance(inside, outside), self.corner, grading.cells))
                else:
                    blocks.edge(inside, outside, grading)
                even = Grading(grading.cells) if len(rings) == 1 else grading
                blocks.edge(far.squares[number][k], far.squares[number + 1][k], even)
        shells = cells_needed(max(space.length, beside), self.corner, self.growth)
        inner = {near.centre, *near.squares[0]}
        for start, stop in zip(near.points, far.points, strict=True):
            long = blocks.distance(start, stop)
            coarse = max(self.corner, min(float(axes.min()) / 3, space.length / shells))
            blocks.edge(start, stop, fill(long, coarse if start in inner else self.corner, shells))
        self._join(near, far, f"reservoir_{terminal}")

    def _rings(self, terminal: str, space: Space, x: float) -> list[tuple[float, Grading]]:
        """Rings on the face of the membrane at a mouth: where each ends in the reference space, and its cells from inside
        out. There are several where the charge of the face jumps, which only the face of a round pore has circles for."""
        reach, radius = space.half[0], float(self.outline.axes_at(x)[0])
        given = self.sizes.faces.get(terminal, Face()).jumps
        jumps = [jump / UNIT for jump in given if radius < jump / UNIT < reach]
        if not jumps:
            rays = [
                self.blocks.distance(*(self._point(x, side * y, side * z) for side in (1.0, EDGE)))
                for y, z in OCTANTS[: self.octants + 1]
            ]
            return [(EDGE, Grading(cells_needed(max(rays), self.corner, self.growth)))]
        if not self.outline.is_round:
            raise MeshError("jumps of the charge of a membrane's face have a mesh around a round pore alone")
        stretches = face_stretches(radius, reach, jumps, self.corner, self.growth)
        sides = [1.0 + (EDGE - 1.0) * (ring.stop - radius) / (reach - radius) for ring in stretches]
        return list(zip([*sides[:-1], EDGE], (ring.grading for ring in stretches), strict=True))

    def name(self, corners: Floats) -> str | None:
        """Name of the outer side with given corners in the reference space, shape (4, 3); none for those of other pores."""
        local, length = self.frame(corners), self.outline.length
        x, across = local[:, 0], np.abs(local[:, 1:]).max(axis=1)
        if across.max() > EDGE:
            return None
        for name, axis in MIRRORS[3].items():
            if (local[:, axis] == 0).all():
                return name
        flat = bool((x == x[0]).all())
        if not flat and (across == 1).all():
            return "channel"
        end = 0 if x.mean() < length / 2 else 1
        terminal, space = self.geometry.terminals[end], self.outline.spaces[end]
        if space is None:
            return terminal if flat else None
        if flat and x[0] in (0.0, length):
            return self.sizes.faces.get(terminal, Face()).wall
        if flat:
            return terminal
        if (across != EDGE).any():
            return None
        return space.sides[0 if (np.abs(local[:, 1]) == EDGE).all() else 1]
