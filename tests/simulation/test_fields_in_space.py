"""A device in three dimensions: its fields as curved tetrahedra in the order of VTK, with three components of the
velocity, and what is measured along its axis."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista
from dolfinx import fem
from mpi4py import MPI
from ufl import dx

from meshes.blocks.mesh import tetrahedron_gradients, tetrahedron_rule
from postprocess.pictures.fields import FieldArrays, FieldFiles
from solver.case.case import Case
from solver.observables.cut_sections import sections_of
from solver.parallel.clock import Clock
from solver.results.field_list import write_list
from solver.simulation.fields import FieldFolder
from solver.simulation.simulation import Simulation
from tests.support.small_cone import small_cone

COMM = MPI.COMM_WORLD
COARSE = {"wall_size": "2 debye_length", "corner_size": "2 debye_length", "growth": 6.0, "axial_cells": 2}
ORDER_OF_BASIX = [0, 1, 2, 3, 9, 8, 5, 7, 6, 4]
"""Place, among the nodes of a cell of VTK, of each node of Basix: edges 2-3, 1-3, 1-2, 0-3, 0-2, 0-1."""


@pytest.fixture(scope="module")
def found() -> Simulation:
    """A solved quarter of a short cone."""
    data = small_cone(10.0, base={"potential": 0.05}) | {
        "mesh": COARSE,
        "outputs": {"errors": "none", "profile_points": 40},
    }
    sizes = {"length": 20e-9, "radius_tip": 5e-9, "reservoirs": {"length": 20e-9, "radius": 20e-9}, "dimension": 3}
    case = Case.model_validate(data | {"geometry": data["geometry"] | sizes})
    (point,) = case.study.points(case)
    simulation = Simulation.of(point, [point], COMM, Clock())
    simulation.reach(point)
    return simulation


def nodes_of(mesh: pyvista.UnstructuredGrid) -> np.ndarray:
    """Nodes of each cell in the order of Basix."""
    assert set(mesh.celltypes) == {pyvista.CellType.LAGRANGE_TETRAHEDRON}
    return np.asarray(mesh.cells.reshape(-1, 11)[:, 1:][:, ORDER_OF_BASIX])


def volume_of(mesh: pyvista.UnstructuredGrid) -> float:
    """Volume of curved cells, exact, m^3."""
    at, weights = tetrahedron_rule()
    jacobians = np.einsum("qdn,cni->cqdi", tetrahedron_gradients(at), np.asarray(mesh.points)[nodes_of(mesh)])
    determinants = np.linalg.det(jacobians)
    assert (determinants * determinants[:, :1] > 0.0).all()
    return float((np.abs(determinants) @ weights).sum())


def test_files_hold_curved_cells_with_their_nodes_in_the_order_of_vtk(
    found: Simulation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = COMM.bcast(tmp_path_factory.mktemp("out") if COMM.rank == 0 else None)
    assert found.state is not None
    folder = FieldFolder(COMM, out / "fields")
    name = found.writer.write(folder, 0, found.state)
    if COMM.rank == 0:
        write_list(out / "fields", {0: name})
    COMM.barrier()
    mesh = FieldFiles(out).dataset(0)
    inside = fem.form(fem.Constant(found.problem.mesh, 1.0) * dx)
    volume = COMM.allreduce(fem.assemble_scalar(inside), op=MPI.SUM) * found.tagged.unit**3
    assert volume_of(mesh) == pytest.approx(volume, rel=1e-10)
    # VTK's own subdivision, by straight pieces, knows nothing of the order above
    assert mesh.compute_cell_sizes()["Volume"].sum() == pytest.approx(volume, rel=0.02)
    assert mesh["velocity"].shape == (mesh.n_points, 3)
    assert np.isfinite(mesh["pressure"]).all()
    across, plane = mesh["velocity"][:, 1:], mesh.points[:, 2] < 1e-6 * mesh.points[:, 2].max()
    assert np.abs(across[plane, 1]).max() < 1e-9 * np.abs(across).max()
    assert across[:, 0].min() == pytest.approx(across[:, 1].min(), rel=0.2)
    profiles = found.observer.observe(found.state, found.case).profiles
    assert profiles is not None
    columns = profiles.columns
    for k in np.flatnonzero(profiles.inside)[2:-2:5]:
        cut = mesh.slice(normal="x", origin=(columns["axial_position [m]"][k], 0.0, 0.0))
        whole = cut.compute_cell_sizes().cell_data["Area"]
        of_cells = cut.point_data_to_cell_data()
        assert 4 * whole.sum() == pytest.approx(columns["area [m^2]"][k], rel=0.05)
        seen = {
            "potential [V]": of_cells["potential"],
            "velocity [m/s]": of_cells["velocity"][:, 0],
            "pressure [Pa]": of_cells["pressure"],
            "concentration_K [mol/m^3]": of_cells["concentration_K"],
        }
        for header, values in seen.items():
            mean = float(whole @ values / whole.sum())
            scale = np.abs(columns[header][profiles.inside]).max()
            assert mean == pytest.approx(columns[header][k], abs=0.1 * scale), header


def test_fields_in_memory_are_those_of_the_file(found: Simulation) -> None:
    assert found.state is not None
    mesh = FieldArrays({0: found.writer.values(found.state)}).dataset(0)
    cells = found.problem.mesh.topology.index_map(3)
    assert mesh.n_cells == cells.size_local + cells.num_ghosts
    volume_of(mesh)
    assert mesh["velocity"].shape == (mesh.n_points, 3)
    # a potential of the terminals at their ends, and no slip at the wall
    first = mesh.points[:, 0] < -19.999e-9
    assert mesh["potential"][first] == pytest.approx(np.full(first.sum(), 0.05))
    axial = (mesh.points[:, 0] > 1e-9) & (mesh.points[:, 0] < 19e-9)
    radius = found.case.geometry.profile(mesh.points[axial, 0] / 20e-9)
    at_wall = np.hypot(mesh.points[axial, 1], mesh.points[axial, 2]) > 0.9999 * radius
    assert np.abs(mesh["velocity"][axial][at_wall]).max(initial=0.0) == 0.0


def test_both_routes_of_the_current_and_the_flow_through_all_cross_sections(found: Simulation) -> None:
    assert found.state is not None
    seen = found.observer.observe(found.state, found.case)
    assert seen.row["current_route_difference"] < 1e-6
    assert seen.row["current_cut [A]"] == pytest.approx(seen.row["current [A]"], rel=1e-6)
    assert seen.profiles is not None
    device, geometry = found.problem, found.case.geometry
    sections = sections_of(found.tagged, geometry, 40, geometry.measure_factor)
    assert device.flow is not None
    assert sections is not None
    assert found.state.flow is not None
    along = sections.means(sections.at.values(device.flow.fields.velocity(found.state.flow))[:, 0])
    scales, rate = found.state.parameters.scales, seen.row["flow_rate [m^3/s]"]
    flow = (along * scales.velocity * sections.area)[sections.inside]
    # on each cross-section of long cells the elements miss it, in the mean they do not
    assert flow == pytest.approx(np.full(len(flow), rate), rel=0.15)
    assert flow.mean() == pytest.approx(rate, rel=0.02)
    mean = seen.profiles.in_channel("velocity [m/s]") * seen.profiles.in_channel("area [m^2]")
    assert mean == pytest.approx(np.full(len(mean), rate), rel=1e-12)
    assert seen.row["salt_mean [mol/m^3]"] > 10.0
