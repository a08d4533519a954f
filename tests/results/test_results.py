"""The result directory: what is refused, what survives, what is continued."""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.analysis.rectification import rectification
from solver.results.columns import Column
from solver.results.directory import ResultDirectory
from solver.results.field_names import concentration_fields
from solver.results.rows import ResultError, read_run

CASE = {"title": "cone", "terminals": {"base": {"potential": 1.0}, "tip": {"potential": 0.0}}, "sizes": [1e-6, 5e-9]}


def row(point: int, bias: float, current: float = 1e-12) -> dict[str, object]:
    return {"point": point, "terminals.base.potential [V]": bias, "bias [V]": bias, "current [A]": current, "note": ""}


def profile(point: int) -> list[dict[str, object]]:
    return [{"point": point, "axial_position [m]": z, "salt [mol/m^3]": 1.0} for z in (0.0, 0.5e-6, 1e-6)]


def finished(path: Path, points: int = 3) -> ResultDirectory:
    results = ResultDirectory(path)
    results.start(CASE, title="cone")
    for point in range(points):
        results.add_point(row(point, 0.1 * point), profile(point), [{"point": point, "iteration": 0}])
    results.complete()
    return results


def snapshot(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_life_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "result"
    results = ResultDirectory(path)
    assert not path.exists(), "constructing writes nothing"
    results.start(CASE, title="cone", versions={"dolfinx": "0.9.0"}, ranks=np.int64(2))
    assert read_run(path)["status"] == "running"
    results.update(mesh={"cells": np.int32(7), "quality": np.float64("nan")})
    results.add_point(row(0, np.float64(0.1), np.float64(1) / 3), profile(0))
    assert (path / "observables.csv").read_text().splitlines()[1] == "0,0.1,0.1,0.3333333333333333,"
    results.complete(cost={"wall_time": 1.5})
    run = read_run(path)
    assert (run["status"], run["case"], run["ranks"]) == ("complete", CASE, 2)
    assert run["mesh"] == {"cells": 7, "quality": None}
    assert run["cost"]["wall_time"] == 1.5
    assert not list(path.glob(".*")), "no temporary files are left"


def test_columns_that_are_there_are_described_and_stay_so(tmp_path: Path) -> None:
    columns = {
        "observables.csv": {name: Column(name.split(" [")[0], "Text.") for name in ("bias [V]", "flow_rate [m^3/s]")},
        "profiles.csv": {"salt [mol/m^3]": Column("salt", "Text.")},
    }
    results = ResultDirectory(tmp_path)
    results.start(CASE, columns=columns)
    assert "columns" not in read_run(tmp_path)
    results.add_point(row(0, 0.1))
    described = {"observables.csv": {"bias [V]": {"label": "bias", "description": "Text."}}}
    assert read_run(tmp_path)["columns"] == described
    results.fail("interrupted")
    resumed = ResultDirectory(tmp_path, resume=True)
    resumed.start(CASE, columns=columns)
    resumed.add_point(row(1, 0.2), profile(1))
    described["profiles.csv"] = {"salt [mol/m^3]": {"label": "salt", "description": "Text."}}
    assert read_run(tmp_path)["columns"] == described


@pytest.mark.parametrize("points", [0, 3])
def test_existing_result_is_refused(tmp_path: Path, points: int) -> None:
    finished(tmp_path / "r", points)
    before = snapshot(tmp_path)
    with pytest.raises(ResultError, match=r"--resume continues it, --force replaces it, or choose another --out"):
        ResultDirectory(tmp_path / "r")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("option", [{}, {"resume": True}, {"force": True}])
def test_foreign_directory_is_always_refused(tmp_path: Path, option: dict[str, bool]) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ResultError, match="holds no result of nanochannel; choose another --out"):
        ResultDirectory(tmp_path, **option)
    assert (tmp_path / "thesis.tex").read_text() == "precious"


