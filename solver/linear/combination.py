"""Corrections of a block system in a combination of its unknowns, for which a combination of its equations is solved before
all others: what every field alone sees too late, such as the conservation of charge."""

from __future__ import annotations

from typing import Any

import numpy as np
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Combination
from solver.linear.multigrid import LONG_CELLS, ApproximateInverse


class Correction:
    """About P (R A P)^-1 R, with P the combined unknowns and R the combined equations of a combination. Collective.

    Args:
        combination: of the first field.
        system: A.
    """

    def __init__(self, combination: Combination, system: BlockSystem) -> None:
        matrix = system.blocks[0][0]
        assert matrix is not None
        count, size = len(combination.entries), matrix.getLocalSize()[0]
        columns = _sparse(combination, (size, count), equations=False, comm=matrix.comm)
        rows = _sparse(combination, (count, size), equations=True, comm=matrix.comm)
        product = rows.matMatMult(matrix, columns)
        own = product.getOwnershipRange()[0] + combination.given
        product.zeroRowsColumns(own.astype(PETSc.IntType), 1.0)
        self._columns, self._rows, self._size = columns, rows, sum(system.sizes)
        self._inverse = ApproximateInverse(product, LONG_CELLS)
        self._product = product

    def apply(self, right: np.ndarray, *, transposed: bool) -> np.ndarray:
        """Its product, or that of its transpose, with owned entries of all fields."""
        first, other = self._rows.createVecs()
        own = first.getLocalSize()
        first.array[:] = right[:own]
        solution = other.duplicate()
        if transposed:
            self._columns.multTranspose(first, other)
            self._inverse.solve(other, solution)
            self._rows.multTranspose(solution, first)
        else:
            self._rows.mult(first, other)
            self._inverse.solve(other, solution)
            self._columns.mult(solution, first)
        found = np.pad(first.array_r, (0, self._size - own))
        for vector in (first, other, solution):
            vector.destroy()
        return found

    def destroy(self) -> None:
        """Free its matrices. Collective."""
        for matrix in (self._columns, self._rows, self._product):
            matrix.destroy()


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
