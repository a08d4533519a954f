"""Derivatives of what passes pores whose mouths are walls: their rates follow from means over both walls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal, goal_of_column
from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build
from solver.nonlinear.newton import NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from tests.support.strip_with_pores import strip

pytestmark = pytest.mark.serial

PARAMETERS = ("terminals.left.potential", "pores.pore.kinetics.species.K.k_on", "pores.pore.number")
COLUMNS = ("current", "current_left_face", "current_right_face_K")


def test_derivatives_of_the_currents_of_mouths_are_those_of_full_solutions(tmp_path: Path) -> None:
    """With so many pores that the liquids in front of them resist as much."""
    data = strip(tmp_path, number=1e5) | {"solver": {"flow": "none", "tolerance": 1e-10}}
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, MPI.COMM_SELF, Clock())
    case = points[0].case
    found = compute(simulation, points[0])
    assert abs(found.row["pore_voltage_pore [V]"]) < 0.8 * 0.1
    problem, newton, state = simulation.problem, simulation.continuation.newton, simulation.state
    assert state is not None
    goals = [goal_of_column(name, case) for name in COLUMNS]

    def currents(case: Case) -> np.ndarray:
        newton.forget()
        start = problem.evaluate(state.state, build.parameters_of(problem, case))
        reached = newton.solve(start, NewtonSettings(tolerance=1e-12), NewtonReport())
        of_species = reached.rates * np.array(problem.valences) * reached.parameters.scales.current
        return np.array([_chosen(of_species[problem.ports.index(goal.port)], goal) for goal in goals])

    expected = {}
    for parameter in PARAMETERS:
        value = build.value_of(case, parameter)
        ends = [currents(case.with_value(parameter, value * (1.0 + t))) for t in (1e-4, -1e-4)]
        expected[parameter] = (ends[0] - ends[1]) / (2e-4 * value)
    for k, goal in enumerate(goals):
        adjoint = Adjoint(problem, newton.jacobian, goal)
        adjoint.solve(state)
        for parameter in PARAMETERS:
            slope = sensitivity(adjoint, state, case, parameter).derivative
            assert slope == pytest.approx(expected[parameter][k], rel=1e-5, abs=0), (goal, parameter)


def _chosen(of_species: np.ndarray, goal: Goal) -> float:
    return float(of_species.sum() if goal.species is None else of_species[goal.species])
