"""Curves of synthetic results: which figures, which panels, units, logarithmic axes, reference curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread

from postprocess.figures.errors import PARTS, adaptation, error_figure, sensitivities
from postprocess.figures.panels import Line, draw_lines
from postprocess.figures.plot import plot
from postprocess.figures.profiles import profiles
from postprocess.figures.sweeps import RATIO, current_voltage, flow_rate, parameter_sweep
from postprocess.tables.result import load
from solver.results.rows import ResultError
from tests.support.synthetic import ADAPTATION, write_result, write_sensitivities

BIASES = (0.0, 0.5, 1.0, -0.5, -1.0)
SALTS = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("sweep") / "r", BIASES, fields=())


def note(figure: Figure) -> str:
    """The small print below a figure."""
    return str(figure.get_supxlabel())


def bars(axes: Axes) -> int:
    """How many error bars a panel shows."""
    return sum(len(container[2][0].get_segments()) for container in axes.containers)


def is_drawn(path: Path) -> bool:
    """Whether the picture is more than a background, and nothing touches its edges, where labels would be cut off."""
    image = imread(path)[:, :, :3]
    edges = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool(np.ptp(image) > 0.5 and np.all(edges == edges[0]))


def test_files(sweep: Path, tmp_path: Path) -> None:
    written = plot(sweep)
    assert [path.name for path in written] == ["current_voltage.png", "flow_rate.png", "profiles.png"]
    assert {path.parent for path in written} == {sweep / "figures"}
    assert all(is_drawn(path) for path in written)
    written = plot(sweep, tmp_path / "paper" / "cone.pdf")
    assert [path.name for path in written] == ["cone-current_voltage.pdf", "cone-flow_rate.pdf", "cone-profiles.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in written)
    assert plot(sweep, tmp_path / "folder")[0] == tmp_path / "folder" / "current_voltage.png"


def test_errors(sweep: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("")
    with pytest.raises(ResultError, match=r"is a file; give a directory, or a file name that ends in \.png"):
        plot(sweep, file)
    with pytest.raises(ResultError, match="cannot write"):
        plot(sweep, file / "below")
    with pytest.raises(ResultError, match="does not exist"):
        plot(tmp_path / "nothing")


def test_current_voltage(sweep: Path) -> None:
    figure = current_voltage(load(sweep))
    current, ratio = figure.axes
    assert (current.get_xlabel(), current.get_ylabel()) == ("bias [V]", "current [nA]")
    x, y = current.lines[0].get_data()
    np.testing.assert_allclose(x, sorted(BIASES))
    assert y[-1] == pytest.approx(0.92158, rel=1e-4)
    assert ratio.get_xlabel() == "|bias| [V]"
    np.testing.assert_allclose(ratio.lines[0].get_xdata(), [0.5, 1.0])
    assert current.get_legend() is None, "one curve needs no legend"


def test_one_sided_sweep_has_no_empty_panel(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.0, 0.5, 1.0), fields=())
    assert len(current_voltage(load(path)).axes) == 1


def test_what_does_not_rectify_has_no_panel_for_it(sweep: Path) -> None:
    result = load(sweep)
    result.observables["current [A]"] = 1e-9 * result.observables["bias [V]"]
    assert len(current_voltage(result).axes) == 1
    result.observables.loc[1, "current [A]"] *= 1.01
    assert len(current_voltage(result).axes) == 2


def test_nested_sweep_has_a_curve_per_outer_value(tmp_path: Path) -> None:
    path = write_result(tmp_path / "few", BIASES, (1.0, 100.0), fields=())
    figure = current_voltage(load(path))
    legend = figure.axes[0].get_legend()
    assert legend.get_title().get_text() == "concentration"
    assert [text.get_text() for text in legend.get_texts()] == ["1 mM", "100 mM"]
    path = write_result(tmp_path / "many", BIASES, tuple(np.logspace(0, 3, 13)), fields=())
    figure = current_voltage(load(path))
    assert figure.axes[0].get_legend() is None
    assert not figure.legends
    assert figure.axes[-1].get_ylabel() == "concentration [mM]", "a colour bar names what a legend has no room for"
    assert all(is_drawn(file) for file in plot(path))


def test_potentials_are_never_on_a_logarithmic_axis() -> None:
    figure = Figure()
    for panel, unit, scale in zip(figure.subplots(1, 2), ("V", "A"), ("linear", "log"), strict=True):
        line = Line("", np.array([1.0, 2.0, 3.0]), np.array([1e-3, 1e-2, 1.0]))
        draw_lines(panel, [line], ("radius", "m"), ("value", unit))
        assert panel.get_yscale() == scale


def test_concentration_sweep_is_logarithmic(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.1,), SALTS, inner="concentration", fields=())
    assert [file.name for file in plot(path)] == ["sweep.png", "profiles.png"]
    figure = parameter_sweep(load(path))
    conductance, flow = figure.axes
    assert (conductance.get_xlabel(), conductance.get_ylabel()) == ("concentration [mM]", "conductance [nS]")
    assert (conductance.get_xscale(), conductance.get_yscale()) == ("log", "log")
    assert (flow.get_xscale(), flow.get_yscale()) == ("log", "linear")
    low, high = flow.get_ylim()
    assert high - low > 0.09 * high, "a constant does not fill the panel with its last digits"
    assert "bias 0.1 V" in figure.get_suptitle()


def test_force_on_a_particle_has_a_panel(tmp_path: Path) -> None:
    result = load(write_result(tmp_path / "r", (0.1,), SALTS, inner="concentration", fields=()))
    result.observables["force_particle [N]"] = 2e-12
    assert [axes.get_ylabel() for axes in parameter_sweep(result).axes][2] == "force particle [pN]"


def test_rectification_against_concentration(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (-0.5, 0.5, -1.0, 1.0), SALTS, inner="concentration", fields=())
    axes = parameter_sweep(load(path)).axes[-1]
    assert axes.get_ylabel() == RATIO
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["|bias| = 0.5 V", "|bias| = 1 V"]


def test_reference_curve(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", BIASES, fields=())
    rows = [f"{v},{1e-9 * v},theory" for v in np.linspace(-1, 1, 21)] + ["0.5,0.4e-9,measured", "1,0.9e-9,measured"]
    (path / "reference.csv").write_text("bias [V],current [A],label\n" + "\n".join(rows) + "\n")
    figure = current_voltage(load(path))
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert {"computed", "theory", "measured"} <= set(lines)
    np.testing.assert_allclose(lines["theory"].get_ydata()[-1], 1.0)
    assert lines["theory"].get_linestyle() == "--"
    assert lines["measured"].get_linestyle() == "None", "a few points are marks, not a curve"
    assert all(line.get_label() != "theory" for line in flow_rate(load(path)).axes[0].lines)


def test_profiles(sweep: Path, tmp_path: Path) -> None:
    figure = profiles(load(sweep))
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "salt [mM]", "potential [V]", "charge [kC/m³]", "axial velocity [mm/s]"
    ]  # fmt: skip
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "bias = −1 V", "bias = −0.5 V", "bias = 0 V", "bias = 0.5 V", "bias = 1 V"
    ]  # fmt: skip
    single = write_result(tmp_path / "one", (0.5,), fields=())
    assert [file.name for file in plot(single)] == ["profiles.png"], "one point makes no curve"
    assert profiles(load(single)).get_suptitle() == "Conical nanopore, bias = 0.5 V"
    (single / "profiles.csv").unlink()
    assert plot(single) == []


def test_no_errors_no_remark(sweep: Path) -> None:
    figure = current_voltage(load(sweep))
    assert note(figure) == ""
    assert bars(figure.axes[0]) == 0
    assert error_figure(load(sweep)) is None
    assert adaptation(load(sweep)) is None
    assert sensitivities(load(sweep)) is None


def test_error_bars_where_they_can_be_seen(tmp_path: Path) -> None:
    path = write_result(tmp_path / "coarse", BIASES, fields=(), error=0.2)
    figure = current_voltage(load(path))
    current, ratio = figure.axes
    assert bars(current) == 4, "none at zero bias"
    (container,) = current.containers
    low, high = container[2][0].get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((-2.0784 * 1.2, -2.0784 * 0.8), rel=1e-4)
    assert bars(ratio) == 2
    assert note(figure) == "error bars: numerical error, largest 21 % (current), 22 % (rectification)"
    assert current.get_legend() is None
    path = write_result(tmp_path / "fine", BIASES, fields=(), error=5e-4)
    figure = current_voltage(load(path))
    assert bars(figure.axes[0]) == bars(figure.axes[1]) == 0, "they would hide in the line"
    assert note(figure) == "error bars: numerical error, largest 0.051 % (current), 0.051 % (rectification)"
    assert note(flow_rate(load(path))) == "error bars: numerical error, largest 0.1 %"
    assert all(is_drawn(file) for file in plot(path))


def test_error_bars_are_not_cut_off(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.1,), SALTS, inner="concentration", fields=(), error=0.2)
    conductance, flow = parameter_sweep(load(path)).axes
    assert bars(conductance) == bars(flow) == len(SALTS)
    low, high = flow.get_ylim()
    ends = np.concatenate([segment[:, 1] for segment in flow.containers[0][2][0].get_segments()])
    assert low < ends.min() < 980.0 * 0.65 < 980.0 * 1.35 < ends.max() < high


def test_many_points_have_a_band(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", [i / 50 for i in range(-50, 51)], fields=(), error=0.2)
    current = current_voltage(load(path)).axes[0]
    assert bars(current) == 0
    (band,) = current.collections
    bottom, top = band.get_paths()[0].vertices[:, 1].min(), current.lines[0].get_ydata().min()
    assert bottom == pytest.approx(1.2 * top, rel=1e-4)


def test_error_figure(tmp_path: Path) -> None:
    path = write_result(tmp_path / "one", BIASES, fields=(), error=0.01)
    assert [file.name for file in plot(path)] == ["current_voltage.png", "flow_rate.png", "profiles.png"]
    (file,) = plot(path, names=["error"])
    assert (file.name, is_drawn(file)) == ("error.png", True), "on request"
    figure = error_figure(load(path))
    (axes,) = figure.axes
    assert (axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "bias [V]", "relative error of current")
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert lines["error bar"][0] == pytest.approx(0.01, rel=1e-5)
    assert np.isnan(lines["error bar"][2]), "the current at zero bias has no relative error"
    assert lines["discretization"][0] == pytest.approx(0.005)
    assert lines["algebraic"][0] == pytest.approx(1e-8)
    assert lines["reservoirs"][-1] == pytest.approx(1.5e-3)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(PARTS.values())
    path = write_result(tmp_path / "nested", BIASES, (1.0, 100.0), fields=(), error=0.01)
    result = load(path)
    result.observables["current_reservoir_error [A]"] = np.nan
    figure = error_figure(result)
    names = ["error bar, relative", "discretization, relative", "algebraic, relative"]
    assert [axes.get_ylabel() for axes in figure.axes] == names
    assert note(figure) == "", "a part that is unknown is not explained either"
    assert is_drawn(plot(path, names=["error"])[0])


def test_adaptation(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.5,), fields=(), adaptation=ADAPTATION)
    assert [file.name for file in plot(path)] == ["profiles.png"]
    assert is_drawn(plot(path, names=["adaptation"])[0])
    (axes,) = adaptation(load(path)).axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [5200, 11400, 26100, 61300])
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [0.031, 0.0083, 0.0021, 0.00074])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["asked for 0.1 %"]
    single = write_result(
        tmp_path / "s", (0.5,), fields=(), adaptation={**ADAPTATION, "steps": ADAPTATION["steps"][:1]}
    )
    assert adaptation(load(single)) is None


def test_sensitivities(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", BIASES, fields=())
    write_sensitivities(path, {0: 0.0, 2: 1.0, 4: -1.0})
    assert is_drawn(plot(path)[-1])
    figure = sensitivities(load(path))
    current, flow = figure.axes
    assert (current.get_xlabel(), flow.get_xlabel()) == (
        "elasticity of current, % per %",
        "elasticity of flow rate, % per %",
    )
    assert [label.get_text() for label in current.get_yticklabels()] == [
        "potential at base", "radius tip", "surface charge of channel", "concentration", "viscosity"
    ]  # fmt: skip
    negative, positive = current.containers
    assert [bar.get_width() for bar in negative] == pytest.approx([1.15, 0.8, 0.7, 0.22, -0.012])
    assert [bar.get_width() for bar in positive] == pytest.approx([0.55, 1.0, 0.4, 0.62, -0.012])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["bias = −1 V", "bias = 1 V"]
