"""One stage of a time step: the state whose contents and fluxes fit together, with nothing lost on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from solver.discretization.evaluation import Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.newton import FINE, Newton, NewtonFailure, NewtonReport, NewtonSettings
from solver.studies.transient.instant import Instant
from solver.studies.transient.tableau import EMBEDDED, STAGES, weighted

CONSERVED = 1e-9
"""Part of what enters at the ports that a stage may lose; with more it gets further Newton steps."""

MOST_FURTHER_STEPS = 8
"""Largest number of such steps."""

USEFUL_STEP = 0.2
"""Part of the loss that a useful step leaves; with more, new factors are made."""

ROUNDING = 1e-15
"""Part of all ions that a stage may lose whatever passes at the ports."""

FARTHEST_GUESS = 10.0
"""Thermal voltages: at a wall of given zeta potential an extrapolated guess that is farther from the last state says less."""

LOOSE = 0.1
"""Relative residual that an iterative linear solver may leave in a stage. Most of it is the flow's then: the potentials are
known to some hundredths of their update, no worse than by matrices of an earlier state."""

STAGE = NewtonSettings(tolerance=1e-7, max_iterations=20, good_contraction=0.2, keeps_matrices=True, residual=LOOSE)

PART_OF_STEP = 1e-3
"""Part of the largest error of a step that a stage may have where linear systems are iterated."""

OF_FLOW = 0.01
"""Thermal voltages for which a change of the flow by all of itself counts there: what it carries has hardly moved."""

GOOD_CONTRACTION = 0.3
"""Of updates by an iteration: new matrices are as dear as many more of its steps, and do not make it more exact."""

LOOSEST = 1e-5
"""Thermal voltages: the same at most."""

COARSEST = 0.1
"""Thermal voltages: largest error of a step that counts for what a constant of every field may take away of a loss."""

GAIN = 0.1
"""Part of that which the residual of a further step's linear system leaves."""


@dataclass
class StageSolver:
    """Solves the stages of one problem with storage. Collective.

    Attributes:
        problem, newton: what is solved and how.
        report: of all Newton iterations.
        amounts: of each species in the device, dimensionless. Shape (species,).
        tolerance: largest error of a step, thermal voltages.
    """

    problem: Problem
    newton: Newton
    report: NewtonReport
    amounts: np.ndarray
    tolerance: float = 0.0

    @property
    def _settings(self) -> NewtonSettings:
        """Tolerance and limits of a stage."""
        if self.newton.jacobian.keeps_factors:
            return STAGE
        tolerance = max(STAGE.tolerance, min(LOOSEST, PART_OF_STEP * self.tolerance))
        return replace(STAGE, tolerance=tolerance, good_contraction=GOOD_CONTRACTION, flow_weight=OF_FLOW)

    @property
    def _small_loss(self) -> float:
        """Loss, over what is allowed, from which on a constant of every field takes it away: the same part of what enters as
        a stage may have of the error of a step, so that the constants do not matter."""
        return PART_OF_STEP * min(self.tolerance, COARSEST) / CONSERVED

    def trusted(self, guess: np.ndarray, last: np.ndarray) -> np.ndarray:
        """A guess, or the last state where the guess is too far from it (ghosts included). Collective."""
        unknowns = self.problem.unknowns
        if not any(port.holds_zeta for port in self.problem.ports.open_walls):
            return guess
        near = unknowns.largest((guess - last)[: unknowns.owned]) < FARTHEST_GUESS
        return guess if near else last

    def solve(
        self,
        parameters: Parameters,
        rate: float,
        base: np.ndarray,
        charges: np.ndarray,
        guess: np.ndarray,
        flow: np.ndarray | None = None,
    ) -> Evaluation:
        """The solution of rate (C - base) + F = 0, from a guess (ghosts included). The charges of the ports change from
        `charges` at the same rate.

        flow: beside the guess; it counts only where the flow is an unknown of Newton's method.

        Raises:
            NewtonFailure: there is none near the guess.
        """
        start = self.begun(parameters, Storage(rate, -rate * base, -rate * charges), guess, flow)
        return self.conserving(self.newton.solve(start, self._settings, self.report))

    def begun(
        self, parameters: Parameters, storage: Storage, guess: np.ndarray, flow: np.ndarray | None = None
    ) -> Evaluation:
        """The equations of a stage at a guess (ghosts included) with the given values in it; flow as in `solve`."""
        problem = self.problem
        parameters = problem.floated(guess, parameters, storage)
        state = problem.boundary_values.impose(guess, parameters)
        return problem.evaluate(state, parameters, storage, problem.guessed_flow(flow))

    def conserving(self, found: Evaluation) -> Evaluation:
        """A converged state after as many further Newton steps as it needs to lose nothing."""
        before, levelled = np.inf, None
        for _ in range(MOST_FURTHER_STEPS):
            loss = self.loss(found)
            if loss <= 1.0:
                break
            useful = loss <= USEFUL_STEP * before
            if not useful and levelled is None:
                self.newton.forget()  # a single step does not see that the factors at hand have become useless
            levelled = self.newton.levelled(found) if useful and loss <= self._small_loss else None
            before = loss
            if levelled is not None:
                found = levelled
                continue
            with suppress(NewtonFailure):  # it has converged already; this only improves the last digits
                tolerance = min(LOOSE, max(FINE, GAIN * max(1.0, self._small_loss) / loss))
                found = self.newton.improved(found, replace(self._settings, tolerance=0.0), self.report, tolerance)
        return found

    def loss(self, found: Evaluation, least: float = 0.0) -> float:
        """Loss of a state, over what is allowed: a part of the largest rate at a port. What walls hold may be a trace, and is
        compared with what enters of its own species.

        least: rate that counts as passing at a port at least, dimensionless.
        """
        rate, entering = found.storage.rate, np.abs(found.rates).max(axis=0, initial=0.0)
        largest = max(entering.max(initial=0.0), least)
        allowed = np.full(1 + len(entering), max(CONSERVED * largest, ROUNDING * rate * self.amounts.max()))
        for each in self.problem.at_walls.amounts:
            own = CONSERVED * entering[each.species], ROUNDING * rate * self.amounts[each.species]
            allowed[1 + each.species] = max(own)
        return float((found.losses / np.maximum(allowed, np.finfo(np.float64).tiny)).max())


