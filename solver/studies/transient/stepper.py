"""Time steps of a problem: a Runge-Kutta method in the contents of ions, with error control and exact balances.

Strong form: d c_i/dt = -div J_i with c_i = exp(mu_i - z_i phi); the potential and the flow have no derivative in time. With
C(w) what each test function holds of its species (`Problem.content`) and F(w, t) the residual without storage, the weak form
is dC/dt + F = 0. Stage i of a step h solves

    C(w_i) - C(w_n) - h sum_{j<i} a_ij K_j + h a_ii F(w_i) = 0,   K_i = dC/dt at the stage,

so that contents, and not potentials, are differenced: what a step changes is to rounding what passed the terminals.
The same recursion for the field's flux through the terminals gives their displacement currents, and since Gauss' law holds at
every stage, conduction and displacement together are conserved at every instant.

The coefficients are those of `solver.studies.transient.tableau`. One-step methods restart at jumps and corners at no cost,
and a checkpoint of the state, its slope and the factorised state continues with the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from solver.accuracy.error_bars import TIME_SAFETY
from solver.discretization.bound_charge import BoundCharge
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import extrapolated
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport
from solver.studies.transient.stages import StageSolver
from solver.studies.transient.tableau import DIAGONAL, EMBEDDED, NODES, ORDER, STAGES
from solver.studies.transient.time_error import AccumulatedError

STEP_SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 5.0
"""Next step relative to the one that would just meet the tolerance, and limits of its change."""

STEPS_AN_OCTAVE = 4
"""Steps are powers of 2^(1/4) seconds: rounding then does not change them, and factors are used again."""

AFTER_FAILURE = 0.25
"""Factor of the step when Newton's method has failed."""

SHORTEST = 1e-9
"""Smallest step, in Debye times, before the run is given up."""

JUMP = 1e-5
"""Duration of the implicit step that takes the state over a jump of the drive, in Debye times."""

FIRST_AFTER_JUMP = 0.01
"""First step after a jump, in Debye times."""

SMALLEST_JUMP_PART = 1 / 64
"""Part of a jump that has to converge, or the run is given up."""

LARGEST_CHANGE = 4.0
"""Largest change of a potential, of the logarithm of a concentration, or of what a charge holds in the first step behind a
corner, thermal voltages."""

ERROR_OF_RATE = 0.08
"""Relative error of the rate of change of a sine over the square of the angle of a step, where the device follows at once."""

KNOWN_STATES = 5
"""Number of states from which the next is guessed."""

ERROR_DECAY = 0.5
"""Factor of the error of a step, and of those of rates, at every later one."""


class StepFailure(Exception):
    """No step was short enough; the state is that of the last accepted instant."""


@dataclass(frozen=True)
class Instant:
    """An accepted state and what passed until then. Dimensionless, in the units of the problem's scales.

    Attributes:
        time, step: s; the step that ended here (0 at the start).
        error, recent: estimated error of the step, largest of any potential in thermal voltages, and of the last few.
        found: the evaluated state.
        slope: rate of change of its contents; owned entries.
        displacement: rate of change of the field's flux into each port. Shape (ports,).
        rates: at which each species enters at each port. Shape (ports, species).
        passed, gross_amount: integral of the rates, and of their absolute values. Shape (ports, species).
        charge_passed: integral of conduction and displacement current. Shape (ports,), in units of the field's flux.
        bound, charging: bound charge, and its rate of change, where the protocol drives it; in units of the field's flux.
        accumulated_error: what the steps so far may have left in the unknowns; owned entries.
        rate_errors, current_errors: sizes of what that means for the rates and for their sums times the valences, the largest
            of the last few steps: an error that changes its sign is not small. Shapes (ports, species) and (ports,).
    """

    time: float
    step: float
    error: float
    recent: float
    found: Evaluation
    slope: np.ndarray
    displacement: np.ndarray
    rates: np.ndarray
    passed: np.ndarray
    gross_amount: np.ndarray
    charge_passed: np.ndarray
    accumulated_error: np.ndarray
    rate_errors: np.ndarray
    current_errors: np.ndarray
    bound: float = 0.0
    charging: float = 0.0

    @property
    def state(self) -> np.ndarray:
        """Unknowns, ghosts included."""
        return self.found.state

    @property
    def charge(self) -> np.ndarray:
        """Flux of the field into each port. Shape (ports,)."""
        return self.found.charges


