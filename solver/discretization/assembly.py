"""Vectors of compiled linear forms, and rows of matrices that stand for conditions."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc


def assembled(form: fem.Form) -> np.ndarray:
    """Owned entries of a linear form, with what other ranks add to them. Collective."""
    vector = fem_petsc.assemble_vector(form)
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    found = np.array(vector.array)
    vector.destroy()
    return found


def assemble_into(vector: PETSc.Vec, form: fem.Form) -> PETSc.Vec:
    """The vector with the entries of a linear form, instead of what it had. Collective."""
    with vector.localForm() as local:
        local.set(0.0)
    fem_petsc.assemble_vector(vector, form)
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector


def zero_rows(matrix: PETSc.Mat, rows: np.ndarray, diagonal: float) -> None:
    """Set local rows (ghosts are left out) to zero but for their diagonal. Collective."""
    first, last = matrix.getOwnershipRange()
    owned = rows[rows < last - first]
    matrix.zeroRows((owned + first).astype(np.int32), diagonal)
