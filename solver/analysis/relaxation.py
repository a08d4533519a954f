"""How the salt comes to rest while nothing is driven: memory times."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import interpolate, optimize  # type: ignore[import-untyped,unused-ignore]

from solver.analysis.rows import LEAST_ROWS, Array, Run
from solver.results.headers import SALT_AXIAL_MEAN

LEAST_SPANS = 3.0
"""Time constants that a hold must last: in a shorter one the fast modes of the salt pass for the slow one."""

SLOW_PART = 1 / 3
"""Of the way to the final value, from which on the salt follows its slowest mode."""

LEAST_CHANGE = 1e-3
"""Relative change of the salt in a hold from which its relaxation is fitted."""


# ------------------------------------------------------------------------------------------------ memory
def memory_entries(run: Run) -> Iterator[dict[str, Any]]:
    """One entry a hold in which the salt relaxes, for at least some of its own time constants."""
    for start, stop in run.schedule.holds():
        chosen = run.within(start, stop)
        salt = run.columns[SALT_AXIAL_MEAN][chosen]
        if not run.reaches(stop) or len(salt) < LEAST_ROWS or not np.isfinite(salt).all():
            continue
        if np.ptp(salt) <= LEAST_CHANGE * float(np.max(np.abs(salt))):
            continue
        found = Relaxation.of(run.times[chosen] - start, salt)
        if LEAST_SPANS * found.slow_time <= stop - start:
            yield {
                "outer": run.outer,
                "start [s]": start,
                "stop [s]": stop,
                "memory_time [s]": found.mean_time,
                "slow_time [s]": found.slow_time,
                "of": SALT_AXIAL_MEAN,
                "initial": found.initial,
                "final": found.final,
                "fit_error": found.error,
            }


@dataclass(frozen=True)
class Relaxation:
    """How a value comes to rest.

    Attributes:
        mean_time: integral of the distance from the final value over the distance at the begin, s.
        slow_time: time constant of the exponential that ends it, s.
        initial, final: the value at the begin, and where the exponential leads.
        error: root mean square deviation from the exponential in the end, over the whole change.
    """

    mean_time: float
    slow_time: float
    initial: float
    final: float
    error: float

    @classmethod
    def of(cls, times: Array, values: Array) -> Relaxation:
        """From rows that begin at time 0. The end, from where a third of the way is left, is fitted by an exponential; what
        comes before is integrated as it is, with all its faster modes."""
        left = np.abs(values - values[-1]) > SLOW_PART * abs(values[0] - values[-1])
        begin = min(int(np.flatnonzero(left)[-1]) if left.any() else 0, len(times) - LEAST_ROWS)
        end = slice(max(begin, 0), None)
        slow, final, change, error = exponential(times[end] - times[end][0], values[end])
        area = float(interpolate.PchipInterpolator(times, values - final).integrate(0.0, times[-1]))
        area += float(values[-1] - final) * slow
        share = abs(change) / float(np.ptp(values))
        return cls(area / float(values[0] - final), slow, float(values[0]), final, error * share)


def exponential(times: Array, values: Array) -> tuple[float, float, float, float]:
    """Time constant, final value and change of `final + change exp(-t / time)` by least squares, and its error: the root
    mean square deviation over the change. Values count by the time between their neighbours.

    The two linear numbers are eliminated, so that only the time constant is searched for, between the shortest step and
    ten times the whole.
    """
    weights = np.sqrt(np.gradient(times) * (np.r_[0.5, np.ones(len(times) - 2), 0.5]))

    def fit(logarithm: float) -> tuple[Array, Array]:
        basis = np.stack([np.ones(len(times)), np.exp(-times / math.exp(logarithm))], axis=1)
        found = np.linalg.lstsq(basis * weights[:, None], values * weights, rcond=None)[0]
        return found, weights * (basis @ found - values)

    def misfit_of(logarithm: float) -> float:
        return float(np.sum(fit(logarithm)[1] ** 2))

    trials = np.linspace(math.log(float(np.diff(times).min())), math.log(10.0 * float(times[-1])), 60)
    best = int(np.argmin([misfit_of(trial) for trial in trials]))
    bounds = trials[max(best - 1, 0)], trials[min(best + 1, len(trials) - 1)]
    logarithm = float(optimize.minimize_scalar(misfit_of, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x)
    (final, change), rest = fit(logarithm)
    deviation = math.sqrt(float(np.sum(rest**2)) / float(np.sum(weights**2)))
    return math.exp(logarithm), float(final), float(change), deviation / float(np.ptp(values))
