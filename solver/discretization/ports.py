"""Ports: whatever exchanges species, charge or volume with the outside of the device.

Ports are the terminals, after them the walls of metal (electrodes and floating conductors), and then the open walls: those
at which species enter, or whose charge follows from their zeta potential. What enters at a port
follows from the rows of the residual at its nodes, never from gradients on the boundary: the unconstrained residual of a
species, summed over the nodes of a terminal, is the rate at which it enters there, and that of the potential is the flux of
the field.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import TerminalCondition, WallCondition
from solver.discretization.unknowns import Unknowns


@dataclass(frozen=True)
class Port:
    """One port.

    Attributes:
        name: of the terminal or wall.
        key: dotted key of its potential.
        nodes: local nodes of the scalar space on it.
        passes_ions: whether species enter there: at terminals, and at electrodes with reactions.
        holds_species: whether their values may be given at its nodes, so that what enters is in the rows there: a terminal.
        passes_flow: whether liquid enters there.
        holds_potential: whether the potential at its nodes is its own, rather than beyond a layer with a charge by a law or
            beyond reactions in an electroneutral device, or that of an insulator.
        holds_zeta: whether the potential at its nodes is given against that of the virtual solution.
        given: what is held there; where it is not the potential, this follows.
        field_nodes: those of the nodes whose potential or zeta potential it holds: where two ports meet, the later one does;
            none of an insulator.
    """

    name: str
    key: str
    nodes: np.ndarray
    passes_ions: bool
    holds_species: bool
    passes_flow: bool
    holds_potential: bool
    given: Literal["potential", "charge", "current"]
    field_nodes: np.ndarray
    holds_zeta: bool = False

    @property
    def floats(self) -> bool:
        """Whether its potential follows."""
        return self.given != "potential"


class Ports:
    """The ports of a device in the order terminals, electrodes, open walls. Collective sums over their nodes.

    Args:
        unknowns: layout of the rows that are summed.
        tagged: the mesh with its boundary names.
        terminals, walls: conditions of the device.
        apart: names of walls whose metal has another potential than the liquid at it: behind a layer whose charge follows
            from a law, and in electroneutral devices.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        tagged: TaggedMesh,
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        apart: Collection[str] = (),
    ) -> None:
        self._unknowns = unknowns
        dimension = tagged.mesh.topology.dim - 1

        def nodes_of(name: str) -> np.ndarray:
            found = fem.locate_dofs_topological(unknowns.scalar, dimension, tagged.facets_of(name))
            return np.asarray(found)

        found: list[Port] = []  # from the last to the first
        taken: np.ndarray = np.zeros(0, np.int32)
        for wall in reversed([wall for wall in walls if wall.is_open]):
            nodes, key = nodes_of(wall.name), f"walls.{wall.name}.zeta_potential"
            own = np.setdiff1d(nodes, taken) if wall.holds_zeta else nodes[:0]
            taken = np.union1d(taken, own)
            water = wall.passes_water
            found.append(Port(wall.name, key, nodes, False, False, water, False, "potential", own, wall.holds_zeta))
        open_walls = len(found)
        for wall in reversed([wall for wall in walls if wall.is_port]):
            nodes, holds = nodes_of(wall.name), wall.name not in apart
            own = np.setdiff1d(nodes, taken)
            taken = np.union1d(taken, own) if holds else taken
            key = f"walls.{wall.name}.potential"
            found.append(Port(wall.name, key, nodes, wall.passes_ions, False, False, holds, wall.given, own))
        metals = len(found)
        for terminal in reversed(terminals):
            nodes = nodes_of(terminal.name)
            own = np.setdiff1d(nodes, taken)
            taken = np.union1d(taken, own)
            key = f"terminals.{terminal.name}.potential"
            found.append(Port(terminal.name, key, nodes, True, True, True, True, terminal.given, own))
        self.all = tuple(reversed(found))
        starts = len(found) - metals, len(found) - open_walls
        self.terminals, self.electrodes = self.all[: starts[0]], self.all[starts[0] : starts[1]]
        self.open_walls = self.all[starts[1] :]
        self.floating = tuple(k for k, port in enumerate(self.all) if port.floats)
        """Numbers of the ports whose potential follows."""
        self.outside: frozenset[int] = frozenset()
        """Numbers of those among them whose potential something outside fixes: a circuit. It is that of the parameters."""

    @property
    def names(self) -> list[str]:
        """Names of all ports."""
        return [port.name for port in self.all]

    def index(self, name: str) -> int:
        """Number of a port."""
        return self.names.index(name)

    def species_sums(self, rows: np.ndarray) -> np.ndarray:
        """Sums of residual-like rows (owned, or with ghosts) of the species over the nodes of each terminal; zero of other
        ports. Shape (ports, species). Collective."""
        components = self._unknowns.electrochemical(rows)
        local = np.zeros((len(self.all), components.shape[1]))
        for j, port in enumerate(self.all):
            if port.holds_species:
                local[j] = components[self.owned(port.nodes)].sum(axis=0)
        return np.asarray(self._unknowns.comm.allreduce(local, op=MPI.SUM))

    def field_sums(self, rows: np.ndarray) -> np.ndarray:
        """Sums of residual-like rows of the potential over this rank's nodes of each port. Shape (ports,)."""
        components = self._unknowns.potential(rows)
        return np.array([components[self.owned(port.field_nodes)].sum() for port in self.all])

    def owned(self, nodes: np.ndarray) -> np.ndarray:
        """Those of local nodes that this rank owns."""
        return nodes[nodes < self._unknowns.owned_nodes]
