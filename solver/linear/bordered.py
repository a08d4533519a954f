"""Block systems with a few further unknowns, which are eliminated by one more solve each (Schur complement).

With the notation of `solver.linear.blocks.Border`, and with Y = A^-1 C,

    (E - R Y) u = d - R A^-1 b,   x = A^-1 b - Y u,

and of the transposed system A^T z + R^T s = b, C^T z + E^T s = d, with V = A^-T R^T,

    (E^T - C^T V) s = d - C^T A^-T b,   z = A^-T b - V s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.linear.blocks import Border, SingularMatrixError

Solve = Callable[[np.ndarray], np.ndarray]
"""The solution of a block system for a right side: owned entries of all fields, or of the first alone."""


@dataclass(frozen=True)
class Condensed:
    """A system that waits for some further unknowns u, which solve schur u = rest together with whatever else they are in:
    then x = found - responses^T u.

    Attributes:
        found: solution where they are zero; owned entries of all fields.
        rest: right sides of their equations, less what `found` contributes. Shape (u,).
        schur: their matrix. Shape (u, u).
        responses: change of x by each, with the opposite sign. Shape (u, entries).
    """

    found: np.ndarray
    rest: np.ndarray
    schur: np.ndarray
    responses: np.ndarray


class Bordered:
    """A bordered system whose block system has been prepared. Collective.

    Args:
        border: of the system.
        comm: the ranks.
        solve: the block system.
        regular: whether the system has a solution of its own; not one that is only condensed, such as that of a device whose
            potentials nothing but a circuit fixes.

    Raises:
        SingularMatrixError: on all ranks.
    """

    def __init__(self, border: Border, comm: MPI.Comm, solve: Solve, *, regular: bool = True) -> None:
        self._comm = comm
        self._responses = np.array([solve(column) for column in border.columns])
        # a solver that eliminates later fields gives the first alone
        self._size = min(border.rows.shape[1], self._responses.shape[1])
        self._rows = border.rows[:, : self._size]
        self._schur = border.corner - self._sum(self._rows @ self._responses[:, : self._size].T)
        if regular:
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

    def condensed(self, right: np.ndarray, right_of_border: np.ndarray, solve: Solve, kept: np.ndarray) -> Condensed:
        """The system with some of the further unknowns left open, and the others eliminated.

        kept: numbers of those that are left open.
        """
        found = solve(right)
        rest = right_of_border - self._sum(self._rows @ found[: self._size])
        others = np.setdiff1d(np.arange(self.count), kept)
        schur, responses = self._schur[np.ix_(kept, kept)], self._responses[kept]
        if len(others):
            inner, across = self._schur[np.ix_(others, others)], self._schur[np.ix_(others, kept)]
            settled, slopes = np.linalg.solve(inner, rest[others]), np.linalg.solve(inner, across)
            outer = self._schur[np.ix_(kept, others)]
            found = found - settled @ self._responses[others]
            responses = responses - slopes.T @ self._responses[others]
            return Condensed(found, rest[kept] - outer @ settled, schur - outer @ slopes, responses)
        return Condensed(found, rest[kept], schur, responses)

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
