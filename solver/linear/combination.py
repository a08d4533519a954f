"""Corrections of a block system in a combination of its unknowns, for which a combination of its equations is solved before
all others: what every field alone sees too late, such as the conservation of charge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from petsc4py import PETSc
from scipy.sparse import coo_array

from solver.linear.blocks import BlockSystem, Combination
from solver.linear.multigrid import LONG_CELLS, ApproximateInverse

OPTIONS: Mapping[str, Any] = {**LONG_CELLS, "pc_hypre_boomeramg_max_iter": 2}
"""Of PETSc; two cycles, since what these leave is what the iteration has to find."""


class Correction:
    """About P (R A P)^-1 R, with P the combined unknowns and R the combined equations of a combination. Collective.

    Args:
        combination: of the first field.
        system: A.
        matrix: of the first field, stored entry by entry.
    """

    def __init__(self, combination: Combination, system: BlockSystem, matrix: PETSc.Mat) -> None:
        count, size = len(combination.entries), matrix.getLocalSize()[0]
        columns = _sparse(combination, (size, count), equations=False, comm=matrix.comm)
        rows = _sparse(combination, (count, size), equations=True, comm=matrix.comm)
        product = rows.matMatMult(matrix, columns)
        own = product.getOwnershipRange()[0] + combination.given
        product.zeroRowsColumns(own.astype(PETSc.IntType), 1.0)
        self._columns, self._rows, self._product = columns, rows, product
        self._size, starts = sum(system.sizes), np.cumsum([0, *system.sizes])
        # each block of the first field's columns, where its rows are among those of all fields, and a vector of them
        self._own = [
            (row[0], slice(*starts[k : k + 2]), row[0].createVecLeft())
            for k, row in enumerate(system.blocks)
            if row[0] is not None
        ]
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
        found = np.array(right)
        self._first.array[:] = first
        for block, place, product in self._own:
            block.mult(self._first, product)
            found[place] -= product.array_r
        return found

    def transposed(self, right: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Further change of a solution with the transpose (owned entries of all fields). Collective."""
        left = right[: self._first.getLocalSize()].copy()
        for block, place, given in self._own:
            given.array[:] = found[place]
            block.multTranspose(given, self._first)
            left -= self._first.array_r
        self._first.array[:] = left
        self._columns.multTranspose(self._first, self._combined)
        self._inverse.solve(self._combined, self._solution)
        self._rows.multTranspose(self._solution, self._first)
        return np.pad(self._first.array_r, (0, self._size - len(left)))

    def destroy(self) -> None:
        """Free its matrices. Collective."""
        products = [vector for _, _, vector in self._own]
        for each in (self._columns, self._rows, self._product, self._first, self._combined, self._solution, *products):
            each.destroy()


def _sparse(combination: Combination, sizes: tuple[int, int], *, equations: bool, comm: Any) -> PETSc.Mat:
    """The combined equations, or the combined unknowns, as a matrix."""
    found = PETSc.Mat().create(comm)
    found.setSizes(((sizes[0], None), (sizes[1], None)))
    found.setType(PETSc.Mat.Type.AIJ)
    found.setUp()
    left = found.getOwnershipRangeColumn()[0]
    at = np.concatenate([member.positions for member in combination.members])
    of_fields = np.concatenate([member.entries for member in combination.members])
    factors = [member.equation if equations else member.unknown for member in combination.members]
    values = np.repeat(factors, [len(member.entries) for member in combination.members])
    row, column = (at, of_fields) if equations else (of_fields, at)
    rows = coo_array((values, (row, column)), shape=sizes).tocsr()
    pointers, columns = rows.indptr.astype(PETSc.IntType), (left + rows.indices).astype(PETSc.IntType)
    found.setPreallocationCSR((pointers, columns, rows.data))
    found.assemble()
    return found
