"""Sections of rectangular ducts, the blocks between them, and reservoirs that are boxes.

A section is cut by the lines of the side walls, of the plates and, where only a part is drawn, of the mirrors. The blocks in
front of a mouth widen towards the far end of the reservoir; beside them are rows of blocks along the face of the membrane.
Points are given in coordinates of the duct: along it, across its width and across its height.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from meshes.blocks.assembly import Blocks
from meshes.errors import MeshError
from meshes.grading import Grading, cells_needed, fill
from meshes.mirrors import SYMMETRY_PLANES
from meshes.sizes import UNIT, MeshSizes

Pair = tuple[float, float]

LEAST_ACROSS = 3
"""Least number of cells between a wall and the middle of a duct."""


def refuse_jumps(sizes: MeshSizes) -> None:
    """Raise a mesh error where the charge of a membrane's face jumps: faces of boxes have no lines for it."""
    if any(face.jumps for face in sizes.faces.values()):
        raise MeshError("jumps of the charge of a membrane's face have no mesh beside a channel with side walls")


@dataclass(frozen=True)
class Box:
    """A reservoir in front of a mouth, of whole width and height, in metres. Its terminal is the whole outer boundary ("all")
    or only the end face ("end")."""

    length: float
    width: float
    height: float
    terminal: Literal["all", "end"] = "all"


@dataclass(frozen=True)
class Walls:
    """Names of what bounds blocks across the width and across the height."""

    across_width: str
    across_height: str

    def of(self, axis: int) -> str:
        """Name of what lies across the width (0) or the height (1)."""
        return (self.across_width, self.across_height)[axis]


@dataclass(frozen=True)
class Section:
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

    def line(self, axis: int, at: int) -> tuple[int, ...]:
        """Points of a line at one of the places across the width (0) or the height (1)."""
        return self.points[at] if axis == 0 else tuple(row[at] for row in self.points)


