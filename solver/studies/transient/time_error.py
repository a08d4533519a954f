"""What the steps leave in the unknowns: the differences to the embedded solutions, and what becomes of them."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton


class Drift:
    """Errors of time steps as changes of the unknowns. Collective.

    Args:
        problem, newton: of the steps; the factors at hand are those of the last stages.
    """

    def __init__(self, problem: Problem, newton: Newton) -> None:
        self.problem, self.newton = problem, newton

    def damped(self, rows: np.ndarray) -> np.ndarray:
        """Rows of the residual as a change of the unknowns through the factors of the stages, which damp what is too fast to
        matter. Owned entries."""
        problem = self.problem
        right, change = problem.residual.x.petsc_vec, problem.residual.x.petsc_vec.duplicate()
        right.array[:] = rows
        right.array[problem.constrained[problem.constrained < len(rows)]] = 0.0
        self.newton.jacobian.solve(right, change)
        found = change.array.copy()
        change.destroy()
        return found

    def largest(self, change: np.ndarray) -> float:
        """Largest entry of all ranks."""
        size = float(np.abs(change).max(initial=0.0))
        return float(self.problem.mesh.comm.allreduce(size, op=MPI.MAX))

    def carried(self, drift: np.ndarray, rate: float, content: np.ndarray) -> np.ndarray:
        """What is left of an error of the unknowns after a step: two implicit steps of the linearised problem, each with the
        factors of the stages."""
        if not self.largest(drift):
            return drift
        for _ in range(2):
            drift = self.damped(rate * (content - self._content_without(drift)))
        return drift

    def _content_without(self, drift: np.ndarray) -> np.ndarray:
        """Content of the problem's state less a change of it."""
        problem = self.problem
        state = problem.state.x.array.copy()
        problem.state.x.array[: len(drift)] -= drift
        problem.state.x.scatter_forward()
        found = problem.content()
        problem.state.x.array[:] = state
        return found

    def rate_errors(self, drift: np.ndarray) -> np.ndarray:
        """What a drift changes in the rates at which species enter at terminals. Shape (terminals, species). Collective."""
        problem = self.problem
        kept = problem.state.x.array.copy(), float(problem.storage_rate.value), problem.history
        problem.storage_rate.value, problem.history = 0.0, None
        rates = []
        for change in (0.0, drift):
            problem.state.x.array[: len(drift)] -= change
            problem.state.x.scatter_forward()
            if problem.flow:
                problem.flow.solve()
            rates.append(problem.terminal_rates())
        problem.state.x.array[:], problem.storage_rate.value, problem.history = kept
        if problem.flow:
            problem.flow.solve()
        problem.unconstrained_residual()
        return rates[0] - rates[1]
