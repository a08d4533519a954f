"""Direct solves with MUMPS, kept alive between factorisations: of one matrix, and of block systems."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.linear.blocks import ADJOINT_TOLERANCE, BlockSystem, Border, SingularMatrixError
from solver.linear.bordered import Bordered, solve_transposed
from solver.parallel.clock import Clock

WORKSPACES = (40, 200, 1000)
"""Percent of workspace beyond MUMPS's estimate, which pivoting may exceed; the next is tried when it was too little."""

MOST_ADJOINT_STEPS = 40
"""Steps of GMRES after which new factors are cheaper."""

OUT_OF_MEMORY = 3
"""PETSc's reason for a factorisation that ran out of workspace."""


def pattern_of(form: fem.Form, kind: str | None = None) -> PETSc.Mat:
    """A matrix (of a type of PETSc) whose pattern survives when rows of constrained unknowns are set to zero."""
    matrix = fem_petsc.create_matrix(form, kind)
    matrix.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
    return matrix


class _Active:
    """The rows and columns of a matrix that are not idle, as a matrix of their own.

    matrix: whose pattern stays. idle: owned rows, counted on this rank.
    """

    def __init__(self, matrix: PETSc.Mat, idle: np.ndarray) -> None:
        first, last = matrix.getOwnershipRange()
        active = np.ones(last - first, dtype=bool)
        active[idle] = False
        self._rows = np.flatnonzero(active)
        self._index_set = PETSc.IS().createGeneral((first + self._rows).astype(PETSc.IntType), comm=matrix.comm)
        self._part: PETSc.Mat | None = None

    def part(self, matrix: PETSc.Mat) -> PETSc.Mat:
        """The part of the matrix with its values of now, written into that of before. Collective."""
        if self._part is None:
            self._part = matrix.createSubMatrix(self._index_set, self._index_set)
            self._right, self._solution = self._part.createVecs()
        else:
            matrix.createSubMatrix(self._index_set, self._index_set, self._part)
        return self._part

    def solve(self, solve: Callable[[PETSc.Vec, PETSc.Vec], None], right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve for the part; what is idle is what stands on the right side. Collective."""
        self._right.array[:] = right_side.array_r[self._rows]
        solve(self._right, self._solution)
        right_side.copy(solution)
        solution.array[self._rows] = self._solution.array_r


def adjoint_iteration(comm: PETSc.Comm, tolerance: float) -> PETSc.KSP:
    """GMRES for transposed systems, to a relative residual; its preconditioner is given afterwards, for a shared one keeps
    the prefix of its options."""
    ksp = PETSc.KSP().create(comm)
    ksp.setOptionsPrefix("adjoint_")
    ksp.setType(PETSc.KSP.Type.GMRES)
    ksp.setGMRESRestart(MOST_ADJOINT_STEPS)
    ksp.setTolerances(rtol=tolerance, max_it=MOST_ADJOINT_STEPS)
    return ksp


class DirectSolver:
    """One matrix and its factors; the symbolic analysis is reused as long as the pattern stays.

    Args:
        matrix: assembled matrix; `factorise` reads its values anew.
        prefix: of the PETSc options, so that a user can choose another solver.
        clock: timers.
        idle: owned rows, counted on this rank, that are rows of the identity, with zeros in their columns. They are not
            factorised: stored zeros cost as much as other entries, and thousands of rows with a diagonal only cost the
            ordering 20 s. None where there are none on any rank.
    """

    border: Border | None = None

    def __init__(self, matrix: PETSc.Mat, prefix: str, clock: Clock, idle: np.ndarray | None = None) -> None:
        self.matrix, self._clock = matrix, clock
        self._active = None if idle is None else _Active(matrix, idle)
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOptionsPrefix(prefix)
        self._ksp.setType(PETSc.KSP.Type.PREONLY)
        pc = self._ksp.getPC()
        pc.setType(PETSc.PC.Type.LU)
        pc.setFactorSolverType("mumps")
        self._ksp.setOperators(self._factorised())
        self._ksp.setFromOptions()
        self.factorisations = 0

    def _factorised(self) -> PETSc.Mat:
        """The matrix as it is now, without idle rows. Collective."""
        return self.matrix if self._active is None else self._active.part(self.matrix)

    def factorise(self) -> None:
        """Factorise the matrix as it is now.

        Raises:
            SingularMatrixError: on all ranks.
        """
        pc, comm = self._ksp.getPC(), self.matrix.comm.tompi4py()
        with self._clock("factorisation"):
            self.factorisations += 1
            matrix = self._factorised()
            for workspace in WORKSPACES:
                self._ksp.setOperators(matrix)
                pc.setReusePreconditioner(False)
                if pc.getFactorSolverType() == "mumps":
                    pc.setFactorSetUpSolverType()
                    pc.getFactorMatrix().setMumpsIcntl(14, workspace)
                self._ksp.setUp()
                pc.setReusePreconditioner(True)
                # MUMPS may fail on one rank alone; all have to agree on what to do next
                failure = comm.allreduce(int(pc.getFailedReason()), op=MPI.MAX)
                if failure == 0:
                    return
                pc.reset()  # PETSc would skip all later factorisations silently
                if failure != OUT_OF_MEMORY:
                    break
        raise SingularMatrixError

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve with the factors at hand."""
        with self._clock("solve"):
            self._within(self._ksp.solve, right_side, solution)

    def solve_with_transposed_factors(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve with the transpose of the factors at hand."""
        self._within(self._ksp.solveTranspose, right_side, solution)

    def _within(
        self, solve: Callable[[PETSc.Vec, PETSc.Vec], None], right_side: PETSc.Vec, solution: PETSc.Vec
    ) -> None:
        """Solve for the rows that are not idle; the others are those of the identity."""
        if self._active is None:
            solve(right_side, solution)
        else:
            self._active.solve(solve, right_side, solution)

    def solve_nearby(self, right_side: PETSc.Vec, solution: PETSc.Vec, tolerance: float, most: int) -> bool:
        """Solve with the matrix as it is now, by GMRES preconditioned with the factors at hand; whether it converged.

        tolerance: relative residual. most: steps.
        """
        with self._clock("solve"):
            ksp = PETSc.KSP().create(self.matrix.comm)
            ksp.setOptionsPrefix("nearby_")
            ksp.setType(PETSc.KSP.Type.GMRES)
            ksp.setGMRESRestart(most)
            ksp.setTolerances(rtol=tolerance, atol=0.0, max_it=most)
            ksp.setPC(self._ksp.getPC())
            ksp.setOperators(self._factorised())
            ksp.setFromOptions()
            self._within(ksp.solve, right_side, solution)
            converged = bool(ksp.getConvergedReason() > 0)
            ksp.destroy()
        return converged

    def solve_transposed(
        self, right_side: PETSc.Vec, solution: PETSc.Vec, tolerance: float = ADJOINT_TOLERANCE
    ) -> None:
        """Solve with the transpose of the matrix as it is now, by GMRES preconditioned with the factors at hand.

        Raises:
            SingularMatrixError: on all ranks, when the factors are too far from the matrix.
        """
        with self._clock("adjoint"):
            ksp = adjoint_iteration(self.matrix.comm, tolerance)
            ksp.setPC(self._ksp.getPC())
            ksp.setOperators(self._factorised())
            ksp.setFromOptions()
            self._within(ksp.solveTranspose, right_side, solution)
            converged = ksp.getConvergedReason() > 0
            ksp.destroy()
        if not converged:
            raise SingularMatrixError


class DirectBlockSolver:
    """Factors of a whole block system as one matrix; a `solver.linear.blocks.BlockSolver`.

    Args:
        prefix: of the PETSc options.
        clock: timers.
    """

    eliminates_flow = True
    keeps_factors = True
    is_ready = True
    last_iteration = ""

    def __init__(self, prefix: str, clock: Clock) -> None:
        self._prefix, self._clock = prefix, clock
        self._matrix: PETSc.Mat | None = None
        self._factors: DirectSolver | None = None
        self._held: Bordered | None = None

    @property
    def preparations(self) -> int:
        """Number of factorisations so far."""
        return self._factors.factorisations if self._factors else 0

    def _assembled(self, system: BlockSystem) -> DirectSolver:
        """The solver of the one matrix, with the values of a system."""
        with self._clock("assembly"):
            self._matrix = system.assembled(self._matrix)
        if self._factors is None:
            self._factors = DirectSolver(self._matrix, self._prefix, self._clock, system.idle_rows)
            self._right, self._solution = self._matrix.createVecs()
        self._factors.matrix = self._matrix
        return self._factors

    def prepare(self, system: BlockSystem) -> None:
        """Factorise a system.

        Raises:
            SingularMatrixError: on all ranks.
        """
        factors = self._assembled(system)
        if not np.isfinite(factors.matrix.norm()):
            raise SingularMatrixError  # MUMPS would search for a pivot for ever
        factors.factorise()
        held = system.held
        self._held = None if held is None else Bordered(held, factors.matrix.comm.tompi4py(), self._solved)

    def solve(self, right: np.ndarray, tolerance: float | None = None) -> np.ndarray:
        """Solve with the factors at hand; a shorter right side is that of the first fields, the others are zero."""
        if self._held is None:
            return self._solved(right)
        return self._held.solve(right, np.zeros(self._held.count), self._solved)[0]

    def _solved(self, right: np.ndarray) -> np.ndarray:
        """Solution without further unknowns."""
        if self._factors is None:
            raise SingularMatrixError
        self._right.set(0.0)
        self._right.array[: len(right)] = right
        self._factors.solve(self._right, self._solution)
        return np.array(self._solution.array)

    def solve_transposed(
        self, system: BlockSystem, right: np.ndarray, tolerance: float = ADJOINT_TOLERANCE
    ) -> np.ndarray:
        """Solve with the transpose of a system; the factors at hand serve as a preconditioner, and are made anew when they
        are too far off.

        Raises:
            SingularMatrixError: on all ranks.
        """
        factors, held = self._assembled(system), system.held

        def solve(rest: np.ndarray) -> np.ndarray:
            return self._solved_transposed(factors, rest, tolerance)

        if held is None:
            return solve(right)
        whole = np.pad(right, (0, held.rows.shape[1] - len(right)))
        return solve_transposed(held, factors.matrix.comm.tompi4py(), whole, np.zeros(len(held.corner)), solve)[0]

    def _solved_transposed(self, factors: DirectSolver, right: np.ndarray, tolerance: float) -> np.ndarray:
        """Solution with the transposed matrix, without further unknowns."""
        self._right.set(0.0)
        self._right.array[: len(right)] = right
        try:
            if not factors.factorisations:
                raise SingularMatrixError
            factors.solve_transposed(self._right, self._solution, tolerance)
        except SingularMatrixError:
            factors.factorise()
            factors.solve_transposed(self._right, self._solution, tolerance)
        return np.array(self._solution.array)
