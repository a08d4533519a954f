"""Periodic states of circuits: what a source does in a period, the way to a fixed point, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]
from mpi4py import MPI

from circuits.analysis.periodic import Beginnings, Slow, Wave, _period
from circuits.description.circuit import Circuit
from circuits.description.loading import load_circuit
from circuits.studies.base import runner_of
from circuits.studies.session import Session
from circuits.studies.stall import Bracket
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from tests.support.small_cone import small_cone

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


def written(folder: Path, case: dict[str, Any] | str, ports: dict[str, str], study: dict[str, Any]) -> Circuit:
    """The circuit of one device under a source."""
    path = "pore.yaml" if isinstance(case, dict) else case
    if isinstance(case, dict):
        (folder / path).write_text(yaml.safe_dump(case))
    elements = {"pore": {"type": "device", "case": path, "terminals": ports}}
    drive = {"type": "voltage_source", "terminals": ["a", "b"]}
    nodes = {"a": {}, "b": {"ground": True}}
    circuit = {"circuit": {"nodes": nodes, "elements": elements | {"drive": drive}}, "study": study}
    (folder / "case.yaml").write_text(yaml.safe_dump(circuit))
    return load_circuit(folder)


def test_a_pore_without_charge_stalls_between_equal_solutions(tmp_path: Path) -> None:
    wave = {"source": "drive", "waveform": "sine", "amplitude": "50 mV", "frequencies": ["1 kHz"]}
    limits = {"concentrations": ["0.06 mM", "0.2 mM"], "resolution": 0.1, "tolerance": 0.1, "settled": 0.05}
    study = {"type": "stall", "device": "pore", "terminal": "right", "species": "K", **wave, **limits}
    pore = str(Path(__file__).parents[2] / "cases" / "rc_check" / "pore.yaml")
    found = runner_of(written(tmp_path, pore, {"left": "a", "right": "b"}, study), MPI.COMM_SELF, Clock())
    (row,) = [row.columns for row in found.rows() if row is not None]
    assert row["stall_concentration_pore_right [mol/m^3]"] == pytest.approx(0.1, rel=0.01)
    assert row["rate_part_first_pore_right_K"] < 0.0 < row["rate_part_last_pore_right_K"]
    assert row["settled"] == 1


def test_what_changes_slowly_goes_ahead_to_where_it_tends(tmp_path: Path) -> None:
    case = small_cone(30.0, base={"concentration": 300.0}) | {"solver": {"flow": "none"}}
    study = {"type": "periodic", "source": "drive", "amplitude": "1 mV", "frequencies": ["100 MHz"]}
    session = Session.of(written(tmp_path, case, {"base": "a", "tip": "b"}, study), MPI.COMM_SELF, Clock())
    assert session.fields is not None
    wave = Wave("drive", {"drive": 0.0}, "sine", 1e-9, 1e-8)
    rest = [session.settle(dict(wave.rest)), *session.fields.states()]
    slow = Slow(session, wave, rest[0], session.fields.rest())
    begun = [session.settle({"drive": 1e-3}), *session.fields.states()]
    begun[0] = rest[0]
    _, begun, _ = _period(session, wave, 1e-5, begun, slow)  # in which charge relaxes
    _, ended, ahead = _period(session, wave, 1e-5, begun, slow)

    def distance(state: list[Any]) -> float:
        assert session.fields is not None
        apart = [a - b for a, b in zip(state, rest, strict=True)]
        return float(np.sqrt(session.fields.dot(apart, apart)))

    assert distance(ahead) < 0.1 * distance(ended)
