"""From laws of walls to integrands: the charge of each wall as an expression of the liquid's state there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from meshes.course import Places
from meshes.tagged import TaggedMesh
from solver.discretization import forms
from solver.discretization.boundary import Solute, WallCondition
from solver.discretization.coordinates import Metric
from solver.discretization.measures import Measures
from solver.discretization.parameters import CHARGING, PH, wall_coefficient
from solver.discretization.symbols import SYMBOLS
from solver.discretization.unknowns import Unknowns
from solver.laws.walls.base import WallLaw, WallState, with_protons
from solver.parallel.clock import Clock
from solver.physics.scales import Scales


@dataclass(frozen=True)
class Liquid:
    """The unknowns of a problem in symbols, and what integrals over its walls need.

    Attributes:
        unknowns, state: of the problem.
        potential, concentrations: dimensionless; concentrations by species.
        potentials, valences: electrochemical potentials over RT and valences by species.
        virtual_potential: of the neutral solution in equilibrium with the liquid, dimensionless.
        scales: units of both.
        tagged, measures, metric: of the mesh.
        clock: counts the time of compiling.
    """

    unknowns: Unknowns
    state: fem.Function
    potential: Any
    concentrations: Mapping[str, Any]
    potentials: Mapping[str, Any]
    valences: Mapping[str, int]
    virtual_potential: Any
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
        fields: tuple[Any, Sequence[Any], Sequence[Any], Any],
        *of_mesh: Any,
    ) -> Liquid:
        """From fields in the order of the species: potential, concentrations, electrochemical potentials, virtual potential.

        of_mesh: scales, tagged, measures, metric, clock.
        """
        names, (potential, c, mu, virtual) = [solute.name for solute in solutes], fields
        concentrations, potentials = (dict(zip(names, each, strict=True)) for each in (c, mu))
        valences = {solute.name: solute.valence for solute in solutes}
        return cls(unknowns, state, potential, concentrations, potentials, valences, virtual, *of_mesh)


@dataclass(frozen=True)
class WallCharge:
    """The charge of a wall by its laws.

    Attributes:
        liquid: in front of the wall.
        name: of the wall.
        charge: in units of eps V_T / L, a UFL expression.
        unsolved: what the laws leave of equations that they solve within, squared, in thermal voltages; None without any.
        bound: amounts of species that the wall has taken from the liquid, in units of c_ref L.
        buffered: whether it also takes ions of a buffer, which are no species.
    """

    liquid: Liquid
    name: str
    charge: Any
    unsolved: Any | None = None
    bound: Mapping[str, Any] = field(default_factory=dict)
    buffered: bool = False

    @property
    def form(self) -> ufl.Form:
        """Integral of the charge over the wall: a flux of the dimensionless field."""
        return self.charge * self.liquid.metric.weight * self.liquid.measures.boundary(self.name)

    @property
    def area_form(self) -> ufl.Form:
        """Integral of 1 over the wall."""
        return self.liquid.metric.weight * self.liquid.measures.boundary(self.name)

    @cached_property
    def total(self) -> fem.Form:
        """The charge of the wall, compiled; this rank's part is assembled."""
        with self.liquid.clock("compile"):
            return fem.form(self.form)

    def stored(self, test: Any) -> Any:
        """Integrand of what each test function of the species holds on the wall."""
        species = list(self.liquid.potentials)
        held = ((test[1 + species.index(name)], amount) for name, amount in self.bound.items())
        return sum(forms.storage(amount, v, self.liquid.metric) for v, amount in held)

    @cached_property
    def bound_charge(self) -> fem.Form | None:
        """Charge of the ions that the wall has taken from the liquid, in units of F c_ref L and the mesh's; None without."""
        if not self.bound:
            return None
        charge = sum(self.liquid.valences[name] * amount for name, amount in self.bound.items())
        with self.liquid.clock("compile"):
            return fem.form(charge * self.liquid.metric.weight * self.liquid.measures.boundary(self.name))

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

    @cached_property
    def _gradient(self) -> fem.Form | None:
        with self.liquid.clock("compile"):
            slope = ufl.algorithms.expand_derivatives(ufl.derivative(self.form, self.liquid.state))
            return None if slope.empty() else fem.form(slope)

    def gradient(self) -> np.ndarray:
        """Derivatives of the charge by the entries of the state that is loaded; owned entries. Collective."""
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
        """This rank's part of the change of the charge by a change of the state that is loaded (ghosts included)."""
        if self._slope is None:
            return 0.0
        self._direction.x.array[:] = change
        return float(fem.assemble_scalar(self._slope))


