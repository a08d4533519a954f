"""The steps of a protocol as segments in time: lines and sine waves of one key, with their exact values at their ends."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from solver.signals.waveforms import ProtocolStep, Pulses, Ramp, Sine, Step, Table, Triangle


@dataclass(frozen=True)
class Line:
    """Linear in time from `first` at `start` to `last` at `stop`."""

    start: float
    stop: float
    first: float
    last: float

    def value(self, time: float) -> float:
        """Value at an instant of the segment; exact at its ends."""
        part = (time - self.start) / (self.stop - self.start)
        return (
            self.first + (self.last - self.first) * part
            if part < 0.5
            else self.last - (self.last - self.first) * (1.0 - part)
        )

    def derivatives(self, time: float) -> tuple[float, float]:
        """First and second derivative at an instant of the segment."""
        return (self.last - self.first) / (self.stop - self.start), 0.0

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value."""
        return min(self.first, self.last), max(self.first, self.last)


@dataclass(frozen=True)
class Wave:
    """middle + amplitude sin(2 pi (frequency (t - start) + turn)); `turn` is the phase as a part of a period.

    It ends after `periods`, at `stop`.
    """

    start: float
    stop: float
    middle: float
    amplitude: float
    frequency: float
    turn: float
    periods: float

    @property
    def first(self) -> float:
        """Value at the start."""
        return self.value(self.start)

    @property
    def last(self) -> float:
        """Value at the end."""
        return self.middle + self.amplitude * _sine(self.periods + self.turn)

    def value(self, time: float) -> float:
        """Value at an instant of the segment; exact at the quarters of a period."""
        return self.middle + self.amplitude * _sine(self.frequency * (time - self.start) + self.turn)

    def turns(self) -> list[float]:
        """The first instants at which it is greatest and least, those within the segment."""
        times = [self.start + ((quarter - self.turn) % 1.0) / self.frequency for quarter in (0.25, 0.75)]
        return [time for time in times if time <= self.stop]

    def derivatives(self, time: float) -> tuple[float, float]:
        """First and second derivative at an instant of the segment."""
        turns, omega = self.frequency * (time - self.start) + self.turn, 2.0 * math.pi * self.frequency
        return self.amplitude * omega * _sine(turns + 0.25), -self.amplitude * omega**2 * _sine(turns)

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value, over a whole period even where the segment is shorter."""
        return self.middle - abs(self.amplitude), self.middle + abs(self.amplitude)


def _sine(turns: float) -> float:
    """sin(2 pi turns), exact at quarters."""
    quarters = 4.0 * turns
    whole = round(quarters)
    if abs(quarters - whole) <= 1e-12 * max(1.0, abs(quarters)):
        return (0.0, 1.0, 0.0, -1.0)[whole % 4]
    return math.sin(2.0 * math.pi * math.fmod(turns, 1.0))


Segment = Line | Wave


def segments_of(step: ProtocolStep, key: str, start: float, stop: float, value: float) -> Iterator[Segment]:
    """Segments that a step adds to one of its keys. value: of the key before the step."""
    match step:
        case Step():
            yield Line(start, start, value, step.settings[key])
        case Ramp():
            yield Line(start, stop, value, step.settings[key])
        case Sine():
            yield Wave(start, stop, value, step.settings[key], step.frequency, step.phase / 360.0, step.periods)
        case Triangle():
            yield from _triangle(step, start, stop, value, step.settings[key])
        case Pulses():
            yield from _pulses(step, start, stop, value, step.settings[key])
        case Table():
            times, values = [start + time for time in step.times or ()], step.settings[key]
            times[-1] = stop
            yield from _polygon(list(zip(times, values, strict=True)))


def _polygon(points: list[tuple[float, float]]) -> Iterator[Line]:
    for (start, first), (stop, last) in itertools.pairwise(points):
        yield Line(start, stop, first, last)


def _triangle(step: Triangle, start: float, stop: float, middle: float, amplitude: float) -> Iterator[Line]:
    """Corners after 1/4, 3/4, 5/4, ... periods; the end wherever the number of periods puts it."""
    quarters = 4.0 * step.periods
    corners = [float(q) for q in range(1, math.ceil(quarters), 2) if quarters - q > 1e-9]
    points = [(start, middle)]
    points += [(start + q / 4.0 / step.frequency, middle + amplitude * _sine(q / 4.0)) for q in corners]
    rest = math.asin(_sine(step.periods)) / (0.5 * math.pi)  # the triangle through the sine's corners and zeros
    yield from _polygon([*points, (stop, middle + amplitude * rest)])


def _pulses(step: Pulses, start: float, stop: float, rest: float, top: float) -> Iterator[Line]:
    for i in range(step.count):
        first = start + i * step.spacing
        end = start + (i + 1) * step.spacing if i + 1 < step.count else stop
        up, down = first + step.rise_time, first + (step.width - step.rise_time)
        back = first + step.width if step.period is not None else end
        yield from _polygon([(first, rest), (up, top), (down, top), (back, rest), (end, rest)])
