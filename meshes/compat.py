"""Differences between DOLFINx 0.9, 0.10 and 0.11 in making meshes, nothing else."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from dolfinx import graph
from dolfinx import mesh as dmesh
from mpi4py import MPI

try:  # 0.10 and later
    from dolfinx.io import gmsh as _gmsh_io
except ImportError:
    from dolfinx.io import gmshio as _gmsh_io


class GmshMesh(NamedTuple):
    """What a Gmsh model gives."""

    mesh: dmesh.Mesh
    cells: dmesh.MeshTags | None
    facets: dmesh.MeshTags


def mesh_from_gmsh_model(model: Any, comm: MPI.Comm) -> GmshMesh:
    """Distribute the two-dimensional mesh of the first rank's Gmsh model. Collective."""
    data = _gmsh_io.model_to_mesh(model, comm, 0, gdim=2)
    return GmshMesh(data[0], data[1], data[2])


def create_mesh(comm: MPI.Comm, cells: np.ndarray, nodes: np.ndarray, element: Any, together: int = 1) -> dmesh.Mesh:
    """The mesh of cells (by the numbers of their nodes) of which each rank gives any part. Collective.

    together: number of successive cells that stay on one rank; each rank gives whole groups of them.
    """
    partitioner = None if comm.size == 1 or together == 1 else _of_groups(together)
    return dmesh.create_mesh(comm, cells=cells, x=nodes, e=element, partitioner=partitioner)  # their order has changed


def _of_groups(size: int) -> Any:
    """A partitioner for cells of which `size` successive ones stay together."""
    of_graph = graph.partitioner()

    def destinations(comm: Any, ranks: int, neighbours: Any, ghosting: bool) -> Any:
        count = neighbours.num_nodes // size
        starts = np.asarray(neighbours.offsets)
        group = np.repeat(np.arange(neighbours.num_nodes) // size, np.diff(starts))
        first = comm.exscan(count) or 0
        links = np.unique(np.column_stack([group, np.asarray(neighbours.array) // size]), axis=0).astype(np.int64)
        links = links[links[:, 0] + first != links[:, 1]]
        offsets = np.searchsorted(links[:, 0], np.arange(count + 1)).astype(np.int32)
        found = of_graph(comm, ranks, type(neighbours)(links[:, 1].copy(), offsets), ghosting)
        of_groups = np.asarray(found.array)[np.asarray(found.offsets)[:-1]]  # there are no ghost cells
        return type(found)(np.repeat(of_groups, size).astype(np.int32), np.arange(count * size + 1, dtype=np.int32))

    try:
        return dmesh.create_cell_partitioner(destinations, dmesh.GhostMode.none)
    except TypeError:  # 0.11
        return dmesh.create_cell_partitioner(destinations, dmesh.GhostMode.none, 2)


class RefinedMesh(NamedTuple):
    """A refined mesh with the parents of its cells and facets."""

    mesh: dmesh.Mesh
    parent_cell: Any
    parent_facet: Any


def refine(mesh: dmesh.Mesh, edges: Any) -> RefinedMesh:
    """Bisect the marked edges; cells stay on the ranks of their parents. Collective."""
    mesh.topology.create_entities(1)
    mesh.topology.create_connectivity(1, 2)
    return RefinedMesh(*dmesh.refine(mesh, edges, None, dmesh.RefinementOption.parent_cell_and_facet))


def nodes_of_cells(mesh: dmesh.Mesh) -> np.ndarray:
    """Local numbers of the geometry's nodes of each cell. Shape (cells, nodes)."""
    dofmaps = getattr(mesh.geometry, "dofmaps", None)  # 0.11
    return np.asarray(mesh.geometry.dofmap if dofmaps is None else dofmaps[0])


def degree_of_cells(mesh: dmesh.Mesh) -> int:
    """Degree of the geometry of the cells: 1 where they are straight."""
    maps = getattr(mesh.geometry, "cmaps", None)  # 0.11
    return int((mesh.geometry.cmap if maps is None else maps[0]).degree)
