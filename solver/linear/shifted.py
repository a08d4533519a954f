"""Block systems A + i w M in real form by GMRES, with the fields of A + w M solved for one after the other.

[A, -wM; wM, A] is preconditioned by [A, -wM; wM, A + 2wM] (Axelsson, Neytcheva and Ahmad, Numer. Algorithms 66, 811 (2014)),
which two solves with A + wM invert; a sweep over the fields stands for each. For symmetric A and M without negative
eigenvalues those of the preconditioned matrix lie between 1/2 and 1, whatever w is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Combination, SingularMatrixError
from solver.linear.sweep import Blocks, Sweep, right_gmres
from solver.parallel.clock import Clock

TOLERANCE = 1e-10
"""Relative residual of a solve."""

RESTART, MOST = 100, 300
"""Steps of GMRES after which it starts anew, and after which it is given up."""


class ShiftedSolver:
    """Solves with A + i w M at any w. Collective.

    Args:
        system: A, with the fields of its parts; its matrices stay what they are.
        storage: M, of the first diagonal block; zero in rows of given values.
        clock: timers.

    Attributes:
        iterations: steps of every solve so far.
    """

    def __init__(self, system: BlockSystem, storage: PETSc.Mat, clock: Clock) -> None:
        self._system, self._storage, self._clock = system, storage, clock
        self._size, self._first = sum(system.sizes), system.sizes[0]
        self._base, self._sweep, self._omega = Blocks(system), Sweep(system.parts), 0.0
        self._vectors = [PETSc.Vec().createMPI((self._size, None), comm=system.comm) for _ in range(2)]
        self._of_storage = storage.createVecs()
        self._shifted: PETSc.Mat | None = None
        self.iterations: list[int] = []

    def prepare(self, omega: float, combination: Combination | None) -> None:
        """Set up for a dimensionless angular frequency. Collective.

        combination: of the system with a storage of this rate.
        """
        self._omega = omega
        with self._clock("multigrid"):
            (first, *others), *rows = self._system.blocks
            assert first is not None
            # one matrix for all rates: the sweep multiplies with it, and tells by its state whether it has changed
            if self._shifted is None:
                self._shifted = first.copy()
            else:
                first.copy(self._shifted, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
            shifted = self._shifted
            shifted.axpy(omega, self._storage, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
            system = replace(self._system, blocks=((shifted, *others), *rows), combination=combination)
            self._sweep.update(system, system.parts)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Real and imaginary part of the solution for those of a right side, owned entries one after the other; the end of a
        shorter one is zero. Collective.

        Raises:
            SingularMatrixError: on all ranks; the iteration did not converge.
        """
        size, comm = 2 * self._size, self._system.comm
        with self._clock("krylov"):
            right = np.pad(right, (0, size - len(right)))
            start, given = np.zeros(size), self._sweep.given
            if (idle := self._system.idle_rows) is not None:
                given = np.concatenate([given, idle])
            given = np.concatenate([given, self._size + given])
            start[given] = right[given]
            operator = PETSc.Mat().createPython(((size, None), (size, None)), self, comm=comm)
            operator.setUp()
            solution, right_side = operator.createVecs()
            right_side.array[:] = right - self._product(start)
            ksp = right_gmres(operator, self, RESTART, TOLERANCE, MOST)
            ksp.solve(right_side, solution)
            converged, steps = ksp.getConvergedReason() > 0, int(ksp.getIterationNumber())
            found = start + solution.array
            for each in (ksp, operator, solution, right_side):
                each.destroy()
        self.iterations.append(steps)
        if not converged:
            raise SingularMatrixError
        return found

    # ------------------------------------------------------------------ as PETSc asks for it
    def mult(self, _mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = [A, -wM; wM, A] x."""
        y.array[:] = self._product(x.array_r)

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = P x, the preconditioner."""
        first, second = np.split(x.array_r, 2)
        both = self._swept(first + second)
        imaginary = self._swept(second - self._stored(both))
        y.array[:] = np.concatenate([both - imaginary, imaginary])

    def _swept(self, right: np.ndarray) -> np.ndarray:
        """About the solution with A + wM."""
        given, found = self._vectors
        given.array[:] = right
        self._sweep.apply(None, given, found)
        return np.array(found.array)

    def _product(self, both: np.ndarray) -> np.ndarray:
        real, imaginary = np.split(both, 2)
        products = self._times(real), self._times(imaginary)
        return np.concatenate([products[0] - self._stored(imaginary), products[1] + self._stored(real)])

    def _times(self, part: np.ndarray) -> np.ndarray:
        """A times a vector."""
        given, found = self._vectors
        given.array[:] = part
        self._base.mult(None, given, found)
        return np.array(found.array)

    def _stored(self, part: np.ndarray) -> np.ndarray:
        """w M times a vector."""
        given, found = self._of_storage
        given.array[:] = part[: self._first]
        self._storage.mult(given, found)
        return np.pad(self._omega * found.array, (0, self._size - self._first))
