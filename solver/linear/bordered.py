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


class Condensed:
    """A bordered system condensed to its further unknowns: schur u = rest. Collective.

    Args:
        border: of the system, whose block system has been prepared.
        comm: the ranks.
        solve: the block system.
    """

    def __init__(self, border: Border, comm: MPI.Comm, solve: Solve) -> None:
        self._comm = comm
        self._responses = np.array([solve(column) for column in border.columns])
        # a solver that eliminates later fields gives the first alone
        self._size = min(border.rows.shape[1], self._responses.shape[1])
        self._rows = border.rows[:, : self._size]
        self.schur = border.corner - self._sum(self._rows @ self._responses[:, : self._size].T)
        """Shape (unknowns, unknowns)."""

    @property
    def count(self) -> int:
        """Number of further unknowns."""
        return len(self.schur)

    def rest(self, found: np.ndarray, right_of_border: np.ndarray) -> np.ndarray:
        """What a solution without further unknowns (owned entries) leaves of their equations. Shape (unknowns,)."""
        return np.asarray(right_of_border - self._sum(self._rows @ found[: self._size]))

    def completed(self, found: np.ndarray, further: np.ndarray) -> np.ndarray:
        """The solution for values of the further unknowns, from that without them; owned entries."""
        return np.asarray(found - further @ self._responses)

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._comm.allreduce(local, op=MPI.SUM))


class Bordered(Condensed):
    """One whose further unknowns follow from its own equations alone.

    Raises:
        SingularMatrixError: on all ranks.
    """

    def __init__(self, border: Border, comm: MPI.Comm, solve: Solve) -> None:
        super().__init__(border, comm, solve)
        if not (np.isfinite(self.schur).all() and np.abs(np.linalg.det(self.schur)) > 0.0):
            raise SingularMatrixError

    def solve(self, right: np.ndarray, right_of_border: np.ndarray, solve: Solve) -> tuple[np.ndarray, np.ndarray]:
        """The solution: owned entries of all fields, and the further unknowns."""
        found = solve(right)
        further = np.linalg.solve(self.schur, self.rest(found, right_of_border))
        return self.completed(found, further), further


def solve_transposed(
    border: Border, comm: MPI.Comm, right: np.ndarray, right_of_border: np.ndarray, solve: Solve
) -> tuple[np.ndarray, np.ndarray]:
    """The solution of the transposed bordered system: owned entries of all fields, and the further unknowns. Collective.

    solve: the transposed block system, for a right side of all fields.

    Raises:
        SingularMatrixError: on all ranks.
    """
    padded = np.pad(border.rows, ((0, 0), (0, len(right) - border.rows.shape[1])))
    return Bordered(Border(padded, border.columns, border.corner.T), comm, solve).solve(right, right_of_border, solve)
