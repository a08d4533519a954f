"""Auxiliary scalar equations of Laplace's kind: by factors, or by GMRES with multigrid where nothing is to be factorised."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import SingularMatrixError
from solver.linear.direct import DirectSolver
from solver.linear.multigrid import BOOMER, ApproximateInverse
from solver.parallel.clock import Clock

ITERATION = {**BOOMER, "ksp_type": "gmres", "ksp_rtol": 1e-12, "ksp_max_it": 200, "ksp_gmres_restart": 100}
"""Options of PETSc."""

USEFUL = 1e-9
"""Relative residual that is good enough where rounding ends an iteration."""


class ScalarSolver(Protocol):
    """What solves with one matrix."""

    def factorise(self) -> None:
        """Get ready for the matrix as it is now. Raises SingularMatrixError on all ranks."""

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve. Collective. Raises SingularMatrixError on all ranks."""


class MultigridSolver:
    """A `ScalarSolver` that factorises nothing.

    Args:
        matrix: assembled; rows of given values may be those of the identity.
        clock: timers.
    """

    def __init__(self, matrix: PETSc.Mat, clock: Clock) -> None:
        self._matrix, self._clock = matrix, clock
        self._inverse: ApproximateInverse | None = None

    def factorise(self) -> None:
        """Set up multigrid for the matrix as it is now. Collective."""
        with self._clock("multigrid"):
            if self._inverse is None:
                self._inverse = ApproximateInverse(self._matrix, ITERATION)
            else:
                self._inverse.update(self._matrix)

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve. Collective.

        Raises:
            SingularMatrixError: on all ranks; the iteration did not converge.
        """
        if self._inverse is None:
            raise SingularMatrixError
        with self._clock("krylov"):
            self._inverse.solve(right_side, solution)
            left = right_side.duplicate()
            self._matrix.mult(solution, left)
            left.axpy(-1.0, right_side)
            small = left.norm() <= USEFUL * right_side.norm()
            left.destroy()
        if not small:
            raise SingularMatrixError


def scalar_solver(
    matrix: PETSc.Mat, prefix: str, clock: Clock, *, split: bool, idle: np.ndarray | None = None
) -> ScalarSolver:
    """A new solver of a matrix.

    prefix, idle: see `solver.linear.direct.DirectSolver`. split: whether nothing is to be factorised.
    """
    return MultigridSolver(matrix, clock) if split else DirectSolver(matrix, prefix, clock, idle)
