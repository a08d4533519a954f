"""Tables of a synthetic result: loading, choosing points, units, comparison with expected numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import BIAS, write_result

from postprocess.tables import ResultError, compare, expected_table, load, rectification, result_table, run_summary
from solver.results import ResultDirectory

SALT = "electrolyte.concentration [mol/m^3]"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("sweep") / "r", fields=())


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("nested") / "r", (0.0, 1.0, -1.0), (1.0, 100.0), fields=())


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
    results.start({})
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
    heads = "bias current conservation flow rate conservation rectification conservation"
    assert lines[2].split() == heads.split()
    assert lines[3].split() == ["[V]", "[nA]", "error", "[fL/s]", "error", "|I(-V)|/|I(V)|", "error"]
    assert lines[4].split() == ["-1", "-2.0784", "3e-12", "-11.523", "2e-13"]
    zero = next(line.split() for line in lines[4:] if line.split()[0] == "0")
    assert zero == ["0", "0", "0"], "no relative error of a zero"
    assert lines[-1].split() == ["1", "0.92158", "3e-12", "8.4768", "2e-13", "2.2553", "6e-12"]
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
