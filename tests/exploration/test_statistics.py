"""Statistics of fits against a linear regression whose formulas are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from exploration.fit.model import Prediction
from exploration.fit.search import Search
from exploration.fit.statistics import amplification, statistics_of, verdicts

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
