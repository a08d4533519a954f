"""The discrete problem: spaces, residual and Jacobian of the coupled equations; complete when constructed.

P2 for the potential and the electrochemical potentials, Taylor-Hood P2-P1 for the flow (with a constant of the pressure in
each triangle; or another degree: one higher measures the error, see `solver.accuracy.enriched`). The transport equations are
F(w, y) = 0 in the transport unknowns w = (phi, mu_1, ..) and the flow y, those of the flow G(w, y) = S(w) y + g(w) = 0; the
matrix S depends on no state unless the viscosity follows the composition.

Everything is a function of its arguments: `evaluate` gives the residual and what passes the ports for a state, parameters
and a storage term, and nothing that was called before matters. The coefficients of the compiled forms are overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.discretization import coverages
from solver.discretization.assembly import assemble_into, assembled
from solver.discretization.at_ports import AtPorts
from solver.discretization.boundary import (
    RegionCondition,
    Solute,
    TerminalCondition,
    TraceSolute,
    WallCondition,
    across_end,
)
from solver.discretization.boundary_values import BoundaryValues
from solver.discretization.channel import Channel
from solver.discretization.coordinates import Metric
from solver.discretization.equal_expressions import compare_parts_once
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.flow import DrivingIons, Flow
from solver.discretization.flow_matrix import Viscosity
from solver.discretization.ions import Amounts, Ions, Medium
from solver.discretization.linearisation import Linearisation
from solver.discretization.liquid import flowing_part, liquid_part
from solver.discretization.measures import Measures
from solver.discretization.ohmic_start import OhmicStart
from solver.discretization.parameter_names import OF_FORMS
from solver.discretization.parameters import Parameters, Slots, named_values
from solver.discretization.ports import Ports
from solver.discretization.potential import check_neutral
from solver.discretization.split_fields import SplitFields
from solver.discretization.symbols import SYMBOLS
from solver.discretization.trace import TraceTransport
from solver.discretization.transport import StorageRates, transport_forms
from solver.discretization.unknowns import POTENTIAL, Unknowns, electrochemical
from solver.discretization.wall_areas import WallAreas
from solver.discretization.wall_laws import mean_variables, wall_terms
from solver.discretization.wall_means import WallMeans
from solver.discretization.walls import Liquid
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.properties.base import LiquidProperties
from solver.laws.properties.constant import Constant
from solver.laws.reactions.base import ReactionLaw
from solver.laws.regions.base import RegionLaw
from solver.laws.regions.fluid import Fluid
from solver.linear.blocks import BlockSystem
from solver.parallel.clock import Clock
from solver.parallel.kernels import compile_fast
from solver.physics.scales import Scales

FEW = 4
"""Species whose neutral potential UFL compares fast by itself."""

DEGREE = 2
"""Degree of the potentials and of the velocity, unless a problem says otherwise."""


class Problem:
    """Residual and Jacobian of a device on a mesh.

    Args:
        tagged: the mesh with its boundary names.
        scales: the units of all unknowns.
        solutes: the transported species.
        terminals, walls: conditions of the device; their values are set by `Parameters`.
        model: of the electrolyte.
        flow: whether the Stokes equations are solved.
        stores: whether the storage of ions may be part of the residual (see `Storage`).
        regions: materials of the regions of the mesh; free electrolyte everywhere by default.
        reactions: between the species, wherever there are ions.
        quadrature_degree: of all integrals.
        degree: of the potentials and (at least 2) of the velocity; the pressure has one less.
        electroneutral: whether the potential follows from electroneutrality instead of Poisson's equation.
        filling: mol/m^3 of each species in a device without terminals, for what its walls may hold.
        properties: of the liquid, where they depend on its composition.
        convention: of fluxes where diffusivities vary, see `solver.discretization.properties`.
        traces: molecules too dilute to change the fields (see `solver.discretization.trace`).
        split: whether linear systems are solved by splitting their fields: nothing is factorised then, and the flow is one of
            the unknowns of Newton's method.
    """

    def __init__(
        self,
        tagged: TaggedMesh,
        scales: Scales,
        solutes: Sequence[Solute],
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        *,
        flow: bool,
        clock: Clock,
        model: ElectrolyteModel | None = None,
        stores: bool = False,
        regions: Sequence[RegionCondition] = (RegionCondition(Fluid()),),
        reactions: Sequence[ReactionLaw] = (),
        quadrature_degree: int = 5,
        degree: int = DEGREE,
        electroneutral: bool = False,
        filling: Sequence[float] = (),
        properties: LiquidProperties | None = None,
        convention: str = "thermodynamic",
        traces: Sequence[TraceSolute] = (),
        split: bool = False,
    ) -> None:
        compile_fast(tagged.mesh.comm)
        self.tagged, self.scales, self.solutes, self.clock = tagged, scales, tuple(solutes), clock
        self.model, self.electroneutral = model or Ideal(), electroneutral
        if not self.model.is_ideal and any(None in terminal.concentrations for terminal in terminals):
            raise ValueError("terminals that hold some species alone need an ideal electrolyte: the others crowd them")
        if not self.model.is_ideal or len(solutes) > FEW:
            compare_parts_once()
        if electroneutral:
            check_neutral(walls, regions, solutes, self.model)
        self.walls, self.reactions, self.regions = tuple(walls), tuple(reactions), tuple(regions)
        self.stores, self.degree, self.traces = stores, degree, tuple(traces)
        self.mesh = mesh = tagged.mesh
        self.mixing_rate = tagged.extent() ** -2
        """Dimensionless rate at which diffusion crosses the device."""
        self.valences = tuple(solute.valence for solute in solutes)
        self.metric = metric = Metric.of(mesh, tagged.symmetry)
        self.liquid = liquid = liquid_part(tagged, regions)
        self.measures = measures = Measures(tagged, quadrature_degree, liquid, degree)

        # ---- unknowns, and what follows from them
        names = tuple(solute.name for solute in solutes)
        supports = {} if liquid is None else dict.fromkeys(map(electrochemical, names), liquid.cells)
        on_walls = coverages.wall_unknowns(tagged, walls, terminals, solutes, scales, filling)
        self.unknowns = Unknowns(mesh, names, degree, supports, (POTENTIAL,) if electroneutral else (), on_walls)
        self._has_idle = electroneutral or liquid is not None or bool(on_walls)
        self.state = fem.Function(self.unknowns.space)

        # ---- parameters of the forms
        scale = scales.concentration
        values = named_values(terminals, walls, solutes, scales, [scale] * len(solutes), regions, traces)
        self.slots = Slots.of(values, terminals, walls, names)
        self._constants = {name: fem.Constant(mesh, 0.0) for name in values if name.startswith(OF_FORMS)}
        self._units = {name: fem.Constant(mesh, 1.0) for name in ("potential", "surface_charge")}
        self._loaded: Parameters | None = None

        # ---- the liquid
        medium = Medium(self.model, properties or Constant(), convention, self.reactions, electroneutral)
        of_ions = tagged, regions, solutes, medium, scales, self._constants, metric
        self.ions = ions = Ions(self.unknowns, self.state, *of_ions)
        self.mu, self.c, self.phi, self.potential = ions.mu, ions.c, ions.phi, ions.potential
        self.virtual, self.virtual_potential = ions.virtual, ions.virtual_potential
        self.materials, self.properties, self.equilibria = ions.materials, ions.properties, ions.equilibria
        self.coupling, self.diffusivities = ions.coupling, ions.diffusivities
        self.followers = ions.equilibria.dependences.numbers
        self._amounts = Amounts(ions, measures, metric, clock)

        # ---- flow
        self.flow: Flow | None = None
        moving = flowing_part(tagged, regions) if flow else None
        if flow:
            pressure = self.model.osmotic_pressure(self.virtual, scale, SYMBOLS)
            driving = DrivingIons(self.c, self.virtual, self.mu, pressure, ions.dielectric())
            viscosity = Viscosity(self.properties.viscosity, self.state if self.properties.viscosity_follows else None)
            of_device = tagged, walls, terminals, regions, degree, metric, measures
            self.flow = Flow(*of_device, driving, self.model, clock, moving, viscosity, split)
        self.u = self.flow.u if self.flow else None

        # ---- transport
        fields = self.phi, self.c, ions.activities, self.mu, self.virtual_potential, self.unknowns.on_walls(self.state)
        beside = Liquid.of(self.solutes, self.unknowns, self.state, fields, scales, tagged, measures, metric, clock)
        charged, means = not electroneutral, mean_variables(walls, self._constants)
        at_walls = self._constants, self._units, means, charged, self.equilibria.of_components
        passing = [wall for terminal in terminals if (wall := terminal.passing)]
        self.at_walls = wall_terms(beside, [*walls, *passing], *at_walls)
        self._areas = WallAreas(terminals, walls, mesh, metric, measures, clock)
        self.wall_charges = self.at_walls.charges
        apart = walls if electroneutral else self.wall_charges
        self.ports = Ports(self.unknowns, tagged, terminals, walls, {wall.name for wall in apart})
        self._rates = StorageRates(fem.Constant(mesh, 0.0), fem.Constant(mesh, 0.0))
        test = ufl.TestFunction(self.unknowns.space)
        of_walls = self.at_walls, self.unknowns, measures, test, self._rates if stores else None
        found = transport_forms(regions, self._equations, ions.stored(test), *of_walls)
        self.steady_form, self.form, self.ion_form = found.steady, found.whole, found.of_ions
        self.wall_contents = found.wall_contents
        with clock("compile"):
            self._residual = fem.form(self.form)
            self._tangent = fem.form(ufl.derivative(self.form, self.state))
            self._contents = fem.form(found.contents) if stores else None
        self._rows = fem.Function(self.unknowns.space)
        self.boundary_values = BoundaryValues(self.unknowns, self.model, self.ports, terminals, solutes, scale)
        of_ports = self.unknowns, self.ports, self.boundary_values, self.valences, self.equilibria, self.flow
        self.means = WallMeans(beside, walls, self.at_walls, means)
        self.at_ports = AtPorts(*of_ports, self.at_walls, self.means, self._set_parameters, self.load)
        self.charges, self.rates, self.floating = self.at_ports.charges, self.at_ports.rates, self.at_ports.floating
        of_start = self.ports, self.materials, measures, metric, clock, self.solutes, self.model, walls
        self.ohmic = OhmicStart(self.unknowns, *of_start, split)
        if self.flow:
            self.flow.couple(self.form, self.state)
        self.fields: SplitFields | None = None
        """The fields of the unknowns, where linear systems are solved by splitting them."""
        if split:
            charges = dict(zip(self.unknowns.of_species, self.valences, strict=True))
            conserved = None if self.equilibria or electroneutral else charges
            channel = Channel(tagged, walls, self.unknowns.scalar, metric, measures, moving)
            of_time = conserved, self.mixing_rate, clock
            self.fields = SplitFields(self.unknowns, self.boundary_values, self.flow, channel, *of_time)
        of_rows = self.unknowns, self.boundary_values, self.at_ports
        self._linearisation = Linearisation(self._tangent, *of_rows, self.flow, self.fields, self._has_idle, clock)
        self.trace = TraceTransport(self) if self.traces else None
        """Solves for the trace species; None without any."""

    def _equations(self, region: RegionCondition, test: Any) -> Any:
        """Integrand of the transport equations without storage in a region."""
        return self.ions.equations(region, test, self.u)

    def species_transport(self, number: int, test: Any, law: RegionLaw) -> Any:
        """Integrand of the Nernst-Planck equation of a species in a material with a test function."""
        return self.ions.species_transport(number, test, law, self.u)

    def subtract_load(self, transport: ufl.Form, flow: ufl.Form) -> None:
        """Take loads (forms of the test functions) from the residuals of both parts, for solutions that are chosen
        beforehand. The loads may depend on constants that change."""
        assert self.flow is not None
        self._residual = fem.form(self.form - transport)
        self.flow.subtract_load(flow)

    # ------------------------------------------------------------------ parameters and states
    def parameters(
        self,
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        solutes: Sequence[Solute],
        scales: Scales,
        filling: Sequence[float] = (),
        regions: Sequence[RegionCondition] | None = None,
        traces: Sequence[TraceSolute] | None = None,
    ) -> Parameters:
        """The values of a set of conditions (names and laws as at construction; the same regions and traces by default).

        `filling` (mol/m^3 of each species) is what a device without terminals is filled with. `scales` may differ from the
        problem's in permittivity, temperature, viscosity and the width of a device between plates only.
        """
        places = self.unknowns.scalar.tabulate_dof_coordinates() * self.tagged.unit
        profiles = tuple(
            np.zeros(len(port.nodes))
            if t.equilibrium is None
            else t.equilibrium(across_end(places[port.nodes], t.normal, self.mesh.geometry.dim))
            for t, port in zip(terminals, self.ports.terminals, strict=True)
        )
        regions = self.regions if regions is None else regions
        traces = self.traces if traces is None else traces
        found = named_values(terminals, walls, solutes, scales, filling, regions, traces)
        found |= self._areas.on_mesh(scales.length**2 * scales.section)
        values = np.array([found[name] for name in self.slots.names])
        logarithmic = self.slots.logarithmic
        values[logarithmic] = np.log(values[logarithmic])
        scales = replace(self.scales, section=scales.section)
        return Parameters(self.slots, values, profiles, scales)

    def _set_parameters(self, parameters: Parameters) -> None:
        """Put values into the constants of the forms."""
        if parameters is self._loaded:
            return
        scales = parameters.scales
        for name, constant in self._constants.items():
            constant.value = parameters[name]
        self.ions.set_parameters(parameters)
        self._units["potential"].value = scales.potential
        self._units["surface_charge"].value = scales.surface_charge
        if self.flow:
            self.flow.set_parameters(parameters)
        self._loaded = parameters

    def load(self, found: Evaluation) -> None:
        """Put an evaluated state into the coefficients of the forms, for integrals and interpolations of it."""
        self._set_parameters(found.parameters)
        self.state.x.array[:] = found.state
        self._rates.set(found.storage)
        if self.flow is not None and found.flow is not None:
            self.flow.state.x.array[:] = found.flow

    def at_rest(self, parameters: Parameters) -> tuple[np.ndarray, Storage]:
        """A state with the mean chemical potential of the reservoirs and no potential but Donnan's in charged regions and the
        Ohmic one between reacting electrodes, and the storage of steady states that are reached from there. Collective.

        In a device without terminals the ions that are there are all that it ever has: its steady states are those at the end
        of one implicit step of very many diffusion times.
        """
        state = self.boundary_values.at_rest(parameters)
        self.potential.start(state, parameters)
        self.ohmic.add(state, parameters)
        if self.unknowns.of_walls:
            liquid = self.model, self.valences, self.potential.at_nodes(state, parameters)
            coverages.start(self.unknowns, self.walls, state, parameters, *liquid)
        if self.ports.terminals:
            return state, NO_STORAGE
        rate = self.potential.slowest * self.mixing_rate
        return state, Storage(rate, -rate * self.species_content(state, parameters), settled=True)

    # ------------------------------------------------------------------ the equations
    def evaluate(
        self,
        state: np.ndarray,
        parameters: Parameters,
        storage: Storage = NO_STORAGE,
        flow: np.ndarray | None = None,
    ) -> Evaluation:
        """The equations at a state (ghosts included), the flow solved for; or those of transport and flow at a given flow.
        (Where fields are split that is an iteration, and guesses of Newton's method have a flow: see `guessed_flow`.)
        Potentials that follow are those of the state, whatever the parameters have. Collective."""
        parameters = self.floated(state, parameters, storage)
        self._set_parameters(parameters)
        self._rates.set(storage)
        flow_rows = None
        if self.flow is not None and flow is None:
            flow = self.flow.solve()
            parameters = self._loaded = self.flow.with_pressures(parameters)
        elif self.flow is not None and flow is not None:
            self.flow.state.x.array[:] = flow
            flow_rows = self.flow.residual()
        with self.clock("assembly"):
            rows = np.array(assemble_into(self._rows.x.petsc_vec, self._residual).array)
        if storage.history is not None:
            rows += storage.history
        return Evaluation(self, state.copy(), flow, parameters, storage, rows, flow_rows)

    def linearise(self, found: Evaluation, *, constrained: bool = True) -> BlockSystem:
        """The Jacobian at an evaluated state; constrained rows are the identity (or left as they are). The matrices are
        overwritten by the next call. Collective."""
        self.load(found)
        return self._linearisation.at(found, constrained=constrained)

    def guessed_flow(self, flow: np.ndarray | None) -> np.ndarray | None:
        """The flow of a guess for Newton's method, where it is one of its unknowns: a given one, or none; None where the
        equations are evaluated with the flow solved for. Ghosts included."""
        if self.flow is None or not self.split:
            return None
        return np.zeros_like(self.flow.state.x.array) if flow is None else flow

    # ------------------------------------------------------------------ numbers of a state
    def species_content(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """The same as `content` without the rows of the coverages. Owned entries. Collective."""
        found = self.content(state, parameters)
        self.unknowns.coverages(found)[:] = 0.0
        return found

    def content(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """What each test function holds of its species (zero in the rows of the potential). Owned entries. Collective."""
        self._set_parameters(parameters)
        self.state.x.array[:] = state
        with self.clock("assembly"):
            return assembled(self._contents)

    def amounts_of_species(self, found: Evaluation) -> np.ndarray:
        """See `Evaluation.amounts_of_species`. Without what walls hold where species are in equilibrium. Collective."""
        if not self.equilibria:
            return found.amounts
        self.load(found)
        return self._amounts.loaded(self.mesh.comm)

    def floated(self, state: np.ndarray, parameters: Parameters, storage: Storage = NO_STORAGE) -> Parameters:
        """The parameters with the potentials that ports where these follow have in a state, and with the means over walls.
        Collective."""
        self.state.x.array[:] = state
        return self.at_ports.floated(state, parameters, storage)

    def flow_rates_in(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Dimensionless flow rates of the flow in the field of any state. Shape (ports,). Collective."""
        self._set_parameters(parameters)
        self.state.x.array[:] = state
        if self.flow is not None:
            self.flow.solve()
        return self.at_ports.flow_rates()

    @property
    def split(self) -> bool:
        """Whether linear systems are solved by splitting the fields of the unknowns."""
        return self.fields is not None

    @property
    def size(self) -> int:
        """Global number of unknowns, flow included."""
        return self.unknowns.global_size + (self.flow.unknowns if self.flow else 0)

    def unknowns_of_ranks(self) -> tuple[int, int]:
        """Fewest and most unknowns that a rank owns, flow included. Collective."""
        own, comm = self.unknowns.scalar.dofmap.index_map.size_local * self.unknowns.width, self.mesh.comm
        own += self.flow.owned if self.flow else 0
        return int(comm.allreduce(own, op=MPI.MIN)), int(comm.allreduce(own, op=MPI.MAX))
