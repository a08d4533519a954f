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
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, optimize  # type: ignore[import-untyped,unused-ignore]

from solver.case import Case
from solver.control import SweepAxis, Transient
from solver.schedule import Cycle, PulseTrain, Schedule, schedule_of

Array = NDArray[np.float64]
Row = Mapping[str, Any]

TIME, CURRENT, CONDUCTANCE, SALT = "time [s]", "current [A]", "conductance [S]", "salt_axial_mean [mol/m^3]"

PINCHED = 0.05
"""Largest current at zero voltage, over the largest current, of a pinched loop."""

SUBDIVISIONS = 32
"""Points on the interpolated loop for every row."""

LEAST_SPANS = 3.0
"""Time constants that a hold must last: in a shorter one the fast modes of the salt pass for the slow one."""

SLOW_PART = 1 / 3
"""Of the way to the final value, from which on the salt follows its slowest mode."""

LEAST_CHANGE = 1e-3
"""Relative change of the salt in a hold from which its relaxation is fitted."""

LEAST_ROWS = 5
"""Rows in a hold from which its relaxation is fitted."""


@dataclass(frozen=True)
class _Run:
    """The rows of one outer value in the order of time, as columns, with the schedule they follow."""

    outer: float | None
    case: Case
    schedule: Schedule
    columns: Mapping[str, Array]

    @property
    def times(self) -> Array:
        return self.columns[TIME]

    @property
    def instant(self) -> float:
        """Times closer than this are one."""
        return 1e-9 * self.schedule.duration

    def within(self, start: float, stop: float) -> NDArray[np.bool_]:
        """Which rows lie in an interval, its ends included."""
        chosen: NDArray[np.bool_] = (self.times >= start - self.instant) & (self.times <= stop + self.instant)
        return chosen

    def at(self, name: str, time: float) -> float | None:
        """A column's value in the row at a time; None when there is no such row or no value."""
        near = np.flatnonzero(np.abs(self.times - time) <= self.instant)
        value = float(self.columns[name][near[0]]) if len(near) and name in self.columns else math.nan
        return value if math.isfinite(value) else None

    def reaches(self, time: float) -> bool:
        """Whether the rows go as far as a time."""
        return len(self.times) > 0 and bool(self.times[-1] >= time - self.instant)


def summary(rows: Sequence[Row], case: Case) -> dict[str, Any]:
    """The entries of summary.json of a transient: loops, memory, pulses, largest_area, cost.

    rows: of observables.csv, in the order of computing; numbers, or texts as a file has them, nothing where there is no
    value. Of an unfinished run, what its rows cover.
    """
    runs = list(_runs(rows, case))
    loops = [entry for run in runs for entry in _loops(run)]
    return {
        "rectification": [],
        "loops": loops,
        "memory": [entry for run in runs for entry in _memory(run)],
        "pulses": [entry for run in runs for entry in _pulses(run)],
        "largest_area": _largest_area(case, loops),
    }


def _number(value: Any) -> float:
    return math.nan if value is None or value == "" else float(value)


def _header(case: Case, key: str) -> str:
    unit = case.unit(key)
    return f"{key} [{unit}]" if unit else key


def _runs(rows: Sequence[Row], case: Case) -> Iterator[_Run]:
    study = case.study
    if not isinstance(study, Transient):
        raise ValueError(f"a {study.type} study has no loops")
    outer = study.outer
    header = "" if outer is None else _header(case, outer.parameter)
    groups: dict[float | None, list[Row]] = {}
    for row in rows:
        groups.setdefault(None if outer is None else _nearest(_number(row[header]), outer), []).append(row)
    for value, found in groups.items():
        own = case if outer is None or value is None else case.with_value(outer.parameter, value)
        ordered = sorted(found, key=lambda row: _number(row[TIME]))
        names = [TIME, CURRENT, CONDUCTANCE, SALT]
        columns = {name: np.array([_number(row.get(name)) for row in ordered]) for name in names}
        yield _Run(value, own, schedule_of(own), columns)


def _nearest(value: float, axis: SweepAxis) -> float:
    """The value of the axis that a row means (a file may have fewer digits)."""
    return min(axis.points(), key=lambda point: abs(point - value))


# ------------------------------------------------------------------------------------------------ loops
def _loops(run: _Run) -> Iterator[dict[str, Any]]:
    """One entry a period of every sine or triangle of a potential."""
    for cycle in run.schedule.cycles():
        for period in range(1, math.floor(cycle.periods * (1.0 + 1e-12)) + 1):
            start, stop = cycle.bounds(period)
            if cycle.key.endswith(".potential") and run.reaches(stop) and run.within(start, stop).sum() >= LEAST_ROWS:
                yield _loop(run, cycle, period, start, stop)


