"""Walls that water passes: lubrication theory, osmosis, conservation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nanochannel as nc
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.physics.constants import GAS_CONSTANT
from tests.support.few_on_ranks import few_on_ranks
from validation.devices import KCL_WATER

SIZE, LENGTH, WIDTH, VISCOSITY = 10e-9, 1e-6, 1e-6, 0.89e-3
SALT = 10.0
CONDUCTANCE = {"slit": 2 * WIDTH * SIZE**3 / (3 * VISCOSITY), "cylinder": np.pi * SIZE**4 / (8 * VISCOSITY)}
"""Flow rate over the slope of the pressure."""
PERIMETER = {"slit": 2 * WIDTH, "cylinder": 2 * np.pi * SIZE}


def permeability(kind: str) -> float:
    """m/s/Pa: pressures decay over the length of the channel."""
    return CONDUCTANCE[kind] / PERIMETER[kind] / LENGTH**2


def channel(kind: str, water: dict[str, float], **more: Any) -> Case:
    """A long channel without charge, its wall permeable to water."""
    size = {"height": 2 * SIZE, "width": WIDTH} if kind == "slit" else {"radius": SIZE}
    return Case(
        **{
            "geometry": {"type": kind, "length": LENGTH, "reservoirs": None, **size},
            "electrolyte": KCL_WATER | {"concentration": SALT, "viscosity": VISCOSITY},
            "walls": {"channel": {"water": {"permeability": permeability(kind), **water}}},
            "mesh": {"axial_cells": 20},
            **more,
        }
    )


@pytest.mark.parametrize("kind", few_on_ranks(["slit", "cylinder"], 0))
def test_pressures_decay_along_a_permeable_channel(kind: str) -> None:
    """G p'' = perimeter L_p (p - p'), right to the square of the height over the decay length, 1e-4."""
    outside, ends = 5e3, {"left": 20e3, "right": 10e3}
    terminals = {name: {"pressure": value} for name, value in ends.items()}
    row = nc.simulate(channel(kind, {"pressure": outside, "reflection": 1e-12}, terminals=terminals)).observables.iloc[
        0
    ]
    left, right = (ends[name] - outside for name in ends)
    unit = CONDUCTANCE[kind] / LENGTH / np.sinh(1.0)
    exact = {
        "left": unit * (left * np.cosh(1.0) - right),
        "right": unit * (right * np.cosh(1.0) - left),
        "channel": unit * (left + right) * (1.0 - np.cosh(1.0)),
    }
    for name, value in exact.items():
        assert row[f"flow_rate_{name} [m^3/s]"] == pytest.approx(value, rel=2e-4)
    assert row["flow_conservation_error"] < 1e-12
    assert 0.0 < row["flow_rate_channel_error [m^3/s]"] < 1e-4 * abs(exact["channel"])


def test_osmosis_draws_water_like_a_pressure_and_stops_at_equal_osmolarity() -> None:
    """At a small permeability the salt stays as it is, and RT times the difference of the osmolarities acts."""
    weak = {"permeability": 1e-3 * permeability("slit")}
    drawn = nc.simulate(channel("slit", {**weak, "osmolarity": 0.0})).observables.iloc[0]
    exact = PERIMETER["slit"] * LENGTH * weak["permeability"] * GAS_CONSTANT * 298.15 * 2 * SALT
    assert drawn["flow_rate_channel [m^3/s]"] == pytest.approx(exact, rel=2e-3)
    still = nc.simulate(channel("slit", {**weak, "osmolarity": 2 * SALT})).observables.iloc[0]
    assert abs(still["flow_rate_channel [m^3/s]"]) < 1e-12 * exact
    pushed = {**weak, "osmolarity": 2 * SALT, "pressure": GAS_CONSTANT * 298.15 * 2 * SALT}
    other = nc.simulate(channel("slit", pushed)).observables.iloc[0]
    for name in ("left", "channel"):
        header = f"flow_rate_{name} [m^3/s]"
        assert other[header] == pytest.approx(drawn[header], rel=1e-9)


@pytest.mark.serial
def test_a_charged_wall_in_equilibrium_with_its_bath_draws_no_water() -> None:
    """The double layer is full of ions, but the water there has the chemical potential of the reservoir."""
    case = channel("slit", {"osmolarity": 2 * SALT})
    walls = {"channel": {**case.walls["channel"].model_dump(), "surface_charge": -20e-3}}
    row = nc.simulate(Case(**case.model_dump() | {"walls": walls})).observables.iloc[0]
    drawn = PERIMETER["slit"] * LENGTH * permeability("slit") * GAS_CONSTANT * 298.15 * 2 * SALT
    assert abs(row["flow_rate_channel [m^3/s]"]) < 1e-9 * drawn


def test_a_sensitivity_by_the_permeability_is_the_slope_of_a_sweep() -> None:
    key, value = "walls.channel.water.permeability", permeability("slit")
    sweep = {"type": "sweep", "parameter": key, "values": [value, 0.99 * value, 1.01 * value]}
    terminals = {"left": {"pressure": 20e3}}
    found = nc.simulate(channel("slit", {}, study=sweep, terminals=terminals, outputs={"sensitivities": [key]}))
    flow, rows = found.observables["flow_rate [m^3/s]"], found.sensitivities
    slope = rows[(rows["point"] == 0) & (rows["goal"] == "flow_rate")]["derivative"].iloc[0]
    assert slope == pytest.approx((flow[2] - flow[1]) / (0.02 * value), rel=1e-3)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(CaseError, match="nothing flows with"):
        channel("slit", {}, solver={"flow": "none"})
    for other, text in (
        ({"slip_length": 1e-9}, "water passes walls without slip"),
        ({"potential": 0.1}, "which makes the wall a metal that nothing passes"),
    ):
        with pytest.raises(CaseError, match=text):
            channel("slit", {}, walls={"channel": {"water": {"permeability": 1e-12}, **other}})
    with pytest.raises(CaseError, match=r"1\.5 is more than 1"):
        channel("slit", {"reflection": 1.5})
