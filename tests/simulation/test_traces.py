"""Trace species, and terminals that inject or absorb, against closed forms and against the ions that they copy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.case.case import Case, CaseError
from solver.check.traces import trace_warnings
from solver.discretization.evaluation import Evaluation
from solver.discretization.trace import TraceState, TraceTransport
from solver.physics.constants import FARADAY, thermal_voltage
from tests.support.strip_with_pores import strip
from validation.devices import KCL_WATER, bar, row, rows, simulated
from validation.traces import flux

LENGTH, RADIUS, DIFFUSIVITY, TRACE = 100e-9, 20e-9, 4e-10, 1e-6


def tube(**keys: Any) -> dict[str, Any]:
    """An uncharged tube between terminals of one salt."""
    return {
        "geometry": {"type": "cylinder", "length": LENGTH, "radius": RADIUS, "reservoirs": None},
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "mesh": {"axial_cells": 6},
        **keys,
    }


def test_rates_in_a_uniform_field_are_goldmans() -> None:
    """Into an empty reservoir, with a valence that is not whole; the error bar covers what is left."""
    electrolyte = KCL_WATER | {"concentration": 10.0, "trace": {"x": {"valence": -2.5, "diffusivity": DIFFUSIVITY}}}
    ends = {"left": {"potential": 30e-3, "trace": {"x": TRACE}}, "right": {}}
    own = row(tube(electrolyte=electrolyte, terminals=ends, solver={"flow": "none"}))
    exact = math.pi * RADIUS**2 * DIFFUSIVITY / LENGTH * flux(-2.5 * 30e-3 / thermal_voltage(298.15), TRACE, 0.0)
    header = "molar_rate_left_x [mol/s]"
    assert own[header] == pytest.approx(exact, rel=1e-3)
    assert abs(own[header] - exact) <= bar(own, header)
    assert own["molar_rate_right_x [mol/s]"] == pytest.approx(-own[header], rel=1e-10)


def test_a_reservoir_downstream_hardly_counts() -> None:
    """At a Peclet number of a cell of 30 the rate into an empty reservoir is what the liquid brings."""
    electrolyte = KCL_WATER | {"concentration": 10.0, "trace": {"x": {"valence": 0, "diffusivity": DIFFUSIVITY}}}
    ends = {"left": {"pressure": 10.0, "trace": {"x": TRACE}}, "right": {}}
    walls = {"channel": {"slip_length": 1e-3}}
    own = row(tube(electrolyte=electrolyte, terminals=ends, walls=walls))
    brought = TRACE * own["flow_rate_left [m^3/s]"]
    assert own["molar_rate_left_x [mol/s]"] == pytest.approx(brought, rel=1e-9)
    assert own["cell_peclet_x"] > 5.0


@pytest.mark.serial
def test_a_copy_of_an_ion_is_like_it() -> None:
    """Potassium as a trace in a charged cone with flow; and its concentration in profiles and fields."""
    geometry = {"type": "cone", "length": 60e-9, "radius_tip": 5e-9, "radius_base": 10e-9}
    geometry |= {"reservoirs": {"length": 20e-9, "radius": 20e-9}}
    trace = {"copy": {"valence": 1, "diffusivity": KCL_WATER["species"]["K"]["diffusivity"], "concentration": TRACE}}
    data = {
        "geometry": geometry,
        "electrolyte": KCL_WATER | {"concentration": 10.0, "trace": trace},
        "terminals": {"tip": {"potential": 0.2, "pressure": 1e5}},
        "walls": {"channel": {"surface_charge": -10e-3}},
        "mesh": {"wall_size": "1 debye_length", "growth": 3.0},
        "outputs": {"fields": "all"},
    }
    result = simulated(data)
    (own,) = result.table.to_dict("records")
    rate = own["current_tip_K [A]"] / FARADAY * TRACE / 10.0
    assert own["molar_rate_tip_copy [mol/s]"] == pytest.approx(rate, rel=1e-8)
    assert own["passage_copy"] > 1.0
    assert own["enrichment_copy"] > own["section_enrichment_copy"] > 1.0
    profile = result.profiles["concentration_copy [mol/m^3]"]
    assert profile.max() / TRACE == pytest.approx(own["section_enrichment_copy"])
    fields = result.fields[0].point_data
    assert np.allclose(fields["concentration_copy"] * 10.0 / TRACE, fields["concentration_K"], rtol=1e-6)


def test_points_of_a_sweep_share_factors_and_do_not_depend_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two factorisations a point for a trace and the neutral one that it is compared with, both with shares; numbers
    are those of a start from the neutral solution."""
    geometry = {"type": "cone", "length": 60e-9, "radius_tip": 5e-9, "radius_base": 10e-9}
    geometry |= {"reservoirs": {"length": 20e-9, "radius": 20e-9}}
    data = {
        "geometry": geometry,
        "electrolyte": KCL_WATER | {"concentration": 10.0, "trace": {"x": {"valence": -2, "radius": 1e-9}}},
        "terminals": {"tip": {"trace": {"x": TRACE}}, "base": {"trace": {"x": 0.5 * TRACE}}},
        "walls": {"channel": {"surface_charge": -10e-3}},
        "mesh": {"wall_size": "1 debye_length", "growth": 3.0},
        "study": {"type": "sweep", "parameter": "terminals.tip.potential", "values": [0.08, 0.1, 0.12]},
        "outputs": {"errors": "none"},
    }
    solve = TraceTransport.solved
    made: dict[int, tuple[TraceTransport, Evaluation]] = {}

    def recorded(transport: TraceTransport, found: Evaluation) -> tuple[TraceState | None, ...]:
        made[id(found)] = transport, found
        return solve(transport, found)

    monkeypatch.setattr(TraceTransport, "solved", recorded)
    assert len(rows(data)) == 3
    transport, found = list(made.values())[-1]
    assert 1 <= transport.factorisations <= 2 * len(made)
    (own,), (alone,) = solve(transport, found), solve(TraceTransport(transport.problem), found)
    assert own is not None
    assert alone is not None
    assert own.rates == pytest.approx(alone.rates, rel=1e-8)
    assert own.neutral == pytest.approx(alone.neutral, rel=1e-8)
    assert abs(own.rates.sum()) < 1e-8 * abs(own.rates[0])


