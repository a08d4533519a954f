"""Transport and flow in turns: only the matrix of the transport is factorised.

The flow is solved for in every residual with factors that are made once (its matrix is constant), so that a direction may
leave out how it answers. With the blocks [A C; B S] of transport and flow, the step A^-1 R leaves the part M = A^-1 C S^-1 B
of an error. Near equilibrium the eigenvalues of M are what electroviscosity slows the flow by: by Onsager's relations and the
second law they lie between 0 and 1, and they are 0.01 to 0.3 in channels without slip. Where they are larger, the whole
system is factorised.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import ADJOINT_TOLERANCE, BlockSystem, Factors, SingularMatrixError
from solver.linear.direct import DirectBlockSolver, DirectSolver, adjoint_iteration
from solver.parallel.clock import Clock

LARGEST_COUPLING = 0.3
"""Part of an error that is left by the flow's answer from which the whole system is factorised."""

OFTEN = 3
"""Systems in a row with more from which the first block is not tried any more."""

FIRST_MEASUREMENT = 4
"""Steps of the power iteration at the first system; it goes on with one at each later one."""


@dataclass(frozen=True)
class _Coupled:
    """The blocks of a system of two fields, and factors of the second; as a matrix of PETSc the transposed Schur complement
    A^T - B^T S^-T C^T."""

    first: PETSc.Mat
    to_first: PETSc.Mat
    to_second: PETSc.Mat
    second: PETSc.Mat
    factors: Factors

    @classmethod
    def of(cls, system: BlockSystem) -> _Coupled:
        """The blocks of a system."""
        (first, to_first), (to_second, second) = system.blocks
        assert system.eliminated is not None
        return cls(first, to_first, to_second, second, system.eliminated)

    def answer(self, step: PETSc.Vec) -> PETSc.Vec:
        """C S^-1 B times a vector."""
        force, flow, found = self.second.createVecLeft(), self.second.createVecRight(), self.first.createVecLeft()
        self.to_second.mult(step, force)
        self.factors.solve(force, flow)
        self.to_first.mult(flow, found)
        return found

    def transposed_force(self, right: PETSc.Vec) -> PETSc.Vec:
        """B^T S^-T times a vector."""
        flow, found = self.second.createVecLeft(), self.first.createVecRight()
        self.factors.solve_with_transposed_factors(right, flow)
        self.to_second.multTranspose(flow, found)
        return found

    def mult(self, _mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = (A^T - B^T S^-T C^T) x, as PETSc asks for it."""
        answer = self.second.createVecRight()
        self.to_first.multTranspose(x, answer)
        self.first.multTranspose(x, y)
        y.axpy(-1.0, self.transposed_force(answer))


@dataclass(frozen=True)
class _TransposedFactors:
    """A preconditioner: transposed factors."""

    factors: Factors

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = F^-T x, as PETSc asks for it."""
        self.factors.solve_with_transposed_factors(x, y)


class InterleavedBlockSolver:
    """Factors of the first block, or of the whole where the second acts back strongly; a
    `solver.linear.blocks.BlockSolver`. Systems other than of two blocks, the second with factors, are factorised as a whole.

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
        self._whole = DirectBlockSolver(prefix, clock)
        self._first: DirectSolver | None = None
        self._prepared_whole, self._strong = False, 0
        self._mode: PETSc.Vec | None = None
        self.coupling = 0.0
        """Part of an error that the flow's answer leaves, as measured at the last system."""

    @property
    def preparations(self) -> int:
        """Number of factorisations of the transport or of the whole so far."""
        return self._whole.preparations + (self._first.factorisations if self._first else 0)

    def _is_whole(self, system: BlockSystem) -> bool:
        return system.eliminated is None or self._strong >= OFTEN

    def prepare(self, system: BlockSystem) -> None:
        """Factorise a system, or its first block.

        Raises:
            SingularMatrixError: on all ranks.
        """
        self._prepared_whole = True
        if not self._is_whole(system):
            self.coupling = self._measured(system, self._prepare_first(system))
            self._prepared_whole = self.coupling > LARGEST_COUPLING
            self._strong = self._strong + 1 if self._prepared_whole else 0
        if self._prepared_whole:
            self._whole.prepare(system)

    def _prepare_first(self, system: BlockSystem) -> DirectSolver:
        """Factors of the first block.

        Raises:
            SingularMatrixError: on all ranks.
        """
        matrix = _Coupled.of(system).first
        if not np.isfinite(matrix.norm()):
            raise SingularMatrixError  # MUMPS would search for a pivot for ever
        if self._first is None:
            self._first = DirectSolver(matrix, self._prefix, self._clock, system.idle[0] if system.idle else None)
        self._first.matrix = matrix
        self._first.factorise()
        return self._first

    def _measured(self, system: BlockSystem, first: DirectSolver) -> float:
        """Largest eigenvalue of M, as far as a power iteration over the systems so far has come."""
        coupled, steps = _Coupled.of(system), 1
        with self._clock("factorisation", everything=True):
            mode = self._mode
            if mode is None:
                steps, mode, ones = FIRST_MEASUREMENT, first.matrix.createVecRight(), first.matrix.createVecLeft()
                ones.set(1.0)
                first.solve(ones, mode)
            for _ in range(steps):
                size = mode.norm()
                if not 0.0 < size < np.inf:
                    self._mode = None
                    return 0.0
                mode.scale(1.0 / size)
                first.solve(coupled.answer(mode), mode)
            self._mode = mode
            return float(mode.norm())

    def solve(self, right: np.ndarray, tolerance: float | None = None) -> np.ndarray:
        """Solve with the factors at hand: for all fields, or for the first alone."""
        if self._prepared_whole:
            return self._whole.solve(right)
        if self._first is None:
            raise SingularMatrixError
        solution, right_side = self._first.matrix.createVecs()
        right_side.array[:] = right[: right_side.getLocalSize()]
        self._first.solve(right_side, solution)
        return np.array(solution.array)

    def solve_transposed(
        self, system: BlockSystem, right: np.ndarray, tolerance: float = ADJOINT_TOLERANCE
    ) -> np.ndarray:
        """Solve with the transpose of a system; the factors at hand serve as a preconditioner, and are made anew when they
        are too far off.

        Raises:
            SingularMatrixError: on all ranks.
        """
        if self._prepared_whole or self._is_whole(system):
            return self._whole.solve_transposed(system, right, tolerance)
        coupled = _Coupled.of(system)
        with suppress(SingularMatrixError):
            if self._first is not None:
                return self._reduced(coupled, self._first, right, tolerance)
        with suppress(SingularMatrixError):
            return self._reduced(coupled, self._prepare_first(system), right, tolerance)
        return self._whole.solve_transposed(system, right, tolerance)

    def _reduced(self, coupled: _Coupled, factors: DirectSolver, right: np.ndarray, tolerance: float) -> np.ndarray:
        """Solution of the transposed system by GMRES for its first field, the second eliminated.

        Raises:
            SingularMatrixError: on all ranks; the factors are too far from the matrix.
        """
        first, second = coupled.first, coupled.second
        right_first, solution = first.createVecRight(), first.createVecLeft()
        right_second, flow = second.createVecRight(), second.createVecLeft()
        size = right_first.getLocalSize()
        right_first.array[:] = right[:size]
        right_second.set(0.0)
        right_second.array[: len(right) - size] = right[size:]
        with self._clock("adjoint"):
            right_first.axpy(-1.0, coupled.transposed_force(right_second))
            operator = PETSc.Mat().createPython(first.getSizes(), coupled, comm=first.comm)
            operator.setUp()
            ksp = adjoint_iteration(first.comm, tolerance)
            ksp.setOperators(operator)
            ksp.getPC().setType(PETSc.PC.Type.PYTHON)
            ksp.getPC().setPythonContext(_TransposedFactors(factors))
            ksp.setFromOptions()
            ksp.solve(right_first, solution)
            converged = ksp.getConvergedReason() > 0
            ksp.destroy()
            operator.destroy()
            if not converged:
                raise SingularMatrixError
            coupled.to_first.multTranspose(solution, flow)
            right_second.axpy(-1.0, flow)
            coupled.factors.solve_with_transposed_factors(right_second, flow)
        return np.concatenate([solution.array, flow.array])
