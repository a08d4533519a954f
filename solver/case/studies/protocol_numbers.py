"""What `nanochannel check` says of a protocol: its numbers, and what it is too fast, too short or too fine for."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from solver.case.studies.base import StudyNumbers
from solver.inputs.text import WIDTH, si, table
from solver.physics.times import DeviceTimes
from solver.signals.schedule import HasInstants, Schedule, record_times

MOST_ROWS = 20_000
"""Rows of a run beyond which its tables become slow to read."""


@dataclass(frozen=True)
class CycleNumbers:
    """A periodic step (Hz, number of periods), at an outer value if there is one.

    Attributes:
        turns: 2 pi frequency times the memory time; loops are widest near 1. None without a memory time.
    """

    label: str
    frequency: float
    periods: float
    turns: float | None


@dataclass(frozen=True)
class ProtocolNumbers(StudyNumbers):
    """A protocol: duration in s, its corners, the keys it drives, the rows that record_every asks for (None without
    it), its periodic steps."""

    duration: float
    corners: int
    keys: tuple[str, ...]
    rows: int | None
    cycles: tuple[CycleNumbers, ...]

    @classmethod
    def of(
        cls, study: HasInstants, schedule: Schedule, runs: Mapping[str, Schedule], times: DeviceTimes | None
    ) -> ProtocolNumbers:
        """Numbers of a protocol as written; its periodic steps at all outer values.

        runs: schedule at every outer value, by its label; one without a label when there is no outer parameter.
        """
        memory = None if times is None else times.memory
        cycles: dict[tuple[float, float], CycleNumbers] = {}
        for label, run in runs.items():
            for cycle in run.cycles():
                turns = None if memory is None else 2.0 * math.pi * cycle.frequency * memory
                cycles[cycle.frequency, cycle.periods] = CycleNumbers(label, cycle.frequency, cycle.periods, turns)
        rows = len(record_times(study, schedule.duration)) if study.record_every is not None else None
        return cls(schedule.duration, len(schedule.corners()), schedule.keys, rows, tuple(cycles.values()))

    def text(self) -> list[str]:
        parts = [f"protocol: {si(self.duration, 's')}, {self.corners} corner{'s' * (self.corners != 1)}"]
        parts.append(f"drives {', '.join(self.keys)}" if self.keys else "drives nothing")
        if self.rows is not None:
            parts.append(f"{self.rows:,} rows by record_every")
        blocks = [textwrap.fill("; ".join(parts), WIDTH, subsequent_indent="    ")]
        if self.cycles:
            blocks.append(
                table(
                    "cycle",
                    self.cycles,
                    [
                        ("periods", lambda c: f"{c.periods:g}"),
                        (
                            "2 pi frequency x memory time (widest loops near 1)",
                            lambda c: "-" if c.turns is None else f"{c.turns:.3g}",
                        ),
                    ],
                    names=[si(cycle.frequency, "Hz") for cycle in self.cycles],
                )
            )
        return blocks


# ------------------------------------------------------------------------------------------------ warnings
def protocol_warnings(
    study: HasInstants, runs: Mapping[str, Schedule], times: DeviceTimes | None
) -> Iterator[tuple[str, str]]:
    """(kind, text) of what a protocol misses. runs: as in `ProtocolNumbers.of`."""
    yield from _too_many_rows(study, runs)
    if times is not None:
        for label, schedule in runs.items():
            yield from _too_fast(schedule, times, f" (at {label})" if label else "")


def _too_many_rows(study: HasInstants, runs: Mapping[str, Schedule]) -> Iterator[tuple[str, str]]:
    for label, schedule in runs.items():
        rows = len(record_times(study, schedule.duration))
        if rows > MOST_ROWS:
            least = schedule.duration / MOST_ROWS
            where = f" (at {label})" if label else ""
            yield (
                "rows",
                f"record_every makes {rows:,} rows of a protocol of {schedule.duration:.3g} s{where}, each at least"
                f" one time step; for {MOST_ROWS:,} write {least:.2g} s or more",
            )
            return


def _too_fast(schedule: Schedule, times: DeviceTimes, where: str) -> Iterator[tuple[str, str]]:
    if times.memory is None:
        return
    if not schedule.cycles() and schedule.keys and schedule.duration < times.memory:
        yield (
            "short",
            f"the protocol takes {schedule.duration:.3g} s{where}, less than the memory time L^2/(12 D) ="
            f" {times.memory:.3g} s: the salt in the channel does not relax in it",
        )
    slowest = times.diffusion / math.pi**2
    for cycle in schedule.cycles():
        if cycle.periods / cycle.frequency < slowest:
            yield (
                "periods",
                f"{cycle.periods:g} periods at {cycle.frequency:.3g} Hz{where} take less than L^2/(pi^2 D) ="
                f" {slowest:.3g} s, the slowest relaxation of the channel: its loops are not periodic yet; write"
                f" periods: {math.ceil(3.0 * slowest * cycle.frequency)} or more",
            )
