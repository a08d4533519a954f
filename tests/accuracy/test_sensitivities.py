"""Derivatives from adjoint states against central differences of full solutions on the same (moved) mesh.

The differences are Richardson's of two steps, good to about 1e-8; where a size changes, the mesh is moved and the flow's
matrix assembled anew. One derivative by a size is also compared with meshes that are drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.accuracy.sensitivity import charge_jumps, face_jumps, moved, sensitivity
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.nonlinear.newton import NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from tests.support.few_on_ranks import few_on_ranks
from tests.support.small_cone import small_cone
from validation.devices import KCL_WATER, row

QUIET = {"errors": "none", "profile_points": 2}
CONE = small_cone(30.0, base={"potential": -0.2}, tip={"concentration": 60.0}) | {"outputs": QUIET}
SALT = ("electrolyte.temperature", "electrolyte.relative_permittivity", "electrolyte.species.K.diffusivity")
SIZES = ("geometry.length", "geometry.radius_tip", "geometry.reservoirs.length", "geometry.reservoirs.radius")
CASES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "cone with flow": (
        CONE,
        (
            "walls.channel.surface_charge",
            "terminals.base.potential",
            "terminals.tip.potential",
            "terminals.tip.concentration",
            "electrolyte.concentration",
            "terminals.tip.pressure",
            "electrolyte.viscosity",
            *SALT,
            *SIZES,
        ),
    ),
    "slipping wall": (
        CONE | {"walls": {"channel": {"surface_charge": -20e-3, "slip_length": 2e-9}}},
        (
            "walls.channel.surface_charge",
            "walls.channel.slip_length",
            "electrolyte.viscosity",
            "geometry.radius_tip",
            "geometry.length",
        ),
    ),
    "open cone": (
        CONE
        | {
            "geometry": CONE["geometry"] | {"reservoirs": None},
            "terminals": {"base": {"potential": 0.1, "pressure": 1e4}},
        },
        (
            "walls.channel.surface_charge",
            "terminals.base.pressure",
            "electrolyte.concentration",
            "electrolyte.temperature",
            "geometry.radius_base",
        ),
    ),
    "bipolar pore": (
        CONE
        | {
            "geometry": {
                "type": "cylinder",
                "length": 60e-9,
                "radius": 4e-9,
                "reservoirs": {"length": 40e-9, "radius": 40e-9},
            },
            "terminals": {"left": {"potential": 0.1}},
            "walls": {"channel": {"surface_charge": {"type": "piecewise", "breaks": [25e-9], "values": [0.01, -0.02]}}},
            "solver": {"flow": "none"},
        },
        ("walls.channel.surface_charge.values.1", "geometry.length", "geometry.radius"),
    ),
    "slit": (
        CONE
        | {
            "geometry": {
                "type": "slit",
                "length": 60e-9,
                "height": 8e-9,
                "width": 1e-6,
                "reservoirs": {"length": 40e-9, "half_height": 40e-9},
            },
            "terminals": {"left": {"potential": 0.1}},
            "walls": {"channel": {"surface_charge": -20e-3}, "membrane_face": {"surface_charge": -5e-3}},
        },
        (
            "walls.membrane_face.surface_charge",
            *SALT,
            "geometry.height",
            "geometry.width",
            "geometry.length",
            "geometry.reservoirs.half_height",
        ),
    ),
    "ring of charge beside the base": (
        CONE
        | {
            "walls": {
                "channel": {"surface_charge": -20e-3},
                "membrane_base": {"surface_charge": {"type": "piecewise", "breaks": [30e-9], "values": [-20e-3, 5e-3]}},
            }
        },
        ("walls.membrane_base.surface_charge.values.0", "geometry.reservoirs.radius", "geometry.radius_base"),
    ),
    "three ions": (
        CONE
        | {
            "electrolyte": KCL_WATER | {"species": {"K": {}, "Mg": {}, "Cl": {}}},
            "terminals": {
                name: {"potential": v, "concentrations": {"K": k, "Mg": 10.0, "Cl": k + 20.0}}
                for name, v, k in (("base", 0.1, 20.0), ("tip", 0.0, 40.0))
            },
        },
        ("walls.channel.surface_charge", "electrolyte.species.Mg.diffusivity", "electrolyte.temperature"),
    ),
}


def opened(data: dict[str, Any]) -> Simulation:
    """A simulation in the state of its only point."""
    data = data | {"solver": {"tolerance": 1e-10} | data.get("solver", {})}  # as where sensitivities are asked for
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    compute(simulation, points[0])
    return simulation


@contextmanager
def reshaped(problem: Problem, one: Case, other: Case) -> Iterator[None]:
    """The problem on the moved mesh, with the flow's matrix assembled there."""

    def renew() -> None:
        if problem.flow is not None:
            problem.flow.solved.refactorise()

    with moved(problem, one.geometry, other.geometry, charge_jumps(one), face_jumps(one)):
        renew()
        yield
    renew()