class Stages:
    """What the stages of one step have given so far: contents, charges and rates.

    Args:
        now: where the step begins.
        step: its length, dimensionless.
    """

    def __init__(self, now: Instant, step: float) -> None:
        self._now, self._step = now, step
        self.slopes, self.displacements, self.rates = [now.slope], [now.displacement], [now.rates]
        self.contents, self.charges = [now.found.content], [now.charge]
        self.charging, self.bound = [now.charging], now.bound

    def _known(self) -> list[float]:
        """Times for which the stages so far count in the next."""
        return [self._step * a for a in STAGES[len(self.slopes)][:-1]]

    def next(self) -> tuple[float, np.ndarray, np.ndarray]:
        """Of the next stage: the rate of its storage, and the contents (owned entries) and the charges of the ports from
        which they change at this rate."""
        known, own = self._known(), self._step * STAGES[len(self.slopes)][-1]
        base = self._now.found.content + weighted(known, self.slopes)
        return 1 / own, base, self._now.charge + weighted(known, self.displacements)

    def add(self, found: Evaluation, bound: float) -> None:
        """Take the solution of the next stage, with its bound charge."""
        _, base, charges = self.next()
        known, own = self._known(), self._step * STAGES[len(self.slopes)][-1]
        before = self._now.bound + sum(a * c for a, c in zip(known, self.charging, strict=True))
        self.slopes.append((found.content - base) / own)
        self.contents.append(found.content)
        self.charges.append(found.charges)
        self.displacements.append((found.charges - charges) / own)
        self.rates.append(found.rates)
        self.charging.append((bound - before) / own)
        self.bound = bound

    @property
    def defect(self) -> np.ndarray:
        """What the contents at the end miss by the embedded method; owned entries."""
        return weighted(self._differences, self.slopes)

    @property
    def charge_defect(self) -> np.ndarray:
        """The same of the charges of the ports. Shape (ports,)."""
        return weighted(self._differences, self.displacements)

    @property
    def _differences(self) -> list[float]:
        return [self._step * (b - e) for b, e in zip(STAGES[-1], EMBEDDED, strict=True)]

    @property
    def passed(self) -> np.ndarray:
        """Amounts that entered in the whole step. Shape (ports, species)."""
        return weighted([self._step * b for b in STAGES[-1]], self.rates)
