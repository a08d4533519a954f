"""Where a current vanishes and where its power is largest, from what is known of it: currents and slopes at some biases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SAME = 1e-6
"""Part of the span of the known biases below which two of them are one for an interpolation."""

SETTLED = 2e-9
"""V by which a state at the zero of the current may lie beyond what is told of it: twice the last step of the search."""


@dataclass(frozen=True)
class Known:
    """Current (A) and its slope (S) at a bias (V)."""

    bias: float
    current: float
    slope: float

    @property
    def zero(self) -> float:
        """V where the tangent vanishes."""
        return self.bias - self.current / self.slope if self.slope else math.inf

    @property
    def gain(self) -> float:
        """W/V: slope of the delivered power -I V."""
        return -(self.current + self.bias * self.slope)


def next_zero(known: Sequence[Known], farthest: float) -> float:
    """The next bias (V) on the way to the zero of the current: by Newton's method from the last one, or where that leads out
    of what encloses the zero, the zero of the interpolated curve.

    farthest: V, the longest step while nothing encloses the zero.
    """
    last = known[-1]
    enclosing = _enclosing(known)
    if enclosing is None:
        step = last.zero - last.bias if last.slope > 0.0 else -math.copysign(farthest, last.current)
        return last.bias + float(np.clip(step, -farthest, farthest))
    low, high = enclosing
    if last.slope > 0.0 and low.bias < last.zero < high.bias:
        return last.zero
    return _root(enclosing, slope=False)


def next_best(known: Sequence[Known], reversal: float) -> float:
    """The bias (V) of the largest power between zero and the reversal potential, by the interpolated current."""
    beyond = max(SAME, SETTLED / abs(reversal))
    between = sorted(
        (each for each in known if 0.0 <= each.bias / reversal <= 1.0 + beyond), key=lambda each: each.bias
    )
    apart = [between[0]]
    for each in between[1:]:
        if each.bias - apart[-1].bias > SAME * abs(reversal):
            apart.append(each)
    return _root(apart, slope=True)


def curve_of(known: Sequence[Known]) -> object:
    """The cubic curve through known currents with their slopes, in increasing bias."""
    from scipy.interpolate import CubicHermiteSpline  # takes a while to import

    ordered = sorted(known, key=lambda each: each.bias)
    return CubicHermiteSpline(*np.array([(each.bias, each.current, each.slope) for each in ordered]).T)


def _enclosing(known: Sequence[Known]) -> tuple[Known, Known] | None:
    """The closest two between which the current rises through zero; None without any."""
    below = [each for each in known if each.current <= 0.0]
    above = [each for each in known if each.current > 0.0]
    pairs = [(low, high) for low in below for high in above if low.bias < high.bias]
    return min(pairs, key=lambda pair: pair[1].bias - pair[0].bias) if pairs else None


def _root(known: Sequence[Known], *, slope: bool) -> float:
    """Zero of the interpolated current, or with `slope` of that of the power."""
    from scipy.optimize import brentq

    curve = curve_of(known)
    biases = [each.bias for each in known]

    def current(bias: float) -> float:
        return float(curve(bias))  # type: ignore[operator]

    def gain(bias: float) -> float:
        return current(bias) + bias * float(curve(bias, 1))  # type: ignore[operator]

    return float(brentq(gain if slope else current, min(biases), max(biases), xtol=1e-15))
