"""The transport unknowns and the layout of their arrays: the one place that knows where an entry lies.

The unknowns are the potential, the electrochemical potential of every species and the coverages of walls, interleaved at the
nodes of one blocked Lagrange space. An array of unknowns (a state, a residual, a change) has one entry for each node of this
rank and unknown, ghosts included or not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import basix.ufl
import numpy as np
from dolfinx import fem, la
from dolfinx import mesh as dmesh
from mpi4py import MPI

POTENTIAL = "potential"


def electrochemical(species: str) -> str:
    """Name of the electrochemical potential of a species."""
    return f"electrochemical_potential_{species}"


def coverage(wall: str, key: str, name: str) -> str:
    """Name of a coverage of a law of a wall."""
    return f"walls.{wall}.{key}.{name}"


@dataclass(frozen=True)
class WallUnknown:
    """An amount by area on a wall.

    Attributes:
        name: see `coverage`.
        facets: local facets of the wall.
        weight: what a change of the unknown counts beside one of a potential by a thermal voltage.
    """

    name: str
    facets: np.ndarray
    weight: float = 1.0


class Unknowns:
    """Names, spaces and array layout of the transport unknowns on a mesh.

    Args:
        mesh: where they live.
        species: names of the species.
        degree: of the elements.
        supports: local cells (ghosts included) on which an unknown exists, by name; everywhere without an entry. Elsewhere
            its entries are idle: identity rows of every matrix, zero in every state.
        absent: names of unknowns that the equations do not have: idle everywhere.
        on_walls: coverages, which exist on the nodes of walls alone.
    """

    def __init__(
        self,
        mesh: dmesh.Mesh,
        species: Sequence[str],
        degree: int,
        supports: Mapping[str, np.ndarray] | None = None,
        absent: Collection[str] = (),
        on_walls: Sequence[WallUnknown] = (),
    ) -> None:
        self.of_species = tuple(electrochemical(name) for name in species)
        self.of_walls = tuple(each.name for each in on_walls)
        self.names = (POTENTIAL, *self.of_species, *self.of_walls)
        self.width = len(self.names)
        cell = mesh.basix_cell()
        self.space = fem.functionspace(mesh, basix.ufl.element("Lagrange", cell, degree, shape=(self.width,)))
        self.scalar = fem.functionspace(mesh, basix.ufl.element("Lagrange", cell, degree))
        # Nodes of the blocked space are numbered as those of the scalar one; everything here relies on it.
        if not np.array_equal(self.space.dofmap.list, self.scalar.dofmap.list):
            raise RuntimeError("DOLFINx numbers the nodes of the blocked space differently")
        index_map = self.scalar.dofmap.index_map
        self.owned_nodes = int(index_map.size_local)
        self.nodes = int(index_map.size_local + index_map.num_ghosts)
        self.owned = self.owned_nodes * self.width
        self.size = self.nodes * self.width
        self.comm: MPI.Comm = mesh.comm
        outside = self._idle(supports or {})
        everywhere = [self.entries(np.arange(self.nodes), name) for name in absent]
        beside = [self._beside(each, mesh.topology.dim - 1) for each in on_walls]
        self.absent = frozenset(absent)
        """Names of unknowns that the equations do not have."""
        self.idle_on_walls = np.concatenate([np.zeros(0, dtype=np.int64), *beside])
        """Local entries of coverages beside their walls, ghosts included."""
        self.idle = np.unique(np.concatenate([outside, *everywhere, self.idle_on_walls]))
        """Local entries of unknowns outside their support, ghosts included, sorted."""
        self.owned_idle = self.idle[self.idle < self.owned]
        """Those of this rank."""
        self.incomplete = np.unique(outside // self.width)
        """Local nodes in solids: some unknown of the equations does not exist there. Ghosts included, sorted."""
        self.owned_incomplete = self.incomplete[self.incomplete < self.owned_nodes]
        """Those of this rank."""
        self._complete = np.setdiff1d(np.arange(self.owned_nodes), self.owned_incomplete)
        self._exchanged = fem.Function(self.space)
        self._weights = np.array([each.weight for each in on_walls])

    def _beside(self, unknown: WallUnknown, dimension: int) -> np.ndarray:
        """Local entries of a coverage on nodes beside its wall. Collective."""
        nodes = fem.locate_dofs_topological(self.scalar, dimension, unknown.facets)
        return self.entries(np.setdiff1d(np.arange(self.nodes), nodes), unknown.name)

    def _idle(self, supports: Mapping[str, np.ndarray]) -> np.ndarray:
        """Local entries of unknowns on nodes outside their support. Collective."""
        found = [np.zeros(0, dtype=np.int64)]
        for name, cells in supports.items():
            inside = fem.Function(self.scalar).x
            inside.array[self.scalar.dofmap.list[cells].ravel()] = 1.0
            inside.scatter_reverse(la.InsertMode.add)  # the cells around a node may lie on several ranks
            inside.scatter_forward()
            found.append(self.entries(np.flatnonzero(inside.array == 0.0), name))
        return np.unique(np.concatenate(found))

    @property
    def global_size(self) -> int:
        """Number of unknowns on all ranks."""
        return int(self.scalar.dofmap.index_map.size_global) * self.width

    def index(self, name: str) -> int:
        """Position of an unknown among those of a node."""
        return self.names.index(name)

    def table(self, array: np.ndarray) -> np.ndarray:
        """View of an array (owned entries, or with ghosts). Shape (nodes, unknowns)."""
        return array.reshape(-1, self.width)

    def part(self, array: np.ndarray, name: str) -> np.ndarray:
        """View of the entries of one unknown. Shape (nodes,)."""
        return self.table(array)[:, self.index(name)]

    def potential(self, array: np.ndarray) -> np.ndarray:
        """View of the entries of the potential. Shape (nodes,)."""
        return self.table(array)[:, 0]

    def electrochemical(self, array: np.ndarray) -> np.ndarray:
        """View of the entries of the electrochemical potentials. Shape (nodes, species)."""
        return self.table(array)[:, 1 : 1 + len(self.of_species)]

    def coverages(self, array: np.ndarray) -> np.ndarray:
        """View of the entries of the coverages. Shape (nodes, coverages)."""
        return self.table(array)[:, 1 + len(self.of_species) :]

    def entries(self, nodes: np.ndarray, name: str) -> np.ndarray:
        """Positions in an array of one unknown at some local nodes."""
        return np.asarray(nodes, dtype=np.int64) * self.width + self.index(name)

    def split(self, function: fem.Function) -> tuple[Any, list[Any]]:
        """Potential and electrochemical potentials of a function (or argument) of the space, as UFL expressions."""
        return function[0], [function[1 + i] for i in range(len(self.of_species))]

    def on_walls(self, function: fem.Function) -> dict[str, Any]:
        """Coverages of a function (or argument) of the space by name, as UFL expressions."""
        return {name: function[self.index(name)] for name in self.of_walls}

    def empty(self) -> np.ndarray:
        """A state of zeros, ghosts included."""
        return np.zeros(self.size)

    def rescaled(self, state: np.ndarray, ratio: float) -> np.ndarray:
        """A state whose electrochemical potentials refer to a scale of concentration, referred to one that is that divided by
        `ratio`."""
        found = state.copy()
        self.electrochemical(found)[:] += np.log(ratio)
        return found

    def minus(self, state: np.ndarray, change: np.ndarray) -> np.ndarray:
        """A state (ghosts included) less a change of its owned entries, ghosts brought up to date. Collective."""
        found = state.copy()
        found[: self.owned] -= change
        return self.with_ghosts(found)

    def with_ghosts(self, array: np.ndarray) -> np.ndarray:
        """Owned entries of an array (with or without ghosts) with those of the ghosts. Collective."""
        self._exchanged.x.array[: self.owned] = array[: self.owned]
        self._exchanged.x.scatter_forward()
        return self._exchanged.x.array.copy()

    def largest(self, change: np.ndarray) -> float:
        """Largest absolute entry on all ranks of a change, at nodes where all unknowns exist: in solids the equations are
        linear, and what changes there limits no step. Coverages count by their weights. Collective."""
        found = self._within(change)
        if self.of_walls:
            found = np.abs(found)
            self.coverages(found)[:] *= self._weights
        return self._maximum(found)

    def largest_potential(self, change: np.ndarray) -> float:
        """The same without coverages: the equations are linear in these, and their changes limit no step. Collective."""
        return self._maximum(self._within(change)[:, : 1 + len(self.of_species)])

    def _within(self, change: np.ndarray) -> np.ndarray:
        table = self.table(change)
        return table[self._complete] if self.idle.size else table

    def _maximum(self, table: np.ndarray) -> float:
        return float(self.comm.allreduce(float(np.abs(table).max(initial=0.0)), op=MPI.MAX))
