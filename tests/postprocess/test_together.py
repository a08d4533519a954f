"""Several results in one figure: names that say what differs, curves of all, measured ones over them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from postprocess.figures.plot import draw_figures, makers, plot
from postprocess.tables.curve_files import read_curves
from postprocess.tables.differences import names_of
from postprocess.tables.reference import reference_of, with_measured
from postprocess.tables.result import Result, load
from postprocess.tables.together import WHICH, together
from solver.results.rows import ResultError
from tests.support.synthetic import write_result

BIAS, CURRENT = "bias [V]", "current [A]"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return load(write_result(tmp_path_factory.mktemp("together") / "cone", (0.0, 1.0, -1.0), fields=()))


def of_case(result: Result, factor: float = 1.0, **case: Any) -> Result:
    """The result with other entries of its case, and currents of another size."""
    table = result.observables.assign(**{CURRENT: factor * result.observables[CURRENT]})
    return replace(result, observables=table, run={**result.run, "case": {**result.run["case"], **case}})


def charged(result: Result, charge: float, factor: float = 1.0, **case: Any) -> Result:
    return of_case(result, factor, walls={"channel": {"surface_charge": charge}}, **case)


def test_names_say_what_differs(result: Result) -> None:
    one, other = charged(result, -0.01), charged(result, -0.02)
    assert names_of([one, other]) == ["surface charge −0.01", "surface charge −0.02"]
    both = [of_case(one, mesh={"axial_cells": 8}), of_case(other, mesh={"axial_cells": 16})]
    assert names_of(both) == names_of([one, other])  # the device matters, not the mesh
    assert names_of([of_case(one, mesh={"n": 8}), of_case(one, mesh={"n": 16})]) == ["n 8", "n 16"]
    gate = of_case(one, walls={"channel": {"surface_charge": -0.01, "stern": {"capacitance": 1.0}}})
    assert names_of([one, gate]) == ["no stern", "with stern"]
    assert names_of([one, one]) == ["1: cone", "2: cone"]
    many = [of_case(one, geometry=dict.fromkeys("abcd", i)) for i in range(2)]
    assert names_of(many)[1] == "a 1, b 1, c 1, …"


def test_results_that_differ_in_a_number_are_a_sweep_of_it(result: Result) -> None:
    found = together([charged(result, -0.01), charged(result, -0.02, 2.0)])
    assert found.outer == "walls.channel.surface_charge"
    assert [curve.value for curve in found.curves()] == [-0.01, -0.02]
    assert np.ptp(found.observables["point"]) == 5
    sheet = draw_figures(found, ["current_voltage"])["current_voltage"]
    first, second = sheet.axes[0].lines[:2]
    assert second.get_ydata() == pytest.approx(2.0 * first.get_ydata())
    assert [line.get_label() for line in (first, second)] == ["−0.01", "−0.02"]
    assert len(sheet.axes[1].lines[0].get_xdata()) == 1  # the ratio of each curve alone


def test_results_that_differ_in_more_are_named_curves(result: Result) -> None:
    found = together([charged(result, -0.01, geometry={"radius": 5}), charged(result, -0.02, geometry={"radius": 9})])
    assert found.outer == WHICH
    assert [curve.short for curve in found.curves()] == [
        "surface charge −0.01, radius 5",
        "surface charge −0.02, radius 9",
    ]
    assert "sensitivities" not in makers(found)
    with pytest.raises(ResultError, match="of a single result"):
        draw_figures(found, ["sensitivities"])


def test_what_does_not_fit_together_is_said(result: Result) -> None:
    transient = replace(result, run={**result.run, "case": {"study": {"type": "transient"}}})
    with pytest.raises(ResultError, match=r"cannot be in one figure: .*'bias \[V\]' \(sweep\).*'time \[s\]'"):
        together([result, transient])


def test_measured_curves_have_bars_of_their_deviations(result: Result, tmp_path: Path) -> None:
    file = tmp_path / "iv.csv"
    file.write_text("V / mV,I (nA),sd [pA]\n-1000,-2,300\n1000,0.7,100\n")
    found = read_curves(file, result)
    assert found.notes == ()
    assert found.table["current_error [A]"].tolist() == pytest.approx([3e-10, 1e-10])
    sheet = draw_figures(with_measured(result, file), ["current_voltage"])["current_voltage"]
    (line,) = [line for line in sheet.axes[0].lines if line.get_label() == "measured"]
    assert list(line.get_ydata()) == pytest.approx([-2.0, 0.7])
    bars = [bar for each in sheet.axes[0].collections for bar in each.get_segments()]
    assert [abs(bar[1, 1] - bar[0, 1]) for bar in bars[-2:]] == pytest.approx([0.6, 0.2])


def test_measured_files_of_equal_names_and_labels_are_apart(result: Result, tmp_path: Path) -> None:
    files = []
    for day, labels in (("monday", ("a", "b")), ("tuesday", ("a", ""))):
        (tmp_path / day).mkdir()
        files.append(tmp_path / day / "iv.csv")
        files[-1].write_text("V [V],I [nA],label\n" + "".join(f"1,0.7,{label}\n" for label in labels))
    found = reference_of(with_measured(result, *files, files[0]))
    assert found.table["label"].tolist() == ["monday/iv: a", "b", "tuesday/iv: a", "tuesday/iv"]


def test_references_of_several_results_are_all_drawn(result: Result, tmp_path: Path) -> None:
    parts = []
    for i, (charge, current) in enumerate([(-0.01, 1), (-0.02, 2), (-0.03, 2)]):
        folder = tmp_path / str(i)
        folder.mkdir()
        (folder / "reference.csv").write_text(f"V [V],I [nA]\n1,{current}\n")
        part = charged(result, charge)
        parts.append(replace(part, path=None, run={**part.run, "case_directory": str(folder)}))
    found = reference_of(together(parts)).table
    assert found[CURRENT].tolist() == pytest.approx([1e-9, 2e-9])  # the last two have the same
    assert found["label"].tolist() == [
        "reference, surface charge −0.01",
        "reference, surface charge −0.02; surface charge −0.03",
    ]
    assert reference_of(together(parts[1:])).table["label"].tolist() == ["reference"]


def test_profiles_of_several_results_say_what_is_left_out_and_show_mouths_that_all_have(result: Result) -> None:
    def dotted(parts: list[Result]) -> int:
        return sum(line.get_linestyle() == ":" for line in draw(parts).axes[0].lines)

    def draw(parts: list[Result]) -> Any:
        return draw_figures(together(parts), ["profiles"])["profiles"]

    parts = [mouths_at(charged(result, -0.01 * i), 0.1, 0.9) for i in (1, 2, 3)]
    assert dotted(parts) == 2
    assert dotted([*parts[:2], mouths_at(parts[2], 0.1, 0.8)]) == 0
    assert draw(parts).remark == "not shown: surface charge of channel = −0.02"
    assert draw(parts).below.get_title().get_text() == draw(parts).remark  # the legend does not cover it
    assert draw(parts[:2]).remark == ""


def mouths_at(result: Result, *places: float) -> Result:
    """The result with mouths at parts of its length."""
    geometry = {**result.geometry, "mouths": [place * result.geometry["length"] for place in places]}
    return replace(result, run={**result.run, "geometry": geometry})


def test_files_of_several_results_go_beside_them(result: Result, tmp_path: Path) -> None:
    folders = []
    for i, charge in enumerate((-0.01, -0.02)):
        folders.append(write_result(tmp_path / f"r{i}", (0.0, 1.0, -1.0), fields=()))
        run = json.loads((folders[-1] / "run.json").read_text())
        run["case"]["walls"] = {"channel": {"surface_charge": charge}}
        (folders[-1] / "run.json").write_text(json.dumps(run))
    assert plot(folders, names=["flow_rate"]) == [tmp_path / "figures" / "r0-r1-flow_rate.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "it is empty"), ("bias [V],noise [pA]\n1,1\n", "nothing is drawn"), (None, "no such file")],
)
def test_a_measurement_of_which_nothing_is_drawn_is_refused(
    result: Result, tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "iv.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ResultError, match=message):
        with_measured(result, file)
