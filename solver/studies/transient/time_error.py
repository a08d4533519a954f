"""Accumulated time-discretisation error, propagated by the linearised problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton


@dataclass(frozen=True)
class AccumulatedError:
    """Errors of time steps as changes of the unknowns. Collective.

    Attributes:
        problem, newton: of the steps; the factors at hand are those of the last stages.
    """

    problem: Problem
    newton: Newton

    def damped(self, rows: np.ndarray) -> np.ndarray:
        """Change of the unknowns by rows of the residual, through the factors of the stages, which damp what is too fast to
        matter. Owned entries."""
        right = rows.copy()
        right[self.problem.boundary_values.owned_entries] = 0.0
        return self.newton.jacobian.solve(right)[0]

    def largest(self, change: np.ndarray) -> float:
        """Largest absolute entry on all ranks."""
        return self.problem.unknowns.largest(change)

    def propagated(self, error: np.ndarray, rate: float, found: Evaluation) -> np.ndarray:
        """Rest of an error of the unknowns (owned entries) after a step that ended at a state: two implicit steps of the
        linearised problem, each with the factors of the stages."""
        if not self.largest(error):
            return error
        for _ in range(2):
            without = self.problem.unknowns.minus(found.state, error)
            error = self.damped(rate * (found.content - self.problem.content(without, found.parameters)))
        return error

    def rate_errors(self, error: np.ndarray, found: Evaluation) -> np.ndarray:
        """Change of the rates at which species enter at ports by an error of the unknowns at a state. Shape (ports,
        species). Collective."""
        states = (found.state, self.problem.unknowns.minus(found.state, error))
        here, without = (self.problem.evaluate(state, found.parameters).rates for state in states)
        return here - without
