"""Block meshes on all ranks: the first rank makes one and hands it out."""

from __future__ import annotations

from collections.abc import Callable

import basix.ufl
import numpy as np
from dolfinx import mesh as dmesh
from dolfinx.graph import adjacencylist
from dolfinx.io import distribute_entity_data
from mpi4py import MPI

from meshes import compat
from meshes.blocks.mesh import BlockMesh
from meshes.errors import MeshError
from meshes.tagged import TaggedMesh

NO_NUMBERS = np.zeros(0, dtype=np.int64)
NOTHING = BlockMesh(
    nodes=np.zeros((0, 3)),
    cells=np.zeros((0, 10), dtype=np.int64),
    numbers=NO_NUMBERS,
    regions={},
    facets=np.zeros((0, 6), dtype=np.int64),
    markers=NO_NUMBERS,
    boundaries={},
)
"""What all ranks but the first give."""


def distributed(make: Callable[[], BlockMesh], comm: MPI.Comm) -> TaggedMesh:
    """The mesh that `make` gives on the first rank, on all ranks. Cells, facets and regions are handed out by the graph
    partitioner, those of a hexahedron to one rank; cells are curved, of second order. Collective.

    Raises:
        MeshError: on all ranks, when `make` fails.
    """
    found, problem = None, None
    if comm.rank == 0:
        try:
            found = make()
        except MeshError as error:
            problem = str(error)
        except Exception as error:  # too little memory, say: the other ranks must hear
            problem = f"the mesh could not be made: {type(error).__name__}{f': {error}' if str(error) else ''}"
    problem = comm.bcast(problem, root=0)
    if problem is not None:
        raise MeshError(problem)
    named = (
        None if found is None else (dict(found.boundaries), dict(found.regions), found.unit, found.cells_per_hexahedron)
    )
    boundaries, regions, unit, together = comm.bcast(named, root=0)
    given = found or NOTHING
    element = basix.ufl.element("Lagrange", "tetrahedron", 2, shape=(3,))
    mesh = compat.create_mesh(comm, given.cells, given.nodes, element, together)
    of_facets = _tags(mesh, 2, given.facets, given.markers)
    of_facets.name = "facets"
    of_cells = _tags(mesh, 3, given.cells, given.numbers)
    of_cells.name = "cells"
    return TaggedMesh(mesh, of_facets, boundaries, of_cells, regions, "none", unit, cells_per_hexahedron=together)


def _tags(mesh: dmesh.Mesh, dimension: int, entities: np.ndarray, values: np.ndarray) -> dmesh.MeshTags:
    """Tags of entities that are given by their nodes, on the ranks that share them. Collective."""
    local, own = distribute_entity_data(mesh, dimension, entities, values.astype(np.int32))
    mesh.topology.create_entities(dimension)
    mesh.topology.create_connectivity(dimension, 0)
    mesh.topology.create_connectivity(dimension, mesh.topology.dim)
    return dmesh.meshtags_from_entities(mesh, dimension, adjacencylist(local), own)