def test_odd_paths(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ResultError, match="is a file"):
        ResultDirectory(file)
    with pytest.raises(ResultError, match="exclude each other"):
        ResultDirectory(tmp_path / "r", resume=True, force=True)
    with pytest.raises(ResultError, match=r"cannot write .*run\.json: not a directory"):
        ResultDirectory(file / "below").start(CASE)
    (tmp_path / "mount").mkdir()
    (tmp_path / "mount" / ".gitkeep").write_text("")
    ResultDirectory(tmp_path / "mount").start(CASE)
    with pytest.raises(ResultError, match="does not exist"):
        read_run(tmp_path / "nothing")
    with pytest.raises(ResultError, match="is not a result directory"):
        read_run(tmp_path)
    (tmp_path / "mount" / "run.json").write_text("{")
    with pytest.raises(ResultError, match="is not valid JSON"):
        read_run(tmp_path / "mount")


def test_force_keeps_the_old_result_until_the_new_is_complete(tmp_path: Path) -> None:
    finished(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "fields").mkdir()
    (tmp_path / "fields" / "fields.pvd").write_text("old")
    results = ResultDirectory(tmp_path, force=True)
    assert len((tmp_path / "observables.csv").read_text().splitlines()) == 4, "untouched until the start"
    results.start(CASE)
    (old,) = tmp_path.glob("old-*")
    assert len((old / "observables.csv").read_text().splitlines()) == 4
    assert (old / "fields" / "fields.pvd").read_text() == "old"
    assert not (tmp_path / "fields").exists()
    results.add_point(row(0, 0.5))
    message = results.fail("the mesh is bad")
    assert f"kept in {old}" in message
    assert old.exists()
    assert read_run(tmp_path)["message"] == "the mesh is bad"
    second = ResultDirectory(tmp_path, force=True)
    second.start(CASE)
    second.complete()
    assert list(tmp_path.glob("old-*")) == [old], "only what this run replaced is deleted"
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_force_puts_the_old_result_back_when_it_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(tmp_path)
    before = snapshot(tmp_path)

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("solver.results.directory.replace_file", full)
    with pytest.raises(ResultError, match="no space left on device"):
        ResultDirectory(tmp_path, force=True).start(CASE)
    assert snapshot(tmp_path) == before


def test_resume_continues_after_the_last_complete_point(tmp_path: Path) -> None:
    finished(tmp_path)
    # A run killed in the middle of a point: rows of point 3 without its observables, and a torn line.
    with (tmp_path / "profiles.csv").open("a") as file:
        file.write("3,0.0,1.0\n3,5e-07")
    with (tmp_path / "observables.csv").open("a") as file:
        file.write("3,0.3,0.")
    results = ResultDirectory(tmp_path, resume=True)
    results.start(CASE)
    assert [point["point"] for point in results.points] == [0, 1, 2]
    assert results.points[2]["bias [V]"] == 0.2
    results.add_point(row(3, 0.3), profile(3))
    results.complete()
    assert (tmp_path / "observables.csv").read_text().splitlines()[4].startswith("3,0.3,0.3,")
    lines = (tmp_path / "profiles.csv").read_text().splitlines()
    assert len(lines) == 1 + 4 * 3
    run = read_run(tmp_path)
    assert run["status"] == "complete"
    assert run["earlier_runs"][0]["status"] == "complete"


def test_resume_refuses_another_case(tmp_path: Path) -> None:
    finished(tmp_path)
    before = snapshot(tmp_path)
    other = json.loads(json.dumps(CASE))
    other["terminals"]["base"]["potential"] = 0.5
    with pytest.raises(ResultError, match=r"terminals\.base\.potential is 1\.0 there and 0\.5 here.*--force"):
        ResultDirectory(tmp_path, resume=True).start(other)
    other = {**CASE, "sizes": [1e-6, 6e-9]}
    with pytest.raises(ResultError, match=r"sizes\[1\] is 5e-09 there and 6e-09 here"):
        ResultDirectory(tmp_path, resume=True).start(other)
    with pytest.raises(ResultError, match="solver is given only here"):
        ResultDirectory(tmp_path, resume=True).start({**CASE, "solver": {}})
    assert snapshot(tmp_path) == before


def test_resume_of_nothing_is_a_new_run(tmp_path: Path) -> None:
    results = ResultDirectory(tmp_path / "new", resume=True)
    results.start(CASE)
    assert results.points == []


def test_columns_are_kept(tmp_path: Path) -> None:
    finished(tmp_path)
    results = ResultDirectory(tmp_path, resume=True)
    results.start(CASE)
    with pytest.raises(ResultError, match=r"other columns than this version writes \(extra\)"):
        results.add_point({**row(3, 0.3), "extra": 1})


