"""What a run in time shows, from its rows: current-voltage loops, memory times, pulses. No finite elements.

The rows are those of observables.csv. The voltage between them is known from the protocol; the current is a cubic spline
in time between the corners of the protocol, where the row of a corner belongs to what comes before it (the displacement
current jumps there). With 40 rows a period the area of an ellipse is right to 3e-5 (the trapezoid rule on the rows
alone leaves 4e-3 to 8e-3), and the lobes of a conductance that follows the voltage with a delay to 1e-3; with 20 rows
these are right to 2e-2, with 12 to 0.1 at best. Fits of the conductance instead of the current were no better.
`area_error` estimates what the interpolation leaves: the difference to splines of the fifth degree.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, interpolate  # type: ignore[import-untyped,unused-ignore]

from solver.analysis.rows import LEAST_ROWS, Array, Run
from solver.case.case import Case
from solver.case.studies.transient import Transient
from solver.results.headers import BIAS, CURRENT, header
from solver.signals.schedule import Cycle, Schedule

PINCHED = 0.05
"""Largest current at zero voltage, over the largest current, of a pinched loop."""

ENERGY = header("energy", "J")

SUBDIVISIONS = 32
"""Points on the interpolated loop for every row."""


# ------------------------------------------------------------------------------------------------ loops
def loop_entries(run: Run) -> Iterator[dict[str, Any]]:
    """One entry a period of every sine or triangle of a potential."""
    for cycle in run.schedule.cycles():
        for period in range(1, math.floor(cycle.periods * (1.0 + 1e-12)) + 1):
            start, stop = cycle.bounds(period)
            if cycle.key.endswith(".potential") and run.reaches(stop) and run.within(start, stop).sum() >= LEAST_ROWS:
                yield _loop(run, cycle, period, start, stop)


def _loop(run: Run, cycle: Cycle, period: int, start: float, stop: float) -> dict[str, Any]:
    arguments = run.times, run.columns[CURRENT], run.schedule, cycle.key, start, stop
    voltage, current = loop_points(*arguments)
    middle = 0.5 * (voltage.max() + voltage.min())
    positive, negative, crossing = lobes(voltage - middle, current)
    finer = lobes(voltage - middle, loop_points(*arguments, degree=5)[1])
    own = run.columns[CURRENT][run.within(start, stop)]
    highest, lowest = max(float(current.max()), float(own.max())), min(float(current.min()), float(own.min()))
    spans = float(np.ptp(voltage)) * (highest - lowest)
    area = abs(positive) + abs(negative)
    steps = int((run.within(start, stop) & (run.times > start + run.instant)).sum())
    return {
        "outer": run.outer,
        "key": cycle.key,
        "frequency [Hz]": cycle.frequency,
        "period": period,
        "start [s]": start,
        "stop [s]": stop,
        "area [W]": area,
        "area_error [W]": abs(positive - finer[0]) + abs(negative - finer[1]),
        "area_positive [W]": positive,
        "area_negative [W]": negative,
        "area_normalised": area / spans if spans > 0.0 else 0.0,
        "current_maximum [A]": highest,
        "current_minimum [A]": lowest,
        "crossing_current [A]": crossing,
        ENERGY: energy(run, start, stop),
        "pinched": bool(crossing < PINCHED * max(abs(highest), abs(lowest))),
        # without a row for every step the rows do not tell
        "accepted_steps": steps if run.every_step else None,
    }


def energy(run: Run, start: float, stop: float) -> float | None:
    """What the source of the bias delivers in an interval, J: the integral of bias times current; None without a bias."""
    found = 0.0
    if not np.isfinite(run.columns[BIAS]).all():
        return None
    for rows, fine in pieces(run.times, run.schedule, start, stop):
        bias, current = (spline(run.times[rows], run.columns[name][rows], 3)(fine) for name in (BIAS, CURRENT))
        found += float(integrate.trapezoid(bias * current, fine))
    return found


def loop_points(
    times: Array, current: Array, schedule: Schedule, key: str, start: float, stop: float, degree: int = 3
) -> tuple[Array, Array]:
    """Voltage and current along one period, many points for every row of it.

    times, current: columns of the rows. The voltage is exact, the current interpolated (see the module's text).
    """
    points: list[tuple[Array, Array]] = []
    for rows, fine in pieces(times, schedule, start, stop):
        inside = [schedule.values(float(time))[key] for time in fine[1:-1]]
        ends = schedule.values(float(fine[0]), after=True)[key], schedule.values(float(fine[-1]))[key]
        points.append((np.array([ends[0], *inside, ends[1]]), spline(times[rows], current[rows], degree)(fine)))
    return np.concatenate([v for v, _ in points]), np.concatenate([i for _, i in points])


def pieces(times: Array, schedule: Schedule, start: float, stop: float) -> Iterator[tuple[NDArray[np.bool_], Array]]:
    """The smooth pieces of an interval, between the corners of the protocol: which rows belong to each, and many times in it,
    its ends included."""
    small = 1e-9 * schedule.duration
    corners = [0.0, *(corner.time for corner in schedule.corners() if corner.time > small)]
    inner = [time for time in corners if start + small < time < stop - small]
    for begin, end in itertools.pairwise([start, *inner, stop]):
        # a period need not begin at a row, so that the spline goes on to the next corners
        first = max(time for time in corners if time <= begin + small)
        last = min(time for time in corners if time >= end - small)
        chosen = (times >= first - small) & (times <= last + small)
        if chosen.sum() > LEAST_ROWS and times[chosen][0] <= first + small:
            chosen[np.argmax(chosen)] = False  # what comes after a corner has its own current there
        at = times[chosen]
        knots = [begin, *at[(at > begin + small) & (at < end - small)], end]
        fine = np.concatenate(
            [[begin], *(np.linspace(a, b, SUBDIVISIONS + 1)[1:] for a, b in itertools.pairwise(knots))]
        )
        yield chosen, fine


def spline(times: Array, values: Array, degree: int) -> Any:
    """Through the rows in time; of lower degree where there are too few."""
    if len(times) < 2:
        return lambda at: np.full(np.shape(at), values[0])
    return interpolate.make_interp_spline(times, values, k=min(degree, len(times) - 1 - len(times) % 2))


def lobes(voltage: Array, current: Array) -> tuple[float, float, float]:
    """Signed areas at positive and at negative voltage of a loop given by its points, anticlockwise positive, and the
    largest absolute current at zero voltage.

    An area is -integral I dV; the piece of the axis V = 0 that closes a lobe adds nothing.
    """
    first, second = voltage[:-1], voltage[1:]
    crossing = np.flatnonzero(first * second < 0.0)
    part = first[crossing] / (first[crossing] - second[crossing])
    at_zero = current[crossing] + part * (current[crossing + 1] - current[crossing])
    voltage = np.insert(voltage, crossing + 1, 0.0)
    current = np.insert(current, crossing + 1, at_zero)
    mean = 0.5 * (current[1:] + current[:-1])
    areas = [-mean @ np.diff(side) for side in (np.maximum(voltage, 0.0), np.minimum(voltage, 0.0))]
    at_zero = current[np.abs(voltage) <= 1e-12 * np.max(np.abs(voltage))]
    return float(areas[0]), float(areas[1]), float(np.max(np.abs(at_zero), initial=0.0))


def largest_area(case: Case, loops: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The frequency of the largest normalised area, where a frequency is the outer parameter: the top of the parabola in
    the logarithm of the frequency through the largest area and its neighbours."""
    outer = Transient.of(case).outer
    if outer is None or not outer.parameter.endswith(".frequency"):
        return None
    last: dict[float, Mapping[str, Any]] = {}
    for entry in loops:
        if entry["outer"] is not None and entry["frequency [Hz]"] == entry["outer"]:
            last[entry["outer"]] = entry
    if not last:
        return None
    frequencies = sorted(last)
    areas = [float(last[frequency]["area_normalised"]) for frequency in frequencies]
    best = int(np.argmax(areas))
    frequency, area, inside = frequencies[best], areas[best], 0 < best < len(areas) - 1
    if inside:
        three = slice(best - 1, best + 2)
        origin = math.log(frequency)
        a, b, c = np.polyfit(np.log(frequencies[three]) - origin, areas[three], 2)
        if a < 0.0:
            frequency, area = float(math.exp(origin - b / (2.0 * a))), float(c - b * b / (4.0 * a))
    # at an end of the range the largest area may lie beyond it
    return {"frequency [Hz]": frequency, "area_normalised": area, "inside_the_range": inside}
