"""Outlines of pores and of their reservoirs, and the map that takes the reference space to the device.

In the reference space a section of the pore is a square of half side 1, whose core has half side `CORE`; the face of the
membrane is what lies between it and the square of half side 2. In the device the first square is an ellipse, and the second
the edge of the reservoir, round or rectangular.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meshes.blocks.mesh import Floats
from meshes.geometry import ChannelGeometry
from meshes.grading import Stretch, channel_stretches
from meshes.sizes import UNIT, MeshSizes

CORE = 0.5
"""Where the core meets the ring on the planes of symmetry, as a part of the semi-axis."""

EDGE = 2.0
"""Half side of the square that is the edge of the reservoir."""

BULGE = 1.15
"""Distance of the core's corners from the axis over that of the middles of its sides: 1 for an octagon, 1.41 for a square."""

STEEPEST = 1.7
"""Largest ratio of the semi-axes at the two ends of a cell along the pore: cells are inverted above 2.1."""

SLENDER = 3.5
"""Least distance of a mouth from an edge of another shape, over its semi-axis and the cube of the angle of a cell."""


@dataclass(frozen=True)
class Space:
    """A reservoir in front of a mouth, in mesh units.

    Attributes:
        length: along the axis. half: half sizes along y and z.
        sides: names of its sides, normal to y and to z where it is rectangular.
        rectangular: whether it is a box; it is round otherwise.
    """

    length: float
    half: tuple[float, float]
    sides: tuple[str, str]
    rectangular: bool = False


@dataclass(frozen=True)
class Outline:
    """A pore of elliptic cross-section, in mesh units.

    Attributes:
        length: of the pore.
        semi_axes: along y and z, shape (n, 2), at axial positions in the pore, shape (n,).
        spaces: the reservoir in front of each mouth.
        centre: where the axis of the pore lies in the reservoirs, y and z.
    """

    length: float
    semi_axes: Callable[[Floats], Floats]
    spaces: tuple[Space | None, Space | None]
    centre: tuple[float, float] = (0.0, 0.0)

    @property
    def is_round(self) -> bool:
        """Whether all is around one axis."""
        axes = self.semi_axes(np.array([0.0, self.length]))
        spaces = [space for space in self.spaces if space is not None]
        return (
            self.centre == (0.0, 0.0)
            and bool((axes[:, 0] == axes[:, 1]).all())
            and not any(space.rectangular for space in spaces)
        )

    def narrowest(self) -> float:
        """Least distance of a mouth from the edge of its reservoir."""
        angle = np.linspace(0.0, 2.0 * np.pi, 360, endpoint=False)
        around = np.column_stack([np.cos(angle), np.sin(angle)])
        found = [np.inf]
        for x, space in zip((0.0, self.length), self.spaces, strict=True):
            if space is not None and space.rectangular:
                found.append(float((np.array(space.half) - np.abs(self.centre) - self.axes_at(x)).min()))
            elif space is not None:
                mouth = np.array(self.centre) + self.axes_at(x) * around
                found.append(space.half[0] - float(np.linalg.norm(mouth, axis=1).max()))
        return min(found)

    def cells_around(self, least: int) -> int:
        """Cells in a quadrant, an even number: more where a mouth comes close to an edge of another shape, which turns cells
        inside out if the arcs along them are long."""
        if self.is_round:
            return least
        largest = max(float(self.axes_at(x).max()) for x in (0.0, self.length))
        return max(least, 2 * int(np.ceil(np.pi / 4 * np.cbrt(SLENDER * largest / self.narrowest()))))

    def rays(self, x: float, octants: int) -> Floats:
        """Distances of the wall from the centre where the octants of the section meet. Shape (octants + 1,)."""
        angle = np.pi / 4 * np.arange(octants + 1)
        return np.asarray(np.linalg.norm(self.axes_at(x)[:, None] * [np.cos(angle), np.sin(angle)], axis=0))

    def axes_at(self, x: float) -> Floats:
        """Semi-axes at an axial position. Shape (2,)."""
        return np.asarray(self.semi_axes(np.array([x]))[0], dtype=float)

    def place(self, points: Floats) -> Floats:
        """The points of the device to points of the reference space. Shapes (n, 3)."""
        x, across = points[:, 0], np.abs(points[:, 1:])
        axes, centre, edge, angular = self._at(x)
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
        square = np.array([np.ones_like(turn), turn])
        swapped = across[:, 1] > across[:, 0]
        inside, outside = (
            np.sign(points[:, 1:]) * np.where(swapped, pair[::-1], pair).T
            for pair in ((1 - part) * straight + part * circle, np.where(angular, square, circle))
        )
        beyond = np.clip((largest - 1.0) / (EDGE - 1.0), 0.0, 1.0)[:, None]
        found = (1 - beyond) * (centre + axes * inside) + beyond * edge * outside
        return np.column_stack([x, found])

    def _at(self, x: Floats) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
        """Semi-axes and centre of the outer side of the ring, which goes on from the wall into the reservoirs; half sizes of
        the reservoir that is nearer, and whether it is rectangular. Shapes (n, 2), (n, 2), (n, 2) and (n,)."""
        axes = np.asarray(self.semi_axes(np.clip(x, 0.0, self.length)), dtype=float)
        centre = np.broadcast_to(np.array(self.centre), axes.shape)
        edge = np.ones_like(axes)
        angular: NDArray[np.bool_] = np.zeros(len(x), dtype=bool)
        for depth, space in zip((-x, x - self.length), self.spaces, strict=True):
            if space is not None:
                far = np.clip(depth / space.length, 0.0, 1.0)[:, None]
                half = np.array(space.half)
                front = 0.6 * half
                axes = axes + far * ((front if space.rectangular else np.maximum(front, 0.5 * (axes + half))) - axes)
                centre = (1 - far) * centre
                near = depth > -self.length / 2
                edge = np.where(near[:, None], half, edge)
                angular = np.where(near, space.rectangular, angular)
        return axes, np.asarray(centre), edge, angular


