"""A mesh of curved tetrahedra with named boundaries, and integrals over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meshes.dimension import COPIES as COPIES
from meshes.dimension import Part as Part
from meshes.sizes import UNIT

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EDGES = ((2, 3), (1, 3), (1, 2), (0, 3), (0, 2), (0, 1))
"""Vertices of the edges of a tetrahedron, in the order of its mid nodes (that of Basix)."""

FACES = ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2))
"""Vertices of the faces of a tetrahedron: the face k lies opposite the vertex k."""

FACE_NODES = tuple(
    (*face, *(4 + EDGES.index((face[a], face[b])) for a, b in ((1, 2), (0, 2), (0, 1)))) for face in FACES
)
"""Nodes of the faces: three vertices, and the mid nodes of the edges opposite to them."""

_BATCH = 20_000  # cells at a time: bounds the memory of Jacobians at many points


@dataclass(frozen=True)
class BlockMesh:
    """Curved tetrahedra of second order. Tags begin with 1.

    Attributes:
        nodes: coordinates in units of `unit`. Shape (nodes, 3).
        cells: four vertices and six mid nodes of each cell, in the order of Basix. Shape (cells, 10).
        numbers: tag of the region of each cell. Shape (cells,).
        regions: tag of each region name.
        facets: three vertices and three mid nodes of each outer facet. Shape (facets, 6).
        markers: tag of the boundary of each facet. Shape (facets,).
        boundaries: tag of each boundary name.
        part: what of the device the mesh holds.
        unit: metres per mesh coordinate.
        cells_per_hexahedron: number of successive cells into which one hexahedron was split; 1 where there were none.
    """

    nodes: Floats
    cells: Integers
    numbers: Integers
    regions: Mapping[str, int]
    facets: Integers
    markers: Integers
    boundaries: Mapping[str, int]
    part: Part = "full"
    unit: float = UNIT
    cells_per_hexahedron: int = 1

    @property
    def copies(self) -> int:
        """What an integral over the mesh is multiplied with to get that over the device."""
        return COPIES[self.part]

    @property
    def vertices(self) -> int:
        """Number of nodes that are corners of cells."""
        return len(np.unique(self.cells[:, :4]))

    def unknowns(self, species: int = 2, flow: bool = True) -> int:
        """Number of unknowns with potential, species and velocity of second order, and a pressure of first with a constant
        in each hexahedron."""
        constants = len(self.cells) // self.cells_per_hexahedron if self.cells_per_hexahedron > 1 else 0
        fields = 1 + species + (3 if flow else 0)
        return fields * len(self.nodes) + (self.vertices + constants if flow else 0)

    def facets_of(self, name: str) -> Integers:
        """Facets of a boundary. Shape (n, 6)."""
        return np.asarray(self.facets[self.markers == self.boundaries[name]])

    def volume(self, region: str | None = None) -> float:
        """Volume of the mesh, or of a region of it, in cubic mesh units: exact for the curved cells."""
        cells = self.cells if region is None else self.cells[self.numbers == self.regions[region]]
        points, weights = tetrahedron_rule()
        gradients = tetrahedron_gradients(points)
        return sum(float((determinants @ weights).sum()) for determinants in determinants_at(self, cells, gradients))

    def area_vectors(self, name: str) -> Floats:
        """Integral of the normal (of no certain sign) over each facet of a boundary, in square mesh units. Shape (n, 3)."""
        normals, weights = self._normals(name)
        return np.asarray(np.einsum("fqi,q->fi", normals, weights))

    def area(self, name: str) -> float:
        """Area of a boundary in square mesh units."""
        normals, weights = self._normals(name)
        return float((np.linalg.norm(normals, axis=2) @ weights).sum())

    def _normals(self, name: str) -> tuple[Floats, Floats]:
        """Normals of the facets of a boundary times their stretch at points of a rule, and its weights."""
        points, weights = triangle_rule()
        tangents = np.einsum("qdn,fni->fqdi", triangle_gradients(points), self.nodes[self.facets_of(name)])
        return np.cross(tangents[:, :, 0], tangents[:, :, 1]), weights


def determinants_at(mesh: BlockMesh, cells: Integers, gradients: Floats) -> Iterator[Floats]:
    """Determinants of the Jacobian of cells at the points where the gradients are taken, in batches of cells.

    Shapes: cells (n, 10), gradients (points, 3, 10), what is yielded (cells of the batch, points).
    """
    for start in range(0, len(cells), _BATCH):
        corners = mesh.nodes[cells[start : start + _BATCH]]
        yield np.linalg.det(np.einsum("qdn,cni->cqdi", gradients, corners))


def tetrahedron_gradients(points: Floats) -> Floats:
    """Gradients of the shape functions of second order at points of the reference tetrahedron. Shape (points, 3, 10)."""
    return _gradients(points, EDGES)


def triangle_gradients(points: Floats) -> Floats:
    """Gradients of the shape functions of second order at points of the reference triangle. Shape (points, 2, 6)."""
    return _gradients(points, ((1, 2), (0, 2), (0, 1)))


def _gradients(points: Floats, edges: tuple[tuple[int, int], ...]) -> Floats:
    dimension = points.shape[1]
    parts = np.column_stack([1 - points.sum(axis=1), points])
    slopes = np.vstack([-np.ones(dimension), np.eye(dimension)])
    corners = [np.multiply.outer(4 * parts[:, k] - 1, slopes[k]) for k in range(dimension + 1)]
    middles = [
        4 * (np.multiply.outer(parts[:, a], slopes[b]) + np.multiply.outer(parts[:, b], slopes[a])) for a, b in edges
    ]
    return np.stack([*corners, *middles], axis=2)


def triangle_rule() -> tuple[Floats, Floats]:
    """Points and weights for the reference triangle, exact to degree 6. Shapes (16, 2) and (16,)."""
    at, along = _interval(4)
    a, b = (each.ravel() for each in np.meshgrid(at, at, indexing="ij"))
    return np.column_stack([a, b * (1 - a)]), np.multiply.outer(along, along).ravel() * (1 - a)


def tetrahedron_rule() -> tuple[Floats, Floats]:
    """Points and weights that integrate polynomials of degree 3 over the reference tetrahedron: Gauss points of a cube
    that collapses to it. Shapes (27, 3) and (27,)."""
    at, along = _interval(3)
    a, b, c = (each.ravel() for each in np.meshgrid(at, at, at, indexing="ij"))
    weights = np.multiply.outer(np.multiply.outer(along, along), along).ravel()
    return np.column_stack([a, b * (1 - a), c * (1 - a) * (1 - b)]), weights * (1 - a) ** 2 * (1 - b)


def _interval(count: int) -> tuple[Floats, Floats]:
    """Gauss points and weights of the interval from 0 to 1."""
    at, weights = np.polynomial.legendre.leggauss(count)
    return (at + 1) / 2, weights / 2
