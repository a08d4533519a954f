"""Slits with side walls between reservoirs that are boxes.

The cross-section is cut by the lines of the side walls, of the plates and, where only a part is drawn, of the mirrors. The
blocks in front of a mouth widen towards the far end of the reservoir; beside them are rows of blocks along the face of
the membrane. The reference space is the device itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import BlockMesh, Floats, Part
from meshes.blocks.round_pore import refuse_unknown
from meshes.errors import MeshError
from meshes.geometry import Slit
from meshes.grading import Grading, cells_needed, channel_stretches, fill
from meshes.reservoirs import PlanarReservoir
from meshes.sizes import UNIT, Face, MeshSizes

PLATES, SIDE_WALLS = "channel", "side_wall"
"""Names of the walls above and below, and of those at both sides."""


@dataclass(frozen=True)
class Box:
    """A reservoir in front of the mouth of a slit, of whole width and height, in metres. Its terminal is the whole outer
    boundary ("all") or only the end face ("end")."""

    length: float
    width: float
    height: float
    terminal: Literal["all", "end"] = "all"


@dataclass(frozen=True)
class SideWallSlit:
    """A slit with side walls: whole width (along y) and height (along z), in metres. Without reservoirs the ends are the
    terminals."""

    terminals: ClassVar[tuple[str, str]] = ("left", "right")

    length: float
    width: float
    height: float
    reservoirs: tuple[Box | None, Box | None]

    def __post_init__(self) -> None:
        """Raise a mesh error when a reservoir is not larger than the mouth."""
        for name, box in zip(self.terminals, self.reservoirs, strict=True):
            if box is not None and (box.width <= self.width or box.height <= self.height):
                raise MeshError(f"the reservoir at '{name}' must be wider and higher than the mouth of the slit")
        if (self.reservoirs[0] is None) != (self.reservoirs[1] is None):
            raise MeshError("a slit has reservoirs at both ends, or at none")

    @property
    def plane(self) -> Slit:
        """The slit between plates without side walls."""
        reservoirs = {
            name: PlanarReservoir(length=box.length, half_height=box.height / 2, terminal=box.terminal)
            for name, box in zip(self.terminals, self.reservoirs, strict=True)
            if box is not None
        }
        return Slit(length=self.length, width=self.width, height=self.height, reservoirs=reservoirs or None)


def side_wall_slit(geometry: SideWallSlit, sizes: MeshSizes, part: Part = "quarter") -> BlockMesh:
    """Mesh of a slit with side walls, with the boundaries of the mesh of its half plane, and `side_wall`; the planes
    y = 0 and z = 0 where the part ends are `symmetry_y` and `symmetry_z`.

    Raises:
        MeshError: when the sizes ask for what is drawn in two dimensions only, or the mesh does not pass its check.
    """
    return side_wall_slit_blocks(geometry, sizes, part).mesh(part)


def side_wall_slit_blocks(geometry: SideWallSlit, sizes: MeshSizes, part: Part = "quarter") -> Blocks:
    """Blocks of a slit with side walls, which have no cells yet; raises a mesh error as `side_wall_slit` does."""
    refuse_unknown(sizes)
    if any(face.jumps for face in sizes.faces.values()):
        raise MeshError("jumps of the charge of a membrane's face have no mesh beside a slit with side walls")
    return _Drawing(geometry, sizes, part).blocks


@dataclass(frozen=True)
class _Section:
    """Points of a section, by line across the width and line across the height."""

    points: tuple[tuple[int, ...], ...]

    @property
    def quads(self) -> list[tuple[int, ...]]:
        """Corners of the blocks between this section and the next."""
        found: list[tuple[int, ...]] = []
        for low, high in itertools.pairwise(self.points):
            pairs = zip(itertools.pairwise(low), itertools.pairwise(high), strict=True)
            found += [(*one, *other) for one, other in pairs]
        return found

    @property
    def all(self) -> list[int]:
        """All points."""
        return list(itertools.chain.from_iterable(self.points))


class _Drawing:
    """Blocks of a slit with side walls. Lengths are in mesh units, sizes across are halves."""

    def __init__(self, geometry: SideWallSlit, sizes: MeshSizes, part: Part) -> None:
        self.geometry, self.sizes = geometry, sizes
        self.mirrored = (part == "quarter", part != "full")
        self.wall, self.corner, self.growth = sizes.wall / UNIT, sizes.corner / UNIT, sizes.growth
        self.length = geometry.length / UNIT
        self.half = (geometry.width / UNIT / 2, geometry.height / UNIT / 2)
        self.blocks = Blocks(lambda points: points, sizes.refinement, sizes.coarsening)
        self._draw()
        self.blocks.name_sides(self._name)

    def _draw(self) -> None:
        geometry, sizes = self.geometry, self.sizes
        stretches = channel_stretches(
            geometry.plane, sizes.stations, sizes.corner, sizes.growth, sizes.axial_cells, sizes.sharp_ends
        )
        sharp = {0.0, geometry.length} if sizes.sharp_ends or any(geometry.reservoirs) else set()
        at = [stretches[0].start, *(stretch.stop for stretch in stretches)]
        firsts = [self.corner if x in sharp else self.wall for x in at]
        self.cells = [max(3, cells_needed(half, min(firsts), self.growth)) for half in self.half]
        sections = []
        for x, first in zip(at, firsts, strict=True):
            section = self._section(x / UNIT, [self._lines(axis, (self.half[axis],)) for axis in (0, 1)])
            for axis, (half, cells) in enumerate(zip(self.half, self.cells, strict=True)):
                self._across(section, axis, -1, -2, fill(half, first, cells))
            sections.append(section)
        for stretch, (one, other) in zip(stretches, itertools.pairwise(sections), strict=True):
            for start, stop in zip(one.all, other.all, strict=True):
                self.blocks.edge(start, stop, stretch.grading)
            self._join(one, other, "channel")
        ends = (sections[0], sections[-1])
        for name, box, outward, section in zip(geometry.terminals, geometry.reservoirs, (-1.0, 1.0), ends, strict=True):
            if box is not None:
                self._reservoir(name, box, outward, section)

    def _lines(self, axis: int, ascending: Sequence[float]) -> list[float]:
        """Where lines cut a section, from those on the positive side."""
        lower = [] if self.mirrored[axis] else [-value for value in reversed(ascending)]
        return [*lower, 0.0, *ascending]

    def _section(self, x: float, lines: Sequence[Sequence[float]]) -> _Section:
        return _Section(tuple(tuple(self.blocks.point(x, y, z) for z in lines[1]) for y in lines[0]))

    def _across(self, section: _Section, axis: int, start: int, stop: int, grading: Grading) -> None:
        """Cells of the edges along the width (0) or the height (1) between two lines of a section, and of their images."""
        for line in zip(*section.points, strict=True) if axis == 0 else section.points:
            self.blocks.edge(line[start], line[stop], grading)
            if not self.mirrored[axis]:
                self.blocks.edge(line[-1 - start], line[-1 - stop], grading)

    def _join(self, one: _Section, other: _Section, region: str) -> None:
        for near, far in zip(one.quads, other.quads, strict=True):
            self.blocks.block((*near, *far), region)

    def _reservoir(self, terminal: str, box: Box, outward: float, mouth: _Section) -> None:
        """The reservoir in front of a mouth: the blocks before it and those around these."""
        blocks, corner = self.blocks, self.corner
        length, outer = box.length / UNIT, (box.width / UNIT / 2, box.height / UNIT / 2)
        spans = [end - half for half, end in zip(self.half, outer, strict=True)]
        x = self.length if outward > 0 else 0.0
        wide = [half + 0.5 * span for half, span in zip(self.half, spans, strict=True)]
        inside = self._section(x + outward * length, [self._lines(axis, (wide[axis],)) for axis in (0, 1)])
        near, far = self._around(x, mouth, self.half, outer), self._around(x + outward * length, inside, wide, outer)
        for axis, span in enumerate(spans):
            rows = fill(span, corner, cells_needed(span, corner, self.growth))
            self._across(inside, axis, -1, -2, Grading(self.cells[axis]))
            self._across(near, axis, -2, -1, rows)
            self._across(far, axis, -2, -1, Grading(rows.cells))
        shells = cells_needed(max(length, *spans), corner, self.growth)
        for start, stop in zip(near.all, far.all, strict=True):
            middle = bool((np.abs(blocks.place_of(start)[1:]) < self.half).all())
            first = max(corner, min(self.half[1] / 2, length / shells)) if middle else corner
            blocks.edge(start, stop, fill(blocks.distance(start, stop), first, shells))
        self._join(near, far, f"reservoir_{terminal}")

    def _around(self, x: float, inside: _Section, halves: Sequence[float], outer: Sequence[float]) -> _Section:
        """A section with one more line at each side that is not a plane of symmetry."""
        lines = [self._lines(axis, (halves[axis], outer[axis])) for axis in (0, 1)]
        points = []
        for a, y in enumerate(lines[0], -(0 if self.mirrored[0] else 1)):
            row = []
            for b, z in enumerate(lines[1], -(0 if self.mirrored[1] else 1)):
                known = 0 <= a < len(inside.points) and 0 <= b < len(inside.points[0])
                row.append(inside.points[a][b] if known else self.blocks.point(x, y, z))
            points.append(tuple(row))
        return _Section(tuple(points))

    def _name(self, corners: Floats) -> str | None:
        """Name of the outer side with given corners, shape (4, 3)."""
        geometry = self.geometry
        for axis, name in enumerate(("symmetry_y", "symmetry_z")):
            if self.mirrored[axis] and (corners[:, 1 + axis] == 0).all():
                return name
        x, across = corners[:, 0], np.abs(corners[:, 1:])
        end = 0 if x.mean() < self.length / 2 else 1
        terminal, box = geometry.terminals[end], geometry.reservoirs[end]
        if (x == x[0]).all():
            if box is not None and x[0] in (0.0, self.length):
                return self.sizes.faces.get(terminal, Face()).wall
            return terminal
        if (x >= 0).all() and (x <= self.length).all():
            on = [bool((across[:, axis] == self.half[axis]).all()) for axis in (0, 1)]
            return SIDE_WALLS if on[0] else PLATES if on[1] else None
        if box is None:
            return None
        outer = [bool((across[:, axis] == size / UNIT / 2).all()) for axis, size in enumerate((box.width, box.height))]
        return (terminal if box.terminal == "all" else "reservoir") if any(outer) else None
