"""A distributed mesh with named boundaries: the only form in which meshes reach the solver."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes import compat
from meshes.errors import MeshError as MeshError
from meshes.session import gmsh_session
from meshes.strips import Strip, StripTable, table_of

Symmetry = Literal["axisymmetric", "planar", "none"]


@dataclass(frozen=True)
class TaggedMesh:
    """A mesh whose boundaries and regions have names.

    Attributes:
        mesh: the distributed mesh; coordinate 0 along the axis, coordinate 1 away from it.
        facets: tags of the named boundary facets.
        boundaries: tag of each boundary name.
        cells: tags of the named regions, if there are any.
        regions: tag of each region name.
        symmetry: "axisymmetric" (coordinate 1 is the radius), "planar", or "none" in three dimensions.
        unit: metres per mesh coordinate.
        strips: the strips of a mapped mesh; None for a mesh file.
        cells_per_hexahedron: number of successive cells of the input (see `topology.original_cell_index`) into which one
            hexahedron was split, all on one rank; 1 where there were none.
    """

    mesh: dmesh.Mesh
    facets: dmesh.MeshTags
    boundaries: Mapping[str, int]
    cells: dmesh.MeshTags | None
    regions: Mapping[str, int]
    symmetry: Symmetry
    unit: float
    strips: StripTable | None = None
    cells_per_hexahedron: int = 1

    def facets_of(self, *names: str) -> np.ndarray:
        """Local facets of the named boundaries, sorted. Shape (n,)."""
        found = [self.facets.find(self.boundaries[name]) for name in names if name in self.boundaries]
        return np.unique(np.concatenate(found)) if found else np.array([], dtype=np.int32)

    @property
    def numbers(self) -> np.ndarray:
        """Tag of the region of each local cell, ghosts included; 0 without one. Shape (cells,)."""
        cells = self.mesh.topology.index_map(self.mesh.topology.dim)
        found = np.zeros(cells.size_local + cells.num_ghosts, dtype=np.int64)
        if self.cells is not None:
            found[self.cells.indices] = self.cells.values
        return found

    def extent(self) -> float:
        """Largest extent of the mesh along a coordinate; of a mapped mesh along the axis. Collective."""
        coordinates = self.mesh.geometry.x[:, : 1 if self.strips is not None else None]
        start, stop = coordinates.min(axis=0, initial=np.inf), coordinates.max(axis=0, initial=-np.inf)
        self.mesh.comm.Allreduce(MPI.IN_PLACE, start, op=MPI.MIN)
        self.mesh.comm.Allreduce(MPI.IN_PLACE, stop, op=MPI.MAX)
        return float((stop - start).max())

    def places(self) -> dict[str, list[list[float]]]:
        """From where to where each named boundary lies along each coordinate, and the middle of one of its facets, in metres.
        Collective."""
        topology, comm = self.mesh.topology, self.mesh.comm
        topology.create_connectivity(topology.dim - 1, topology.dim)
        found = {}
        for name in sorted(self.boundaries):
            facets, ends = self.facets_of(name), np.zeros((0, topology.dim, topology.dim))
            if len(facets):  # the library does not take none
                nodes = dmesh.entities_to_geometry(self.mesh, topology.dim - 1, facets)
                ends = self.mesh.geometry.x[nodes][:, : topology.dim, : topology.dim]
            pieces = comm.allgather(place_of(ends))
            found[name] = joined([piece for piece in pieces if piece], self.unit)
        return {name: place for name, place in found.items() if place}

    def strips_of_facets(self) -> np.ndarray:
        """Indices (into `strips.strips`) of the strips that each local facet lies across, -1 for none. Shape (n, 2)."""
        if self.strips is None:
            raise ValueError("a mesh file has no strips")
        topology, geometry = self.mesh.topology, self.mesh.geometry
        dimension = topology.dim - 1
        facets = topology.index_map(dimension)
        topology.create_connectivity(dimension, 0)
        topology.create_connectivity(dimension, topology.dim)
        local = np.arange(facets.size_local + facets.num_ghosts, dtype=np.int32)
        nodes = dmesh.entities_to_geometry(self.mesh, dimension, local)
        return self.strips.find(geometry.input_global_indices[nodes].astype(np.int64))


def place_of(facets: np.ndarray) -> list[list[float]]:
    """From where to where facets lie, and the middle of that nearest to their mean; empty without any.

    Shape (n, corners, coordinates)."""
    if not len(facets):
        return []
    middles = facets.mean(axis=1)
    nearest = middles[np.argmin(np.linalg.norm(middles - middles.mean(axis=0), axis=1))]
    low, high = facets.min(axis=(0, 1)), facets.max(axis=(0, 1))
    ways = [[float(start), float(stop)] for start, stop in zip(low, high, strict=True)]
    return [*ways, [float(value) for value in nearest]]


def joined(pieces: Sequence[Sequence[Sequence[float]]], unit: float) -> list[list[float]]:
    """The place of a boundary of several pieces, in metres: the point is that nearest to the middle of all."""
    if not pieces:
        return []
    ways = [
        [min(piece[k][0] for piece in pieces), max(piece[k][1] for piece in pieces)] for k in range(len(pieces[0]) - 1)
    ]
    middle = [0.5 * sum(way) for way in ways]
    at = min((list(piece[-1]) for piece in pieces), key=lambda p: (round(math.dist(p, middle), 9), p))
    return [[unit * value for value in each] for each in (*ways, at)]


def from_gmsh(
    draw: Callable[[Any], Mapping[int, Strip] | None], comm: MPI.Comm, symmetry: Symmetry, unit: float
) -> TaggedMesh:
    """Run `draw(gmsh)` on the first rank, distribute the mesh that it leaves in the current model. Collective.

    `draw` returns the strip that each curve of a mapped mesh lies across, or None.

    Raises:
        MeshError: on all ranks, when drawing fails or the model names no boundary.
    """
    problem: str | None = None
    names: dict[int, dict[str, int]] = {}
    strips: StripTable | None = None
    if comm.rank > 0:
        problem, names, strips = comm.bcast(None, root=0)
        if problem is not None:
            raise MeshError(problem)
        data = compat.mesh_from_gmsh_model(None, comm)
    else:
        with gmsh_session() as gmsh:
            try:
                curves = draw(gmsh)
                strips = None if curves is None else table_of(gmsh, curves)
                for dimension in (1, 2):
                    names[dimension] = {
                        gmsh.model.getPhysicalName(dim, tag): tag
                        for dim, tag in gmsh.model.getPhysicalGroups(dimension)
                    }
                if not names[1]:
                    problem = "the mesh names no boundary (no physical group of lines)"
                if not names[2]:
                    problem = "the mesh names no region (no physical group of surfaces)"
            except MeshError as error:
                problem = str(error)
            except (
                Exception,
                SystemExit,
            ) as error:  # libraries raise bare Exception, and exit; the other ranks must hear
                problem = f"Gmsh could not make the mesh: {error}"
            comm.bcast((problem, names, strips), root=0)
            if problem is not None:
                raise MeshError(problem)
            data = compat.mesh_from_gmsh_model(gmsh.model, comm)
    return TaggedMesh(data.mesh, data.facets, names[1], data.cells, names[2], symmetry, unit, strips)
