"""A circuit in time for an analysis: its instants one after another, and what is read from the potential of one node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from circuits.arrays import Array
from circuits.description.circuit import Circuit
from circuits.description.driving import values_of
from circuits.solving.corners import begin, follow, step_control
from circuits.solving.stepper import CircuitInstant, CircuitStepper
from circuits.studies.session import Session
from solver.signals.schedule import Schedule

KNOWN = 4
"""Instants through which a crossing is interpolated."""


@dataclass(frozen=True)
class Driven:
    """The values of all sources, constant between times at which they jump.

    Attributes:
        rest: from which the circuit starts at its operating point.
        jumps: times (s, ascending, the first may be 0) and the values from there on.
    """

    rest: Mapping[str, float]
    jumps: tuple[tuple[float, Mapping[str, float]], ...] = ()

    @classmethod
    def pulse(cls, rest: Mapping[str, float], source: str, value: float, width: float) -> Driven:
        """One source has another value from time 0 for `width` seconds."""
        return cls(rest, ((0.0, {**rest, source: value}), (width, rest)))

    @classmethod
    def constant(cls, rest: Mapping[str, float], source: str, value: float) -> Driven:
        """One source has another value from time 0 on."""
        return cls(rest, ((0.0, {**rest, source: value}),))

    def __call__(self, time: float, after: bool = False) -> Mapping[str, float]:
        """Values at a time; at a jump those before, or (after) those behind it."""
        found = self.rest
        for start, values in self.jumps:
            if start < time or (after and start == time):
                found = values
        return found

    def corners(self) -> dict[float, bool]:
        """Times at which values jump (True), s."""
        return {time: True for time, _ in self.jumps}


@dataclass(frozen=True)
class Scheduled:
    """The values of all sources by their protocols.

    Attributes:
        rest: before them.
        schedule: of the protocols; None without any.
    """

    rest: Mapping[str, float]
    schedule: Schedule | None

    @classmethod
    def of(cls, circuit: Circuit) -> Scheduled:
        """As the file of a circuit describes them."""
        return cls(values_of(circuit.elements), circuit.schedule)

    def __call__(self, time: float, after: bool = False) -> Mapping[str, float]:
        """Values at a time; at a jump those before, or (after) those behind it."""
        return self.rest if self.schedule is None else {**self.rest, **self.schedule.values(time, after)}

    def corners(self) -> dict[float, bool]:
        """Times at which values jump (True) or bend, s."""
        return {} if self.schedule is None else {corner.time: corner.jump for corner in self.schedule.corners()}


def course(
    session: Session, driven: Driven | Scheduled, duration: float, tolerance: float, largest: float
) -> Iterator[CircuitInstant]:
    """Accepted instants of a run from the operating point of the circuit, that first. Collective.

    Raises:
        CircuitFailure, StepTooShort: on all ranks; a state is not reached.
    """
    unknowns = session.settle()
    if session.fields is not None:
        session.fields.settle(0.0)
    control = step_control(tolerance, largest)
    stepper = CircuitStepper.from_state(session.newton, session.devices, driven, unknowns, control)
    yield stepper.now
    corners = {time: jump for time, jump in driven.corners().items() if time < duration}
    begin(stepper, jumps=corners.get(0.0, False))
    for landing in sorted({*corners, duration} - {0.0}):
        while stepper.now.time < landing:
            yield stepper.advance(landing)
        if landing < duration:
            follow(stepper, jumps=corners[landing])


@dataclass
class Trace:
    """The potential of one node while a run goes on: when it rises through a level, and how far it rises.

    Attributes:
        node: position of its potential among the unknowns.
        level: V.
        crossings: times at which the potential rose through the level, s.
        peak: largest potential so far, V.
    """

    node: int
    level: float
    crossings: list[float] = field(default_factory=list)
    peak: float = -np.inf
    _known: list[tuple[float, float]] = field(default_factory=list)

    @property
    def last_time(self) -> float:
        """Of the last instant, s; 0 before the first."""
        return self._known[-1][0] if self._known else 0.0

    def add(self, now: CircuitInstant) -> bool:
        """Look at the next instant; whether the potential rose through the level since the last one."""
        value = float(now.unknowns[self.node])
        if self._known and now.time - now.step > self._known[-1][0] * (1.0 + 1e-12):
            self._known = self._known[
                -1:
            ]  # a jump of a source is between: what was before it says nothing about this step
        self._known = [*self._known, (now.time, value)][-KNOWN:]
        self.peak = max(self.peak, value, _top(self._known))
        if len(self._known) < 2:
            return False
        below, rose = self._known[-2][1], value
        if not below < self.level <= rose:
            return False
        self.crossings.append(crossing(self._known, self.level))
        return True


def crossing(known: Sequence[tuple[float, float]], level: float) -> float:
    """Time at which the polynomial through instants passes a level between the last two."""
    from scipy.optimize import brentq

    times, values = (np.array(column) for column in zip(*known, strict=True))
    start, step = times[-2], times[-1] - times[-2]
    places = (times - start) / step

    def off(place: float) -> float:
        return float(_through(places, values - level, place))

    if off(0.0) * off(1.0) >= 0.0:
        return float(times[-1])
    return float(start + step * brentq(off, 0.0, 1.0, xtol=1e-12))


def _through(places: Array, values: Array, place: float) -> float:
    """The polynomial through points (Lagrange)."""
    total = 0.0
    for k, value in enumerate(values):
        others = np.delete(places, k)
        total += value * float(np.prod((place - others) / (places[k] - others)))
    return total


def _top(known: Sequence[tuple[float, float]]) -> float:
    """Top of the parabola through the last three instants where the middle one is the highest; else minus infinity."""
    if len(known) < 3:
        return -np.inf
    (t0, v0), (t1, v1), (t2, v2) = known[-3:]
    if not (v1 >= v0 and v1 >= v2 and (v1 > v0 or v1 > v2)):
        return -np.inf
    first, second = (v1 - v0) / (t1 - t0), (v2 - v1) / (t2 - t1)
    bend = (second - first) / (t2 - t0)
    slope = first + bend * (t1 - t0)
    return v1 - slope**2 / (4.0 * bend)
