"""Gates of membrane diodes, truth tables, noise margins, and sequences of bits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from circuits.analysis.gates import cascaded, levels, margins
from circuits.description.circuit import Circuit
from circuits.description.loading import load_circuit
from circuits.run import run_circuit
from circuits.studies.base import runner_of
from circuits.studies.logic_sequence import LogicSequenceRunner
from circuits.studies.session import Session
from circuits.studies.truth_table import TruthTableRunner
from postprocess.figures.circuit import draw_circuit
from postprocess.tables.circuit import load_circuit_result
from postprocess.tables.circuit_table import circuit_table
from postprocess.tables.expected import compare
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock

pytestmark = pytest.mark.serial

CASES = Path(__file__).parents[2] / "cases"


def table(circuit: Circuit) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and summary of a truth table."""
    runner = runner_of(circuit, MPI.COMM_SELF, Clock())
    assert isinstance(runner, TruthTableRunner)
    rows = [dict(row.columns) for row in runner.rows() if row is not None]
    return rows, runner.summary()


@pytest.mark.parametrize(
    ("name", "exact", "truth", "other"),
    [
        ("or_gate", [0.0, 0.96637071, 0.96637071, 0.98818641], "0111", 0),
        ("and_gate", [0.01181359, 0.03362929, 0.03362929, 1.0], "0001", 1),
    ],
)
def test_levels_of_the_shipped_gates(name: str, exact: list[float], truth: str, other: int) -> None:
    rows, summary = table(load_circuit(CASES / name, ["study.transfer_points=5"]))
    found = [row["potential_out [V]"] for row in rows if row["curve"] == 0]
    np.testing.assert_allclose(found, exact, atol=1e-8)
    assert summary["outputs"]["out"]["truth"] == truth
    # curves are there for those states of the other input in which the output switches, from low to high
    curves = [(each["input"], *each["others"].values()) for each in summary["transfer_curves"]]
    assert curves == [("a", other), ("b", other)]
    assert [rows[k]["potential_out [V]"] for k in (4, 8)] == pytest.approx([exact[other], exact[other + 2]], abs=1e-8)
    # passive elements have no gain
    assert all(each["noise_margin_low [V]"] is None for each in summary["transfer_curves"])


def test_power_of_a_state_is_what_its_elements_turn_into_heat() -> None:
    rows, _ = table(load_circuit(CASES / "and_gate", ["study.transfer_points=0"]))
    ends = {"diode_a": ("input_a", "out"), "diode_b": ("input_b", "out"), "load": ("supply", "out")}
    for row in rows:
        heat = sum(
            row[f"current_{name} [A]"] * (row[f"potential_{first} [V]"] - row[f"potential_{second} [V]"])
            for name, (first, second) in ends.items()
        )
        assert row["power [W]"] == pytest.approx(heat, rel=1e-9, abs=1e-18)


def test_a_chain_loses_level_in_every_gate() -> None:
    _, summary = table(load_circuit(CASES / "or_chain", ["study.transfer_points=0"]))
    found = [each["lowest_high [V]"] for each in summary["outputs"].values()]
    exact = [0.90630233, 0.82094671, 0.74497387, 0.67989304, 0.62814250, 0.59451322]
    np.testing.assert_allclose(found, exact, atol=1e-8)


def test_an_or_gate_with_the_fields_of_a_diode() -> None:
    # one diode has fields, on a coarse mesh, the other two are closed forms
    data = load_circuit(CASES / "or_gate", ["study.transfer_points=0"]).model_dump(mode="json")
    data["circuit"]["elements"]["diode_a"] = {
        "type": "device",
        "case": "../membrane_diode",
        "terminals": {"left": "out", "right": "input_a"},
        "overrides": {"mesh.growth": 4.0, "mesh.axial_cells": 2},
    }
    rows, _ = table(Circuit.model_validate(data, context={"file": CASES / "or_gate" / "case.yaml"}))
    found = [row["potential_out [V]"] for row in rows]
    np.testing.assert_allclose(found, [0.0, 0.96637071, 0.96637071, 0.98818641], atol=1e-6)