def round_outline(geometry: ChannelGeometry) -> Outline:
    """The outline of an axisymmetric device."""

    def semi_axes(x: Floats) -> Floats:
        radius = np.asarray(geometry.profile(x * UNIT / geometry.length), dtype=float) / UNIT
        return np.column_stack([radius, radius])

    return Outline(geometry.length / UNIT, semi_axes, spaces_of(geometry))


def spaces_of(geometry: ChannelGeometry) -> tuple[Space | None, Space | None]:
    """The round reservoirs of a device."""
    found: list[Space | None] = []
    for name in geometry.terminals:
        reservoir = geometry.reservoir(name)
        if reservoir is None:
            found.append(None)
            continue
        side = name if reservoir.terminal == "all" else "reservoir"
        found.append(Space(reservoir.length / UNIT, (reservoir.reach / UNIT,) * 2, (side, side)))
    return found[0], found[1]


def stretches_along(geometry: ChannelGeometry, outline: Outline, sizes: MeshSizes) -> list[Stretch]:
    """Axial stretches as in the half plane, with more cells where a semi-axis would change too much within one."""
    cells = sizes.axial_cells
    while True:
        found = channel_stretches(geometry, sizes.stations, sizes.corner, sizes.growth, cells, sizes.sharp_ends)
        ends = [stretch.positions(range(stretch.grading.cells + 1)) / UNIT for stretch in found]
        axes = [outline.semi_axes(np.clip(at, 0.0, outline.length)) for at in ends]
        steepest = max(float(np.abs(np.diff(np.log(each), axis=0)).max()) for each in axes)
        if steepest <= np.log(STEEPEST) or cells > 20 * sizes.axial_cells:
            return found
        cells += max(1, cells // 4)


OCTANTS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
"""Directions in the reference space that bound the octants of a section."""


def closed(points: tuple[int, ...]) -> tuple[int, ...]:
    """Points around a whole section, the last the first again."""
    return (*points, points[0]) if len(points) == len(OCTANTS) else points


@dataclass(frozen=True)
class Section:
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
