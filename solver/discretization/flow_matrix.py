"""The matrix of the flow and its factors, kept as long as what they depend on stays: lengths, resistances and viscosity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.linear.blocks import Factors
from solver.linear.direct import DirectSolver
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
    ) -> None:
        self._bcs, self._values, self._columns, self._clock = list(bcs), values, held, clock
        self._follows = viscosity.state
        with clock("compile"):
            self._left = fem.form(left)
        with clock("assembly"):
            self._matrix = fem_petsc.assemble_matrix(self._left, bcs=self._bcs)
            self._matrix.assemble()
        self._factors = DirectSolver(self._matrix, "flow_", clock, idle)
        self._settle(held())

    def _settle(self, columns: tuple[np.ndarray, np.ndarray] | None) -> None:
        """Factorise, and keep what the matrix was assembled with."""
        self._factors.factorise()
        self._assembled_with = self._values()
        self._state = None if self._follows is None else self._follows.x.array.copy()
        self._held_columns = columns
        self._held = None if columns is None else HeldFactors(self._matrix, self._factors, *columns)

    def refactorise(self) -> None:
        """Assemble and factorise the matrix anew after the mesh was moved. Collective."""
        self._renew(self._columns())

    def _renew(self, columns: tuple[np.ndarray, np.ndarray] | None) -> None:
        with self._clock("assembly"):
            self._matrix.zeroEntries()
            fem_petsc.assemble_matrix(self._matrix, self._left, bcs=self._bcs)
            self._matrix.assemble()
        self._settle(columns)

    def _update(self) -> None:
        """Assemble and factorise the matrix anew where its values have changed; residuals do not need it. Collective."""
        if self._values() != self._assembled_with or self._moved():
            self._renew(self._held_columns)

    def _moved(self) -> bool:
        """Whether the transport unknowns on which the viscosity depends have changed on any rank."""
        if self._follows is None or self._state is None:
            return False
        differs = not np.array_equal(self._follows.x.array, self._state)
        return bool(self._follows.function_space.mesh.comm.allreduce(differs, op=MPI.LOR))

    @property
    def matrix(self) -> PETSc.Mat:
        """S at the values that are loaded. Collective."""
        self._update()
        return self._matrix

    @property
    def factors(self) -> DirectSolver:
        """Of the matrix. Collective."""
        self._update()
        return self._factors

    @property
    def held(self) -> HeldFactors | None:
        """Of the matrix with the pressures at which flow rates are held; None without such terminals. Collective."""
        self._update()
        return self._held

    @property
    def eliminated(self) -> Factors:
        """Factors with which the flow is solved for. Collective."""
        held = self.held
        return self._factors if held is None else held
