"""Figures and summaries of campaigns, from tables that no campaign has computed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from postprocess.figures.campaign import draw_campaign, plot_campaign
from postprocess.tables.campaign import CampaignTables
from solver.results.rows import ResultError

LENGTH, CHARGE, BIAS = "geometry.length [m]", "walls.channel.surface_charge [C/m^2]", "bias [V]"
LENGTHS, CHARGES = (0.25e-6, 0.5e-6, 1e-6), (-2e-3, -1e-3)


def tables(points: list[tuple[float, float]], spacing: str = "listed") -> CampaignTables:
    """Two biases of each point (length, charge), whose current is bias times charge over length, in nA."""
    entries: list[dict[str, Any]] = [
        {"key": "geometry.length", "header": LENGTH, "unit": "m", "written": "um", "spacing": spacing, "values": [1, 2]},
        {"key": "walls.channel.surface_charge", "header": CHARGE, "unit": "C/m^2", "written": "mC/m^2",
         "spacing": "listed", "values": [1, 2]},
    ]  # fmt: skip
    rows = [
        {"number": n, LENGTH: length, CHARGE: charge, "point": i, "terminals.base.potential [V]": bias, BIAS: bias,
         "current [A]": 1e-12 * bias * charge / length, "current_error [A]": 1e-10}
        for n, (length, charge) in enumerate(points, 1) for i, bias in enumerate((-1.0, 1.0))
    ]  # fmt: skip
    summary = [
        {"number": n, LENGTH: length, CHARGE: charge, "status": "complete", "rectification_ratio": 1e6 * length}
        for n, (length, charge) in enumerate(points, 1)
    ]
    description = {"title": "Lengths", "parameters": entries}
    return CampaignTables(Path("out"), description, pd.DataFrame(rows), pd.DataFrame(summary))


GRID = tables(list(itertools.product(LENGTHS, CHARGES)))


def test_curves_against_one_parameter_have_one_for_each_value_of_the_other() -> None:
    (axes,) = draw_campaign(GRID).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("length [µm]", "current [nA]")
    lines = [line for line in axes.lines if line.get_label()[0] != "_"]
    assert [line.get_label() for line in lines] == ["−2 mC/m²", "−1 mC/m²"]
    assert list(lines[0].get_xdata()) == pytest.approx([0.25, 0.5, 1.0])
    assert list(lines[0].get_ydata()) == pytest.approx([-8.0, -4.0, -2.0])


def test_values_within_points_are_chosen() -> None:
    sheet = draw_campaign(GRID, against=["surface_charge"], at=["-1 V", "length = 0.5 um"])
    assert sheet.title == "Lengths, bias = −1 V"
    (line,) = [line for line in sheet.axes[0].lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"]
    assert list(line.get_ydata()) == pytest.approx([4.0, 2.0])


def test_points_of_a_summary_are_chosen_too() -> None:
    sheet = draw_campaign(GRID, "rectification_ratio", ["length"], ["surface_charge=-1 mC/m^2"])
    (line,) = [line for line in sheet.axes[0].lines if line.get_marker() == "o"]
    assert list(line.get_ydata()) == pytest.approx([0.25, 0.5, 1.0])


def test_runs_in_time_are_drawn_at_their_ends_or_at_an_instant() -> None:
    rows = pd.DataFrame(
        {"number": n, LENGTH: length, CHARGE: -1e-3, "point": i, "time [s]": i * length, BIAS: 1.0, "current [A]": i * length}
        for n, length in enumerate(LENGTHS, 1) for i in range(5)
    )  # fmt: skip
    in_time = CampaignTables(GRID.path, GRID.description, rows, GRID.summary)
    sheet = draw_campaign(in_time)
    assert sheet.title == "Lengths, at the largest time of each point"
    assert list(sheet.axes[0].lines[0].get_ydata()) == pytest.approx([1.0, 2.0, 4.0])  # uA
    assert list(draw_campaign(in_time, at=["1.0001 us"]).axes[0].lines[0].get_ydata()) == pytest.approx([1.0] * 3)


def test_a_map_has_a_cell_for_every_point_and_tells_what_is_missing() -> None:
    axes, bar = draw_campaign(GRID, "rectification_ratio", ["length", "surface_charge"]).axes
    assert (axes.get_ylabel(), bar.get_ylabel()) == ("surface charge of channel [mC/m²]", "rectification ratio")
    assert np.ravel(axes.collections[0].get_array()).tolist() == pytest.approx([0.25, 0.5, 1.0] * 2)
    lost = tables(list(itertools.product(LENGTHS, CHARGES))[:-1], spacing="logarithmic")
    sheet = draw_campaign(lost, "current", ["length", "surface_charge"])
    assert sheet.remark == "grey: 1 point without a number"
    assert sheet.axes[0].get_xscale() == "log"
    edges = sheet.axes[0].collections[0].get_coordinates()[0, :, 0]
    assert edges[1] == pytest.approx(np.sqrt(0.25 * 0.5))


def test_samples_are_points() -> None:
    sampled = tables([(1e-6, -1e-3), (1.3e-6, -1.7e-3), (1.9e-6, -1.2e-3)])
    sheet = draw_campaign(sampled)
    assert sheet.axes[0].lines[0].get_linestyle() == "None"
    assert "also varied: surface charge of channel" in sheet.remark
    axes, _ = draw_campaign(sampled, "current", ["length", "surface_charge"]).axes
    assert axes.collections[0].get_offsets()[:, 0].tolist() == pytest.approx([1.0, 1.3, 1.9])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"at": ["3 V"]}, "has nothing at '3 V'; there is −1 V, 1 V"),
        ({"quantity": "rectification_ratio", "at": ["1 V"]}, "'1 V': each point has one number of this"),
        ({"against": ["radius"]}, "the study does not vary 'radius'; it varies geometry.length, walls"),
        ({"quantity": "curent"}, "has no quantity 'curent'; did you mean 'current'?"),
        ({"against": ["length", "surface_charge"], "at": ["1 V", "-1 V"]}, "a map needs one value of all else"),
    ],
)
def test_what_is_not_there_is_told(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ResultError, match=told.replace("?", r"\?")):
        draw_campaign(GRID, **asked)


def test_a_file_is_named_by_the_quantity_without_its_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = GRID.table.rename(
        columns={"current [A]": "flow_rate [m^3/s]", "current_error [A]": "flow_rate_error [m^3/s]"}
    )
    monkeypatch.setattr("postprocess.figures.campaign.load_campaign", lambda path: replace(GRID, table=flow))
    assert plot_campaign(tmp_path, tmp_path / "f", "flow_rate [m^3/s]") == [tmp_path / "f" / "flow_rate.png"]
