"""Direct solves with MUMPS, kept alive between factorisations."""

from __future__ import annotations

from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.parallel.clock import Clock

WORKSPACES = (40, 200, 1000)
"""Percent of workspace beyond MUMPS's estimate, which pivoting may exceed; the next is tried when it was too little."""

MOST_ADJOINT_STEPS = 40
"""Steps of GMRES after which new factors are cheaper."""

OUT_OF_MEMORY = 3
"""PETSc's reason for a factorisation that ran out of workspace."""


def pattern_of(form: fem.Form) -> PETSc.Mat:
    """A matrix whose pattern survives when rows of constrained unknowns are set to zero."""
    matrix = fem_petsc.create_matrix(form)
    matrix.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
    return matrix


class SingularMatrixError(Exception):
    """A factorisation broke down (a zero or not-a-number pivot, or no memory)."""


class DirectSolver:
    """One matrix and its factors; the symbolic analysis is reused as long as the pattern stays.

    Args:
        matrix: assembled matrix; `factorise` reads its values anew.
        prefix: of the PETSc options, so that a user can choose another solver.
        clock: timers.
    """

    def __init__(self, matrix: PETSc.Mat, prefix: str, clock: Clock) -> None:
        self.matrix, self._clock = matrix, clock
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOptionsPrefix(prefix)
        self._ksp.setType(PETSc.KSP.Type.PREONLY)
        pc = self._ksp.getPC()
        pc.setType(PETSc.PC.Type.LU)
        pc.setFactorSolverType("mumps")
        self._ksp.setOperators(matrix)
        self._ksp.setFromOptions()
        self.factorisations = 0

    def factorise(self) -> None:
        """Factorise the matrix as it is now.

        Raises:
            SingularMatrixError: on all ranks.
        """
        pc, comm = self._ksp.getPC(), self.matrix.comm.tompi4py()
        with self._clock("factorisation"):
            self.factorisations += 1
            for workspace in WORKSPACES:
                self._ksp.setOperators(self.matrix)
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
            self._ksp.solve(right_side, solution)

    def solve_transposed(self, right_side: PETSc.Vec, solution: PETSc.Vec, tolerance: float = 1e-10) -> None:
        """Solve with the transpose of the matrix as it is now, by GMRES preconditioned with the factors at hand.

        Raises:
            SingularMatrixError: on all ranks, when the factors are too far from the matrix.
        """
        with self._clock("adjoint"):
            ksp = PETSc.KSP().create(self.matrix.comm)
            ksp.setOptionsPrefix("adjoint_")  # before the shared preconditioner, which keeps its own
            ksp.setPC(self._ksp.getPC())
            ksp.setType(PETSc.KSP.Type.GMRES)
            ksp.setGMRESRestart(MOST_ADJOINT_STEPS)
            ksp.setTolerances(rtol=tolerance, max_it=MOST_ADJOINT_STEPS)
            ksp.setOperators(self.matrix)
            ksp.setFromOptions()
            ksp.solveTranspose(right_side, solution)
            converged = ksp.getConvergedReason() > 0
            ksp.destroy()
        if not converged:
            raise SingularMatrixError