def test_full_disk_loses_nothing(tmp_path: Path) -> None:
    """With a real limit on the size of files: the row that does not fit leaves no trace."""
    results = ResultDirectory(tmp_path)
    results.start(CASE)
    results.add_point(row(0, 0.1))
    before = snapshot(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before["observables.csv"]) + 20, hard))
    try:
        with pytest.raises(ResultError) as caught:
            results.add_point({**row(1, 0.2), "note": "a long text that does not fit"})
        message = results.fail(str(caught.value))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "1 complete point is kept; free some space and continue with --resume" in message
    assert "\n" not in message
    assert snapshot(tmp_path) == before
    again = ResultDirectory(tmp_path, resume=True)
    again.start(CASE)
    again.add_point(row(1, 0.2))
    assert len(again.points) == 2


def test_full_device(tmp_path: Path) -> None:
    results = ResultDirectory(tmp_path)
    results.start(CASE)
    (tmp_path / "profiles.csv").symlink_to("/dev/full")
    with pytest.raises(ResultError, match=r"profiles\.csv: no space left on device; no point is complete; free some"):
        results.add_point(row(0, 0.1), profile(0))
    assert not (tmp_path / "observables.csv").exists(), "a point without its profile does not count"


def test_two_runs_in_one_directory(tmp_path: Path) -> None:
    first = ResultDirectory(tmp_path)
    first.start(CASE)
    with pytest.raises(ResultError, match="another run is writing into"):
        ResultDirectory(tmp_path, resume=True).start(CASE)
    first.fail("interrupted")
    ResultDirectory(tmp_path, resume=True).start(CASE)


def test_other_ranks_do_nothing(tmp_path: Path) -> None:
    finished(tmp_path)
    before = snapshot(tmp_path)
    silent = ResultDirectory(tmp_path, write=False)
    silent.start(CASE)
    silent.add_point(row(0, 0.0), profile(0))
    silent.update(mesh={})
    silent.write_json("summary.json", {})
    silent.complete()
    assert silent.fail("text") == "text"
    assert snapshot(tmp_path) == before


