"""Refinement of a mesh file by bisection of marked edges; names of boundaries and regions are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from dolfinx import mesh as dmesh

from meshes import compat
from meshes.tagged import MeshError, TaggedMesh


def refined(tagged: TaggedMesh, edges: np.ndarray | None = None) -> TaggedMesh:
    """The mesh with the marked local edges halved (all without any), and as many more as keep it conforming and well
    shaped. Collective.

    Raises:
        MeshError: on all ranks, for a mesh that is not of triangles.
    """
    if tagged.mesh.topology.cell_type != dmesh.CellType.triangle:
        raise MeshError("only mesh files of triangles can be refined; leave out mesh.tolerance and mesh.refinement")
    fine = compat.refine(tagged.mesh, None if edges is None else np.asarray(edges, dtype=np.int32))
    topology = fine.mesh.topology
    topology.create_entities(1)
    topology.create_connectivity(1, 2)
    facets = dmesh.transfer_meshtag(tagged.facets, fine.mesh, fine.parent_cell, fine.parent_facet)
    cells = None if tagged.cells is None else dmesh.transfer_meshtag(tagged.cells, fine.mesh, fine.parent_cell)
    return replace(tagged, mesh=fine.mesh, facets=facets, cells=cells, strips=None)
