"""Tables and conclusions of the benchmarks, from numbers made up here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.benchmarks import bench_report

CURVE = {
    "case": "cone",
    "errors": "none",
    "points": 4,
    "unknowns": 1000,
    "newton_steps": 20,
    "factorisations": 8,
    "seconds": 6.0,
    "phases": {"mesh": 1.0, "factorisation": 3.0, "compile": 50.0, "start-up": 9.0},
    "peak_memory_MB": 300.0,
    "unit": {"with_analysis": 0.5, "analysis_reused": 0.25},
}


def entry(unknowns: int, positive: float, negative: float, ratio: float, **more: Any) -> dict[str, Any]:
    errors = {"positive_error": positive, "negative_error": negative, "ratio_error": ratio}
    return {"unknowns": unknowns, "seconds": unknowns / 1000, **errors, **more}


def step(unknowns: int, error: float) -> dict[str, Any]:
    numbers = {
        f"{number}_{kind}": value
        for number in ("positive", "negative", "ratio")
        for kind, value in (("bar", 2 * error), ("effectivity", 0.8), ("bar_effectivity", 1.2))
    }
    return entry(unknowns, error, -error, error, rich=entry(2 * unknowns, error / 9, error / 9, error / 9), **numbers)


def test_a_level_is_reached_where_the_error_stays_below_it() -> None:
    lucky = [
        entry(10, 0.1, 0.1, 0.1),
        entry(20, 0.1, 0.1, 1e-6),
        entry(40, 1e-4, 1e-2, 0.01),
        entry(80, 1e-4, 1e-4, 1e-4),
    ]
    settled = bench_report.settled(lucky, "ratio", 1e-3)
    assert settled is lucky[3]
    assert bench_report.settled(lucky, "ratio", 0.02) is lucky[1]
    assert bench_report.settled(lucky[:3], "ratio", 1e-3) is None
    assert bench_report.least(reversed(lucky), "ratio", 1e-3) is lucky[1]  # in hindsight luck counts
    assert bench_report.least(lucky, "all", 1e-3) is lucky[3]
    assert bench_report.least(lucky, "all", 1e-5) is None


def test_the_largest_of_all_errors_counts_and_its_sign_does_not() -> None:
    assert bench_report.error_of(entry(1, 1e-3, -5e-3, 4e-3), "all") == 5e-3
    assert bench_report.error_of(entry(1, -1e-3, 0.0, 0.0), "positive") == 1e-3


def test_times_are_said_in_units_and_phases_in_shares() -> None:
    assert bench_report.in_units(6.0, 0.5) == 12.0
    with pytest.raises(ValueError, match="measures nothing"):
        bench_report.in_units(6.0, 0.0)
    shares = bench_report.shares(CURVE["phases"])  # type: ignore[arg-type]
    assert shares["factorisation"] == 0.75  # compilation and start-up belong to no curve
    assert sum(shares.values()) == pytest.approx(1.0)
    assert "compile" not in shares


@pytest.fixture
def data() -> dict[str, Any]:
    part = {
        "title": "A cone",
        "reference": {"positive": 2.3e-10, "negative": -3.1e-10, "ratio": 1.35, "uncertainty": 1e-5, "unknowns": 5},
        "scan": [entry(5000, 9e-4, 9e-4, 9e-4, sizes={"mesh.growth": 2.0}), entry(900, 0.1, 0.1, 0.1, sizes={})],
        "uniform": {"P1 default": [entry(700, 0.1, 0.1, 0.1)], "P2 coarse": []},
        "adapted": [step(1000, 1e-2), step(1500, 5e-4)],
    }
    versions = {"dolfinx": "0.9.0"}
    machine = {"processor": "CPU", "cores": 2, "memory_GB": 8.0, "load": 0.1, "blas": "libopenblas.so", "threads": "1"}
    unit = {"with_analysis": 0.5, "analysis_reused": 0.25}
    derivatives = [{"parameter": "a.b", "seconds": 0.05}, {"parameter": "a.c", "seconds": 0.05}]
    return {
        "date": "2026-01-01",
        "quick": False,
        "machine": machine,
        "versions": versions,
        "curves": [CURVE, {**CURVE, "errors": "all", "seconds": 9.0}],
        "compilation": {"first": 20.0, "later": 0.1},
        "precision": {"moderate": part},
        "sensitivities": {"unknowns": 1000, "adjoint": 0.15, "derivatives": derivatives, "unit": unit},
        "solids": {
            "ways": [
                {
                    "way": "flow",
                    "without": {"cells": 1000, "newton_steps": 40, "seconds": 4.0},
                    "with": {"cells": 2000, "newton_steps": 41, "seconds": 5.0},
                }
            ],
            "gate": {"steps": 7, "steps_with_flow": 13, "steps_shipped": 15, "factorisations": 4},
        },
    }


def test_the_report_says_what_was_measured(data: dict[str, Any]) -> None:
    text = bench_report.markdown(data, {"moderate": "bench_moderate.png"})
    assert "| cone | none | 4 | 1,000 | 20 | 8 | 0.50 s | **12** | 3.0 | 24 | 300 MB |" in text
    assert "cost without: cone 1.50." in text
    assert "| factorisation | 9.0 (75%) | 13.5 (75%) |" in text
    assert (
        "adaptation takes 0.30 times the unknowns and 0.3 times the time of the best hand-graded mesh (growth 2.0)"
        in text
    )
    assert "| **adjoint and 2 derivatives** | 1.00 | 0.50 |" in text
    assert "| flow | 1,000, 2,000 | 40, 41 | 4.0 s, 5.0 s | **1.25** |" in text
    assert "7 Newton steps without flow and 13 with it" in text
    assert "](bench_moderate.png)" in text


def test_tables_are_rectangular(data: dict[str, Any]) -> None:
    text = bench_report.markdown(data, {})
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == 8
    for lines in blocks:
        assert len({line.count("|") for line in lines}) == 1


def test_what_was_not_reached_or_measured_is_left_out(data: dict[str, Any]) -> None:
    part = data["precision"]["moderate"]
    part["adapted"] = part["adapted"][:1]
    text = bench_report.markdown({**data, "sensitivities": None, "solids": None, "curves": []}, {})
    assert "adaptation does not reach it" in text
    assert "| **adapted by strips** | 1,000 (1.0 s) | > 1,000 |" in text
    assert "| P2, coarse mesh refined uniformly | not run |" in text
    assert "## Cost" not in text


def test_the_report_says_when_its_times_are_doubtful(data: dict[str, Any]) -> None:
    assert "busy" not in bench_report.markdown(data, {})
    busy = {**data, "pieces": True, "machine": {**data["machine"], "load": 6.0}}
    text = bench_report.markdown(busy, {})
    assert "busy with other work" in text
    assert "Assembled from several runs" in text


def test_bars_that_do_not_cover_are_counted_even_where_no_effectivity_is_shown(data: dict[str, Any]) -> None:
    short = step(2000, 1e-6)  # below the uncertainty of the reference
    data["precision"]["moderate"]["adapted"].append({**short, "positive_bar": 5e-7})
    text = bench_report.markdown(data, {})
    assert "0 of 6 bars with an effectivity shown" in text
    assert "1 of the 3 that are not shown" in text


def test_no_effectivity_below_what_the_reference_knows(data: dict[str, Any]) -> None:
    part = data["precision"]["moderate"]
    part["adapted"].append(step(2000, 1.9e-5))
    text = bench_report.markdown(data, {})
    assert "| 1,500 | 1.5 s | +0.05 % | -0.05 % | +0.05 % | 0.1 % | 0.80 | 0.80 | 0.80 | 1.20 | 1.20 | 1.20 |" in text
    assert "| 2,000 | 2.0 s | +0.0019 % | -0.0019 % | +0.0019 % | 0.0038 % | - | - | - | - | - | - |" in text
