"""What a protocol does in time: the driven values at every instant, and the instants at which they jump or bend.

    schedule = Schedule.of(study.tracks(), {"terminals.base.potential": 0.0})
    schedule.values(2e-3)                  # {"terminals.base.potential": 0.4}
    schedule.values(2e-3, after=True)      # at a jump: the limit from the right
    [corner.time for corner in schedule.corners()]

Times are in s from the start of the protocol, values in SI units. Instants closer than 1e-12 of the duration are one.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from meshes.quantity import misfit
from solver.inputs.errors import Key
from solver.signals.segments import Line, Segment, Wave, segments_of
from solver.signals.waveforms import ProtocolStep, Pulses, Sine, Triangle


class HasRows(Protocol):
    """A study in time, as far as its rows are concerned."""

    @property
    def record_every(self) -> float | None:
        """Time between rows, s."""


class HasInstants(HasRows, Protocol):
    """A transient study, as far as its instants are concerned."""

    @property
    def fields_at(self) -> Any:
        """Times as written."""

    def field_times(self) -> list[float]:
        """Times at which fields are written, s."""


SAME_INSTANT = 1e-12
"""Fraction of the duration below which two instants are one."""

SAME_VALUE = 1e-9
"""Relative difference of values, slopes and curvatures that is rounding, not a corner."""


# ------------------------------------------------------------------------------------------------ the schedule
@dataclass(frozen=True)
class Corner:
    """An instant (s) at which a driven value jumps, or at which its slope or curvature does."""

    time: float
    jump: bool


@dataclass(frozen=True)
class Cycle:
    """A sine or triangle step of one key: start (s), frequency (Hz), number of periods (not always whole)."""

    key: str
    start: float
    frequency: float
    periods: float

    def bounds(self, period: int) -> tuple[float, float]:
        """Begin and end in s of a period, counted from 1."""
        return self.start + (period - 1) / self.frequency, self.start + period / self.frequency


@dataclass(frozen=True)
class PulseTrain:
    """A pulses step: its keys, the start of every pulse (s), the width of a pulse and of its flanks within (s)."""

    keys: tuple[str, ...]
    starts: tuple[float, ...]
    width: float
    rise_time: float

    def plateau(self, pulse: int) -> tuple[float, float]:
        """Begin and end in s of the constant part of a pulse, counted from 0."""
        start = self.starts[pulse]
        return start + self.rise_time, start + (self.width - self.rise_time)


@dataclass(frozen=True)
class Schedule:
    """The driven values in time.

    Attributes:
        duration: s.
        initial: SI value of every driven key before the start.
        segments: for every key what follows, without gaps from 0 to the end of its track.
        last: value of every key after the end of its track.
    """

    duration: float
    initial: dict[str, float]
    segments: dict[str, tuple[Segment, ...]]
    last: dict[str, float]
    steps: tuple[tuple[float, ProtocolStep], ...]

    @classmethod
    def of(cls, tracks: Sequence[tuple[Key, Sequence[ProtocolStep]]], initial: Mapping[str, float]) -> Schedule:
        """The schedule of tracks that run side by side.

        tracks: steps in SI units, each track with its path below the study. initial: SI value of every driven key before.

        Raises:
            PydanticCustomError: the protocol takes no time.
        """
        duration = max(math.fsum(step.length for step in steps) for _, steps in tracks)
        if duration <= 0.0:
            raise misfit(("study", "protocol"), "takes no time; add e.g. '- {type: hold, duration: 2 ms}'")
        segments: dict[str, list[Segment]] = {key: [] for key in initial}
        last = dict(initial)
        started: list[tuple[float, ProtocolStep]] = []
        for _, steps in tracks:
            own = list(dict.fromkeys(key for step in steps for key in step.settings))
            start = 0.0
            for i, step in enumerate(steps):
                started.append((start, step))
                stop = math.fsum(earlier.length for earlier in steps[: i + 1])
                for key in own:
                    if key not in step.settings:
                        added: list[Segment] = [Line(start, stop, last[key], last[key])]
                    else:
                        added = list(segments_of(step, key, start, stop, last[key]))
                    segments[key] += (segment for segment in added if segment.stop > segment.start)
                    last[key] = added[-1].last
                start = stop
        started.sort(key=lambda item: item[0])
        kept = {key: tuple(of_key) for key, of_key in segments.items()}
        return cls(duration, dict(initial), kept, last, tuple(started))

    @property
    def keys(self) -> tuple[str, ...]:
        """The driven keys, in the order of their appearance."""
        return tuple(self.initial)

    @property
    def _instant(self) -> float:
        return SAME_INSTANT * self.duration

    def values(self, time: float, after: bool = False) -> dict[str, float]:
        """The values at an instant; at a jump the limit from the left, or from the right with `after`."""
        return {key: self._value(key, time, after) for key in self.initial}

    def _value(self, key: str, time: float, after: bool) -> float:
        segments, (before, following) = self.segments[key], self._sides(key, time)
        if following < 0:
            return self.initial[key]
        if before == following < len(segments):
            return segments[before].value(time)
        if after:
            return segments[following].first if following < len(segments) else self.last[key]
        if before == len(segments):
            return self.last[key]
        return segments[before].last if before >= 0 else self.initial[key]

    @cached_property
    def _joints(self) -> dict[str, list[float]]:
        """The starts of the segments, and the end of the last."""
        return {
            key: [segment.start for segment in segments] + [segments[-1].stop if segments else 0.0]
            for key, segments in self.segments.items()
        }

    def _sides(self, key: str, time: float) -> tuple[int, int]:
        """Positions of the segments before and after an instant, the same one in the inside of a segment; -1 before the
        start, the number of segments after the end."""
        joints = self._joints[key]
        before = bisect.bisect_left(joints, time - self._instant) - 1
        return before, bisect.bisect_right(joints, time + self._instant) - 1

    def range(self, key: str) -> tuple[float, float]:
        """Least and greatest value that a key takes, its initial one included."""
        return self._ranges[key]

    @cached_property
    def _ranges(self) -> dict[str, tuple[float, float]]:
        found = {}
        for key, segments in self.segments.items():
            ends = [(self.initial[key],) * 2, (self.last[key],) * 2, *(segment.range for segment in segments)]
            found[key] = min(low for low, _ in ends), max(high for _, high in ends)
        return found

    def extremes(self) -> list[dict[str, float]]:
        """Values of all keys at instants at which one of them is least or greatest, each once; the initial ones first."""
        instants = [(0.0, False), *((corner.time, after) for corner in self.corners() for after in (False, True))]
        for segments in self.segments.values():
            instants += [(time, False) for segment in segments if isinstance(segment, Wave) for time in segment.turns()]
        all_values = [self.values(time, after) for time, after in instants]
        found = [self.initial]
        for key in self.keys:
            for choose in (min, max):
                values = choose(all_values, key=lambda each: each[key])
                if all(values[key] != other[key] for other in found):
                    found.append(values)
        return found

    # ---------------------------------------------------------------------------------------- instants
    def corners(self) -> tuple[Corner, ...]:
        """Every instant at which a value jumps or has a kink, sorted; the end always, the start only when it jumps there."""
        return self._corners

    @cached_property
    def _corners(self) -> tuple[Corner, ...]:
        found: list[tuple[float, bool]] = [(self.duration, False)]
        for key, joints in self._joints.items():
            for time in joints:
                jump, kink = self._joint(key, time)
                if jump or (kink and time > 0.0):
                    found.append((time, jump))
        corners: list[Corner] = []
        for time, jump in sorted(found):
            if corners and time - corners[-1].time <= self._instant:
                corners[-1] = Corner(corners[-1].time, corners[-1].jump or jump)
            else:
                corners.append(Corner(time, jump))
        corners[-1] = Corner(self.duration, corners[-1].jump)
        return tuple(corners)

    def _joint(self, key: str, time: float) -> tuple[bool, bool]:
        """Whether a key's value jumps, and whether its slope or curvature does, where two of its segments meet."""
        segments, (before, following) = self.segments[key], self._sides(key, time)
        low, high = self.range(key)
        jump = abs(self._value(key, time, False) - self._value(key, time, True)) > SAME_VALUE * (high - low)
        sides = [segments[i].derivatives(time) if 0 <= i < len(segments) else (0.0, 0.0) for i in (before, following)]
        floors = ((high - low) / self.duration, (high - low) / self.duration**2)
        return jump, any(
            abs(left - right) > SAME_VALUE * max(abs(left), abs(right), floor)
            for left, right, floor in zip(*sides, floors, strict=True)
        )

    def jumps(self, key: str) -> bool:
        """Whether the value of a key jumps anywhere."""
        return any(self._joint(key, time)[0] for time in self._joints[key])

    def holds(self) -> tuple[tuple[float, float], ...]:
        """The longest intervals in which nothing changes."""
        times = [0.0, *(corner.time for corner in self.corners() if corner.time > 0.0)]
        found = []
        for start, stop in itertools.pairwise(times):
            middle = 0.5 * (start + stop)
            if not any(self._moves(key, middle) for key in self.initial):
                found.append((start, stop))
        return tuple(found)

    def _moves(self, key: str, time: float) -> bool:
        segments, (_, i) = self.segments[key], self._sides(key, time)
        if i >= len(segments):
            return False
        segment = segments[i]
        return not (isinstance(segment, Line) and segment.first == segment.last)

    def cycles(self) -> tuple[Cycle, ...]:
        """The sine and triangle steps, in the order of their starts, one entry a driven key."""
        return tuple(
            Cycle(key, start, step.frequency, step.periods)
            for start, step in self.steps
            if isinstance(step, (Sine, Triangle))
            for key in step.settings
        )

    def angular_frequency(self, time: float) -> float:
        """The largest of the sines that are under way at a time or end there, rad/s; 0 where there is none."""
        periods = [
            (start, start + step.periods / step.frequency, step.frequency)
            for start, step in self.steps
            if isinstance(step, Sine)
        ]
        return 2.0 * math.pi * max((f for start, stop, f in periods if start < time <= stop), default=0.0)

    def pulse_trains(self) -> tuple[PulseTrain, ...]:
        """The pulses steps, in the order of their starts."""
        return tuple(
            PulseTrain(
                tuple(step.settings),
                tuple(start + i * step.spacing for i in range(step.count)),
                step.width,
                step.rise_time,
            )
            for start, step in self.steps
            if isinstance(step, Pulses)
        )