def _loop(run: _Run, cycle: Cycle, period: int, start: float, stop: float) -> dict[str, Any]:
    arguments = run.times, run.columns[CURRENT], run.schedule, cycle.key, start, stop
    voltage, current = loop_points(*arguments)
    middle = 0.5 * (voltage.max() + voltage.min())
    positive, negative, crossing = lobes(voltage - middle, current)
    finer = lobes(voltage - middle, loop_points(*arguments, degree=5)[1])
    own = run.columns[CURRENT][run.within(start, stop)]
    highest, lowest = max(float(current.max()), float(own.max())), min(float(current.min()), float(own.min()))
    spans = float(np.ptp(voltage)) * (highest - lowest)
    area = abs(positive) + abs(negative)
    study = run.case.study
    every = isinstance(study, Transient) and study.record_every is None
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
        "pinched": bool(crossing < PINCHED * max(abs(highest), abs(lowest))),
        # without a row for every step the rows do not tell
        "accepted_steps": int((run.within(start, stop) & (run.times > start + run.instant)).sum()) if every else None,
    }


def loop_points(
    times: Array, current: Array, schedule: Schedule, key: str, start: float, stop: float, degree: int = 3
) -> tuple[Array, Array]:
    """Voltage and current along one period, many points for every row of it.

    times, current: columns of the rows. The voltage is exact, the current interpolated (see the module's text).
    """
    small = 1e-9 * schedule.duration
    corners = [0.0, *(corner.time for corner in schedule.corners() if corner.time > small)]
    inner = [time for time in corners if start + small < time < stop - small]
    points: list[tuple[Array, Array]] = []
    for begin, end in itertools.pairwise([start, *inner, stop]):
        # a period need not begin at a row, so that the spline goes on to the next corners
        first = max(time for time in corners if time <= begin + small)
        last = min(time for time in corners if time >= end - small)
        chosen = (times >= first - small) & (times <= last + small)
        at, values = times[chosen], current[chosen]
        if len(at) > LEAST_ROWS and at[0] <= first + small:
            at, values = at[1:], values[1:]  # what comes after a corner has its own current there
        knots = [begin, *at[(at > begin + small) & (at < end - small)], end]
        fine = np.concatenate(
            [[begin], *(np.linspace(a, b, SUBDIVISIONS + 1)[1:] for a, b in itertools.pairwise(knots))]
        )
        inside = [schedule.values(float(time))[key] for time in fine[1:-1]]
        voltage = [schedule.values(begin, after=True)[key], *inside, schedule.values(end)[key]]
        points.append((np.array(voltage), _spline(at, values, degree)(fine)))
    return np.concatenate([v for v, _ in points]), np.concatenate([i for _, i in points])


def _spline(times: Array, values: Array, degree: int) -> Any:
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


def _largest_area(case: Case, loops: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The frequency of the largest normalised area, where a frequency is the outer parameter: the top of the parabola in
    the logarithm of the frequency through the largest area and its neighbours."""
    outer = case.study.outer if isinstance(case.study, Transient) else None
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


# ------------------------------------------------------------------------------------------------ memory
def _memory(run: _Run) -> Iterator[dict[str, Any]]:
    """One entry a hold in which the salt relaxes, for at least some of its own time constants."""
    for start, stop in run.schedule.holds():
        chosen = run.within(start, stop)
        salt = run.columns[SALT][chosen]
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
                "of": SALT,
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


# ------------------------------------------------------------------------------------------------ pulses
def _pulses(run: _Run) -> Iterator[dict[str, Any]]:
    for number, train in enumerate(run.schedule.pulse_trains()):
        first: float | None = None
        for pulse, start in enumerate(train.starts):
            entry = _pulse(run, train, pulse)
            if entry is None:
                return
            end = entry["conductance_end [S]"]
            first = end if pulse == 0 else first
            ratio = end / first if end is not None and first else None
            yield {
                "outer": run.outer,
                "train": number + 1,
                "pulse": pulse + 1,
                "start [s]": start,
                "stop [s]": start + train.width,
                **entry,
                "ratio_to_first": ratio,
            }


def _pulse(run: _Run, train: PulseTrain, pulse: int) -> dict[str, float | None] | None:
    """Currents and conductances of one pulse; None when the rows do not reach the end of its plateau."""
    _, end = train.plateau(pulse)
    current = run.at(CURRENT, end)
    if current is None:
        return None
    return {
        "current_end [A]": current,
        "conductance_end [S]": run.at(CONDUCTANCE, end),
        "conductance_before [S]": run.at(CONDUCTANCE, train.starts[pulse]),
    }
