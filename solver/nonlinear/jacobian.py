"""Newton directions and adjoint states from the linearised equations, of the current or of an earlier state.

The linear system of transport and flow is assembled as blocks,

    [A C] [dw]   [R]
    [B S] [dy] = [G],

and solved by whatever solver of the linear layer is chosen (`solver.linear.presets`). Where the flow is solved for in every
residual, G is zero, and the direction is that of the residual after the flow is eliminated, (A - C S^-1 B)^-1 R. (A alone is
no good approximation: with the osmotic form of the body force the electrochemical potentials drive the flow too strongly.)

In steady states of devices without terminals the amounts of the species are found apart (`solver.nonlinear.amounts`).
"""

from __future__ import annotations

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import ADJOINT_TOLERANCE, BlockSolver, BlockSystem
from solver.linear.presets import DEFAULT, block_solver
from solver.nonlinear.amounts import Pinned, Totals


class Jacobian:
    """Directions of one problem. Collective.

    Args:
        problem: whose equations are linearised.
        solver: of the block systems; the direct one by default.
    """

    def __init__(self, problem: Problem, solver: BlockSolver | None = None) -> None:
        self._problem = problem
        self._solver = solver or block_solver(DEFAULT, "jacobian_", problem.clock)
        self._totals: Totals | None = None
        self._pinned: Pinned | None = None
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
        self._prepared(found)

    def _prepared(self, found: Evaluation) -> BlockSystem:
        """The system at a state, whose factors are at hand now; pinned if it has to be."""
        system = self._problem.linearise(found)
        pinned = None
        if self._is_loose(found):
            self._totals = self._totals or Totals(self._problem)
            pinned = Pinned(self._totals, found, system)
        self._solver.prepare(system)
        if pinned is not None:
            pinned.prepare(self._solver.solve)
        self._pinned, self.at = pinned, found
        return system

    def _is_loose(self, found: Evaluation) -> bool:
        """Whether amounts are fixed by a small storage term alone: no terminals, and a step in time that is longer than the
        time of mixing. (In short steps the storage holds every node by itself.)"""
        return not self._problem.ports.terminals and found.storage.rate < self._problem.mixing_rate

    def direction(self, found: Evaluation) -> tuple[np.ndarray, np.ndarray]:
        """Newton's direction at a state, by what is at hand: parts of transport and flow as in `solve`."""
        totals = self._totals.values(found) if self._totals and self._is_loose(found) else None
        return self.solve(found.residual, found.flow_rows, totals)

    def solve(
        self, rows: np.ndarray, flow_rows: np.ndarray | None = None, totals: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solution for a right side of transport (and flow, zero when it is not given), by what is at hand. Owned entries of
        transport and flow (empty without flow).

        totals: see `solver.nonlinear.amounts.Pinned.solve`.
        """
        right = rows if flow_rows is None else np.concatenate([rows, flow_rows])
        pinned = self._pinned
        found = self._solver.solve(right) if pinned is None else pinned.solve(right, self._solver.solve, totals)
        return found[: len(rows)], found[len(rows) :]

    def solve_adjoint(
        self,
        found: Evaluation,
        right: np.ndarray,
        right_flow: np.ndarray | None,
        tolerance: float = ADJOINT_TOLERANCE,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solve with the transpose of the whole Jacobian at a state; owned entries of both parts (the second empty without
        flow). What is at hand serves as a preconditioner.

        tolerance: relative residual that may be left.

        Raises:
            SingularMatrixError: on all ranks.
        """
        whole = right if right_flow is None else np.concatenate([right, right_flow])
        if self._is_loose(found):
            system, solver = self._prepared(found), self._solver  # the shifts have to be those of this state
            assert self._pinned is not None
            solution = self._pinned.solve_transposed(
                whole, lambda rest: solver.solve_transposed(system, rest, tolerance)
            )
        else:
            solution = self._solver.solve_transposed(self._problem.linearise(found), whole, tolerance)
        return solution[: len(right)], solution[len(right) :]
