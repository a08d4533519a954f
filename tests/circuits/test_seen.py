"""What a user sees of circuits: check, tables, figures, the Python interface, schema and commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import nanochannel as nc
from circuits.columns import COLUMNS
from circuits.compact.model import Branch, CompactModel
from circuits.description.json_schema import circuit_schema
from circuits.elements.registry import ELEMENTS
from postprocess.figures.circuit import draw_circuit
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.circuit_table import circuit_table
from postprocess.tables.expected import compare
from solver.results.rows import ResultError
from tests.support.paths import CASES

pytestmark = pytest.mark.serial

RC = """\
title: Charging
circuit:
  nodes: {source: {}, membrane: {}, bath: {ground: true}}
  elements:
    battery: {type: battery, voltage: 100 mV, terminals: [source, bath]}
    R: {type: resistor, resistance: 1 Gohm, terminals: [source, membrane]}
    C: {type: capacitor, capacitance: 1 pF, terminals: [membrane, bath]}
    pulse:
      type: current_source
      terminals: [bath, membrane]
      protocol: [{type: hold, duration: 1 ms}, {type: pulses, to: 50 pA, width: 2 ms, period: 5 ms, count: 1}]
study: {type: transient, duration: 8 ms}
"""

SWEEP = """\
title: Diode
circuit:
  nodes: {input: {}, out: {}, bath: {ground: true}}
  elements:
    source: {type: voltage_source, terminals: [input, bath]}
    R: {type: resistor, resistance: 1 Gohm, terminals: [input, out]}
    D: {type: diode, saturation_current: 1 pA, terminals: [out, bath]}
    C: {type: capacitor, capacitance: 1 pF, terminals: [out, bath]}
study:
  type: sweep
  parameter: elements.source.voltage
  range: {start: -0.2 V, stop: 0.4 V, points: 4}
  outer: {parameter: elements.R.resistance, values: [0.1 Gohm, 1 Gohm]}
"""

SPECTRUM = (
    SWEEP[: SWEEP.index("study")] + "study: {type: impedance, source: source, frequencies: [1 Hz, 1 kHz, 1 MHz]}\n"
)


def circuit(text: str, folder: Path) -> Path:
    """The folder of a circuit."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the circuits `rc`, `sweep` and `spectrum`, and their results beside them."""
    path = tmp_path_factory.mktemp("circuits")
    for name, text in (("rc", RC), ("sweep", SWEEP), ("spectrum", SPECTRUM)):
        nc.simulate(nc.load_circuit(circuit(text, path / name)), path / f"{name}_result", progress=False)
    return path


# ------------------------------------------------------------------------------------------------ check
def test_check_knows_the_time_constants_of_nodes(folder: Path) -> None:
    found = nc.check(nc.load_circuit(folder / "rc"))
    nodes = {node.name: node for node in found.nodes}
    assert nodes["membrane"].time == pytest.approx(1e-3, rel=1e-12)
    assert np.isinf(nodes["source"].conductance), "a battery without resistance holds it"
    assert "1 ms" in str(found)
    assert "no warnings" in str(found)


def test_check_knows_nonlinear_and_inner_conductances() -> None:
    elements = {
        "B": {"type": "battery", "voltage": "1 V", "resistance": "2 Gohm", "terminals": ["a", "b"]},
        "D": {"type": "diode", "saturation_current": "1 pA", "thermal_voltage": "25 mV", "terminals": ["a", "b"]},
    }
    found = nc.check(nc.Circuit(circuit={"nodes": {"a": {}, "b": {"ground": True}}, "elements": elements}))
    assert found.nodes[0].conductance == pytest.approx(0.5e-9 + 1e-12 / 25e-3, rel=1e-12)


