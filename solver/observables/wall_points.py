"""Points on a wall at the cross-sections of profiles.csv, each on the rank that owns the liquid there.

In three dimensions they are points of a rule on the lines along which the planes of the cross-sections cut the wall, so that
what is given is the mean around the channel, by length. The state is evaluated on the facets of the wall themselves, so
that it is the trace which the equations see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.compat import nodes_of_cells
from meshes.tagged import TaggedMesh
from solver.discretization.cell_points import CellPoints, placed
from solver.discretization.problem import Problem
from solver.observables.cuts import crossed, pieces_of_triangles
from solver.observables.level_cuts import CORNERS
from solver.observables.profiles import AxialSections

CHANNEL = "channel"

LINE = (np.array([-1.0, 1.0]) / np.sqrt(3.0) + 1.0) / 2.0
"""Points of equal weight between the ends of a line, exact to degree 3."""


@dataclass(frozen=True)
class WallPoints:
    """A wall at the cross-sections of profiles.

    Attributes:
        count: of all cross-sections.
        section: index of the cross-section of each local point. Shape (points,).
        points: local points on the wall in mesh units. Shape (points, 3). cells: of each local point. Shape (points,).
        comm: ranks that share the points.
        weight: length of the wall that each local point stands for; None where a cross-section has one. Shape (points,).
        reference: the local points in the reference cell, where they are known. Shape (points, dimension).
    """

    count: int
    section: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    comm: MPI.Comm
    weight: np.ndarray | None = None
    reference: np.ndarray | None = None

    @property
    def at(self) -> CellPoints:
        """The local points."""
        return CellPoints(self.points, self.cells, self.reference)

    @classmethod
    def of(cls, problem: Problem, sections: AxialSections, wall: str = CHANNEL) -> WallPoints:
        """Where the cross-sections meet a wall. Collective."""
        z, comm = sections.position / problem.tagged.unit, sections.comm
        liquid = None if problem.liquid is None else problem.liquid.inside
        wanted = sections.inside if wall == CHANNEL else np.ones(len(z), dtype=bool)
        if problem.tagged.mesh.topology.dim == 3:
            return cls._around(problem.tagged, wall, liquid, z, np.flatnonzero(wanted))
        ends, cells = _ends(problem.tagged, *_facets(problem.tagged, wall, liquid))
        facet = _facet_at(ends, z, wanted)
        claim = np.where(facet >= 0, comm.rank, comm.size)
        winner = np.empty_like(claim)
        comm.Allreduce(claim, winner, op=MPI.MIN)
        mine = np.flatnonzero((winner == comm.rank) & (facet >= 0))
        start, stop = ends[facet[mine], 0], ends[facet[mine], 1]
        points = np.zeros((len(mine), 3))
        points[:, 0] = z[mine]
        points[:, 1] = start[:, 1] + (z[mine] - start[:, 0]) / (stop - start)[:, 0] * (stop - start)[:, 1]
        return cls(len(z), mine, points, cells[facet[mine]], comm)

    @classmethod
    def _around(
        cls, tagged: TaggedMesh, wall: str, liquid: np.ndarray | None, z: np.ndarray, wanted: np.ndarray
    ) -> WallPoints:
        """Points around the wall at wanted axial positions (their indices, ascending)."""
        mesh = tagged.mesh
        facets, cells = _facets(tagged, wall, liquid)
        corners = _corners_in_cells(mesh, facets, cells)
        heights = mesh.geometry.x[nodes_of_cells(mesh)[cells[:, None], corners], 0].reshape(-1, 3)
        which, number = crossed(heights, z[wanted])
        lines = pieces_of_triangles(heights[which], z[wanted][number]) @ CORNERS[corners[which]]
        sides = np.repeat(lines[:, 1] - lines[:, 0], len(LINE), axis=0)
        reference = (lines[:, :1] + LINE[:, None] * (lines[:, 1:] - lines[:, :1])).reshape(-1, 3)
        at = np.repeat(cells[which], len(LINE))
        points, jacobians = placed(mesh, at, reference)
        length = np.linalg.norm(np.einsum("pid,pd->pi", jacobians, sides), axis=1) / len(LINE)
        section = np.repeat(wanted[number], len(LINE))
        return cls(len(z), section, points, at, mesh.comm, length, reference)

    def of_all_ranks(self, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Values at the local points as values at all cross-sections; NaN where these have no wall. Collective."""
        local = np.zeros((1 + len(columns), self.count))
        if self.weight is None:
            local[0, self.section] = 1.0
            for row, column in zip(local[1:], columns, strict=True):
                row[self.section] = column
        else:
            for row, column in zip(local, [np.ones(len(self.weight)), *columns], strict=True):
                row[:] = np.bincount(self.section, self.weight * column, minlength=self.count)
        there, *found = self.comm.allreduce(local, op=MPI.SUM)
        scale = 1.0 if self.weight is None else np.where(there > 0, there, 1.0)
        return [np.where(there > 0, column / scale, np.nan) for column in found]


def _facets(tagged: TaggedMesh, wall: str, liquid: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Facets of a wall and the liquid cell of each, of the cells that this rank owns. Shapes (facets,)."""
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
    facets, cells = np.array(pairs, dtype=np.int32).reshape(-1, 2).T.copy()
    return facets, cells


def _ends(tagged: TaggedMesh, facets: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the facets of a wall in mesh units, shape (facets, 2, 2), and their cells."""
    if not len(facets):  # the library does not take none
        return np.zeros((0, 2, 2)), cells
    nodes = dmesh.entities_to_geometry(tagged.mesh, tagged.mesh.topology.dim - 1, facets)
    return tagged.mesh.geometry.x[nodes][:, :, :2].reshape(-1, 2, 2), cells


def _corners_in_cells(mesh: dmesh.Mesh, facets: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Numbers, in its cell, of the corners of each facet of tetrahedra. Shape (facets, 3)."""
    topology = mesh.topology
    topology.create_connectivity(3, 2)
    facets_of = topology.connectivity(3, 2).array.reshape(-1, 4)
    opposite = np.argmax(
        facets_of[cells] == facets[:, None], axis=1
    )  # facet k of a cell is that opposite of its corner k
    return np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])[opposite]


def _facet_at(ends: np.ndarray, z: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Number of a facet above each axial position, -1 without one. Shape of z."""
    found = np.full(len(z), -1)
    low, high = ends[:, :, 0].min(axis=1, initial=np.inf), ends[:, :, 0].max(axis=1, initial=-np.inf)
    for i in np.flatnonzero(wanted):
        over = np.flatnonzero((low <= z[i]) & (z[i] <= high) & (high > low))
        if len(over):
            found[i] = over[0]
    return found
