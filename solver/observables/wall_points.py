"""Points on a wall at the cross-sections of profiles.csv, each on the rank that owns the liquid there.

The state is evaluated on the facets of the wall themselves, so that it is the trace which the equations see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialSections

CHANNEL = "channel"


@dataclass(frozen=True)
class WallPoints:
    """A wall at the cross-sections of profiles.

    Attributes:
        count: of all cross-sections.
        section: index of the cross-section of each local point. Shape (points,).
        points: local points on the wall in mesh units. Shape (points, 3). cells: of each local point. Shape (points,).
        comm: ranks that share the points.
    """

    count: int
    section: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    comm: MPI.Comm

    @classmethod
    def of(cls, problem: Problem, sections: AxialSections, wall: str = CHANNEL) -> WallPoints:
        """Where the cross-sections meet a wall. Collective."""
        z, comm = sections.position / problem.tagged.unit, sections.comm
        ends, cells = _facets(problem.tagged, wall, None if problem.liquid is None else problem.liquid.inside)
        facet = _facet_at(ends, z, sections.inside if wall == CHANNEL else np.ones(len(z), dtype=bool))
        claim = np.where(facet >= 0, comm.rank, comm.size)
        winner = np.empty_like(claim)
        comm.Allreduce(claim, winner, op=MPI.MIN)
        mine = np.flatnonzero((winner == comm.rank) & (facet >= 0))
        start, stop = ends[facet[mine], 0], ends[facet[mine], 1]
        points = np.zeros((len(mine), 3))
        points[:, 0] = z[mine]
        points[:, 1] = start[:, 1] + (z[mine] - start[:, 0]) / (stop - start)[:, 0] * (stop - start)[:, 1]
        return cls(len(z), mine, points, cells[facet[mine]], comm)

    def of_all_ranks(self, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Values at the local points as values at all cross-sections; NaN where these have no wall. Collective."""
        local = np.zeros((1 + len(columns), self.count))
        local[0, self.section] = 1.0
        for row, column in zip(local[1:], columns, strict=True):
            row[self.section] = column
        there, *found = self.comm.allreduce(local, op=MPI.SUM)
        return [np.where(there > 0, column, np.nan) for column in found]


def _facets(tagged: TaggedMesh, wall: str, liquid: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the facets of a wall, in mesh units, and the liquid cell of each, of the cells that this rank owns.
    Shapes (facets, 2, 2) and (facets,)."""
    topology = tagged.mesh.topology
    dimension = topology.dim - 1
    topology.create_connectivity(dimension, topology.dim)
    owned, cells_of = topology.index_map(topology.dim).size_local, topology.connectivity(dimension, topology.dim)
    pairs = [
        (facet, cell)
        for facet in tagged.facets_of(wall)
        for cell in cells_of.links(facet)
        if cell < owned and (liquid is None or liquid[cell])
    ]
    if not pairs:
        return np.zeros((0, 2, 2)), np.zeros(0, dtype=np.int32)
    facets, cells = np.array(pairs, dtype=np.int32).T.copy()
    nodes = dmesh.entities_to_geometry(tagged.mesh, dimension, facets)
    return tagged.mesh.geometry.x[nodes][:, :, :2].reshape(-1, 2, 2), cells


def _facet_at(ends: np.ndarray, z: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Number of a facet above each axial position, -1 without one. Shape of z."""
    found = np.full(len(z), -1)
    low, high = ends[:, :, 0].min(axis=1, initial=np.inf), ends[:, :, 0].max(axis=1, initial=-np.inf)
    for i in np.flatnonzero(wanted):
        over = np.flatnonzero((low <= z[i]) & (z[i] <= high) & (high > low))
        if len(over):
            found[i] = over[0]
    return found
