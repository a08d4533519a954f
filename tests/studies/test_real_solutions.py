"""Devices filled with real solutions: the conductance of an uncharged channel, the potential of a junction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from solver.physics.salts.conductivity import CONDUCTIVITIES
from tests.support.small_cone import small_cone
from validation.devices import row, simulated

LENGTH, RADIUS = 100e-9, 5e-9


def channel(electrolyte: dict[str, Any], **terminals: dict[str, Any]) -> dict[str, Any]:
    """An uncharged cylinder without reservoirs and without flow."""
    return {
        "geometry": {"type": "cylinder", "length": LENGTH, "radius": RADIUS, "reservoirs": None},
        "electrolyte": {"species": {"Na": {}, "Cl": {}}} | electrolyte,
        "terminals": {"left": {}, "right": {}} | terminals,
        "mesh": {"wall_size": 2e-9, "axial_cells": 6},
        "solver": {"flow": "none"},
    }


@pytest.mark.serial
def test_an_uncharged_channel_conducts_as_measured() -> None:
    """sigma pi R^2 / L at 3 M, where an ideal solution would conduct twice as well."""
    found = row(channel({"concentration": 3000.0, "properties": "measured"}, left={"potential": 0.01}))
    conductivity = found["current [A]"] / 0.01 * LENGTH / (math.pi * RADIUS**2)
    table = CONDUCTIVITIES["Na", "Cl"]
    assert conductivity == pytest.approx(table.conductivity(3000.0), rel=1e-9)
    assert conductivity == pytest.approx(3000.0 * table.molar[table.concentrations.index(3000.0)], rel=2e-3)


def test_a_junction_has_the_potential_of_the_activities() -> None:
    """V_T (D- - D+) / (D- + D+) ln(a / a') without current; concentrations in the place of activities would be 7 % off."""
    ends = {"left": {"concentration": 100.0, "current": 0.0}, "right": {"concentration": 1000.0}}
    found = row(channel({"concentration": 100.0, "model": "measured"}, **ends))
    logs = [math.log(c * gamma) for c, gamma in ((100.0, 0.7787), (1000.0, 0.6689))]  # of the table, interpolated
    expected = 25.693e-3 * (2.032 - 1.334) / (2.032 + 1.334) * (logs[0] - logs[1])
    (header,) = (key for key in found if key.startswith("potential_left ["))
    assert found[header] == pytest.approx(expected, rel=5e-3)
    assert abs(found[header] / expected * np.log(10.0) / (logs[1] - logs[0]) - 1.0) > 0.05


def test_slow_changes_are_answered_with_the_slope_of_the_steady_curve() -> None:
    """Under a bias, a pressure and a gradient of salt: sizes, diffusivities, viscosity and permittivity all answer."""
    key = "terminals.tip.potential"
    data = small_cone(500.0, tip={"potential": 0.1, "pressure": 1e7}, base={"concentration": 1500.0})
    data["electrolyte"] |= {"properties": "measured", "model": {"type": "bikerman", "size": 0.6e-9}}
    quiet = {"errors": "none", "sensitivities": [key]}
    rows = simulated(data | {"outputs": quiet, "solver": {"tolerance": 1e-10}}).sensitivities
    slope = rows[rows["goal"] == "current"]["derivative"].iloc[0]
    study = {"type": "impedance", "frequencies": [1.0]}
    found = row(data | {"study": study, "outputs": {"errors": "none"}, "solver": {"tolerance": 1e-10}})
    assert found["admittance_real [S]"] == pytest.approx(slope, rel=1e-7)
    assert found["conservation_error"] < 1e-9
