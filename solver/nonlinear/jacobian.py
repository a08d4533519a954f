"""Factors of the Jacobian, in one matrix whether there is flow or not.

With flow the Jacobian of the residual, after the flow is eliminated, is A - C S^-1 B. Its direction is the first part of
the solution of

    [A C] [dw]   [R]
    [B S] [du] = [0]

so the whole matrix is factorised. (A alone is no good approximation: with the osmotic form of the body force the
electrochemical potentials drive the flow too strongly.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from solver.discretization.problem import Problem
from solver.linear.direct import DirectSolver, SingularMatrixError


@dataclass(frozen=True)
class Factored:
    """Where the factors come from: the state (ghosts included) and the rate of storage."""

    state: np.ndarray
    storage_rate: float


class JacobianSolver:
    """Newton directions from a factorised Jacobian, of the current or of an earlier state."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._matrix = self._assemble()
        self._factors = DirectSolver(self._matrix, "jacobian_", problem.clock)
        self._right, self._solution = self._matrix.createVecs()
        self.factored: Factored | None = None

    def _assemble(self, into: PETSc.Mat | None = None) -> PETSc.Mat:
        """The matrix at the current state."""
        problem, flow = self._problem, self._problem.flow
        a = problem.assemble_jacobian()
        if flow is None:
            return a
        c, b = flow.coupling_blocks()
        with problem.clock("assembly"):
            # A new nest every time: an old one would be converted with the values it had when made.
            nest = PETSc.Mat().createNest([[a, c], [b, flow.matrix]], comm=a.comm)
            return nest.convert("aij", into)

    @property
    def factorisations(self) -> int:
        """Number of factorisations so far."""
        return self._factors.factorisations

    def refresh(self) -> None:
        """Factorise the Jacobian of the current state.

        Raises:
            SingularMatrixError: on all ranks.
        """
        self._matrix = self._assemble(self._matrix)
        if not np.isfinite(self._matrix.norm()):
            raise SingularMatrixError  # MUMPS would search for a pivot for ever
        self._factors.factorise()
        problem = self._problem
        self.factored = Factored(problem.state.x.array.copy(), float(problem.storage_rate.value))

    def solve(self, residual: PETSc.Vec, step: PETSc.Vec) -> None:
        """Direction for a residual of the transport unknowns, with the factors at hand."""
        if self._problem.flow is None:
            self._factors.solve(residual, step)
            return
        size = residual.getLocalSize()
        self._right.set(0.0)
        self._right.array[:size] = residual.array[:size]
        self._factors.solve(self._right, self._solution)
        step.array[:size] = self._solution.array[:size]

    def solve_adjoint(self, right: PETSc.Vec, right_flow: PETSc.Vec | None) -> tuple[np.ndarray, np.ndarray]:
        """Solve with the transpose of the whole Jacobian at the current state; owned entries of both parts (the second
        empty without flow).

        Old factors serve as a preconditioner; when they are too old the Jacobian is factorised anew.

        Raises:
            SingularMatrixError: on all ranks.
        """
        size = right.getLocalSize()
        self._right.set(0.0)
        self._right.array[:size] = right.array[:size]
        if right_flow is not None:
            self._right.array[size:] = right_flow.array[: right_flow.getLocalSize()]
        try:
            if not self._factors.factorisations:
                raise SingularMatrixError
            self._factors.solve_transposed(self._right, self._solution)
        except SingularMatrixError:
            self._factors.factorise()
            self._factors.solve_transposed(self._right, self._solution)
        found = self._solution.array.copy()
        return found[:size], found[size:]

    def assemble(self) -> None:
        """Assemble the Jacobian of the current state; the factors at hand stay those of an earlier one."""
        self._matrix = self._assemble(self._matrix)
