"""Tables of a synthetic result: loading, choosing points, units, comparison with expected numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from postprocess.tables.columns import rectification
from postprocess.tables.error_lines import error_lines
from postprocess.tables.expected import compare
from postprocess.tables.expected_table import expected_table
from postprocess.tables.result import load
from postprocess.tables.result_table import result_table
from postprocess.tables.run_summary import run_summary
from postprocess.tables.sensitivities import elasticities, sensitivity_table
from solver.results.directory import ResultDirectory
from solver.results.rows import ResultError
from tests.support.synthetic import ADAPTATION, BIAS, write_result, write_sensitivities

SALT = "electrolyte.concentration [mol/m^3]"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("sweep") / "r", fields=())


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("nested") / "r", (0.0, 1.0, -1.0), (1.0, 100.0), fields=())


def test_labels_of_columns_are_those_of_the_run_or_their_names(nested: Path) -> None:
    result = load(nested)
    assert result.label("flow_rate [m^3/s]") == "flow rate"
    columns = {"observables.csv": {"flow_rate [m^3/s]": {"label": "volume flow", "description": "..."}}}
    described = replace(result, run={**result.run, "columns": columns})
    assert described.label("flow_rate [m^3/s]") == "volume flow"
    assert described.label(SALT) == "concentration"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sweep with errors: 0.2 % at -1 V."""
    return write_result(tmp_path_factory.mktemp("measured") / "r", fields=(), error=2e-3, adaptation=ADAPTATION)


def test_load(sweep: Path) -> None:
    result = load(sweep)
    assert result.parameters == [BIAS]
    assert (result.inner, result.outer) == ("bias [V]", None)
    assert list(result.curves()[0].points["bias [V]"]) == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert len(result.profiles) == 5 * 81


def test_load_nested(nested: Path) -> None:
    result = load(nested)
    assert (result.inner, result.outer) == ("bias [V]", SALT)
    assert [curve.label for curve in result.curves()] == ["concentration = 1 mM", "concentration = 100 mM"]
    assert result.extremes(range(6)) == [2, 1, 5, 4]


def test_load_of_a_run_in_progress(sweep: Path, tmp_path: Path) -> None:
    results = ResultDirectory(tmp_path)
    results.start({"study": {"type": "sweep"}})
    with pytest.raises(ResultError, match=r"has no complete point \(status running\)"):
        load(tmp_path)
    torn = (sweep / "observables.csv").read_text()[:-30]
    (tmp_path / "observables.csv").write_text(torn)
    assert len(load(tmp_path).observables) == 4
    (tmp_path / "observables.csv").write_text("point,current\n1,2\n")
    with pytest.raises(ResultError, match=r"has no column 'bias \[V\]'"):
        load(tmp_path)
    with pytest.raises(ResultError, match="does not exist"):
        load(tmp_path / "nothing")


def test_results_of_earlier_versions_that_a_signal_has_ended_are_interrupted(tmp_path: Path) -> None:
    for message, status in (
        ("interrupted by SIGTERM; --resume goes on from here", "interrupted"),
        ("MeshError", "failed"),
    ):
        folder = tmp_path / status
        results = ResultDirectory(folder)
        results.start({"study": {"type": "sweep"}})
        results.add_point({"point": 0, "bias [V]": 1.0, "current [A]": 1e-9})
        results.fail(message)
        assert load(folder).run["status"] == status


def test_the_type_of_study_is_the_one_in_run_json(tmp_path: Path) -> None:
    """Columns that look like those of a transient do not make one."""
    results = ResultDirectory(tmp_path / "sweep")
    results.start({"study": {"type": "sweep"}})
    results.add_point({"point": 0, "time [s]": 0.0, "bias [V]": 1.0, "current [A]": 1e-9})
    result = load(tmp_path / "sweep")
    assert (result.study, result.transient, result.inner, result.driven) == ("sweep", False, "time [s]", [])
    ResultDirectory(tmp_path / "none").start({})
    with pytest.raises(ResultError, match=r"run\.json names no type of study \(case\.study\.type\)"):
        load(tmp_path / "none")


