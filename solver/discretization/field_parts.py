"""The fields of a problem's unknowns as parts of its block systems, for solvers that split them."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from solver.discretization.assembly import assembled
from solver.discretization.flow import Flow
from solver.discretization.problem import Problem
from solver.discretization.unknowns import POTENTIAL
from solver.linear.fieldsplit import Part
from solver.linear.multigrid import BOOMER, ApproximateInverse
from solver.linear.pressure_schur import PressureSchur


def parts_of_fields(problem: Problem) -> list[Part]:
    """The electrochemical potentials, the potential, and with flow the pressure and the velocity: in the order in which a
    preconditioner solves for them. Collective.

    Raises:
        ValueError: the problem has entries without equations, or flow without terminals that hold a pressure.
    """
    unknowns, flow = problem.unknowns, problem.flow
    if unknowns.idle.size or (flow is not None and (flow.idle is not None or flow.solved.held is not None)):
        raise ValueError("fields are split in problems of liquid alone, and without given flow rates")
    nodes, fixed, found = np.arange(unknowns.owned_nodes), problem.boundary_values.owned_entries, []
    for name in (*unknowns.of_species, POTENTIAL):
        entries = unknowns.entries(nodes, name)
        found.append(Part(name, 0, entries, given=np.flatnonzero(np.isin(entries, fixed))))
    if flow is None:
        return found
    velocity = _entries(flow, 0)
    pressure = np.concatenate([_entries(flow, 1), _entries(flow, 2)])
    dimension = problem.mesh.geometry.dim
    return [
        *found,
        Part("pressure", 1, pressure, schur=_schur(problem, flow)),
        Part("velocity", 1, velocity, dimension, options=BOOMER),
    ]


def _entries(flow: Flow, part: int) -> np.ndarray:
    """Owned entries of a part of the flow, components one after the other at every node."""
    _, entries = flow.space.sub(part).collapse()
    every = np.asarray(entries)
    return every[every < flow.owned]


def permeability(problem: Problem) -> ufl.core.expr.Expr:
    """Local permeability in units of the mesh, (2/3) (psi + |grad psi|^2 / 2) with -lap psi = 1 and psi = 0 on walls without
    slip: H^2/12 between plates and R^2/8 in the mean of a tube, without any knowledge of the geometry. Collective."""
    space, tagged = problem.unknowns.scalar, problem.tagged
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    weight, volume = problem.metric.weight, problem.measures.volume
    walls = [wall.name for wall in problem.walls if not (wall.slip_length > 0 or wall.passes_water)]
    nodes = fem.locate_dofs_topological(space, problem.mesh.topology.dim - 1, tagged.facets_of(*walls))
    bcs = [fem.dirichletbc(0.0, nodes, space)]
    matrix = fem_petsc.assemble_matrix(fem.form(ufl.inner(ufl.grad(trial), ufl.grad(test)) * weight * volume), bcs=bcs)
    matrix.assemble()
    solution, right = matrix.createVecs()
    right.array[:] = assembled(fem.form(test * weight * volume))
    right.array[nodes[nodes < right.getLocalSize()]] = 0.0
    options = {**BOOMER, "ksp_type": "cg", "ksp_rtol": 1e-4, "ksp_max_it": 200}
    ApproximateInverse(matrix, options).solve(right, solution)
    psi = fem.Function(space)
    psi.x.array[: right.getLocalSize()] = np.maximum(solution.array, 0.0)
    psi.x.scatter_forward()
    return (2.0 / 3.0) * (psi + 0.5 * ufl.inner(ufl.grad(psi), ufl.grad(psi)))


def _schur(problem: Problem, flow: Flow) -> PressureSchur:
    """Approximate inverse of the Schur complement of the pressure, for a uniform viscosity."""
    _, continuous, constant = ufl.TrialFunctions(flow.space)
    _, tested, tested_constant = ufl.TestFunctions(flow.space)
    weight, volume = problem.metric.weight, problem.measures.volume
    whole = (continuous + constant) * (tested + tested_constant) * weight * volume
    along = permeability(problem) * ufl.inner(ufl.grad(continuous), ufl.grad(tested)) * weight * volume
    first, second = _entries(flow, 1), _entries(flow, 2)
    mass = fem_petsc.assemble_matrix(fem.form(whole))
    mass.assemble()
    given = flow.constrained[flow.constrained < flow.owned]
    start = mass.getOwnershipRange()[0]
    mass.zeroRowsColumns((start + given).astype(PETSc.IntType), 1.0)
    rows = [PETSc.IS().createGeneral((start + each).astype(PETSc.IntType), comm=mass.comm) for each in (first, second)]
    lubrication = fem_petsc.assemble_matrix(fem.form(along))
    lubrication.assemble()
    names = list(flow.outflow_forms)
    facets = problem.tagged.facets_of(*names)
    at_ends = fem.locate_dofs_topological(flow.space.sub(1), problem.mesh.topology.dim - 1, facets)
    at_ends = at_ends[at_ends < flow.owned]
    lubrication.zeroRowsColumns((start + at_ends).astype(PETSc.IntType), 1.0)
    (a, b), d = (mass.createSubMatrix(rows[0], each) for each in rows), mass.createSubMatrix(rows[1], rows[1])
    return PressureSchur(
        (a, b, d),
        lubrication.createSubMatrix(rows[0], rows[0]) if names else None,
        np.flatnonzero(np.isin(np.concatenate([first, second]), given)),
        np.flatnonzero(np.isin(first, at_ends)),
    )