@pytest.mark.serial
def test_beside_solids_and_at_pores(tmp_path: Path) -> None:
    """A trace stays in its liquid: nothing passes a pore, where ions do, and a warning says so."""
    data = strip(tmp_path)
    data["electrolyte"] |= {"trace": {"x": {"valence": -1, "diffusivity": DIFFUSIVITY, "concentration": TRACE}}}
    (kind,) = (kind for kind, text in trace_warnings(Case.model_validate(data)) if "'left_face', 'right_face'" in text)
    assert kind == "trace walls"
    own = row(data)
    assert abs(own["molar_rate_left_x [mol/s]"]) < 1e-8 * DIFFUSIVITY * TRACE * 1e-9
    assert math.isnan(own["passage_x"])
    assert math.isnan(own["trace_balance_error_x"])
    assert own["amount_x [mol]"] == pytest.approx(2 * 8e-9 * 5e-9 * 5e-9 * TRACE, rel=1e-3)


@pytest.mark.serial
def test_what_is_injected_is_absorbed() -> None:
    """A neutral solute from a terminal that holds or injects it to one that absorbs it."""
    species = KCL_WATER["species"] | {"x": {"valence": 0, "diffusivity": DIFFUSIVITY}}
    held = {"concentrations": {"K": 10.0, "Cl": 10.0, "x": 1e-3}}
    velocity, rate = 1e-2, 1e-20
    of_ends = {"x": {"absorption": velocity}}
    data = tube(electrolyte=KCL_WATER | {"species": species}, solver={"flow": "none"})
    own = row({**data, "terminals": {"left": held, "right": {**held, "exchange": of_ends}}})
    exact = 1e-3 * math.pi * RADIUS**2 / (LENGTH / DIFFUSIVITY + 1.0 / velocity)
    assert own["molar_rate_left_x [mol/s]"] == pytest.approx(exact, rel=1e-6)
    ends = {"left": {**held, "exchange": {"x": {"rate": rate}}}, "right": {**held, "exchange": of_ends}}
    own = row({**data, "terminals": ends})
    assert own["molar_rate_left_x [mol/s]"] == pytest.approx(rate, rel=1e-9)
    assert own["molar_rate_right_x [mol/s]"] == pytest.approx(-rate, rel=1e-9)


