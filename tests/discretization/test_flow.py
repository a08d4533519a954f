"""The flow conserves volume in cells and cross-sections, on any number of ranks; flows of other degrees are carried over."""

from __future__ import annotations

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.problem import Problem
from solver.observables.state import StateReader
from solver.parallel.clock import Clock
from tests.support.small_cone import small_cone

COMM = MPI.COMM_WORLD


def made(degree: int = 2, **walls: object) -> tuple[Problem, Case]:
    """The equations of a small cone under pressure."""
    case = Case.model_validate(small_cone(10.0, base={"pressure": 1e5}))
    case = case.with_values({f"walls.channel.{key}": value for key, value in walls.items()})
    tagged = meshing.make_mesh(case, [case], COMM)
    return build.make_problem(case, tagged, Clock(), degree), case


def summed(values: np.ndarray) -> float:
    return float(COMM.allreduce(float(values.sum()), op=MPI.SUM))


def test_volume_is_conserved_in_every_cell_but_the_given_ones() -> None:
    problem, case = made()
    assert problem.flow is not None
    found = problem.evaluate(
        problem.boundary_values.at_rest(parameters := build.parameters_of(problem, case)), parameters
    )
    problem.load(found)
    mesh, constants = problem.mesh, fem.functionspace(problem.mesh, ("DG", 0))
    test = ufl.TestFunction(constants)
    owned = mesh.topology.index_map(2).size_local
    cell = constants.dofmap.list[:owned, 0]

    def of_cells(integrand: object) -> np.ndarray:
        return np.asarray(fem.assemble_vector(fem.form(integrand * test * problem.measures.volume)).array[cell])

    divergence = problem.metric.divergence(problem.flow.u) * problem.metric.weight
    lost, size = of_cells(divergence), of_cells(ufl.sqrt(divergence**2))
    given = np.isin(problem.flow.space.sub(2).dofmap.list[:owned, 0], problem.flow.constrained)
    assert COMM.allreduce(np.abs(lost[~given]).max(), op=MPI.MAX) < 1e-10 * summed(size)
    # one cell anywhere, and at each of the corners where a wall meets a terminal or the axis those between both
    count, cells = summed(given), mesh.topology.index_map(2).size_global
    assert 1 < count < 0.02 * cells
    assert found.flow_rates.sum() == pytest.approx(0.0, abs=1e-10 * abs(found.flow_rates[0]))


@pytest.mark.parametrize("slip_length", [0.0, 2e-9])
def test_every_cross_section_has_the_flow_rate(slip_length: float) -> None:
    """Four cells along the whole channel: without the constants the flow is wrong by 16 % (9 % with slip)."""
    problem, case = made(**({"slip_length": slip_length} if slip_length else {}))
    parameters = build.parameters_of(problem, case)
    found = problem.evaluate(problem.boundary_values.at_rest(parameters), parameters)
    state = StateReader(problem, case).read(found, case)
    profiles = state.profiles
    assert profiles is not None
    flow = profiles.in_channel("velocity [m/s]") * profiles.in_channel("area [m^2]")
    rate = abs(state.flow_rates[0])
    assert np.abs(np.abs(flow)[5:-5] / rate - 1).max() < 0.05


def test_flows_are_carried_to_other_degrees() -> None:
    working, _ = made()
    richer, _ = made(3)
    assert working.flow is not None
    assert richer.flow is not None
    rng = np.random.default_rng(3)

    def cubic(x: np.ndarray) -> np.ndarray:
        return np.stack([(x[0] - 2 * x[1]) ** 3, x[0] * x[1] ** 2]) * 1e-3

    flow = fem.Function(richer.flow.space)
    flow.sub(0).interpolate(cubic)
    flow.x.scatter_forward()
    space = richer.flow.fields.velocity(flow.x.array).function_space
    expected = fem.Function(space)
    expected.interpolate(cubic)
    found = richer.flow.fields.velocity(flow.x.array)
    scale = np.abs(expected.x.array).max()
    assert np.abs(found.x.array - expected.x.array).max() < 1e-12 * scale

    lower = fem.Function(working.flow.space)
    lower.x.array[:] = rng.normal(size=len(lower.x.array))
    lower.x.scatter_forward()
    carried = richer.flow.interpolated(working.flow, lower.x.array)
    back = working.flow.interpolated(richer.flow, carried)
    np.testing.assert_allclose(back, lower.x.array, atol=1e-11)
