"""The matrix of the flow and its factors, kept as long as what they depend on stays: lengths, resistances and viscosity.

Factors are made when somebody asks for them; where fields are split, an iteration stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Factors, Part
from solver.linear.direct import DirectSolver
from solver.linear.fieldsplit import SplitFactors
from solver.linear.held import HeldFactors
from solver.parallel.clock import Clock


@dataclass(frozen=True)
class Viscosity:
    """Viscosity of a problem.

    Attributes:
        value: over that of the electrolyte, an expression; 1.0 where it is that everywhere.
        state: the transport unknowns on which it depends; None where it depends on none.
    """

    value: Any = 1.0
    state: fem.Function | None = None


UNIFORM = Viscosity()
"""That of the electrolyte everywhere."""


NAMES = ("velocity", "pressure")
"""Names of its fields where they stand apart."""

Blocks = tuple[tuple[PETSc.Mat | None, ...], ...]
"""Matrices of a block system, row by row."""


class _Renewable(Factors, Protocol):
    """Factors that follow the values of their matrix."""

    def factorise(self) -> None:
        """Make them anew. Collective."""


class FlowMatrix:
    """S of the flow equations S y + g = 0, assembled and factorised anew where it is asked for and its values have changed.

    Args:
        left: bilinear form.
        bcs: homogeneous conditions.
        idle: owned entries where no liquid moves, identity rows; None where it moves everywhere.
        values: gives the numbers on which the matrix depends, as they are loaded.
        viscosity: which may depend on the transport unknowns.
        held: gives the columns and rows of the pressures at which flow rates are held (see `solver.linear.held`); None
            where none is.
        clock: timers.
        apart: number of the owned entries of the velocity, and of its components, where these are numbered before those of
            the pressure; None where they are not.
    """

    def __init__(
        self,
        left: ufl.Form,
        bcs: Sequence[fem.DirichletBC],
        idle: np.ndarray | None,
        values: Callable[[], tuple[float, ...]],
        viscosity: Viscosity,
        held: Callable[[], tuple[np.ndarray, np.ndarray] | None],
        clock: Clock,
        apart: tuple[int, int] | None = None,
    ) -> None:
        self._bcs, self._values, self._columns, self._clock = list(bcs), values, held, clock
        self._follows, self._idle = viscosity.state, idle
        with clock("compile"):
            self._left = fem.form(left)
        self._made: PETSc.Mat | None = None
        self._assembled_with: tuple[float, ...] | None = None
        self._state: np.ndarray | None = None
        self._factors: _Renewable | None = None
        self._is_factorised = False
        self._held_columns = held()
        self._held: HeldFactors | None = None
        self._parts: Callable[[], Sequence[Part]] | None = None
        self._apart = apart
        self._blocks: Blocks | None = None

    def split_by(self, parts: Callable[[], Sequence[Part]]) -> None:
        """Solve by an iteration over parts of the flow instead of by factors."""
        self._parts, self._factors, self._is_factorised = parts, None, False

    def refactorise(self) -> None:
        """Assemble and factorise the matrix anew where it is asked for next, after the mesh was moved. Collective."""
        self._assembled_with, self._held_columns = None, self._columns()

    def _is_current(self) -> bool:
        """Whether the matrix has been assembled with the values that are loaded. Collective."""
        return self._assembled_with is not None and self._values() == self._assembled_with and not self._moved()

    def _update(self) -> PETSc.Mat:
        """The matrix, assembled anew where its values have changed; residuals do not need it. Collective."""
        if self._made is not None and self._is_current():
            return self._made
        with self._clock("assembly"):
            if self._made is None:
                self._made = fem_petsc.assemble_matrix(self._left, bcs=self._bcs)
            else:
                self._made.zeroEntries()
                fem_petsc.assemble_matrix(self._made, self._left, bcs=self._bcs)
            self._made.assemble()
        self._assembled_with, self._is_factorised, self._blocks = self._values(), False, None
        self._state = None if self._follows is None else self._follows.x.array.copy()
        return self._made

    def _moved(self) -> bool:
        """Whether the transport unknowns on which the viscosity depends have changed on any rank."""
        if self._follows is None or self._state is None:
            return False
        differs = not np.array_equal(self._follows.x.array, self._state)
        return bool(self._follows.function_space.mesh.comm.allreduce(differs, op=MPI.LOR))

    @property
    def matrix(self) -> PETSc.Mat:
        """S at the values that are loaded. Collective."""
        return self._update()

    @property
    def blocks(self) -> Blocks:
        """S at the values that are loaded, as the blocks of velocity and pressure. Collective."""
        assert self._apart is not None
        if self._blocks is None or not self._is_current():
            matrix = self._update()
            with self._clock("assembly"):
                self._blocks = _taken_apart(matrix, *self._apart)
            if self._follows is None:
                matrix.destroy()  # it is as large as its blocks, and stays what it is
                self._made = None
        return self._blocks

    def _system(self) -> BlockSystem:
        """The same as a system. Collective."""
        assert self._apart is not None
        assert self._parts is not None
        alone = tuple(replace(part, block=part.block - 1) for part in self._parts())
        return BlockSystem(NAMES, self.blocks, idle=apart(self._idle, self._apart[0]), parts=alone)

    @property
    def factors(self) -> Factors:
        """Of the matrix. Collective."""
        if self._parts is not None:
            renewed = self._blocks is None or not self._is_current()
            self._is_factorised = self._is_factorised and not renewed
            self._factors = self._factors or SplitFactors(self._system, self._clock)
        else:
            matrix = self._update()
            self._factors = self._factors or DirectSolver(matrix, "flow_", self._clock, self._idle)
        if not self._is_factorised:
            self._factors.factorise()
            self._is_factorised, self._held = True, None
        return self._factors

    @property
    def held(self) -> HeldFactors | None:
        """Of the matrix with the pressures at which flow rates are held; None without such terminals. Collective."""
        if self._held_columns is None:
            return None
        factors = self.factors
        if self._held is None:
            self._held = HeldFactors(self._update(), factors, *self._held_columns)
        return self._held

    @property
    def eliminated(self) -> Factors:
        """Factors with which the flow is solved for. Collective."""
        held = self.held
        return self.factors if held is None else held


def apart(entries: np.ndarray | None, velocity: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Owned entries of a flow among those of the velocity, the first ones, and among those of the pressure; None for none."""
    if entries is None:
        return None, None
    return entries[entries < velocity], entries[entries >= velocity] - velocity


def _taken_apart(matrix: PETSc.Mat, velocity: int, width: int) -> Blocks:
    """The blocks of a matrix of a flow; that of the velocity as small dense blocks of its components. Collective."""
    first, last = matrix.getOwnershipRange()
    rows = [
        PETSc.IS().createStride(count, start, 1, comm=matrix.comm)
        for start, count in ((first, velocity), (first + velocity, last - first - velocity))
    ]
    (friction, gradient), (divergence, given) = [[matrix.createSubMatrix(row, each) for each in rows] for row in rows]
    friction.setBlockSize(width)
    return (friction.convert("baij"), gradient), (divergence, given)
