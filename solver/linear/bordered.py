"""Block systems with a few further unknowns, which are eliminated by one more solve each (Schur complement).

With the notation of `solver.linear.blocks.Border`, and with Y = A^-1 C,

    (E - R Y) u = d - R A^-1 b,   x = A^-1 b - Y u,

and of the transposed system A^T z + R^T s = b, C^T z + E^T s = d, with V = A^-T R^T,

    (E^T - C^T V) s = d - C^T A^-T b,   z = A^-T b - V s.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from mpi4py import MPI

from solver.linear.blocks import Border, SingularMatrixError

Solve = Callable[[np.ndarray], np.ndarray]
"""The solution of a block system for a right side: owned entries of all fields, or of the first alone."""


class Bordered:
    """A bordered system whose block system has been prepared. Collective.

    Args:
        border: of the system.
        comm: the ranks.
        solve: the block system.

    Raises:
        SingularMatrixError: on all ranks.
    """

    def __init__(self, border: Border, comm: MPI.Comm, solve: Solve) -> None:
        self._comm = comm
        self._responses = np.array([solve(column) for column in border.columns])
        # a solver that eliminates later fields gives the first alone
        self._size = min(border.rows.shape[1], self._responses.shape[1])
        self._rows = border.rows[:, : self._size]
        self._schur = border.corner - self._sum(self._rows @ self._responses[:, : self._size].T)
        _check(self._schur)

    @property
    def count(self) -> int:
        """Number of further unknowns."""
        return len(self._schur)

    def solve(self, right: np.ndarray, right_of_border: np.ndarray, solve: Solve) -> tuple[np.ndarray, np.ndarray]:
        """The solution: owned entries of all fields, and the further unknowns."""
        found = solve(right)
        rest = right_of_border - self._sum(self._rows @ found[: self._size])
        further = np.linalg.solve(self._schur, rest)
        return np.asarray(found - further @ self._responses), further

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._comm.allreduce(local, op=MPI.SUM))


def solve_transposed(
    border: Border, comm: MPI.Comm, right: np.ndarray, right_of_border: np.ndarray, solve: Solve
) -> tuple[np.ndarray, np.ndarray]:
    """The solution of the transposed bordered system: owned entries of all fields, and the further unknowns. Collective.

    solve: the transposed block system, for a right side of all fields.

    Raises:
        SingularMatrixError: on all ranks.
    """
    size = border.columns.shape[1]

    def summed(local: np.ndarray) -> np.ndarray:
        return np.asarray(comm.allreduce(local, op=MPI.SUM))

    padding = np.zeros(len(right) - border.rows.shape[1])
    responses = np.array([solve(np.concatenate([row, padding])) for row in border.rows])
    schur = border.corner.T - summed(border.columns @ responses[:, :size].T)
    _check(schur)
    found = solve(right)
    further = np.linalg.solve(schur, right_of_border - summed(border.columns @ found[:size]))
    return np.asarray(found - further @ responses), further


def _check(schur: np.ndarray) -> None:
    """Refuse a matrix that is not regular; the same on all ranks."""
    if not (np.isfinite(schur).all() and np.abs(np.linalg.det(schur)) > 0.0):
        raise SingularMatrixError
