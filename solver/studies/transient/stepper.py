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

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from solver.discretization.bound_charge import BoundCharge
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import extrapolated, well_extrapolated
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport
from solver.studies.transient.instant import Instant, first_instant
from solver.studies.transient.stages import Stages, StageSolver
from solver.studies.transient.step_control import StepControl, StepCounts, StepTooShort, rounded_step
from solver.studies.transient.tableau import DIAGONAL, NODES
from solver.studies.transient.time_error import AccumulatedError

JUMP = 1e-5
"""Duration of the implicit step that takes the state over a jump of the drive, in Debye times."""

FIRST_AFTER_JUMP = 0.01
"""First step after a jump, in Debye times."""

SMALLEST_JUMP_PART = 1 / 64
"""Part of a jump that has to converge, or the run is given up."""

LARGEST_CHANGE = 4.0
"""Largest change of a potential, of the logarithm of a concentration, or of what a charge holds in the first step behind a
corner, thermal voltages."""

KNOWN_STATES = 5
"""Number of states from which the next is guessed."""

ERROR_DECAY = 0.5
"""Factor of the error of a step, and of those of rates, at every later one."""


@dataclass
class Effort(StepCounts):
    """Numbers of steps so far, and all Newton iterations."""

    report: NewtonReport = field(default_factory=NewtonReport)


