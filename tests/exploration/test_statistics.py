"""Statistics of fits against a linear regression whose formulas are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from exploration.fit.data import Measured, Series
from exploration.fit.model import Prediction
from exploration.fit.parameters import FreeParameter
from exploration.fit.report import report
from exploration.fit.search import Search
from exploration.fit.statistics import amplification, statistics_of, verdicts, worth_percents

pytestmark = pytest.mark.serial

X = np.linspace(0.0, 4.0, 9)
Y = 1.0 + 0.5 * X + np.array([0.11, -0.04, -0.12, 0.05, 0.08, -0.09, 0.02, 0.06, -0.07])
LINE = np.column_stack([np.ones_like(X), X])


def search(deviations: np.ndarray, *, known: bool, low: float = -np.inf) -> Search:
    """A search of the straight line."""
    bounds = np.array([-np.inf, low]), np.array([np.inf, np.inf])
    return Search(lambda at: Prediction(LINE @ at, LINE), Y, deviations, bounds, np.ones(2), known)


def test_a_straight_line_has_the_errors_of_textbooks() -> None:
    """Deviations that are not given are estimated: slope, standard error and t interval are those of scipy.stats."""
    found = search(np.ones(9), known=False)
    found.run(np.array([0.3, 0.1]))
    assert found.best is not None
    line = stats.linregress(X, Y)
    statistics = statistics_of(LINE @ found.best - Y, LINE, known=False)
    assert found.best == pytest.approx([line.intercept, line.slope], rel=1e-6)
    assert statistics.errors == pytest.approx([line.intercept_stderr, line.stderr], rel=1e-9)
    assert statistics.quantile == pytest.approx(stats.t.ppf(0.975, 7))
    assert np.isnan(statistics.p_value)
    assert statistics.correlation[0, 1] == pytest.approx(-X.mean() / np.sqrt(np.mean(X**2)))
    assert statistics.band(LINE)[4] == pytest.approx(statistics.quantile * statistics.deviation / 3.0)


def test_given_deviations_judge_the_fit() -> None:
    best = np.linalg.lstsq(LINE, Y, rcond=None)[0]
    good, bad = (statistics_of((LINE @ best - Y) / s, LINE / s, known=True) for s in (0.08, 0.02))
    assert good.p_value > 0.1
    assert bad.p_value < 1e-6
    assert good.errors == pytest.approx(4.0 * bad.errors)
    assert good.numerical(np.full(9, 0.1)) == pytest.approx(np.abs(good.answer).sum(axis=1) * 0.1)


def test_what_the_data_do_not_tell_is_said() -> None:
    twice = np.column_stack([X, 2.0 * X])
    found = statistics_of(0.1 * np.ones(9), twice, known=True)
    assert found.singular
    assert np.isinf(found.errors).all()
    amplified = amplification(np.array([1.0, 2.0]), np.array([[0.01, 1.0], [0.04, 0.0]]), np.ones(2))
    assert amplified == pytest.approx([50.0, 1.0])
    correlated = np.array([[1.0, 0.995], [0.995, 1.0]])
    one, other = verdicts(["a", "b"], np.array([0.2, 0.01]), amplified, correlated, ["", "upper"])
    assert not one.determined
    assert "50 % of it" in one.texts[1]
    assert "correlated by 0.9950" in one.texts[2]
    assert other.determined
    assert "upper bound" in other.texts[0]


def test_a_bound_ends_the_search_where_it_presses() -> None:
    found = search(np.full(9, 0.1), known=True, low=0.6)
    found.run(np.array([0.3, 0.9]))
    assert found.best is not None
    assert found.best[1] == pytest.approx(0.6, abs=2e-3)
    assert found.evaluations < 15


def test_a_search_without_evaluations_left_says_so() -> None:
    """What it has then is no minimum, and a further step would move it."""

    def curved(at: np.ndarray) -> Prediction:
        return Prediction(np.exp(at[0] * X), (X * np.exp(at[0] * X))[:, None])

    found = Search(curved, np.exp(0.7 * X), np.full(9, 0.1), (np.array([-9.0]), np.array([9.0])), np.ones(1), True, 2)
    found.run(np.zeros(1))
    assert found.ending == "given up after 2 evaluations"
    assert "standard errors of slope" in found.unfinished(["slope"])[0]
    found.most = 40
    assert found.best is not None
    found.run(found.best)
    assert found.ending.startswith("a further step would change nothing")
    assert found.unfinished(["slope"]) == []


def test_numbers_close_to_zero_do_not_count_as_percents() -> None:
    """A current at zero bias depends on everything by many percent."""
    values, gradient = np.array([1e-6, 1.0, -2.0]), np.array([[1.0], [0.01], [0.02]])
    counted = worth_percents(values, 3 * ["current [A]"], np.full(3, np.nan))
    assert counted.tolist() == [False, True, True]
    assert amplification(values, gradient, np.ones(1), counted) == pytest.approx([100.0])
    assert worth_percents(values, 3 * ["current [A]"], np.full(3, 1.5)).tolist() == [False, False, True]
    assert worth_percents(values, ["pH", "a", "a"], np.zeros(3)).all()


def test_signs_of_negative_parameters() -> None:
    """The logarithm of a negative charge goes down where the charge goes up."""
    charge = FreeParameter("charge", "C/m^2", -1.0, -1.0, -0.1, True)
    other = FreeParameter("offset", "", 1.0, -np.inf, np.inf, False)
    series = Series("current [A]", Y, np.full(9, 0.1))
    measured = Measured(Path("data"), ("bias [V]",), ("bias",), X[:, None], X[:, None], (series,))
    found = statistics_of((LINE @ np.ones(2) - Y) / 0.1, LINE / 0.1, known=True)
    best = np.array([charge.inner(-1.0), 1.0])
    told = report([charge, other], measured, best, Prediction(LINE @ best, LINE), found, np.full(9, 0.1), None)
    assert told["correlation"][0, 1] == pytest.approx(-found.correlation[0, 1])
    assert np.sign(told["covariance"][0, 1]) == np.sign(told["correlation"][0, 1])
    assert told["parameters"][0]["at_bound"] == "lower"
