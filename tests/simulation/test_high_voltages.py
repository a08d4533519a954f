"""Voltages of hundreds of thermal voltages, beyond the range of exponentials."""

from __future__ import annotations

import pytest

from tests.support.small_cone import COARSE
from validation.devices import rows


@pytest.mark.serial
def test_an_uncharged_pore_is_ohmic_to_twelve_volts() -> None:
    found = rows(
        {
            "geometry": {
                "type": "cylinder",
                "length": 60e-9,
                "radius": 5e-9,
                "reservoirs": {"length": 20e-9, "radius": 20e-9},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
            "mesh": COARSE,
            "study": {"type": "sweep", "parameter": "terminals.left.potential", "values": [1.0, 12.0]},
            "outputs": {"errors": "none"},
        }
    )
    low, high = (row["current [A]"] for row in found)
    assert high == pytest.approx(12.0 * low, rel=1e-6, abs=0)
    assert max(row["conservation_error"] for row in found) < 1e-8
