"""Curved tetrahedra of second order split into eight each: the cells fill the same space, their edges are half as long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from meshes.blocks.mesh import EDGES, BlockMesh, Floats

_CORNERS = np.vstack([np.zeros(3), np.eye(3)])
_PLACES = np.vstack([_CORNERS, *((_CORNERS[a] + _CORNERS[b]) / 2 for a, b in EDGES)])
"""The ten nodes in the reference tetrahedron."""


def _middle(a: int, b: int) -> int:
    """Node in the middle of an edge."""
    return 4 + EDGES.index((min(a, b), max(a, b)))


def _oriented(cell: tuple[int, ...]) -> tuple[int, ...]:
    at = _PLACES[list(cell)]
    return cell if np.linalg.det(at[1:] - at[0]) > 0 else (cell[0], cell[1], cell[3], cell[2])


_AT_CORNERS = [_oriented((a, *(_middle(a, b) for b in range(4) if b != a))) for a in range(4)]

_DIAGONALS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
"""Opposite edges: lines between their middles cut what is left in the middle into four."""


def _in_the_middle(number: int) -> list[tuple[int, ...]]:
    """The four cells around a diagonal."""
    first, second = (_middle(*edge) for edge in _DIAGONALS[number])
    (a, c), (b, d) = (tuple(_middle(*edge) for edge in _DIAGONALS[k]) for k in range(3) if k != number)
    around = (a, b, c, d, a)
    return [_oriented((first, second, around[k], around[k + 1])) for k in range(4)]


_CHILDREN = np.array([[*_AT_CORNERS, *_in_the_middle(number)] for number in range(3)])
"""Corners of the eight cells among the ten nodes, for each diagonal. Shape (3, 8, 4)."""

_OF_FACETS = np.array([[0, 5, 4], [1, 3, 5], [2, 4, 3], [3, 4, 5]])
"""Corners of the four triangles among the six nodes of a facet."""


def refined(mesh: BlockMesh) -> BlockMesh:
    """The mesh with eight cells for each. A cell is cut along the shortest of the three lines in its middle."""
    chosen = np.argmin([np.linalg.norm(_between(mesh, number), axis=1) for number in range(3)], axis=0)
    local = _CHILDREN[chosen]  # (cells, 8, 4)
    rows = np.arange(len(mesh.cells))[:, None, None]
    corners = mesh.cells[rows, local].reshape(-1, 4)
    pairs = np.sort(corners[:, np.array(EDGES)], axis=2)
    edges, first, numbers = np.unique(pairs.reshape(-1, 2), axis=0, return_index=True, return_inverse=True)
    ends = local.reshape(-1, 4)[:, np.array(EDGES)].reshape(-1, 2)[first]
    parents = first // (8 * len(EDGES))
    shapes = _shapes(_PLACES[ends].mean(axis=1))
    middles = np.einsum("nk,nki->ni", shapes, mesh.nodes[mesh.cells[parents]])
    cells = np.concatenate([corners, len(mesh.nodes) + numbers.reshape(-1, len(EDGES))], axis=1)
    triangles = mesh.facets[:, _OF_FACETS].reshape(-1, 3)
    sides = np.sort(triangles[:, np.array([(1, 2), (0, 2), (0, 1)])], axis=2).reshape(-1, 2)
    count = len(mesh.nodes)
    found = np.searchsorted(edges[:, 0] * count + edges[:, 1], sides[:, 0] * count + sides[:, 1])
    return replace(
        mesh,
        nodes=np.concatenate([mesh.nodes, middles]),
        cells=cells,
        numbers=np.repeat(mesh.numbers, 8),
        facets=np.concatenate([triangles, count + found.reshape(-1, 3)], axis=1),
        markers=np.repeat(mesh.markers, 4),
    )


def _between(mesh: BlockMesh, number: int) -> Floats:
    """Lines between the middles of opposite edges. Shape (cells, 3)."""
    one, other = (mesh.nodes[mesh.cells[:, _middle(*edge)]] for edge in _DIAGONALS[number])
    return np.asarray(one - other)


def _shapes(points: Floats) -> Floats:
    """Shape functions of second order at points of the reference tetrahedron. Shape (points, 10)."""
    parts = np.column_stack([1 - points.sum(axis=1), points])
    of_corners = parts * (2 * parts - 1)
    of_edges = np.column_stack([4 * parts[:, a] * parts[:, b] for a, b in EDGES])
    return np.concatenate([of_corners, of_edges], axis=1)
