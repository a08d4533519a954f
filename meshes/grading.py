"""Geometric grading of one edge: how many cells, and the ratio between neighbours. Pure numbers, no mesh
library."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meshes.cell import Cell
from meshes.geometry import ChannelGeometry
from meshes.layout import Solid, snapped

FAN_CELLS = 5
"""Cells around a mouth corner between the diagonal of the reservoir and the membrane face."""

LEAST_LAYERS = 4
"""Least number of cells between the axis and the wall."""


@dataclass(frozen=True)
class Grading:
    """Cells of one edge, growing from its start by a constant ratio.

    Attributes:
        cells: number of cells on the edge.
        ratio: length of a cell over the length of the one before it (1 for equal cells).
    """

    cells: int
    ratio: float = 1.0

    def positions(self, nodes: Sequence[float]) -> NDArray[np.float64]:
        """Where nodes lie, as fractions of the edge. A node is a number of cells from the start, so that 0 and `cells` are
        the ends and 2.5 halves the third cell, in the edge's own progression."""
        at = np.asarray(nodes, dtype=float)
        if self.ratio == 1:
            return at / self.cells
        grow = math.log(self.ratio)
        return np.asarray(np.expm1(at * grow) / math.expm1(self.cells * grow))


def halved(nodes: Sequence[float], times: int) -> tuple[float, ...]:
    """Nodes of an edge with every interval split in two, `times` times over."""
    for _ in range(times):
        nodes = sorted([*nodes, *((a + b) / 2 for a, b in itertools.pairwise(nodes))])
    return tuple(nodes)


@dataclass(frozen=True)
class Coarsening:
    """How an edge loses cells and keeps its grading.

    Attributes:
        ratio: how many times as long its cells are, at least.
        least: number of cells that it keeps where it has them.
    """

    ratio: float = 1.0
    least: int = 1

    def thinned(self, nodes: Sequence[float]) -> tuple[float, ...]:
        """Nodes of an edge with fewer intervals, evenly distributed among those that were there."""
        last = len(nodes) - 1
        cells = max(min(last, self.least), int(last / self.ratio))
        if cells == last:
            return tuple(nodes)
        found = np.linspace(0.0, last, cells + 1)
        return tuple(float(at) for at in np.interp(found, np.arange(last + 1), nodes))


UNCHANGED = Coarsening()
"""Of a mesh as it is described."""


def cells_needed(length: float, first: float, growth: float) -> int:
    """Least number of cells that fill `length` from a first cell of `first` when each may be `growth` times the last."""
    if first >= length:
        return 1
    return math.ceil(math.log1p(length * (growth - 1) / first) / math.log(growth) - 1e-9)


def fill(length: float, first: float, cells: int) -> Grading:
    """Grading with a given number of cells whose first cell has the length `first`; equal cells if that is longer."""
    if cells == 1 or cells * first >= length:
        return Grading(cells)
    low, high = 1.0, 2.0
    while _sum(high, cells) * first < length:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _sum(middle, cells) * first < length else (low, middle)
    return Grading(cells, (low + high) / 2)


def _sum(ratio: float, cells: int) -> float:
    return cells if ratio == 1 else (ratio**cells - 1) / (ratio - 1)


@dataclass(frozen=True)
class Stretch:
    """A piece of the channel's axis: from `start` to `stop` (metres), graded in the direction of increasing position
    (a ratio below 1 means that the small cells are at the end)."""

    start: float
    stop: float
    grading: Grading

    def positions(self, nodes: Sequence[float]) -> NDArray[np.float64]:
        """Where nodes of the edge lie, m."""
        found = self.start + (self.stop - self.start) * self.grading.positions(nodes)
        found[-1] = self.stop
        return found


def axial_stretches(start: float, stop: float, first: float, growth: float, least_cells: int) -> list[Stretch]:
    """Cells between two stations (a mouth, a jump of charge) that both want cells of length `first`: growing from
    the start, equal cells in the middle, shrinking to the end. The two halves mirror each other."""
    length = stop - start
    largest = length / least_cells
    middle = (start + stop) / 2
    if first >= largest:
        half = Grading(math.ceil(least_cells / 2))
        return [Stretch(start, middle, half), Stretch(middle, stop, half)]
    graded = cells_needed(largest * growth / (growth - 1), first, growth)
    reach = first * _sum(growth, graded)
    if reach > 0.35 * length:
        up = fill(length / 2, first, cells_needed(length / 2, first, growth))
        down = Grading(up.cells, 1 / up.ratio)
        return [Stretch(start, middle, up), Stretch(middle, stop, down)]
    up, down = Grading(graded, growth), Grading(graded, 1 / growth)
    equal = Grading(math.ceil((middle - start - reach) / largest))
    return [
        Stretch(start, start + reach, up),
        Stretch(start + reach, middle, equal),
        Stretch(middle, stop - reach, equal),
        Stretch(stop - reach, stop, down),
    ]


