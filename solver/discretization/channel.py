"""Where the liquid of a device flows, and how well it conducts a flow there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc

from meshes.tagged import TaggedMesh
from solver.discretization.assembly import assembled
from solver.discretization.boundary import WallCondition
from solver.discretization.coordinates import Metric
from solver.discretization.liquid import LiquidPart
from solver.discretization.measures import Measures
from solver.linear.multigrid import BOOMER, ApproximateInverse


@dataclass(frozen=True)
class Channel:
    """Where liquid flows, as far as its permeability asks.

    Attributes:
        tagged, walls: mesh and walls of the device.
        scalar: space of one number a node.
        metric, measures: of all integrals.
        liquid: the part in which liquid moves; None where it does everywhere.
    """

    tagged: TaggedMesh
    walls: Sequence[WallCondition]
    scalar: fem.FunctionSpace
    metric: Metric
    measures: Measures
    liquid: LiquidPart | None = None

    def over(self, integrand: ufl.core.expr.Expr) -> ufl.Form:
        """The integral over the volume in which liquid moves; over solids, too, so that rows there have their diagonals."""
        inside = 1 if self.liquid is None else self.liquid.indicator()
        return inside * integrand * self.metric.weight * self.measures.volume

    def at_rest(self) -> np.ndarray:
        """Local nodes at which liquid does not move: on walls without slip, where solids begin, and in these. Collective."""
        walls = [wall.name for wall in self.walls if not (wall.slip_length > 0 or wall.passes_water)]
        facets, dimension = self.tagged.facets_of(*walls), self.tagged.mesh.topology.dim - 1
        if self.liquid is None:
            return np.asarray(fem.locate_dofs_topological(self.scalar, dimension, facets))
        facets = np.union1d(facets, self.liquid.interfaces).astype(np.int32)
        nodes, wet = fem.locate_dofs_topological(self.scalar, dimension, facets), fem.Function(self.scalar).x
        wet.array[self.scalar.dofmap.list[self.liquid.cells].ravel()] = 1.0
        wet.scatter_forward()
        return np.union1d(nodes, np.flatnonzero(wet.array == 0.0)).astype(np.int32)


def permeability(channel: Channel) -> ufl.core.expr.Expr:
    """Local permeability in units of the mesh, (2/3) (psi + |grad psi|^2 / 2) with -lap psi = 1 and psi = 0 on walls without
    slip: H^2/12 between plates and R^2/8 in the mean of a tube, without any knowledge of the geometry. Collective."""
    space = channel.scalar
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    nodes = channel.at_rest()
    laplace = fem.form(channel.over(ufl.inner(ufl.grad(trial), ufl.grad(test))))
    matrix = fem_petsc.assemble_matrix(laplace, bcs=[fem.dirichletbc(0.0, nodes, space)])
    matrix.assemble()
    solution, right = matrix.createVecs()
    right.array[:] = assembled(fem.form(channel.over(test)))
    right.array[nodes[nodes < right.getLocalSize()]] = 0.0
    options = {**BOOMER, "ksp_type": "cg", "ksp_rtol": 1e-4, "ksp_max_it": 200}
    ApproximateInverse(matrix, options).solve(right, solution)
    psi = fem.Function(space)
    psi.x.array[: right.getLocalSize()] = np.maximum(solution.array, 0.0)
    psi.x.scatter_forward()
    return (2.0 / 3.0) * (psi + 0.5 * ufl.inner(ufl.grad(psi), ufl.grad(psi)))
