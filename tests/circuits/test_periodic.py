"""Periodic states of circuits: what a source does in a period, the way to a fixed point, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from circuits.analysis.periodic import Beginnings, Wave
from circuits.description.circuit import Circuit
from circuits.studies.stall import Bracket
from solver.inputs.errors import CaseError

pytestmark = pytest.mark.serial

ELEMENTS: dict[str, Any] = {
    "drive": {"type": "voltage_source", "voltage": "0.1 V", "terminals": ["a", "b"]},
    "pore": {"type": "device", "case": "pore.yaml", "terminals": {"tip": "a", "base": "b"}},
}


def circuit(elements: dict[str, Any] | None = None, **study: Any) -> Circuit:
    keys = {"type": "periodic", "source": "drive", "amplitude": "0.5 V", "frequencies": ["1 kHz"], **study}
    nodes = {"a": {}, "b": {"ground": True}}
    return Circuit.model_validate({"circuit": {"nodes": nodes, "elements": elements or ELEMENTS}, "study": keys})


@pytest.mark.parametrize("kind", ["square", "sine", "triangle"])
def test_waves_have_the_mean_and_size_that_were_asked_for(kind: str) -> None:
    wave = Wave("drive", {"drive": 0.1, "other": 3.0}, kind, 0.5, 2e-3)
    times = (np.arange(1000) + 0.5) * 2e-6
    values = np.array([wave(time)["drive"] for time in times])
    assert values.mean() == pytest.approx(0.1, abs=1e-12)
    assert values.max() == pytest.approx(0.6, abs=2e-3)
    assert wave(1e-4)["other"] == 3.0


def test_a_square_wave_jumps_between_its_sides() -> None:
    wave = Wave("drive", {"drive": 0.0}, "square", 1.0, 3e-3)
    sides = [wave(time, after)["drive"] for time in (0.0, 1.5e-3, 3e-3) for after in (False, True)]
    assert sides[:4] == [-1.0, 1.0, 1.0, -1.0]
    assert sides[4] == -1.0


def test_extrapolated_beginnings_reach_a_slow_fixed_point_in_a_few_periods() -> None:
    decay, fixed = np.array([0.99, 0.9, 0.5]), np.array([1.0, -2.0, 3.0])
    beginnings, begun = Beginnings(lambda a, b: float(a[0] @ b[0])), [np.zeros(3)]
    for _ in range(6):
        begun = beginnings.next(begun, [fixed + decay * (begun[0] - fixed)])
    assert np.abs(begun[0] - fixed).max() < 1e-6


@pytest.mark.parametrize(
    ("study", "text"),
    [
        ({"source": "drvie"}, "no source 'drvie'"),
        ({"amplitude": "0 V"}, "amplitude"),
        ({"amplitude": "1 pA"}, "amplitude"),
        ({"frequencies": []}, "is empty"),
    ],
)
def test_bad_studies_are_refused_in_a_line(study: dict[str, Any], text: str) -> None:
    with pytest.raises(CaseError, match=text) as found:
        circuit(**study)
    assert "\n" not in str(found.value)


def test_sources_that_move_by_themselves_and_circuits_without_fields_are_refused() -> None:
    moving = ELEMENTS["drive"] | {"protocol": [{"type": "hold", "duration": "1 ms"}]}
    with pytest.raises(CaseError, match="changes in time by itself"):
        circuit(ELEMENTS | {"drive": moving})
    resistor = {"type": "resistor", "resistance": "1 Gohm", "terminals": ["a", "b"]}
    with pytest.raises(CaseError, match="devices with fields"):
        circuit({"drive": ELEMENTS["drive"], "R": resistor})


@pytest.mark.parametrize("power", [1.0, 5.0])
def test_a_bracket_closes_around_a_root_in_a_few_values(power: float) -> None:
    bracket, count = Bracket([0.0, 6.0], [-(4.7**power), 1.3**power], 0.01), 0
    while not bracket.is_narrow:
        place = bracket.next()
        bracket.add(place, np.sign(place - 4.7) * abs(place - 4.7) ** power)
        count += 1
    assert abs(bracket.root - 4.7) < 0.02
    assert count < 25


STALL: dict[str, Any] = {
    "type": "stall", "device": "pore", "terminal": "base", "species": "K", "concentrations": ["1 mM", "1 M"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("study", "text"),
    [
        ({"device": "drive"}, "no device 'drive'"),
        ({"terminal": "bas"}, "no terminal 'bas'"),
        ({"concentrations": ["1 M", "1 mM"]}, "the first is the smaller"),
        ({"source": "pore"}, "no source 'pore'"),
    ],
)
def test_bad_stalls_are_refused_in_a_line(study: dict[str, Any], text: str) -> None:
    with pytest.raises(CaseError, match=text) as found:
        circuit(**STALL | study)
    assert "\n" not in str(found.value)
