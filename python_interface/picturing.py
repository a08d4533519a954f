"""The device of a case before it is computed: its mesh, materials, terminals and gates, as a picture."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.tagged import place_of
from postprocess.figures.style import SUFFIXES
from postprocess.pictures.materials import Plan
from postprocess.pictures.planes import Plane
from postprocess.pictures.render import draw_device
from postprocess.pictures.state import State
from postprocess.pictures.view import view_of
from postprocess.pictures.volume import MIRRORS, Volume
from solver.case.case import Case
from solver.results.rows import ResultError
from solver.simulation.mesh_file import write_mesh
from solver.simulation.provenance import describe

NANOMETRE = 1e-9
KINDS = {"triangle": np.array([[0, 1, 2]]), "quad": np.array([[0, 1, 2], [0, 2, 3]])}
"""Triangles of the cells in the plane, by meshio's names."""


def picture(case: Case, out: Path) -> Path:
    """Draw the mesh that a case makes; returns the file. Not collective: made on this process alone.

    out: a file name in .png, .pdf or .svg.

    Raises:
        MeshError: there is no such mesh.
        ResultError: another suffix, or the file cannot be written.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise ResultError(f"{out}: a picture ends in {', '.join(SUFFIXES)}")
    with TemporaryDirectory() as folder:
        mesh = Path(folder) / "device.msh"
        write_mesh(case, mesh, MPI.COMM_SELF)
        geometry = describe(case, MPI.COMM_SELF)["geometry"]
        state, numbers, boxes = _section(mesh, geometry["part"]) if case.geometry.dimension == 3 else _read(mesh)
    data = case.model_dump(mode="json")
    laws = data.get("regions") or {}
    plan = Plan.of(numbers, laws, boxes, list(case.terminals), data.get("walls") or {})
    view = view_of(geometry, state, "device")
    return draw_device(state, plan, view, case.title or case.name, out)


def _section(path: Path, part: str) -> tuple[State, dict[str, int], dict[str, Any]]:
    """The plane y = 0 of a Gmsh file of tetrahedra with ten nodes, likewise; without its boundaries.

    part: of the device that the mesh holds.
    """
    import meshio

    mesh = meshio.read(path)
    cells = [
        (np.asarray(block.data), groups)
        for block, groups in zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True)
        if block.type == "tetra10"
    ]
    points = np.asarray(mesh.points, dtype=float) * NANOMETRE
    used, nodes = np.unique(np.concatenate([data for data, _ in cells]), return_inverse=True)
    regions = np.concatenate([np.asarray(groups, dtype=np.int64) for _, groups in cells])
    volume = Volume(points[used], nodes.reshape(-1, 10), {}, regions, MIRRORS[part])
    numbers = {name: int(number) for name, (number, dimension) in mesh.field_data.items() if dimension == 3}
    return volume.section(Plane(2, float(volume.axis(None)[2]))), numbers, {}


def _read(path: Path) -> tuple[State, dict[str, int], dict[str, Any]]:
    """Cells of a Gmsh file in nanometres, numbers of its regions, and from where to where its boundaries lie (m)."""
    import meshio

    mesh = meshio.read(path)
    points = np.asarray(mesh.points, dtype=float)[:, :2] * NANOMETRE
    names = {(int(dimension), int(number)): name for name, (number, dimension) in mesh.field_data.items()}
    triangles, sides, regions = [], [], []
    lines: dict[str, list[Any]] = {}
    for block, groups in zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True):
        cells, groups = np.asarray(block.data, dtype=np.int64), np.asarray(groups, dtype=np.int64)
        if block.type in KINDS:
            parts = KINDS[block.type]
            triangles.append(cells[:, parts].reshape(-1, 3))
            regions.append(np.repeat(groups, len(parts)))
            ring = np.stack([cells, np.roll(cells, -1, axis=1)], axis=2).reshape(-1, 2)
            sides.append(ring[:, [0, 0, 1]])
        elif block.type == "line":
            for number in np.unique(groups):
                name = names.get((1, int(number)), str(number))
                lines.setdefault(name, []).append(points[cells[groups == number]])
    region = np.concatenate(regions)
    corners, edges = np.concatenate(triangles), np.concatenate(sides)
    state = State(points, corners, {}, edges, region)
    return (
        state,
        {name: number for (dimension, number), name in names.items() if dimension == 2},
        {name: place_of(np.concatenate(facets)) for name, facets in lines.items()},
    )