# ------------------------------------------------------------------------------------------------ instants of a study
def record_times(study: HasRows, duration: float) -> list[float]:
    """The multiples of `record_every` from 0 to the end, in s; none without it."""
    every = study.record_every
    if every is None:
        return []
    count = math.floor(duration / every * (1.0 + SAME_INSTANT) + SAME_INSTANT)
    rate = 1.0 / every  # dividing by a whole number keeps decimal times decimal
    whole = round(rate)
    exact = abs(rate - whole) <= 1e-12 * rate
    return [min(i / whole if exact else i * every, duration) for i in range(count + 1)]


def field_times(study: HasInstants, duration: float) -> list[float]:
    """The times of `fields_at` from 0 to the end, sorted, in s."""
    return [min(time, duration) for time in study.field_times() if time <= duration * (1.0 + SAME_INSTANT)]


def late_field_time(study: HasInstants, duration: float) -> tuple[Key, str] | None:
    """Path below the case and text of the last time of `fields_at` when it is beyond the end."""
    last = max(study.field_times(), default=0.0)
    if last <= duration * (1.0 + SAME_INSTANT):
        return None
    which: Key = (study.fields_at.index(last),) if isinstance(study.fields_at, tuple) else ("stop",)
    return ("study", "fields_at", *which), f"{last:g} s is beyond the end of the protocol, which takes {duration:g} s"