@dataclass
class TimeStepper:
    """Integrates one problem in time. Collective.

    Attributes:
        problem, newton: what is integrated and how; the problem has storage.
        parameters_at: the parameters at a time in seconds, from the left or (True) from the right.
        control: of the lengths of the steps.
        debye_time: s; the unit of the shortest steps.
        now: the last accepted instant.
        estimates_error: whether the accumulated error is followed.
        bound_charge: measured where the protocol drives it.
        past, flows: times and states, and flows beside these, from which the next are guessed.
    """

    problem: Problem
    newton: Newton
    parameters_at: Callable[[float, bool], Parameters]
    control: StepControl
    debye_time: float
    now: Instant
    estimates_error: bool = True
    effort: Effort = field(default_factory=Effort)
    past: list[tuple[float, np.ndarray]] = field(default_factory=list)
    flows: list[tuple[float, np.ndarray]] = field(default_factory=list)
    bound_charge: BoundCharge | None = None

    def __post_init__(self) -> None:
        amounts = self.now.found.amounts
        self._stages = StageSolver(self.problem, self.newton, self.effort.report, amounts, self.control.tolerance)
        self._error = AccumulatedError(self.problem, self.newton)
        self.flows = _flows(self.now.time, self.now.found)

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
        now = first_instant(problem, found, time)
        if bound_charge is not None:
            now = replace(now, bound=bound_charge.of(now.found))
        past = [(time, now.state)]
        control = StepControl.of(tolerance, debye_time, largest, rounded_step(first))
        return cls(
            problem,
            newton,
            parameters_at,
            control,
            debye_time,
            now,
            estimates_error,
            past=past,
            bound_charge=bound_charge,
        )

    def _bound(self, found: Evaluation) -> float:
        """Bound charge of a state; 0 where nothing drives it."""
        return 0.0 if self.bound_charge is None else self.bound_charge.of(found)

    # ------------------------------------------------------------------ steps
    def advance(self, until: float) -> Instant:
        """One accepted step that ends at `until` or before. Collective.

        Raises:
            StepTooShort: the last accepted instant stays.
        """
        forget, counts = self.newton.forget, self.effort
        self.now = self.control.advance(self.now.time, until, self._attempt, NewtonFailure, forget, counts)
        return self.now

    def _attempt(self, step: float, end: float) -> Instant:
        problem, now = self.problem, self.now
        h = step / problem.scales.time
        stages, known, flows = Stages(now, h), list(self.past), list(self.flows)
        for k, node in enumerate(NODES[1:], start=1):
            rate, base, charges = stages.next()
            time = end if k == len(NODES) - 1 else now.time + node * step
            guess, count = self._guess(known[-KNOWN_STATES:], time)
            flow = extrapolated(flows[-count:], time) if flows else None
            found = self._stages.solve(self.parameters_at(time, False), rate, base, charges, guess, flow)
            stages.add(found, self._bound(found))
            known, flows = [*known, (time, found.state)], [*flows, *_flows(time, found)]
        own = h * DIAGONAL
        change = self._error.damped(stages.defect / own, stages.charge_defect / own)
        error = self._error.largest(change)
        accumulated, of_rates, of_currents = now.accumulated_error, now.rate_errors, now.current_errors
        if error <= self.control.tolerance:
            self.past = [*self.past, known[-1]][-KNOWN_STATES:]
            self.flows = [*self.flows, *flows[-1:]][-KNOWN_STATES:]
            if self.estimates_error:
                accumulated, of_flow = self._error.followed(accumulated, stages.contents, stages.charges, found)
                left = self._error.rate_errors(accumulated, stages.slopes[-1], found, of_flow)
                of_rates = np.maximum(np.abs(left), ERROR_DECAY * of_rates)
                of_currents = np.maximum(np.abs(left @ np.array(problem.valences)), ERROR_DECAY * of_currents)
        moved = stages.passed
        gross = h / 2 * (np.abs(now.rates) + np.abs(found.rates))
        return Instant(
            time=end,
            step=step,
            error=error,
            recent=max(error, ERROR_DECAY * now.recent),
            found=found,
            slope=stages.slopes[-1],
            displacement=stages.displacements[-1],
            rates=found.rates,
            passed=now.passed + moved,
            gross_amount=now.gross_amount + gross,
            charge_passed=now.charge_passed + self._charge(moved, found.charges - now.charge, found),
            accumulated_error=accumulated,
            rate_errors=of_rates,
            current_errors=of_currents,
            bound=stages.bound,
            charging=stages.charging[-1],
        )

    def _guess(self, known: list[tuple[float, np.ndarray]], time: float) -> tuple[np.ndarray, int]:
        """A guess at a time (s) from the last states, and from how many. Collective."""
        unknowns = self.problem.unknowns
        if unknowns.scalar.mesh.topology.dim < 3:
            return self._stages.trusted(extrapolated(known, time), known[-1][1]), KNOWN_STATES
        # a bad guess costs little where factors are made fast

        def size(change: np.ndarray) -> float:
            return unknowns.largest(change[: unknowns.owned])

        return well_extrapolated(known, time, size, LARGEST_CHANGE)

    def _charge(self, passed: np.ndarray, flux: np.ndarray, found: Evaluation) -> np.ndarray:
        """Charge that entered at each port, in units of the field's flux: ions and displacement."""
        return flux + found.parameters.scales.charge_coupling * (passed @ np.array(self.problem.valences))

    def _charging(self, found: Evaluation, rates: np.ndarray) -> np.ndarray:
        """Rate of charging of each port right behind a jump: none, or what species do not carry of a current that is held."""
        floating = self.problem.ports.floating
        missing = found.parameters.floating_given - rates[list(floating)] @ np.array(self.problem.valences)
        charging = np.zeros_like(found.charges)
        for k, current in zip(floating, missing, strict=True):
            if self.problem.ports.all[k].given == "current":
                charging[k] = found.parameters.scales.charge_coupling * current
        return charging

    # ------------------------------------------------------------------ corners and jumps
    def restart_at_corner(self) -> None:
        """Shorten the next step at a corner of the drive, so that the drive changes little during it: the states before the
        corner say nothing about the states behind it."""
        self.past = [(self.now.time, self.now.state)]
        self.flows = _flows(self.now.time, self.now.found)
        here = self.parameters_at(self.now.time, True)
        while not self.control.is_too_short:
            ahead = self.parameters_at(self.now.time + self.control.nominal, False)
            if max(here.distance(ahead), here.charging(ahead)) <= LARGEST_CHANGE:
                break
            self.control.nominal = rounded_step(self.control.nominal / 2)

    def jump(self) -> None:
        """Take the state over a jump of the drive at this instant: one implicit step, far shorter than a Debye time, in which
        the field follows and the ions cannot. Collective.

        Raises:
            StepTooShort: the last accepted instant stays.
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
                found = self._stages.solve(on_the_way, 1 / h, now.found.content, now.charge, found.state, found.flow)
                done = ahead
            except NewtonFailure as failure:
                part /= 2
                self.newton.forget()
                if part < SMALLEST_JUMP_PART:
                    raise StepTooShort(str(failure)) from None
        moved = h * found.rates
        slope = (found.content - now.found.content) / h
        # of what terminals hold the jump itself is no rate; what it moved is counted
        settled = slope.copy()
        settled[problem.boundary_values.owned_species] = 0.0
        rates = found.rates - problem.ports.species_sums(slope - settled)
        self.now = replace(
            now,
            found=found,
            slope=settled,
            displacement=self._charging(found, rates),
            rates=rates,
            passed=now.passed + moved,
            gross_amount=now.gross_amount + np.abs(moved),
            charge_passed=now.charge_passed + self._charge(moved, found.charges - now.charge, found),
            bound=self._bound(found),
            charging=0.0,
        )
        self.past, self.flows = [(now.time, found.state)], _flows(now.time, found)
        self.control.nominal = rounded_step(FIRST_AFTER_JUMP * self.debye_time)


def _flows(time: float, found: Evaluation) -> list[tuple[float, np.ndarray]]:
    """Time (s) and flow of a state; nothing without flow."""
    return [] if found.flow is None else [(time, found.flow)]
