"""Integrals over walls of what their laws give, with their derivatives by the state and by the potential of a metal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.discretization import forms
from solver.discretization.assembly import assembled
from solver.discretization.boundary import Solute
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
        activities: by species, in units of a concentration; empty where they are the concentrations.
        potentials, valences: electrochemical potentials over RT and valences by species.
        virtual_potential: of the neutral solution in equilibrium with the liquid, dimensionless.
        coverages: unknowns, by their names.
        scales: units of both.
        tagged, measures, metric: of the mesh.
        clock: counts the time of compiling.
    """

    unknowns: Unknowns
    state: fem.Function
    potential: Any
    concentrations: Mapping[str, Any]
    activities: Mapping[str, Any]
    potentials: Mapping[str, Any]
    valences: Mapping[str, int]
    virtual_potential: Any
    coverages: Mapping[str, Any]
    scales: Scales
    tagged: TaggedMesh
    measures: Measures
    metric: Metric
    clock: Clock

    @classmethod
    def of(
        cls,
        solutes: Sequence[Solute],
        unknowns: Unknowns,
        state: fem.Function,
        fields: tuple[Any, Sequence[Any], Sequence[Any], Sequence[Any], Any, Mapping[str, Any]],
        *of_mesh: Any,
    ) -> Liquid:
        """From fields in the order of the species: potential, concentrations, activities (none where they are the
        concentrations), electrochemical potentials, virtual potential; and the coverages by name.

        of_mesh: scales, tagged, measures, metric, clock.
        """
        names, (potential, c, a, mu, virtual, coverages) = [solute.name for solute in solutes], fields
        concentrations, potentials = (dict(zip(names, each, strict=True)) for each in (c, mu))
        activities = dict(zip(names, a, strict=True)) if a else {}
        valences = {solute.name: solute.valence for solute in solutes}
        return cls(
            unknowns, state, potential, concentrations, activities, potentials, valences, virtual, coverages, *of_mesh
        )


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
        return assembled(self._gradient)

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


@dataclass(frozen=True)
class WallCharge(WallIntegral):
    """The charge of a wall by its laws, in units of eps V_T / L.

    Attributes:
        unsolved: what the laws leave of equations that they solve within, squared, in thermal voltages; None without any.
        bound: amounts of species that the wall has taken from the liquid, in units of c_ref L.
        buffered: whether it also takes ions of a buffer, which are no species.
    """

    unsolved: Any | None = None
    bound: Mapping[str, Any] = field(default_factory=dict)
    buffered: bool = False

    def stored(self, test: Any) -> Any:
        """Integrand of what each test function of the species holds on the wall."""
        species = list(self.liquid.potentials)
        held = ((test[1 + species.index(name)], amount) for name, amount in self.bound.items())
        return sum(forms.storage(amount, v, self.liquid.metric) for v, amount in held)

    @cached_property
    def bound_charge(self) -> WallIntegral | None:
        """Charge of the ions that the wall has taken from the liquid, in units of F c_ref L; None without."""
        if not self.bound:
            return None
        charge = sum(self.liquid.valences[name] * amount for name, amount in self.bound.items())
        return WallIntegral(self.liquid, self.name, charge)

    @cached_property
    def _forms_of_check(self) -> tuple[fem.Form, fem.Form]:
        with self.liquid.clock("compile"):
            weight, measure = self.liquid.metric.weight, self.liquid.measures.boundary(self.name)
            return fem.form(self.unsolved * weight * measure), fem.form(self.area_form)

    def largest_unsolved(self) -> float:
        """Root of the mean square of what the laws leave of their own equations, thermal voltages; 0 without such laws.
        Collective."""
        if self.unsolved is None:
            return 0.0
        local = np.array([fem.assemble_scalar(form) for form in self._forms_of_check])
        square, area = self.liquid.tagged.mesh.comm.allreduce(local, op=MPI.SUM)
        return float(np.sqrt(square / area)) if area else 0.0
