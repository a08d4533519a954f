"""Evenly spread streamlines: traced by VTK through the triangles, thinned on a lattice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyvista

Array = npt.NDArray[np.float64]

FRAGMENTS = (0.0, 4.0, 10.0)
"""Distances that lines at least extend over which end beside another one at neither end, at one, or at both."""


def streamlines(surface: pyvista.PolyData, first: Array, box: Array, distance: float, seeds: int = 1500) -> list[Array]:
    """Lines (n, 2) along the flow, no two of them closer than about `distance`.

    surface   triangles in the plane of the picture, with point data `velocity` (n, 3) in its coordinates
    first     (m, 2) where lines should start by preference; then comes a lattice over `box` (left, right, bottom, top)
    """
    speed = np.linalg.norm(surface["velocity"], axis=1)
    # Only the direction matters, so the tracer's steps are lengths; at walls, where the velocity is zero, lines end.
    still = speed <= 1e-9 * np.max(speed, initial=0.0)
    surface["direction"] = np.where(still[:, None], 0.0, surface["velocity"] / np.where(still, 1.0, speed)[:, None])
    left, right, bottom, top = box
    step = max(distance, np.sqrt((right - left) * (top - bottom) / seeds))
    x, y = np.meshgrid(np.arange(left + 0.5 * step, right, step), np.arange(bottom + 0.5 * step, top, step))
    starts = np.concatenate([first, np.column_stack([x.ravel(), y.ravel()])])
    source = pyvista.PolyData(np.column_stack([starts, np.zeros(len(starts))]))
    traced = surface.streamlines_from_source(
        source,
        vectors="direction",
        integration_direction="both",
        integrator_type=4,
        step_unit="l",
        initial_step_length=0.25 * distance,
        max_step_length=0.5 * distance,
        min_step_length=0.01 * distance,
        max_length=4.0 * (right - left),
        max_steps=4000,
        terminal_speed=1e-3,
        compute_vorticity=False,
    )
    taken = _Lattice(box, 0.5 * distance)
    kept = []
    for backward, forward in _halves(traced, len(starts)):
        start = (forward if len(forward) else backward)[0]
        if not taken.is_free(start):
            continue
        whole = [len(forward), len(backward)]
        forward = forward[: taken.free_length(forward)]
        backward = backward[: taken.free_length(backward, forward)]
        cut = (len(forward) < whole[0]) + (len(backward) < whole[1])
        line = np.concatenate([backward[:0:-1], forward]) if len(forward) else backward[::-1]
        if len(line) < 3 or np.hypot(*np.ptp(line, axis=0)) < 2.5 * distance:  # a dot, or the knot of a slow vortex
            continue
        if np.hypot(*np.ptp(line, axis=0)) < FRAGMENTS[cut] * distance:
            continue
        taken.occupy(line)
        kept.append(line)
    return kept


def _halves(traced: pyvista.PolyData, count: int) -> Iterator[tuple[Array, Array]]:
    """Points upstream and downstream of each seed, both starting at the seed."""
    points = np.asarray(traced.points, dtype=float)[:, :2]
    parts: dict[int, list[Array]] = {}
    if traced.n_cells:
        time = np.asarray(traced["IntegrationTime"])
        line_of = np.asarray(traced.cell_data["SeedIds"], dtype=int)
        cells = traced.lines
        at = 0
        for seed in line_of:
            ids = cells[at + 1 : at + 1 + cells[at]]
            at += 1 + cells[at]
            pair = parts.setdefault(int(seed), [np.empty((0, 2)), np.empty((0, 2))])
            pair[int(time[ids[-1]] > 0.0)] = points[ids]
    for seed in range(count):
        if seed in parts:
            backward, forward = parts[seed]
            yield backward, forward


class _Lattice:
    """Lattice over the picture that remembers the cells with a line in or beside them."""

    def __init__(self, box: Array, cell: float) -> None:
        left, right, bottom, top = box
        self._origin, self._cell = np.array([left, bottom]), cell
        self._size = (int((right - left) / cell) + 1, int((top - bottom) / cell) + 1)
        self._taken = np.zeros((self._size[0] + 2, self._size[1] + 2), dtype=bool)

    def _index(self, points: Array) -> npt.NDArray[np.int64]:
        index = np.floor((np.atleast_2d(points) - self._origin) / self._cell).astype(int)
        return np.asarray(np.clip(index, -1, self._size) + 1)

    def is_free(self, point: Array) -> bool:
        """Whether the cell of a point lies in the picture and has no line in or beside it."""
        i, j = self._index(point)[0]
        inside = 1 <= i <= self._size[0] and 1 <= j <= self._size[1]
        return bool(inside and not self._taken[i, j])

    def free_length(self, points: Array, other: Array | None = None) -> int:
        """Number of points before a line meets another one, comes back to itself or leaves the picture.

        `other` is the line's other half from the same start: meeting it far from the start closes a vortex.
        """
        i, j = self._index(points).T
        outside = (i < 1) | (j < 1) | (i > self._size[0]) | (j > self._size[1])
        blocked = self._taken[i, j] | outside
        end = int(np.argmax(blocked)) if np.any(blocked) else len(points)
        cells = self._key(i[:end], j[:end])
        passed = set() if other is None else set(map(int, self._key(*self._index(other).T)))
        seen: dict[int, int] = {}
        # A cell counts where the line enters it; the last two may be entered again, a line need not be monotonous.
        for order, at in enumerate(np.flatnonzero(np.diff(cells, prepend=-1))):
            cell = int(cells[at])
            if order - seen.get(cell, order) > 2 or (order > 2 and cell in passed):
                return int(at)
            seen[cell] = order
        return end

    def _key(self, i: npt.NDArray[np.int64], j: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return i * (self._size[1] + 2) + j

    def occupy(self, line: Array) -> None:
        """Mark the cells of a line and their neighbours."""
        i, j = self._index(line).T
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                self._taken[np.clip(i + di, 0, self._size[0] + 1), np.clip(j + dj, 0, self._size[1] + 1)] = True