@dataclass
class Effort:
    """Numbers of steps so far, and all Newton iterations."""

    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    report: NewtonReport = field(default_factory=NewtonReport)


@dataclass
class TimeStepper:
    """Integrates one problem in time. Collective.

    Attributes:
        problem, newton: what is integrated and how; the problem has storage.
        parameters_at: the parameters at a time in seconds, from the left or (True) from the right.
        tolerance: largest error of a step in any potential, thermal voltages.
        debye_time: s; the unit of the shortest steps.
        largest: longest step, s.
        now: the last accepted instant.
        nominal: the step to take next where nothing has to be landed on, s.
        estimates_error: whether the accumulated error is followed.
        bound_charge: measured where the protocol drives it.
    """

    problem: Problem
    newton: Newton
    parameters_at: Callable[[float, bool], Parameters]
    tolerance: float
    debye_time: float
    largest: float
    now: Instant
    nominal: float
    estimates_error: bool = True
    effort: Effort = field(default_factory=Effort)
    past: list[tuple[float, np.ndarray]] = field(default_factory=list)
    bound_charge: BoundCharge | None = None

    def __post_init__(self) -> None:
        amounts = self.now.found.amounts
        self._stages = StageSolver(self.problem, self.newton, self.effort.report, amounts)
        self._error = AccumulatedError(self.problem, self.newton)

    @classmethod
    def from_state(
        cls,
        found: Evaluation,
        newton: Newton,
        parameters_at: Callable[[float, bool], Parameters],
        *,
        tolerance: float,
        debye_time: float,
        largest: float,
        first: float,
        time: float = 0.0,
        estimates_error: bool = True,
        bound_charge: BoundCharge | None = None,
    ) -> TimeStepper:
        """From a steady state at `time`; `first` is the step to try. Collective."""
        problem = newton.problem
        found = problem.evaluate(found.state, found.parameters)
        # what is left of the residual is stored, as it is in every later balance
        slope = -found.unbalanced
        problem.unknowns.potential(slope)[:] = 0.0
        problem.unknowns.electrochemical(slope)[:, list(problem.equilibria.dependences.numbers)] = 0.0
        rates, charge = found.rates, found.charges
        now = Instant(
            time=time,
            step=0.0,
            error=0.0,
            recent=0.0,
            found=found,
            slope=slope,
            displacement=np.zeros_like(charge),
            rates=rates,
            passed=np.zeros_like(rates),
            gross_amount=np.zeros_like(rates),
            charge_passed=np.zeros_like(charge),
            accumulated_error=np.zeros_like(slope),
            rate_errors=np.zeros_like(rates),
            current_errors=np.zeros_like(charge),
            bound=0.0 if bound_charge is None else bound_charge.of(found),
        )
        past = [(time, now.state)]
        nominal = rounded_step(first)
        limits = tolerance, debye_time, largest
        return cls(
            problem, newton, parameters_at, *limits, now, nominal, estimates_error, past=past, bound_charge=bound_charge
        )

    def _bound(self, found: Evaluation) -> float:
        """Bound charge of a state; 0 where nothing drives it."""
        return 0.0 if self.bound_charge is None else self.bound_charge.of(found)

    # ------------------------------------------------------------------ steps
    def advance(self, until: float) -> Instant:
        """One accepted step that ends at `until` or before. Collective.

        Raises:
            StepFailure: the last accepted instant stays.
        """
        while True:
            step, lands = self._next_step(until)
            try:
                found = self._attempt(step, until if lands else self.now.time + step)
            except NewtonFailure as failure:
                self.effort.failed += 1
                self.newton.forget()
                self.nominal = rounded_step(AFTER_FAILURE * step)
                if self.nominal < SHORTEST * self.debye_time:
                    raise StepFailure(str(failure)) from None
                continue
            factor = STEP_SAFETY * (self.tolerance / max(found.error, 1e-300)) ** (1 / ORDER)
            proposed = step * min(max(factor, SMALLEST_FACTOR), LARGEST_FACTOR)
            shortened = step < self.nominal and factor >= 1.0
            if found.error > self.tolerance:
                self.effort.rejected += 1
                self.newton.forget()
                self.nominal = rounded_step(min(proposed, 0.8 * step))
                continue
            longest = rounded_step(self.largest)
            self.nominal = min(max(rounded_step(proposed), self.nominal if shortened else 0.0), longest)
            self.effort.accepted += 1
            self.now = found
            return found

    def _next_step(self, until: float) -> tuple[float, bool]:
        """Length of the next step, and whether it ends at `until`: never leaves a tiny rest before it."""
        left = until - self.now.time
        step = min(self.nominal, self.largest)
        if step >= left * (1 - 1e-9):
            return left, True
        return (left / 2, False) if step > left / 2 else (step, False)

    def _attempt(self, step: float, end: float) -> Instant:
        problem, now = self.problem, self.now
        h = step / problem.scales.time
        slopes, displacements, rates = [now.slope], [now.displacement], [now.rates]
        bound, charging = now.bound, [now.charging]
        known, contents = list(self.past), [now.found.content]
        found = now.found
        for row, node in zip(STAGES[1:], NODES[1:], strict=True):
            known_part = [h * a for a in row[:-1]]
            base = now.found.content + weighted(known_part, slopes)
            charge_base = now.charge + weighted(known_part, displacements)
            time = end if row is STAGES[-1] else now.time + node * step
            guess = self._stages.trusted(extrapolated(known[-KNOWN_STATES:], time), known[-1][1])
            found = self._stages.solve(self.parameters_at(time, False), 1 / (h * row[-1]), base, charge_base, guess)
            slopes.append((found.content - base) / (h * row[-1]))
            contents.append(found.content)
            displacements.append((found.charges - charge_base) / (h * row[-1]))
            rates.append(found.rates)
            bound = self._bound(found)
            charging.append(
                (bound - now.bound - sum(a * c for a, c in zip(known_part, charging, strict=True))) / (h * row[-1])
            )
            known = [*known, (time, found.state)]
        weights = STAGES[-1]
        defect = weighted([h * (b - e) for b, e in zip(weights, EMBEDDED, strict=True)], slopes)
        change = self._error.damped(defect / (h * DIAGONAL))
        error = self._error.largest(change)
        accumulated, of_rates, of_currents = now.accumulated_error, now.rate_errors, now.current_errors
        if error <= self.tolerance:
            self.past = [*self.past, known[-1]][-KNOWN_STATES:]
            if self.estimates_error:
                accumulated = self._error.followed(accumulated, contents, found)
                left = self._error.rate_errors(accumulated, slopes[-1], found)
                of_rates = np.maximum(np.abs(left), ERROR_DECAY * of_rates)
                of_currents = np.maximum(np.abs(left @ np.array(problem.valences)), ERROR_DECAY * of_currents)
        moved = weighted([h * b for b in weights], rates)
        gross = h / 2 * (np.abs(rates[0]) + np.abs(rates[-1]))
        return Instant(
            time=end,
            step=step,
            error=error,
            recent=max(error, ERROR_DECAY * now.recent),
            found=found,
            slope=slopes[-1],
            displacement=displacements[-1],
            rates=rates[-1],
            passed=now.passed + moved,
            gross_amount=now.gross_amount + gross,
            charge_passed=now.charge_passed + self._charge(moved, found.charges - now.charge, found),
            accumulated_error=accumulated,
            rate_errors=of_rates,
            current_errors=of_currents,
            bound=bound,
            charging=charging[-1],
        )

    def _charge(self, passed: np.ndarray, flux: np.ndarray, found: Evaluation) -> np.ndarray:
        """Charge that entered at each port, in units of the field's flux: ions and displacement."""
        return flux + found.parameters.scales.charge_coupling * (passed @ np.array(self.problem.valences))

    # ------------------------------------------------------------------ corners and jumps
    def restart_at_corner(self) -> None:
        """Shorten the next step at a corner of the drive, so that the drive changes little during it: the states before the
        corner say nothing about the states behind it."""
        self.past = [(self.now.time, self.now.state)]
        here = self.parameters_at(self.now.time, True)
        while self.nominal >= SHORTEST * self.debye_time:
            ahead = self.parameters_at(self.now.time + self.nominal, False)
            if max(here.distance(ahead), here.charging(ahead)) <= LARGEST_CHANGE:
                break
            self.nominal = rounded_step(self.nominal / 2)

    def jump(self) -> None:
        """Take the state over a jump of the drive at this instant: one implicit step, far shorter than a Debye time, in which
        the field follows and the ions cannot. Collective.

        Raises:
            StepFailure: the last accepted instant stays.
        """
        problem, now = self.problem, self.now
        h = JUMP * self.debye_time / problem.scales.time
        origin, target = self.parameters_at(now.time, False), self.parameters_at(now.time, True)
        done, part, found = 0.0, 1.0, now.found
        self.newton.forget()
        while done < 1.0:
            ahead = min(1.0, done + part)
            try:
                on_the_way = origin.towards(target, ahead)
                found = self._stages.solve(on_the_way, 1 / h, now.found.content, now.charge, found.state)
                done = ahead
            except NewtonFailure as failure:
                part /= 2
                self.newton.forget()
                if part < SMALLEST_JUMP_PART:
                    raise StepFailure(str(failure)) from None
        moved = h * found.rates
        slope = (found.content - now.found.content) / h
        # of what terminals hold the jump itself is no rate; what it moved is counted
        settled = slope.copy()
        settled[problem.boundary_values.owned_species] = 0.0
        self.now = replace(
            now,
            found=found,
            slope=settled,
            displacement=np.zeros_like(found.charges),
            rates=found.rates - problem.ports.species_sums(slope - settled),
            passed=now.passed + moved,
            gross_amount=now.gross_amount + np.abs(moved),
            charge_passed=now.charge_passed + self._charge(moved, found.charges - now.charge, found),
            bound=self._bound(found),
            charging=0.0,
        )
        self.past = [(now.time, found.state)]
        self.nominal = rounded_step(FIRST_AFTER_JUMP * self.debye_time)


