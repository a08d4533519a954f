"""Mesh files and drawings as distributed meshes, with the terminals, walls and regions of a case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.blocks.mesh import BlockMesh
from meshes.blocks.refining import refined
from meshes.device import Device
from meshes.distributed import distributed
from meshes.drawing import DrawingSizes
from meshes.imported import File
from meshes.opening import open_device, open_in_space
from meshes.session import gmsh_session
from meshes.sizes import UNIT
from meshes.space_survey import survey_in_space
from meshes.survey import MeshSurvey, survey_of
from meshes.tagged import TaggedMesh, from_gmsh

TRIANGLE, QUADRILATERAL, LINE = 2, 3, 1
"""Gmsh's numbers of the types of elements."""


def read(
    path: Path,
    geometry: File,
    regions: Sequence[str],
    sizes: DrawingSizes,
    comm: MPI.Comm,
    solids: Collection[str] = (),
) -> tuple[TaggedMesh, MeshSurvey]:
    """Read a mesh file or a drawing on the first rank and distribute it; also what was found. Collective.

    Args:
        path: the file.
        geometry: its description.
        regions: names of the regions of the device; the others are left out. None are needed for a file with one.
        sizes: of the cells, where the file is a drawing.
        comm: ranks of the mesh.
        solids: names of the regions without liquid.

    Raises:
        MeshError: on all ranks, when the file cannot be read or does not fit its description.
    """
    found: list[MeshSurvey] = []

    def load(gmsh: Any) -> None:
        device = open_device(gmsh, path, geometry, regions, sizes, solids)
        found.append(survey_of(device, geometry, path))
        put_into(gmsh, device)

    tagged = from_gmsh(load, comm, geometry.symmetry, UNIT)
    return tagged, comm.bcast(found[0] if found else None, root=0)


def read_in_space(
    path: Path, geometry: File, regions: Sequence[str], refinement: int, comm: MPI.Comm, solids: Collection[str] = ()
) -> tuple[TaggedMesh, MeshSurvey]:
    """Read a file of tetrahedra on the first rank, refine it there and hand it out; also what was found. Collective.

    refinement: how many times each cell is split into eight. Other arguments and errors are those of `read`.
    """
    found: list[MeshSurvey] = []

    def make() -> BlockMesh:
        with gmsh_session() as gmsh:
            device = open_in_space(gmsh, path, geometry, regions, solids)
        found.append(survey_in_space(device, geometry, path))
        mesh = device.mesh
        for _ in range(refinement):
            mesh = refined(mesh)
        return mesh

    tagged = distributed(make, comm)
    return tagged, comm.bcast(found[0] if found else None, root=0)


def put_into(gmsh: Any, device: Device) -> None:
    """Put a device into a model of its own. DOLFINx takes no nodes without cells, nor gaps in their numbers."""
    gmsh.model.add("device")
    kind = TRIANGLE if device.cells.shape[1] == 3 else QUADRILATERAL
    parts = [(2, name, kind, device.cells[rows]) for name, rows in device.regions.items()]
    parts += [(1, name, LINE, edges) for name, edges in device.boundaries.items() if len(edges)]
    coordinates = np.column_stack([device.points, np.zeros(len(device.points))])
    for number, (dimension, name, element, nodes) in enumerate(parts, start=1):
        gmsh.model.addDiscreteEntity(dimension, number)
        if number == 1:
            gmsh.model.mesh.addNodes(dimension, number, np.arange(1, len(coordinates) + 1), coordinates.ravel())
        gmsh.model.mesh.addElementsByType(number, element, [], 1 + nodes.ravel())
        gmsh.model.addPhysicalGroup(dimension, [number], name=name)
