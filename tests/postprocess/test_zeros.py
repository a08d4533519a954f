"""Nothing is printed as nothing: values below their bars and round-off of zeros, in tables, summaries and figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from postprocess.figures.panels import Line
from postprocess.tables.columns import relative
from postprocess.tables.error_lines import error_lines
from postprocess.tables.layout import number_column
from postprocess.tables.result import Result, load
from postprocess.tables.result_table import result_table
from postprocess.tables.uncertainty import quantity_with_error, with_error
from postprocess.tables.units import SMALLEST, Scale
from postprocess.tables.zeros import floor, measured, zeros
from solver.inputs.text import number
from tests.support.synthetic import write_result

FLOW = "flow_rate [m^3/s]"
CURRENT = "current [A]"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Five biases with errors of 0.2 %."""
    return load(write_result(Path(tmp_path_factory.mktemp("zeros")) / "r", fields=(), error=2e-3))


def changed(result: Result, **columns: Any) -> Result:
    """The result with other values in columns named by their quantity."""
    names = {
        "current": CURRENT,
        "current_error": "current_error [A]",
        "flow": FLOW,
        "flow_error": "flow_rate_error [m^3/s]",
    }
    return replace(
        result, observables=result.observables.assign(**{names[key]: value for key, value in columns.items()})
    )


def test_a_value_below_its_bar_is_a_zero_with_a_bar() -> None:
    assert with_error(0.3, 0.5) == "0.0(5)"
    assert with_error(-0.3, 0.5) == "0.0(5)"
    assert with_error(0.5, 0.3) == "0.5(3)"
    assert measured(2e-12, 5e-12, 1e-20, Scale(1e12, "pA")) == "0(5)"


def test_less_than_a_charge_or_a_molecule_a_second_is_nothing() -> None:
    assert quantity_with_error(7e-32, 1.1e-31, "m^3/s") == "0 L/s"
    assert quantity_with_error(1e-21, 2e-21, "A") == "0 A"
    assert quantity_with_error(7e-32, 1e-28, "m^3/s") == "0.00(10) yL/s"
    assert measured(7e-32, 1.1e-31, SMALLEST["m^3/s"], Scale(1e27, "yL/s")) == "0"


def test_a_flow_of_round_off_has_no_column(sweep: Result) -> None:
    nothing = changed(sweep, flow=[-1e-34, 2e-35, 0.0, 1e-34, 1e-34], flow_error=1.5e-34)
    assert "flow rate" in result_table(sweep)
    assert "flow rate" not in result_table(nothing)


def test_relative_errors_of_zeros_are_not_shown(sweep: Result) -> None:
    """All currents below their bars: neither a largest error nor a rectification ratio."""
    rest = changed(sweep, current=[1e-13, -2e-13, 1e-14, 3e-13, 1e-13], current_error=4e-13)
    text = result_table(rest)
    assert "largest error" not in text
    assert "%" not in text
    assert "rectification" not in text
    assert text.count("0(400)") == 5  # fA
    assert np.all(np.isnan(relative(rest.observables, CURRENT, "current_error [A]")))


def test_of_some_zeros_the_others_have_their_errors(sweep: Result) -> None:
    values = np.asarray(sweep.observables[CURRENT], dtype=float)
    one = changed(sweep, current=np.where(np.arange(5) == 1, 1e-14, values), current_error=1e-13)
    assert list(zeros(one.observables, CURRENT)).count(True) == 2  # and the one at zero bias
    assert not any("190 %" in line or "1000 %" in line for line in error_lines(one))
    assert any(line.startswith("largest error of the current") for line in error_lines(one))


def test_floors_are_the_larger_of_round_off_and_single_charges(sweep: Result) -> None:
    largest = float(sweep.observables[CURRENT].abs().max())
    assert floor(sweep.observables, CURRENT) == pytest.approx(1e-9 * largest)
    assert floor(changed(sweep, current=1e-25).observables, CURRENT) == SMALLEST["A"]


def test_a_figure_counts_no_relative_error_of_a_zero() -> None:
    line = Line("", np.array([0.0, 1.0]), np.array([1e-3, 1.0]), np.array([2e-3, 1e-2]))
    assert line.largest_error == pytest.approx(1e-2)


def test_zeros_in_columns_of_a_transient() -> None:
    _, cells, _ = number_column(
        "current", CURRENT, [1e-22, 1e-12, 2e-12], [1e-22, 1e-12, 2e-12], zero=[False, True, False]
    )
    assert cells == ["0", "0", "2.0000"]
    _, cells, _ = number_column("current", CURRENT, [1e-22], [1e-22], exact=True)
    assert cells != ["0"]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(-2.2e-16, ".3g", "0"), (0.0, ".3g", "0"), (-1e-4, ".1f", "0.0"), (-1.25, ".1f", "-1.2"), (1e-9, ".3g", "1e-09")],
)
def test_round_off_in_check(value: float, form: str, text: str) -> None:
    assert number(value, form) == text
