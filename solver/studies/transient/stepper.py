"""Time steps of a problem: a Runge-Kutta method in the ions' contents, with error control and exact balances.

Strong form: d c_i/dt = -div J_i with c_i = exp(mu_i - z_i phi); the potential and the flow have no derivative in time. With
C(w) what each test function holds of its species (`Problem.content`) and F(w, t) the residual without storage, the weak form
is dC/dt + F = 0. Stage i of a step h solves

    C(w_i) - C(w_n) - h sum_{j<i} a_ij K_j + h a_ii F(w_i) = 0,   K_i = dC/dt at the stage,

so that contents, and not potentials, are differenced: what a step changes is to rounding what passed the terminals.
The same recursion for the field's flux through the terminals gives their displacement currents, and since Gauss' law holds at
every stage, conduction and displacement together are conserved at every instant.

The coefficients are those of `solver.studies.transient.tableau`. One-step methods restart at jumps and corners at no cost, and a checkpoint
of the state, its slope and the factorised state continues with the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from solver.discretization.parameters import Drive
from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport
from solver.studies.transient.stages import StageSolver
from solver.studies.transient.tableau import DIAGONAL, EMBEDDED, NODES, ORDER, STAGES
from solver.studies.transient.time_error import Drift

SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 5.0
"""Of the next step relative to the one that would just meet the tolerance, and limits of its change."""

RUNGS = 4
"""Steps are powers of 2^(1/4) seconds: rounding then does not change them, and factors are used again."""

AFTER_FAILURE = 0.25
"""Factor of the step when Newton's method has failed."""

SHORTEST = 1e-9
"""Smallest step, in Debye times, before the run is given up."""

JUMP = 1e-5
"""Duration of the implicit step that takes the state over a jump of the drive, in Debye times."""

MOST_CHANGE = 4.0
"""Of any potential or log concentration of the drive in the first step behind a corner, dimensionless."""

HISTORY = 5
"""States from which the next is guessed."""

FADING = 0.5
"""Of the error of a step, at every later one."""


class StepFailure(Exception):
    """No step was short enough; the state is that of the last accepted instant."""


@dataclass(frozen=True)
class Instant:
    """An accepted state and what passed until then. Dimensionless, in the units of the problem's scales.

    Attributes:
        time, step: s; the step that ended here (0 at the start).
        error, recent: estimated error of the step, largest of any potential in thermal voltages, and of the last few.
        state: unknowns, ghosts included.
        content, slope: what each test function holds of its species and its rate of change, owned entries.
        charge, displacement: of terminals and electrodes: the field's flux and its rate of change. Shape (ports,).
        rates: at which each species enters at each terminal. Shape (terminals, species).
        passed, traffic: its integral and that of its absolute value. Shape (terminals, species).
        charge_passed: integral of conduction and displacement current. Shape (ports,), in units of the field's flux.
        drift: what the steps so far may have left in the unknowns; owned entries.
    """

    time: float
    step: float
    error: float
    recent: float
    state: np.ndarray
    content: np.ndarray
    slope: np.ndarray
    charge: np.ndarray
    displacement: np.ndarray
    rates: np.ndarray
    passed: np.ndarray
    traffic: np.ndarray
    charge_passed: np.ndarray
    drift: np.ndarray


@dataclass
class Effort:
    """What the steps cost so far."""

    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    report: NewtonReport = field(default_factory=NewtonReport)


