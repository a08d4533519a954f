"""The split of the fields against factors of the whole matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from solver.case.case import Case
from solver.discretization import build, meshing, pressure_parts
from solver.discretization.channel import Channel, permeability
from solver.discretization.evaluation import Evaluation
from solver.discretization.flow_space import CONSTANTS
from solver.discretization.problem import Problem
from solver.inputs.errors import CaseError
from solver.linear import fieldsplit
from solver.linear.blocks import SingularMatrixError
from solver.linear.direct import DirectBlockSolver
from solver.linear.fieldsplit import FieldSplitBlockSolver
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock

pytestmark = pytest.mark.serial

RADIUS = 20.0
"""nm, of the tube whose permeability is known."""


def device(radius: float, ends: float | None, **further: object) -> Case:
    """A charged channel from 20 nm to a radius (nm), with reservoirs (nm) or without."""
    around = None if ends is None else {"length": f"{ends} nm", "radius": f"{ends} nm"}
    sizes = {"length": "200 nm", "radius_tip": f"{radius} nm", "radius_base": f"{RADIUS} nm", "reservoirs": around}
    return Case.model_validate(
        {
            "geometry": {"type": "cone", **sizes},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
            "walls": {"channel": {"surface_charge": "-20 mC/m^2"}},
            "terminals": {"base": {"potential": "0.1 V"}},
            "mesh": {"wall_size": "1 debye_length", "corner_size": "0.3 debye_length", "growth": 3, "axial_cells": 6},
            **further,
        }
    )


def problem_of(case: Case) -> Problem:
    return build.make_problem(case, meshing.make_mesh(case, [case], MPI.COMM_WORLD), Clock())


@pytest.fixture(scope="module")
def split_and_usual() -> tuple[Evaluation, Evaluation]:
    """The same state with split fields and with factors."""
    found = []
    for linear in ("fieldsplit", "direct"):
        case = device(5.0, 60.0, solver={"linear": linear})
        problem = problem_of(case)
        newton = Newton(problem, build.linear_solver(case, problem))
        parameters = build.parameters_of(problem, case)
        found.append(Continuation(problem, newton, NewtonSettings(tolerance=1e-8)).reach(parameters, 0.0, "it").state)
    return found[0], found[1]


def test_states_are_those_of_factors(split_and_usual: tuple[Evaluation, Evaluation]) -> None:
    split, usual = split_and_usual
    assert split.currents == pytest.approx(usual.currents, rel=1e-8)
    assert split.flow_rates == pytest.approx(usual.flow_rates, rel=1e-7)
    assert split.imbalance < 1e-9
    exact = split.problem.evaluate(split.state, split.parameters)  # with the flow solved for
    assert exact.flow is not None
    assert split.flow is not None
    assert np.abs(exact.flow - split.flow).max() < 1e-6 * np.abs(exact.flow).max()


def test_solves_are_those_of_factors(split_and_usual: tuple[Evaluation, Evaluation]) -> None:
    found, _ = split_and_usual
    problem = found.problem
    assert isinstance(problem, Problem)
    split, direct = FieldSplitBlockSolver("", Clock(), 1e-9), DirectBlockSolver("whole_", Clock())
    system = problem.linearise(found)
    split.prepare(system)
    direct.prepare(system)
    right = np.random.default_rng(1).normal(size=sum(system.sizes))
    for one, other in (
        (split.solve(right), direct.solve(right)),
        (split.solve_transposed(system, right), direct.solve_transposed(system, right)),
    ):
        assert np.abs(one - other).max() < 1e-5 * np.abs(other).max()
    assert max(split.iterations) < 120
    problem.linearise(found)
    assert not split.is_ready
    with pytest.raises(RuntimeError, match="overwritten"):
        split.solve(right)


def test_what_does_not_converge_is_tried_with_stronger_means(
    split_and_usual: tuple[Evaluation, Evaluation], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = split_and_usual
    problem = found.problem
    assert isinstance(problem, Problem)
    monkeypatch.setattr(fieldsplit, "LADDER", tuple(replace(each, most=2) for each in fieldsplit.LADDER))
    split, system = FieldSplitBlockSolver("last_resort_", Clock()), problem.linearise(found)
    split.prepare(system)
    right = np.random.default_rng(1).normal(size=sum(system.sizes))
    solution = split.solve(right)
    assert split.last_iteration == "factors"
    monkeypatch.setattr(fieldsplit, "FACTOR_MEMORY", 1e12)  # more than any machine has
    alone = FieldSplitBlockSolver("none_", Clock())
    alone.prepare(system)
    with pytest.raises(SingularMatrixError):
        alone.solve(right)
    direct = DirectBlockSolver("whole_", Clock())
    direct.prepare(system)
    assert solution == pytest.approx(direct.solve(right), rel=1e-9, abs=1e-9 * np.abs(solution).max())


def test_what_cannot_be_split_is_refused() -> None:
    held = {"base": {"potential": "0.1 V", "flow_rate": "1 pL/s"}}
    with pytest.raises(CaseError, match="flow_rate"):
        problem_of(device(5.0, 60.0, solver={"linear": "fieldsplit"}, terminals=held))


def test_pressures_of_long_cells_conduct_along_the_tube() -> None:
    """A pressure that is constant in hexahedra and falls linearly along a tube drives the same flow through every
    cross-section of it, from end to end; without that the iteration does not converge in long channels."""
    case = Case.model_validate(
        {
            "geometry": {"type": "cylinder", "dimension": 3, "length": "3 um", "radius": "10 nm", "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM"},
            "terminals": {"left": {"pressure": "1 bar"}},
            "mesh": {"wall_size": "3 nm", "axial_cells": 8},
            "solver": {"linear": "fieldsplit"},
        }
    )
    problem = problem_of(case)
    flow, fields = problem.flow, problem.fields
    assert flow is not None
    assert fields is not None
    together, local = pressure_parts.Together(flow), permeability(fields.channel)
    found = pressure_parts.between_constants(flow, fields.channel, together, local)
    _, of_cells = np.unique(flow.space.sub(CONSTANTS).dofmap.list[:, 0], return_inverse=True)
    geometry = problem.mesh.geometry
    middles = geometry.x[geometry.dofmap[:, :4], 0].mean(axis=1)
    along = np.bincount(of_cells.ravel(), weights=middles) / np.bincount(of_cells.ravel())
    given, answer = found.createVecs()
    given.array[:] = along
    found.mult(given, answer)
    _, planes = np.unique(np.round(along), return_inverse=True)
    lost = np.bincount(planes, weights=answer.array)  # the last plane loses it, with a pressure of zero behind it
    assert len(lost) > 5
    assert np.abs(lost[:-1]).max() < 0.02 * lost[-1]
    dense = found.convert("dense", PETSc.Mat()).getDenseArray()
    assert (dense - np.diag(np.diag(dense)) <= 0.0).all()


def test_the_permeability_of_a_tube_is_known_without_its_radius() -> None:
    problem = problem_of(device(RADIUS, None))
    weight, volume = problem.metric.weight, problem.measures.volume
    channel = Channel(problem.tagged, problem.walls, problem.unknowns.scalar, problem.metric, problem.measures)
    along = permeability(channel)
    whole, area = (fem.assemble_scalar(fem.form(value * weight * volume)) for value in (along, 1.0))
    assert whole / area == pytest.approx(RADIUS**2 / 8, rel=1e-3)
