"""How fast the device is, against how fast a study drives it: the times and frequencies of `nanochannel check`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.transient import Transient
from solver.check.numbers import CycleNumbers, DeviceTimes, ProtocolNumbers, SpectrumNumbers
from solver.physics.transport import ambipolar_diffusivity
from solver.signals.schedule import record_times, schedule_of

MOST_ROWS = 20_000
"""Rows of a run beyond which its tables become slow to read."""


def device_times(case: Case) -> DeviceTimes | None:
    """The characteristic times; None when the case does not tell the length of the channel."""
    mouths = case.geometry.mouths
    if mouths is None:
        return None
    closed = not case.terminals
    # plates charge each other's layers through half of the gap (Bazant, Thornton, Ajdari, PRE 70, 021506 (2004))
    length = (mouths[1] - mouths[0]) * (0.5 if closed else 1.0)
    solution = case.solution(case.driven_terminal if case.driven_terminal in case.terminals else None)
    diffusivity, debye = ambipolar_diffusivity(solution), solution.debye_length
    return DeviceTimes(
        length=length,
        diffusion=length**2 / diffusivity,
        memory=None if closed else length**2 / (12.0 * diffusivity),
        debye=debye**2 / diffusivity,
        charging=debye * length / diffusivity,
    )


def protocol_numbers(case: Case) -> ProtocolNumbers | None:
    """Of a transient; None for other studies."""
    study = case.study
    if not isinstance(study, Transient):
        return None
    schedule, times = schedule_of(case), device_times(case)
    memory = None if times is None else times.memory
    cycles: dict[tuple[float, float], CycleNumbers] = {}
    for path, run in outer_cases(case):
        for cycle in schedule_of(run).cycles():
            turns = None if memory is None else 2.0 * math.pi * cycle.frequency * memory
            cycles[cycle.frequency, cycle.periods] = CycleNumbers(path, cycle.frequency, cycle.periods, turns)
    rows = len(record_times(study, schedule.duration)) if study.record_every is not None else None
    return ProtocolNumbers(schedule.duration, len(schedule.corners()), schedule.keys, rows, tuple(cycles.values()))


def outer_cases(case: Case) -> Iterator[tuple[str, Case]]:
    """The case for every outer value of a transient, with a label; the case itself without one."""
    outer = case.study.outer if isinstance(case.study, Transient) else None
    if outer is None:
        yield "", case
        return
    for value in outer.points():
        yield (
            f"{outer.parameter} = {value:g} {case.unit(outer.parameter)}".strip(),
            case.with_value(outer.parameter, value),
        )


def spectrum_numbers(case: Case) -> SpectrumNumbers | None:
    """Of an impedance study; None for other studies."""
    if not isinstance(case.study, Impedance):
        return None
    frequencies = case.study.frequency_values()
    return SpectrumNumbers(min(frequencies), max(frequencies), len(frequencies))


# ------------------------------------------------------------------------------------------------ warnings
def time_warnings(case: Case) -> Iterator[tuple[str, str]]:
    """What a study in time or frequency misses."""
    times = device_times(case)
    if isinstance(case.study, Transient):
        yield from _row_warnings(case.study, case)
        if times is not None:
            yield from _protocol_warnings(case, times)
    spectrum = spectrum_numbers(case)
    if spectrum is not None and times is not None:
        yield from _spectrum_warnings(spectrum, times)


def _row_warnings(study: Transient, case: Case) -> Iterator[tuple[str, str]]:
    for label, run in outer_cases(case):
        rows = len(record_times(study, schedule_of(run).duration))
        if rows > MOST_ROWS:
            least = schedule_of(run).duration / MOST_ROWS
            where = f" (at {label})" if label else ""
            yield (
                "rows",
                f"record_every makes {rows:,} rows of a protocol of {schedule_of(run).duration:.3g} s{where}, each at least"
                f" one time step; for {MOST_ROWS:,} write {least:.2g} s or more",
            )
            return


def _protocol_warnings(case: Case, times: DeviceTimes) -> Iterator[tuple[str, str]]:
    for label, run in outer_cases(case):
        schedule = schedule_of(run)
        where = f" (at {label})" if label else ""
        if times.memory is not None and not schedule.cycles() and schedule.keys and schedule.duration < times.memory:
            yield (
                "short",
                f"the protocol takes {schedule.duration:.3g} s{where}, less than the memory time L^2/(12 D) ="
                f" {times.memory:.3g} s: the salt in the channel does not relax in it",
            )
        slowest = times.diffusion / math.pi**2
        for cycle in schedule.cycles():
            if times.memory is not None and cycle.periods / cycle.frequency < slowest:
                yield (
                    "periods",
                    f"{cycle.periods:g} periods at {cycle.frequency:.3g} Hz{where} take less than L^2/(pi^2 D) ="
                    f" {slowest:.3g} s, the slowest relaxation of the channel: its loops are not periodic yet; write"
                    f" periods: {math.ceil(3.0 * slowest * cycle.frequency)} or more",
                )


def _spectrum_warnings(spectrum: SpectrumNumbers, times: DeviceTimes) -> Iterator[tuple[str, str]]:
    charging = DeviceTimes.frequency(times.charging)
    slow = times.charging if times.memory is None else times.memory
    if spectrum.highest < DeviceTimes.frequency(slow):
        yield (
            "spectrum below",
            f"all frequencies, up to {spectrum.highest:.3g} Hz, lie below that of the slowest process,"
            f" {DeviceTimes.frequency(slow):.3g} Hz: the impedance is its limit at zero frequency throughout",
        )
    elif spectrum.lowest > max(charging, DeviceTimes.frequency(times.debye)):
        yield (
            "spectrum above",
            f"all frequencies, from {spectrum.lowest:.3g} Hz, lie above that of the electrolyte's own relaxation,"
            f" {DeviceTimes.frequency(times.debye):.3g} Hz: the device is only a capacitor there",
        )