def state_of(simulation: Simulation) -> Evaluation:
    """The state that a simulation has reached."""
    assert simulation.state is not None
    return simulation.state


def values(simulation: Simulation, case: Case) -> np.ndarray:
    """Current (A) and flow rate (m^3/s) of the full solution of a case at the driven terminal of the simulation."""
    problem, newton = simulation.problem, simulation.continuation.newton
    sizes_differ = case.geometry != simulation.case.geometry
    with reshaped(problem, simulation.case, case) if sizes_differ else nullcontext():
        newton.forget()
        start = problem.evaluate(state_of(simulation).state, build.parameters_of(problem, case))
        found = newton.solve(start, NewtonSettings(tolerance=1e-12), NewtonReport())
        driven, scales = problem.ports.index(simulation.case.driven_terminal), found.parameters.scales
        return np.array([found.currents[driven] * scales.current, found.flow_rates[driven] * scales.flow_rate])


def differences(simulation: Simulation, parameter: str) -> np.ndarray:
    """Derivatives of current and flow rate by a parameter, from four full solutions."""
    case = simulation.case
    value = build.value_of(case, parameter)
    step = 2e-3 * abs(value) or {"V": 1e-3, "Pa": 1e4}[case.unit(parameter)]

    def slope(h: float) -> np.ndarray:
        ends = [values(simulation, case.with_value(parameter, value + t)) for t in (h, -h)]
        return (ends[0] - ends[1]) / (2 * h)

    return (4 * slope(step / 2) - slope(step)) / 3


@pytest.mark.parametrize("name", few_on_ranks(CASES, 0, 5))
def test_derivatives_are_those_of_full_solutions(name: str) -> None:
    data, parameters = CASES[name]
    simulation = opened(data)
    problem, case = simulation.problem, simulation.case
    goals = ("current", "flow_rate") if problem.flow is not None else ("current",)
    adjoints = [
        Adjoint(problem, simulation.continuation.newton.jacobian, Goal(goal, case.driven_terminal))  # type: ignore[arg-type]
        for goal in goals
    ]
    reached = values(simulation, case)
    state = state_of(simulation)
    before, scales = state.state.copy(), state.parameters.scales
    worst: dict[str, float] = {}
    for k, adjoint in enumerate(adjoints):
        adjoint.solve(state)
        assert adjoint.lagrangian(state) * adjoint.goal.scale(scales) == pytest.approx(reached[k], rel=1e-8, abs=0)
    for parameter in parameters:
        expected = differences(simulation, parameter)
        for k, adjoint in enumerate(adjoints):
            adjoint.solve(state)
            found = sensitivity(adjoint, state, case, parameter)
            off = abs(found.derivative - expected[k])  # both are zero where a number does not matter
            worst[f"{adjoint.goal.kind} by {parameter}"] = off / abs(expected[k]) if off else 0.0
            assert np.array_equal(state.state, before), "the state is left as it was"
            value = build.value_of(case, parameter)
            assert found.unit == case.unit(parameter)
            if value:
                assert found.elasticity == pytest.approx(found.derivative * value / reached[k], rel=1e-7, abs=0)
            else:
                assert np.isnan(found.elasticity)
            if parameter == "geometry.width":
                assert found.elasticity == pytest.approx(1.0, rel=1e-7)
    assert max(worst.values()) < 1e-6, worst


