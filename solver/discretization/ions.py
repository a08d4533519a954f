"""The ions and the potential of a problem in symbols, and the integrands of their equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.discretization import forms
from solver.discretization.boundary import RegionCondition, Solute, TraceSolute
from solver.discretization.coordinates import Metric
from solver.discretization.materials import Materials
from solver.discretization.measures import Measures
from solver.discretization.parameter_names import CHARGING, diffusivity_of
from solver.discretization.parameters import Parameters
from solver.discretization.potential import NeutralPotential, PoissonPotential, Potential
from solver.discretization.properties import Properties
from solver.discretization.reactions import Equilibria, Surroundings, made_by_reactions
from solver.discretization.symbols import SYMBOLS, product
from solver.discretization.unknowns import Unknowns
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.properties.base import LiquidProperties, Local
from solver.laws.reactions.base import ReactionLaw
from solver.laws.regions.base import RegionLaw
from solver.parallel.clock import Clock
from solver.physics.scales import Scales


@dataclass(frozen=True)
class Medium:
    """Laws of the liquid of a problem.

    Attributes:
        model: of the electrolyte.
        properties: of the liquid, where they depend on its composition.
        convention: of fluxes where diffusivities vary, see `solver.discretization.properties`.
        reactions: between the species, wherever there are ions.
        electroneutral: whether the potential follows from electroneutrality instead of Poisson's equation.
    """

    model: ElectrolyteModel
    properties: LiquidProperties
    convention: str
    reactions: tuple[ReactionLaw, ...]
    electroneutral: bool


class Ions:
    """What follows from the transport unknowns of a problem.

    Args:
        unknowns, state: of the problem.
        tagged: the mesh with its regions.
        regions: their materials.
        solutes: the species.
        medium: laws of the liquid.
        scales: the units of all unknowns.
        constants: of the forms, by the names of parameters.
        metric: of all integrals.

    Attributes:
        mu, c: electrochemical potential and concentration of each species.
        activities: of each species against the free solution, in units of a concentration; none where they are the
            concentrations.
        phi: the potential.
        virtual, virtual_potential: the neutral solution of the same electrochemical potentials, and its potential.
        coupling, peclet, diffusivities: constants of the forms.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        state: fem.Function,
        tagged: TaggedMesh,
        regions: Sequence[RegionCondition],
        solutes: Sequence[Solute],
        medium: Medium,
        scales: Scales,
        constants: Mapping[str, fem.Constant],
        metric: Metric,
    ) -> None:
        self._tagged, self._regions, self._solutes, self._scales = tagged, regions, tuple(solutes), scales
        self._medium, self._constants, self._metric = medium, constants, metric
        mesh, model, valences = tagged.mesh, medium.model, tuple(solute.valence for solute in solutes)
        names, m, scale = [solute.name for solute in solutes], SYMBOLS, scales.concentration
        solved, self.mu = unknowns.split(state)
        self.equilibria = Equilibria(medium.reactions, names, scale, mesh)
        self.virtual_potential = model.neutral_potential(self.mu, valences, scale, m)
        self.virtual = model.concentrations(self.mu, self.virtual_potential, valences, scale, m)
        self.materials = Materials(tagged, regions, solutes, constants)
        of_liquid = unknowns, self.materials, model, valences
        self.potential: Potential = (
            NeutralPotential(*of_liquid, self.mu, scale)
            if medium.electroneutral
            else PoissonPotential(*of_liquid, solved)
        )
        self.phi = self.potential.expression
        self.c = model.concentrations(self.materials.inner(self.mu), self.phi, valences, scale, m)
        alike = model.is_ideal and not self.materials.partitions
        self.activities = [] if alike else model.activities(self.mu, self.phi, valences, m)
        self.coupling, self.peclet = fem.Constant(mesh, 0.0), fem.Constant(mesh, 0.0)
        self.diffusivities = [fem.Constant(mesh, 0.0) for _ in solutes]
        unit = fem.Constant(mesh, scale)  # no number of the forms, which are compiled once for all concentrations
        named = {name: unit * c for name, c in zip(names, self.virtual, strict=True)}
        self._local = Local(named, self.materials.position, scales.temperature)
        self.properties = self._properties(self.materials, solutes)

    def _properties(self, materials: Materials, solutes: Sequence[Solute] | Sequence[TraceSolute]) -> Properties:
        return Properties(materials, solutes, self._medium.properties, self._local, self._medium.convention)

    def set_parameters(self, parameters: Parameters) -> None:
        """Put values into the constants of the equations."""
        scales = parameters.scales
        self.coupling.value, self.peclet.value = scales.charge_coupling, scales.peclet
        for solute, constant in zip(self._solutes, self.diffusivities, strict=True):
            constant.value = parameters[diffusivity_of(solute.name)] / scales.diffusivity

    # ------------------------------------------------------------------ integrands
    def equations(self, region: RegionCondition, test: Any, u: Any) -> Any:
        """Integrand of the transport equations without storage in a region.

        u: velocity, None without flow.
        """
        law, found = region.law, ufl.as_ufl(0)
        permittivity = self.properties.permittivity(law, self.materials.permittivity(region))
        if not self._medium.electroneutral:
            charge = self.materials.charge(region) / self._scales.concentration
            if law.holds_ions:
                charge += forms.charge_density(self.c, [solute.valence for solute in self._solutes])
            found = forms.poisson(self.phi, charge, self.coupling, test[0], self._metric, permittivity)
        tests = self.equilibria.tests(test)
        for i in range(len(self._solutes) if law.holds_ions else 0):
            found += self.species_transport(i, tests[1 + i], law, u)
        if law.holds_ions and self._medium.reactions:
            charging = self._constants[CHARGING]
            uniform = isinstance(permittivity, float) and permittivity == 1.0
            coupling = self.coupling if uniform else self.coupling / permittivity  # that of the material
            own = [product(self.properties.diffusivity(i, law), d) for i, d in enumerate(self.diffusivities)]
            around = Surroundings(self.phi, self.mu, coupling, own, self._scales, charging)
            found += made_by_reactions(self._medium.reactions, self._solutes, around, tests, self._metric)
            found += self.equilibria.conditions(self.mu, test, self._metric)
        return found

    def species_transport(self, number: int, test: Any, law: RegionLaw, u: Any) -> Any:
        """Integrand of the Nernst-Planck equation of a species in a material with a test function."""
        name = self._solutes[number].name
        diffusivity = product(self.properties.diffusivity(number, law), self.diffusivities[number])
        hindered = law.convection_profile(name, self.materials.position, SYMBOLS)
        peclet = product(law.relative_convection(name), hindered, self.peclet)
        of_flux = self.c[number], self.mu[number], u, diffusivity, peclet
        return forms.nernst_planck(*of_flux, test, self._metric, self.properties.drift(number, law))

    def stored(self, test: Any) -> Any:
        """Integrand of the contents of all species in the liquid."""
        tests = self.equilibria.tests(test)
        return sum(forms.storage(c, tests[1 + i], self._metric) for i, c in enumerate(self.c))

    def dielectric(self) -> Callable[[Any], Any] | None:
        """Integrand of the force of the field on the liquid where its permittivity follows the composition."""
        permittivity = self.properties.solvent_permittivity
        if isinstance(permittivity, float):
            return None
        inside = self.materials.follows_solvent()
        return lambda v: product(inside, forms.dielectric_force(self.phi, permittivity, self.coupling, v, self._metric))

    def materials_of(self, traces: Sequence[TraceSolute]) -> tuple[Materials, Properties]:
        """Materials and properties of the liquid for other species than those of the electrolyte."""
        materials = Materials(self._tagged, self._regions, traces, self._constants)
        return materials, self._properties(materials, traces)


class Amounts:
    """Amounts of the species in the liquid, each by itself, whatever equilibria are between them.

    Args:
        ions, measures, metric: of a problem.
        clock: counts the time of compiling.
    """

    def __init__(self, ions: Ions, measures: Measures, metric: Metric, clock: Clock) -> None:
        self._ions, self._measures, self._metric, self._clock = ions, measures, metric, clock

    @cached_property
    def _forms(self) -> list[fem.Form]:
        def integral(c: Any) -> Any:
            return self._ions.materials.over_ions(self._measures, lambda _: c * self._metric.weight)

        with self._clock("compile"):
            return [fem.form(integral(c)) for c in self._ions.c]

    def loaded(self, comm: MPI.Comm) -> np.ndarray:
        """Those of the state that is loaded. Shape (species,). Collective."""
        local = np.array([fem.assemble_scalar(form) for form in self._forms])
        return np.asarray(comm.allreduce(local, op=MPI.SUM))