class Duct:
    """Draws a duct and its reservoirs. Lengths are in mesh units, sizes across are halves."""

    def __init__(
        self,
        blocks: Blocks,
        sizes: MeshSizes,
        mirrored: tuple[bool, bool],
        cells: tuple[int, int],
        mirrors: Sequence[str] = SYMMETRY_PLANES,
        place: Callable[[float, float, float], tuple[float, float, float]] = lambda *at: at,
    ) -> None:
        """
        mirrored: whether only the half with positive coordinates is drawn, across the width and the height.
        cells: across the half of the width and of the height.
        place: takes coordinates of the duct to those of the device.
        """
        self.blocks, self.mirrored, self.cells, self.mirrors, self.place = blocks, mirrored, cells, mirrors, place
        self.corner, self.growth = sizes.corner / UNIT, sizes.growth

    def lines(self, axis: int, ascending: Sequence[float]) -> list[float]:
        """Where lines cut a section, from those on the positive side."""
        lower = [] if self.mirrored[axis] else [-value for value in reversed(ascending)]
        return [*lower, 0.0, *ascending]

    def section(self, x: float, half: Pair, first: float | None) -> Section:
        """Points of a section of the duct, and their edges: cells of a first length at the walls, or equal ones."""
        lines = [self.lines(axis, (half[axis],)) for axis in (0, 1)]
        found = Section(tuple(tuple(self.blocks.point(*self.place(x, y, z)) for z in lines[1]) for y in lines[0]))
        self.layers(found, half, first)
        return found

    def layers(self, section: Section, half: Pair, first: float | None) -> None:
        """Cells of the edges of a section with a line in the middle."""
        for axis, (size, cells) in enumerate(zip(half, self.cells, strict=True)):
            self.across(section, axis, -1, -2, Grading(cells) if first is None else fill(size, first, cells))

    def across(self, section: Section, axis: int, start: int, stop: int, grading: Grading) -> None:
        """Cells of the edges along the width (0) or the height (1) between two lines of a section, and of their images."""
        for line in zip(*section.points, strict=True) if axis == 0 else section.points:
            self.blocks.edge(line[start], line[stop], grading)
            if not self.mirrored[axis]:
                self.blocks.edge(line[-1 - start], line[-1 - stop], grading)

    def stretch(self, one: Section, other: Section, grading: Grading, walls: Walls, region: str = "channel") -> None:
        """Blocks of the duct between two sections."""
        for start, stop in zip(one.all, other.all, strict=True):
            self.blocks.edge(start, stop, grading)
        self.join(one, other, region, walls)

    def join(self, one: Section, other: Section, region: str, walls: Walls) -> None:
        """Blocks between two sections, and the names of what bounds them."""
        for near, far in zip(one.quads, other.quads, strict=True):
            self.blocks.block((*near, *far), region)
        for axis in (0, 1):
            for at in (0, -1):
                name = self.mirrors[axis] if at == 0 and self.mirrored[axis] else walls.of(axis)
                ends = zip(
                    itertools.pairwise(one.line(axis, at)), itertools.pairwise(other.line(axis, at)), strict=True
                )
                for near, far in ends:
                    self.blocks.name((*near, *far), name)

    def close(self, section: Section, name: str, but: Section | None = None) -> None:
        """Name a section at an end, without what another one covers."""
        covered = set() if but is None else {tuple(sorted(quad)) for quad in but.quads}
        for quad in section.quads:
            if tuple(sorted(quad)) not in covered:
                self.blocks.name(quad, name)

    def reservoir(
        self, terminal: str, box: Box, x: float, outward: float, mouth: Section, half: Pair, face: str
    ) -> None:
        """The reservoir in front of a mouth at x: the blocks before it and those around these. `face` is the name of the face
        of the membrane."""
        blocks, corner = self.blocks, self.corner
        length, outer = box.length / UNIT, (box.width / UNIT / 2, box.height / UNIT / 2)
        spans = [end - size for size, end in zip(half, outer, strict=True)]
        far_x = x + outward * length
        wide = (half[0] + 0.5 * spans[0], half[1] + 0.5 * spans[1])
        inside = self.section(far_x, wide, None)
        near, far = self._around(x, mouth, half, outer), self._around(far_x, inside, wide, outer)
        for axis, span in enumerate(spans):
            rows = fill(span, corner, cells_needed(span, corner, self.growth))
            self.across(near, axis, -2, -1, rows)
            self.across(far, axis, -2, -1, Grading(rows.cells))
        shells = cells_needed(max(length, *spans), corner, self.growth)
        walls = {point for axis in (0, 1) for at in self._wall_lines(axis) for point in mouth.line(axis, at)}
        inner = set(mouth.all) - walls
        for start, stop in zip(near.all, far.all, strict=True):
            first = max(corner, min(half[1] / 2, length / shells)) if start in inner else corner
            blocks.edge(start, stop, fill(blocks.distance(start, stop), first, shells))
        side = terminal if box.terminal == "all" else "reservoir"
        self.join(near, far, f"reservoir_{terminal}", Walls(side, side))
        self.close(near, face, mouth)
        self.close(far, terminal)

    def _wall_lines(self, axis: int) -> tuple[int, ...]:
        return (-1,) if self.mirrored[axis] else (0, -1)

    def _around(self, x: float, inside: Section, half: Pair, outer: Pair) -> Section:
        """A section with one more line at each side that is not a plane of symmetry."""
        lines = [self.lines(axis, (half[axis], outer[axis])) for axis in (0, 1)]
        points = []
        for a, y in enumerate(lines[0], -(0 if self.mirrored[0] else 1)):
            row = []
            for b, z in enumerate(lines[1], -(0 if self.mirrored[1] else 1)):
                known = 0 <= a < len(inside.points) and 0 <= b < len(inside.points[0])
                row.append(inside.points[a][b] if known else self.blocks.point(*self.place(x, y, z)))
            points.append(tuple(row))
        return Section(tuple(points))


def cells_across(half: float, first: float, growth: float) -> int:
    """Cells across a half of a duct, from its wall to its middle."""
    return max(LEAST_ACROSS, cells_needed(half, first, growth))