def test_select(sweep: Path, nested: Path) -> None:
    result = load(sweep)
    assert result.select(["1 V", "-500 mV", "point=0", "bias=1"]) == [2, 3, 0]
    assert result.select(["terminals.base.potential = 0 V"]) == [0]
    with pytest.raises(ResultError, match=r"nothing at '0\.2 V'; there is bias = 0 V; bias = 500|0\.5 V"):
        result.select(["0.2 V"])
    with pytest.raises(ResultError, match="'1 A': '1 A' is not a quantity in V"):
        result.select(["1 A"])
    with pytest.raises(ResultError, match="'volts' is no parameter of this result; there are point, bias"):
        result.select(["volts=1"])
    with pytest.raises(ResultError, match=r"nothing at '1 V'; there is bias = 0 V$"):
        result.select(["1 V"], among=[0])
    result = load(nested)
    assert result.select(["1 V"]) == [1, 4], "an inner value without an outer one: all curves"
    assert result.select(["bias=1 V, concentration=100 mM"]) == [4]
    assert result.describe(4) == "bias = 1 V, concentration = 100 mM"


def test_rectification(nested: Path) -> None:
    pairs = rectification(load(nested).observables)
    assert list(pairs[SALT]) == [1.0, 100.0]
    assert (pairs["larger"] == "negative").all()
    assert pairs["ratio"].iloc[0] > pairs["ratio"].iloc[1] > 1.0


def test_result_table(sweep: Path) -> None:
    lines = result_table(load(sweep)).splitlines()
    assert lines[0] == "cone: Conical nanopore (complete, 5 points, 1 rank, 2.5 s)"
    heads = "bias current flow rate conductance rectification"
    assert lines[2].split() == heads.split()
    assert lines[3].split() == ["[V]", "[nA]", "[fL/s]", "[nS]", "|I(-V)|/|I(V)|"]
    assert lines[4].split() == ["-1", "-2.0784", "-11.523", "2.0784"]
    zero = next(line.split() for line in lines[4:] if line.split()[0] == "0")
    assert zero == ["0", "0", "0"], "no relative error of a zero"
    assert lines[-1].split() == ["1", "0.92158", "8.4768", "0.92158", "2.2553"]
    assert len({len(line) - len(line.lstrip()) for line in lines[4:]}) <= 3, "aligned"


def test_result_table_nested_and_thinned(nested: Path, tmp_path: Path) -> None:
    text = result_table(load(nested))
    assert "concentration = 1 mM\n" in text
    assert "concentration = 100 mM\n" in text
    many = write_result(tmp_path / "many", [i / 100 for i in range(-100, 101)], fields=())
    text = result_table(load(many))
    assert "every 3rd of 201 points" in text
    assert 60 < len(text.splitlines()) < 80
    rows = [line.split()[0] for line in text.splitlines()[4:-2]]
    assert {"-1", "0", "1"} <= set(rows)


def test_concentration_sweep_shows_parameter_and_bias(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.1,), (0.01, 1.0, 1000.0), inner="concentration", fields=())
    result = load(path)
    assert result.inner == SALT
    lines = result_table(result).splitlines()
    assert lines[2].split()[:2] == ["concentration", "bias"]
    assert lines[3].split()[:2] == ["[mM]", "[V]"]


def test_run_summary(sweep: Path) -> None:
    text = run_summary(load(sweep))
    assert "dolfinx 0.9.0" in text
    assert "compile" in text
    assert "peak memory 210 MB" in text


def test_expected(sweep: Path, tmp_path: Path) -> None:
    result = load(sweep)
    assert expected_table(result) == ""
    file = tmp_path / "expected.csv"
    file.write_text(
        "quantity,bias [V],value,tolerance,source\n"
        'current,1 V,0.92 nA,0.5 %,"paper, Fig. 2"\n'
        "current [A],1,0.92e-9,0.001,paper\n"
        "current,0,0,1e-15 absolute,symmetry\n"
        "rectification_ratio,1,2.2552,0.0001,this\n"
        "conservation_error,,< 1e-8,,\n"
        "salt_mean_ratio,-1,> 1.2,,\n"
        "salt_mean_ratio,,> 1,,worst of all points\n"
        "current,0.7,1,1 %,no such point\n"
    )
    table = compare(result, file)
    assert list(table["passed"]) == [True, False, True, True, True, True, False, False]
    assert table["deviation"].iloc[1] == pytest.approx(0.0017211, rel=1e-4)
    assert table["value"].iloc[6] == pytest.approx(1.0 - 0.5 * 0.76159, rel=1e-4)
    (result.path / "expected.csv").write_text(file.read_text())
    text = expected_table(result)
    (result.path / "expected.csv").unlink()
    assert text.startswith("5 of 8 expected numbers met")
    assert "no such point" in text
    assert "0.17 % of 0.1 %" in text