def test_check_warns_of_what_has_no_effect(folder: Path, tmp_path: Path) -> None:
    short = nc.check(nc.load_circuit(folder / "rc", ["study.duration=2 ms"]))
    assert any("the longest protocol takes 6 ms" in text for text in short.warnings)
    steady = nc.check(nc.load_circuit(folder / "rc", ["study={type: steady}"]))
    assert any("protocols of sources and changes of switches are not used" in text for text in steady.warnings)
    still = nc.check(
        nc.load_circuit(circuit(SWEEP[: SWEEP.index("study")] + "study: {type: transient, duration: 1 s}", tmp_path))
    )
    assert any("nothing changes in time" in text for text in still.warnings)


def test_check_summarises_devices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = RC.replace("R: {type: resistor, resistance: 1 Gohm, terminals: [source, membrane]}",
                      f"cone: {{type: device, case: {CASES / 'conical_microchannel'},"
                      " terminals: {base: source, tip: membrane},"
                      " overrides: {walls.channel.surface_charge: -300 mC/m^2}}")  # fmt: skip
    path = circuit(text, tmp_path / "with_cone")
    found = nc.check(nc.load_circuit(path))
    device = found.devices[0]
    assert (device.name, device.case) == ("cone", "conical_microchannel")
    assert device.unknowns > 1000
    nodes = {node.name: node for node in found.nodes}
    assert nodes["membrane"].conductance == pytest.approx(device.conductance)
    own = nc.check(nc.load_case(CASES / "conical_microchannel", ["walls.channel.surface_charge=-300 mC/m^2"]))
    assert own.warnings
    assert [f"cone: {text}" for text in own.warnings] == [text for text in found.warnings if text.startswith("cone: ")]
    assert nc.main(["check", str(path)]) == 0
    assert "conductance at rest" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------ tables
