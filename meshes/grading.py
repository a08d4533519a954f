"""Geometric grading of one edge: how many cells, and the ratio between neighbours. Pure numbers, no mesh
library."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meshes.cell import Cell
from meshes.geometry import ChannelGeometry

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


def cells_needed(length: float, first: float, growth: float) -> int:
    """Least number of cells that fill `length` from a first cell of `first` when each may be `growth` times the last."""
    if first >= length:
        return 1
    return math.ceil(math.log1p(length * (growth - 1) / first) / math.log(growth) - 1e-9)


def fill(length: float, first: float, cells: int) -> Grading:
    """Grading with a given number of cells whose first cell has the length `first`; equal cells if that is longer."""
    if cells * first >= length:
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


def channel_stretches(
    geometry: ChannelGeometry,
    breaks: Sequence[float],
    corner: float,
    growth: float,
    least_cells: int,
    sharp_ends: bool = False,
) -> list[Stretch]:
    """Axial stretches of a channel with small cells at its mouths, at breaks of the surface charge and at kinks of the wall.

    Without mouths and breaks a uniform channel gets equal cells; a tapered one gets cells of a part of the end's radius
    there, because salt and field change over such lengths. With `sharp_ends` ends are as small as mouths.
    """
    breaks = sorted({*breaks, *geometry.kinks})
    stations = [0.0, *breaks, geometry.length]
    first = corner
    if not breaks and not sharp_ends and all(geometry.reservoir(name) is None for name in geometry.terminals):
        radii = [geometry.radius_at_terminal(name) for name in geometry.terminals] + [geometry.smallest]
        first = geometry.length / least_cells if max(radii) == min(radii) else min(radii) / 4
    stretches = []
    for start, stop in itertools.pairwise(stations):
        stretches += axial_stretches(start, stop, first, growth, least_cells)
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


def cell_stretches(geometry: Cell, wall: float, corner: float, growth: float, least_cells: int) -> list[Stretch]:
    """Stretches of a closed cell from plate to plate. The first cells have the shorter one of the two sizes: they resolve
    the layers of electrodes, and a cell has so few that this costs little."""
    return axial_stretches(*geometry.mouths, min(wall, corner), growth, least_cells)