@dataclass
class TimeStepper:
    """Marches one problem through time.

    Attributes:
        problem, newton: what is moved and how; the problem has storage.
        drive_at: the drive at a time in seconds, from the left or (True) from the right.
        tolerance: largest error of a step in any potential, thermal voltages.
        debye_time: s; the unit of the shortest steps.
        largest: longest step, s.
        now: the last accepted instant.
        nominal: the step to take next where nothing has to be landed on, s.
        judged: whether the drift is followed.
    """

    problem: Problem
    newton: Newton
    drive_at: Callable[[float, bool], Drive]
    tolerance: float
    debye_time: float
    largest: float
    now: Instant
    nominal: float
    judged: bool = True
    effort: Effort = field(default_factory=Effort)
    past: list[tuple[float, np.ndarray]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stages = StageSolver(self.problem, self.newton, self.effort.report)
        self._drift = Drift(self.problem, self.newton)

    def rate_errors(self) -> np.ndarray:
        """What the steps so far may have left in the rates at which species enter at terminals. Shape (terminals, species).
        Collective."""
        return self._drift.rate_errors(self.now.drift)

    @classmethod
    def from_rest(
        cls,
        problem: Problem,
        newton: Newton,
        drive_at: Callable[[float, bool], Drive],
        *,
        tolerance: float,
        debye_time: float,
        largest: float,
        first: float,
        time: float = 0.0,
        judged: bool = True,
    ) -> TimeStepper:
        """From the steady state that the problem holds, at `time`; `first` is the step to try. Collective."""
        problem.storage_rate.value, problem.history = 0.0, None
        if problem.flow:
            problem.flow.solve()
        rates = problem.terminal_rates()
        # what is left of the residual is stored, as it is in every later balance
        slope = -problem.unbalanced()
        slope.reshape(-1, 1 + len(problem.species))[:, 0] = 0.0
        content, charge = problem.content(), problem.field_fluxes()
        now = Instant(
            time=time,
            step=0.0,
            error=0.0,
            recent=0.0,
            state=problem.state.x.array.copy(),
            content=content,
            slope=slope,
            charge=charge,
            displacement=np.zeros_like(charge),
            rates=rates,
            passed=np.zeros_like(rates),
            traffic=np.zeros_like(rates),
            charge_passed=np.zeros_like(charge),
            drift=np.zeros_like(content),
        )
        past = [(time, now.state)]
        return cls(problem, newton, drive_at, tolerance, debye_time, largest, now, rung(first), judged, past=past)

    # ------------------------------------------------------------------ steps
    def advance(self, until: float) -> Instant:
        """One accepted step that ends at `until` or before. Collective.

        Raises:
            StepFailure: with the last accepted state restored.
        """
        while True:
            step, lands = self._next_step(until)
            try:
                found = self._attempt(step, until if lands else self.now.time + step)
            except NewtonFailure as failure:
                self.effort.failed += 1
                self._restore()
                self.nominal = rung(AFTER_FAILURE * step)
                if self.nominal < SHORTEST * self.debye_time:
                    raise StepFailure(str(failure)) from None
                continue
            factor = SAFETY * (self.tolerance / max(found.error, 1e-300)) ** (1 / ORDER)
            proposed = step * min(max(factor, SMALLEST_FACTOR), LARGEST_FACTOR)
            shortened = step < self.nominal and factor >= 1.0
            if found.error > self.tolerance:
                self.effort.rejected += 1
                self._restore()
                self.nominal = rung(min(proposed, 0.8 * step))
                continue
            self.nominal = min(max(rung(proposed), self.nominal if shortened else 0.0), rung(self.largest))
            self.effort.accepted += 1
            self.now = found
            return found

    def _next_step(self, until: float) -> tuple[float, bool]:
        """Length of the next step, and whether it ends at `until`: never leaves a scrap before it."""
        left = until - self.now.time
        step = min(self.nominal, self.largest)
        if step >= left * (1 - 1e-9):
            return left, True
        return (left / 2, False) if step > left / 2 else (step, False)

    def _restore(self) -> None:
        """Put the last accepted state back."""
        self.newton.forget()
        self.problem.state.x.array[:] = self.now.state

    def _attempt(self, step: float, end: float) -> Instant:
        problem, now = self.problem, self.now
        h = step / problem.scales.time
        slopes, displacements, rates = [now.slope], [now.displacement], [now.rates]
        known = list(self.past)
        content, charge = now.content, now.charge
        for row, node in zip(STAGES[1:], NODES[1:], strict=True):
            known_part = [h * a for a in row[:-1]]
            base = now.content + weighted(known_part, slopes)
            charge_base = now.charge + weighted(known_part, displacements)
            time = end if row is STAGES[-1] else now.time + node * step
            guess = extrapolated(known, time)
            found = self._stages.solve(self.drive_at(time, False), 1 / (h * row[-1]), base, guess)
            content, charge = found.content, found.charge
            slopes.append((content - base) / (h * row[-1]))
            displacements.append((charge - charge_base) / (h * row[-1]))
            rates.append(found.rates)
            known = [*known, (time, problem.state.x.array.copy())]
        weights = STAGES[-1]
        defect = weighted([h * (b - e) for b, e in zip(weights, EMBEDDED, strict=True)], slopes)
        inverse = 1 / (h * DIAGONAL)
        change = self._drift.damped(inverse * defect)
        error = self._drift.largest(change)
        drift = now.drift
        if error <= self.tolerance:
            self.past = [*self.past, known[-1]][-HISTORY:]
            drift = self._drift.carried(drift, inverse, content) + change if self.judged else drift
        moved = weighted([h * b for b in weights], rates)
        traffic = h / 2 * (np.abs(rates[0]) + np.abs(rates[-1]))
        return Instant(
            time=end,
            step=step,
            error=error,
            recent=max(error, FADING * now.recent),
            state=problem.state.x.array.copy(),
            content=content,
            slope=slopes[-1],
            charge=charge,
            displacement=displacements[-1],
            rates=rates[-1],
            passed=now.passed + moved,
            traffic=now.traffic + traffic,
            charge_passed=now.charge_passed + self._charge(moved, charge - now.charge),
            drift=drift,
        )

    def _charge(self, passed: np.ndarray, flux: np.ndarray) -> np.ndarray:
        """Charge that entered at each port, in units of the field's flux: ions and displacement."""
        valences = np.array([s.valence for s in self.problem.species])
        charge = np.array(flux)
        charge[: len(passed)] += float(self.problem.coupling.value) * (passed @ valences)
        return charge

    # ------------------------------------------------------------------ corners and jumps
    def bend(self) -> None:
        """Shorten the next step at a corner of the drive, so that the drive changes little during it: the states before the
        corner say nothing about the states behind it."""
        self.past = [(self.now.time, self.now.state)]
        here = self.drive_at(self.now.time, True)
        while here.distance(self.drive_at(self.now.time + self.nominal, False)) > MOST_CHANGE:
            self.nominal = rung(self.nominal / 2)
            if self.nominal < SHORTEST * self.debye_time:
                break

    def jump(self) -> None:
        """Take the state over a jump of the drive at this instant: one implicit step, far shorter than a Debye time, in which
        the field follows and the ions cannot. Collective.

        Raises:
            StepFailure: with the last accepted state restored.
        """
        problem, now = self.problem, self.now
        step = JUMP * self.debye_time
        h = step / problem.scales.time
        origin, target = self.drive_at(now.time, False), self.drive_at(now.time, True)
        done, part, good = 0.0, 1.0, now.state
        self.newton.forget()
        while done < 1.0:
            ahead = min(1.0, done + part)
            try:
                found = self._stages.solve(origin.towards(target, ahead), 1 / h, now.content, good)
                content, charge, rates = found.content, found.charge, found.rates
                done, good = ahead, problem.state.x.array.copy()
            except NewtonFailure as failure:
                part /= 2
                self.newton.forget()
                if part < 1 / 64:
                    self._restore()
                    raise StepFailure(str(failure)) from None
        moved = h * rates
        slope = (content - now.content) / h
        rows = problem.terminal_rows()
        # at the terminals the jump itself is no rate; what it moved is counted
        settled = slope.copy()
        settled[rows] = 0.0
        self.now = replace(
            now, state=good, content=content, slope=settled, charge=charge, displacement=np.zeros_like(charge),
            rates=rates - problem.terminal_sums(slope - settled), passed=now.passed + moved,
            traffic=now.traffic + np.abs(moved), charge_passed=now.charge_passed + self._charge(moved, charge - now.charge),
        )  # fmt: skip
        self.past = [(now.time, good)]
        self.nominal = rung(FIRST_AFTER_JUMP * self.debye_time)


FIRST_AFTER_JUMP = 0.01
"""First step after a jump, in Debye times."""


def weighted(weights: Sequence[float], values: Sequence[np.ndarray]) -> np.ndarray:
    """Sum of arrays, each times its weight."""
    return np.sum([weight * value for weight, value in zip(weights, values, strict=True)], axis=0)


def rung(step: float) -> float:
    """The longest power of 2^(1/4) seconds that is not longer than a step."""
    return float(2.0 ** (np.floor(RUNGS * np.log2(step) + 1e-9) / RUNGS))


def extrapolated(known: list[tuple[float, np.ndarray]], time: float) -> np.ndarray:
    """Lagrange polynomial through the last known states, at a time."""
    last = known[-HISTORY:]
    at = np.array([t for t, _ in last])
    guess = np.zeros_like(last[0][1])
    for k, (t, state) in enumerate(last):
        others = np.delete(at, k)
        guess += np.prod((time - others) / (t - others)) * state
    return guess
