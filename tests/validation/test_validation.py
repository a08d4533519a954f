"""Checks, their verdicts and the report, without computing anything."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import ConvergenceError, Solved
from validation import report, run, stored, trends
from validation.checks import Check, Line, Origin, Outcome, Plot, Section
from validation.devices import bar, ratio_bar
from validation.setting import Setting, shipped_cases

pytestmark = pytest.mark.serial

GOOD = Check(
    section="demo",
    name="pore | 5 nm",
    quantity="current",
    unit="A",
    reference=1.0e-9,
    value=1.001e-9,
    tolerance=2e-3,
    kind="exact",
    source="closed form <x>",
    reference_uncertainty=1e-13,
    error=2e-12,
)
PLOT = Plot(
    section="demo",
    name="curve",
    title="A curve",
    x_label="bias [V]",
    y_label="current [A]",
    lines=(
        Line("ours", [0.0, 1.0], [0.0, 1e-9], [math.nan, 1e-11]),
        Line("exact", [0.0, 1.0], [0.0, 1e-9], look="reference"),
    ),
    caption="What it shows.",
)
ORIGIN = Origin("2026-01-01T00:00+00:00", "a1b2c3d", quick=True, versions={"dolfinx": "0.9.0"})


def section(*items: Check | Plot) -> Section:
    def compute(setting: object) -> Iterator[Check | Plot]:
        yield from items

    return Section("demo", "Demonstration", "About `expected.csv` & more.", compute)


def outcome(*items: Check | Plot) -> Outcome:
    return run.evaluate(section(*items), Setting(MPI.COMM_SELF, True, Path()))


# ------------------------------------------------------------------------------------------------ verdicts
def test_both_verdicts_count() -> None:
    assert GOOD.deviation == pytest.approx(1e-3, abs=1e-12)
    assert (GOOD.within, GOOD.covered, GOOD.passed) == (True, True, True)
    off = replace(GOOD, value=1.01e-9, error=1e-10)
    assert (off.within, off.covered, off.passed) == (False, True, False)
    overconfident = replace(GOOD, error=0.5e-12)
    assert (overconfident.within, overconfident.covered, overconfident.passed) == (True, False, False)
    assert replace(overconfident, reference_uncertainty=0.6e-12).passed
    assert not replace(overconfident, value=np.float64(overconfident.value)).passed  # a bool of NumPy is not False


def test_the_bar_counts_only_where_the_deviation_is_an_error() -> None:
    bare = replace(GOOD, error=math.nan)
    assert bare.covered is None
    assert bare.passed
    for kind in ("model", "trend", "published"):
        assert replace(GOOD, kind=kind, error=0.0).covered is None  # type: ignore[arg-type]
    assert replace(GOOD, kind="refined", error=0.0).covered is False


@pytest.mark.parametrize(
    ("bound", "value", "deviation"), [("<", 0.5, 0.0), ("<", 1.5, 0.5), (">", 1.5, 0.0), (">", 0.75, 0.25), ("=", 0.75, 0.25)]
)  # fmt: skip
def test_bounds(bound: Any, value: float, deviation: float) -> None:
    check = replace(GOOD, reference=1.0, value=value, bound=bound, error=0.0)
    assert check.deviation == deviation
    assert (check.covered is None) == (bound != "=")


def test_what_has_no_scale_or_no_value() -> None:
    assert replace(GOOD, reference=0.0, value=0.0).deviation == 0.0
    assert replace(GOOD, reference=0.0, value=1e-12).deviation == math.inf
    assert replace(GOOD, reference=0.0, value=1e-12, scale=1e-9).deviation == pytest.approx(1e-3)
    missing = replace(GOOD, value=math.nan, note="point lost")
    assert not missing.within
    assert not missing.passed
    assert report.verdict(missing) == "point lost"


def test_a_section_without_checks_has_not_passed() -> None:
    assert not outcome(PLOT).passed
    assert outcome(GOOD, PLOT).passed
    assert not outcome(GOOD, replace(GOOD, value=math.nan)).passed


# ------------------------------------------------------------------------------------------------ error bars
def test_error_columns_may_be_missing() -> None:
    row = {"current [A]": 1.0, "current_error [A]": 0.1}
    assert bar(row, "current [A]") == 0.1
    assert math.isnan(bar(row, "flow_rate [m^3/s]"))
    assert math.isnan(bar({"current_error [A]": ""}, "current [A]"))
    assert math.isnan(ratio_bar({"current [A]": -2.0}, {"current [A]": 1.0}))


def test_ratio_of_two_rows_has_the_error_of_the_program() -> None:
    def row(current: float, estimate: float, error: float) -> dict[str, float]:
        return {
            "current [A]": current,
            "current_error [A]": error,
            "current_discretization_error [A]": estimate,
            "current_algebraic_error [A]": 0.0,
            "terminals.base.pressure [Pa]": current,  # the rows may differ in more than the bias
        }

    same = ratio_bar(row(-4.0, -0.04, 0.04), row(2.0, 0.02, 0.02))
    opposite = ratio_bar(row(-4.0, 0.04, 0.04), row(2.0, 0.02, 0.02))
    assert 0.0 < same < opposite
    assert opposite == pytest.approx(2.0 * 0.02, rel=0.02)  # of the ratio 2, 1 % by each current


def test_maximum_of_samples() -> None:
    x = [0.0, 1.0, 2.5, 3.0]
    assert trends.maximum(x, [3 - (v - 1.7) ** 2 for v in x]) == pytest.approx((1.7, 3.0))
    assert trends.maximum(x, [1.0, 2.0, 3.0, 4.0]) == (3.0, 4.0)


# ------------------------------------------------------------------------------------------------ report
def test_report_shows_what_failed(tmp_path: Path) -> None:
    bad = replace(GOOD, name="bad pore", value=1.5e-9)
    found = outcome(GOOD, bad, PLOT)
    found.origin = ORIGIN
    files = report.write(tmp_path, [found])
    assert all(path.is_file() and path.stat().st_size > 0 for path in files)
    text = (tmp_path / "validation.md").read_text()
    assert "1 of 2 checks passed" in text
    assert "## Failed" in text
    assert "1.001(2) nA" in text
    assert "1.00000(10) nA" in text
    assert "pore \\| 5 nm" in text  # a bar would end the cell
    assert "](figures/curve.png)" in text
    assert "dolfinx 0.9.0" in text
    assert "| 2026-01-01T00:00+00:00 a1b2c3d quick |" in text
    rows = [line for line in text.splitlines() if line.startswith("| bad pore")]
    assert len(rows) == 2
    assert all("FAILED 0.5" in line and "| NO |" in line for line in rows)


def test_page_is_one_file(tmp_path: Path) -> None:
    report.write(tmp_path, [outcome(GOOD, PLOT)])
    text = (tmp_path / "validation.html").read_text()
    assert text.count("data:image/png;base64,") == 2  # the curve, and deviations against error bars
    assert 'src="figures' not in text
    assert "closed form &lt;x&gt;" in text
    assert "<code>expected.csv</code> &amp; more" in text
    assert "Failed" not in text
    assert "class=failed" not in text
    failed = report.page([outcome(replace(GOOD, value=2e-9))], {}, None)
    assert failed.count("class=failed") == 3  # among the failed, in the summary, in the section


def test_table_for_machines(tmp_path: Path) -> None:
    report.write(tmp_path, [outcome(GOOD, replace(GOOD, error=math.nan, bound="<"))])
    with (tmp_path / "validation.csv").open() as file:
        first, second = csv.DictReader(file)
    assert float(first["value"]) == GOOD.value
    assert (first["within"], first["covered"], first["passed"]) == ("1", "1", "1")
    assert second["covered"] == ""


def test_no_figure_without_bars(tmp_path: Path) -> None:
    files = report.write(tmp_path, [outcome(replace(GOOD, error=math.nan))])
    assert not (tmp_path / "figures" / "coverage.png").exists()
    assert len(files) == 3


# ------------------------------------------------------------------------------------------------ running
def test_exit_code_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nanochannel import main

    for items, code in (((GOOD,), 0), ((GOOD, replace(GOOD, value=2e-9)), 1)):
        monkeypatch.setattr(run, "SECTIONS", (section(*items),))
        assert main(["validate", "--quick", "--out", str(tmp_path / str(code))]) == code
        assert sorted(path.name for path in (tmp_path / str(code)).iterdir()) == [
            "figures", "sections", "validation.csv", "validation.html", "validation.md",
        ]  # fmt: skip
    assert main(["validate", "--only", "nothing", "--out", str(tmp_path / "x")]) == 2


def test_sections_computed_one_by_one_make_one_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (
        replace(section(GOOD, PLOT), key="first"),
        replace(section(replace(GOOD, value=np.nan)), key="second"),
    )
    monkeypatch.setattr(run, "SECTIONS", (first, second))
    assert run.validate(tmp_path, MPI.COMM_SELF, only=["first"])
    (old,) = stored.stored(tmp_path, run.SECTIONS)
    old.origin = ORIGIN
    stored.store(tmp_path, old)
    assert not run.validate(tmp_path, MPI.COMM_SELF, resume=True)
    kept, new = stored.stored(tmp_path, run.SECTIONS)
    assert (kept.checks, kept.origin) == ([GOOD], ORIGIN)
    assert (kept.plots[0].title, kept.plots[0].lines[1]) == (PLOT.title, PLOT.lines[1])
    assert math.isnan(new.checks[0].value)
    text = (tmp_path / "validation.md").read_text()
    assert "1 of 2 checks passed" in text
    assert f"2026-01-01T00:00+00:00 to {new.origin.date}" in text
    (tmp_path / stored.FOLDER / "first.json").write_text('{"checks": [{"name": "of another version"}]}')
    assert [each.section.key for each in stored.stored(tmp_path, run.SECTIONS)] == ["second"]
    assert "--only first" in caplog.text


def test_a_point_that_does_not_converge_is_a_failed_check() -> None:
    def compute(setting: object) -> Iterator[Check | Plot]:
        yield GOOD
        raise ConvergenceError("1 V", "stuck", "refine", Solved(SimpleNamespace(), []))  # type: ignore[arg-type]

    found = run.evaluate(replace(section(), run=compute), Setting(MPI.COMM_SELF, True, Path()))
    assert [check.passed for check in found.checks] == [True, False]
    assert "stuck" in report.verdict(found.checks[1])


def test_sections_have_different_names() -> None:
    keys = [section.key for section in run.SECTIONS]
    assert len(set(keys)) == len(keys)
    assert run.chosen(keys[:2]) == run.SECTIONS[:2]
    with pytest.raises(CaseError, match="no section 'nothing'"):
        run.chosen(["nothing"])


def test_shipped_cases_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (shipped_cases() / "slit_conductance" / "case.yaml").is_file()
    from validation import setting

    monkeypatch.setattr(setting, "__file__", str(tmp_path / "validation" / "setting.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CaseError, match="not here"):
        shipped_cases()
