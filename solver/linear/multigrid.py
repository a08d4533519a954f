"""One cycle of algebraic multigrid (BoomerAMG of hypre) as an approximate inverse of a block."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from petsc4py import PETSc

BOOMER: Mapping[str, Any] = {
    "pc_type": "hypre",
    "pc_hypre_type": "boomeramg",
    "pc_hypre_boomeramg_strong_threshold": 0.7,
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_interp_type": "ext+i",
    "pc_hypre_boomeramg_P_max": 4,
    "pc_hypre_boomeramg_agg_nl": 1,
    "pc_hypre_boomeramg_agg_num_paths": 2,
    "pc_hypre_boomeramg_relax_type_down": "SOR/Jacobi",
    "pc_hypre_boomeramg_relax_type_up": "backward-SOR/Jacobi",
    "pc_hypre_boomeramg_relax_type_coarse": "symmetric-SOR/Jacobi",
}
"""Options of PETSc. Forward on the way down and backward on the way up is symmetric, and half of the work of both on both."""

LONG_CELLS: Mapping[str, Any] = {**BOOMER, "pc_hypre_boomeramg_strong_threshold": 0.95}
"""The same for blocks of degree 2 on cells that are hundreds of times as long as wide: with less than 0.9 the iterations grow
without limit there, and in pores that are 1000 times as long as wide 0.9 takes a third more than 0.95."""

SMOOTHER: Mapping[str, Any] = {
    **BOOMER,
    "pc_hypre_boomeramg_relax_type_down": "symmetric-SOR/Jacobi",
    "pc_hypre_boomeramg_relax_type_up": "symmetric-SOR/Jacobi",
}
"""The same for small or badly conditioned blocks, with both ways on both."""

FACTORS: Mapping[str, Any] = {"pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}
"""Factors of a block instead."""

_number = count()


class ApproximateInverse:
    """What stands for the inverse of a matrix.

    Args:
        matrix: assembled.
        options: of PETSc.
        components: fields whose entries follow each other at every node.
    """

    def __init__(self, matrix: PETSc.Mat, options: Mapping[str, Any] = BOOMER, components: int = 1) -> None:
        self._ksp = PETSc.KSP().create(matrix.comm)
        # A prefix of its own: options stay in PETSc's table, and a second solver would inherit what it does not set.
        prefix = f"block{next(_number)}_"
        self._ksp.setOptionsPrefix(prefix)
        table = PETSc.Options()
        own = {"pc_hypre_boomeramg_numfunctions": components} if options.get("pc_type") == "hypre" else {}
        for name, value in {"ksp_type": "preonly", **options, **own}.items():
            table[prefix + name] = value
        self._ksp.setFromOptions()
        self.update(matrix)

    def update(self, matrix: PETSc.Mat) -> None:
        """Set up for new values. Collective."""
        self._ksp.setOperators(matrix)
        self._ksp.setUp()

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Its product with a right side. Collective."""
        self._ksp.solve(right_side, solution)
