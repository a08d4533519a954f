"""Newton directions and adjoint states from the linearised equations, of the current or of an earlier state.

The linear system of transport and flow is assembled as blocks,

    [A C] [dw]   [R]
    [B S] [dy] = [G],

and solved by whatever solver of the linear layer is chosen (`solver.linear.presets`). Where the flow is solved for in every
residual, G is zero, and the direction is that of the residual after the flow is eliminated, (A - C S^-1 B)^-1 R. (A alone is
no good approximation: with the osmotic form of the body force the electrochemical potentials drive the flow too strongly.)

In steady states of devices without terminals the amounts of the species are found apart (`solver.nonlinear.amounts`), and so
are potentials that follow from a charge or a current (`solver.linear.bordered`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import ADJOINT_TOLERANCE, BlockSolver, BlockSystem
from solver.linear.bordered import Bordered, Condensed, Open, solve_transposed
from solver.linear.presets import DEFAULT, SPLIT, block_solver
from solver.nonlinear.amounts import Pinned, Totals


@dataclass(frozen=True)
class AdjointSolution:
    """Solution of the transposed equations.

    Attributes:
        transport, flow: owned entries; the flow's are empty without flow.
        multipliers: of the equations of what is given where the potential follows. Shape (floating ports,).
        flow_rates: of the equations of given flow rates. Shape (terminals with one,).
    """

    transport: np.ndarray
    flow: np.ndarray
    multipliers: np.ndarray
    flow_rates: np.ndarray


class Jacobian:
    """Directions of one problem. Collective.

    Args:
        problem: whose equations are linearised.
        solver: of the block systems; by default the direct one, or that which splits fields where the problem is made for it.
        open_ports: positions, among the ports whose potential follows, of those whose potential something outside fixes: a
            circuit; behind the ports, those of concentrations that follow. The directions leave them as they are.
    """

    def __init__(self, problem: Problem, solver: BlockSolver | None = None, open_ports: Sequence[int] = ()) -> None:
        self._problem, self._open = problem, np.array(open_ports, dtype=int)
        self._solver = solver or block_solver(SPLIT if problem.split else DEFAULT, "jacobian_", problem.clock)
        if self._solver.eliminates_flow == problem.split:
            raise ValueError("this problem is not made for such a linear solver")
        self._totals: Totals | None = None
        self._pinned: Pinned | None = None
        self._bordered: Bordered | None = None
        self._condensed: Condensed | None = None
        self._system: BlockSystem | None = None
        self._of_constants: np.ndarray | None = None
        self.at: Evaluation | None = None
        """Where the equations were linearised for the directions at hand."""

    @property
    def eliminates_flow(self) -> bool:
        """Whether the flow is solved for in every residual rather than part of the direction."""
        return self._solver.eliminates_flow

    @property
    def keeps_factors(self) -> bool:
        """Whether directions of later states by what is at hand cost little."""
        return self._solver.keeps_factors

    @property
    def is_ready(self) -> bool:
        """Whether directions by what is at hand need no new matrices."""
        return self._solver.is_ready

    @property
    def last_iteration(self) -> str:
        """How the iteration of the last solve went; "" of direct solvers."""
        return self._solver.last_iteration

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
            transport = system.blocks[0][0]
            assert transport is not None
            pinned = Pinned.at(self._totals, found, transport)
        self._solver.prepare(system)
        if pinned is not None:
            pinned.prepare(self._solver.solve)
        self._pinned, self.at = pinned, found
        self._system, self._of_constants = system, None
        border, comm = system.border, self._problem.mesh.comm
        self._bordered = self._condensed = None
        if border is not None and len(self._open):
            self._condensed = Condensed(border, comm, self._solved)
        elif border is not None:
            self._bordered = Bordered(border, comm, self._solved)
        return system

    def levelling(self, found: Evaluation) -> np.ndarray | None:
        """Change of the unknowns (owned entries, to be subtracted), the same of each field at all nodes without given values,
        by which no field of a state has a residual in total, by the matrices at hand; None without matrices, or where more
        than these fields have to be in balance. Collective."""
        problem, system = self._problem, self._system
        unknowns = problem.unknowns
        if system is None or not self._solver.is_ready or system.border is not None or self._pinned is not None:
            return None
        if unknowns.of_walls or problem.equilibria or not problem.ports.terminals:
            return None
        free = np.ones(unknowns.owned)
        free[problem.boundary_values.owned_entries] = free[unknowns.owned_idle] = 0.0
        steps = np.array([free * np.tile(each, unknowns.owned_nodes) for each in np.eye(unknowns.width)])
        sums = unknowns.comm.allreduce(steps @ found.residual)
        if self._of_constants is None:
            matrix = system.blocks[0][0]
            assert matrix is not None
            given, product = matrix.createVecs()
            self._of_constants = np.zeros((len(steps), len(steps)))
            for k, step in enumerate(steps):
                given.array[:] = step
                matrix.mult(given, product)
                self._of_constants[:, k] = unknowns.comm.allreduce(steps @ product.array_r)
        return np.asarray(np.linalg.lstsq(self._of_constants, sums, rcond=None)[0] @ steps)

    def _solved(
        self, right: np.ndarray, totals: np.ndarray | None = None, tolerance: float | None = None
    ) -> np.ndarray:
        """Solution without further unknowns, by what is at hand."""
        solve = self._solver.solve
        return solve(right, tolerance) if self._pinned is None else self._pinned.solve(right, solve, totals)

    def _restore(self) -> None:
        """Linearise again where that was done last, if a solver needs matrices that have been overwritten since.

        Raises:
            SingularMatrixError: on all ranks.
        """
        if not self._solver.is_ready and self.at is not None:
            self._prepared(self.at)

    def _is_loose(self, found: Evaluation) -> bool:
        """Whether amounts are fixed by a small storage term alone: no terminals, and a step in time that is longer than the
        time of mixing. (In short steps the storage holds every node by itself.)"""
        return not self._problem.ports.terminals and found.storage.rate < self._problem.mixing_rate

    def direction(self, found: Evaluation, tolerance: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Newton's direction at a state, by what is at hand: parts of transport and flow, and tolerance as in `solve`."""
        totals = self._totals.values(found) if self._totals and self._is_loose(found) else None
        excess = found.excess if self._problem.ports.floating else None
        return self.solve(found.residual, found.flow_rows, totals, excess, tolerance)

    def solve(
        self,
        rows: np.ndarray,
        flow_rows: np.ndarray | None = None,
        totals: np.ndarray | None = None,
        excess: np.ndarray | None = None,
        tolerance: float | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solution for a right side of transport (and flow, zero when it is not given), by what is at hand. Owned entries of
        transport and flow (empty without flow).

        totals: see `solver.nonlinear.amounts.Pinned.solve`.
        excess: right sides of the equations of what is given where the potential follows; zero when they are not given.
        tolerance: relative residual that an iteration may leave; None for what counts as exact.

        Raises:
            SingularMatrixError: on all ranks; an iteration did not converge.
        """
        self._restore()
        right = rows if flow_rows is None else np.concatenate([rows, flow_rows])
        bordered = self._bordered
        if self._condensed is not None:
            found = self.condensed(rows, flow_rows, totals, excess).found
        elif bordered is None:
            found = self._solved(right, totals, tolerance)
        else:
            further = np.zeros(bordered.count)
            if excess is not None:
                further[: len(excess)] = excess  # means over walls have none: they are those of the state
            found, _ = bordered.solve(right, further, lambda rest: self._solved(rest, totals, tolerance))
        return found[: len(rows)], found[len(rows) :]

    def condensed(
        self,
        rows: np.ndarray,
        flow_rows: np.ndarray | None = None,
        totals: np.ndarray | None = None,
        excess: np.ndarray | None = None,
    ) -> Open:
        """The same as `solve`, with the potentials of the open ports left open."""
        self._restore()
        condensed = self._condensed
        assert condensed is not None  # open ports are further unknowns
        right = rows if flow_rows is None else np.concatenate([rows, flow_rows])
        further = np.zeros(condensed.count)
        if excess is not None:
            further[: len(excess)] = excess
        return condensed.open(right, further, lambda rest: self._solved(rest, totals), self._open)

    def condensed_direction(self, found: Evaluation) -> Open:
        """Newton's direction at a state with the potentials of the open ports left open; their rest is the current by which
        each exceeds what is given there, after the direction. Behind them are concentrations that follow, and the rates at
        which these species enter."""
        totals = self._totals.values(found) if self._totals and self._is_loose(found) else None
        excess = np.concatenate([found.excess, self._problem.floating.followed(found.rates)])
        return self.condensed(found.residual, found.flow_rows, totals, excess)

    def solve_adjoint(
        self,
        found: Evaluation,
        right: np.ndarray,
        right_flow: np.ndarray | None,
        tolerance: float = ADJOINT_TOLERANCE,
        right_further: np.ndarray | None = None,
    ) -> AdjointSolution:
        """Solve with the transpose of the whole Jacobian at a state. What is at hand serves as a preconditioner.

        tolerance: relative residual that may be left. right_further: right sides for the potentials that follow and, behind
        them, for means over walls; zero when they are not given.

        Raises:
            SingularMatrixError: on all ranks.
        """
        whole = right if right_flow is None else np.concatenate([right, right_flow])
        if self._is_loose(found):
            system, solver = self._prepared(found), self._solver  # the shifts have to be those of this state
            assert self._pinned is not None
            pinned = self._pinned

            def solve(rest: np.ndarray) -> np.ndarray:
                return pinned.solve_transposed(rest, lambda part: solver.solve_transposed(system, part, tolerance))

        else:
            # multipliers of the equations of coverages are so large that the residual says nothing of others: no old factors
            exact = bool(self._problem.unknowns.of_walls) and self.at is not found
            system, solver = self._prepared(found) if exact else self._problem.linearise(found), self._solver

            def solve(rest: np.ndarray) -> np.ndarray:
                return solver.solve_transposed(system, rest, tolerance)

        multipliers: np.ndarray = np.zeros(0)
        if system.border is None:
            solution = solve(whole)
        else:
            further = np.zeros(len(system.border.corner)) if right_further is None else right_further
            solution, of_border = solve_transposed(system.border, self._problem.mesh.comm, whole, further, solve)
            multipliers = of_border[: len(self._problem.ports.floating)]
        transport, flow = solution[: len(right)], solution[len(right) :]
        return AdjointSolution(transport, flow, multipliers, self._of_flow_rates(system, transport, right_flow))

    def _of_flow_rates(self, system: BlockSystem, transport: np.ndarray, right_flow: np.ndarray | None) -> np.ndarray:
        """Multipliers of the equations of given flow rates, which the solver has eliminated."""
        held = None if self._problem.flow is None else self._problem.flow.solved.held
        if held is None or right_flow is None:
            return np.zeros(0)
        to_transport = system.blocks[0][1]
        assert to_transport is not None
        answer, tested = to_transport.createVecs()
        tested.array[:] = transport
        to_transport.multTranspose(tested, answer)
        found = held.multipliers(right_flow - answer.array)
        answer.destroy()
        tested.destroy()
        return found
