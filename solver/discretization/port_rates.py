"""Rates at which species enter a problem: through its terminals, and at walls whose laws give a flux.

At a terminal the rate is a sum of residual rows; at a wall it is the integral of the law, which the rows contain: no sum of
them gives it, for nothing is constrained there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.discretization.parameters import Parameters
from solver.discretization.ports import Ports
from solver.discretization.unknowns import Unknowns
from solver.discretization.wall_laws import WallFlux


class PortRates:
    """Rates at the ports, dimensionless. Collective.

    Args:
        unknowns, ports: of the problem.
        fluxes: of the walls that are ports.
        followers: numbers of the species that follow from others by equilibria: what enters of them is counted with those.
    """

    def __init__(
        self, unknowns: Unknowns, ports: Ports, fluxes: Sequence[WallFlux], followers: Sequence[int] = ()
    ) -> None:
        self._unknowns, self._ports, self._followers = unknowns, ports, list(followers)
        self._fluxes = [(ports.index(flux.into_liquid.name), flux) for flux in fluxes]

    @property
    def by_laws(self) -> bool:
        """Whether species enter at any wall."""
        return bool(self._fluxes)

    def at(self, port: str) -> list[WallFlux]:
        """Fluxes by laws at a port."""
        return [flux for _, flux in self._fluxes if flux.into_liquid.name == port]

    def total(self, rows: np.ndarray) -> np.ndarray:
        """Rate at which each species enters at each port, of the state that is loaded, whose unconstrained residual is
        `rows`. Shape (ports, species)."""
        local = np.zeros((len(self._ports.all), len(self._unknowns.of_species)))
        for j, flux in self._fluxes:
            local[j, flux.species] += fem.assemble_scalar(flux.into_liquid.total)
        return self._at_terminals(rows) + self._sum(local)

    def response(self, parameters: Parameters, rows: np.ndarray, change: np.ndarray, raised: np.ndarray) -> np.ndarray:
        """Change of the rates by a change of the state (owned entries) which changes the unconstrained residual by `rows`,
        and by changes of the potentials of the ports, in thermal voltages. The state and its parameters are loaded.
        Shape (ports, species)."""
        local = np.zeros((len(self._ports.all), len(self._unknowns.of_species)))
        for j, flux in self._fluxes:
            local[j, flux.species] += flux.into_liquid.slope(self._unknowns.with_ghosts(change))
            if raised[j]:
                by_potential = flux.into_liquid.by_potential() * parameters.scales.potential
                local[j, flux.species] += raised[j] * by_potential
        return self._at_terminals(rows) + self._sum(local)

    def _at_terminals(self, rows: np.ndarray) -> np.ndarray:
        found = self._ports.species_sums(rows)
        found[:, self._followers] = 0.0  # their rows are equilibria
        return found

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._unknowns.comm.allreduce(local, op=MPI.SUM)) if self._fluxes else local
