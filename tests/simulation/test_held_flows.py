"""Terminals that hold a flow rate: their pressure follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nanochannel as nc
from solver.case.case import Case
from solver.inputs.errors import CaseError
from tests.support.short_pore import SHORT_PORE
from validation.devices import KCL_WATER

KEY, PRESSURE = "terminals.right.flow_rate", "pressure_right [Pa]"
FLOW = 2e-18


def pore(right: dict[str, Any], **more: Any) -> Case:
    """A charged pore between unlike reservoirs on a coarse mesh."""
    return Case(
        **{
            "geometry": SHORT_PORE,
            "electrolyte": KCL_WATER | {"concentration": 10.0},
            "terminals": {"right": {"potential": 50e-3, "concentration": 30.0, **right}},
            "walls": {"channel": {"surface_charge": -50e-3}},
            "mesh": {"growth": 4.0, "axial_cells": 4, "wall_size": "1 debye_length", "corner_size": "0.3 debye_length"},
            **more,
        }
    )


@pytest.mark.parametrize("linear", ["interleaved", "direct"])
def test_a_held_flow_rate_is_the_inverse_of_a_held_pressure(linear: str) -> None:
    solver = {"flow": "stokes", "linear": linear}
    given = nc.simulate(pore({"pressure": 20e3}, solver=solver)).observables.iloc[0]
    found = nc.simulate(pore({"flow_rate": given["flow_rate_right [m^3/s]"]}, solver=solver)).observables.iloc[0]
    assert found[PRESSURE] == pytest.approx(20e3, rel=1e-8)
    assert found["current [A]"] == pytest.approx(given["current [A]"], rel=1e-8)
    assert found["flow_rate_left [m^3/s]"] == pytest.approx(-given["flow_rate_right [m^3/s]"], rel=1e-8)
    assert found["newton_iterations"] < given["newton_iterations"] + 5


@pytest.mark.serial
def test_the_bar_of_the_pressure_covers_its_error() -> None:
    finer = {"growth": 1.8, "axial_cells": 8, "refinement": 1}
    coarse, fine = (
        nc.simulate(pore({"flow_rate": FLOW}, **more)).observables.iloc[0] for more in ({}, {"mesh": finer})
    )
    error = abs(coarse[PRESSURE] - fine[PRESSURE])
    assert error < coarse["pressure_right_error [Pa]"] + fine["pressure_right_error [Pa]"]
    assert coarse["pressure_right_error [Pa]"] < 20 * error


def test_a_sensitivity_by_the_flow_rate_is_the_slope_of_a_sweep() -> None:
    sweep = {"type": "sweep", "parameter": KEY, "values": [FLOW, 0.99 * FLOW, 1.01 * FLOW]}
    found = nc.simulate(pore({"flow_rate": FLOW}, study=sweep, outputs={"sensitivities": [KEY]}))
    current, rows = found.observables["current [A]"], found.sensitivities
    of = {goal: rows[(rows["point"] == 0) & (rows["goal"] == goal)]["derivative"].iloc[0] for goal in set(rows["goal"])}
    assert of["current"] == pytest.approx((current[2] - current[1]) / (0.02 * FLOW), rel=1e-5)
    assert of["flow_rate"] == pytest.approx(1.0, rel=1e-8)


def test_a_flow_rate_is_driven_in_time() -> None:
    protocol = [{"type": "step", "to": {KEY: FLOW}}, {"type": "hold", "duration": 3e-6}]
    found = nc.simulate(pore({"flow_rate": 0.0}, study={"type": "transient", "protocol": protocol})).observables
    steady = nc.simulate(pore({"flow_rate": FLOW})).observables.iloc[0]
    last = found.iloc[-1]
    assert last["flow_rate_right [m^3/s]"] == pytest.approx(FLOW, rel=1e-12)
    assert found["conservation_error"].max() < 1e-8
    for name in (PRESSURE, "current [A]"):
        assert last[name] == pytest.approx(steady[name], rel=1e-3)


@pytest.mark.serial
def test_the_slow_limit_of_the_impedance_is_the_slope_at_the_held_flow() -> None:
    key = "terminals.right.potential"
    row = nc.simulate(pore({"flow_rate": FLOW}, study={"type": "impedance", "frequencies": [1e3]})).observables
    steady = nc.simulate(pore({"flow_rate": FLOW}, outputs={"sensitivities": [key]})).sensitivities
    slope = steady[steady["goal"] == "current"]["derivative"].iloc[0]
    assert row["differential_conductance [S]"].iloc[0] == pytest.approx(slope, rel=1e-6)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(CaseError, match="given together with 'pressure', which follows"):
        pore({"flow_rate": FLOW, "pressure": 1.0})
    with pytest.raises(CaseError, match="nothing flows with"):
        pore({"flow_rate": FLOW}, solver={"flow": "none"})
    with pytest.raises(CaseError, match=r"every terminal holds a flow rate, .* give one of them a pressure"):
        Case(**pore({}).model_dump() | {"terminals": {name: {"flow_rate": FLOW} for name in ("left", "right")}})
    plug = {"plug": {"type": "membrane", "from": 10e-9, "to": 20e-9, "fixed_charge": -10.0}}
    with pytest.raises(CaseError, match="no liquid gets from there to a terminal"):
        nc.simulate(pore({"flow_rate": FLOW}, regions=plug, walls={}))


@pytest.mark.serial
def test_flow_rates_have_units() -> None:
    assert np.isclose(pore({"flow_rate": "6 nL/min"}).terminals["right"].flow_rate, 1e-13, rtol=1e-12)
