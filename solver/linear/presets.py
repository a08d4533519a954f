"""The solvers of coupled linear systems that a case can name: one visible table. A new one is a new file and a line here.

The solvers are imported when they are made, so that cases can be checked without the compiled libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solver.linear.blocks import BlockSolver
    from solver.parallel.clock import Clock

BLOCK_SOLVERS: Mapping[str, str] = {
    "interleaved": "solver.linear.interleaved:InterleavedBlockSolver",
    "direct": "solver.linear.direct:DirectBlockSolver",
    "fieldsplit": "solver.linear.fieldsplit:FieldSplitBlockSolver",
}
"""Module and class of each solver by name; the first is the default."""

DEFAULT = next(iter(BLOCK_SOLVERS))

AUTOMATIC = "automatic"
"""Choose by dimension and size."""

LARGEST_DIRECT = 40_000
"""Unknowns in three dimensions up to which factors of the whole cost less than an iteration."""

FACTOR_MEMORY = 590.0
"""Bytes of factors of the whole in three dimensions, over the number of unknowns to the power 4/3."""

SPLIT = "fieldsplit"
"""That which solves for fields one after the other; nothing is factorised for it."""


def block_solver(name: str, prefix: str, clock: Clock) -> BlockSolver:
    """A new solver; `prefix` is that of its PETSc options."""
    module, _, kind = BLOCK_SOLVERS[name].partition(":")
    made: BlockSolver = getattr(import_module(module), kind)(prefix, clock)
    return made
