"""One stage of a time step: the state whose contents and fluxes fit together, with nothing lost on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from solver.discretization.parameters import Drive
from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings

CONSERVED = 1e-9
"""A stage that loses more of what enters at the terminals gets another Newton step, a few times."""

MOST_POLISH = 9
"""Such steps."""

SHRINKS = 0.2
"""What such a step leaves of the loss; with more, new factors are made."""

ROUNDING = 1e-15
"""Part of all ions that a stage may lose whatever passes at the terminals."""

STAGE = NewtonSettings(tolerance=1e-7, max_iterations=20, good_contraction=0.2)


@dataclass(frozen=True)
class StageState:
    """What the problem holds at the end of a stage, dimensionless (see `solver.studies.transient.stepper.Instant`)."""

    content: np.ndarray
    charge: np.ndarray
    rates: np.ndarray


@dataclass
class StageSolver:
    """Solves the stages of one problem with storage. Collective.

    Attributes:
        problem, newton: what is solved and how.
        report: of all Newton iterations.
    """

    problem: Problem
    newton: Newton
    report: NewtonReport = field(default_factory=NewtonReport)

    def __post_init__(self) -> None:
        self._amount = float(self.problem.amounts().max())

    def solve(self, drive: Drive, rate: float, base: np.ndarray, guess: np.ndarray) -> StageState:
        """Converge at rate (C - base) + F = 0, from a guess (ghosts included).

        Raises:
            NewtonFailure: the state is useless.
        """
        problem = self.problem
        problem.storage_rate.value, problem.history = rate, -rate * base
        problem.set_drive(drive)
        problem.state.x.array[:] = guess
        problem.hold_terminals()
        self.newton.solve(STAGE, self.report)
        before = np.inf
        for left in reversed(range(MOST_POLISH)):
            if problem.flow:
                problem.flow.solve()
            rates, leak = problem.terminal_rates(), problem.leak()
            tolerable = max(CONSERVED * float(np.abs(rates).max(initial=0.0)), ROUNDING * rate * self._amount)
            if not left or leak <= tolerable:
                break
            if leak > SHRINKS * before:
                self.newton.forget()  # a single step does not see that the factors at hand have become useless
            before = leak
            with suppress(NewtonFailure):  # it has converged already; this only polishes the last digits
                self.newton.solve(replace(STAGE, max_iterations=1, tolerance=0.0), self.report)
        return StageState(problem.content(), problem.field_fluxes(), rates)