def test_info_and_the_table_of_each_study(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, words in (
        ("rc", ("largest", "0.143")),
        ("sweep", ("stable", "voltage of source")),
        ("spectrum", ("GΩ",)),
    ):
        assert nc.main(["info", str(folder / f"{name}_result")]) == 0
        told = capsys.readouterr().out
        assert "complete" in told
        assert all(word in told for word in words), told


def test_expected_numbers_of_circuits_are_compared(folder: Path, tmp_path: Path) -> None:
    result = nc.open_result(folder / "rc_result")
    lines = "quantity,time [s],value,tolerance,source\n"
    peak = 0.1 + 0.05 * (1.0 - np.exp(-2.0))
    lines += f"potential_membrane,3e-3,{peak:.12g},1e-4,exact\npotential_membrane,8e-3,0.2,1 %,wrong\n"
    lines += "accepted_steps,,> 10,,count\n"
    (tmp_path / "expected.csv").write_text(lines, encoding="utf-8")
    assert list(compare(result, tmp_path / "expected.csv")["passed"]) == [True, False, True]


def test_states_that_are_not_stable_are_told_and_dashed(folder: Path) -> None:
    found = nc.open_result(folder / "sweep_result")
    table = found.observables.assign(**{"growth_rate [1/s]": np.where(found["out"] > 0.1, 5.0, -5.0)})
    changed = CircuitResult(found.path, found.run, table, found.summary)
    assert f"{int((found['out'] > 0.1).sum())} of 8 states are not stable" in circuit_table(changed)
    dashed = [line for line in draw_circuit(changed)["sweep"].axes[0].lines if line.get_linestyle() == "--"]
    assert len(dashed) == 2
    assert "not stable" not in circuit_table(found)


# ------------------------------------------------------------------------------------------------ figures
def test_every_study_has_its_figures(folder: Path, tmp_path: Path) -> None:
    for name, figures in (("rc", {"time_series"}), ("sweep", {"sweep"}), ("spectrum", {"nyquist", "bode"})):
        assert nc.main(["plot", str(folder / f"{name}_result"), "--out", str(tmp_path / name)]) == 0
        assert {file.stem for file in (tmp_path / name).iterdir()} == figures
    words = ["plot", str(folder / "rc_result"), "--style", "paper", "--out", str(tmp_path / "paper")]
    assert nc.main(words) == 0
    assert (tmp_path / "paper" / "time_series.pdf").is_file()


def test_a_time_series_has_what_changes_in_the_unit_that_suits(folder: Path) -> None:
    figure = draw_circuit(nc.open_result(folder / "rc_result"))["time_series"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["potential of\nmembrane [V]", "current [pA]"]
    assert [line.get_label() for line in figure.axes[1].lines][:3] == ["R", "C", "pulse"], (
        "the battery is in series with R"
    )
    assert figure.axes[-1].get_xlabel() == "time [ms]"
    assert "constant potentials: source 0.1 V" in figure.remark
    x, y = figure.axes[0].lines[0].get_data()
    assert (x.max(), y.max()) == pytest.approx((8.0, 0.1 + 0.05 * (1.0 - np.exp(-2.0))), rel=1e-4)


def test_a_phase_plane_of_two_columns(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    result = nc.open_result(folder / "rc_result")
    figure = result.plot(against=("membrane", "C"))["phase_plane"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == (
        "potential of membrane [V]",
        "current of C [pA]",
    )
    words = ["plot", str(folder / "rc_result"), "--out", str(tmp_path), "--quantity", "C", "--against"]
    assert nc.main([*words, "membrane"]) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["phase_plane.png"]
    assert nc.main([*words, "membrnae"]) == 2
    assert "no column 'membrnae'" in capsys.readouterr().err


def test_many_nodes_and_elements_stay_readable() -> None:
    nodes = [f"n{k}" for k in range(20)]
    times = np.linspace(0.0, 1e-3, 30)
    columns = {"point": np.arange(30), "time [s]": times}
    columns |= {f"potential_{node} [V]": np.sin(times * 1e3 + k) for k, node in enumerate(nodes)}
    columns |= {f"current_R{k} [A]": 1e-12 * np.cos(times * 1e3 + k) for k in range(20)}
    wiring = {"nodes": {node: {} for node in nodes}, "elements": {f"R{k}": {"type": "resistor"} for k in range(20)}}
    run = {"case": {"study": {"type": "transient"}, "circuit": wiring}, "title": "Row of cells"}
    figure = draw_circuit(CircuitResult(None, run, pd.DataFrame(columns)), ["time_series"])["time_series"]
    assert "the 7 largest of 20 currents" in figure.remark
    assert len(figure.axes[0].get_lines()) >= 20
    assert all(len(axes.get_legend().get_texts()) <= 14 for axes in figure.axes)


def test_what_circuits_have_not_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = str(folder / "rc_result")
    for words, text in (
        (
            ["render", result],
            "is the result of a circuit, which has no fields of its own; 'nanochannel plot' draws its curves",
        ),
        (["plot", result, result, "--at", "1 V"], "is the result of a circuit; --at is for a campaign"),
        (["plot", result, "--only", "pulses"], "there is no figure 'pulses' of this result; there are time_series"),
        (["plot", result, "--quantity", "membrane"], "needs --quantity and --against, a column each"),
    ):
        assert nc.main(words) == 2
        told = capsys.readouterr().err
        assert text in told
        assert len(told.strip().splitlines()) == 1
    with pytest.raises(ResultError, match="has no fields of its own"):
        nc.open_result(result).render()


def test_a_report_has_numbers_figures_and_elements(folder: Path, tmp_path: Path) -> None:
    assert nc.main(["report", str(folder / "rc_result"), "--out", str(tmp_path / "rc.html")]) == 0
    text = (tmp_path / "rc.html").read_text(encoding="utf-8")
    assert all(word in text for word in ("Charging", "resistance 1 Gohm", "source - membrane", "data:image/svg+xml"))
    assert nc.open_result(folder / "rc_result").report(tmp_path / "again.html").is_file()


# ------------------------------------------------------------------------------------------------ Python
def test_simulate_in_memory_is_what_a_directory_holds(folder: Path) -> None:
    there, here = nc.open_result(folder / "sweep_result"), nc.simulate(folder / "sweep", progress=False)
    assert isinstance(here, nc.CircuitSimulationResult)
    assert list(here.table) == list(there.table)
    np.testing.assert_allclose(here.table.to_numpy(float), there.table.to_numpy(float), rtol=1e-9, atol=1e-20)
    assert here["potential_out [V]"].equals(here["out"])
    assert list(here.plot()) == list(there.plot()) == ["sweep"]
    assert here.run["case"] == there.run["case"]
    with pytest.raises(KeyError, match="no column 'voltage'"):
        here["voltage"]


def test_a_circuit_made_in_python() -> None:
    elements = {
        "I": {"type": "current_source", "current": "1 nA", "terminals": ["b", "a"]},
        "R": {"type": "resistor", "resistance": "1 Gohm", "terminals": ["a", "b"]},
    }
    made = nc.Circuit(circuit={"nodes": {"a": {}, "b": {"ground": True}}, "elements": elements})
    assert nc.simulate(made, progress=False)["a"][0] == pytest.approx(1.0, rel=1e-12)


def test_a_value_is_changed_in_a_circuit_with_a_protocol(folder: Path) -> None:
    changed = nc.load_circuit(folder / "rc").with_value("elements.R.resistance", 5e8)
    assert changed.elements["R"].resistance == 5e8
    assert changed.schedule is not None
    assert changed.schedule.duration == pytest.approx(6e-3)


def test_conductances_of_compact_models_have_a_panel(tmp_path: Path) -> None:
    voltages = tuple(np.linspace(-1.0, 1.0, 9))
    model = CompactModel(
        ("left", "right"), voltages, tuple(1e-9 * np.exp(v) for v in voltages), (Branch(1.0, (1e-3,)),)
    )
    model.write(tmp_path / "model.json")
    text = RC.replace("type: resistor, resistance: 1 Gohm", "type: compact, model: model.json")
    result = nc.simulate(circuit(text, tmp_path), progress=False)
    figures = draw_circuit(result)
    assert [axes.get_ylabel() for axes in figures["time_series"].axes][-1] == "conductance of\nR [nS]"
    assert figures["phase_plane"].axes[0].get_ylabel() == "conductance of R [nS]"
    assert "conductance" in repr(result)


# ------------------------------------------------------------------------------------------------ form
def test_the_schema_accepts_circuits_and_refuses_wrong_forms() -> None:
    schema = circuit_schema()
    Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema)
    read = YAML(typ="safe", pure=True).load
    for text in (RC, SWEEP, SPECTRUM):
        assert not list(valid.iter_errors(read(text)))
    for old, new in (
        ("type: resistor, ", "type: resistance, "),
        ("1 Gohm", "-1 Gohm"),
        ("to: 50 pA", "to: {pulse: 50 pA}"),
        ("voltage: 100 mV", "volts: 100 mV"),
        ("[source, bath]", "[source]"),
        ("ground: true", "ground: maybe"),
    ):
        assert old in RC
        assert list(valid.iter_errors(read(RC.replace(old, new, 1)))), new
    assert {element.__name__ for element in ELEMENTS} <= set(schema["$defs"])


def test_the_command_prints_the_schema_of_circuits(capsys: pytest.CaptureFixture[str]) -> None:
    assert nc.main(["schema", "--circuit"]) == 0
    assert json.loads(capsys.readouterr().out) == circuit_schema()


def test_columns_that_the_documentation_names_are_those_of_results(folder: Path) -> None:
    told = {meaning.header for meaning in COLUMNS}
    for name in ("rc", "spectrum"):
        result = nc.open_result(folder / f"{name}_result")
        for header in result.table:
            general = header
            for word, names in (("NODE", result.run["case"]["circuit"]["nodes"]), ("ELEMENT", result.elements)):
                for each in names:
                    parts = general.partition(" [")
                    if f"_{each}_" in f"{parts[0]}_":
                        general = f"{parts[0]}_".replace(f"_{each}_", f"_{word}_")[:-1] + parts[1] + parts[2]
            assert general in told, header
