"""Whole block systems by FGMRES, with the fields of the unknowns solved for one after the other as a preconditioner.

Every field has one cycle of algebraic multigrid, and the pressure an approximate inverse of its Schur complement. In
electrochemical potentials the system is block triangular at equilibrium, with symmetric positive blocks on the diagonal, so
that one sweep over the fields serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import ADJOINT_TOLERANCE, BlockSystem, SingularMatrixError
from solver.linear.multigrid import LONG_CELLS, ApproximateInverse
from solver.parallel.clock import Clock

RESTART = 60
"""Steps of FGMRES after which it starts anew."""


class SchurInverse(Protocol):
    """An approximate inverse of a symmetric Schur complement."""

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Its product with owned entries. Collective."""


@dataclass(frozen=True)
class Part:
    """One field of the unknowns.

    Attributes:
        name: e.g. potential, velocity.
        block: number of the row of blocks in which it lies.
        entries: owned entries in that block, counted on this rank; components follow each other at every node.
        components: at every node.
        given: which of the entries have identity rows whose columns are kept; positions in `entries`.
        options: of PETSc for its own block.
        schur: approximate inverse for fields without a block of their own; None for others.
    """

    name: str
    block: int
    entries: np.ndarray
    components: int = 1
    given: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    options: Mapping[str, Any] = field(default_factory=lambda: LONG_CELLS)
    schur: SchurInverse | None = None


