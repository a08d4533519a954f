"""Charge along a channel wall of given zeta potential, at the cross-sections of profiles.csv.

What the rows of Poisson's equation at the wall leave is the integral of the charge times the function of each node: over the
integral of that function alone it is the charge there, of second order in the length of the cells (exact where the charge is
linear), and all of it adds up to the charge of the wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization.evaluation import Evaluation
from solver.discretization.ports import Port
from solver.discretization.problem import Problem

CHANNEL = "channel"


@dataclass(frozen=True)
class ZetaTrace:
    """The wall of the channel at the cross-sections of profiles.

    Attributes:
        port: of the wall.
        weights: integral of the function of each node over the wall; owned nodes.
        charge: charge at the nodes of the wall, of the last state that was read.
        count: of all cross-sections.
        section: index of the cross-section of each local point. Shape (points,).
        points: local points on the wall in mesh units. Shape (points, 3). cells: of each local point. Shape (points,).
    """

    port: Port
    weights: np.ndarray
    charge: fem.Function
    count: int
    section: np.ndarray
    points: np.ndarray
    cells: np.ndarray

    @classmethod
    def of(cls, problem: Problem, position: np.ndarray, inside: np.ndarray) -> ZetaTrace | None:
        """None for another channel. Collective.

        position, inside: of the cross-sections (m), and whether they lie in the channel. Shape (sections,).
        """
        port = next((each for each in problem.ports.open_walls if each.name == CHANNEL and each.holds_zeta), None)
        if port is None:
            return None
        space, comm, z = problem.unknowns.scalar, problem.mesh.comm, position / problem.tagged.unit
        with problem.clock("compile"):
            form = fem.form(ufl.TestFunction(space) * problem.metric.weight * problem.measures.boundary(CHANNEL))
        vector = fem_petsc.assemble_vector(form)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        weights = np.array(vector.array)
        vector.destroy()
        ends, cells = _facets(problem)
        low, high = ends[:, :, 0].min(axis=1, initial=np.inf), ends[:, :, 0].max(axis=1, initial=-np.inf)
        facet = np.full(len(z), -1)
        for i in np.flatnonzero(inside):
            over = np.flatnonzero((low <= z[i]) & (z[i] <= high) & (low < high))
            facet[i] = over[0] if len(over) else -1
        claim = np.where(facet >= 0, comm.rank, comm.size)
        winner = np.empty_like(claim)
        comm.Allreduce(claim, winner, op=MPI.MIN)
        mine = np.flatnonzero((winner == comm.rank) & (facet >= 0))
        start, stop = ends[facet[mine], 0], ends[facet[mine], 1]
        points = np.zeros((len(mine), 3))
        points[:, 0] = z[mine]
        points[:, 1] = start[:, 1] + (z[mine] - start[:, 0]) / (stop - start)[:, 0] * (stop - start)[:, 1]
        return cls(port, weights, fem.Function(space), len(z), mine, points, cells[facet[mine]])

    def column(self, found: Evaluation) -> np.ndarray:
        """C/m^2 at the cross-sections, NaN where they have no wall. Shape (sections,). Collective."""
        nodes = self.port.field_nodes[self.port.field_nodes < found.problem.unknowns.owned_nodes]
        rows, charge = found.problem.unknowns.potential(found.rows), self.charge.x
        charge.array[nodes] = rows[nodes] / self.weights[nodes]
        charge.scatter_forward()
        local = np.zeros((2, self.count))
        local[0, self.section] = 1.0
        local[1, self.section] = self.charge.eval(self.points, self.cells).reshape(-1)
        there, values = found.problem.mesh.comm.allreduce(local, op=MPI.SUM)
        return np.where(there > 0, values * found.parameters.scales.surface_charge, np.nan)


def _facets(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the facets of the channel wall, in mesh units, and the liquid cell of each, of the cells that this rank owns.
    Shapes (facets, 2, 2) and (facets,)."""
    mesh, liquid = problem.mesh, None if problem.liquid is None else problem.liquid.inside
    dimension = mesh.topology.dim - 1
    mesh.topology.create_connectivity(dimension, dimension + 1)
    owned, cells_of = (
        mesh.topology.index_map(dimension + 1).size_local,
        mesh.topology.connectivity(dimension, dimension + 1),
    )
    pairs = [
        (facet, cell)
        for facet in problem.tagged.facets_of(CHANNEL)
        for cell in cells_of.links(facet)
        if cell < owned and (liquid is None or liquid[cell])
    ]
    facets, cells = np.array(pairs, dtype=np.int32).reshape(-1, 2).T.copy()
    nodes = dmesh.entities_to_geometry(mesh, dimension, facets)
    return mesh.geometry.x[nodes][:, :, :2].reshape(-1, 2, 2), cells
