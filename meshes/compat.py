"""Differences between DOLFINx 0.9, 0.10 and 0.11 in making meshes, nothing else."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
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


def create_mesh(comm: MPI.Comm, cells: np.ndarray, nodes: np.ndarray, element: Any) -> dmesh.Mesh:
    """The mesh of cells (by the numbers of their nodes) of which each rank gives any part. Collective."""
    return dmesh.create_mesh(comm, cells=cells, x=nodes, e=element)  # their order has changed


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
