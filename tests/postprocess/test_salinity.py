"""Tables and figures of reversal studies, from numbers of a straight current-voltage curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from postprocess.figures.plot import draw_figures
from postprocess.tables.result import Result
from postprocess.tables.result_table import result_table
from tests.support.cone_case import make

CONDUCTANCE = 1e-9


def numbers(reversal: float, power: float) -> dict[str, float]:
    """Columns of a device I = G (V - V_r)."""
    return {
        "bias [V]": 0.0,
        "current [A]": -CONDUCTANCE * reversal,
        "current_error [A]": 1e-14,
        "reversal_potential [V]": reversal,
        "reversal_potential_error [V]": 1e-5,
        "short_circuit_current [A]": -CONDUCTANCE * reversal,
        "short_circuit_current_error [A]": 1e-14,
        "osmotic_power [W]": power,
        "osmotic_power_error [W]": 1e-3 * power,
        "osmotic_power_bias [V]": reversal / 2,
        "load_resistance [ohm]": 1 / CONDUCTANCE if power else np.nan,
        "cation_transference_number": 0.9 if power else np.nan,
        "cation_transference_number_error": 1e-3 if power else np.nan,
    }


def loads(point: int, reversal: float) -> list[dict[str, float]]:
    """Three states of it."""
    rows = []
    for bias in (0.0, reversal / 2, reversal):
        current = CONDUCTANCE * (bias - reversal)
        load = abs(bias / current) if current else np.nan
        rows.append(
            {
                "point": point,
                "bias [V]": bias,
                "current [A]": current,
                "current_error [A]": 1e-14,
                "differential_conductance [S]": CONDUCTANCE,
                "load_resistance [ohm]": load,
                "power [W]": -bias * current,
                "power_error [W]": 1e-17,
            }
        )
    return rows


def result_of(reversals: dict[float, float], **study: Any) -> Result:
    """A result whose reversal potentials (V) are given by the concentration at the tip (mol/m^3)."""
    case = make({"study": {"type": "reversal", "driven_terminal": "base", **study}})
    rows, states = [], []
    for k, (salt, reversal) in enumerate(reversals.items()):
        outer = {"terminals.tip.concentration [mol/m^3]": salt} if study else {}
        rows.append({"point": k, **outer, **numbers(reversal, 0.25 * CONDUCTANCE * reversal**2)})
        states += loads(k, reversal)
    run = {
        "case_name": "device", "case": case.model_dump(mode="json"), "driven_terminal": "base",
        "written_units": case.study.written_units(), "geometry": {"terminals": list(case.terminals)},
    }  # fmt: skip
    return Result(None, run, pd.DataFrame(rows), loads=pd.DataFrame(states))


OUTER = {"parameter": "terminals.tip.concentration", "values": ["10 mM", "100 mM"]}


def test_a_device_has_a_line_for_every_number() -> None:
    text = result_table(result_of({100.0: -0.05}))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "reversal potential -50.000(10) mV" in lines
    assert "short-circuit current 50.000(10) pA" in lines
    assert "largest power 625.0(7) fW at -25 mV" in lines
    assert "its load 1 GΩ" in lines
    assert "transference number of the cation 0.9000(10)" in lines
    assert "rectification" not in text
    assert "conductance" not in text


def test_values_of_an_outer_key_are_beside_one_another() -> None:
    text = result_table(result_of({10.0: 0.0, 100.0: -0.05}, outer=OUTER))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "concentration at tip reversal potential short-circuit current largest power its load" in lines
    assert "100 mM -50.000(10) mV 50.000(10) pA 625.0(7) fW 1 GΩ" in lines
    assert "10 mM 0(10) µV 0(10) fA 0 W -" in lines, "no power, and no load"
    assert "100 mM 0.9000(10)" in lines, "a further table where there is no more room"


def test_figures() -> None:
    """Points lie on curves through their currents and slopes; a device without power has no curve."""
    one = draw_figures(result_of({100.0: -0.05}), ["loads"])["loads"]
    current, power, of_load = one.axes
    assert len(power.lines[0].get_xdata()) > 100
    assert max(power.lines[0].get_ydata()) == pytest.approx(625.0, rel=1e-4), "fW"
    assert of_load.get_xscale() == "log"
    assert current.get_xlabel() == "bias [mV]"
    both = draw_figures(result_of({10.0: -0.02, 100.0: -0.05}, outer=OUTER))
    assert {"loads", "salinity"} <= set(both)
    assert both["loads"].axes[0].get_legend().get_title().get_text() == "concentration at tip"
    assert both["salinity"].axes[0].get_ylabel() == "reversal potential [mV]"
