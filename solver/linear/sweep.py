"""Block systems as matrices of PETSc, and the sweep over their parts that serves as a preconditioner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Part, scalar
from solver.linear.combination import Correction
from solver.linear.multigrid import LONG_CELLS, ApproximateInverse


class Blocks:
    """A block system as a matrix of PETSc, for vectors of all owned entries one after the other."""

    def __init__(self, system: BlockSystem) -> None:
        self._blocks = system.blocks
        self.starts = np.cumsum([0, *system.sizes])
        self._given = [_first(row).createVecLeft() for row in system.blocks]
        self._found = [each.duplicate() for each in self._given]

    def mult(self, _mat: PETSc.Mat | None, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A x, as PETSc asks for it."""
        self._multiply(x.array_r, y, transposed=False)

    def multTranspose(self, _mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A^T x, as PETSc asks for it."""
        self._multiply(x.array_r, y, transposed=True)

    def _multiply(self, x: np.ndarray, y: PETSc.Vec, *, transposed: bool) -> None:
        own = [slice(*self.starts[k : k + 2]) for k in range(len(self._given))]
        for each, place in zip(self._given, own, strict=True):
            each.array[:] = x[place]
        for each in self._found:
            each.set(0.0)
        for i, row in enumerate(self._blocks):
            for j, block in enumerate(row):
                if block is not None and transposed:
                    block.multTransposeAdd(self._given[i], self._found[j], self._found[j])
                elif block is not None:
                    block.multAdd(self._given[j], self._found[i], self._found[i])
        result = y.array
        for each, place in zip(self._found, own, strict=True):
            result[place] = each.array_r


class Sweep:
    """Block Gauss-Seidel over the parts, in their order; its transpose backwards. A preconditioner of PETSc.

    Parts of different rows of blocks are coupled by the blocks themselves, which have to stay what they are; of those within
    one, copies are made.

    Args:
        parts: those of a row of blocks follow each other.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self._rows: list[PETSc.IS] = []
        self._copies: dict[tuple[int, int], PETSc.Mat] = {}
        self._read: dict[tuple[int, int], tuple[int, int]] = {}
        self._coupled: set[tuple[int, int]] = set()
        self._vectors: dict[tuple[int, int], tuple[PETSc.Vec, PETSc.Vec]] = {}
        self._across: dict[tuple[int, int], PETSc.Mat] = {}
        self._inverses: dict[int, ApproximateInverse] = {}
        self._correction: Correction | None = None
        self._sides: list[tuple[PETSc.Vec, PETSc.Vec, PETSc.Vec]] = []
        self._visits: dict[int, list[int]] = {}
        for k in range(len(parts)):
            self._visits.setdefault(parts[k].block, []).append(k)
        self.transposed = False

    def update(self, system: BlockSystem, parts: Sequence[Part]) -> None:
        """Set up for a system of the same pattern and for parts that differ in factors alone. Collective."""
        self.parts = tuple(parts)
        if self._correction is not None:
            self._correction.destroy()
        by_entries, combination, first = _ByEntries(), system.combination, system.blocks[0][0]
        assert first is not None
        self._correction = None if combination is None else Correction(combination, system, by_entries.of(first))
        if not self._rows:
            self._begin(system)
        renewed = set()
        for k, part in enumerate(self.parts):
            for j in range(k + 1):
                block = system.blocks[part.block][self.parts[j].block]
                if part.block != self.parts[j].block or block is None or (j == k and part.inverse is not None):
                    continue
                if self._copy(k, j, block, by_entries):
                    renewed.add(k)
        for k in sorted(renewed):
            part = self.parts[k]
            if part.inverse is not None:
                continue
            matrix = self._copies[k, k]
            if k in self._inverses:
                self._inverses[k].update(matrix)
            else:
                self._inverses[k] = ApproximateInverse(matrix, part.options or LONG_CELLS, part.components)
        order = list(self._visits)
        for at, i in enumerate(order):
            row = system.blocks[i]
            self._across |= {(i, j): block for j in order[:at] if (block := row[j]) is not None}

    def _begin(self, system: BlockSystem) -> None:
        """Places of the parts, and vectors. Collective."""
        self._starts = np.cumsum([0, *system.sizes])
        for row in system.blocks:
            vector = _first(row).createVecLeft()
            self._sides.append((vector, vector.duplicate(), vector.duplicate()))
        for part in self.parts:
            first = _first(system.blocks[part.block]).getOwnershipRange()[0]
            self._rows.append(PETSc.IS().createGeneral((first + part.entries).astype(PETSc.IntType), system.comm))

    def _copy(self, k: int, j: int, block: PETSc.Mat, by_entries: _ByEntries) -> bool:
        """Copy what couples part k to part j, unless the block still is what it was; whether it was copied. Collective."""
        read = (int(block.handle), int(block.stateGet()))
        if self._read.get((k, j)) == read:
            return False
        found = by_entries.of(block).createSubMatrix(self._rows[k], self._rows[j], self._copies.get((k, j)))
        if (k, j) not in self._copies:
            self._copies[k, j], self._vectors[k, j] = found, found.createVecs()
        self._read[k, j] = read
        if j != k and found.norm() > 0.0:
            self._coupled.add((k, j))
        return True

    @property
    def given(self) -> np.ndarray:
        """Positions, among all owned entries, of those with identity rows."""
        return np.concatenate([self._starts[part.block] + part.entries[part.given] for part in self.parts])

    def apply(self, _pc: PETSc.PC | None, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = P x, as PETSc asks for it."""
        if self._correction is None:
            self._swept(x.array_r, y)
        elif self.transposed:
            self._swept(x.array_r, y)
            y.array[:] += self._correction.transposed(x.array_r, y.array_r)
        else:
            first = self._correction.first(x.array_r)
            self._swept(self._correction.rest(x.array_r, first), y)
            y.array[: len(first)] += first

    def _swept(self, whole: np.ndarray, y: PETSc.Vec) -> None:
        """The sweep over the parts alone, for owned entries of all fields."""
        result, transposed = y.array, self.transposed
        for b in reversed(self._visits) if transposed else self._visits:
            right, found, product = self._sides[b]
            own = slice(*self._starts[b : b + 2])
            right.array[:] = whole[own]
            for (i, j), block in self._across.items():
                if transposed and j == b and i in self._visits:
                    block.multTranspose(self._sides[i][1], product)
                    right.axpy(-1.0, product)
                elif not transposed and i == b and j in self._visits:
                    block.mult(self._sides[j][1], product)
                    right.axpy(-1.0, product)
            found.set(0.0)
            self._sweep_block(b, right.array_r, found.array)
            result[own] = found.array_r

    def _sweep_block(self, b: int, given: np.ndarray, found: np.ndarray) -> None:
        """Over the parts of one row of blocks, whose answers are added to `found`."""
        visits = self._visits[b]
        right = {k: given[self.parts[k].entries] for k in visits}
        for k in reversed(visits) if self.transposed else visits:
            answer = self._solved(k, right[k])
            found[self.parts[k].entries] += answer
            for i, j in self._coupled:
                if self.transposed and i == k:
                    right[j] -= self._times((i, j), answer)
                elif not self.transposed and j == k:
                    right[i] -= self._times((i, j), answer)

    def _solved(self, k: int, right: np.ndarray) -> np.ndarray:
        own = self.parts[k].inverse
        if own is not None:
            return own.apply(right)
        solution, right_side = self._vectors[k, k]
        right_side.array[:] = right
        given = self.parts[k].given
        if self.transposed:
            right_side.array[given] = 0.0
        # multigrid as for a symmetric block, also of the transpose: its own transpose knows few smoothers
        self._inverses[k].solve(right_side, solution)
        found = np.array(solution.array_r)
        if self.transposed:
            found[given] = 0.0
            found[given] = right[given] - self._times((k, k), found)[given]
        return found

    def _times(self, key: tuple[int, int], answer: np.ndarray) -> np.ndarray:
        """What a copy, or its transpose, makes of an answer; overwritten by the next call."""
        columns, rows = self._vectors[key]
        if self.transposed:
            rows.array[:] = answer
            self._copies[key].multTranspose(rows, columns)
            return np.asarray(columns.array_r)
        columns.array[:] = answer
        self._copies[key].mult(columns, rows)
        return np.asarray(rows.array_r)


class _ByEntries:
    """Matrices stored entry by entry, for parts to be taken out of, each made once for all parts."""

    def __init__(self) -> None:
        self._found: dict[int, PETSc.Mat] = {}

    def of(self, block: PETSc.Mat) -> PETSc.Mat:
        """The same one, or a copy. Collective."""
        handle = int(block.handle)
        if handle not in self._found:
            self._found[handle] = scalar(block)
        return self._found[handle]


def right_gmres(operator: PETSc.Mat, preconditioner: object, restart: int, tolerance: float, most: int) -> PETSc.KSP:
    """GMRES to a relative residual of the equations themselves, with a context of Python as the preconditioner. The caller
    destroys it."""
    ksp = PETSc.KSP().create(operator.comm)
    ksp.setType(PETSc.KSP.Type.GMRES)
    ksp.setPCSide(PETSc.PC.Side.RIGHT)
    ksp.setGMRESRestart(restart)
    ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
    ksp.setTolerances(rtol=tolerance, atol=1e-300, max_it=most)
    ksp.setOperators(operator)
    pc = ksp.getPC()
    pc.setType(PETSc.PC.Type.PYTHON)
    pc.setPythonContext(preconditioner)
    return ksp


class Weighted:
    """A block system and its preconditioner with weights of the rows, as PETSc asks for both.

    Args:
        weights: of owned rows; ones where the transpose is asked for.
    """

    def __init__(self, blocks: Blocks, sweep: Sweep, weights: np.ndarray) -> None:
        self._blocks, self._sweep, self._weights = blocks, sweep, weights

    def mult(self, mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = W A x."""
        self._blocks.mult(mat, x, y)
        y.array[:] *= self._weights

    def multTranspose(self, mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A^T x."""
        self._blocks.multTranspose(mat, x, y)

    def apply(self, pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = P W^-1 x."""
        unweighted = x.duplicate()
        unweighted.array[:] = x.array_r / self._weights
        self._sweep.apply(pc, unweighted, y)
        unweighted.destroy()


def _first(row: Sequence[PETSc.Mat | None]) -> PETSc.Mat:
    """A block of a row."""
    return next(block for block in row if block is not None)
