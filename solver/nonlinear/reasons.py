"""Why a point was not reached, as far as the last good state tells, and what helps against that."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.discretization.assembly import assembled
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem

LARGEST_PECLET = 5.0
"""Cell Peclet number beyond which quadratic elements follow a layer in the flow badly."""

LARGEST_RATIO = 30.0
"""Ratio of the concentrations of terminals beyond which the gradients are blamed."""

TINY = 1e-100
"""Keeps the quotient finite where nothing flows."""

CHARGE = (
    "sweep there in smaller steps, begin with a smaller surface charge or a higher concentration, "
    "or refine the mesh (mesh.refinement: 1)"
)

LIMIT = (
    "beyond the diffusion-limited current electrodes of an electroneutral device have no steady state: hold less there,"
    " sweep in smaller steps, or refine the mesh (mesh.refinement: 1)"
)


def hint(problem: Problem, good: Evaluation | None, target: Parameters) -> str:
    """What to try where a point was not reached; `good` is the farthest state on the way. Collective."""
    peclet = 0.0 if good is None else cell_peclet(problem, good)
    if peclet > LARGEST_PECLET:
        return (
            f"the flow carries the slowest ions through a cell of the mesh {peclet:.3g} times faster than they diffuse"
            " across it: sweep the pressure or voltage from smaller values, give open ends reservoirs, or refine the mesh"
            " (mesh.refinement: 1)"
        )
    ratio = concentration_ratio(target)
    if ratio > LARGEST_RATIO:
        return (
            f"the concentrations of the terminals differ {ratio:.3g} times: sweep one of them from closer values, "
            "or refine the mesh (mesh.refinement: 1)"
        )
    return LIMIT if problem.electroneutral and problem.ohmic else CHARGE


def hint_in_time(problem: Problem) -> str:
    """What to try where a run in time cannot go on."""
    smoother = "make the drive smoother (rise_time, ramp), or refine the mesh (mesh.refinement: 1)"
    if not (problem.electroneutral and problem.ports.floating):
        return smoother
    return f"beyond the limiting one a current that is held uses up the salt after some time: hold less; or {smoother}"


def cell_peclet(problem: Problem, found: Evaluation) -> float:
    """Largest mean over a cell of u h / D: velocity times the cell's length along it over the smallest diffusivity; 0 without
    flow. Collective."""
    if problem.flow is None or found.flow is None:
        return 0.0
    problem.load(found)
    mesh, u = problem.mesh, problem.flow.u
    test = ufl.TestFunction(fem.functionspace(mesh, ("DG", 0)))
    across = ufl.dot(ufl.JacobianInverse(mesh), u)  # in cells per time
    lengths = ufl.inner(u, u) / (ufl.sqrt(ufl.inner(across, across)) + TINY)
    measure = ufl.dx(domain=mesh, degree=4)
    totals = [assembled(fem.form(integrand * test * measure)) for integrand in (lengths, ufl.as_ufl(1.0))]
    diffusivity = min(float(constant.value) for constant in problem.diffusivities)
    local = float((totals[0] / totals[1]).max(initial=0.0))
    largest = float(mesh.comm.allreduce(local, op=MPI.MAX))
    return found.parameters.scales.peclet * largest / diffusivity


def concentration_ratio(parameters: Parameters) -> float:
    """Largest ratio of the concentrations of a species in two reservoirs; 1 without."""
    table = parameters.concentrations
    if len(table) < 2:
        return 1.0
    return float(np.nanmax(np.nanmax(table, axis=0) / np.nanmin(table, axis=0), initial=1.0))