def test_expected_fields_of_the_middle(sweep: Path) -> None:
    """The mid-channel field is the slope of the averaged potential there, here of a line."""
    result = load(sweep)
    result.profiles["potential [V]"] = 0.3 - 2e5 * result.profiles["axial_position [m]"]
    file = sweep.parent / "field.csv"
    file.write_text(
        "quantity,bias [V],value,tolerance,source\n"
        "mid_channel_field,1,2e5,1e-9,\n"
        "current_per_field,1,4.607917e-15,1e-4,\n"
    )
    assert list(compare(result, file)["passed"]) == [True, True]


def test_expected_field_and_salt_gradient(sweep: Path) -> None:
    """Currents that are linear in field and salt gradient give their coefficients back, also when both drive."""
    result = load(sweep)
    points = result.observables["point"]
    field, gradient = 1e4 * (points - 3.0), 50.0 * (points % 3)
    z = result.profiles["axial_position [m]"]
    at = result.profiles["point"].astype(int)
    result.profiles["virtual_potential [V]"] = -at.map(dict(zip(points, field, strict=True))) * z
    result.profiles["virtual_salt [mol/m^3]"] = np.exp(-at.map(dict(zip(points, gradient, strict=True))) * z)
    result.observables["current [A]"] = 3e-15 * field - 2e-12 * gradient
    file = sweep.parent / "gradients.csv"
    file.write_text(
        "quantity,value,tolerance,source\n"
        "current_per_field_alone,3e-15,1e-6,\n"
        "current_per_salt_gradient,-2e-12,1e-6,\n"
        "flow_rate_per_salt_gradient,> -1,,a number\n"
    )
    assert list(compare(result, file)["passed"]) == [True, True, True]
    result.profiles["virtual_salt [mol/m^3]"] = 1.0
    assert not compare(result, file)["passed"].any()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("voltage,,1,1 %,", r"expected\.csv:2: unknown quantity 'voltage'"),
        ("current,,1 V,1 %,", r"expected\.csv:2: '1 V' is not a quantity in A"),
        ("current,,1,about,", r"expected\.csv:2: 'about' is not a tolerance; write e\.g\. '3 %'"),
        ("current,,0,1 %,", r"expected\.csv:2: a relative tolerance of 0"),
        ("current,one,1,1 %,", r"expected\.csv:2: 'one' is not a quantity in V"),
    ],
)
def test_expected_errors(sweep: Path, tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "expected.csv"
    file.write_text(f"quantity,bias [V],value,tolerance,source\n{line}\n")
    with pytest.raises(ResultError, match=message):
        compare(load(sweep), file)


def test_result_table_with_errors(measured: Path) -> None:
    lines = result_table(load(measured)).splitlines()
    assert lines[4].split() == ["-1", "-2.078(5)", "-11.52(5)", "2.078(5)"]
    assert lines[6].split() == ["0", "0", "0"], "no digits of a zero"
    assert lines[8].split() == ["1", "0.9216(8)", "8.48(4)", "0.9216(8)", "2.255(5)"]
    assert len({line.index(".", 6) for line in (lines[4], lines[5], lines[7], lines[8])}) == 1, "on the decimal point"
    verbose = result_table(load(measured), verbose=True).splitlines()
    assert verbose[4].split() == ["-1", "-2.078(5)", "3e-12", "-11.52(5)", "2e-13", "2.078(5)"]
    assert lines[10:] == [
        "numbers in parentheses: error of the last digits",
        "largest error of the current 0.21 % at bias = -1 V",
        "larger reservoirs would change the current by up to 0.24 % at bias = 0.5 V; not part of its error",
        "mesh adapted for the current to 0.1 %: reached 0.074 % with 61300 unknowns after 4 meshes",
    ]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_columns_without_room_follow_below(tmp_path: Path, width: int) -> None:
    path = write_result(
        tmp_path / "r", (-0.5, 0.5, -1.0, 1.0), (0.01, 1.0, 1000.0), inner="concentration", fields=(), error=1e-6
    )
    lines = result_table(load(path), width=width, verbose=True).splitlines()
    tables = lines[2 : lines.index("numbers in parentheses: error of the last digits")]
    assert max(map(len, tables)) <= width
    heads = [line.split() for line in tables if line.split()[:1] == ["concentration"] and "bias" in line]
    assert all(head[:2] == ["concentration", "bias"] for head in heads), "what a row is comes first"
    shown = " ".join(word for head in heads[: len(heads) // 4] for word in head[2:])
    assert shown == "current conservation flow rate conservation conductance"


def test_conservation_that_is_bad_is_shown_unasked(sweep: Path) -> None:
    result = load(sweep)
    result.observables.loc[1, "conservation_error"] = 4e-7
    lines = result_table(result).splitlines()
    assert "conservation" in lines[2]
    assert lines[-1] == "conservation error up to 4e-07 of the current at bias = 0.5 V"


def test_error_lines_of_partial_results(sweep: Path, measured: Path) -> None:
    assert error_lines(load(sweep)) == [], "an older result says nothing about errors"
    result = load(measured)
    result.observables["current_reservoir_error [A]"] = np.nan
    result.observables.loc[2:, "current_error [A]"] = np.nan
    result.run["mesh"]["adaptation"] = {"tolerance": 1e-4, "reached": False, "goal": "flow_rate", "steps": []}
    assert error_lines(result) == [
        "largest error of the current 0.12 % at bias = 0.5 V",
        "mesh adapted for the flow rate to 0.01 %: NOT reached",
    ]
    cells = [line.split()[1] for line in result_table(result).splitlines()[4:9]]
    assert cells == ["-2.0784", "-0.97848", "0", "0.5215(6)", "0.92158"], "values without an error stand alone"


def test_run_summary_has_errors_but_no_raw_data(measured: Path) -> None:
    text = run_summary(load(measured))
    assert "mesh      cells 5000\n" in text
    assert "largest error of the current 0.21 % at bias = -1 V\n" in text
    assert "reached 0.074 % with 61300 unknowns" in text
    assert "{" not in text


def test_expected_with_errors(measured: Path, tmp_path: Path) -> None:
    """Errors are told beside the verdict, which goes by the tolerance alone."""
    result = load(measured)
    file = measured / "expected.csv"
    file.write_text(
        "quantity,bias [V],value,tolerance,source\n"
        "current,1,0.9220e-9,0.1 %,\n"
        "current,1,0.9200e-9,0.1 %,\n"
        "current,-1,-2.0500e-9,0.1 %,\n"
        "rectification_ratio,1,2.2552,0.0001,\n"
        "conservation_error,,< 1e-8,,\n"
    )
    table = compare(result)
    text = expected_table(result)
    file.unlink()
    assert list(table["passed"]) == [True, False, False, True, True]
    assert list(table["covered"]) == [True, True, False, True, True]
    assert table["error"].iloc[0] == pytest.approx(0.9216e-9 * 2e-3 * 0.6 / 1.4, rel=1e-3)
    assert table["error"].iloc[3] == pytest.approx(rectification(result.observables)["ratio_error"].iloc[1])
    assert np.isnan(table["error"].iloc[4])
    lines = [line.split("  ") for line in text.splitlines()]
    assert "our error" in text.splitlines()[1]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines[2:6]]
    covered = [(line[0], line[-1]) for line in cells]
    assert covered == [("ok", "our error"), ("FAILED", "error + tolerance"), ("FAILED", "nothing"), ("ok", "our error")]
    assert "9.216(8)e-10" in text


def test_sensitivity_table(measured: Path, tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", fields=())
    assert sensitivity_table(load(path)) == ""
    write_sensitivities(path, {0: 0.0, 1: 0.5, 2: 1.0, 4: -1.0})
    current, flow = elasticities(load(path))
    assert (current.goal, flow.goal) == ("current", "flow rate")
    assert current.points == [4, 2], "the extreme points only"
    assert current.table.loc["electrolyte.concentration", 4] == pytest.approx(0.22)
    assert current.table.index[0] == "terminals.base.potential", "what matters most comes first"
    assert current.table.index[-1] == "electrolyte.viscosity"
    assert current.values["terminals.base.potential"] == "", "it differs between the points"
    lines = sensitivity_table(load(path)).splitlines()
    assert lines[1].split() == ["parameter", "value", "bias", "=", "−1", "V", "bias", "=", "1", "V"]
    assert lines[4].split() == ["walls.channel.surface_charge", "-20", "mC/m²", "0.700", "0.400"]
    assert run_summary(load(path)).endswith("\n".join(lines))


def test_sensitivities_of_a_zero_and_of_a_broken_file(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", (0.0,), fields=())
    write_sensitivities(path, {0: 0.0})
    assert elasticities(load(path)) == [], "a current that is zero has no elasticity"
    (path / "sensitivities.csv").write_text("point,parameter,goal\n0,geometry.length,current\n")
    with pytest.raises(ResultError, match=r"sensitivities\.csv has no column 'elasticity'"):
        run_summary(load(path))