def unlike_stretches(
    start: float, stop: float, first: tuple[float, float], growth: float, least_cells: int
) -> list[Stretch]:
    """Cells between two stations that want cells of different lengths: each half as between two of its own."""
    low = axial_stretches(start, stop, first[0], growth, least_cells)
    if first[0] == first[1]:
        return low
    high = axial_stretches(start, stop, first[1], growth, least_cells)
    return [*low[: len(low) // 2], *high[len(high) // 2 :]]


def channel_stretches(
    geometry: ChannelGeometry,
    breaks: Sequence[float],
    corner: float,
    growth: float,
    least_cells: int,
    sharp_ends: bool = False,
    stations: Mapping[float, float] | None = None,
) -> list[Stretch]:
    """Axial stretches of a channel with small cells at its mouths, at breaks of the surface charge and at kinks of the wall.

    Without mouths and breaks a uniform channel gets equal cells; a tapered one gets cells of a part of the end's radius
    there, because salt and field change over such lengths. With `sharp_ends` ends are as small as mouths. `stations` are
    more positions with the cells that they want; an infinite one stands for those at breaks. Ends among them have no larger
    ones.
    """
    fixed, others = [*breaks, *geometry.kinks], dict(stations or {})
    wanted = [corner] * len(fixed) + [size if math.isfinite(size) else corner for size in others.values()]
    sizes: dict[float, float] = {}
    for z, size in zip(snapped([*fixed, *others], geometry.length), wanted, strict=True):
        sizes[z] = min(size, sizes.get(z, math.inf))
    inside = sorted(set(sizes) - {0.0, geometry.length})
    first = corner
    if not inside and not sharp_ends and all(geometry.reservoir(name) is None for name in geometry.terminals):
        radii = [geometry.radius_at_terminal(name) for name in geometry.terminals] + [geometry.smallest]
        first = geometry.length / least_cells if max(radii) == min(radii) else min(radii) / 4
    stretches = []
    for start, stop in itertools.pairwise([0.0, *inside, geometry.length]):
        cells = (min(first, sizes.get(z, first)) if z in geometry.mouths else sizes[z] for z in (start, stop))
        stretches += unlike_stretches(start, stop, (next(cells), next(cells)), growth, least_cells)
    return stretches


RING_CELLS = 4
"""Least number of cells between two jumps of the charge of a membrane face."""


def face_stretches(mouth: float, reach: float, jumps: Sequence[float], corner: float, growth: float) -> list[Stretch]:
    """Stretches of a charged face of the membrane from the mouth to the edge of the reservoir (distances from the axis),
    with small cells at the mouth and on both sides of the jumps of its charge."""
    stretches = []
    for start, stop in itertools.pairwise([mouth, *jumps]):
        stretches += axial_stretches(start, stop, corner, growth, RING_CELLS)
    start = jumps[-1] if jumps else mouth
    rows = cells_needed(reach - start, corner, growth)
    return [*stretches, Stretch(start, reach, fill(reach - start, corner, rows))]


def solid_stretches(
    geometry: ChannelGeometry,
    solid: Solid,
    jumps: Mapping[str, Sequence[float]],
    corner: float,
    wall: float,
    growth: float,
) -> list[Stretch]:
    """Stretches from the channel's wall (0) to the outer side of a solid around it, where it is thinnest; elsewhere they
    widen with it. Cells are small at the wall, at jumps of the charge of the membrane's faces (distances from the axis, by
    terminal), and where the outer side or a gate on it ends."""
    depth = float(solid.depth(geometry, np.linspace(0.0, geometry.length, 1001)).min())
    opens = [name for name in geometry.terminals if geometry.reservoir(name) is not None]
    stations = []
    for name, z in zip(geometry.terminals, geometry.mouths, strict=True):
        there = float(solid.depth(geometry, np.array([z]))[0])
        parts = [(jump - geometry.radius_at_terminal(name)) / there for jump in jumps.get(name, ()) if name in opens]
        stations += [depth * part for part in parts if part < 1.0]
    inside = sorted(set(snapped(stations, depth)) - {0.0, depth})
    first = corner if opens else wall
    cut = solid.gate is not None and solid.gate != geometry.mouths
    stretches = []
    for start, stop in itertools.pairwise([0.0, *inside]):
        stretches += axial_stretches(start, stop, first, growth, RING_CELLS)
    start = inside[-1] if inside else 0.0
    if cut or not all(solid.reaches_the_edge(geometry, name) for name in opens):
        return [*stretches, *axial_stretches(start, depth, corner, growth, RING_CELLS)]
    cells = max(RING_CELLS, cells_needed(depth - start, first, growth))
    return [*stretches, Stretch(start, depth, fill(depth - start, first, cells))]


def cell_stretches(geometry: Cell, wall: float, corner: float, growth: float, least_cells: int) -> list[Stretch]:
    """Stretches of a closed cell from plate to plate. The first cells have the shorter one of the two sizes: they resolve
    the layers of electrodes, and a cell has so few that this costs little."""
    return axial_stretches(*geometry.mouths, min(wall, corner), growth, least_cells)
