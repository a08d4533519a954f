"""What a sweep of a gate says, of a curve with a closed form: I = g n V_T ln(1 + exp((V_g - V_d/2 - V_t)/(n V_T)))."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from solver.analysis.transfer import transfers

GATE = "walls.gate.potential [V]"
SLOPE, STEP, THRESHOLD, BIAS = 2e-9, 0.05, 0.3, 0.1  # S, n V_T in V, V, V


def current(gate: float, sign: float = 1.0) -> float:
    return SLOPE * STEP * math.log1p(math.exp(sign * (gate - 0.5 * BIAS - THRESHOLD) / STEP))


def rows(points: int, sign: float = 1.0, **more: float) -> list[dict[str, Any]]:
    return [
        {**more, GATE: v, "bias [V]": BIAS, "current [A]": current(v, sign), "current_error [A]": 1e-13}
        for v in map(float, np.linspace(-1.0, 2.0, points))
    ]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_numbers_of_a_transistor(sign: float) -> None:
    (found,) = transfers(rows(61, sign))
    assert found["gate"] == "gate"
    assert found["transconductance [S]"] == pytest.approx(sign * SLOPE, rel=1e-3)
    assert found["threshold_voltage [V]"] == pytest.approx(THRESHOLD, abs=2e-3)
    assert found["subthreshold_slope [V]"] == pytest.approx(STEP * math.log(10.0), rel=1e-3)
    on, off = (current(v, sign) for v in ((2.0, -1.0) if sign > 0 else (-1.0, 2.0)))
    assert found["on_current [A]"] == on
    assert found["on_off_ratio"] == pytest.approx(on / off)
    assert found["on_off_ratio_error"] == pytest.approx(on / off * (1e-13 / on + 1e-13 / off))


def test_every_outer_value_has_an_entry_of_its_own() -> None:
    key = "electrolyte.concentration [mol/m^3]"
    found = transfers([*rows(9, **{key: 1.0}), *rows(9, **{key: 10.0})])
    assert [entry[key] for entry in found] == [1.0, 10.0]


def test_without_a_gate_a_bias_or_enough_points_there_is_no_entry() -> None:
    assert transfers([]) == []
    assert transfers(rows(3)) == []
    assert transfers([{**row, "bias [V]": 0.0} for row in rows(9)]) == []
    assert transfers([{"terminals.left.potential [V]": v, "bias [V]": v, "current [A]": v} for v in (0.1, 0.2)]) == []


def test_a_current_that_changes_its_sign_has_no_subthreshold_slope() -> None:
    crossing = [{**row, "current [A]": row["current [A]"] * (row[GATE] > 0.0)} for row in rows(9)]
    (found,) = transfers(crossing)
    assert math.isnan(found["subthreshold_slope [V]"])
    assert math.isnan(found["on_off_ratio"])
    assert found["transconductance [S]"] > 0.0
