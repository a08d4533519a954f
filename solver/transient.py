"""Time steps of a problem: a Runge-Kutta method in the ions' contents, with error control and exact balances.

Strong form: d c_i/dt = -div J_i with c_i = exp(mu_i - z_i phi); the potential and the flow have no derivative in time. With
C(w) what each test function holds of its species (`Problem.content`) and F(w, t) the residual without storage, the weak form
is dC/dt + F = 0. Stage i of a step h solves

    C(w_i) - C(w_n) - h sum_{j<i} a_ij K_j + h a_ii F(w_i) = 0,   K_i = dC/dt at the stage,

so that contents, and not potentials, are differenced: what a step changes is to rounding what passed the terminals.
The same recursion for the field's flux through the terminals gives their displacement currents, and since Gauss' law holds at
every stage, conduction and displacement together are conserved at every instant.

The method is ESDIRK3(2)4L[2]SA (Kennedy and Carpenter, Appl. Numer. Math. 44, 139 (2003), implicit part of ARK3(2)4L[2]SA):
order 3, stage order 2, L-stable, stiffly accurate (the last stage is the new state), with an embedded solution of order 2.
All stages have one coefficient, so that one factorisation serves them. One-step methods restart at jumps and corners at no
cost, and a checkpoint of the state, its slope and the factorised state continues with the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from mpi4py import MPI

from solver.drive import Drive
from solver.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings
from solver.problem import Problem

DIAGONAL = 1767732205903 / 4055673282236
STAGES = (
    (0.0,),
    (DIAGONAL, DIAGONAL),
    (2746238789719 / 10658868560708, -640167445237 / 6845629431997, DIAGONAL),
    (1471266399579 / 7840856788654, -4482444167858 / 7529755066697, 11266239266428 / 11593286722821, DIAGONAL),
)
"""Coefficients a_ij; the last row is also that of the new state."""
EMBEDDED = (
    2756255671327 / 12835298489170,
    -10771552573575 / 22201958757719,
    9247589265047 / 10645013368117,
    2193209047091 / 5459859503100,
)
NODES = tuple(sum(row) for row in STAGES)
ORDER = 3

SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 5.0
"""Of the next step relative to the one that would just meet the tolerance, and limits of its change."""

RUNGS = 4
"""Steps are powers of 2^(1/4) seconds: rounding then does not change them, and factors are used again."""

AFTER_FAILURE = 0.25
"""Factor of the step when Newton's method has failed."""

SHORTEST = 1e-9
"""Smallest step, in Debye times, before the run is given up."""

JUMP = 1e-4
"""Duration of the implicit step that takes the state over a jump of the drive, in Debye times."""

HISTORY = 4
"""States from which the next is guessed."""

CONSERVED = 1e-10
"""A stage that loses more of what enters at the terminals gets one more Newton step."""

STAGE = NewtonSettings(tolerance=1e-10, max_iterations=25, good_contraction=0.2)


class StepFailure(Exception):
    """No step was short enough; the state is that of the last accepted instant."""


