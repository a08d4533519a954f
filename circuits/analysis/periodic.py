"""States that repeat themselves under an alternating source.

One period in time is a map of the state at its beginning, whose fixed point is sought: by repetition, which is fast where a
period is longer than the memory of the devices, accelerated after Anderson (J. ACM 12, 547, 1965) where it is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import pi, sin
from typing import Any

import numpy as np

from circuits.arrays import Array
from circuits.solving.corners import follow, step_control
from circuits.solving.newton import CircuitFailure, Instantaneous, Linear
from circuits.solving.stepper import CircuitStepper
from circuits.studies.session import Session
from solver.discretization.evaluation import Evaluation
from solver.physics.constants import FARADAY
from solver.studies.transient.step_control import StepTooShort

MEMORY = 5
"""Earlier periods from which the next beginning is extrapolated."""

SMALLEST = 1e-6
"""Singular values of their differences that count, as a part of the largest."""

STEPS = 16
"""Smallest number of steps of a period."""


@dataclass(frozen=True)
class Wave:
    """What a source does in a period.

    Attributes:
        source: its name.
        rest: values of all sources; that of this one is the middle.
        kind: square, sine or triangle.
        amplitude: largest distance from the middle.
        period: s.
    """

    source: str
    rest: Mapping[str, float]
    kind: str
    amplitude: float
    period: float

    def __call__(self, time: float, after: bool = False) -> Mapping[str, float]:
        """Values of all sources at a time (s) in the period; at a jump from the left, or (after) from the right."""
        part = time / self.period
        if self.kind == "sine":
            height = sin(2.0 * pi * part)
        elif self.kind == "triangle":
            height = 4.0 * part if part < 0.25 else 2.0 - 4.0 * part if part < 0.75 else 4.0 * part - 4.0
        else:
            height = 1.0 if (0.0 < part < 0.5) or (after and part == 0.0) or (not after and part == 0.5) else -1.0
        return {**self.rest, self.source: self.rest[self.source] + self.amplitude * height}

    @property
    def corners(self) -> dict[float, bool]:
        """Instants within the period (s), and whether the source jumps there rather than bends."""
        if self.kind == "sine":
            return {}
        if self.kind == "triangle":
            return {0.25 * self.period: False, 0.75 * self.period: False}
        return {0.5 * self.period: True}


@dataclass(frozen=True)
class Passed:
    """What has passed in one period.

    Attributes:
        charges: C, by device and terminal.
        amounts: mol, by device, terminal and species.
        gross: C, at the terminal with most, whatever the direction.
    """

    charges: Mapping[tuple[str, str], float]
    amounts: Mapping[tuple[str, str, str], float]
    gross: float

    @property
    def carried(self) -> dict[tuple[str, str, str], float]:
        """The amounts as charge of monovalent ions, over the gross charge."""
        return {key: FARADAY * amount / self.gross for key, amount in self.amounts.items()}

    def kept(self) -> dict[tuple[str, str], float]:
        """Amount of each species that each device has taken up (mol); nothing in a state that repeats itself."""
        found: dict[tuple[str, str], float] = {}
        for (device, _, species), amount in self.amounts.items():
            found[device, species] = found.get((device, species), 0.0) + amount
        return found


@dataclass(frozen=True)
class Period:
    """A period on the way to the state that repeats itself.

    Attributes:
        number: from 1.
        passed: in it.
        charges, amounts: uncertainties of those that passed, as of `Passed`; infinite in the first period.
        is_settled: whether they are small enough.
    """

    number: int
    passed: Passed
    charges: Mapping[tuple[str, str], float]
    amounts: Mapping[tuple[str, str, str], float]
    is_settled: bool


@dataclass
class Beginnings:
    """Chooses where the next period begins. Collective.

    Attributes:
        dot: product of two states.
        known: beginnings of periods and how far their ends were from them.
    """

    dot: Callable[[Any, Any], float]
    known: list[tuple[list[Array], list[Array]]] = field(default_factory=list)

    def next(self, begun: list[Array], ended: list[Array]) -> list[Array]:
        """The beginning after a period from one state to another."""
        self.known = [*self.known, (begun, [e - b for b, e in zip(begun, ended, strict=True)])][-MEMORY - 1 :]
        if len(self.known) < 2:
            return ended
        states, moves = zip(*self.known, strict=True)
        last = moves[-1]
        steps = [self._difference(moves, k) for k in range(1, len(moves))]
        gram = np.array([[self.dot(a, b) for b in steps] for a in steps])
        right = np.array([self.dot(a, last) for a in steps])
        sizes = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        weights = np.linalg.lstsq(gram / np.outer(sizes, sizes), right / sizes, rcond=SMALLEST**2)[0] / sizes
        found = [each.copy() for each in ended]
        for k, weight in enumerate(weights, start=1):
            ends = self._difference(states, k), steps[k - 1]
            for into, state, move in zip(found, *ends, strict=True):
                into -= weight * (state + move)
        return found

    def _difference(self, of: Any, k: int) -> list[Array]:
        return [b - a for a, b in zip(of[k - 1], of[k], strict=True)]


def periods(session: Session, wave: Wave, tolerance: float, settled: float, most: int) -> Iterator[Period]:
    """Periods from the operating point until one repeats itself, or the largest number. Collective.

    tolerance: of time steps. settled: part of the gross charge by which what passes may be off.

    Raises:
        CircuitFailure, StepTooShort: on all ranks.
    """
    fields = session.fields
    assert fields is not None
    beginnings = Beginnings(fields.dot)
    begun = [session.settle(dict(wave.rest), anew=True), *fields.states()]
    slow = Slow(session, wave, begun[0], fields.rest())
    plain, before = begun, None
    for number in range(1, most + 1):
        try:
            passed, ended, ahead = _period(session, wave, tolerance, begun, slow)
        except (CircuitFailure, StepTooShort):
            if begun is plain:
                raise
            beginnings.known.clear()  # the extrapolated state was not one to begin with
            begun = plain
            passed, ended, ahead = _period(session, wave, tolerance, begun, slow)
        found = _compared(number, passed, before, settled)
        yield found
        if found.is_settled:
            return
        before, plain, begun = passed, ended, beginnings.next(begun, ahead)


@dataclass(frozen=True)
class Slow:
    """Tells from what a period has left in the circuit how far the state is from repeating itself, to first order about the
    operating point: what changes slowly there, such as the salt in a long pore, would take many short periods.

    Attributes:
        session: the circuit.
        wave: its source.
        unknowns, rest: of the operating point: those of the network, and the states of the devices.
    """

    session: Session
    wave: Wave
    unknowns: Array
    rest: Sequence[Evaluation]

    def ahead(self, ended: list[Array], gained: Array, before: Sequence[tuple[Array, Array]]) -> list[Array]:
        """The state at the end of a period, moved on to where nothing would be gained.

        The linear response to the mean rate at which a mode with time t gains moves it on by t/T of what it gained in the
        period T: all that is left for slow modes, and nothing more for fast ones.

        gained: of what the elements store. before: what the devices held at the beginning.

        Raises:
            CircuitFailure: on all ranks.
        """
        fields, newton = self.session.fields, self.session.newton
        assert fields is not None
        at = Instantaneous(self.wave.rest, 0.0, np.zeros_like(self.unknowns))
        currents, condensed = fields.slow_changes(self.rest, before, self.wave.period)
        matrix = newton.at(self.unknowns, at).matrix(0.0) + condensed
        change = Linear.of(matrix).solve(gained / self.wave.period + currents)
        return [end + by for end, by in zip(ended, [change, *fields.slow_states(change)], strict=True)]


def _period(
    session: Session, wave: Wave, tolerance: float, begun: list[Array], slow: Slow
) -> tuple[Passed, list[Array], list[Array]]:
    """What passes in a period from a beginning, the state at its end, and that from which to go on: the same, or where it
    tends to in many periods, if that is farther away than the beginning."""
    fields = session.fields
    assert fields is not None
    unknowns, states = begun[0], begun[1:]
    fields.begin_from(states, unknowns)
    fields.settle(0.0)
    control = step_control(tolerance, wave.period / STEPS)
    stepper = CircuitStepper.from_state(session.newton, fields, wave, unknowns, control)
    follow(stepper, jumps=True)
    stored, before = stepper.now.stored, fields.contents()
    gross = np.zeros(len(fields.charges_by_port()))
    for landing in [*wave.corners, wave.period]:
        while stepper.now.time < landing:
            held = np.array(list(fields.charges_by_port().values()))
            stepper.advance(landing)
            gross += np.abs(np.array(list(fields.charges_by_port().values())) - held)
        if landing in wave.corners:
            follow(stepper, jumps=wave.corners[landing])
    amounts = {
        (device, port, species): amount
        for device, ports in fields.amounts_passed().items()
        for port, of_species in ports.items()
        for species, amount in of_species.items()
    }
    passed = Passed(fields.charges_by_port(), amounts, float(gross.max()))
    ended = [stepper.now.unknowns, *fields.states()]
    ahead = slow.ahead(ended, stepper.now.stored - stored, before)
    short, far = ([b - a for a, b in zip(ended, other, strict=True)] for other in (begun, ahead))
    return passed, ended, ahead if fields.dot(far, far) > fields.dot(short, short) else ended


def _compared(number: int, passed: Passed, before: Passed | None, settled: float) -> Period:
    """A period beside the one before."""
    if before is None:
        nothing = dict.fromkeys(passed.charges, np.inf), dict.fromkeys(passed.amounts, np.inf)
        return Period(number, passed, *nothing, is_settled=False)
    kept = passed.kept()
    charges = {key: abs(value - before.charges[key]) for key, value in passed.charges.items()}
    amounts = {
        key: max(abs(value - before.amounts[key]), abs(kept[key[0], key[2]])) for key, value in passed.amounts.items()
    }
    worst = max(*charges.values(), *(FARADAY * amount for amount in amounts.values()))
    return Period(number, passed, charges, amounts, worst <= settled * passed.gross)
