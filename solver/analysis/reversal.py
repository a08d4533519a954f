"""Reversal potential and osmotic power of a device between unlike reservoirs, interpolated from a sweep of the bias.

Between the reservoirs a current flows without a bias, the short-circuit current. It vanishes at the reversal potential, and
between zero and that potential the device delivers the power -I V, which has a maximum. Potentials that electrodes add to the
bias are not part of the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from solver.analysis.curves import curves_along_bias
from solver.analysis.driving import drives_of, with_swept
from solver.case.case import Case
from solver.results.headers import BIAS, CURRENT, CURRENT_ERROR, error_header, header
from solver.results.rows import Row

REVERSAL_POTENTIAL = header("reversal_potential", "V")
SHORT_CIRCUIT_CURRENT = header("short_circuit_current", "A")
OSMOTIC_POWER = header("osmotic_power", "W")
BIAS_OF_POWER = header("osmotic_power_bias", "V")

SAFETY = 2.0
"""Factor between the largest difference of other interpolations (monotone, Akima's, quadratic) and the error of the cubic
one. Of 1,430 random curves of the constant-field equation, with rectification, 6 % lie outside; 0.4 % of those whose points
are at most 50 mV and the width of their rectification apart."""

Array = NDArray[np.float64]
Curve = Callable[[Any], Any]


def reversals(rows: Sequence[Row], case: Case) -> list[dict[str, Any]]:
    """An entry for every curve along the bias between unlike reservoirs: the other swept keys, and the numbers with their
    errors; NaN where the sweep does not reach them.

    rows: of observables.csv of the case. An error adds what kinds of interpolation differ by to what the error bars of
    the currents bring; it is NaN for two points, which tell nothing about interpolation, and without error bars.
    """
    found = []
    for shared, curve in curves_along_bias(rows):
        bias = np.array([float(row[BIAS]) for row in curve])
        if len(np.unique(bias)) < max(2, len(bias)) or not drives_of(with_swept(case, shared)).salt:
            continue
        order = np.argsort(bias)
        current = np.array([float(row[CURRENT]) for row in curve])[order]
        bars = np.array([_number(row.get(CURRENT_ERROR)) for row in curve])[order]
        found.append({**shared, **_numbers(bias[order], current, bars)})
    return found


def _numbers(bias: Array, current: Array, bars: Array) -> dict[str, float]:
    """Numbers of one curve with increasing bias (V), current (A) and its error bars (A)."""
    from scipy.interpolate import Akima1DInterpolator, PchipInterpolator, make_interp_spline

    smooth = make_interp_spline(bias, current, k=min(3, len(bias) - 1))
    others = [kind(bias, current) for kind in (PchipInterpolator, Akima1DInterpolator, _quadratic) if len(bias) > 2]
    short, short_error = math.nan, math.nan
    if bias[0] <= 0.0 <= bias[-1]:
        short, short_error = _with_error(lambda curve: float(curve(0.0)), smooth, others)
        short_error += _bar(bias, bars, 0.0, 0.0)
    reversal = reversal_error = power = power_error = best = math.nan
    if (bracket := _bracket(bias, current)) is not None:
        reversal, reversal_error = _with_error(lambda curve: _root(curve, *bracket), smooth, others)
        slope = (float(smooth(bracket[1])) - float(smooth(bracket[0]))) / (bracket[1] - bracket[0])
        reversal_error += _bar(bias, bars, *bracket) / abs(slope)
        if not math.isnan(short):
            best = _best_bias(smooth, reversal)
            power, power_error = _with_error(lambda curve: -best * float(curve(best)), smooth, others)
            power_error += abs(best) * _bar(bias, bars, min(0.0, reversal), max(0.0, reversal))
    return {
        REVERSAL_POTENTIAL: reversal,
        error_header(REVERSAL_POTENTIAL): reversal_error,
        SHORT_CIRCUIT_CURRENT: short,
        error_header(SHORT_CIRCUIT_CURRENT): short_error,
        OSMOTIC_POWER: power,
        error_header(OSMOTIC_POWER): power_error,
        BIAS_OF_POWER: best,
    }


def _quadratic(bias: Array, current: Array) -> Curve:
    """Interpolating spline of second degree."""
    from scipy.interpolate import make_interp_spline

    return cast(Curve, make_interp_spline(bias, current, k=2))


def _with_error(number: Callable[[Curve], float], smooth: Curve, others: Sequence[Curve]) -> tuple[float, float]:
    """A number of an interpolated curve, and its error from those of other interpolations; NaN without any."""
    value = number(smooth)
    return value, SAFETY * max((abs(number(other) - value) for other in others), default=math.nan)


def _bracket(bias: Array, current: Array) -> tuple[float, float] | None:
    """The two neighbours between which the current changes its sign, those nearest to zero bias; None without any."""
    changes = np.flatnonzero((current[:-1] <= 0.0) != (current[1:] <= 0.0))
    if not len(changes):
        return None
    at = changes[np.argmin(np.abs(bias[changes] + bias[changes + 1]))]
    return float(bias[at]), float(bias[at + 1])


def _root(curve: Curve, low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda at: float(curve(at)), low, high, xtol=1e-14))


def _best_bias(curve: Curve, reversal: float) -> float:
    """The bias (V) between zero and the reversal potential at which most power is delivered."""
    from scipy.optimize import minimize_scalar

    if reversal == 0.0:
        return 0.0
    found = minimize_scalar(
        lambda part: part * reversal * float(curve(part * reversal)), bounds=(0.0, 1.0), method="bounded"
    )
    return float(found.x) * reversal


def _bar(bias: Array, bars: Array, low: float, high: float) -> float:
    """The largest error bar (A) of the points around an interval, its ends included."""
    first = max(int(np.searchsorted(bias, low, side="right")) - 1, 0)
    last = min(int(np.searchsorted(bias, high, side="left")), len(bias) - 1)
    return float(np.max(bars[first : last + 1]))


def _number(value: Any) -> float:
    return math.nan if value is None or value == "" else abs(float(value))
