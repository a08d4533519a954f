"""Devices with more than two terminals, and planar ones that are whole: every terminal is shown, nothing is mirrored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from postprocess.figures.plot import draw_figures
from postprocess.pictures.painting import draw_walls
from postprocess.pictures.state import State
from postprocess.pictures.view import choose_view
from postprocess.tables.result import Result
from postprocess.tables.result_table import result_table
from postprocess.tables.units import engineering

SWEPT = "terminals.top.potential [V]"


def junction(**geometry: Any) -> Result:
    """Three points of a junction whose top terminal is swept while the left one is driven."""
    gate = np.array([0.0, 0.1, -0.1])
    table = {"point": [0, 1, 2], SWEPT: gate, "bias [V]": 0.05, "current [A]": 2e-12 - 1e-11 * gate}
    table |= {"conservation_error": 1e-14, "current_left [A]": table["current [A]"], "current_right [A]": -1e-12}
    table["current_top [A]"] = -table["current_left [A]"] + 1e-12
    described = {"type": "file", "symmetry": "planar", "mouths": None, "terminals": ["left", "right", "top"]} | geometry
    labels = {f"current_{name} [A]": {"label": f"current at {name}"} for name in described["terminals"]}
    run = {
        "title": "Junction",
        "case_name": "junction",
        "case": {"study": {"type": "sweep"}},
        "driven_terminal": "left",
        "columns": {"observables.csv": labels},
        "geometry": described,
    }
    return Result(None, run, pd.DataFrame(table))


def test_what_is_swept_is_the_abscissa_and_the_first_column() -> None:
    """The bias is that of another terminal, and the same at every point."""
    result = junction()
    assert result.inner == SWEPT
    assert result.describe(1) == "potential at top = 0.1 V"
    lines = result_table(result).splitlines()
    assert lines[2].split("  ")[0] == "potential at top"
    assert [line.split()[0] for line in lines[4:7]] == ["-0.1", "0", "0.1"]
    assert draw_figures(result, ["sweep"])["sweep"].axes[0].get_xlabel().startswith("potential at top")


def test_every_terminal_is_in_the_table_and_the_figure() -> None:
    text = result_table(junction())
    for name in ("left", "right", "top"):
        assert f"current at {name}" in text
    assert text.count("[pA]") == 3, "in one unit"
    axes = draw_figures(junction(), ["terminals"])["terminals"].axes[0]
    assert axes.get_legend() is None
    names = [line.get_label() for line in axes.lines if not str(line.get_label()).startswith("_")]
    assert names == ["left", "right", "top"]
    assert "terminals" not in draw_figures(junction(terminals=["left", "right"])), "one is the opposite of the other"


def square(low: float) -> State:
    """Two triangles of a square of 1 um with its lower edge at `low`."""
    points = np.array([[0.0, low], [1e-6, low], [1e-6, low + 1e-6], [0.0, low + 1e-6]])
    return State(points, np.array([[0, 1, 2], [0, 2, 3]]), {"salt": np.ones(4)})


def test_a_whole_planar_device_is_drawn_as_it_is() -> None:
    """Also where its lower edge is at y = 0; a half is mirrored, and its mid-plane is no wall."""
    metre = engineering([1.0], "m")
    for low, mirrored, edges in ((0.0, False, 4), (-0.5e-6, False, 4), (0.0, True, 6)):
        view = choose_view(junction(mirrored=mirrored), square(low), "device")
        assert view.mirrored == mirrored
        assert view.box[2] == (-1e-6 if mirrored else low)
        axes = Figure().subplots()
        draw_walls(axes, square(low), view, metre, metre)
        assert len(axes.collections[0].get_segments()) == edges