def test_case_files_are_copied(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (case / "expected.csv").write_text("quantity,value,tolerance,source\n")
    results = ResultDirectory(tmp_path / "r")
    results.start(CASE, case_directory=case)
    assert (tmp_path / "r" / "expected.csv").read_text().startswith("quantity")
    assert read_run(tmp_path / "r")["case_directory"] == str(case)


def test_rectification_pairs() -> None:
    outer = "electrolyte.concentration [mol/m^3]"
    rows = []
    for c in (1.0, 10.0):
        for v in (0.0, -0.5, 0.1 + 0.2, 0.5, -0.3, 1.0):
            current = (2 if v < 0 else 1) * v * c
            inner = {"terminals.base.potential [V]": v, "bias [V]": v, "current [A]": current}
            rows.append({"point": 0, outer: c, **inner, "conservation_error": 1e-12})
    rows[-2]["current [A]"] = 0.1
    found = rectification(rows)
    assert [(entry[outer], entry["bias [V]"]) for entry in found] == [
        (1.0, pytest.approx(0.3)), (1.0, 0.5), (10.0, pytest.approx(0.3)), (10.0, 0.5)
    ]  # fmt: skip
    assert found[0]["ratio"] == pytest.approx(2.0)
    assert found[0]["larger"] == "negative"
    assert found[2]["larger"] == "positive"
    assert found[0]["conservation_error"] == 2e-12


def test_rectification_against_pressure_at_fixed_biases() -> None:
    """The bias may be the outer parameter: pairs are then matched at equal pressure."""
    rows = [
        {"point": 0, "terminals.base.potential [V]": v, "terminals.base.pressure [Pa]": p, "bias [V]": v,
         "current [A]": v * (2 - p / 1e3 if v < 0 else 1)}
        for v in (-1.0, 1.0) for p in (0.0, 500.0)
    ]  # fmt: skip
    found = rectification(rows)
    assert [(entry["terminals.base.pressure [Pa]"], entry["ratio"]) for entry in found] == [(0.0, 2.0), (500.0, 1.5)]


def pair(
    negative: tuple[float, float, float], positive: tuple[float, float, float], safety: float = 2.0
) -> list[dict[str, object]]:
    """Points at -1 V and 1 V; of each: current, estimated discretization error, algebraic error."""
    rows: list[dict[str, object]] = []
    for bias, (current, estimate, algebraic) in ((-1.0, negative), (1.0, positive)):
        errors = {
            "current_error [A]": safety * abs(estimate) + algebraic,
            "current_discretization_error [A]": estimate,
            "current_algebraic_error [A]": algebraic,
        }
        rows.append({**row(0, bias, current), **errors})
    return rows


def test_error_of_the_rectification_ratio() -> None:
    (found,) = rectification(pair((-2e-9, 0.02e-9, 0.0), (1e-9, -0.01e-9, 0.0)))
    assert found["ratio_error"] == pytest.approx(0.04 / 0.98), "errors that cancel: one of them may still be nothing"
    (found,) = rectification(pair((-2e-9, 0.02e-9, 0.0), (1e-9, 0.01e-9, 0.0)))
    assert found["ratio_error"] == pytest.approx(2.0 * 0.04 / 0.98), "opposite parts add up"
    (found,) = rectification(pair((-2e-9, 0.02e-9, 2e-12), (1e-9, -0.01e-9, 1e-12)))
    assert found["ratio_error"] == pytest.approx((0.04 + 0.004) / (1 - 0.021)), "algebraic errors have no sign"
    (found,) = rectification(pair((-2e-9, 0.0, 0.0), (1e-9, 0.6e-9, 0.0)))
    assert found["ratio_error"] == math.inf, "the lower current may be zero"
    (found,) = rectification(pair((0.0, 0.01e-9, 0.0), (1e-9, 0.0, 0.0)))
    assert (found["ratio"], found["ratio_error"]) == (0.0, pytest.approx(0.02))


@pytest.mark.parametrize("cell", ["missing", "", None, math.nan])
def test_ratio_of_currents_without_errors_has_none(cell: object) -> None:
    rows = pair((-2e-9, 0.02e-9, 0.0), (1e-9, -0.01e-9, 0.0))
    if cell == "missing":
        del rows[1]["current_error [A]"]
    else:
        rows[1]["current_error [A]"] = cell
    (found,) = rectification(rows)
    assert math.isnan(found["ratio_error"])
    assert found["ratio"] == pytest.approx(2.0)


def test_ratio_error_without_signed_estimates() -> None:
    rows = pair((-2e-9, 0.02e-9, 0.0), (1e-9, -0.01e-9, 0.0))
    for one in rows:
        del one["current_discretization_error [A]"]
    (found,) = rectification(rows)
    assert found["ratio_error"] == pytest.approx(2.0 * 0.04 / 0.98), "what may have either sign adds up"


SIZES = st.floats(0.01, 100.0)
SHARES = st.floats(-0.2, 0.2)
SIGNS = st.floats(-1.0, 1.0)


@given(SIZES, SIZES, SHARES, SHARES, st.floats(0.0, 0.1), st.floats(1.0, 2.0), st.floats(0.0, 1.0), SIGNS, SIGNS)
def test_ratio_error_holds(
    one: float, two: float, d1: float, d2: float, rest: float, safety: float, part: float, s1: float, s2: float
) -> None:
    """The ratio of exact currents is within the error bar, whatever part of the errors comes true."""
    rows = pair((-one, -one * d1, one * rest), (two, two * d2, two * rest), safety)
    (found,) = rectification(rows)
    exact_one = one * (1.0 + part * safety * d1 + s1 * rest)
    exact_two = two * (1.0 + part * safety * d2 + s2 * rest)
    off = abs(abs(exact_one / exact_two) - found["ratio"])
    assert off <= found["ratio_error"] * (1.0 + 1e-9) + 1e-12 * found["ratio"]


def test_imports_are_light() -> None:
    heavy = ("pandas", "numpy", "mpi4py", "dolfinx")
    code = f"import sys, solver.results.directory; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_names_of_fields_are_safe_and_differ() -> None:
    names = concentration_fields(["K", "Ca2+ (aq)/x", "Ca2+ <aq> x", '"&"'])
    plain = [name.removeprefix("concentration_") for name in names.values()]
    assert plain == ["K", "Ca2+_aq_x", "Ca2+_aq_x_2", "species"]
