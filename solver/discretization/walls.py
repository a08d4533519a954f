"""Integrals over walls of what their laws give, with their derivatives by the state and by the potential of a metal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from meshes.tagged import TaggedMesh
from solver.discretization.coordinates import Metric
from solver.discretization.measures import Measures
from solver.discretization.unknowns import Unknowns
from solver.parallel.clock import Clock
from solver.physics.scales import Scales


@dataclass(frozen=True)
class Liquid:
    """The unknowns of a problem in symbols, and what integrals over its walls need.

    Attributes:
        unknowns, state: of the problem.
        potential, concentrations: dimensionless; concentrations by species.
        virtual_potential: dimensionless, of the virtual solution.
        valences: by species.
        scales: units of both.
        tagged, measures, metric: of the mesh.
        clock: counts the time of compiling.
    """

    unknowns: Unknowns
    state: fem.Function
    potential: Any
    concentrations: Mapping[str, Any]
    virtual_potential: Any
    valences: Mapping[str, int]
    scales: Scales
    tagged: TaggedMesh
    measures: Measures
    metric: Metric
    clock: Clock


@dataclass(frozen=True)
class WallIntegral:
    """What the laws of a wall give per area, such as its charge.

    Attributes:
        liquid: in front of the wall.
        name: of the wall.
        value: dimensionless, a UFL expression.
        potential: variable in it (V) that is the potential of the metal behind the wall; None where there is none.
    """

    liquid: Liquid
    name: str
    value: Any
    potential: Any = None

    @property
    def form(self) -> ufl.Form:
        """Integral over the wall."""
        return self.value * self.liquid.metric.weight * self.liquid.measures.boundary(self.name)

    @property
    def area_form(self) -> ufl.Form:
        """Integral of 1 over the wall."""
        return self.liquid.metric.weight * self.liquid.measures.boundary(self.name)

    @cached_property
    def total(self) -> fem.Form:
        """The integral, compiled; this rank's part is assembled."""
        with self.liquid.clock("compile"):
            return fem.form(self.form)

    @cached_property
    def _by_potential(self) -> fem.Form | None:
        if self.potential is None:
            return None
        by_volts = ufl.diff(self.value, self.potential) * self.liquid.metric.weight
        with self.liquid.clock("compile"):
            form = ufl.algorithms.expand_derivatives(by_volts * self.liquid.measures.boundary(self.name))
            return None if form.empty() else fem.form(form)

    def by_potential(self) -> float:
        """This rank's part of the derivative of the integral by the potential of the metal, per volt, at the state that is
        loaded."""
        return 0.0 if self._by_potential is None else float(fem.assemble_scalar(self._by_potential))

    @cached_property
    def _gradient(self) -> fem.Form | None:
        with self.liquid.clock("compile"):
            slope = ufl.algorithms.expand_derivatives(ufl.derivative(self.form, self.liquid.state))
            return None if slope.empty() else fem.form(slope)

    def gradient(self) -> np.ndarray:
        """Derivatives of the integral by the entries of the state that is loaded; owned entries. Collective."""
        if self._gradient is None:
            return np.zeros(self.liquid.unknowns.owned)
        vector = fem_petsc.assemble_vector(self._gradient)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        found = np.array(vector.array)
        vector.destroy()
        return found

    @cached_property
    def _direction(self) -> fem.Function:
        return fem.Function(self.liquid.unknowns.space)

    @cached_property
    def _slope(self) -> fem.Form | None:
        with self.liquid.clock("compile"):
            slope = ufl.algorithms.expand_derivatives(ufl.derivative(self.form, self.liquid.state, self._direction))
            return None if slope.empty() else fem.form(slope)

    def slope(self, change: np.ndarray) -> float:
        """This rank's part of the change of the integral by a change of the state that is loaded (ghosts included)."""
        if self._slope is None:
            return 0.0
        self._direction.x.array[:] = change
        return float(fem.assemble_scalar(self._slope))
