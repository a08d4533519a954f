"""The equations evaluated at a state: residual, flow, and what passes the ports, as values of one call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from dolfinx import mesh as dmesh

from solver.discretization.boundary_values import BoundaryValues
from solver.discretization.parameters import Parameters
from solver.discretization.ports import Ports
from solver.discretization.unknowns import Unknowns


@dataclass(frozen=True)
class Storage:
    """The storage of ions in the residual: rate * C(w) + history, with C what each test function holds of its species.

    Attributes:
        rate: 1 / (time step times coefficient), dimensionless; 0 in a steady state.
        history: contribution of earlier states, owned entries; None where there is none.
        charges: the same for the charge of each port, whose rate of change is rate * charge + charges: for currents that are
            held. Shape (ports,).
        settled: whether the coverages of walls are those that do not change, whatever the rate.
    """

    rate: float = 0.0
    history: np.ndarray | None = None
    charges: np.ndarray | None = None
    settled: bool = False


NO_STORAGE = Storage()
"""No storage."""


class PortNumbers(Protocol):
    """What passes the ports in an evaluated state: a `solver.discretization.at_ports.AtPorts`."""

    def rates_of(self, found: Evaluation) -> np.ndarray:
        """Rate at which each species enters at each port."""

    def charges_of(self, found: Evaluation) -> np.ndarray:
        """Flux of the field into each port."""

    def excess_of(self, found: Evaluation) -> np.ndarray:
        """What ports whose potential follows have beyond what is given."""

    def flow_rates_of(self, found: Evaluation) -> np.ndarray:
        """Flow rate into the device at each port."""


class Equations(Protocol):
    """What is evaluated: a `solver.discretization.problem.Problem`, as far as its states need it."""

    mesh: dmesh.Mesh
    unknowns: Unknowns
    ports: Ports
    boundary_values: BoundaryValues
    valences: tuple[int, ...]
    followers: tuple[int, ...]
    """Numbers of the species that follow from others by equilibria."""

    def evaluate(self, state: np.ndarray, parameters: Parameters, storage: Storage = ...) -> Evaluation:
        """The equations at a state."""

    def load(self, found: Evaluation) -> None:
        """Put an evaluated state into the coefficients of the forms."""

    def content(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """What each test function holds of its species or of its coverage; owned entries."""

    def amounts_of_species(self, found: Evaluation) -> np.ndarray:
        """Amount of each species."""

    @property
    def at_ports(self) -> PortNumbers:
        """What passes the ports."""


@dataclass(frozen=True)
class Evaluation:
    """A state with everything that the equations say of it. Its properties are collective at their first use.

    Attributes:
        problem: whose equations.
        state: unknowns, ghosts included.
        flow: unknowns of the flow, ghosts included; None without flow.
        parameters, storage: at which the equations are evaluated.
        rows: unconstrained residual of the transport equations; owned entries.
        flow_rows: residual of the flow equations where the flow was given; None where it was solved for, and is zero then.
    """

    problem: Equations
    state: np.ndarray
    flow: np.ndarray | None
    parameters: Parameters
    storage: Storage
    rows: np.ndarray
    flow_rows: np.ndarray | None = None

    @cached_property
    def residual(self) -> np.ndarray:
        """Residual whose constrained entries are state minus boundary value; owned entries."""
        return self.problem.boundary_values.constrain(self.rows, self.state, self.parameters)

    @cached_property
    def rates(self) -> np.ndarray:
        """Dimensionless rate at which each species enters at each port; where some follow from others by equilibria, those of
        the totals of components. Shape (ports, species)."""
        return self.problem.at_ports.rates_of(self)

    @cached_property
    def charges(self) -> np.ndarray:
        """Dimensionless flux of the field into each port (n out of the liquid): the charge there; its rate of change is the
        displacement current that enters the device. Shape (ports,)."""
        return self.problem.at_ports.charges_of(self)

    @cached_property
    def excess(self) -> np.ndarray:
        """Charge of each floating conductor beyond what is given, and current of each port that holds one; dimensionless.
        Shape (floating ports,)."""
        return self.problem.at_ports.excess_of(self)

    @cached_property
    def flow_rates(self) -> np.ndarray:
        """Dimensionless flow rate into the device at each port; zeros without flow. Shape (ports,)."""
        return self.problem.at_ports.flow_rates_of(self)

    @cached_property
    def content(self) -> np.ndarray:
        """What each test function holds of its species or of its coverage (zero in the rows of the potential); owned
        entries."""
        return self.problem.content(self.state, self.parameters)

    @property
    def currents(self) -> np.ndarray:
        """Dimensionless conduction current into each port, in molar rates. Shape (ports,)."""
        return self.rates @ np.array(self.problem.valences)

    @property
    def charging(self) -> np.ndarray:
        """Rate of change of the charge at each port, in the units of `charges`. Shape (ports,)."""
        earlier = self.storage.charges
        return np.zeros_like(self.charges) if earlier is None else self.storage.rate * self.charges + earlier

    @property
    def unbalanced(self) -> np.ndarray:
        """The residual without the rows of constrained unknowns; owned entries."""
        rows = self.rows.copy()
        rows[self.problem.boundary_values.owned_entries] = 0.0
        return rows

    @cached_property
    def losses(self) -> np.ndarray:
        """Rate at which charge is lost or made that displacement currents would have to carry, then those of each species.
        Shape (1 + species,)."""
        unknowns = self.problem.unknowns
        total = np.abs(unknowns.comm.allreduce(unknowns.table(self.unbalanced).sum(axis=0)))
        coupling = self.parameters.scales.charge_coupling
        charges, currents, ports = 0.0, 0.0, self.problem.ports
        for k, excess in zip(ports.floating, self.excess if ports.floating else (), strict=True):
            if k in ports.outside:
                continue  # whatever passes there
            if ports.all[k].given == "charge":
                charges += abs(float(excess))
            else:
                currents = max(currents, abs(float(excess)))
        charge = max((total[0] + charges) * self.storage.rate / coupling, currents)
        of_species = total[1 : 1 + len(unknowns.of_species)]
        of_species[list(self.problem.followers)] = 0.0  # their rows are equilibria
        return np.array([charge, *of_species])

    @property
    def imbalance(self) -> float:
        """Net charge that would pile up in the device per unit of time, over the largest current of a port; where a current
        is held, which may be none, over that of a species."""
        totals, ports = self.currents, self.problem.ports
        if not totals.any():  # a closed device that only charges
            return 0.0
        held = any(ports.all[k].given == "current" for k in ports.floating)
        sizes = np.abs(self.rates * np.array(self.problem.valences)) if held else np.abs(totals)
        return float(abs(totals.sum()) / sizes.max())

    @property
    def amounts(self) -> np.ndarray:
        """Dimensionless amount of each species in the device; where some follow from others by equilibria, the totals of the
        components. Shape (species,). Collective."""
        unknowns = self.problem.unknowns
        return np.asarray(unknowns.comm.allreduce(unknowns.electrochemical(self.content).sum(axis=0)))

    @cached_property
    def amounts_of_species(self) -> np.ndarray:
        """The same, of each species for itself. Shape (species,). Collective."""
        return self.problem.amounts_of_species(self)