def test_margins_of_an_inverter_with_gain() -> None:
    # y = (1 - tanh(g (x - 1/2))) / 2 has the slope -1 where tanh^2 = 1 - 2 / g
    g, x = 8.0, np.linspace(0.0, 1.0, 101)
    found = margins(x.tolist(), (0.5 * (1.0 - np.tanh(g * (x - 0.5)))).tolist())
    reach, bottom = np.arctanh(np.sqrt(1.0 - 2.0 / g)) / g, 0.5 * (1.0 - np.tanh(0.5 * g))
    assert found.gain == pytest.approx(g / 2.0, rel=1e-3)
    assert found.switching == pytest.approx(0.5, abs=1e-9)
    assert found.low == pytest.approx(0.5 - reach, abs=1e-4)
    assert found.noise_low == pytest.approx(0.5 - reach - bottom, abs=1e-4)
    assert found.noise_high == pytest.approx(1.0 - bottom - (0.5 + reach), abs=1e-4)


def test_gates_without_gain_have_no_margins() -> None:
    found = margins([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.2, 0.4, 0.6, 0.8])
    assert found.gain == pytest.approx(0.8)
    assert found.low is None
    assert found.noise_high is None
    np.testing.assert_allclose(cascaded([0.0, 0.5, 1.0], [0.0, 0.4, 0.8], 1.0, 3), [0.8, 0.64, 0.512])
    assert levels([0.1, 0.9, 0.7], 0.5).swing == pytest.approx(0.6)
    assert levels([0.1], 0.5).swing is None


# ------------------------------------------------------------------------------------------------ sequences
def sequence(bits: str = "01001", **study: Any) -> Circuit:
    """A capacitor behind a resistor, with a time of one second, driven by bits."""
    nodes = {"driven": {}, "out": {}, "bath": {"ground": True}}
    elements = {
        "input": {"type": "voltage_source", "terminals": ["driven", "bath"]},
        "series": {"type": "resistor", "resistance": 1e6, "terminals": ["driven", "out"]},
        "store": {"type": "capacitor", "capacitance": 1e-6, "terminals": ["out", "bath"]},
    }
    entries = {
        "type": "logic_sequence",
        "inputs": {"input": {"low": 0.0, "high": 1.0, "bits": bits}},
        "outputs": ["out"],
        "period": 20.0,
        "rise_time": 1e-3,
        "tolerance": 1e-5,
    }
    return Circuit.model_validate({"circuit": {"nodes": nodes, "elements": elements}, "study": {**entries, **study}})


def run(circuit: Circuit) -> dict[str, Any]:
    """Summary of a sequence."""
    runner = runner_of(circuit, MPI.COMM_SELF, Clock())
    assert isinstance(runner, LogicSequenceRunner)
    *_, last = runner.rows()
    assert last is not None
    assert last.columns["time [s]"] == pytest.approx(runner.duration)
    return runner.summary()


def test_energy_of_an_operation_is_that_of_charging() -> None:
    summary = run(sequence())
    assert summary["outputs"]["out"]["bits"] == "01001"
    # charging a capacitor at a voltage that is held takes C V^2, discharging it nothing
    np.testing.assert_allclose(summary["energies [J]"], [0.0, 1e-6, 0.0, 0.0, 1e-6], atol=5e-9)
    assert summary["outputs"]["out"]["eye_opening [V]"] == pytest.approx(1.0, abs=1e-5)


def test_a_fast_sequence_closes_the_eye() -> None:
    bits = "0101010011"
    summary = run(sequence(bits, period=1.0, tolerance=1e-3))
    exact, level = [], 0.0
    for bit in bits:
        level = float(bit) + (level - float(bit)) * np.exp(-1.0)
        exact.append(level)
    np.testing.assert_allclose(summary["outputs"]["out"]["levels [V]"], exact, atol=2e-3)
    high, low = (each for each in zip(exact, bits, strict=True)), summary["outputs"]["out"]
    worst = min(value for value, _ in high if value >= 0.5)
    assert low["lowest_high [V]"] == pytest.approx(worst, abs=2e-3)


def test_a_resumed_sequence_keeps_energies_and_levels(tmp_path: Path) -> None:
    circuit = sequence("0110", period=1.0, tolerance=1e-2)
    whole = run(circuit)
    first = runner_of(circuit, MPI.COMM_SELF, Clock())
    for number, _ in enumerate(first.rows()):
        if number == 30:
            break
    numbers = json.loads(json.dumps(first.save(tmp_path)))
    again = runner_of(circuit, MPI.COMM_SELF, Clock())
    again.resume(numbers["rows"], numbers, tmp_path)
    assert len(list(again.rows())) > 0
    found = again.summary()
    assert found["outputs"] == whole["outputs"]
    np.testing.assert_allclose(found["energies [J]"], whole["energies [J]"], rtol=1e-12)