@dataclass(frozen=True)
class Instant:
    """An accepted state and what passed until then. Dimensionless, in the units of the problem's scales.

    Attributes:
        time, step: s; the step that ended here (0 at the start).
        error: estimated error of the step, largest of any potential in thermal voltages.
        state: unknowns, ghosts included.
        content, slope: what each test function holds of its species and its rate of change, owned entries.
        charge, displacement: of terminals and electrodes: the field's flux and its rate of change. Shape (ports,).
        rates: at which each species enters at each terminal. Shape (terminals, species).
        passed, traffic: its integral and that of its absolute value. Shape (terminals, species).
        charge_passed: integral of conduction and displacement current. Shape (ports,), in units of the field's flux.
    """

    time: float
    step: float
    error: float
    state: np.ndarray
    content: np.ndarray
    slope: np.ndarray
    charge: np.ndarray
    displacement: np.ndarray
    rates: np.ndarray
    passed: np.ndarray
    traffic: np.ndarray
    charge_passed: np.ndarray


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
    """

    problem: Problem
    newton: Newton
    drive_at: Callable[[float, bool], Drive]
    tolerance: float
    debye_time: float
    largest: float
    now: Instant
    nominal: float
    effort: Effort = field(default_factory=Effort)
    past: list[tuple[float, np.ndarray]] = field(default_factory=list)

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
    ) -> TimeStepper:
        """From the steady state that the problem holds, at `time`; `first` is the step to try. Collective."""
        problem.storage_rate.value, problem.history = 0.0, None
        if problem.flow:
            problem.flow.solve()
        rates = problem.terminal_rates()
        content, charge = problem.content(), problem.field_fluxes()
        zero = np.zeros_like(rates)
        now = Instant(
            time, 0.0, 0.0, problem.state.x.array.copy(), content, np.zeros_like(content), charge, np.zeros_like(charge),
            rates, zero, zero, np.zeros_like(charge),
        )  # fmt: skip
        past = [(time, now.state)]
        return cls(problem, newton, drive_at, tolerance, debye_time, largest, now, rung(first), past=past)

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
            earlier = sum(a * k for a, k in zip(row[:-1], slopes, strict=True))
            base = now.content + h * earlier
            charge_base = now.charge + h * sum(a * d for a, d in zip(row[:-1], displacements, strict=True))
            time = end if row is STAGES[-1] else now.time + node * step
            guess = extrapolated(known, time)
            content, charge, rate = self._solve(self.drive_at(time, False), 1 / (h * row[-1]), base, guess)
            slopes.append((content - base) / (h * row[-1]))
            displacements.append((charge - charge_base) / (h * row[-1]))
            rates.append(rate)
            known = [*known, (time, problem.state.x.array.copy())]
        weights = STAGES[-1]
        defect = h * sum((b - e) * k for b, e, k in zip(weights, EMBEDDED, slopes, strict=True))
        error = self._error(defect, 1 / (h * DIAGONAL))
        if error <= self.tolerance:
            self.past = known[-HISTORY:]
        moved = h * sum(b * r for b, r in zip(weights, rates, strict=True))
        traffic = h * np.abs(sum(b * np.abs(r) for b, r in zip(weights, rates, strict=True)))
        carried = now.charge_passed + self._charge(moved, charge - now.charge)
        return Instant(
            end, step, error, problem.state.x.array.copy(), content, slopes[-1], charge, displacements[-1],
            rates[-1], now.passed + moved, now.traffic + traffic, carried,
        )  # fmt: skip

    def _solve(
        self, drive: Drive, rate: float, base: np.ndarray, guess: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Converge at rate (C - base) + F = 0; content, charges and rates there.

        Raises:
            NewtonFailure: the state is useless.
        """
        problem = self.problem
        problem.storage_rate.value, problem.history = rate, -rate * base
        problem.set_drive(drive)
        problem.state.x.array[:] = guess
        problem.hold_terminals()
        self.newton.solve(STAGE, self.effort.report)
        for last in (False, True):
            if problem.flow:
                problem.flow.solve()
            rates = problem.terminal_rates()
            if last or problem.leak() <= CONSERVED * float(np.abs(rates).max(initial=0.0)):
                break
            with suppress(NewtonFailure):  # it has converged already; this only polishes the last digits
                self.newton.solve(replace(STAGE, max_iterations=1, tolerance=0.0), self.effort.report)
        return problem.content(), problem.field_fluxes(), rates

    def _error(self, defect: np.ndarray, rate: float) -> float:
        """The difference to the embedded solution as a change of the potentials: the defect in the contents, through the
        factors of the stages, which damp what is too fast to matter."""
        problem = self.problem
        right, change = problem.residual.x.petsc_vec, problem.residual.x.petsc_vec.duplicate()
        right.array[:] = rate * defect
        owned = problem.constrained[problem.constrained < len(defect)]
        right.array[owned] = 0.0
        self.newton.jacobian.solve(right, change)
        values = change.array
        size = float(np.abs(values).max(initial=0.0))
        change.destroy()
        return float(problem.mesh.comm.allreduce(size, op=MPI.MAX))

    def _charge(self, passed: np.ndarray, flux: np.ndarray) -> np.ndarray:
        """Charge that entered at each port, in units of the field's flux: ions and displacement."""
        valences = np.array([s.valence for s in self.problem.species])
        charge = np.array(flux)
        charge[: len(passed)] += float(self.problem.coupling.value) * (passed @ valences)
        return charge

    # ------------------------------------------------------------------ jumps
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
                content, charge, rates = self._solve(origin.towards(target, ahead), 1 / h, now.content, good)
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
