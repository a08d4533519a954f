"""Newton directions and adjoint states from the linearised equations, of the current or of an earlier state.

The linear system of transport and flow is assembled as blocks,

    [A C] [dw]   [R]
    [B S] [dy] = [G],

and solved by whatever solver of the linear layer is chosen (`solver.linear.presets`). Where the flow is solved for in every
residual, G is zero, and the direction is that of the residual after the flow is eliminated, (A - C S^-1 B)^-1 R. (A alone is
no good approximation: with the osmotic form of the body force the electrochemical potentials drive the flow too strongly.)
"""

from __future__ import annotations

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import BlockSolver
from solver.linear.presets import DEFAULT, block_solver


class Jacobian:
    """Directions of one problem. Collective.

    Args:
        problem: whose equations are linearised.
        solver: of the block systems; the direct one by default.
    """

    def __init__(self, problem: Problem, solver: BlockSolver | None = None) -> None:
        self._problem = problem
        self._solver = solver or block_solver(DEFAULT, "jacobian_", problem.clock)
        self.at: Evaluation | None = None
        """Where the equations were linearised for the directions at hand."""

    @property
    def eliminates_flow(self) -> bool:
        """Whether the flow is solved for in every residual rather than part of the direction."""
        return self._solver.eliminates_flow

    @property
    def factorisations(self) -> int:
        """Number of factorisations so far."""
        return self._solver.preparations

    def refresh(self, found: Evaluation) -> None:
        """Linearise at a state, for the directions from now on.

        Raises:
            SingularMatrixError: on all ranks.
        """
        self._solver.prepare(self._problem.linearise(found))
        self.at = found

    def solve(self, rows: np.ndarray, flow_rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Solution for a right side of transport (and flow, zero when it is not given), by what is at hand. Owned entries of
        transport and flow (empty without flow)."""
        right = rows if flow_rows is None else np.concatenate([rows, flow_rows])
        found = self._solver.solve(right)
        return found[: len(rows)], found[len(rows) :]

    def solve_adjoint(
        self, found: Evaluation, right: np.ndarray, right_flow: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solve with the transpose of the whole Jacobian at a state; owned entries of both parts (the second empty without
        flow). What is at hand serves as a preconditioner.

        Raises:
            SingularMatrixError: on all ranks.
        """
        whole = right if right_flow is None else np.concatenate([right, right_flow])
        solution = self._solver.solve_transposed(self._problem.linearise(found), whole)
        return solution[: len(right)], solution[len(right) :]
