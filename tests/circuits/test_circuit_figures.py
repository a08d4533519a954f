"""Figures of circuits: what each study draws, several results in one figure, and measured curves over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nanochannel as nc
from circuits.description.studies.registry import STUDIES
from postprocess.figures.circuit import draw_circuit
from postprocess.figures.circuits.registry import MAKERS
from postprocess.figures.style import Sheet
from postprocess.tables.circuit import CircuitResult
from solver.results.rows import ResultError
from tests.support.paths import CASES

pytestmark = pytest.mark.serial

QUIET = "circuit.elements.stimulus.protocol=[]"
PULSE = "circuit.elements.stimulus.protocol=[{type: hold, duration: 2 ms}, {type: pulses, to: 1.5 pA, width: 10 ms}]"
TIMES = "node: membrane, duration: 30 ms, tolerance: 1e-2"
C, STIMULUS = "elements.C.capacitance", "elements.stimulus.current"
NEURON: dict[str, tuple[str, ...]] = {
    "steady": ("{type: steady}", QUIET),
    "transient": ("{type: transient, duration: 30 ms, tolerance: 1e-2}", PULSE),
    "impedance": ("{type: impedance, source: stimulus, frequencies: [1 Hz, 30 Hz, 1 kHz]}", QUIET),
    "threshold": (
        "{type: threshold, source: stimulus, widths: [5 ms, 10 ms], amplitudes: [1 pA, 2 pA], resolution: 0.1 pA,"
        f" {TIMES}}}",
        QUIET,
    ),
    "stability_limits": (
        f"{{type: stability_limits, parameter: {STIMULUS}, values: [1.26 pA, 1.28 pA, 1.29 pA, 1.3 pA, 1.31 pA, 1.33 pA]}}",
        QUIET,
    ),
    "spike_map": (
        f"{{type: spike_map, {TIMES}, parameter: {C}, values: [3 fF, 20 fF],"
        " outer: {parameter: elements.E_slow.voltage, values: [-0.5 V, -0.6 V]}}",
        PULSE,
    ),
    "monte_carlo": (f"{{type: monte_carlo, {TIMES}, samples: 6, spread: [{{parameter: {C}, relative: 50 %}}]}}", PULSE),
}  # fmt: skip
GATES = {
    "sweep": ("or_gate", "{type: sweep, parameter: elements.a.voltage, range: {start: -0.5 V, stop: 1 V, points: 7}}"),
    "truth_table": (
        "or_gate",
        "{type: truth_table, inputs: {a: {high: 1 V}, b: {high: 1 V}}, outputs: [out], transfer_points: 9}",
    ),
    "logic_sequence": (
        "or_gate",
        "{type: logic_sequence, inputs: {a: {high: 1 V, bits: '0011'}, b: {high: 1 V, bits: '0101'}}, outputs: [out],"
        " period: 1 s}",
    ),
}  # fmt: skip


def result_of(table: dict[str, Any], study: dict[str, Any], summary: dict[str, Any] | None = None) -> CircuitResult:
    """A result with some columns."""
    wiring = {"nodes": {"a": {}, "out": {}}, "elements": {"a": {"type": "voltage_source"}, "pore": {"type": "device"}}}
    run = {"case": {"study": study, "circuit": wiring}, "title": "By hand"}
    return CircuitResult(None, run, pd.DataFrame(table), summary or {})


def neuron(kind: str, *overrides: str) -> CircuitResult:
    study, *others = NEURON[kind]
    given = [f"study={study}", *others, *overrides]
    return nc.simulate(nc.load_circuit(CASES / "hodgkin_huxley", given), progress=False)


def gate(kind: str) -> CircuitResult:
    case, study = GATES[kind]
    return nc.simulate(nc.load_circuit(CASES / case, [f"study={study}"]), progress=False)


def frequencies() -> CircuitResult:
    values = np.array([1.0, 1.2, 1.3, 1.4]) * 1e-12
    spiking = np.array([0.0, 5.0, 6.0, 0.0])
    table = {
        "point": range(4), "elements.a.current [A]": values, "frequency [Hz]": spiking,
        "peak_out [V]": [-0.1, 0.4, 0.4, 0.2], "energy_per_spike [J]": [np.nan, 2e-12, 3e-12, np.nan],
    }  # fmt: skip
    return result_of(table, {"type": "frequency_current", "node": "out", "source": "a"})


def pumped() -> CircuitResult:
    mean = np.array([30e-12, 20e-12, -5e-12])
    table: dict[str, Any] = {"point": range(3), "frequency [Hz]": [1.0, 1e3, 1e5]}
    for terminal, sign in (("tip", 1.0), ("base", -1.0)):
        table |= {
            f"mean_current_pore_{terminal} [A]": sign * mean, f"mean_current_pore_{terminal}_uncertainty [A]": [1e-13] * 3,
            f"amount_per_period_pore_{terminal}_K [mol]": sign * mean * 1e-5 / np.array([1.0, 1e3, 1e5]),
            f"mean_rate_pore_{terminal}_K [mol/s]": sign * mean * 1e-5,
        }  # fmt: skip
    return result_of({**table, "settled": [1, 1, 0]}, {"type": "periodic", "source": "a"})


def stalled() -> CircuitResult:
    table = {
        "point": range(3), "frequency [Hz]": [1.0, 1e3, 1e5],
        "stall_concentration_pore_base [mol/m^3]": [220.0, 28.0, np.nan],
        "stall_concentration_pore_base_uncertainty [mol/m^3]": [4.4, 0.6, np.nan],
    }  # fmt: skip
    return result_of(table, {"type": "stall", "device": "pore", "terminal": "base", "species": "K", "source": "a"})


def inverter() -> CircuitResult:
    x = np.linspace(0.0, 1.0, 21)
    y = 0.5 - 0.5 * np.tanh(6.0 * (x - 0.5))
    table = {
        "curve": [0, 0, *[1] * 21], "voltage_a [V]": [0.0, 1.0, *x], "potential_out [V]": [y[0], y[-1], *y],
    }  # fmt: skip
    curve = {
        "curve": 1, "input": "a", "others": {}, "output": "out", "largest_slope": 3.0, "unit_slope_low [V]": 0.31,
        "unit_slope_high [V]": 0.69, "noise_margin_low [V]": 0.3, "noise_margin_high [V]": 0.3,
        "cascaded_without_load [V]": [0.0, 1.0],
    }  # fmt: skip
    study = {"type": "truth_table", "inputs": {"a": {"low": 0.0, "high": 1.0}}, "outputs": ["out"]}
    return result_of(table, study, {"transfer_curves": [curve]})


def labels(sheet: Sheet) -> list[tuple[str, str]]:
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in sheet.axes]


def data(sheet: Sheet, panel: int = 0, line: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x, y = sheet.axes[panel].lines[line].get_data()
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


# ------------------------------------------------------------------------------------------------ what each shows
def shows_bars(figures: dict[str, Sheet], result: CircuitResult) -> None:
    potentials, currents = figures["operating_point"].axes
    names = [text.get_text() for text in potentials.get_yticklabels()]
    bar = potentials.patches[names.index("membrane")]
    assert bar.get_width() == pytest.approx(float(result.observables["potential_membrane [V]"].iloc[0]))
    assert (potentials.get_xlabel(), currents.get_xlabel()) == ("potential [V]", "current [pA]")


def shows_time(figures: dict[str, Sheet], result: CircuitResult) -> None:
    assert labels(figures["time_series"])[0][1] == "potential of\nmembrane [V]"
    assert labels(figures["phase_plane"]) == [("potential of membrane [V]", "conductance of slow [pS]")]
    np.testing.assert_allclose(data(figures["phase_plane"])[0], result.observables["potential_membrane [V]"])


def shows_spectrum(figures: dict[str, Sheet], result: CircuitResult) -> None:
    assert labels(figures["nyquist"]) == [("Re Z [GΩ]", "−Im Z [GΩ]")]
    np.testing.assert_allclose(data(figures["nyquist"])[0], result.observables["impedance_real [ohm]"] * 1e-9)
    # the response of the only node that moves is the impedance itself
    assert [label for _, label in labels(figures["bode"])] == ["|Z| [GΩ]", "phase [deg]"]


def shows_threshold(figures: dict[str, Sheet], result: CircuitResult) -> None:
    assert labels(figures["threshold"]) == [
        ("width of the pulse [ms]", "threshold of stimulus [pA]"),
        ("width of the pulse [ms]", "charge of the smallest pulse [fC]"),
    ]  # fmt: skip
    amplitudes = np.asarray(result.observables["threshold [A]"])
    np.testing.assert_allclose(data(figures["threshold"], 1)[1], amplitudes * [5e-3, 10e-3] * 1e15)
    assert "bisection" in figures["threshold"].remark
    assert figures["threshold"].axes[0].collections, "error bars"


def shows_limits(figures: dict[str, Sheet], result: CircuitResult) -> None:
    growth, potential = figures["stability_limits"].axes
    marks = next(line for line in growth.lines if line.get_marker() == "o")
    np.testing.assert_allclose(marks.get_xdata(), result.observables[f"{STIMULUS} [A]"] * 1e12)
    np.testing.assert_allclose(marks.get_ydata(), 0.0)
    stable, unstable = potential.lines[:2]
    assert unstable.get_linestyle() == "--"
    away = np.isfinite(np.asarray(unstable.get_ydata(), dtype=float))
    assert np.all(np.asarray(unstable.get_xdata())[away] >= 1.288)
    assert np.isfinite(np.asarray(stable.get_ydata(), dtype=float)).sum() >= 4
    assert "Hopf point with 7.1" in figures["stability_limits"].remark


def shows_map(figures: dict[str, Sheet], result: CircuitResult) -> None:
    axes = figures["spike_map"].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("capacitance of C [fF]", "voltage of E_slow [V]")
    cells = np.asarray(axes.collections[0].get_array()).reshape(2, 2)  # upwards from the lowest outer value
    table = result.observables.sort_values(["elements.E_slow.voltage [V]", f"{C} [F]"])
    np.testing.assert_array_equal(cells.ravel(), table["spikes"])
    assert {bar.get_ylabel() for bar in figures["spike_map"].axes} >= {"number of spikes", "peak of membrane [V]"}


def shows_samples(figures: dict[str, Sheet], result: CircuitResult) -> None:
    peaks = next(axes for axes in figures["monte_carlo"].axes if axes.get_xlabel().startswith("peak of membrane"))
    assert sum(bar.get_height() for bar in peaks.patches) == 6
    factor = 1e3 if "[mV]" in peaks.get_xlabel() else 1.0
    medians = [line.get_xdata()[0] for line in peaks.lines if line.get_label() == "median"]
    assert medians == pytest.approx([factor * float(result.observables["peak_membrane [V]"].median())])
    assert f"{int((result.observables['spikes'] > 0).sum())} of 6 samples spike" in figures["monte_carlo"].remark
    assert sum(len(dots.get_offsets()) for dots in figures["scatter"].axes[0].collections) == 6


def shows_sweep(figures: dict[str, Sheet], _: CircuitResult) -> None:
    assert labels(figures["sweep"]) == [("voltage of a [V]", "potential [V]"), ("voltage of a [V]", "current [µA]")]
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in figures["sweep"].axes]
    assert legends[0] == ["input_a", "out"]
    figures["sweep"].draw_without_rendering()
    for axes in figures["sweep"].axes:  # names are above the curves
        assert axes.get_legend().get_window_extent().y0 >= axes.get_window_extent().y1 - 1.0


def shows_gate(figures: dict[str, Sheet], result: CircuitResult) -> None:
    assert list(figures) == ["truth_table", "transfer_curves", "cascade"]
    bars = figures["truth_table"].axes[0]
    assert [text.get_text() for text in bars.get_xticklabels()] == ["00", "01", "10", "11"]
    names = [line.get_label() for line in figures["transfer_curves"].axes[0].lines]
    assert names == ["by a (b = 0)", "by b (a = 0)", "output = input"]
    assert "no gain" in figures["transfer_curves"].remark
    levels = data(figures["cascade"])[1]
    np.testing.assert_allclose(levels[1:], result.summary["transfer_curves"][0]["cascaded_without_load [V]"])


def shows_eye(figures: dict[str, Sheet], result: CircuitResult) -> None:
    axes = figures["eye"].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time in the period [s]", "potential [V]")
    assert len(axes.lines) == 4 + 2, "four periods, the threshold and the opening"
    ends = result.summary["outputs"]["out"]
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), [ends["highest_low [V]"], ends["lowest_high [V]"]])
    assert "phase_plane" not in figures
    assert not any("voltage of" in label for _, label in labels(figures["time_series"]))


def shows_frequencies(figures: dict[str, Sheet], _: CircuitResult) -> None:
    sheet = figures["frequency_current"]
    assert labels(sheet)[:2] == [
        ("current of a [pA]", "frequency [Hz]"),
        ("current of a [pA]", "energy per spike [pJ]"),
    ]
    _, y = data(sheet)
    np.testing.assert_allclose(y, [np.nan, 5.0, 6.0, np.nan])
    silent = next(line for line in sheet.axes[0].lines if line.get_markerfacecolor() == "white")
    np.testing.assert_allclose(silent.get_data(), [[1.0, 1.4], [0.0, 0.0]])
    low, high = sheet.axes[0].get_ylim()
    assert low < 0.0
    assert high > 6.0


def shows_pump(figures: dict[str, Sheet], _: CircuitResult) -> None:
    sheet = figures["periodic"]
    assert [label for _, label in labels(sheet)] == [
        "mean current of\npore tip [pA]", "mean rate of\npore tip K [amol/s]", "amount per period of\npore tip K [mol]",
    ]  # fmt: skip
    np.testing.assert_allclose(data(sheet)[1], [30.0, 20.0, -5.0])
    negative = [line for line in sheet.axes[2].lines if line.get_markerfacecolor() == "white"]
    assert [len(line.get_xdata()) for line in negative] == [1]
    assert sheet.axes[2].get_yscale() == "log"
    assert "did not repeat themselves" in sheet.remark


def shows_stall(figures: dict[str, Sheet], _: CircuitResult) -> None:
    sheet = figures["stall"]
    assert labels(sheet) == [("frequency [Hz]", "stall of K, pore base [mM]")]
    np.testing.assert_allclose(data(sheet)[1], [220.0, 28.0, np.nan])
    assert sheet.axes[0].get_xscale() == "log"
    assert "at 1 of 3 frequencies" in sheet.remark


def shows_margins(figures: dict[str, Sheet], _: CircuitResult) -> None:
    marks = [line for line in figures["transfer_curves"].axes[0].lines if line.get_markerfacecolor() == "white"]
    assert [float(line.get_xdata()[0]) for line in marks] == [0.31, 0.69]
    assert "noise margins 0.3 V and 0.3 V" in figures["transfer_curves"].remark


SHOWN: dict[str, tuple[Callable[[], CircuitResult], Callable[[dict[str, Sheet], CircuitResult], None]]] = {
    "steady": (lambda: neuron("steady"), shows_bars),
    "sweep": (lambda: gate("sweep"), shows_sweep),
    "transient": (lambda: neuron("transient"), shows_time),
    "impedance": (lambda: neuron("impedance"), shows_spectrum),
    "periodic": (pumped, shows_pump),
    "stall": (stalled, shows_stall),
    "threshold": (lambda: neuron("threshold"), shows_threshold),
    "frequency_current": (frequencies, shows_frequencies),
    "stability_limits": (lambda: neuron("stability_limits"), shows_limits),
    "spike_map": (lambda: neuron("spike_map"), shows_map),
    "monte_carlo": (lambda: neuron("monte_carlo"), shows_samples),
    "truth_table": (lambda: gate("truth_table"), shows_gate),
    "truth_table of an inverter": (inverter, shows_margins),
    "logic_sequence": (lambda: gate("logic_sequence"), shows_eye),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_study_draws(name: str) -> None:
    make, looks = SHOWN[name]
    result = make()
    figures = draw_circuit(result)
    assert set(figures) <= set(MAKERS[name.partition(" ")[0]])
    assert all(axes.get_xlabel() or axes.get_ylabel() for sheet in figures.values() for axes in sheet.axes)
    looks(figures, result)


def test_every_study_has_figures_and_a_test() -> None:
    kinds = {study.kind() for study in STUDIES}
    assert kinds == set(MAKERS) == {name.partition(" ")[0] for name in SHOWN}


# ------------------------------------------------------------------------------------------------ several, measured
def test_several_results_are_drawn_in_one_figure() -> None:
    one, other = neuron("transient"), neuron("transient", "circuit.elements.C.capacitance=10 fF")
    axes = one.plot("time_series", others=[other])["time_series"].axes[0]
    assert axes.get_ylabel() == "potential of\nmembrane [V]"
    peaks = [float(np.max(line.get_ydata())) for line in axes.lines[:2]]
    assert peaks == pytest.approx([float(each["membrane"].max()) for each in (one, other)])
    legend = axes.figure.legends[0]
    assert legend.get_title().get_text() == "capacitance of C"
    assert [text.get_text() for text in legend.get_texts()] == ["5 fF", "10 fF"]
    stronger = neuron("transient", "circuit.elements.stimulus.protocol.1.to=2 pA")
    figure = one.plot(others=[stronger])["phase_plane"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["stimulus 1.5 pA", "stimulus 2 pA"]
    with pytest.raises(ResultError, match="cannot be in one figure: give results of the same study"):
        one.plot(others=[neuron("steady")])
    with pytest.raises(ResultError, match="the figure 'operating_point' is of a single result"):
        neuron("steady").plot("operating_point", others=[neuron("steady")])


def test_measured_curves_are_drawn_over_those_of_a_circuit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, file = neuron("transient"), tmp_path / "measured.csv"
    file.write_text(
        "t [ms],membrane [mV],sd [mV],I slow [fA],colour\n1,-500,5,7,1\n12,410,5,-900,2\n", encoding="utf-8"
    )
    axes = result.plot("time_series", measured=file)["time_series"].axes
    line = next(each for each in axes[0].lines if each.get_label() == "measured")
    np.testing.assert_allclose(line.get_data(), [[1.0, 12.0], [-0.5, 0.41]])
    assert "slow, measured" in [each.get_label() for each in axes[1].lines]
    plane = result.plot(against=("membrane", "slow"), measured=file)["phase_plane"].axes[0]
    assert plane.get_legend() is not None
    folder = tmp_path / "result"
    nc.simulate(
        nc.load_circuit(CASES / "hodgkin_huxley", [f"study={NEURON['steady'][0]}", QUIET]), folder, progress=False
    )
    (tmp_path / "other.csv").write_text("x [mV],y [pA]\n1,2\n", encoding="utf-8")
    assert nc.main(["plot", str(folder), "--measured", str(tmp_path / "other.csv")]) == 2
    told = capsys.readouterr().err.strip()
    assert "the result has no column of this name" in told
    assert len(told.splitlines()) == 1
    assert nc.main(["report", str(folder), "--measured", str(file), "--out", str(tmp_path / "page.html")]) == 2
    assert "have no room for measured curves" in capsys.readouterr().err


def test_no_limit_of_stability_is_an_answer(tmp_path: Path) -> None:
    study = f"study={{type: stability_limits, parameter: {STIMULUS}, values: [0.2 pA, 0.9 pA]}}"
    circuit = nc.load_circuit(CASES / "hodgkin_huxley", [study, QUIET])
    for result in (nc.simulate(circuit, tmp_path / "result", progress=False), nc.simulate(circuit, progress=False)):
        assert "no limit of stability between 200 fA and 900 fA of the current of stimulus" in repr(result)
        figure = result.plot()["stability_limits"]
        np.testing.assert_allclose(data(figure)[0], [200.0, 900.0])
        assert figure.remark == "no limit of stability between these values"
    assert nc.main(["report", str(tmp_path / "result"), "--out", str(tmp_path / "page.html")]) == 0
