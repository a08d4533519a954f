"""Curves of synthetic results: which figures, which panels, units, logarithmic axes, reference curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from synthetic import write_result

from postprocess import figures
from postprocess.tables import ResultError, load

BIASES = (0.0, 0.5, 1.0, -0.5, -1.0)
SALTS = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("sweep") / "r", BIASES, fields=())


def is_drawn(path: Path) -> bool:
    """Whether the picture is more than a background, and nothing touches its edges, where labels would be cut off."""
    image = imread(path)[:, :, :3]
    edges = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool(np.ptp(image) > 0.5 and np.all(edges == edges[0]))


def test_files(sweep: Path, tmp_path: Path) -> None:
    written = figures.plot(sweep)
    assert [path.name for path in written] == ["current_voltage.png", "flow_rate.png", "profiles.png"]
    assert {path.parent for path in written} == {sweep / "figures"}
    assert all(is_drawn(path) for path in written)
    written = figures.plot(sweep, tmp_path / "paper" / "cone.pdf")
    assert [path.name for path in written] == ["cone-current_voltage.pdf", "cone-flow_rate.pdf", "cone-profiles.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in written)
    assert figures.plot(sweep, tmp_path / "folder")[0] == tmp_path / "folder" / "current_voltage.png"


def test_errors(sweep: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("")
    with pytest.raises(ResultError, match=r"is a file; give a directory, or a file name that ends in \.png"):
        figures.plot(sweep, file)
    with pytest.raises(ResultError, match="cannot write"):
        figures.plot(sweep, file / "below")
    with pytest.raises(ResultError, match="does not exist"):
        figures.plot(tmp_path / "nothing")


def test_current_voltage(sweep: Path) -> None:
    figure = figures.current_voltage(load(sweep))
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
    assert len(figures.current_voltage(load(path)).axes) == 1


def test_nested_sweep_has_a_curve_per_outer_value(tmp_path: Path) -> None:
    path = write_result(tmp_path / "few", BIASES, (1.0, 100.0), fields=())
    figure = figures.current_voltage(load(path))
    legend = figure.axes[0].get_legend()
    assert legend.get_title().get_text() == "concentration"
    assert [text.get_text() for text in legend.get_texts()] == ["1 mM", "100 mM"]
    path = write_result(tmp_path / "many", BIASES, tuple(np.logspace(0, 3, 13)), fields=())
    figure = figures.current_voltage(load(path))
    assert figure.axes[0].get_legend() is None
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names[0] == "1 mM"
    assert names[-1] == "1 M"
    assert all(is_drawn(file) for file in figures.plot(path))


def test_concentration_sweep_is_logarithmic(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.1,), SALTS, inner="concentration", fields=())
    assert [file.name for file in figures.plot(path)] == ["sweep.png", "profiles.png"]
    figure = figures.parameter_sweep(load(path))
    conductance, flow = figure.axes
    assert (conductance.get_xlabel(), conductance.get_ylabel()) == ("concentration [mM]", "conductance [nS]")
    assert (conductance.get_xscale(), conductance.get_yscale()) == ("log", "log")
    assert (flow.get_xscale(), flow.get_yscale()) == ("log", "linear")
    low, high = flow.get_ylim()
    assert high - low > 0.09 * high, "a constant does not fill the panel with its last digits"
    assert "bias 0.1 V" in figure.get_suptitle()


def test_rectification_against_concentration(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (-0.5, 0.5, -1.0, 1.0), SALTS, inner="concentration", fields=())
    axes = figures.parameter_sweep(load(path)).axes[-1]
    assert axes.get_ylabel() == figures.RATIO
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["|bias| = 0.5 V", "|bias| = 1 V"]


def test_reference_curve(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", BIASES, fields=())
    rows = [f"{v},{1e-9 * v},theory" for v in np.linspace(-1, 1, 21)] + ["0.5,0.4e-9,measured", "1,0.9e-9,measured"]
    (path / "reference.csv").write_text("bias [V],current [A],label\n" + "\n".join(rows) + "\n")
    figure = figures.current_voltage(load(path))
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert {"computed", "theory", "measured"} <= set(lines)
    np.testing.assert_allclose(lines["theory"].get_ydata()[-1], 1.0)
    assert lines["theory"].get_linestyle() == "--"
    assert lines["measured"].get_linestyle() == "None", "a few points are marks, not a curve"
    assert all(line.get_label() != "theory" for line in figures.flow_rate(load(path)).axes[0].lines)


def test_profiles(sweep: Path, tmp_path: Path) -> None:
    figure = figures.profiles(load(sweep))
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "salt [mM]", "potential [V]", "charge [kC/m³]", "axial velocity [mm/s]"
    ]  # fmt: skip
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "bias = −1 V", "bias = −0.5 V", "bias = 0 V", "bias = 0.5 V", "bias = 1 V"
    ]  # fmt: skip
    single = write_result(tmp_path / "one", (0.5,), fields=())
    assert [file.name for file in figures.plot(single)] == ["profiles.png"], "one point makes no curve"
    assert figures.profiles(load(single)).get_suptitle() == "Conical nanopore, bias = 0.5 V"
    (single / "profiles.csv").unlink()
    assert figures.plot(single) == []
