"""Where planes across the axis cut tetrahedra and the triangles of walls, in barycentric coordinates. Pure numbers.

A corner on a plane counts as beyond it: the cuts of the cells of a conforming mesh then cover a cross-section once, whatever
lies on it.
"""

from __future__ import annotations

import numpy as np


def crossed(heights: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of a simplex and a level (ascending) that passes between its corners: indices of both. Shapes (pairs,).

    heights: of the corners. Shape (simplices, corners).
    """
    first = np.searchsorted(levels, heights.min(axis=1), side="right")
    count = np.searchsorted(levels, heights.max(axis=1), side="right") - first
    which = np.repeat(np.arange(len(heights)), count)
    number = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    return which, np.repeat(first, count) + number


def pieces_of_tetrahedra(heights: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles in which tetrahedra (shape (n, 4)) are cut, each at a level of its own (shape (n,)).

    Returns:
        The tetrahedron of each triangle, shape (m,), and barycentric coordinates of its corners, shape (m, 3, 4).
    """
    beyond, order = _sides(heights, level)
    which, found = [], []
    for count, alone, others in ((1, 3, (0, 1, 2)), (3, 0, (1, 2, 3))):
        at = np.flatnonzero(beyond == count)
        which.append(at)
        found.append(_corners(heights[at], level[at], [(order[at, alone], order[at, k]) for k in others]))
    at = np.flatnonzero(beyond == 2)
    low, other, high, last = order[at].T
    around = _corners(heights[at], level[at], [(low, high), (low, last), (other, last), (other, high)])
    which += [at, at]
    found += [around[:, [0, 1, 2]], around[:, [0, 2, 3]]]
    return np.concatenate(which), np.concatenate(found)


def pieces_of_triangles(heights: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Barycentric coordinates of the ends of the lines in which triangles (shape (n, 3)) are cut, each at a level of its own
    that passes between its corners. Shape (n, 2, 3)."""
    beyond, order = _sides(heights, level)
    single = beyond == 1
    alone = np.where(single, order[:, 2], order[:, 0])
    others = np.where(single[:, None], order[:, :2], order[:, 1:])
    return _corners(heights, level, [(alone, others[:, 0]), (alone, others[:, 1])])


def _sides(heights: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of the corners of each simplex beyond its level, and all of them, those beyond it last."""
    beyond = heights >= level[:, None]
    return beyond.sum(axis=1), np.argsort(beyond, axis=1, kind="stable")


def _corners(heights: np.ndarray, level: np.ndarray, edges: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Where edges from one corner of each simplex to another meet its level. Shape (simplices, edges, corners)."""
    rows = np.arange(len(heights))
    found = np.zeros((len(heights), len(edges), heights.shape[1]))
    for k, (start, stop) in enumerate(edges):
        low, high = heights[rows, start], heights[rows, stop]
        along = (level - low) / (high - low)
        found[rows, k, start], found[rows, k, stop] = 1.0 - along, along
    return found
