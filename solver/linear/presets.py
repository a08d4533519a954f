"""The solvers of coupled linear systems that a case can name: one visible table. A new one is a new file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from solver.linear.blocks import BlockSolver
from solver.linear.direct import DirectBlockSolver
from solver.parallel.clock import Clock

BLOCK_SOLVERS: Mapping[str, Callable[[str, Clock], BlockSolver]] = {"direct": DirectBlockSolver}
"""Maker of each solver from the prefix of its PETSc options and a clock, by name."""
