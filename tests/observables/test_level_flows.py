"""Flow rates through single sections of devices in three dimensions under pressure, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from meshes.blocks.mesh import BlockMesh
from meshes.blocks.round_pore import round_pore
from meshes.blocks.slit import SideWallSlit, side_wall_slit
from meshes.blocks.tetrahedra import PER_HEXAHEDRON
from meshes.geometry import Cone
from meshes.sizes import MeshSizes
from solver.observables.level_flows import surfaces_across
from solver.results.headers import SECTION_FLOW_ERROR
from solver.results.section_flows import LARGEST, doubtful_velocities
from tests.support.spaces import Space

NM = 1e-9
SIZES = MeshSizes(wall=3 * NM, corner=3 * NM, growth=3.0, axial_cells=4, layers=1)


def cone() -> BlockMesh:
    """A quarter of one without reservoirs."""
    shape = Cone(length=80 * NM, radius_base=16 * NM, radius_tip=4 * NM, reservoirs=None)
    return round_pore(shape, SIZES, "quarter", quadrant_cells=2)


def slit() -> BlockMesh:
    """A quarter of one between side walls."""
    shape = SideWallSlit(length=40 * NM, width=30 * NM, height=20 * NM, reservoirs=(None, None))
    return side_wall_slit(shape, SIZES, "quarter")


def missed(mesh: BlockMesh, terminals: tuple[str, str], walls: dict[str, float]) -> tuple[float, float]:
    """By how much of it sections miss the flow rate under pressure, at most; and the flow rate. Collective."""
    space = Space(lambda: mesh, "quarter", walls, 1.0, terminals=terminals, straight=True)
    problem, parameters = space.problem, space.parameters(0.0, 1e5)
    hexahedra = np.asarray(problem.mesh.topology.original_cell_index) // mesh.cells_per_hexahedron
    assert (np.unique(hexahedra, return_counts=True)[1] == mesh.cells_per_hexahedron).all()  # on one rank
    found = problem.evaluate(problem.at_rest(parameters)[0], parameters)
    assert abs(found.flow_rates.sum()) < 1e-9 * abs(found.flow_rates).max()
    assert found.flow is not None
    assert problem.flow is not None
    ((port, surfaces),) = surfaces_across(problem).items()
    flows = surfaces.flows(problem.flow.fields.velocity(found.flow))
    return float(np.abs(flows / found.flow_rates[port] - 1).max()), space.flow_rate(found)


def test_every_section_of_a_cone_has_the_flow_rate() -> None:
    """Cells that are not made of hexahedra miss it, and are measured by the same means."""
    ends, walls, mesh = ("base", "tip"), {"channel": 0.0}, cone()
    error, _ = missed(mesh, ends, walls)
    alone, _ = missed(replace(mesh, cells_per_hexahedron=1), ends, walls)
    assert error < 0.012
    assert alone > 0.1


def test_every_section_of_a_slit_has_the_flow_rate() -> None:
    error, _ = missed(slit(), ("left", "right"), {"channel": 0.0, "side_wall": 0.0})
    assert error < 2e-3


@pytest.mark.serial
def test_pressures_have_a_constant_in_each_hexahedron() -> None:
    mesh = slit()
    assert mesh.cells_per_hexahedron == PER_HEXAHEDRON
    walls = {"channel": 0.0, "side_wall": 0.0}
    space = Space(lambda: mesh, "quarter", walls, 1.0, terminals=("left", "right"), comm=MPI.COMM_SELF)
    assert space.problem.size == mesh.unknowns()


@pytest.mark.serial
def test_what_is_said_of_sections_that_miss_the_flow_rate() -> None:
    rows = [{SECTION_FLOW_ERROR: value} for value in (0.5 * LARGEST, float("nan"), 0.21)]
    (text,) = doubtful_velocities(rows)
    assert "at 1 of 3 points" in text
    assert "21 %" in text
    assert not list(doubtful_velocities(rows[:2]))
