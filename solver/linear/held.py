"""Factors of a matrix with a few further unknowns and equations around it, which are eliminated once:

    [S  b] [y]   [f]
    [q  0] [p] = [0],

with Y = S^-1 b, V = S^-T q^T and M = q Y,

    y = S^-1 f - Y M^-1 q S^-1 f,   and of the transposed system   z = S^-T g - V s,   s = M^-T Y^T g.
"""

from __future__ import annotations

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import Border, Factors


class HeldFactors:
    """Solves with the further unknowns eliminated; a `solver.linear.blocks.Factors`. Collective.

    Args:
        matrix, factors: S and its factors.
        columns, rows: b and q. Shape (unknowns, owned entries) each.
    """

    def __init__(self, matrix: PETSc.Mat, factors: Factors, columns: np.ndarray, rows: np.ndarray) -> None:
        self._factors, self._comm, count = factors, matrix.comm.tompi4py(), len(columns)
        self.border: Border | None = Border(columns, rows, np.zeros((count, count)))
        right, solution = matrix.createVecs()

        def solved(values: np.ndarray, transposed: bool) -> np.ndarray:
            right.array[:] = values
            (factors.solve_with_transposed_factors if transposed else factors.solve)(right, solution)
            return np.array(solution.array)

        self._responses = np.array([solved(column, False) for column in columns])
        self._duals = np.array([solved(row, True) for row in rows])
        self.schur = self._sum(rows @ self._responses.T)
        """M. Shape (unknowns, unknowns)."""
        right.destroy()
        solution.destroy()

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._comm.allreduce(local))

    def settled(self, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The further unknowns, and the change of y (owned entries) that takes an excess away from q y. Shapes (unknowns,)
        and (entries,)."""
        further = np.linalg.solve(self.schur, excess)
        return further, -further @ self._responses

    def multipliers(self, right: np.ndarray) -> np.ndarray:
        """s of the transposed system, for g (owned entries). Shape (unknowns,)."""
        return np.asarray(np.linalg.solve(self.schur.T, self._sum(self._responses @ right)))

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve for y."""
        assert self.border is not None
        self._factors.solve(right_side, solution)
        _, change = self.settled(self._sum(self.border.rows @ solution.array))
        solution.array[:] += change

    def solve_with_transposed_factors(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve for z."""
        multipliers = self.multipliers(np.array(right_side.array))
        self._factors.solve_with_transposed_factors(right_side, solution)
        solution.array[:] -= multipliers @ self._duals
