"""State of a device in SI units: everything that quantities are measured from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialSections, Profiles
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
        comm: the ranks that share it.
        scales: SI values of one dimensionless unit.
        terminals, electrodes, species: their names.
        valences: of the species. Shape (species,).
        rates: rate (mol/s) at which each species enters at each terminal. Shape (terminals, species).
        flow_rates: flow rate (m^3/s) into the device at each terminal; zeros without flow. Shape (terminals,).
        charges: charge (C) of each electrode, and flux of the field through each terminal. Shape (terminals + electrodes,).
        displacement: displacement current (A) that enters at each terminal and electrode; None for a steady state. Shape
            (terminals + electrodes,).
        thermal_current: current (A) that one thermal voltage drives through the device's mean conductivity.
        profiles: averages over cross-sections; None where those are not described.
    """

    case: Case
    comm: MPI.Comm
    scales: Scales
    terminals: tuple[str, ...]
    electrodes: tuple[str, ...]
    species: tuple[str, ...]
    valences: np.ndarray
    rates: np.ndarray
    flow_rates: np.ndarray
    charges: np.ndarray
    displacement: np.ndarray | None
    thermal_current: float
    profiles: Profiles | None

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
        return bias_of(self.case)

    @property
    def currents(self) -> np.ndarray:
        """Conduction current (A) of each species into the device at each terminal. Shape (terminals, species)."""
        return FARADAY * self.rates * self.valences

    @property
    def conduction(self) -> np.ndarray:
        """Conduction current (A) into the device at each terminal and electrode. Shape (terminals + electrodes,)."""
        return np.append(self.currents.sum(axis=1), np.zeros(len(self.electrodes)))

    @property
    def totals(self) -> np.ndarray:
        """Sum (A) of conduction and displacement current. Shape (terminals + electrodes,)."""
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
        return max(abs(float(self.totals[self.driven])), least)

    @property
    def reference_logs(self) -> np.ndarray:
        """ln of the bulk concentrations of the driven terminal, dimensionless. Shape (species,)."""
        return reference_logs(self.case, self.scales)

    def integral(self, form: fem.Form) -> float:
        """Integral of a compiled form over the device, for the state that its problem holds. Collective."""
        return integral(form, self.comm)


class StateReader:
    """Reads the states of one problem. Collective.

    Args:
        problem: whose states are read.
        case: for the position of the cross-sections.
    """

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem = problem
        self._sections = AxialSections.along(problem.tagged, case.geometry, case.outputs.profile_points)
        conductivity = sum(ion.valence**2 * ion.diffusivity * c for ion, c in zip(problem.ions, problem.c, strict=True))
        with problem.clock("compile"):
            self._conductivity = fem.form(conductivity * problem.metric.weight * problem.dx)
        z, comm = problem.mesh.geometry.x[:, 0], problem.mesh.comm
        low = comm.allreduce(float(z.min(initial=np.inf)), op=MPI.MIN)
        high = comm.allreduce(float(z.max(initial=-np.inf)), op=MPI.MAX)
        self._extent = high - low

    def read(self, case: Case, displacement: np.ndarray | None = None) -> DeviceState:
        """The state that the problem holds, which is that of `case`.

        displacement: of a state in time, the displacement current (A) that enters at each terminal and electrode.
        """
        problem, scales, comm = self._problem, self._problem.scales, self._problem.mesh.comm
        rates = problem.terminal_rates() * scales.molar_rate  # assembles the residual that the charges are taken from
        return DeviceState(
            case=case,
            comm=comm,
            scales=scales,
            terminals=tuple(terminal.name for terminal in problem.terminals),
            electrodes=tuple(name for name, _ in problem.electrodes),
            species=tuple(species.name for species in problem.species),
            valences=np.array([species.valence for species in problem.species]),
            rates=rates,
            flow_rates=problem.flow_rates() * scales.flow_rate,
            charges=problem.field_fluxes() * scales.electric_flux,
            displacement=displacement,
            # conductivity over the volume by the squared length: the parallel-tube bound of the conductance
            thermal_current=integral(self._conductivity, comm) / self._extent**2 * scales.current,
            profiles=self._profiles(case),
        )

    def _profiles(self, case: Case) -> Profiles | None:
        sections, problem = self._sections, self._problem
        if sections is None:
            return None
        values = problem.state.eval(sections.points, sections.cells).reshape(-1, 1 + len(problem.species))
        velocity = np.zeros(len(sections.points))
        if problem.flow is not None:
            flow = problem.flow.velocity().eval(sections.points, sections.cells)
            velocity = flow.reshape(len(sections.points), -1)[:, 0]
        return sections.averages(
            values[:, 0],
            values[:, 1:],
            velocity,
            [species.valence for species in problem.species],
            reference_logs(case, problem.scales),
            problem.scales,
        )


def bias_of(case: Case) -> float:
    """Potential (V) of the driven terminal or electrode against the first of the others."""
    driven = case.driven_terminal
    others = [name for name in (*case.terminals, *case.electrodes) if name != driven]
    return case.potential_of(driven) - (case.potential_of(others[0]) if others else 0.0)


def reference_logs(case: Case, scales: Scales) -> np.ndarray:
    """ln of the bulk concentrations of the driven terminal, dimensionless. Shape (species,)."""
    return np.array([scales.chemical_potential(c) for c in case.solution(case.driven_terminal).concentrations])


def integral(form: fem.Form, comm: MPI.Comm) -> float:
    """Integral of a compiled form over all ranks. Collective."""
    return float(comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM))