def test_a_resumed_table_computes_the_missing_rows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = load_circuit(CASES / "or_gate", ["study.transfer_points=5"])
    _, whole = table(circuit)
    row, asked = TruthTableRunner._row, []

    def stopping(self: TruthTableRunner, session: Any, held: Any, first: Any) -> dict[str, Any]:
        if first["point"] == 6 and not self.earlier:
            raise KeyboardInterrupt
        return row(self, session, held, first)

    def settle(self: Session, *arguments: Any, **options: Any) -> Any:
        asked.append(arguments)
        return settled(self, *arguments, **options)

    settled = Session.settle
    monkeypatch.setattr(TruthTableRunner, "_row", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_circuit(circuit, tmp_path / "result", MPI.COMM_SELF)
    monkeypatch.setattr(Session, "settle", settle)
    run_circuit(circuit, tmp_path / "result", MPI.COMM_SELF, resume=True)
    result = load_circuit_result(tmp_path / "result")
    assert len(asked) == 9  # the last row that was kept, and the eight that are missing
    assert list(result.observables["point"]) == list(range(14))
    assert result.summary == json.loads(json.dumps(whole))


# ------------------------------------------------------------------------------------------------ bad input
TABLE = {"type": "truth_table", "inputs": {"a": {"high": 1.0}, "b": {"high": 1.0}}, "outputs": ["out"]}


@pytest.mark.parametrize(
    ("changes", "key", "text"),
    [
        ({"inputs": {"c": {"high": 1.0}}}, ("inputs", "c"), "no source of voltage 'c'"),
        ({"inputs": {"a": {"low": 1.0, "high": 1.0}}}, ("inputs", "a", "high"), "equals 'low'"),
        ({"inputs": {"a": {"high": "1 mM"}}}, ("inputs", "a", "high"), "1 mM"),
        ({"outputs": ["ut"]}, ("outputs", 0), "no node 'ut'; did you mean 'out'"),
        ({"outputs": []}, ("outputs",), "is no list of nodes"),
        ({"outputs": ["out", "out"]}, ("outputs", 1), "there already"),
        ({"transfer_points": 3}, ("transfer_points",), "make no curve"),
    ],
)
def test_bad_tables_are_told_in_a_line(changes: dict[str, Any], key: tuple[str | int, ...], text: str) -> None:
    data = load_circuit(CASES / "or_gate").model_dump(mode="json")
    with pytest.raises(CaseError) as caught:
        Circuit.model_validate({**data, "study": {**TABLE, **changes}})
    assert text in caught.value.text
    assert "\n" not in caught.value.text
    assert tuple(each for each in caught.value.key if each != "truth_table") == ("study", *key)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"inputs": {"input": {"high": 1.0, "bits": "012"}}}, "no sequence of bits"),
        ({"inputs": {"input": {"high": 1.0, "bits": 101}}}, "write them in quotes"),
        ({"rise_time": 20.0}, "not shorter than the period"),
        ({"duration": 3.0}, "follows from the bits"),
        ({"outputs": ["series"]}, "no node 'series'"),
    ],
)
def test_bad_sequences_are_told_in_a_line(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(CaseError) as caught:
        sequence(**changes)
    assert text in caught.value.text
    assert "\n" not in caught.value.text


# ------------------------------------------------------------------------------------------------ what is shown
def test_the_shipped_gate_meets_its_numbers_and_is_drawn(tmp_path: Path) -> None:
    run_circuit(load_circuit(CASES / "or_gate"), tmp_path / "result", MPI.COMM_SELF)
    result = load_circuit_result(tmp_path / "result")
    assert compare(result)["passed"].all()
    assert "0  1  0.96637" in circuit_table(result)
    assert "no gain" in circuit_table(result)
    figures = draw_circuit(result)
    bars, curve = (figures[name].axes[0] for name in ("truth_table", "transfer_curves"))
    np.testing.assert_allclose(
        [bar.get_height() for bar in bars.containers[0]], [0.0, 0.96637071, 0.96637071, 0.98818641], atol=1e-8
    )
    assert curve.lines[0].get_ydata()[-1] == pytest.approx(0.96637071, abs=1e-8)
