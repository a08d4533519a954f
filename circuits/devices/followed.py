"""Concentrations at the terminals of a device that follow from compartments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from solver.case.case import Case
from solver.discretization.boundary import across_end
from solver.discretization.build import normal_at
from solver.discretization.end_profile import equilibrium
from solver.discretization.parameter_names import concentration_at
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem


class Followed:
    """The concentrations of one device that follow, which its linearised problem has as further unknowns. Collective.

    Args:
        problem, case: of the device.
        names: terminal and species of each.
    """

    def __init__(self, problem: Problem, case: Case, names: Sequence[tuple[str, str]]) -> None:
        self._problem, self._case = problem, case
        species = [solute.name for solute in problem.solutes]
        problem.floating.follow([(problem.ports.index(terminal), species.index(name)) for terminal, name in names])
        self._names = list(names)
        self._keys = [concentration_at(terminal, name) for terminal, name in names]
        # charged ends of channels are in equilibrium with their compartment, and change with it
        self._ends = [
            (number, port.name)
            for number, port in enumerate(problem.ports.terminals)
            if port.name in dict(names) and equilibrium(case, port.name) is not None
        ]

    @property
    def count(self) -> int:
        """Number of these concentrations."""
        return len(self._names)

    def put(self, parameters: Parameters, logarithms: np.ndarray) -> Parameters:
        """The parameters with these concentrations, as logarithms of mol/m^3."""
        if not self.count:
            return parameters
        values = dict(zip(self._keys, np.exp(logarithms).tolist(), strict=True))
        found = parameters.with_values(values)
        if not self._ends:
            return found
        profiles = list(found.profiles)
        for number, terminal in self._ends:
            profiles[number] = self._profile(number, terminal, logarithms)
        return replace(found, profiles=tuple(profiles))

    def read(self, parameters: Parameters) -> list[float]:
        """Logarithms of these concentrations."""
        return [float(np.log(parameters[key])) for key in self._keys]

    def move(self, state: np.ndarray, before: Parameters, after: Parameters) -> None:
        """Bring the potentials of a state (with ghosts) at charged ends into equilibrium with other concentrations."""
        potential = self._problem.unknowns.potential(state)
        for number, _ in self._ends:
            nodes = self._problem.ports.terminals[number].nodes
            potential[nodes] += (after.profiles[number] - before.profiles[number]) / after.scales.potential

    def _profile(self, number: int, terminal: str, logarithms: np.ndarray) -> np.ndarray:
        """Equilibrium potential (V) at the nodes of an end."""
        named = zip(self._names, np.exp(logarithms).tolist(), strict=True)
        own = {species: concentration for (at, species), concentration in named if at == terminal}
        described = self._case.terminals[terminal].model_copy(update={"concentration": None, "concentrations": own})
        case = self._case.model_copy(update={"terminals": {**self._case.terminals, terminal: described}})
        profile, problem = equilibrium(case, terminal), self._problem
        nodes = problem.ports.terminals[number].nodes
        if profile is None:
            return np.zeros(len(nodes))
        places = problem.unknowns.scalar.tabulate_dof_coordinates()[nodes] * problem.tagged.unit
        return np.asarray(profile(across_end(places, normal_at(self._case, terminal), problem.mesh.geometry.dim)))
