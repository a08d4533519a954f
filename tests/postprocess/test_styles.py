"""Looks of figures: a column of a journal, ordered colours, coincident curves, loops that close, steps of a protocol."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from nanochannel import main
from postprocess.figures.jumps import jumps, stepped, through_zero
from postprocess.figures.loops import loops
from postprocess.figures.palette import ordered
from postprocess.figures.panels import Line, array, draw_lines
from postprocess.figures.plot import draw_figures, plot
from postprocess.figures.style import PAPER
from postprocess.figures.sweeps import parameter_sweep
from postprocess.figures.time_series import time_series
from postprocess.tables.result import load
from solver.results.rows import ResultError
from tests.support.synthetic import write_result
from tests.support.synthetic_time import STEPS, write_cycles, write_impedance, write_pulses

BIASES = (0.0, 0.5, 1.0, -0.5, -1.0)
POINTS = 72.0 / 25.4  # in a millimetre


def test_a_column_of_a_journal(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", BIASES, (1.0, 10.0, 100.0), fields=(), error=0.01)
    *files, captions = plot(path, tmp_path / "iv.pdf", style="paper")
    assert [file.name for file in files] == ["iv-current_voltage.pdf", "iv-flow_rate.pdf", "iv-profiles.pdf"]
    for file in files:
        content = file.read_bytes()
        (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", content)
        assert float(box[0]) == pytest.approx(86.0 * POINTS, abs=0.01)
        assert float(box[1]) < 240.0 * POINTS, "no higher than a page"
        assert b"/FontFile2" in content, "letters are letters"
        assert b"/Subtype /Image" not in content, "lines are lines"
    assert captions.name == "iv-captions.txt"
    text = captions.read_text(encoding="utf-8")
    assert "iv-current_voltage.pdf: Conical nanopore. Error bars: numerical error, largest 1.1 % (current)" in text
    (file, _) = plot(path, tmp_path / "flow.svg", ["flow_rate"], "paper")
    drawing = file.read_text(encoding="utf-8")
    assert "<text" in drawing
    assert float(re.search(r'width="([\d.]+)pt"', drawing).group(1)) == pytest.approx(86.0 * POINTS, abs=0.01)


def test_paper_has_small_letters_and_no_titles(tmp_path: Path) -> None:
    for path in (
        write_result(tmp_path / "sweep", BIASES, fields=()),
        write_cycles(tmp_path / "cycles", (3.0, 10.0, 30.0)),
        write_pulses(tmp_path / "pulses"),
        write_impedance(tmp_path / "impedance"),
    ):
        for name, figure in draw_figures(load(path), style=PAPER).items():
            assert figure.get_suptitle() == "", name
            assert figure.get_figwidth() == pytest.approx(86.0 / 25.4)
            labels = [label for axes in figure.axes for label in (axes.xaxis.label, axes.yaxis.label)]
            assert {label.get_fontsize() for label in labels} == {8.0}
            figure.draw_without_rendering()
            width = figure.bbox.width
            assert all(axes.get_tightbbox().x0 > -1.0 and axes.get_tightbbox().x1 < width + 1.0 for axes in figure.axes)


def test_an_unknown_style(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", BIASES, fields=())
    with pytest.raises(ResultError, match=r"there is no style 'papr'; did you mean 'paper'\?"):
        plot(path, style="papr")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_result(tmp_path / "r", BIASES, error=0.01)
    out = str(tmp_path / "a.svg")
    assert main(["plot", str(path), "--style", "paper", "--only", "error", "--only", "profiles", "--out", out]) == 0
    written = [Path(line).name for line in capsys.readouterr().out.split()]
    assert written == ["a-error.svg", "a-profiles.svg", "a-captions.txt"]
    assert main(["plot", str(path), "--only", "errors"]) == 2
    assert "there is no figure 'errors' of this result; there are current_voltage" in capsys.readouterr().err
    assert main(["render", str(path), "--cut", "axis", "--at", "1 V", "--out", str(tmp_path / "pictures")]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "pictures" / "cut-axis-1V.png")]


def test_ordered_values_have_ordered_colours() -> None:
    """By value, whatever the order of computing: lighter with every step."""
    brightness = [sum(to_rgb(colour)) for colour in ordered([10.0, 0.1, 1.0, 100.0])]
    assert list(np.argsort(brightness)) == [1, 2, 0, 3]
    assert len(set(ordered(list(np.logspace(0, 3, 30))))) == 30
    axes = Figure().subplots()
    x = np.linspace(0.0, 1.0, 5)
    draw_lines(axes, [Line(str(k), x, (k + 1) * x, value=float(k)) for k in (2, 0, 1)], ("x", ""), ("y", ""))
    brightness = [sum(to_rgb(line.get_color())) for line in axes.lines[:3]]
    assert list(np.argsort(brightness)) == [1, 2, 0]


def test_coincident_curves_are_told_apart() -> None:
    x = np.linspace(0.0, 1.0, 5)
    for logarithmic in (False, True):
        axes = Figure().subplots()
        curves = [1.0 + x, 1.0 + x + 1e-4, 3.0 - x, 1.0 + x]
        draw_lines(axes, [Line("", x, y) for y in curves], ("x", ""), ("y", ""), log_y=logarithmic)
        assert [line.is_dashed() for line in axes.lines[:4]] == [False, True, False, True]
        sizes = [line.get_markersize() for line in axes.lines[:4]]
        assert sizes[0] > sizes[1] > sizes[3] == sizes[2], "open marks lie within one another"
    axes = Figure().subplots()
    draw_lines(axes, [Line("", x, x), Line("", 0.3 * x, 0.3 * x), Line("", x, 2.0 * x)], ("x", ""), ("y", ""))
    assert [line.is_dashed() for line in axes.lines[:3]] == [False, True, False], "one that is a part of another"


def test_a_sweep_of_a_gate_is_drawn_against_the_gate(tmp_path: Path) -> None:
    """Also when its name ends as that of the bias does, and the bias is the same at every point."""
    result = load(write_result(tmp_path / "r", (-1.0, 0.0, 1.0), fields=()))
    table = result.observables.rename(columns={"terminals.base.potential [V]": "walls.channel.potential [V]"})
    result = replace(result, observables=table.assign(**{"bias [V]": 0.1}))
    assert list(draw_figures(result)) == ["sweep", "profiles"]
    for axes in parameter_sweep(result).axes:
        assert axes.get_xlabel() == "potential of channel [V]"
        np.testing.assert_allclose(axes.lines[0].get_xdata(), [-1.0, 0.0, 1.0])
    assert [result.describe(point) for point in (0, 2)] == ["potential of channel = −1 V", "potential of channel = 1 V"]


def test_loops_close_between_rows(tmp_path: Path) -> None:
    """The ends of a period need not be rows of the table."""
    result = load(write_cycles(tmp_path / "r", periods=3))
    table = result.observables
    result = replace(result, observables=table.drop(index=[STEPS, 2 * STEPS]).reset_index(drop=True))
    last, *_ = loops(result).axes[0].lines
    x, y = last.get_data()
    assert (x[0], x[-1]) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert y[0] == pytest.approx(y[-1], abs=0.02 * np.ptp(y))


def test_steps_are_steps(tmp_path: Path) -> None:
    """The drive jumps at the instant of the protocol, and the current has its first value from there on."""
    result = load(write_cycles(tmp_path / "r"))
    key = "terminals.base.potential"
    study = {"type": "transient", "protocol": [
        {"type": "hold", "duration": 1e-3}, {"type": "step", "to": {key: 0.5}}, {"type": "hold", "duration": 1e-3},
    ]}  # fmt: skip
    times = np.array([0.0, 1e-3, 1.4e-3, 2e-3])
    rows = pd.DataFrame({
        "point": range(4), "time [s]": times, f"{key} [V]": [0.0, 0.0, 0.5, 0.5], "bias [V]": [0.0, 0.0, 0.5, 0.5],
        "current [A]": [0.0, 0.0, 4e-9, 1e-9], "salt_mean [mol/m^3]": 1.0,
    })  # fmt: skip
    result = replace(result, observables=rows, run={**result.run, "case": {"study": study}}, summary={})
    (jump,) = jumps(result, result.curves()[0])
    assert (jump.time, dict(jump.values)) == (pytest.approx(1e-3), {key: 0.5})
    drive, current = time_series(result).axes
    np.testing.assert_allclose(drive.lines[0].get_xdata(), [0.0, 1.0, 1.0, 1.4, 2.0])
    np.testing.assert_allclose(drive.lines[0].get_ydata(), [0.0, 0.0, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(current.lines[0].get_ydata(), [0.0, 0.0, 4.0, 4.0, 1.0])
    without = times[[0, 2, 3]], array(rows["current [A]"])[[0, 2, 3]]
    np.testing.assert_allclose(stepped(*without, [jump])[0], [0.0, 1e-3, 1e-3, 1.4e-3, 2e-3])


def test_conductance_through_zero_bias() -> None:
    """A straight line where the bias passes, nothing where it is held there, what is read at a low bias as it is."""
    times = np.arange(12.0)
    bias = np.array([1.0, 0.5, 0.02, -0.5, -1.0, -0.1, -0.1, 0.0, 0.0, 0.5, 1.0, 1.0])
    measured = np.array([1.0, 2.0, 99.0, 4.0, 5.0, 6.0, 7.0, np.nan, np.nan, 8.0, 9.0, 9.0])
    found = through_zero(times, measured, bias, 1.0)
    np.testing.assert_array_equal(found, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, np.nan, np.nan, 8.0, 9.0, 9.0])
