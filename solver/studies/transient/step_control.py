"""Lengths of time steps: long enough, and short enough for the tolerance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from solver.studies.transient.tableau import ORDER

STEP_SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 5.0
"""Next step relative to the one that would just meet the tolerance, and limits of its change."""

STEPS_AN_OCTAVE = 4
"""Steps are powers of 2^(1/4) seconds: rounding then does not change them, and factors are used again."""

AFTER_FAILURE = 0.25
"""Factor of the step when Newton's method has failed."""

SHORTEST = 1e-9
"""Smallest step, in Debye times, before the run is given up."""


class StepTooShort(Exception):
    """No step was short enough; the state is that of the last accepted instant."""


@dataclass
class StepCounts:
    """Numbers of steps so far."""

    accepted: int = 0
    rejected: int = 0
    failed: int = 0


class Stepped(Protocol):
    """Where a step has led."""

    @property
    def error(self) -> float:
        """Of the step, thermal voltages."""


Reached = TypeVar("Reached", bound=Stepped)


@dataclass
class StepControl:
    """Chooses the steps of whatever moves in time together.

    Attributes:
        tolerance: largest error of a step in any potential, thermal voltages.
        shortest: s; with less the run is given up.
        largest: longest step, s.
        nominal: the step to take next where nothing has to be landed on, s.
    """

    tolerance: float
    shortest: float
    largest: float
    nominal: float

    @classmethod
    def of(cls, tolerance: float, debye_time: float, largest: float, nominal: float) -> StepControl:
        """With the shortest step that makes sense at a Debye time (s)."""
        return cls(tolerance, SHORTEST * debye_time, largest, nominal)

    @property
    def is_too_short(self) -> bool:
        """Whether the next step is shorter than any that is worth trying."""
        return self.nominal < self.shortest

    def advance(
        self,
        begin: float,
        until: float,
        attempt: Callable[[float, float], Reached],
        failure: type[Exception],
        forget: Callable[[], None],
        counts: StepCounts,
    ) -> Reached:
        """Where the first good enough step from `begin` leads, which ends at `until` (s) or before. Collective.

        attempt: takes a step of a length to an end, s. failure: what it raises where there is no state at the end.
        forget: called before another attempt. counts: what is tried is added to them.

        Raises:
            StepTooShort: none is.
        """
        while True:
            step, lands = self.next(until - begin)
            try:
                found = attempt(step, until if lands else begin + step)
            except failure as error:
                counts.failed += 1
                self.fail(step)
                reason = str(error)
            else:
                if self.accepts(step, found.error):
                    counts.accepted += 1
                    return found
                counts.rejected += 1
                reason = "the error of the shortest steps is too large"
            forget()
            if self.is_too_short:
                raise StepTooShort(reason)

    def next(self, left: float) -> tuple[float, bool]:
        """Length of the next step, and whether it ends where `left` seconds have passed: never leaves a tiny rest before."""
        step = min(self.nominal, self.largest)
        if step >= left * (1 - 1e-9):
            return left, True
        return (left / 2, False) if step > left / 2 else (step, False)

    def fail(self, step: float) -> None:
        """Shorten the next step: a state at the end of this one was not found."""
        self.nominal = rounded_step(AFTER_FAILURE * step)

    def accepts(self, step: float, error: float) -> bool:
        """Whether a step with an error (thermal voltages) is good enough; chooses the next one."""
        factor = STEP_SAFETY * (self.tolerance / max(error, 1e-300)) ** (1 / ORDER)
        proposed = step * min(max(factor, SMALLEST_FACTOR), LARGEST_FACTOR)
        shortened = step < self.nominal and factor >= 1.0
        if error > self.tolerance:
            self.nominal = rounded_step(min(proposed, 0.8 * step))
            return False
        longest = rounded_step(self.largest)
        self.nominal = min(max(rounded_step(proposed), self.nominal if shortened else 0.0), longest)
        return True


def rounded_step(step: float) -> float:
    """Longest power of 2^(1/4) seconds that is not longer than a step."""
    return float(2.0 ** (np.floor(STEPS_AN_OCTAVE * np.log2(step) + 1e-9) / STEPS_AN_OCTAVE))