class _Blocks:
    """A block system as a matrix of PETSc, for vectors of all owned entries one after the other."""

    def __init__(self, system: BlockSystem) -> None:
        self._blocks = system.blocks
        self.starts = np.cumsum([0, *system.sizes])

    def mult(self, _mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A x, as PETSc asks for it."""
        self._multiply(x.array_r, y, transposed=False)

    def multTranspose(self, _mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A^T x, as PETSc asks for it."""
        self._multiply(x.array_r, y, transposed=True)

    def _multiply(self, x: np.ndarray, y: PETSc.Vec, *, transposed: bool) -> None:
        found = np.zeros(len(x))
        for i, row in enumerate(self._blocks):
            for j, block in enumerate(row):
                if block is None:
                    continue
                columns, rows = block.createVecs()
                own, others = slice(*self.starts[i : i + 2]), slice(*self.starts[j : j + 2])
                if transposed:
                    rows.array[:] = x[own]
                    block.multTranspose(rows, columns)
                    found[others] += columns.array
                else:
                    columns.array[:] = x[others]
                    block.mult(columns, rows)
                    found[own] += rows.array
                columns.destroy()
                rows.destroy()
        y.array[:] = found


class _Sweep:
    """Block Gauss-Seidel over the parts, in their order; its transpose backwards. A preconditioner of PETSc."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        self._rows: list[PETSc.IS] = []
        self._blocks: dict[tuple[int, int], PETSc.Mat] = {}
        self._coupled: set[tuple[int, int]] = set()
        self._inverses: dict[int, ApproximateInverse] = {}
        self._places: list[np.ndarray] = []
        self.transposed = False

    def update(self, system: BlockSystem) -> None:
        """Set up for a system of the same pattern. Collective."""
        if not self._rows:
            starts = np.cumsum([0, *system.sizes])
            for part in self._parts:
                own = next(block for block in system.blocks[part.block] if block is not None)
                first = own.getOwnershipRange()[0]
                self._rows.append(PETSc.IS().createGeneral((first + part.entries).astype(PETSc.IntType), system.comm))
                self._places.append(starts[part.block] + part.entries)
        for k, part in enumerate(self._parts):
            for j in range(k + 1):
                block = system.blocks[part.block][self._parts[j].block]
                if block is None or (j == k and part.schur is not None):
                    continue
                earlier = self._blocks.get((k, j))
                found = block.createSubMatrix(self._rows[k], self._rows[j], earlier)
                self._blocks[k, j] = found
                if j < k and found.norm() > 0.0:
                    self._coupled.add((k, j))
            if part.schur is None and k in self._inverses:
                self._inverses[k].update(self._blocks[k, k])
            elif part.schur is None:
                self._inverses[k] = ApproximateInverse(self._blocks[k, k], part.options, part.components)

    @property
    def given(self) -> np.ndarray:
        """Positions, among all owned entries, of those with identity rows."""
        return np.concatenate([place[part.given] for place, part in zip(self._places, self._parts, strict=True)])

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = P x, as PETSc asks for it."""
        right, found = [x.array_r[place] for place in self._places], y.array
        order = range(len(self._parts))
        for k in reversed(order) if self.transposed else order:
            answer = self._solved(k, right[k])
            found[self._places[k]] = answer
            for i, j in self._coupled:
                if self.transposed and i == k:
                    right[j] = right[j] - self._times((i, j), answer)
                elif not self.transposed and j == k:
                    right[i] = right[i] - self._times((i, j), answer)

    def _solved(self, k: int, right: np.ndarray) -> np.ndarray:
        schur = self._parts[k].schur
        if schur is not None:
            return schur.apply(right)
        solution, right_side = self._blocks[k, k].createVecs()
        right_side.array[:] = right
        given = self._parts[k].given
        if self.transposed:
            right_side.array[given] = 0.0
        # multigrid as for a symmetric block, also of the transpose: its own transpose knows few smoothers
        self._inverses[k].solve(right_side, solution)
        found = np.array(solution.array)
        if self.transposed:
            found[given] = 0.0
            found[given] = right[given] - self._times((k, k), found)[given]
        return found

    def _times(self, key: tuple[int, int], answer: np.ndarray) -> np.ndarray:
        columns, rows = self._blocks[key].createVecs()
        if self.transposed:
            rows.array[:] = answer
            self._blocks[key].multTranspose(rows, columns)
            return np.array(columns.array)
        columns.array[:] = answer
        self._blocks[key].mult(columns, rows)
        return np.array(rows.array)


class FieldSplitBlockSolver:
    """FGMRES with a sweep over the fields; a `solver.linear.blocks.BlockSolver`. Systems with idle rows or terminals of given
    flow rate are not for it.

    It multiplies with the matrices of the system prepared last, which have to stay what they were until its last solve.

    Args:
        parts: all owned entries, in the order of the sweep.
        clock: timers.
        tolerance: relative residual that a solve may leave.
        most: steps before an iteration is given up.
    """

    eliminates_flow = False

    def __init__(self, parts: Sequence[Part], clock: Clock, *, tolerance: float = 1e-2, most: int = 300) -> None:
        self._sweep, self._clock, self._most = _Sweep(parts), clock, most
        self.tolerance = tolerance
        self._system: BlockSystem | None = None
        self.preparations = 0
        """Number of systems that were prepared so far."""
        self.iterations: list[int] = []
        """Steps of every solve so far."""

    def prepare(self, system: BlockSystem) -> None:
        """Set up the preconditioner of a system.

        Raises:
            SingularMatrixError: on all ranks.
        """
        if not system.is_finite():
            raise SingularMatrixError
        with self._clock("factorisation"):
            self._sweep.update(system)
        self._system = system
        self.preparations += 1

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Solve with the system prepared last; a shorter right side is that of the first fields, the others are zero.

        Raises:
            SingularMatrixError: on all ranks; the iteration did not converge.
        """
        if self._system is None:
            raise SingularMatrixError
        with self._clock("solve"):
            return self._iterated(self._system, right, self.tolerance, transposed=False)

    def solve_transposed(
        self, system: BlockSystem, right: np.ndarray, tolerance: float = ADJOINT_TOLERANCE
    ) -> np.ndarray:
        """Solve with the transpose of a system; the preconditioner is that of the system prepared last.

        Raises:
            SingularMatrixError: on all ranks; the iteration did not converge.
        """
        if self._system is None:
            self.prepare(system)
        with self._clock("adjoint"):
            return self._iterated(system, right, tolerance, transposed=True)

    def _iterated(self, system: BlockSystem, right: np.ndarray, tolerance: float, *, transposed: bool) -> np.ndarray:
        size, comm = int(sum(system.sizes)), system.comm
        blocks = _Blocks(system)
        operator = PETSc.Mat().createPython(((size, None), (size, None)), blocks, comm=comm)
        operator.setUp()
        if transposed:
            operator = PETSc.Mat().createTranspose(operator)
        solution, right_side = operator.createVecs()
        right = np.pad(right, (0, size - len(right)))
        right_side.array[:] = right
        start = np.zeros(size)
        if not transposed:
            # exactly, and first: their rows would dominate the residual, and what is left of the others would not count
            given = self._sweep.given
            start[given] = right[given]
            solution.array[:] = start
            operator.mult(solution, right_side)
            right_side.array[:] = right - right_side.array
        ksp = PETSc.KSP().create(comm)
        ksp.setType(PETSc.KSP.Type.FGMRES)
        ksp.setGMRESRestart(RESTART)
        ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        ksp.setTolerances(rtol=tolerance, atol=1e-300, max_it=self._most)
        ksp.setOperators(operator)
        pc = ksp.getPC()
        pc.setType(PETSc.PC.Type.PYTHON)
        pc.setPythonContext(self._sweep)
        self._sweep.transposed = transposed
        ksp.solve(right_side, solution)
        converged = ksp.getConvergedReason() > 0
        self.iterations.append(int(ksp.getIterationNumber()))
        found = start + solution.array
        for each in (ksp, operator, solution, right_side):
            each.destroy()
        if not converged:
            raise SingularMatrixError
        return found