def errors_of_currents(now: Instant, frequency: float) -> tuple[np.ndarray, np.ndarray]:
    """What the steps may have left in the currents of the species and of the ports (A), with a safety factor. Shapes
    (ports, species) and (ports,).

    frequency: angular frequency of a sine that drives the device, rad/s; 0 without. The currents that charge a device follow
    the rate of change of the drive as the steps give it.
    """
    scales, valences = now.found.parameters.scales, np.array(now.found.problem.valences)
    charging = max(float(np.abs(now.displacement).max()), abs(now.charging)) * scales.electric_flux / scales.time
    of_drive = ERROR_OF_RATE * min((frequency * now.step) ** 2, 1.0) * charging
    # conductances follow concentrations, whose relative errors are those of the potentials in thermal voltages
    species = TIME_SAFETY * np.abs(valences) * now.rate_errors + np.abs(now.rates * valences) * now.recent
    ports = TIME_SAFETY * now.current_errors + np.abs(now.rates @ valences) * now.recent
    return scales.current * species + of_drive, scales.current * ports + of_drive


def weighted(weights: Sequence[float], values: Sequence[np.ndarray]) -> np.ndarray:
    """Sum of arrays, each times its weight."""
    return np.asarray(np.sum([weight * value for weight, value in zip(weights, values, strict=True)], axis=0))


def rounded_step(step: float) -> float:
    """Longest power of 2^(1/4) seconds that is not longer than a step."""
    return float(2.0 ** (np.floor(STEPS_AN_OCTAVE * np.log2(step) + 1e-9) / STEPS_AN_OCTAVE))
