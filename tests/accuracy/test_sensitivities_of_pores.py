"""Derivatives of what passes pores whose mouths are walls: their rates follow from means over both walls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal, goal_of_column
from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build
from solver.discretization.evaluation import Evaluation
from solver.nonlinear.newton import NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from tests.support.strip_with_pores import ABOVE_LEFT, strip

pytestmark = pytest.mark.serial

OF_PORES = ("pores.pore.kinetics.species.K.k_on", "pores.pore.number")
MANY = 1e5
"""Pores: the liquids in front of them resist as much."""


def opened(data: dict[str, Any]) -> Simulation:
    """A simulation in the state of its only point."""
    solver = {"flow": "none", "tolerance": 1e-10}
    points = plan(Case.model_validate(data | {"solver": solver}))
    simulation = Simulation.of(points[0], points, MPI.COMM_SELF, Clock())
    compute(simulation, points[0])
    return simulation


def check(
    simulation: Simulation, parameters: Sequence[str], goals: Mapping[Goal, Callable[[Evaluation], float]]
) -> None:
    """Compare derivatives of goals with central differences of numbers of full solutions."""
    case, problem, newton, state = simulation.case, simulation.problem, simulation.continuation.newton, simulation.state
    assert state is not None

    def reached(case: Case) -> Evaluation:
        newton.forget()
        start, report = problem.evaluate(state.state, build.parameters_of(problem, case)), NewtonReport()
        found = newton.solve(start, NewtonSettings(tolerance=1e-12), report)
        assert len(report.iterations) <= 4, "its matrix is that of the equations"
        return found

    expected = {}
    for parameter in parameters:
        value = build.value_of(case, parameter)
        ends = [reached(case.with_value(parameter, value * (1.0 + t))) for t in (1e-3, -1e-3)]
        numbers = [[of(found) for of in goals.values()] for found in ends]
        expected[parameter] = (np.array(numbers[0]) - np.array(numbers[1])) / (2e-3 * value)
    for k, goal in enumerate(goals):
        adjoint = Adjoint(problem, newton.jacobian, goal)
        adjoint.solve(state)
        for parameter in parameters:
            slope = sensitivity(adjoint, state, case, parameter).derivative
            assert slope == pytest.approx(expected[parameter][k], rel=1e-5, abs=0), (goal, parameter)


def test_derivatives_of_the_currents_of_mouths_are_those_of_full_solutions(tmp_path: Path) -> None:
    simulation = opened(strip(tmp_path, number=MANY))
    problem = simulation.problem

    def current(goal: Goal) -> Callable[[Evaluation], float]:
        def of(found: Evaluation) -> float:
            species = found.rates[problem.ports.index(goal.port)] * np.array(problem.valences)
            return found.parameters.scales.current * float(
                species.sum() if goal.species is None else species[goal.species]
            )

        return of

    columns = ("current", "current_left_face", "current_right_face_K")
    goals = {goal: current(goal) for goal in (goal_of_column(name, simulation.case) for name in columns)}
    check(simulation, ("terminals.left.potential", *OF_PORES), goals)


def test_a_current_is_held_where_a_terminal_meets_a_mouth(tmp_path: Path) -> None:
    """What the pores bring there is part of the equation of the current."""
    data = strip(tmp_path, ABOVE_LEFT, number=MANY)
    data["terminals"]["left"] = {"current": 3e-11, "concentrations": data["terminals"]["left"]["concentrations"]}
    check(
        opened(data),
        ("terminals.left.current", *OF_PORES),
        {Goal("potential", "left"): lambda found: found.parameters["terminals.left.potential"]},
    )