def wall_charges(
    liquid: Liquid,
    walls: Sequence[WallCondition],
    constants: Mapping[str, fem.Constant],
    units: Mapping[str, fem.Constant],
) -> tuple[WallCharge, ...]:
    """The walls whose laws give a charge.

    constants: of all coefficients of walls by name, SI. units: SI units of potential and surface charge.
    """
    found = []
    for wall in walls:
        states = [(law, wall_state(liquid, wall, law, constants, units)) for law in wall.laws]
        given = [charge for law, state in states if (charge := law.charge(state, SYMBOLS)) is not None]
        left = [rest for law, state in states if (rest := law.unsolved(state, SYMBOLS)) is not None]
        if given:
            charge = constants[CHARGING] * sum(given) / units["surface_charge"]
            unsolved = sum(rest**2 for rest in left) if left else None
            taken = _bound(liquid, states)
            bound = {name: amount for name, amount in taken.items() if name in liquid.potentials}
            buffered = len(bound) < len(taken)
            found.append(WallCharge(liquid, wall.name, charge, unsolved, bound, buffered))
    return tuple(found)


def _bound(liquid: Liquid, states: Sequence[tuple[WallLaw, WallState]]) -> dict[str, Any]:
    """Dimensionless amounts of ions that laws take from the liquid, or from its buffer."""
    unit, found = liquid.scales.concentration * liquid.scales.length, dict[str, Any]()
    for law, state in states:
        for name, amount in law.bound(state, SYMBOLS).items():
            found[name] = found.get(name, 0.0) + amount / unit
    return found


def wall_state(
    liquid: Liquid,
    wall: WallCondition,
    law: WallLaw,
    constants: Mapping[str, fem.Constant],
    units: Mapping[str, fem.Constant],
) -> WallState:
    """The state of the liquid at a wall in symbols, SI."""
    unit, scale = liquid.tagged.unit, liquid.scales.concentration
    start = wall_coefficient(wall.name, law.key, "")
    own = [name for name in constants if name == start or name.startswith(f"{start}.")]
    molar = math.log(scale / 1e3)
    of_species = {name: mu + molar for name, mu in liquid.potentials.items()}
    pH = None if wall.pH is None else constants[PH]
    potentials, valences = with_protons(of_species, liquid.valences, pH, liquid.virtual_potential)

    def interpolated(function: Callable[[Places], np.ndarray]) -> fem.Function:
        nodal = fem.Function(liquid.unknowns.scalar)
        nodal.interpolate(lambda x: function(wall.course.places(x[0] * unit, x[1] * unit)))
        nodal.x.scatter_forward()
        return nodal

    return WallState(
        potential=units["potential"] * liquid.potential,
        concentrations={name: scale * c for name, c in liquid.concentrations.items()},
        position=unit * ufl.SpatialCoordinate(liquid.tagged.mesh)[1 if wall.course.radial else 0],
        coefficients={name[len(start) + 1 :]: constants[name] for name in own},
        wall_potential=constants[f"walls.{wall.name}.potential"] if wall.is_port else None,
        interpolated=interpolated,
        potentials=potentials,
        valences=valences,
        thermal_voltage=units["potential"],
        stern_capacitance=constants.get(wall_coefficient(wall.name, "stern", "capacitance")),
    )
