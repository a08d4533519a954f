"""Levels, transfer curves and noise margins of gates, and the power that sources deliver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from circuits.arrays import Array
from circuits.elements.device import Device
from circuits.network.equations import Network

FINE = 64
"""Points between two of a transfer curve where its slope is looked for."""

ROUNDING = 1e-6
"""Slopes above one by less are those of gates without gain, whose output follows the input at a distance."""


def delivered(
    network: Network, unknowns: Array, values: Mapping[str, float], charging: Array | None = None
) -> dict[str, float]:
    """Power (W) that each source delivers to the rest, negative where it takes power up.

    values: of the sources. charging: rates of change of the charges at the terminals of all elements, A.
    """
    found, start = {}, 0
    for name, element in network.elements.items():
        count = len(element.at())
        if element.source_key in ("voltage", "current") and not isinstance(element, Device):
            potentials, own = network.of(name, unknowns)
            currents = element.flows(potentials, own, values.get(name, 0.0)).values[:count]
            if charging is not None:
                currents = currents + charging[start : start + count]
            found[name] = -float(currents @ potentials)
        start += count
    return found


@dataclass(frozen=True)
class Margins:
    """Numbers of a transfer curve. V; None where there is no such point.

    Attributes:
        gain: largest size of the slope; where no line between two points is steeper than one, that of the steepest.
        switching: input at which the output is half-way between its ends.
        low, high: inputs at which the slope has the size one, the first and the last.
        noise_low, noise_high: how far a low input may rise, and a high one fall, from the levels of a gate before: low input
            minus low output, and high output minus high input. Both are positive in a family of gates that restores levels.
    """

    gain: float
    switching: float | None
    low: float | None
    high: float | None
    noise_low: float | None
    noise_high: float | None


def margins(inputs: Sequence[float], outputs: Sequence[float]) -> Margins:
    """Margins of a transfer curve, from cubic splines.

    inputs: ascending or descending, V. outputs: of one node, V.
    """
    x, y = np.asarray(inputs, dtype=np.float64), np.asarray(outputs, dtype=np.float64)
    if x[0] > x[-1]:
        x, y = x[::-1], y[::-1]
    curve = CubicSpline(x, y)
    fine = np.interp(np.linspace(0.0, len(x) - 1.0, FINE * (len(x) - 1) + 1), np.arange(len(x)), x)
    slope = curve(fine, 1)
    secants = np.diff(y) / np.diff(x)
    has_gain = (
        float(np.abs(secants).max()) > 1.0 + ROUNDING
    )  # the spline may overshoot between few points, a secant does not
    gain = float(np.abs(slope if has_gain else secants).max())
    middle = 0.5 * (y[0] + y[-1])
    switching = _roots(CubicSpline(x, y - middle), x)
    sign = 1.0 if y[-1] >= y[0] else -1.0
    ones = _roots(CubicSpline(fine, sign * slope - 1.0), x) if has_gain else []
    if len(ones) < 2:
        return Margins(gain, switching[0] if switching else None, None, None, None, None)
    low, high = ones[0], ones[-1]
    return Margins(gain, switching[0] if switching else None, low, high, low - float(y.min()), float(y.max()) - high)


def _roots(curve: CubicSpline, within: Array) -> list[float]:
    """Zeros of a spline between the ends of its points."""
    found = np.sort(np.asarray(curve.roots(extrapolate=False)))
    return [float(root) for root in found if within[0] <= root <= within[-1]]


@dataclass(frozen=True)
class OutputLevels:
    """Levels of an output over all states, V; None where no state gives such a bit.

    Attributes:
        highest_low: the worst 0. lowest_high: the worst 1.
    """

    highest_low: float | None
    lowest_high: float | None

    @property
    def swing(self) -> float | None:
        """What is between the worst levels."""
        if self.highest_low is None or self.lowest_high is None:
            return None
        return self.lowest_high - self.highest_low


def levels(potentials: Sequence[float], threshold: float) -> OutputLevels:
    """The worst levels among the potentials of an output (V), which are 1 from a threshold."""
    low = [each for each in potentials if each < threshold]
    high = [each for each in potentials if each >= threshold]
    return OutputLevels(max(low, default=None), min(high, default=None))


def cascaded(inputs: Sequence[float], outputs: Sequence[float], start: float, count: int) -> list[float]:
    """Levels behind gates in a row, each the output of the one before through a transfer curve, as if none loaded the one
    before. start: level at the first input, V."""
    x, y = np.asarray(inputs, dtype=np.float64), np.asarray(outputs, dtype=np.float64)
    if x[0] > x[-1]:
        x, y = x[::-1], y[::-1]
    curve, found = CubicSpline(x, y), []
    for _ in range(count):
        start = float(curve(np.clip(start, x[0], x[-1])))
        found.append(start)
    return found


def energies(times: Sequence[float], powers: Sequence[float], period: float, count: int) -> list[float]:
    """Integral of a power (W) over each of some periods from zero (J), by the trapezoidal rule.

    times: ascending, s; the ends of the periods are among them.
    """
    t, p = np.asarray(times, dtype=np.float64), np.asarray(powers, dtype=np.float64)
    total = np.concatenate([[0.0], np.cumsum(0.5 * (p[1:] + p[:-1]) * np.diff(t))])
    ends = np.interp(period * np.arange(count + 1), t, total)
    return [float(each) for each in np.diff(ends)]
