"""Corrections of a block system in a combination of its unknowns, for which a combination of its equations is solved before
all others: what every field alone sees too late, such as the conservation of charge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Combination
from solver.linear.multigrid import LONG_CELLS, ApproximateInverse

OPTIONS: Mapping[str, Any] = {**LONG_CELLS, "pc_hypre_boomeramg_max_iter": 2}
"""Of PETSc; two cycles, since what these leave is what the iteration has to find."""


class Correction:
    """About P (R A P)^-1 R, with P the combined unknowns and R the combined equations of a combination. Collective.

    Args:
        combination: of the first field.
        system: A.
    """

    def __init__(self, combination: Combination, system: BlockSystem) -> None:
        matrix = system.blocks[0][0]
        assert matrix is not None
        self._sizes = system.sizes
        count, size = len(combination.entries), matrix.getLocalSize()[0]
        columns = _sparse(combination, (size, count), equations=False, comm=matrix.comm)
        rows = _sparse(combination, (count, size), equations=True, comm=matrix.comm)
        product = rows.matMatMult(matrix, columns)
        own = product.getOwnershipRange()[0] + combination.given
        product.zeroRowsColumns(own.astype(PETSc.IntType), 1.0)
        self._columns, self._rows, self._product = columns, rows, product
        self._own = [row[0] for row in system.blocks]
        self._inverse = ApproximateInverse(product, OPTIONS)
        self._first, self._combined = rows.createVecs()
        self._solution = self._combined.duplicate()

    def first(self, right: np.ndarray) -> np.ndarray:
        """The change of the first field (owned entries) by owned entries of all fields. Collective."""
        self._first.array[:] = right[: self._first.getLocalSize()]
        self._rows.mult(self._first, self._combined)
        self._inverse.solve(self._combined, self._solution)
        self._columns.mult(self._solution, self._first)
        return np.array(self._first.array_r)

    def rest(self, right: np.ndarray, first: np.ndarray) -> np.ndarray:
        """What that change leaves of the right side. Collective."""
        found, start = np.array(right), 0
        self._first.array[:] = first
        for block, size in zip(self._own, self._sizes, strict=True):
            if block is not None:
                product = block.createVecLeft()
                block.mult(self._first, product)
                found[start : start + size] -= product.array_r
                product.destroy()
            start += size
        return found

    def transposed(self, right: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Further change of a solution with the transpose (owned entries of all fields). Collective."""
        left, start = right[: self._first.getLocalSize()].copy(), 0
        for block, size in zip(self._own, self._sizes, strict=True):
            if block is not None:
                given = block.createVecLeft()
                given.array[:] = found[start : start + size]
                block.multTranspose(given, self._first)
                left -= self._first.array_r
                given.destroy()
            start += size
        self._first.array[:] = left
        self._columns.multTranspose(self._first, self._combined)
        self._inverse.solve(self._combined, self._solution)
        self._rows.multTranspose(self._solution, self._first)
        return np.pad(self._first.array_r, (0, start - len(left)))

    def destroy(self) -> None:
        """Free its matrices. Collective."""
        for each in (self._columns, self._rows, self._product, self._first, self._combined, self._solution):
            each.destroy()


def _sparse(combination: Combination, sizes: tuple[int, int], *, equations: bool, comm: Any) -> PETSc.Mat:
    """The combined equations, or the combined unknowns, as a matrix."""
    found = PETSc.Mat().createAIJ(((sizes[0], None), (sizes[1], None)), nnz=len(combination.members) + 1, comm=comm)
    found.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
    (top, _), (left, _) = found.getOwnershipRange(), found.getOwnershipRangeColumn()
    for member in combination.members:
        place, entry = member.positions, member.entries
        pair = (top + place, left + entry) if equations else (top + entry, left + place)
        value = member.equation if equations else member.unknown
        for row, column in zip(*pair, strict=True):
            found.setValue(row, column, value)
    found.assemble()
    return found
