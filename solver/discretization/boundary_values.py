"""Given values of the transport unknowns: at terminals, at bare electrodes, at walls of given zeta potential, and where an
unknown does not exist.

At a wall of given zeta potential the value depends on the state: phi = zeta + phi_v, where the potential phi_v of the virtual
solution follows from the electrochemical potentials at the node,

    sum_i z_i exp(mu_i - z_i phi_v) = 0,   d phi_v / d mu_i = z_i c_v,i / sum_j z_j^2 c_v,j   (ideal electrolytes).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from solver.discretization.boundary import Solute, TerminalCondition
from solver.discretization.parameter_names import CHARGING
from solver.discretization.parameters import Parameters
from solver.discretization.ports import Ports
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel


class BoundaryValues:
    """Entries of a state whose values are given, and these values at any parameters.

    Args:
        unknowns: layout of the state.
        model: of the electrolyte, for the electrochemical potentials of reservoirs.
        ports: of the device.
        terminals: conditions of those that hold potential and species.
        solutes: the species.
        scale: of concentrations, mol/m^3.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        model: ElectrolyteModel,
        ports: Ports,
        terminals: Sequence[TerminalCondition],
        solutes: Sequence[Solute],
        scale: float,
    ) -> None:
        self._unknowns, self._model, self._scale = unknowns, model, scale
        self._valences = tuple(solute.valence for solute in solutes)
        held = [[terminal.holds(i, solute.name) for i, solute in enumerate(solutes)] for terminal in terminals]
        self._held = np.array(held, dtype=bool).reshape(len(terminals), len(solutes))
        self._ports, self._terminals = ports, ports.terminals
        self._bare = [port for port in ports.electrodes if port.holds_potential]
        """Ports without ions at which the liquid has the potential of the metal."""
        self._zetas = [port for port in ports.open_walls if port.holds_zeta]
        parts = [unknowns.entries(port.nodes, POTENTIAL) for port in (*self._terminals, *self._bare)]
        parts += [unknowns.entries(port.field_nodes, POTENTIAL) for port in self._zetas]
        of_species = [np.zeros(0, np.int64)]
        for j, port in enumerate(self._terminals):
            held_there = [name for i, name in enumerate(unknowns.of_species) if self._held[j, i]]
            of_species += [unknowns.entries(port.nodes, name) for name in held_there]
        self.entries = np.unique(np.concatenate([unknowns.idle, *parts, *of_species]))
        """Local entries of constrained unknowns, ghosts included, sorted."""
        self.owned_entries = self.entries[self.entries < unknowns.owned]
        """Those of this rank."""
        self.owned_species = (given := np.unique(np.concatenate(of_species)))[given < unknowns.owned]
        """Those of species at terminals that hold them."""

    def values(self, parameters: Parameters) -> np.ndarray:
        """A state that holds the given values in its constrained entries and zero elsewhere, ghosts included; zero where the
        zeta potential is given, too."""
        found = self._unknowns.empty()
        potential = self._unknowns.potential(found)
        unit = parameters.scales.potential
        reservoirs = self._reservoirs(parameters)
        for j, port in enumerate(self._terminals):
            voltage = parameters[port.key] / unit
            potential[port.nodes] = voltage + parameters.profiles[j] / unit
            for i, name in enumerate(self._unknowns.of_species):
                if self._held[j, i]:
                    self._unknowns.part(found, name)[port.nodes] = reservoirs[j, i] + self._valences[i] * voltage
        for port in self._bare:
            potential[port.nodes] = parameters[port.key] / unit
        found[self._unknowns.idle] = 0.0  # a terminal may border on solids, too
        return found

    def constrain(self, rows: np.ndarray, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Rows of a residual with state minus given value in the constrained ones; owned entries."""
        found, mine = rows.copy(), self.owned_entries
        wanted = self.values(parameters)
        self._add_zeta(wanted, state, parameters)
        found[mine] = state[mine] - wanted[mine]
        return found

    def impose(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """The state with the given values in its constrained entries, ghosts included. The potentials of ports where these
        follow are those of the parameters."""
        found = state.copy()
        found[self.entries] = self.values(parameters)[self.entries]
        self._add_zeta(found, found, parameters)
        return found

    def couple(self, matrix: PETSc.Mat, state: np.ndarray) -> None:
        """Put the derivatives of the constraints at walls of given zeta potential by the electrochemical potentials into the
        rows of a Jacobian, which are those of the identity. Collective."""
        if not self._zetas:
            return
        first, _ = matrix.getOwnershipRange()
        for port in self._zetas:
            nodes = port.field_nodes[port.field_nodes < self._unknowns.owned_nodes]
            rows = first + self._unknowns.entries(nodes, POTENTIAL)
            columns = [first + self._unknowns.entries(nodes, name) for name in self._unknowns.of_species]
            mu = list(self._unknowns.electrochemical(state)[nodes].T)
            virtual = self._model.neutral_potential(mu, self._valences, self._scale, NUMBERS)
            slopes = self._model.neutral_slopes(mu, self._valences, virtual, self._scale)
            for row, places, values in zip(rows, np.transpose(columns), np.transpose(slopes), strict=True):
                matrix.setValues([row], places.astype(PETSc.IntType), -values)
        matrix.assemble()

    def _add_zeta(self, found: np.ndarray, state: np.ndarray, parameters: Parameters) -> None:
        """Put the potentials at walls of given zeta potential into an array, by the electrochemical potentials of a state."""
        for port in self._zetas:
            zeta = parameters[CHARGING] * parameters[port.key] / parameters.scales.potential
            mu = self._unknowns.electrochemical(state)[port.field_nodes]
            with np.errstate(
                over="ignore", invalid="ignore", divide="ignore"
            ):  # Newton's method sees that it is no number
                virtual = self._model.neutral_potential(list(mu.T), self._valences, self._scale, NUMBERS)
            self._unknowns.potential(found)[port.field_nodes] = zeta + virtual

    def by_potential(self, number: int) -> np.ndarray:
        """Derivative of state minus given value by the potential of a terminal, per thermal voltage; owned entries."""
        port, unknowns = self._terminals[number], self._unknowns
        column = np.zeros(unknowns.owned)
        column[unknowns.entries(self._ports.owned(port.field_nodes), POTENTIAL)] = -1.0
        for i, name in enumerate(unknowns.of_species):
            if self._held[number, i]:
                column[unknowns.entries(self._ports.owned(port.nodes), name)] = -self._valences[i]
        column[unknowns.owned_idle] = 0.0
        return column

    def by_concentration(self, number: int, species: int) -> np.ndarray:
        """The same by the logarithm of the concentration of a species there, in an ideal electrolyte."""
        unknowns, column = self._unknowns, np.zeros(self._unknowns.owned)
        name, nodes = unknowns.of_species[species], self._ports.owned(self._terminals[number].nodes)
        column[unknowns.entries(nodes, name)] = -1.0
        column[unknowns.owned_idle] = 0.0
        return column

    def at_terminal(self, number: int, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Potential (thermal voltages) of a terminal by a state at each of its nodes. Where the potential is no unknown it is
        that of the first ion which the terminal holds: mu less that of the reservoir, over its valence. Shape (nodes,)."""
        port, unknowns = self._terminals[number], self._unknowns
        if POTENTIAL not in unknowns.absent:
            return unknowns.potential(state)[port.nodes] - parameters.profiles[number] / parameters.scales.potential
        ions = zip(
            unknowns.of_species, self._valences, self._held[number], self._reservoirs(parameters)[number], strict=True
        )
        name, z, mu = next((name, z, mu) for name, z, held, mu in ions if held and z)
        return (unknowns.part(state, name)[port.nodes] - mu) / z

    def at_rest(self, parameters: Parameters) -> np.ndarray:
        """A state without potential and with the mean chemical potential of the reservoirs, or that of the filling, ghosts
        included."""
        found = self._unknowns.empty()
        if self._terminals:
            chemical = np.nanmean(self._reservoirs(parameters), axis=0)
        else:
            scale = parameters.reference.concentration
            chemical = np.array(self._model.chemical_potentials(list(parameters.filling), scale, NUMBERS))
        self._unknowns.electrochemical(found)[:] = chemical
        found[self._unknowns.idle] = 0.0
        return found

    def _reservoirs(self, parameters: Parameters) -> np.ndarray:
        """Electrochemical potential of each species in the reservoirs at zero potential, over RT; nan where it is free. Shape
        (terminals, species)."""
        scale = parameters.reference.concentration
        found = [self._model.chemical_potentials(list(row), scale, NUMBERS) for row in parameters.concentrations]
        return np.array(found, dtype=float).reshape(len(self._terminals), len(self._valences))
