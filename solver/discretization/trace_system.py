"""Linear systems of trace species: for relative changes of their concentration, with factors that serve for many of them.

The tangent A of the equation at a concentration c is that of a flux linear in it: A diag(1 / c) hardly depends on c, but on
the potential and the flow alone (not at all where the elements are fine enough). With the concentration c' for which factors
were made,

    diag(1 / c') A diag(c' / c) y = diag(1 / c') b,    x = c' / c y

is thus nearly the system of the factors from one step of Newton's method to the next, for the share beside the first factor,
and from point to point while the potential changes little: a few steps of GMRES solve it. Rows and columns divided by
concentrations make one matrix of what differs by hundreds of orders.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI

from solver.discretization.assembly import zero_rows
from solver.discretization.given_fields import GivenFields
from solver.linear.blocks import SingularMatrixError
from solver.linear.direct import DirectSolver, pattern_of

MOST_STEPS = 15
"""Of GMRES, after which new factors are cheaper."""

NEARBY = 3.0
"""Change of the energy of a molecule in the field, z phi (RT), over the device, up to which old factors are tried."""

LARGEST = 1e290
"""Ratio of concentrations that fits into a matrix."""


class TraceSystem:
    """Solves systems with a pattern. Collective.

    Args:
        problem: whose nodes carry the unknown.
        tangent: whose pattern all have.
        held: local nodes whose rows are conditions: the unknown is 0 there. ghosts included.
    """

    def __init__(self, problem: GivenFields, tangent: fem.Form, held: np.ndarray) -> None:
        self._problem = problem
        self._given = np.setdiff1d(held, problem.unknowns.incomplete)  # rows of solids are empty, and left out
        self._matrix = pattern_of(tangent)
        self._assemble_values(tangent)  # the part of its active rows is taken before the first solve
        idle = problem.unknowns.owned_incomplete
        some = problem.mesh.comm.allreduce(len(idle), op=MPI.SUM)
        self._factors = DirectSolver(self._matrix, "trace_", problem.clock, idle if some else None)
        self._right, self._solution = self._matrix.createVecs()
        self._rows, self._columns = self._right.duplicate(), self._right.duplicate()
        owned = len(self._right.array_r)
        self._free = np.ones(owned, dtype=bool)
        self._free[held[held < owned]] = False
        self._logs: np.ndarray | None = None
        self._energy: np.ndarray = np.zeros(owned)

    @property
    def factorisations(self) -> int:
        """How many there were."""
        return self._factors.factorisations

    def solved(
        self, tangent: fem.Form, right: np.ndarray, logs: np.ndarray, energy: np.ndarray, tolerance: float | None
    ) -> np.ndarray:
        """Solution at all local nodes, with old factors where these do.

        right: right side, owned entries. logs: of the concentration at all local nodes, for which the tangent is. energy: z
        phi there, RT. tolerance: relative residual where GMRES uses old factors; 0 for new ones; None for what old ones alone
            give.

        Raises:
            SingularMatrixError: on all ranks.
        """
        owned = len(self._right.array_r)
        logs, energy = logs[:owned].copy(), energy[:owned].copy()
        if self._logs is not None and tolerance != 0.0 and self._near(energy):
            self._weigh(right, logs)
            if tolerance is None:
                self._factors.solve(self._right, self._solution)
                return self._found()
            self._assemble(tangent)
            if self._is_finite() and self._factors.solve_nearby(self._right, self._solution, tolerance, MOST_STEPS):
                return self._found()
        self._logs, self._energy = logs, energy
        self._weigh(right, logs)
        self._assemble(tangent)
        if not self._is_finite():
            self._logs = None
            raise SingularMatrixError  # MUMPS would search for a pivot for ever
        try:
            self._factors.factorise()
        except SingularMatrixError:
            self._logs = None
            raise
        self._factors.solve(self._right, self._solution)
        return self._found()

    def _near(self, energy: np.ndarray) -> bool:
        """Whether the field is near that of the factors."""
        change = (energy - self._energy)[self._free]
        ends = change.min(initial=np.inf), change.max(initial=-np.inf)
        comm = self._problem.mesh.comm
        return bool(comm.allreduce(ends[1], op=MPI.MAX) - comm.allreduce(ends[0], op=MPI.MIN) <= NEARBY)

    def _weigh(self, right: np.ndarray, logs: np.ndarray) -> None:
        """Divide rows by the concentrations of the factors and columns by the present ones, and the right side like rows."""
        assert self._logs is not None
        for vector, exponent in ((self._rows, -self._logs), (self._columns, self._logs - logs)):
            with np.errstate(over="ignore"):
                factors = np.where(self._free, np.exp(exponent), 1.0)
            vector.array[:] = np.clip(factors, 1.0 / LARGEST, LARGEST)
        self._right.array[:] = right * self._rows.array_r

    def _assemble(self, tangent: fem.Form) -> None:
        """The matrix with these weights."""
        with self._problem.clock("assembly"):
            self._assemble_values(tangent)
            self._matrix.diagonalScale(self._rows, self._columns)

    def _assemble_values(self, tangent: fem.Form) -> None:
        self._matrix.zeroEntries()
        fem_petsc.assemble_matrix(self._matrix, tangent)
        self._matrix.assemble()
        zero_rows(self._matrix, self._given, 1.0)

    def _is_finite(self) -> bool:
        return bool(np.isfinite(self._matrix.norm()))

    def _found(self) -> np.ndarray:
        found = fem.Function(self._problem.unknowns.scalar)
        found.x.array[: len(self._solution.array_r)] = self._solution.array_r * self._columns.array_r
        found.x.scatter_forward()
        return np.array(found.x.array)
