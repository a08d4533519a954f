"""Results as a notebook has them, from synthetic result directories: tables, case, fields, figures, pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nanochannel as nc
from postprocess.tables.result_table import result_table
from tests.support.synthetic import write_result, write_sensitivities
from tests.support.synthetic_time import write_cycles, write_impedance

pytestmark = pytest.mark.serial  # its subject has no ranks


@pytest.fixture(scope="module")
def cone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_result(tmp_path_factory.mktemp("cone") / "r", error=2e-3)
    write_sensitivities(path, {0: 0.0, 2: 1.0})
    return path


def test_tables_are_those_of_the_files(cone: Path) -> None:
    result = nc.open_result(cone)
    pd.testing.assert_frame_equal(result.table, pd.read_csv(cone / "observables.csv"))
    pd.testing.assert_frame_equal(result.profiles, pd.read_csv(cone / "profiles.csv"))
    pd.testing.assert_frame_equal(result.sensitivities, pd.read_csv(cone / "sensitivities.csv"))
    assert result.summary == json.loads((cone / "summary.json").read_text())
    assert result.path == cone


def test_columns_by_header_or_name(cone: Path) -> None:
    result = nc.open_result(cone)
    np.testing.assert_array_equal(result["current [A]"], result.table["current [A]"])
    np.testing.assert_array_equal(result["current"], result.table["current [A]"])
    with pytest.raises(KeyError, match=r"no column 'curent \[A\]'; did you mean 'current \[A\]'"):
        result["curent [A]"]


def test_errors_are_those_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(nc.ResultError, match="does not exist"):
        nc.open_result(tmp_path / "nothing")


def test_it_shows_its_table(cone: Path, tmp_path: Path) -> None:
    result = nc.open_result(cone)
    assert repr(result) == result_table(result)
    page = result._repr_html_()
    for text in (
        "Conical nanopore (complete, 5 points",
        "<th>current [A]</th>",
        "<th>current_error [A]</th>",
        "-2.0784e-09",
    ):
        assert text in page
    assert "step_events" not in page, "the main columns only"
    assert "<th>impedance_imaginary [ohm]</th>" in nc.open_result(write_impedance(tmp_path / "z"))._repr_html_()
    many = nc.open_result(write_cycles(tmp_path / "t"))
    assert many._repr_html_().count("<tr") < 30 < len(many.table)


def test_fields_are_datasets_by_point(cone: Path, tmp_path: Path) -> None:
    fields = nc.open_result(cone).fields
    assert list(fields) == [0, 2, 4]
    assert repr(fields) == "Fields(points 0, 2, 4)"
    assert set(fields[2].point_data) >= {"salt", "potential", "velocity"}
    assert fields[2]["potential"].max() == pytest.approx(1.0, abs=0.1)
    with pytest.raises(
        KeyError, match=r"no fields of point 1; there are those of 0, 2, 4; 'outputs\.fields: all' keeps"
    ):
        fields[1]
    none = nc.open_result(write_result(tmp_path / "r", fields=())).fields
    assert (len(none), repr(none)) == (0, "Fields(points none)")


def test_figures_are_returned_and_shown(cone: Path, tmp_path: Path) -> None:
    result = nc.open_result(cone)
    before = sorted(path.name for path in cone.iterdir())
    drawings = result.plot()
    assert list(drawings) == ["current_voltage", "flow_rate", "profiles", "sensitivities"]
    assert drawings["current_voltage"].axes[0].get_xlabel() == "bias [V]"
    page = drawings._repr_html_()
    assert page.count('<img alt="') == page.count('src="data:image/png;base64,iVBOR') == 4
    assert list(result.plot("profiles", "error")) == ["profiles", "error"], "in the order asked for"
    assert sorted(path.name for path in cone.iterdir()) == before, "nothing is written unless a place is given"
    result.plot("error", out=tmp_path / "paper")
    assert [path.name for path in (tmp_path / "paper").iterdir()] == ["error.png"]
    with pytest.raises(
        nc.ResultError, match="there is no figure 'loops' of this result; there are current_voltage, flow_rate"
    ):
        result.plot("loops")
    with pytest.raises(nc.ResultError, match="this result has nothing for the figure 'adaptation'"):
        result.plot("adaptation")
    with pytest.raises(KeyError, match="there is no figure 'iv'; there are current_voltage"):
        drawings["iv"]


def test_pictures_are_returned_and_written_on_demand(cone: Path, tmp_path: Path) -> None:
    result = nc.open_result(cone)
    assert list(result.render("salt", "1 V")) == ["salt-1V"]
    (picture,) = result.render("salt", ["-1 V", "1 V"], window="tip", out=tmp_path / "tip.png").values()
    assert [axes.get_title() for axes in picture.axes[:2]] == ["bias = −1 V", "bias = 1 V"]
    assert [path.name for path in tmp_path.iterdir()] == ["tip.png"]
    assert not (cone / "pictures").exists()
    assert result.movie(tmp_path / "sweep.gif", "salt") == tmp_path / "sweep.gif"
    assert (tmp_path / "sweep.gif").read_bytes().startswith(b"GIF")


def test_it_writes_its_report(cone: Path, tmp_path: Path) -> None:
    result = nc.open_result(cone)
    assert result.report(tmp_path / "cone.html") == tmp_path / "cone.html"
    assert "Conical nanopore" in (tmp_path / "cone.html").read_text(encoding="utf-8")
    in_memory = replace(result, path=None)
    with pytest.raises(nc.ResultError, match="say where the report goes"):
        in_memory.report()


def test_others_and_measurements_are_in_its_figures(cone: Path, tmp_path: Path) -> None:
    result = nc.open_result(cone)
    (tmp_path / "iv.csv").write_text("V [mV],I [nA]\n500,0.4\n")
    drawn = result.plot("current_voltage", others=[result], measured=tmp_path / "iv.csv")["current_voltage"]
    assert [line.get_label() for line in drawn.axes[0].lines[:3]] == ["1: r", "2: r", "measured"]
