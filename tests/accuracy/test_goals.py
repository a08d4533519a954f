"""Meshes for the tolerance of any reported quantity: charges, salt, potentials of walls, currents of single ions."""

from __future__ import annotations

import math
from typing import Any

import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import MeshError
from solver.accuracy.goals import Goal, goal_of_column
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from solver.results.headers import error_header, split_header
from solver.simulation.simulation import Simulation
from solver.studies.columns import check_goal
from solver.studies.steady import compute
from tests.support.few_on_ranks import few_on_ranks
from tests.support.small_cone import small_cone
from validation.devices import KCL_WATER

CONE = small_cone(100.0, base={"potential": -0.2}) | {"outputs": {"profile_points": 12}}
CELL: dict[str, Any] = {
    "geometry": {"type": "cell", "length": 200e-9, "width": 1e-6, "height": 1e-6},
    "electrolyte": KCL_WATER | {"concentration": 10.0},
    "walls": {"left": {"potential": 0.15}, "right": {"potential": -0.15, "stern": {"thickness": 0.5e-9}}},
    "solver": {"flow": "none"},
}
GATED = CONE | {
    "geometry": CONE["geometry"] | {"reservoirs": None},
    "walls": {"channel": {"potential": -0.05, "stern": {"thickness": 0.5e-9}}},
    "terminals": {"base": {"potential": 0.1}},
    "solver": {"flow": "none"},
}
PARTICLE = CONE | {
    "geometry": {
        "type": "cylinder",
        "length": 30e-9,
        "radius": 8e-9,
        "reservoirs": None,
        "particle": {"radius": 3e-9, "position": 12e-9},
    },
    "walls": {"channel": {"surface_charge": -10e-3}, "particle": {"surface_charge": -20e-3}},
    "terminals": {"left": {"potential": 0.1}},
    "mesh": {},  # a force is quadratic in the field: coarse meshes are too far off for what is linearised
}


def opened(data: dict[str, Any]) -> tuple[Simulation, dict[str, Any]]:
    """The simulation of a case of one point, and its row."""
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    return simulation, dict(compute(simulation, points[0]).row)


@pytest.mark.parametrize(
    ("data", "goal", "header", "tolerance"),
    few_on_ranks(
        [
            (CELL, "charge_left", "charge_left [C]", 1e-4),
            (CELL, "charge_right", "charge_right [C]", 1e-4),
            (GATED, "charge_channel", "charge_channel [C]", 5e-5),
            (CONE, "salt_mean", "salt_mean [mol/m^3]", 5e-5),
            (CONE, "zeta_potential_mean", "zeta_potential_mean [V]", 1e-4),
            (CONE, "current_tip_K", "current_tip_K [A]", 1e-3),
        ],
        0,
        3,
    ),
)
def test_any_quantity_to_a_tolerance(data: dict[str, Any], goal: str, header: str, tolerance: float) -> None:
    """The bar and the true error, against a mesh that is finer everywhere, are below it, for less than that costs."""
    simulation, found = opened(data | {"mesh": {"tolerance": tolerance, "goal": goal}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert record.goal == goal
    assert len(record.steps) > 1
    bar = found[error_header(header)]
    assert bar < 1.02 * tolerance * abs(found[header])
    fine, true = opened(data | {"mesh": {"refinement": 1, "growth": 2.2}})
    limit = max(bar, 0.3 * tolerance * abs(found[header])) + true[error_header(header)]
    assert abs(found[header] - true[header]) < limit
    assert simulation.problem.size < 0.5 * fine.problem.size


@pytest.mark.serial
def test_a_terminal_by_its_column_is_the_current() -> None:
    steps = []
    for goal in ("current", "current_base"):
        record = opened(CONE | {"mesh": {"tolerance": 1e-2, "goal": goal}})[0].adaptation
        assert record is not None
        steps.append([step["unknowns"] for step in record.steps])
    assert steps[0] == steps[1]


@pytest.mark.parametrize(
    ("data", "goal"),
    few_on_ranks(
        [
            (GATED, Goal("charge", "channel")),
            (CELL, Goal("charge", "left")),
            (CELL, Goal("charge", "right")),
            (CONE, Goal("wall_potential")),
            (CONE, Goal("salt")),
            (CONE, Goal("current", "tip", 1)),
            (PARTICLE, Goal("force")),
            (PARTICLE, Goal("electric_force")),
        ],
        0,
        4,
        6,
    ),
)
def test_contributions_add_up_to_the_estimate(data: dict[str, Any], goal: Goal) -> None:
    """Up to the quadratic part: the adjoint states are those of the goals, with storage in closed cells too."""
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    state, enriched, bars = simulation.reach(points[0]).state, simulation.enriched, simulation.bars
    assert enriched is not None
    assert bars is not None
    corrected = bars.corrected(points[0], state)
    found = enriched.contributions(state, corrected.parameters, goal, corrected.storage)
    topology = simulation.problem.mesh.topology
    edges, cells = (topology.index_map(k).size_local for k in (1, topology.dim))
    total = MPI.COMM_WORLD.allreduce(float(found.edges[:edges].sum() + found.cells[:cells].sum()))
    estimate = _value(goal, corrected) - _value(goal, state)
    assert total == pytest.approx(estimate, rel=0.1, abs=0)


def _value(goal: Goal, found: Evaluation) -> float:
    """The goal at a state, dimensionless, without adjoint states."""
    problem = found.problem
    assert isinstance(problem, Problem)
    if goal.kind == "charge":
        return float(found.charges[problem.ports.index(goal.port)])
    if goal.kind == "current":
        return float(found.rates[problem.ports.index(goal.port), goal.species] * problem.valences[goal.species or 0])
    problem.load(found)
    local = fem.assemble_scalar(fem.form(goal.functional(problem, fem.Function(problem.unknowns.space))))
    return float(problem.mesh.comm.allreduce(local))


@pytest.mark.serial
def test_every_column_with_an_error_has_a_goal() -> None:
    """Whatever is measured of a device can be aimed at."""
    for data in (CELL, CONE, GATED, PARTICLE):
        case = Case.model_validate(data)
        simulation, row = opened(data | {"mesh": {"refinement": 0}})
        measured = [header for header, value in row.items() if error_header(header) in row and math.isfinite(value)]
        names = [split_header(header)[0] for header in measured]
        assert len(names) > 5
        without_flow = simulation.problem.flow is None
        for name in (name for name in names if not (without_flow and name.startswith("flow_rate"))):
            check_goal(Case.model_validate(data | {"mesh": {"tolerance": 0.01, "goal": name}}))
            form = goal_of_column(name, case).functional(
                simulation.problem, fem.Function(simulation.problem.unknowns.space)
            )
            assert not form.empty()


@pytest.mark.serial
def test_goals_that_are_not_measured_are_refused() -> None:
    case = Case.model_validate(CELL | {"mesh": {"tolerance": 0.01, "goal": "charge_lfet"}})
    with pytest.raises(CaseError, match=r"unknown value 'charge_lfet'; did you mean 'charge_left'\?") as caught:
        check_goal(case)
    assert caught.value.key == ("mesh", "goal")
    with pytest.raises(CaseError, match="unknown value 'pressure'; one of current, flow_rate, rectification_ratio, "):
        check_goal(Case.model_validate(CONE | {"mesh": {"tolerance": 0.01, "goal": "pressure"}}))
    neutral = CELL | {"walls": {"left": {"potential": 0.0}, "right": {"potential": 0.0}}}
    with pytest.raises(MeshError, match="charge_left_half is zero at every point"):
        opened(neutral | {"mesh": {"tolerance": 0.01, "goal": "charge_left_half"}})
