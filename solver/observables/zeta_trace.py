"""Charge along a channel wall of given zeta potential, at the cross-sections of profiles.csv.

What the rows of Poisson's equation at the wall leave is the integral of the charge times the function of each node: over the
integral of that function alone it is the charge there, of second order in the length of the cells (exact where the charge is
linear), and all of it adds up to the charge of the wall. On the triangles of a wall in three dimensions the functions of
second order at corners have the integral 0, so that those of first order take their place: the rows of the former add up to
those of the latter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from solver.discretization.assembly import assembled
from solver.discretization.evaluation import Evaluation
from solver.discretization.ports import Port
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialSections
from solver.observables.wall_points import CHANNEL, WallPoints


@dataclass(frozen=True)
class ZetaTrace:
    """The wall of the channel at the cross-sections of profiles.

    Attributes:
        port: of the wall.
        weights: integral of the function of each node over the wall; owned nodes.
        charge: charge at the nodes of the wall, of the last state that was read.
        at: points on the wall.
        made_of: what the functions of `charge` are made of, from those of the potential; None where they are the same.
    """

    port: Port
    weights: np.ndarray
    charge: fem.Function
    at: WallPoints
    made_of: PETSc.Mat | None = None

    @classmethod
    def of(cls, problem: Problem, sections: AxialSections) -> ZetaTrace | None:
        """None for another channel. Collective."""
        port = next((each for each in problem.ports.open_walls if each.name == CHANNEL and each.holds_zeta), None)
        if port is None:
            return None
        space, made_of = problem.unknowns.scalar, None
        if problem.mesh.topology.dim == 3:
            space = fem.functionspace(problem.mesh, ("Lagrange", 1))
            made_of = fem_petsc.interpolation_matrix(space, problem.unknowns.scalar)
            made_of.assemble()
        with problem.clock("compile"):
            form = fem.form(ufl.TestFunction(space) * problem.metric.weight * problem.measures.boundary(CHANNEL))
        return cls(port, assembled(form), fem.Function(space), WallPoints.of(problem, sections), made_of)

    def column(self, found: Evaluation) -> np.ndarray:
        """C/m^2 at the cross-sections, NaN where they have no wall. Shape (sections,). Collective."""
        nodes = self.port.field_nodes[self.port.field_nodes < found.problem.unknowns.owned_nodes]
        rows, charge = found.problem.unknowns.potential(found.rows), self.charge.x
        if self.made_of is not None:
            given, sums = self.made_of.createVecLeft(), self.made_of.createVecRight()
            given.array[nodes] = rows[nodes]
            self.made_of.multTranspose(given, sums)
            nodes, rows = np.flatnonzero(self.weights > 0.0), sums.array.copy()
            given.destroy(), sums.destroy()
        charge.array[nodes] = rows[nodes] / self.weights[nodes]
        charge.scatter_forward()
        values = self.at.at.values(self.charge).reshape(-1)
        (column,) = self.at.of_all_ranks([values])
        return np.asarray(column * found.parameters.scales.surface_charge)
