"""Cells and edges of a plane mesh as arrays: what a file holds, and what follows from it without any library of meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Group:
    """Cells or edges that a file puts together.

    Attributes:
        number: of the group in the file. name: "" for a group without one.
        elements: nodes of each cell (counter-clockwise or clockwise) or edge. Shape (elements, nodes).
    """

    number: int
    name: str
    elements: Integers

    @property
    def label(self) -> str:
        """Name, or the number of a group without one."""
        return self.name or str(self.number)


@dataclass(frozen=True)
class PlaneMesh:
    """A mesh in the plane as a file has it.

    Attributes:
        points: coordinates of the nodes in the unit of the file. Shape (nodes, 2).
        regions, lines: groups of cells and of edges.
        ungrouped: whether the file has no groups of cells, so that the regions are its surfaces.
        curved: whether cells had more nodes than corners; only these are kept.
    """

    points: Floats
    regions: tuple[Group, ...]
    lines: tuple[Group, ...]
    ungrouped: bool = False
    curved: bool = False


def find(groups: Sequence[Group], wanted: str) -> list[Group]:
    """The groups of that name, else the one of that number."""
    named = [group for group in groups if group.name == wanted]
    return named or [group for group in groups if str(group.number) == wanted]


def sorted_edges(edges: Integers) -> Integers:
    """Edges with the smaller node first. Shape (edges, 2)."""
    return np.sort(np.asarray(edges, dtype=np.int64).reshape(-1, 2), axis=1)


def keys(edges: Integers, nodes: int) -> Integers:
    """One number for each edge, whichever way it runs."""
    low, high = sorted_edges(edges).T
    return np.asarray(low * nodes + high)


def edges_of(cells: Integers) -> Integers:
    """The edges of all cells, running around each. Shape (cells * corners, 2)."""
    return np.stack([cells, np.roll(cells, -1, axis=1)], axis=2).reshape(-1, 2)


def signed_areas(points: Floats, cells: Integers) -> Floats:
    """Area of each cell, negative where its nodes run clockwise."""
    x, y = points[cells].transpose(2, 0, 1)
    return np.asarray(0.5 * np.sum(x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1), axis=1))


def outer_edges(cells: Integers, nodes: int) -> tuple[Integers, Integers]:
    """Edges of one cell only, running around it, and the cell of each."""
    edges = edges_of(cells)
    _, inverse, counts = np.unique(keys(edges, nodes), return_inverse=True, return_counts=True)
    alone = np.flatnonzero(counts[inverse] == 1)
    return edges[alone], alone // cells.shape[1]


def parts(cells: Integers, nodes: int) -> Integers:
    """Number of the part that each cell belongs to; cells of a part hang together by edges."""
    _, inverse = np.unique(keys(edges_of(cells), nodes), return_inverse=True)
    owner = np.repeat(np.arange(len(cells)), cells.shape[1])
    links = coo_matrix((np.ones(len(owner)), (owner, inverse)), shape=(len(cells), inverse.max() + 1)).tocsr()
    return np.asarray(connected_components(links @ links.T, directed=False)[1])


def split(quadrilaterals: Integers, points: Floats) -> Integers:
    """Two triangles for every quadrilateral, along its shorter diagonal."""
    a, b, c, d = quadrilaterals.T
    first = np.linalg.norm(points[a] - points[c], axis=1) <= np.linalg.norm(points[b] - points[d], axis=1)
    lower = np.where(first[:, None], np.stack([a, b, c], axis=1), np.stack([a, b, d], axis=1))
    upper = np.where(first[:, None], np.stack([a, c, d], axis=1), np.stack([b, c, d], axis=1))
    return np.concatenate([lower, upper])


def heights(points: Floats, cells: Integers, edges: Integers) -> Floats:
    """Extent of each cell normal to the edge that is beside it in the list. Shape (edges,)."""
    start, along = points[edges[:, 0]], points[edges[:, 1]] - points[edges[:, 0]]
    offset = points[cells] - start[:, None]
    across = offset[..., 0] * along[:, None, 1] - offset[..., 1] * along[:, None, 0]
    return np.asarray(np.abs(across).max(axis=1) / np.linalg.norm(along, axis=1))


def lengths(points: Floats, edges: Integers) -> Floats:
    """Length of each edge."""
    return np.asarray(np.linalg.norm(points[edges[:, 1]] - points[edges[:, 0]], axis=1))


RAYS = 300
"""Most edges of a boundary from which the other side is looked for."""


def distances_across(points: Floats, edges: Integers, outer: Integers) -> tuple[Floats, Integers]:
    """Distance from the middles of edges (at most RAYS, evenly chosen) to the other side, along the normal into the mesh, and
    the outer edge that is met there.

    edges: boundary edges with the mesh on their left. outer: all boundary edges.
    """
    chosen = edges[np.unique(np.linspace(0, len(edges) - 1, min(RAYS, len(edges))).astype(int))]
    along = points[chosen[:, 1]] - points[chosen[:, 0]]
    sizes = np.linalg.norm(along, axis=1)
    inward = np.stack([-along[:, 1], along[:, 0]], axis=1) / sizes[:, None]
    start = 0.5 * (points[chosen[:, 0]] + points[chosen[:, 1]])
    base, step = points[outer[:, 0]], points[outer[:, 1]] - points[outer[:, 0]]
    found, met = np.full(len(chosen), np.inf), np.zeros(len(chosen), dtype=np.int64)
    for k in range(len(chosen)):
        between = base - start[k]
        determinant = inward[k, 0] * -step[:, 1] + inward[k, 1] * step[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (-between[:, 0] * step[:, 1] + between[:, 1] * step[:, 0]) / determinant
            place = (inward[k, 0] * between[:, 1] - inward[k, 1] * between[:, 0]) / determinant
        hit = (reach > 1e-6 * sizes[k]) & (place >= -1e-9) & (place <= 1.0 + 1e-9)
        if np.any(hit):
            met[k] = int(np.argmin(np.where(hit, reach, np.inf)))
            found[k] = reach[met[k]]
    return found, met


def extents(points: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Least and greatest first and second coordinate."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def as_points(coordinates: Any) -> Floats:
    """Coordinates as an array of shape (nodes, 2 or 3)."""
    found = np.asarray(coordinates, dtype=float)
    return found if found.ndim == 2 else found.reshape(-1, 3)
