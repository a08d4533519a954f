"""An approximate inverse of the Schur complement of the pressure in Stokes flow through long channels.

With the mass matrix M of the pressure and the matrix K of grad p . k grad q,

    S^-1 ~ -(M^-1 + K^-1),

where k is the local permeability: M^-1 is what the pressure answers in a volume, K^-1 in lubrication, which prevails along
channels that are longer than wide.

The pressure has a continuous part and may have a constant in each cell. Then smooth functions are nearly in both, and the
mass matrix in these coordinates is as badly conditioned as a Laplacian; the constants, whose block is diagonal, are
eliminated, and what is left of the continuous part is inverted by multigrid. In cells much longer than wide a step from one
constant to the next drives a flow as a gradient does: they have a K of their own, whose inverse is added to theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from petsc4py import PETSc

from solver.linear.multigrid import BOOMER, ApproximateInverse

CAREFUL: Mapping[str, Any] = {
    **BOOMER,
    "pc_hypre_boomeramg_strong_threshold": 0.25,
    "pc_hypre_boomeramg_agg_nl": 0,
}
"""Options of PETSc for K, whose matrices are small."""


@dataclass(frozen=True)
class Constants:
    """The part of the pressure that is constant in each cell.

    Attributes:
        mixed: mass matrix of the continuous part with it.
        mass: diagonal of its own, owned entries, ones where it is given.
        lubrication: K of the jumps between cells, those of given ones, too: these are not free to step from all others; None
            without.
        given: owned entries at which it is given.
    """

    mixed: PETSc.Mat
    mass: np.ndarray
    lubrication: PETSc.Mat | None
    given: np.ndarray


class _Lubrication:
    """K^-1, zero at some entries."""

    def __init__(self, matrix: PETSc.Mat, apart: np.ndarray) -> None:
        self._inverse, self._apart = ApproximateInverse(matrix, CAREFUL), apart
        self._solution, self._right = matrix.createVecs()

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Its product; overwritten by the next call. Collective."""
        self._right.array[:] = right
        self._right.array[self._apart] = 0.0  # identity rows would answer by the residual itself
        self._inverse.solve(self._right, self._solution)
        return np.asarray(self._solution.array_r)


class PressureSchur:
    """The approximate inverse; symmetric. Collective.

    Args:
        mass: of the continuous part, rows and columns of given entries those of the identity.
        lubrication: K of the continuous part, rows and columns of `ends` those of the identity; None without.
        given: owned entries of the continuous part at which the pressure is given.
        ends: the same at which a stress is given.
        constants: the other part; None without.
    """

    def __init__(
        self,
        mass: PETSc.Mat,
        lubrication: PETSc.Mat | None,
        given: np.ndarray,
        ends: np.ndarray,
        constants: Constants | None,
    ) -> None:
        self._constants, self._given, rest = constants, given, mass
        self._lubrication = None if lubrication is None else _Lubrication(lubrication, ends)
        self._jumps: _Lubrication | None = None
        if constants is not None:
            self._own = constants.mixed.createVecRight()
            self._own.array[:] = 1.0 / constants.mass
            scaled, rest = constants.mixed.copy(), mass.copy()
            scaled.diagonalScale(R=self._own)
            rest.axpy(
                -1.0,
                scaled.matMult(constants.mixed.transpose(PETSc.Mat())),
                PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN,
            )
            self._given = np.concatenate([given, mass.getLocalSize()[0] + constants.given])
            if constants.lubrication is not None:
                self._jumps = _Lubrication(constants.lubrication, constants.given)
        self._rest = ApproximateInverse(rest, BOOMER)
        self._solution, self._right = mass.createVecs()

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Its product with owned entries of the continuous part and then of the constants."""
        size, constants = self._right.getLocalSize(), self._constants
        first, second = right[:size], right[size:]
        self._right.array[:] = first
        if constants is not None:
            self._own.array[:] = second / constants.mass
            constants.mixed.mult(self._own, self._solution)
            self._right.axpy(-1.0, self._solution)
        self._rest.solve(self._right, self._solution)
        found, jumps = np.array(self._solution.array_r), np.array(second)
        if constants is not None:
            constants.mixed.multTranspose(self._solution, self._own)
            jumps = (second - self._own.array_r) / constants.mass
        if self._lubrication is not None:
            found += self._lubrication.apply(first)
        if self._jumps is not None:
            jumps += self._jumps.apply(second)
        answer = -np.concatenate([found, jumps])
        answer[self._given] = right[self._given]
        return answer
