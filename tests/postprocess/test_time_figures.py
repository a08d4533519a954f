"""Figures of synthetic runs in time and of impedance spectra: panels, units, loops, pulses, relaxations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from postprocess.figures import impedance as impedance_figures
from postprocess.figures import loops as loop_figures
from postprocess.figures import pulses as pulse_figures
from postprocess.figures import time_series as time_figures
from postprocess.figures.plot import plot
from postprocess.figures.profiles import profiles
from postprocess.tables import protocol
from postprocess.tables.result import load
from tests.support.synthetic_time import MEMORY, OUTER, STEPS, write_cycles, write_impedance, write_pulses

FREQUENCIES = (3.0, 10.0, 30.0)


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cycles(tmp_path_factory.mktemp("cycle") / "r")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cycles(tmp_path_factory.mktemp("many") / "r", FREQUENCIES)


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pulses(tmp_path_factory.mktemp("train") / "r")


@pytest.fixture(scope="module")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_impedance(tmp_path_factory.mktemp("spectra") / "r")


def is_drawn(path: Path) -> bool:
    """Whether the picture is more than a background, and nothing touches its edges, where labels would be cut off."""
    image = imread(path)[:, :, :3]
    edges = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool(np.ptp(image) > 0.5 and np.all(edges == edges[0]))


def change_summary(path: Path, **entries: object) -> None:
    file = path / "summary.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))


def names(figure: Figure) -> list[str]:
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def test_kinds(cycle: Path, many: Path, spectra: Path) -> None:
    one, several, z = load(cycle), load(many), load(spectra)
    assert (one.study, one.transient, one.sweeps_bias) == ("transient", True, False)
    assert (one.inner, one.outer, one.driven) == ("time [s]", None, ["terminals.base.potential [V]"])
    assert (several.outer, several.driven) == (OUTER, ["terminals.base.potential [V]"])
    assert (z.study, z.transient) == ("impedance", False)
    assert (z.inner, z.outer) == ("frequency [Hz]", "terminals.base.potential [V]")


def test_files(cycle: Path, train: Path, spectra: Path) -> None:
    for path, wanted in (
        (cycle, ["time_series", "loops", "profiles"]),
        (train, ["time_series", "pulses", "profiles"]),
        (spectra, ["nyquist", "bode"]),
    ):
        written = plot(path)
        assert [file.stem for file in written] == wanted
        assert all(is_drawn(file) for file in written)


def test_time_series(cycle: Path) -> None:
    figure = time_figures.time_series(load(cycle))
    drive, current, conductance, salt = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "potential at base [V]", "current [nA]", "conductance [nS]", "mean salt [mM]"
    ]  # fmt: skip
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "", "", "time [ms]"]
    x, y = drive.lines[0].get_data()
    assert x[-1] == pytest.approx(2000.0 / 30.0)
    assert y[STEPS // 4] == pytest.approx(1.0)
    assert [text.get_text() for text in current.get_legend().get_texts()] == ["total", "conduction", "displacement"]
    total, conduction, displacement = (line.get_ydata() for line in current.lines[:3])
    np.testing.assert_allclose(total, conduction + displacement, atol=1e-12)
    assert current.lines[1].get_linewidth() < current.lines[0].get_linewidth()
    shown = conductance.lines[0].get_ydata()
    assert np.isnan(shown[[0, 1, -1]]).all(), "none beside zero bias at the ends"
    middle = STEPS // 2
    assert shown[middle] == pytest.approx(0.5 * (shown[middle - 1] + shown[middle + 1])), "straight through zero bias"
    table = load(cycle).observables
    assert shown[STEPS // 4] == pytest.approx(1e9 * table["conductance [S]"][STEPS // 4])
    assert salt.lines[0].get_ydata()[0] == pytest.approx(10.0)


def test_driven_concentrations_share_an_axis_and_coverages_have_one(cycle: Path) -> None:
    """A wall that exchanges A for B, both driven: the axis is that of concentrations, and B tells all of the coverage."""
    result = load(cycle)
    table, part = result.observables, np.linspace(0.1, 0.4, len(result.observables))
    keys = [f"terminals.base.concentrations.{name}" for name in "AB"]
    for key, factor in zip(keys, (1.0, 100.0), strict=True):
        position = table.columns.get_loc(result.driven[-1]) + 1
        table.insert(position, f"{key} [mol/m^3]", factor * (1.0 + part))
    table["coverage_channel_B"], table["coverage_channel_A"] = part, 1.0 - part
    table["coverage_channel_B_error"] = 1e-3 * part
    figure = time_figures.time_series(result)
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels[1] == "concentration [mM]"
    assert labels[-1] == "coverage"
    assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["A at base", "B at base"]
    (shown,) = figure.axes[-1].lines
    np.testing.assert_allclose(shown.get_ydata(), part)


def test_small_displacement_is_not_drawn(cycle: Path) -> None:
    result = load(cycle)
    result.observables["displacement_current [A]"] *= 0.01
    current = time_figures.time_series(result).axes[1]
    assert current.get_legend() is None
    assert sum(len(line.get_xdata()) > 2 for line in current.lines) == 1


def test_time_in_periods(many: Path) -> None:
    figure = time_figures.time_series(load(many))
    assert figure.axes[-1].get_xlabel() == "time in periods"
    for line in figure.axes[1].lines[:3]:
        assert line.get_xdata()[-1] == pytest.approx(2.0)
    assert names(figure) == ["3 Hz", "10 Hz", "30 Hz"]
    assert len({line.get_color() for line in figure.axes[0].lines[:3]}) == 3


def test_several_drives_share_a_panel(cycle: Path) -> None:
    result = load(cycle)
    table = result.observables
    table.insert(3, "terminals.tip.potential [V]", -0.5 * table["bias [V]"])
    table.insert(4, "terminals.base.pressure [Pa]", 1000.0)
    figure = time_figures.time_series(result)
    potential, pressure = figure.axes[:2]
    assert (potential.get_ylabel(), pressure.get_ylabel()) == ("potential [V]", "pressure at base [kPa]")
    shown = [text.get_text() for text in potential.get_legend().get_texts()]
    assert shown == ["potential at base", "potential at tip"]


def test_spikes_do_not_flatten_a_panel(cycle: Path) -> None:
    result = load(cycle)
    result.observables.loc[3, "current [A]"] = 5e-7
    result.observables["displacement_current [A]"] = 0.0
    times = result.observables["time [s]"]
    result.observables.loc[3:, "time [s]"] = times[3:] - times[3] + times[2] + 1e-9
    figure = time_figures.time_series(result)
    current = figure.axes[1]
    assert current.get_ylabel() == "current [nA]", "the unit is that of the rest"
    assert 0.8 < current.get_ylim()[1] < 1.0
    assert figure.get_supxlabel() == "current: spikes up to 500 nA lie beyond the panel"


def test_a_conductance_that_falls_at_one_bias_is_shown_in_full(cycle: Path) -> None:
    """Nothing is divided by a small bias; and where there is a membrane the salt is that of the solution."""
    result = load(cycle)
    table = result.observables
    table["bias [V]"] = 0.5
    table["conductance [S]"] = 1e-9 + 9e-9 * np.exp(-20.0 * table["time [s]"] / table["time [s]"].max())
    table["salt_mean [mol/m^3]"] = 500.0
    table["virtual_salt_mean [mol/m^3]"] = 10.0 + table["time [s]"] / table["time [s]"].max()
    table["donnan_potential_plug_left [V]"] = -0.1
    figure = time_figures.time_series(result)
    conductance, salt = figure.axes[-2:]
    assert conductance.get_ylim()[1] > 9.0, "nS"
    assert figure.get_supxlabel() == ""
    assert salt.get_ylabel() == "virtual salt mean [mM]"


def test_reference_over_time(cycle: Path, tmp_path: Path) -> None:
    path = write_cycles(tmp_path / "r")
    (path / "reference.csv").write_text(
        "time [s],current [A],terminals.base.potential [V],label\n"
        + "".join(f"{i * 1e-3},{i * 1e-11},{0.1 * i},paper\n" for i in range(10))
    )
    result = load(path)
    current = {line.get_label(): line for line in time_figures.time_series(result).axes[1].lines}
    assert current["paper"].get_linestyle() == "--"
    np.testing.assert_allclose(current["paper"].get_xdata(), np.arange(10.0))
    loop = {line.get_label(): line for line in loop_figures.loops(result).axes[0].lines}
    np.testing.assert_allclose(loop["paper"].get_ydata(), 0.01 * np.arange(10.0))


def test_loop(cycle: Path) -> None:
    result = load(cycle)
    (axes,) = loop_figures.loops(result).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("potential at base [V]", "current [nA]")
    last, first = axes.lines[:2]
    rows = result.observables
    np.testing.assert_allclose(last.get_ydata(), 1e9 * rows["current [A]"][STEPS:])
    np.testing.assert_allclose(first.get_ydata(), 1e9 * rows["current [A]"][: STEPS + 1])
    assert (last.get_label(), first.get_label(), first.get_color()) == ("last period", "first period", "0.6")
    (entry,) = [each for each in result.summary["loops"] if each["period"] == 2]
    left, right = 1e12 * entry["area_negative [W]"], 1e12 * entry["area_positive [W]"]
    share = 100.0 * entry["area_normalised"]
    assert axes.get_title() == f"30 Hz; lobes {left:.3g} / {right:.3g} pW; {share:.2g} % of the frame".replace("-", "−")
    arrows = [text for text in axes.texts if text.arrow_patch is not None]
    assert len(arrows) == len(loop_figures.ARROWS)
    begin, end = arrows[0].xyann, arrows[0].xy
    assert end[0] > begin[0] >= 0.0, "the first arrow follows the rising voltage"


def test_loops_of_frequencies(many: Path) -> None:
    result = load(many)
    figure = loop_figures.loops(result)
    loops, areas = figure.axes
    shown = names(figure)
    assert [name.partition(":")[0] for name in shown] == ["3 Hz", "10 Hz", "30 Hz", "earlier periods"]
    assert "pW" in shown[0]
    assert len({line.get_color() for line in loops.lines[:3]}) == 3
    assert areas.get_xscale() == "log"
    np.testing.assert_array_equal(areas.lines[0].get_xdata(), FREQUENCIES)
    last = [entry["area_normalised"] for entry in result.summary["loops"] if entry["period"] == 2]
    np.testing.assert_allclose(areas.lines[0].get_ydata(), last)
    star = areas.lines[1]
    assert star.get_xdata()[0] == pytest.approx(33.0)
    assert star.get_label() == f"largest: {102 * max(last):.3g} % at 33 Hz"


def test_two_frequencies_make_no_curve_of_areas(tmp_path: Path) -> None:
    path = write_cycles(tmp_path / "r", (3.0, 30.0))
    assert len(loop_figures.loops(load(path)).axes) == 1
    change_summary(path, loops=[])
    assert loop_figures.loops(load(path)) is None


def test_loops_of_one_run_after_each_other(tmp_path: Path) -> None:
    """Two sines of the same frequency in one protocol are two cycles, told apart by their begins."""
    path = write_cycles(tmp_path / "r", periods=4)
    entries = json.loads((path / "summary.json").read_text())["loops"]
    for i, entry in enumerate(entries):
        entry["period"] = i % 2 + 1
    change_summary(path, loops=entries)
    result = load(path)
    assert [len(cycle.periods) for cycle in protocol.cycles(result)] == [2, 2]
    shown = [name.partition(":")[0] for name in names(loop_figures.loops(result))]
    assert shown == ["30 Hz, from 0 s", "30 Hz, from 66.67 ms", "earlier periods"]


def test_a_run_that_is_not_complete_has_no_loops(tmp_path: Path) -> None:
    path = write_cycles(tmp_path / "r", complete=False)
    assert [file.stem for file in plot(path)] == ["time_series", "profiles"]


def test_pulses(train: Path) -> None:
    result = load(train)
    ends, decay = pulse_figures.pulses(result).axes
    assert (ends.get_xlabel(), ends.get_ylabel()) == ("pulse", "conductance at the end of a pulse [nS]")
    x, y = ends.lines[0].get_data()
    np.testing.assert_array_equal(x, np.arange(1, 9))
    np.testing.assert_allclose(y, [1e9 * each["conductance_end [S]"] for each in result.summary["pulses"]])
    assert np.all(np.diff(y) > 0.0), "negative pulses draw salt in"
    assert (decay.get_xlabel(), decay.get_ylabel()) == ("time after the last pulse [ms]", "salt axial mean [mM]")
    computed, fitted = decay.lines[:2]
    assert computed.get_label() == "memory time 5 ms"
    assert computed.get_xdata()[-1] == pytest.approx(22.0)
    assert (fitted.get_label(), fitted.get_linestyle()) == ("exponential of that time", "--")
    np.testing.assert_allclose(
        np.interp(computed.get_xdata()[3:], *fitted.get_data()), computed.get_ydata()[3:], rtol=1e-3
    )


def test_pulses_without_conductance_or_record(train: Path, tmp_path: Path) -> None:
    path = write_pulses(tmp_path / "r", after=0.0)
    pulses = json.loads((path / "summary.json").read_text())["pulses"]
    change_summary(path, pulses=[each | {"conductance_end [S]": None} for each in pulses])
    (ends, decay) = pulse_figures.pulses(load(path)).axes
    assert ends.get_ylabel() == "current at the end of a pulse [nA]"
    assert decay.get_legend() is None, "no fit, only the record until its end"
    assert [line.get_linestyle() for line in decay.lines] == ["-"]
    assert decay.lines[0].get_xdata()[-1] == pytest.approx(2.0)
    result = load(path)
    table = result.observables[result.observables["time [s]"] < 22.001e-3]
    assert len(pulse_figures.pulses(replace(result, observables=table)).axes) == 1


def test_memory_without_pulses(train: Path) -> None:
    result = load(train)
    assert pulse_figures.memory(result) is None, "it is in the figure of the pulses"
    result.summary["pulses"] = []
    assert pulse_figures.pulses(result) is None
    (axes,) = pulse_figures.memory(result).axes
    assert axes.get_xlabel() == "time [ms]"
    low, high = axes.get_ylim()
    assert 9.3 < low < 9.5 < 11.2 < high < 11.4
    result.observables["salt_axial_mean [mol/m^3]"] = 10.0 + 0.01 * result.observables["salt_axial_mean [mol/m^3]"]
    entry = result.summary["memory"][0]
    entry |= {name: 10.0 + 0.01 * entry[name] for name in ("initial", "final")}
    low, high = pulse_figures.memory(result).axes[0].get_ylim()
    assert high - low < 0.03, "a small relaxation fills the panel, too"
    assert f"memory time {1e3 * MEMORY:g} ms" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_profiles_are_those_with_fields(tmp_path: Path) -> None:
    times = [0.0, 10.0 / (STEPS * 30.0), 60.0 / (STEPS * 30.0)]
    path = write_cycles(tmp_path / "r", fields=times)
    figure = profiles(load(path))
    assert names(figure) == ["time = 0 s", "time = 4.167 ms", "time = 25 ms"]
    lines = figure.axes[0].lines[:3]
    assert len({line.get_color() for line in lines}) == 3


def test_profiles_without_fields_are_equally_spaced(cycle: Path, many: Path) -> None:
    shown = names(profiles(load(cycle)))
    assert len(shown) == 9
    assert (shown[0], shown[4], shown[-1]) == ("time = 0 s", "time = 33.33 ms", "time = 66.67 ms")
    assert profiles(load(many)).get_suptitle().endswith("frequency = 30 Hz")


def test_nyquist(spectra: Path) -> None:
    result = load(spectra)
    figure = impedance_figures.nyquist(result)
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Re Z [GΩ]", "−Im Z [GΩ]")
    assert axes.get_aspect() == 1.0
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(x, 1e-9 * result.observables["impedance_real [ohm]"][:29])
    assert y.min() > 0.0, "a capacitance points upwards"
    limits = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert limits == pytest.approx([1.7, 2.0])
    written = [text.get_text() for text in axes.texts]
    assert {"100 mHz", "10 Hz", "1 MHz"} <= set(written)
    assert names(figure) == ["0 V", "0.5 V"]
    figure.draw_without_rendering()
    boxes = [text.get_window_extent().extents for text in axes.texts]
    for i, one in enumerate(boxes):
        assert axes.bbox.fully_containsx(one[0]), "no text leaves the panel"
        assert axes.bbox.fully_containsx(one[2])
        assert not any(impedance_figures.overlap(one, other) for other in boxes[:i])


def test_bode(spectra: Path) -> None:
    size, phase = impedance_figures.bode(load(spectra)).axes
    assert (size.get_xscale(), size.get_yscale(), phase.get_yscale()) == ("log", "log", "linear")
    assert (size.get_ylabel(), phase.get_ylabel(), phase.get_xlabel()) == ("|Z| [GΩ]", "phase [deg]", "frequency")
    assert size.lines[1].get_ydata()[0] == pytest.approx(2.0, rel=1e-3)
    factor = 1e-3 if size.lines[0].get_xdata()[0] < 1e-3 else 1.0
    assert phase.xaxis.get_major_formatter()(1e4 * factor, 0) == "10 kHz"
    assert phase.lines[0].get_ydata().min() == pytest.approx(-43.8, abs=0.1)


def test_reference_of_an_impedance(spectra: Path, tmp_path: Path) -> None:
    path = write_impedance(tmp_path / "r", (0.0,))
    (path / "reference.csv").write_text(
        "frequency [Hz],impedance_magnitude [ohm],impedance_real [ohm],impedance_imaginary [ohm],label\n"
        + "".join(f"{10.0**i},1e9,{1e8 * i},-2e8,theory\n" for i in range(9))
    )
    result = load(path)
    lines = {line.get_label(): line for line in impedance_figures.bode(result).axes[0].lines}
    np.testing.assert_allclose(lines["theory"].get_ydata(), 1.0)
    lines = {line.get_label(): line for line in impedance_figures.nyquist(result).axes[0].lines}
    np.testing.assert_allclose(lines["theory"].get_ydata(), 0.2)
