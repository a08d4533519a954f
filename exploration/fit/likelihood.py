"""Profile likelihood: how much worse the best fit gets while one parameter is held beside its best value.

Where the increase of chi^2 reaches the squared quantile, there the confidence interval ends (Venzon and Moolgavkar, J. R.
Stat. Soc. C 37, 87 (1988)). Unlike the standard error it knows that models are curved.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exploration.fit.model import EvaluationFailed
from exploration.fit.parameters import FreeParameter
from exploration.fit.search import Search
from exploration.fit.statistics import Statistics

Array = NDArray[np.float64]

STEPS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Distances from the best value in standard errors at which the others are fitted again, until the interval has ended."""

BETTER = 0.02
"""Decrease of chi^2 beside the best value that is no inaccuracy of the search any more."""

REFITS = 4
"""Largest number of Gauss-Newton steps of the other parameters at each."""


def profiles_of(search: Search, free: Sequence[FreeParameter], best: Array, found: Statistics) -> dict[str, Any]:
    """Profiles by key: SI values, the increase of chi^2 (or of the sum of squares over its variance), and the interval; its
    ends are None where the profile did not get there. Collective."""
    variance = 1.0 if search.known else found.deviation**2
    threshold = found.quantile**2
    least = found.chi_squared
    curves = {}
    for k, one in enumerate(free):
        points: list[tuple[float, float]] = [(float(best[k]), 0.0)]
        if math.isfinite(found.errors[k]) and math.isfinite(threshold):
            for side in (-1.0, 1.0):
                points += _along(search, best, found, k, side, (least, variance, threshold))
        points.sort()
        interval = [_crossing(points, float(best[k]), threshold, side) for side in (-1.0, 1.0)]
        ends = [None if end is None else one.value(end) for end in interval]
        curves[one.key] = {
            "values": [one.value(at) for at, _ in points],
            "increase": [rise for _, rise in points],
            "interval": ends if one.sign > 0.0 else ends[::-1],
        }
    return curves


def better_by_profile(curves: Mapping[str, Any]) -> list[str]:
    """Warnings of profiles that came upon a better fit than the best one."""
    return [
        f"the profile of {key} came upon a better fit (chi^2 less by {-min(curve['increase']):.2g}): the values are no "
        "minimum; start from others, e.g. with --set"
        for key, curve in curves.items()
        if min(curve["increase"]) < -BETTER
    ]


def _along(
    search: Search, best: Array, found: Statistics, k: int, side: float, scale: tuple[float, float, float]
) -> list[tuple[float, float]]:
    """The profile on one side of the best value. Collective."""
    least, variance, threshold = scale
    low, high = search.bounds
    points = []
    direction = found.covariance[:, k] / found.covariance[k, k]  # where the others go when this one does
    at = best.copy()
    for number in STEPS:
        wanted = float(np.clip(best[k] + side * number * found.errors[k], low[k], high[k]))
        start = at + direction * (wanted - at[k])
        start[k] = wanted
        try:
            at, squares = search.constrained(np.clip(start, low, high), k, REFITS)
        except EvaluationFailed:
            break
        points.append((wanted, (squares - least) / variance))
        if search.agreed(bool(points[-1][1] > threshold or wanted in (low[k], high[k]))):
            break
    return points


def _crossing(points: Sequence[tuple[float, float]], best: float, threshold: float, side: float) -> float | None:
    """Where a profile reaches the threshold on one side: its root is nearly straight; None where it does not."""
    ours = sorted((p for p in points if (p[0] - best) * side >= 0.0), key=lambda p: abs(p[0] - best))
    for (a, low), (b, high) in itertools.pairwise(ours):
        one, other, wanted = (math.sqrt(max(x, 0.0)) for x in (low, high, threshold))
        if one <= wanted <= other and other > one:
            return a + (b - a) * (wanted - one) / (other - one)
    return None
