"""What sources do in time, as SPICE writes it."""

from __future__ import annotations

from circuits.compact.spice import number
from solver.signals.schedule import Schedule
from solver.signals.segments import Wave

JUMP = 1e-7
"""Part of the duration that a jump takes, since SPICE has none."""

A_PERIOD = 400
"""Points of a sine that is part of a longer course: lines between them are within 3e-5 of its amplitude."""


def waveform(schedule: Schedule | None, name: str, rest: float, duration: float) -> str:
    """Value of a source. rest: before its protocol, and without one. duration: of the run, s."""
    if schedule is None or name not in schedule.keys:
        return f"DC {number(rest)}"
    segments = schedule.segments[name]
    if len(segments) == 1 and isinstance(segments[0], Wave):
        wave = segments[0]
        if wave.turn == 0.0 and wave.start == 0.0 and wave.middle == rest and wave.stop >= duration * (1.0 - 1e-9):
            return f"DC {number(rest)} SIN({number(rest)} {number(wave.amplitude)} {number(wave.frequency)})"
    points = [(0.0, rest)]
    for segment in segments:
        _add(points, segment.start, segment.first, duration)
        if isinstance(segment, Wave):
            count = max(round(A_PERIOD * segment.frequency * (segment.stop - segment.start)), 2)
            for k in range(1, count):
                time = segment.start + k * (segment.stop - segment.start) / count
                _add(points, time, segment.value(time), duration)
        _add(points, segment.stop, segment.last, duration)
    _add(points, segments[-1].stop if segments else 0.0, schedule.last[name], duration)
    rows = [" ".join(f"{number(t)} {number(v)}" for t, v in points[k : k + 5]) for k in range(0, len(points), 5)]
    return f"DC {number(rest)} PWL(\n+ " + "\n+ ".join(rows) + ")"


def _add(points: list[tuple[float, float]], time: float, value: float, duration: float) -> None:
    """A further point; where it is a jump, a little later than the last one."""
    last, before = points[-1]
    shortest = JUMP * duration
    if time - last < 0.5 * shortest:
        if value == before:
            return
        time = last + shortest
    points.append((time, value))
