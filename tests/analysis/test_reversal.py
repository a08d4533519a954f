"""Reversal potential and osmotic power of a curve with a closed form: the constant-field (Goldman-Hodgkin-Katz) current."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from solver.analysis.driving import drives_of, drives_of_rows
from solver.analysis.reversal import reversals
from tests.support.cone_case import make

THERMAL = 0.025693
RATIO = 0.05  # of the anions' permeability to that of the cations
LOW, HIGH = 1.0, 1000.0
UNLIKE = {"terminals.base.concentration": "1 mM", "terminals.tip.concentration": "1 M"}
KEY = "terminals.base.potential [V]"


def ghk(bias: float) -> float:
    """Current (A) into the base of cations and anions with constant field, of a pore that prefers cations."""
    u = bias / THERMAL if bias else 1e-9
    cations = u * (LOW - HIGH * math.exp(-u)) / (1.0 - math.exp(-u))
    anions = u * (LOW - HIGH * math.exp(u)) / (1.0 - math.exp(u))
    return 1e-13 * (cations - RATIO * -anions)


def rows(points: int, bar: float | None = 1e-13, stop: float = 0.2) -> list[dict[str, Any]]:
    biases = np.linspace(-stop, stop, points)
    errors = {} if bar is None else {"current_error [A]": bar}
    return [{KEY: float(v), "bias [V]": float(v), "current [A]": ghk(float(v)), **errors} for v in biases]


def test_errors_cover_the_distance_to_the_closed_form() -> None:
    # cations and anions: V = (kT/e) ln((P c2 + p c1) / (P c1 + p c2)) of the concentration at the tip and at the base
    exact = THERMAL * math.log((HIGH + RATIO * LOW) / (LOW + RATIO * HIGH))
    assert ghk(exact) == pytest.approx(0.0, abs=1e-22)
    best = minimize_scalar(lambda v: v * ghk(v), bounds=(0.0, exact), method="bounded", options={"xatol": 1e-10})
    sizes = []
    for points in (5, 9, 17, 33, 65):
        (found,) = reversals(rows(points, bar=0.0), make(UNLIKE))
        reversal, power = found["reversal_potential [V]"], found["osmotic_power [W]"]
        assert abs(reversal - exact) <= found["reversal_potential_error [V]"]
        assert abs(power + best.fun) <= found["osmotic_power_error [W]"] + 1e-9 * power
        assert found["short_circuit_current [A]"] == pytest.approx(ghk(0.0), rel=1e-9)
        sizes.append(found["reversal_potential_error [V]"])
    assert sizes[-1] < 1e-3 * exact
    assert sizes[-1] < 0.05 * sizes[0]
    assert found["osmotic_power_bias [V]"] == pytest.approx(best.x, rel=1e-4)


def test_error_bars_of_the_currents_are_part_of_the_errors() -> None:
    (without,), (bars,) = (reversals(rows(33, bar=bar), make(UNLIKE)) for bar in (0.0, 1e-12))
    slope = (ghk(0.2) - ghk(0.0)) / 0.2
    assert bars["short_circuit_current_error [A]"] == pytest.approx(1e-12, rel=1e-6)
    wider = bars["reversal_potential_error [V]"] - without["reversal_potential_error [V]"]
    assert 0.2 * 1e-12 < wider * slope < 5e-12


def test_what_the_sweep_does_not_tell_is_missing() -> None:
    beyond = reversals(rows(5, stop=0.01), make(UNLIKE))[0]
    assert math.isnan(beyond["reversal_potential [V]"])
    assert math.isnan(beyond["osmotic_power [W]"])
    assert beyond["short_circuit_current [A]"] == pytest.approx(ghk(0.0))
    two = reversals([row for row in rows(5) if abs(row["bias [V]"]) > 0.15], make(UNLIKE))[0]
    assert math.isfinite(two["reversal_potential [V]"])
    assert math.isnan(two["reversal_potential_error [V]"])
    assert math.isnan(reversals(rows(9, bar=None), make(UNLIKE))[0]["osmotic_power_error [W]"])


def test_like_reservoirs_have_no_reversal_potential() -> None:
    assert reversals(rows(9), make()) == []
    assert reversals(rows(9), make({"terminals.tip.concentration": "10 mM"})) == [], "as the electrolyte"


def test_every_outer_value_has_its_own() -> None:
    outer = "terminals.tip.concentration [mol/m^3]"
    table = [{outer: salt, **row} for salt in (10.0, 1000.0) for row in rows(9)]
    (found,) = reversals(table, make())
    assert found[outer] == 1000.0, "at 10 mM both reservoirs are alike"


def test_what_drives_besides_the_bias() -> None:
    assert drives_of(make()).bias_alone
    assert drives_of(make(UNLIKE)).salt
    assert drives_of(make({"terminals.tip.pressure": "1 kPa"})).pressure
    pressures = [{"terminals.tip.pressure [Pa]": value} for value in (0.0, 5.0)]
    found = drives_of_rows(make(), pressures, list(pressures[0]))
    assert [each.bias_alone for each in found] == [True, False]
