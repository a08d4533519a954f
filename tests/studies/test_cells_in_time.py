"""Closed cells in time: small steps of the voltage are as good as large ones, and the bars of charges cover their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from validation.devices import rows
from validation.in_time import CELL, CHARGING_TIME, VOLT

CHARGES = ("charge_left [C]", "charge_right [C]", "charge_left_half [C]")


def charging(voltage: float, tolerance: float, refinement: int) -> list[dict[str, Any]]:
    """Rows after a step to plus and minus a voltage, in thermal voltages."""
    plates = {"walls.left.potential": voltage * VOLT, "walls.right.potential": -voltage * VOLT}
    protocol = [{"type": "step", "to": plates}, {"type": "hold", "duration": 5 * CHARGING_TIME}]
    study = {
        "type": "transient", "tolerance": tolerance, "record_every": 0.5 * CHARGING_TIME, "protocol": protocol,
    }  # fmt: skip
    return rows(CELL | {"mesh": {"refinement": refinement}, "study": study})[1:]


def column(found: list[dict[str, Any]], header: str) -> np.ndarray:
    return np.array([row[header] for row in found])


@pytest.mark.serial
def test_small_steps_are_as_good_as_large_ones_and_bars_cover() -> None:
    """Steps of 0.1 and 1 thermal voltage at the default tolerance, against shorter steps on a finer mesh."""
    worst = []
    for voltage in (0.1, 1.0):
        found, true = charging(voltage, 1e-3, 0), charging(voltage, 1e-6, 1)
        for header in CHARGES:
            bars = column(found, header.replace(" [", "_error ["))
            errors = np.abs(column(found, header) - column(true, header))
            assert (errors <= bars).all(), header
            assert (bars < 20 * errors).all(), header
        worst.append(float(np.max(errors / np.abs(column(true, header)))))
    assert max(worst) < 3e-4
    assert worst[0] == pytest.approx(worst[1], rel=0.3)
