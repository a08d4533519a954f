"""Smooth weights of the parts of the liquid's boundary, by which an integral over one of them becomes one over the liquid.

The weight of a part is 1 on it, 0 on all others and harmonic between them, so that the weights of all parts add up to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx import mesh as dmesh
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from meshes.mirrors import MIRROR_NAMES
from solver.discretization.problem import DEGREE, Problem
from solver.linear.scalar import scalar_solver


def boundary_parts(problem: Problem, *first: str) -> list[str]:
    """Names of the boundaries of a mesh at which a device ends, some of them first."""
    return [*first, *(name for name in problem.tagged.boundaries if name not in (*MIRROR_NAMES, *first))]


def weight_space(problem: Problem) -> fem.FunctionSpace:
    """Where weights lie: the same for problems of all degrees on a mesh, so that their numbers are the same functionals."""
    return fem.functionspace(problem.mesh, ("Lagrange", DEGREE))


def harmonic_weights(
    problem: Problem, space: fem.FunctionSpace, parts: Sequence[str], wanted: Iterable[str]
) -> list[np.ndarray]:
    """Weights of some of the parts of the liquid's boundary, at the nodes of a space, ghosts included. Collective.

    parts: all of them; nodes at which two meet belong to the earlier one. The weights are 0 where the liquid ends at none, so
        that a boundary that is left out shows.
    """
    topology = problem.mesh.topology
    facets = topology.dim - 1
    topology.create_connectivity(facets, topology.dim)
    liquid = problem.liquid
    dry: np.ndarray = np.zeros(0, dtype=np.int32)
    ends = dmesh.exterior_facet_indices(topology) if liquid is None else liquid.ends
    if liquid is not None:
        dry = np.flatnonzero(~_marked(space, space.dofmap.list[liquid.cells].ravel())).astype(np.int32)

    def nodes(of: np.ndarray) -> np.ndarray:
        """Local nodes on facets that any rank knows."""
        return np.flatnonzero(_marked(space, fem.locate_dofs_topological(space, facets, of))).astype(np.int32)

    held = np.union1d(nodes(np.setdiff1d(ends, problem.tagged.facets_of(*MIRROR_NAMES))), dry).astype(np.int32)
    values, taken = dict[str, np.ndarray](), dry
    for name in parts:
        values[name] = np.setdiff1d(np.intersect1d(nodes(problem.tagged.facets_of(name)), held), taken)
        taken = np.union1d(taken, values[name])

    w, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    given, found = fem.Function(space), fem.Function(space)
    condition = fem.dirichletbc(given, held)
    with problem.clock("compile"):
        # over solids, too, so that the rows there have their diagonals
        laplace = fem.form(ufl.inner(ufl.grad(w), ufl.grad(v)) * problem.metric.weight * problem.measures.volume)
        nothing = fem.form(fem.Constant(problem.mesh, 0.0) * v * problem.measures.volume)
    with problem.clock("assembly"):
        matrix = fem_petsc.assemble_matrix(laplace, bcs=[condition])
        matrix.assemble()
    idle = None if liquid is None else dry[dry < space.dofmap.index_map.size_local]
    factors = scalar_solver(matrix, "weights_", problem.clock, split=problem.split, idle=idle)
    factors.factorise()
    weights = []
    for name in wanted:
        given.x.array[:] = 0.0
        given.x.array[values[name]] = 1.0
        vector = fem_petsc.assemble_vector(nothing)
        fem_petsc.apply_lifting(vector, [laplace], bcs=[[condition]])
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        fem_petsc.set_bc(vector, [condition])
        factors.solve(vector, found.x.petsc_vec)
        found.x.scatter_forward()
        weights.append(found.x.array.copy())
        vector.destroy()
    return weights


def _marked(space: fem.FunctionSpace, nodes: np.ndarray) -> np.ndarray:
    """Whether any rank names a node, for each local node. Collective."""
    found = fem.Function(space).x
    found.array[nodes] = 1.0
    found.scatter_reverse(la.InsertMode.add)
    found.scatter_forward()
    return np.asarray(found.array != 0.0)
