"""How fast the device is: the times of `nanochannel check`."""

from __future__ import annotations

from solver.case.case import Case
from solver.physics.times import DeviceTimes


def device_times(case: Case) -> DeviceTimes | None:
    """The characteristic times, with the solution of the driven terminal; None when the case does not tell the length of the
    channel."""
    mouths = case.geometry.mouths
    if mouths is None:
        return None
    solution = case.solution(case.driven_terminal)
    return DeviceTimes.of(mouths[1] - mouths[0], solution, closed=not case.terminals)
