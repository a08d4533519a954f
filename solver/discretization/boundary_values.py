"""Given values of the transport unknowns: at terminals, at bare electrodes, and where an unknown does not exist."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.discretization.parameters import Parameters
from solver.discretization.ports import Port
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel


class BoundaryValues:
    """Entries of a state whose values are given, and these values at any parameters.

    Args:
        unknowns: layout of the state.
        model: of the electrolyte, for the electrochemical potentials of reservoirs.
        valences: of the species.
        terminals: ports that hold potential and species.
        held: whether each terminal holds each species. Shape (terminals, species).
        bare: ports without ions at which the liquid has the potential of the metal.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        model: ElectrolyteModel,
        valences: Sequence[int],
        terminals: Sequence[Port],
        held: np.ndarray,
        bare: Sequence[Port],
    ) -> None:
        floating = [unknowns.entries(port.field_nodes, POTENTIAL) for port in bare if port.floats]
        self._floating = np.concatenate([np.zeros(0, dtype=np.int64), *floating])
        self._unknowns, self._model, self._valences = unknowns, model, np.array(valences)
        self._terminals, self._held, self._bare = tuple(terminals), held, tuple(bare)
        parts = [unknowns.entries(port.nodes, POTENTIAL) for port in (*terminals, *bare)]
        for j, port in enumerate(terminals):
            parts += [unknowns.entries(port.nodes, name) for i, name in enumerate(unknowns.of_species) if held[j, i]]
        self.entries = np.unique(np.concatenate([unknowns.idle, *parts]))
        """Local entries of constrained unknowns, ghosts included, sorted."""
        self.owned_entries = self.entries[self.entries < unknowns.owned]
        """Those of this rank."""

    def values(self, parameters: Parameters) -> np.ndarray:
        """A state that holds the given values in its constrained entries and zero elsewhere, ghosts included."""
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
        found[mine] = state[mine] - self.values(parameters)[mine]
        return found

    def impose(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """The state with the given values in its constrained entries, ghosts included. The potentials of floating conductors
        are not given: they stay."""
        found = state.copy()
        found[self.entries] = self.values(parameters)[self.entries]
        found[self._floating] = state[self._floating]
        return found

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
