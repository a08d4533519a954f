"""What the two-dimensional pictures are made of: triangles in a plane with values at their corners."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class State:
    """One point of a sweep: triangles over the half plane (z, r >= 0), or over a plane section of a device in three
    dimensions, and point data, all SI.

    points: (n, 2), triangles: (m, 3), data: name -> (n,) or (n, 3); NaN where a field does not exist, as concentrations in
    solids. sides: (k, 3), the sides of the cells of the mesh, which the triangles split: an end, the middle, the other end.
    regions: (m,), number of the region of each triangle, all 0 in a device of one; on the border of two regions each has
    points of its own.

    Of a section axes: names of its two coordinates, along which the first two parts of vectors are; mirrored: whether its
    mirror image at the first axis belongs to it; place: which section it is; height: of the plane along its normal, m. In a
    half plane axes is None.
    """

    points: Array
    triangles: Integers
    data: dict[str, Array]
    sides: Integers = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    regions: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    axes: tuple[str, str] | None = None
    mirrored: bool = False
    place: str = ""
    height: float = 0.0

    @cached_property
    def areas(self) -> Array:
        """Area [m^2] that belongs to each point, for statistics that do not depend on the grading of the mesh."""
        a, b, c = (self.points[self.triangles[:, i]] for i in range(3))
        area = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
        shares = np.bincount(self.triangles.ravel(), np.repeat(area / 3.0, 3), minlength=len(self.points))
        return np.asarray(shares, dtype=float)

    @cached_property
    def boundary(self) -> Integers:
        """Edges (k, 2) of the domain's boundary."""
        return self._edges[0]

    @cached_property
    def interfaces(self) -> Integers:
        """Edges (k, 2) between two regions."""
        return self._edges[1]

    @cached_property
    def _edges(self) -> tuple[Integers, Integers]:
        """Edges of one triangle only; and those of two in different regions, each once."""
        place = np.arange(len(self.points))
        if len(np.unique(self.regions)) > 1:
            place = np.unique(rounded(self.points), axis=0, return_inverse=True)[1].reshape(-1)
        edges = self.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        pairs = np.sort(place[edges], axis=1)
        keys = pairs[:, 0] * len(self.points) + pairs[:, 1]
        _, first, inverse, times = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        outer = edges[first[times == 1]]
        if not len(self.regions):
            return outer, edges[:0]
        of_edge = np.repeat(self.regions, 3)
        differs = np.zeros(len(first), dtype=bool)
        differs[inverse.reshape(-1)[of_edge != of_edge[first][inverse.reshape(-1)]]] = True
        return outer, edges[first[differs]]

    def known(self, values: Array) -> npt.NDArray[np.bool_]:
        """Mask (m,) of the triangles at whose corners values of the points, (n,) or (n, 3), exist."""
        exists = np.isfinite(values if values.ndim == 1 else values.sum(axis=1))
        return np.asarray(exists[self.triangles].all(axis=1))


def rounded(points: Array) -> Array:
    """Coordinates in steps that tell neighbours apart, but not the same point of two pieces."""
    step = 1e-10 * float(np.max(np.ptp(points, axis=0)))
    return np.asarray(np.round(points / step) + 0.0)


def distinct(rows: npt.NDArray[np.generic]) -> tuple[Integers, Integers]:
    """Numbers of the first of equal rows, and for each row which of them it is; in the order of the rows' values.

    Column by column, which is many times faster than to sort rows.
    """
    keys = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        numbers = np.unique(column, return_inverse=True)[1].astype(np.int64)
        keys = np.unique(keys * (np.max(numbers, initial=0) + 1) + numbers, return_inverse=True)[1].astype(np.int64)
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first, dtype=np.int64), np.asarray(same, dtype=np.int64)
