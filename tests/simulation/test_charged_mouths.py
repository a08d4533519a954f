"""What `check` says of mouths in charged faces, against computed devices."""

from __future__ import annotations

import math
from typing import Any

import pytest

from solver.case.case import Case
from solver.check.report import check
from solver.physics.resistances import access_resistance
from tests.support.few_on_ranks import few_on_ranks
from validation import devices

BIAS = 5e-3
RADIUS = 5e-9


def device(concentration: float, charge: float, size: float) -> dict[str, Any]:
    """A pore of 20 nm with charged walls and faces at a small bias, on a coarse mesh."""
    wall = {"surface_charge": charge}
    return {
        "geometry": {
            "type": "cylinder",
            "length": 20e-9,
            "radius": RADIUS,
            "reservoirs": {"length": size, "radius": size},
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": concentration},
        "terminals": {"left": {"potential": BIAS}},
        "walls": {"channel": wall, "membrane_face": wall},
        "mesh": {"growth": 2.5, "axial_cells": 8, "wall_size": "0.5 debye_length", "corner_size": "0.1 debye_length"},
        "outputs": {"errors": "none"},
    }


def estimates(data: dict[str, Any]) -> tuple[float, float]:
    """Conductances (S) in reservoirs of the stated size by `check`, and by Hall's formula for uncharged faces."""
    found = check(Case.model_validate(data))
    size = data["geometry"]["reservoirs"]["radius"]
    channel = 1.0 / found.devices[0].channel
    ways = sum(s.access * (1.0 + s.access_error) for s in found.sections if s.access is not None)
    hall = access_resistance(found.terminals[0].conductivity, RADIUS) * (1.0 - 2.0 / math.pi * math.atan(RADIUS / size))
    return 1.0 / (channel + ways), 1.0 / (channel + 2.0 * hall)


@pytest.mark.parametrize(
    ("concentration", "charge", "close", "hall"),
    few_on_ranks([(100.0, -20e-3, 0.08, 0.03), (3.0, -60e-3, 0.4, -0.8)], 0),
)
def test_conductance_and_effect_of_the_reservoirs(
    concentration: float, charge: float, close: float, hall: float
) -> None:
    """With Dukhin lengths of 0.5 and 140 nm at the mouth of 5 nm radius. The layers overlap in the second device, where their
    ends at the mouths, which no closed form has, cost a third; uncharged faces would be off by a factor of 7."""
    near, far = device(concentration, charge, 60e-9), device(concentration, charge, 240e-9)
    computed = [devices.row(data)["current [A]"] / BIAS for data in (near, far)]
    expected = [estimates(data) for data in (near, far)]
    assert expected[0][0] == pytest.approx(computed[0], rel=close)
    assert expected[0][1] / computed[0] - 1.0 == pytest.approx(hall, abs=0.1)
    effect, estimate = computed[0] / computed[1] - 1.0, expected[0][0] / expected[1][0] - 1.0
    assert estimate == pytest.approx(effect, rel=0.3)