@pytest.mark.parametrize("name", few_on_ranks(["cone with flow", "bipolar pore"], 0))
def test_derivative_by_the_length_is_that_of_meshes_drawn_anew(name: str) -> None:
    """Jumps of the charge stay where they are when the channel grows; both ends of the pore carry other charges."""
    data = CASES[name][0] | {"mesh": {"growth": 1.8}, "solver": {"flow": "none"}}
    length = data["geometry"]["length"]
    ends = [
        row(data | {"geometry": data["geometry"] | {"length": length * (1.0 + t)}})["current [A]"]
        for t in (0.01, -0.01)
    ]
    simulation = opened(data)
    adjoint = Adjoint(
        simulation.problem, simulation.continuation.newton.jacobian, Goal("current", simulation.case.driven_terminal)
    )
    adjoint.solve(state_of(simulation))
    found = sensitivity(adjoint, state_of(simulation), simulation.case, "geometry.length")
    assert found.derivative == pytest.approx((ends[0] - ends[1]) / (0.02 * length), rel=5e-3, abs=0)


def test_rows_of_a_run() -> None:
    """Every goal by every key, with units; of the current alone when there is no flow."""
    keys = ["walls.channel.surface_charge", "geometry.radius_tip"]
    data = CONE | {"outputs": QUIET | {"sensitivities": keys}}
    for flow, goals in (("stokes", ["current", "flow_rate"]), ("none", ["current"])):
        points = plan(Case.model_validate(data | {"solver": {"flow": flow}}))
        simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
        record = compute(simulation, points[0])
        measured, derivatives = record.row, record.sensitivities
        assert [(line["goal"], line["parameter"], line["unit"]) for line in derivatives] == [
            (goal, key, unit) for goal in goals for key, unit in zip(keys, ("C/m^2", "m"), strict=True)
        ]
        assert all(line["point"] == 0 for line in derivatives)
        # a wider tip conducts more, as does a wall with more charge: cations carry most of the current
        elasticity = {line["parameter"]: line["elasticity"] for line in derivatives if line["goal"] == "current"}
        assert 0.0 < float(elasticity[keys[0]]) < 1.0  # type: ignore[arg-type]
        assert 0.0 < float(elasticity[keys[1]]) < 2.0  # type: ignore[arg-type]
        assert measured["current [A]"] != 0.0


@pytest.mark.serial
def test_what_has_no_derivative() -> None:
    simulation = opened(CONE | {"solver": {"flow": "none"}})
    jacobian = simulation.continuation.newton.jacobian
    with pytest.raises(ValueError, match="a flow rate needs a flow"):
        Adjoint(simulation.problem, jacobian, Goal("flow_rate", "base"))
    adjoint = Adjoint(simulation.problem, jacobian, Goal("current", "base"))
    adjoint.solve(state_of(simulation))
    with pytest.raises(ValueError, match="only values and sizes have derivatives"):
        sensitivity(adjoint, state_of(simulation), simulation.case, "mesh.growth")


@pytest.mark.serial
def test_old_factors_serve_for_the_adjoint_state() -> None:
    """Factors of another state precondition; where they are too far off new ones are made. The result is the same."""
    simulation = opened(CONE)
    problem, newton = simulation.problem, simulation.continuation.newton
    adjoint, state, key = (
        Adjoint(problem, newton.jacobian, Goal("current", "base")),
        state_of(simulation),
        "walls.channel.surface_charge",
    )
    adjoint.solve(state)
    exact = sensitivity(adjoint, state, simulation.case, key).derivative
    far = simulation.case.with_value("terminals.base.potential", 1.0)
    for other in (simulation.case.with_value("terminals.base.potential", -0.21), far):
        newton.forget()
        start = problem.evaluate(state.state, build.parameters_of(problem, other))
        away = newton.solve(start, replace(NewtonSettings(), tolerance=1e-8), NewtonReport())
        newton.jacobian.refresh(away)  # these are the factors at hand from now on
        adjoint.solve(state)
        again = sensitivity(adjoint, state, simulation.case, key).derivative
        assert again == pytest.approx(exact, rel=1e-7, abs=0)