REFUSED = [
    ({"trace": {"x": {"valence": -2}}}, {}, "electrolyte.trace.x: needs a diffusivity or a radius"),
    ({"trace": {"x": {"radius": 1e-9}}}, {}, "electrolyte.trace.x: 'x' is not in the ion table"),
    ({"trace": {"x": {"valence": 1, "radius": 1e-9}}}, {}, "electrolyte.trace.x: no terminal holds any of it"),
    ({"trace": {"K": {"concentration": 1e-6}}}, {}, "electrolyte.trace.K: is a species of the electrolyte, too"),
    ({}, {"left": {"trace": {"x": 1e-6}}}, "terminals.left.trace.x: unknown trace species"),
    ({}, {"left": {"exchange": {"x": {"rate": 0.0}}}}, "terminals.left.exchange.x: unknown species"),
    ({}, {"left": {"exchange": {"K": {}}}}, "terminals.left.exchange.K: is either injected or absorbed"),
    (
        {},
        {end: {"exchange": {"K": {"rate": 0.0}}} for end in ("left", "right")},
        "terminals.left.exchange.K.rate: no terminal holds or absorbs 'K'",
    ),
    (
        {},
        {end: {"exchange": {"K": {"absorption": 1e-3}}} for end in ("left", "right")},
        "terminals.left.exchange.K: nothing brings 'K'",
    ),
    (
        {},
        {"left": {"exchange": {"K": {"rate": -1e-18}}}, "right": {"exchange": {"K": {"absorption": 1e-3}}}},
        "terminals.left.exchange.K: nothing brings 'K'",
    ),
]


@pytest.mark.serial
@pytest.mark.parametrize(("electrolyte", "terminals", "text"), REFUSED)
def test_what_does_not_fit_is_refused(electrolyte: dict[str, Any], terminals: dict[str, Any], text: str) -> None:
    """Naming the key."""
    with pytest.raises(CaseError, match=text):
        Case.model_validate(tube(electrolyte=KCL_WATER | {"concentration": 10.0} | electrolyte, terminals=terminals))


@pytest.mark.serial
def test_what_turns_into_what_is_absorbed_has_a_steady_state() -> None:
    """And has none where both are absorbed everywhere."""
    solutes = {name: {"valence": 0, "diffusivity": DIFFUSIVITY} for name in ("A", "B")}
    turn = {"type": "mass_action", "equation": "A = B", "forward_rate_constant": 1e3, "backward_rate_constant": 1e3}
    electrolyte = KCL_WATER | {"species": KCL_WATER["species"] | solutes, "reactions": {"turn": turn}}
    held, sink, shut = {"K": 10.0, "Cl": 10.0, "A": 0.1, "B": 0.1}, {"absorption": 1e-3}, {"rate": 0.0}

    def case(left: dict[str, Any], right: dict[str, Any]) -> Case:
        ends = {"left": {"exchange": left}, "right": {"exchange": right}}
        return Case.model_validate(
            tube(
                electrolyte=electrolyte,
                terminals={name: each | {"concentrations": held} for name, each in ends.items()},
            )
        )

    case({"A": {"rate": 1e-20}, "B": shut}, {"A": shut, "B": sink})
    case({"A": sink, "B": sink}, {"A": sink})
    with pytest.raises(CaseError, match=r"terminals.left.exchange.A: nothing brings 'A'"):
        case({"A": sink, "B": sink}, {"A": sink, "B": sink})


@pytest.mark.serial
def test_traces_are_of_steady_states() -> None:
    """A study in time is refused."""
    electrolyte = KCL_WATER | {"concentration": 10.0, "trace": {"Na": {"concentration": TRACE}}}
    study = {"type": "transient", "protocol": [{"type": "hold", "duration": 1e-3}]}
    with pytest.raises(CaseError, match="trace species are computed in steady states"):
        Case.model_validate(tube(electrolyte=electrolyte, study=study))
