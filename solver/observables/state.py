"""State of a device in SI units: everything that quantities are measured from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.case.bias import bias_by, bias_of
from solver.case.case import Case
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.regions.base import RegionLaw
from solver.observables.coverage_traces import CoverageTraces
from solver.observables.cut_sections import sections_of
from solver.observables.profiles import Profiles
from solver.observables.space_profiles import space_profiles
from solver.observables.trace_profiles import trace_profiles
from solver.observables.wall_points import CHANNEL
from solver.observables.wall_trace import SURFACE_CHARGE, WallTrace
from solver.observables.zeta_trace import ZetaTrace
from solver.physics.constants import FARADAY
from solver.physics.scales import Scales

NOISE_CURRENT_FRACTION = 1e-3
"""At zero bias there is no current to compare with: errors are then relative to this fraction of the current that one
thermal voltage drives through the device."""


@dataclass(frozen=True)
class DeviceState:
    """One state of a device.

    Currents come from the residual, never from gradients on the boundary: the unconstrained residual of a species, summed
    over the degrees of freedom of a terminal, is the rate at which the species enters there.

    Attributes:
        case: the case whose state it is.
        terminals, electrodes, open_walls, species: their names.
        valences: of the species. Shape (species,).
        found: the evaluated state.
        displacement: displacement current (A) that enters at each port; None for a steady state. Shape (ports,).
        thermal_current: current (A) that one thermal voltage drives through the device's mean conductivity.
        profiles: averages over cross-sections; None where those are not described.
        charging: A, rate of change of a bound charge that is driven in time (see `solver.discretization.bound_charge`); None
            where none is.
    """

    case: Case
    terminals: tuple[str, ...]
    electrodes: tuple[str, ...]
    open_walls: tuple[str, ...]
    species: tuple[str, ...]
    valences: np.ndarray
    found: Evaluation
    displacement: np.ndarray | None
    thermal_current: float
    profiles: Profiles | None
    charging: float | None = None

    @property
    def steady(self) -> bool:
        """Whether nothing changes in time."""
        return self.displacement is None

    @property
    def driven(self) -> int:
        """Position of the driven terminal or electrode among all of them, the terminals first."""
        return (*self.terminals, *self.electrodes).index(self.case.driven_terminal)

    @property
    def bias(self) -> float:
        """Bias, V."""
        if not self.case.galvanostatic:
            return bias_of(self.case)
        keys = {port.name: port.key for port in self.found.problem.ports.all}
        return bias_by(self.case, lambda name: self.found.parameters[keys[name]])

    @property
    def passing(self) -> list[tuple[int, str]]:
        """Number and name of each species that has rates of its own: not of those that follow from others by equilibria."""
        followers = self.found.problem.followers
        return [(i, name) for i, name in enumerate(self.species) if i not in followers]

    @property
    def scales(self) -> Scales:
        """SI values of one dimensionless unit."""
        return self.found.parameters.scales

    @property
    def molar_rates(self) -> np.ndarray:
        """Rate (mol/s) at which each species enters the device at each port. Shape (ports, species)."""
        return self.scales.molar_rate * self.found.rates

    @property
    def currents(self) -> np.ndarray:
        """Conduction current (A) of each species into the device at each port. Shape (ports, species)."""
        return FARADAY * self.molar_rates * self.valences

    @property
    def conduction(self) -> np.ndarray:
        """Conduction current (A) into the device at each port. Shape (ports,)."""
        return np.asarray(self.currents.sum(axis=1))

    @property
    def flow_rates(self) -> np.ndarray:
        """Flow rate (m^3/s) into the device at each terminal; zeros without flow. Shape (terminals,)."""
        return self.found.flow_rates[: len(self.terminals)] * self.scales.flow_rate

    @property
    def charges(self) -> np.ndarray:
        """Charge (C) of each electrode, and flux of the field through each terminal. Shape (ports,)."""
        return self.found.charges * self.scales.electric_flux

    @property
    def floating_potentials(self) -> dict[str, float]:
        """Potential (V) of each floating conductor, and where a current is held."""
        ports = self.found.problem.ports
        found = [ports.all[k] for k in ports.floating]
        return {port.name: self.found.parameters[port.key] for port in found}

    @property
    def totals(self) -> np.ndarray:
        """Sum (A) of conduction and displacement current. Shape (ports,)."""
        return self.conduction if self.displacement is None else self.conduction + self.displacement

    @property
    def noise_current(self) -> float:
        """Current (A) below which there is nothing to divide by."""
        return NOISE_CURRENT_FRACTION * self.thermal_current

    @property
    def current_scale(self) -> float:
        """Current (A) that errors of the current are relative to."""
        # in time the current passes through zero while much has to balance
        least = self.noise_current if self.steady else self.thermal_current
        if self.case.galvanostatic:  # where none is drawn those of the species have to balance
            least = max(least, float(np.abs(self.currents).max(initial=0.0)))
        return max(abs(float(self.totals[self.driven])), least)

    def integral(self, form: fem.Form) -> float:
        """Integral of a compiled form over the device. Collective."""
        self.found.problem.load(self.found)
        return integral(form, self.found.problem.mesh.comm)


class StateReader:
    """Reads the states of one problem. Collective.

    Args:
        problem: whose states are read.
        case: for the position of the cross-sections.
    """

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem = problem
        liquid = None if problem.liquid is None else problem.liquid.inside
        self._sections = sections = sections_of(
            problem.tagged, case.geometry, case.outputs.profile_points, problem.scales.section, liquid
        )
        self._trace = None if sections is None else WallTrace.of(problem, sections)
        self._charge = None if sections is None else ZetaTrace.of(problem, sections)
        held = bool(problem.unknowns.of_walls)
        self._coverages = CoverageTraces(problem, sections) if sections is not None and held else None

        def conductivity(law: RegionLaw) -> Any:
            rows = enumerate(zip(problem.solutes, problem.diffusivities, problem.c, strict=True))
            parts = (s.valence**2 * problem.properties.diffusivity(k, law) * d * c for k, (s, d, c) in rows)
            return sum(parts) * problem.metric.weight

        with problem.clock("compile"):
            self._conductivity = fem.form(problem.materials.over_ions(problem.measures, conductivity))
        z, comm = problem.mesh.geometry.x[:, 0], problem.mesh.comm
        low = comm.allreduce(float(z.min(initial=np.inf)), op=MPI.MIN)
        high = comm.allreduce(float(z.max(initial=-np.inf)), op=MPI.MAX)
        self._extent = high - low

    def read(
        self,
        found: Evaluation,
        case: Case,
        displacement: np.ndarray | None = None,
        charging: float | None = None,
    ) -> DeviceState:
        """An evaluated state of a case.

        displacement, charging: of a state in time, the displacement current (A) that enters at each port, and the rate of
            change (A) of a driven bound charge.
        """
        problem, scales = self._problem, found.parameters.scales
        problem.load(found)
        mean = integral(self._conductivity, problem.mesh.comm)
        return DeviceState(
            case=case,
            terminals=tuple(port.name for port in problem.ports.terminals),
            electrodes=tuple(port.name for port in problem.ports.electrodes),
            open_walls=tuple(port.name for port in problem.ports.open_walls),
            species=tuple(solute.name for solute in problem.solutes),
            valences=np.array(problem.valences),
            found=found,
            displacement=displacement,
            # conductivity over the volume by the squared length: the parallel-tube bound of the conductance
            thermal_current=mean / self._extent**2 * scales.current,
            profiles=self._profiles(found, case),
            charging=charging,
        )

    def _profiles(self, loaded: Evaluation, case: Case) -> Profiles | None:
        """Profiles of the state that is loaded. Collective."""
        sections, problem, parameters = self._sections, self._problem, loaded.parameters
        if sections is None:
            return None
        values = problem.unknowns.table(sections.at.values(problem.state))
        velocity: np.ndarray = np.zeros(len(sections.points))
        if problem.flow is not None and loaded.flow is not None:
            flow = sections.at.values(problem.flow.fields.velocity(loaded.flow))
            velocity = flow.reshape(-1, problem.mesh.geometry.dim)[:, 0]  # a rank may have no points
        mu = problem.unknowns.electrochemical(values)
        potential = problem.potential.in_cells(values, sections.cells, sections.points, parameters)
        profiles = sections.averages(
            potential,
            mu,
            problem.materials.inner_in_cells(mu, sections.cells, sections.points),
            velocity,
            problem.valences,
            problem.model,
            parameters.scales,
        )
        if problem.mesh.topology.dim == 3 and problem.flow is not None:
            profiles = profiles.with_flow(float(loaded.flow_rates[0]) * parameters.scales.flow_rate)
        columns = {**profiles.columns, **trace_profiles(problem, loaded, sections, potential)}
        columns |= space_profiles(problem, loaded, sections, potential, mu)
        if self._trace is not None:
            columns |= self._trace.columns(problem, parameters)
        if self._charge is not None:
            columns[SURFACE_CHARGE] = self._charge.column(loaded)
        if self._coverages is not None:
            columns |= self._coverages.columns(loaded, case)
            if self._trace is not None:  # the charge of all the wall, like its mean
                columns[SURFACE_CHARGE] = columns[SURFACE_CHARGE] + self._coverages.charge(loaded, CHANNEL)
        return replace(profiles, columns=columns)


def integral(form: fem.Form, comm: MPI.Comm) -> float:
    """Integral of a compiled form over all ranks, of what is loaded. Collective."""
    return float(comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM))
