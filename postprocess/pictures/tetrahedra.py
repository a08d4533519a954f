"""Quadratic tetrahedra with ten nodes in VTK's order: edges, faces, and the flat tetrahedra that they are split into."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EDGES = np.array([[0, 1], [1, 2], [2, 0], [0, 3], [1, 3], [2, 3]])
"""Corners of the edges, in the order of the nodes in their middles."""
EIGHT = np.array(
    [[0, 4, 6, 7], [4, 1, 5, 8], [6, 5, 2, 9], [7, 8, 9, 3], [4, 9, 5, 6], [4, 9, 6, 7], [4, 9, 7, 8], [4, 9, 8, 5]]
)
"""Nodes of the flat tetrahedra between the nodes of one."""
FACES = np.array([[0, 2, 1, 6, 5, 4], [0, 1, 3, 4, 8, 7], [1, 2, 3, 5, 9, 8], [0, 3, 2, 7, 9, 6]])
"""Nodes of the faces: corners, and the middles that follow them."""
OPPOSITE = np.array([3, 2, 0, 1])
"""The corner opposite to each face."""
FOUR = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])
"""Nodes of the flat triangles between those of a face."""
AROUND = np.array([[0, 3, 1], [1, 4, 2], [2, 5, 0]])
"""Nodes of the sides of a face: an end, the middle, the other end."""


def finer() -> tuple[Array, Integers]:
    """Twice as fine a splitting: the values of the shape functions at 35 places of a tetrahedron, shape (35, 10), and the
    numbers of those that 64 flat ones lie between, shape (64, 4)."""
    nodes = np.vstack([np.eye(4), np.eye(4)[EDGES].mean(axis=1)])  # barycentric
    corners = nodes[EIGHT]
    of_each = np.concatenate([corners, corners[:, EDGES].mean(axis=2)], axis=1)
    places, numbers = np.unique(of_each[:, EIGHT].reshape(-1, 4), axis=0, return_inverse=True)
    one, other = places[:, EDGES[:, 0]], places[:, EDGES[:, 1]]
    shapes = np.hstack([places * (2.0 * places - 1.0), 4.0 * one * other])
    return shapes, np.asarray(numbers).reshape(-1, 4)
