"""An approximate inverse of the Schur complement of the pressure in Stokes flow through long channels.

With the mass matrix M of the pressure and the matrix K of grad p . k grad q,

    S^-1 ~ -(M^-1 + K^-1),

where k is the local permeability: M^-1 is what the pressure answers in a volume, K^-1 in lubrication, which prevails along
channels that are longer than wide.

The pressure has a continuous part and may have a constant in each cell. Then smooth functions are nearly in both, and the
mass matrix in these coordinates is as badly conditioned as a Laplacian; the constants, whose block is diagonal, are
eliminated, and what is left of the continuous part is inverted by multigrid.
"""

from __future__ import annotations

import numpy as np
from petsc4py import PETSc

from solver.linear.multigrid import SMOOTHER, ApproximateInverse


class PressureSchur:
    """The approximate inverse; symmetric. Collective.

    Args:
        mass: of the continuous part.
        constants: mass of that with the constants, and of the constants (diagonal); None without constants.
        lubrication: K of the continuous part, rows and columns of `ends` those of the identity.
        given: owned entries of the continuous part and then of the constants, counted on this rank, at which the pressure is
            given; identity rows and columns of the mass matrix.
        ends: owned entries of the continuous part at which a stress is given.
    """

    def __init__(
        self,
        mass: PETSc.Mat,
        constants: tuple[PETSc.Mat, PETSc.Mat] | None,
        lubrication: PETSc.Mat | None,
        given: np.ndarray,
        ends: np.ndarray,
    ) -> None:
        self._given, self._ends, rest = given, ends, mass
        self._mixed: PETSc.Mat | None = None
        if constants is not None:
            self._mixed, own = constants
            diagonal = own.getDiagonal()
            self._per_constant = 1.0 / diagonal.array
            diagonal.reciprocal()
            scaled, rest = self._mixed.copy(), mass.copy()
            scaled.diagonalScale(R=diagonal)
            product = scaled.matMult(self._mixed.transpose(PETSc.Mat()))
            rest.axpy(-1.0, product, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
            self._constants = self._mixed.createVecRight()
        self._rest = ApproximateInverse(rest, SMOOTHER)
        self._lubrication = None if lubrication is None else ApproximateInverse(lubrication, SMOOTHER)
        self._solution, self._right = mass.createVecs()

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Its product with owned entries of both parts."""
        size = self._right.getLocalSize()
        first, second = right[:size], right[size:]
        if self._mixed is None:
            self._right.array[:] = first
        else:
            self._constants.array[:] = self._per_constant * second
            self._mixed.mult(self._constants, self._right)
            self._right.array[:] = first - self._right.array
        self._rest.solve(self._right, self._solution)
        found, constants = self._solution.array.copy(), second
        if self._mixed is not None:
            self._mixed.multTranspose(self._solution, self._constants)
            constants = self._per_constant * (second - self._constants.array)
        if self._lubrication is not None:
            self._right.array[:] = first
            self._right.array[self._ends] = 0.0  # identity rows would answer by the residual itself
            self._lubrication.solve(self._right, self._solution)
            found += self._solution.array
        answer = -np.concatenate([found, constants])
        answer[self._given] = right[self._given]
        return answer
