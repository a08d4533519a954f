"""Block systems as matrices of PETSc, and the sweep over their parts that serves as a preconditioner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Part
from solver.linear.combination import Correction
from solver.linear.multigrid import LONG_CELLS, ApproximateInverse


class Blocks:
    """A block system as a matrix of PETSc, for vectors of all owned entries one after the other."""

    def __init__(self, system: BlockSystem) -> None:
        self._blocks = system.blocks
        self.starts = np.cumsum([0, *system.sizes])

    def mult(self, _mat: PETSc.Mat | None, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A x, as PETSc asks for it."""
        self._multiply(x.array_r, y, transposed=False)

    def multTranspose(self, _mat: PETSc.Mat | None, x: PETSc.Vec, y: PETSc.Vec) -> None:
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


class Sweep:
    """Block Gauss-Seidel over the parts, in their order; its transpose backwards. A preconditioner of PETSc."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self._rows: list[PETSc.IS] = []
        self._blocks: dict[tuple[int, int], PETSc.Mat] = {}
        self._coupled: set[tuple[int, int]] = set()
        self._inverses: dict[int, ApproximateInverse] = {}
        self._operator: Blocks | None = None
        self._correction: Correction | None = None
        self._places: list[np.ndarray] = []
        self.transposed = False

    def update(self, system: BlockSystem, parts: Sequence[Part]) -> None:
        """Set up for a system of the same pattern and for parts that differ in factors alone. Collective."""
        self.parts = tuple(parts)
        if self._correction is not None:
            self._correction.destroy()
        self._correction, self._operator = None, Blocks(system)
        if system.combination is not None:
            self._correction = Correction(system.combination, system)
        if not self._rows:
            starts = np.cumsum([0, *system.sizes])
            for part in self.parts:
                own = next(block for block in system.blocks[part.block] if block is not None)
                first = own.getOwnershipRange()[0]
                self._rows.append(PETSc.IS().createGeneral((first + part.entries).astype(PETSc.IntType), system.comm))
                self._places.append(starts[part.block] + part.entries)
        for k, part in enumerate(self.parts):
            for j in range(k + 1):
                block = system.blocks[part.block][self.parts[j].block]
                if block is None or (j == k and part.schur is not None):
                    continue
                earlier = self._blocks.get((k, j))
                found = block.createSubMatrix(self._rows[k], self._rows[j], earlier)
                self._blocks[k, j] = found
                if j != k and found.norm() > 0.0:
                    self._coupled.add((k, j))
        for k, part in enumerate(self.parts):
            if part.schur is not None:
                continue
            matrix = self._blocks[k, k]
            if k in self._inverses:
                self._inverses[k].update(matrix)
            else:
                self._inverses[k] = ApproximateInverse(matrix, part.options or LONG_CELLS, part.components)

    @property
    def given(self) -> np.ndarray:
        """Positions, among all owned entries, of those with identity rows."""
        return np.concatenate([place[part.given] for place, part in zip(self._places, self.parts, strict=True)])

    def apply(self, _pc: PETSc.PC | None, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = P x, as PETSc asks for it."""
        correction, operator = self._correction, self._operator
        if correction is None or operator is None:
            self._swept(x, y)
            return
        rest = x.duplicate()
        if self.transposed:
            self._swept(x, y)
            operator.multTranspose(None, y, rest)
            y.array[:] += correction.apply(x.array_r - rest.array_r, transposed=True)
        else:
            first = correction.apply(x.array_r, transposed=False)
            y.array[:] = first
            operator.mult(None, y, rest)
            rest.array[:] = x.array_r - rest.array_r
            self._swept(rest, y)
            y.array[:] += first
        rest.destroy()

    def _swept(self, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """The sweep alone."""
        y.set(0.0)
        right, found = [x.array_r[place] for place in self._places], y.array
        for k in reversed(range(len(right))) if self.transposed else range(len(right)):
            answer = self._solved(k, right[k])
            found[self._places[k]] += answer
            for i, j in self._coupled:
                if self.transposed and i == k:
                    right[j] = right[j] - self._times((i, j), answer)
                elif not self.transposed and j == k:
                    right[i] = right[i] - self._times((i, j), answer)

    def _solved(self, k: int, right: np.ndarray) -> np.ndarray:
        schur = self.parts[k].schur
        if schur is not None:
            return schur.apply(right)
        solution, right_side = self._blocks[k, k].createVecs()
        right_side.array[:] = right
        given = self.parts[k].given
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
