"""Pores between two liquids on a mesh: the equations of both agree, with Newton's method, error bars and in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from python_interface.simulate import simulate
from solver.case.case import Case
from solver.physics.constants import ELEMENTARY_CHARGE, thermal_voltage
from tests.support.strip_with_pores import BLOCKED, strip

pytestmark = pytest.mark.serial

PORES = 20.0


def exact_current(voltage: float, concentration: float) -> float:
    """A of a pore by the steady rate equations of one site, with K alike at both mouths and 1 mol/m^3 of blocker at the
    first."""
    up = np.exp(0.25 * voltage)
    k, b = (BLOCKED["species"][name] for name in ("K", "B"))  # type: ignore[index]
    ion = k["k_on"] * concentration / k["k_off"]
    blocker = b["k_on"] / b["k_off"] * up**2
    return float(ELEMENTARY_CHARGE * k["k_off"] * ion * (up - 1.0 / up) / (1.0 + ion + blocker))


def simulated(data: dict[str, Any]) -> Any:
    return simulate(Case.model_validate(data), progress=False)


def test_steady_current_is_that_of_the_rates_and_passes_both_liquids(tmp_path: Path) -> None:
    found = simulated({**strip(tmp_path, number=PORES), "outputs": {"errors": "all"}}).table.to_dict("records")[0]
    current = found["pore_current_pore [A]"]
    assert found["current [A]"] == pytest.approx(current, rel=1e-7)
    assert found["current_right [A]"] == pytest.approx(-current, rel=1e-7)
    assert found["current_left_face_B [A]"] == pytest.approx(0.0, abs=1e-8 * abs(current))
    voltage = found["pore_voltage_pore [V]"]
    assert 0.09 < voltage < 0.1
    # the liquids in front of the mouths are not quite the reservoirs
    assert current == pytest.approx(PORES * exact_current(voltage / thermal_voltage(298.15), 100.0), rel=0.1)
    assert 0.0 < found["current_error [A]"] < 0.05 * current
    assert 0.0 < found["occupancy_pore_K"] < found["occupancy_pore_B"] < 1.0


def test_fast_pores_leave_the_resistance_of_the_liquids(tmp_path: Path) -> None:
    """The coupling of both mouths is strong then, and Newton's method has to know it."""
    kinetics = {"type": "single_occupancy", "species": {"K": {"k_on": 1e9, "k_off": 1e11}}}
    data = strip(tmp_path, number=1e7, kinetics=kinetics)
    data["terminals"]["left"]["potential"] = 1e-3
    found = simulated(data).table.to_dict("records")[0]
    assert found["newton_iterations"] < 12
    assert abs(found["pore_voltage_pore [V]"]) < 0.6e-3
    assert found["current [A]"] == pytest.approx(found["pore_current_pore [A]"], rel=1e-8)


@pytest.mark.parametrize("charge", ["neglected", "at_mouths"])
def test_nothing_is_lost_in_time(tmp_path: Path, charge: str) -> None:
    protocol = [
        {"type": "step", "to": {"terminals.left.potential": -0.1}},
        {"type": "hold", "duration": 2e-4},
    ]
    data = {**strip(tmp_path, number=PORES, charge=charge), "study": {"type": "transient", "protocol": protocol}}
    table = simulated(data).table
    assert np.nanmax(table["salt_balance_error"]) < 1e-7
    blocked = table["occupancy_pore_B"].to_numpy()
    assert blocked[-1] < 0.9 * blocked[0], "the blocker leaves"
    if charge == "at_mouths":
        assert np.nanmax(table["conservation_error"]) < 1e-9, "the displacement current is complete"
