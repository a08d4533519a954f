"""Flow rates through surfaces across a device in three dimensions, against those at its ends.

A velocity whose volume is not conserved in every cell has other flow rates through single cross-sections than through the
terminals. For each opening w is harmonic, 1 there, 0 at all others, and has no flux through walls: its levels are surfaces
that separate the opening from the rest, whatever the device is, close to each other where the liquid resists the flow. Linear
between the vertices of a cell, they are cut exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.case.case import Case
from solver.discretization.flow_conditions import outside
from solver.discretization.problem import Problem
from solver.linear.scalar import scalar_solver
from solver.observables.flow import NOISE_FLOW_FRACTION, carrying_flow
from solver.observables.level_cuts import cut_at_levels
from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results import headers
from solver.results.columns import Quantity

LEVELS = (np.arange(20) + 0.5) / 20
"""Of w, at which surfaces are cut."""


class LevelFlows(Observable):
    """Largest difference of the flow rates through surfaces across a device from that at its terminals."""

    quantities = (
        Quantity(
            headers.SECTION_FLOW_ERROR,
            "error of the flow through sections",
            "Largest difference of the flow rate of the velocity field through single surfaces across the device from that at"
            " the terminal behind them, over the largest flow rate of a terminal; of devices in three dimensions with a flow."
            " Currents and flow rates do not suffer from it; streamlines and pictures of the velocity do.",
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem, self._surfaces = problem, surfaces_across(problem)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """The difference; nothing without a flow, in two dimensions and of a closed device."""
        flow, found = self._problem.flow, state.found
        if flow is None or found.flow is None or not self._surfaces:
            return {}
        rates, velocity = np.asarray(found.flow_rates), flow.fields.velocity(found.flow)
        worst = max(float(np.abs(each.flows(velocity) - rates[k]).max()) for k, each in self._surfaces.items())
        largest = max(float(np.abs(rates).max()), NOISE_FLOW_FRACTION * carrying_flow(state) / state.scales.flow_rate)
        return {headers.SECTION_FLOW_ERROR: worst / largest if largest else 0.0}


def surfaces_across(problem: Problem) -> dict[int, Surfaces]:
    """Surfaces between an opening, by its number among the ports, and the rest of a device: for every opening, or one of two;
    none without a flow and in two dimensions. Collective."""
    if problem.flow is None or problem.mesh.topology.dim < 3:
        return {}
    openings = list(problem.flow.outflow_forms)
    number = {port.name: k for k, port in enumerate(problem.ports.all)}
    chosen = openings[:1] if len(openings) == 2 else openings
    return {number[name]: Surfaces(problem, *_between(problem, name, openings)) for name in chosen}


class Surfaces:
    """Points on the levels of a function, with the normals there times their weights, on this rank.

    Args:
        problem: whose mesh it is.
        cells: of this rank. heights: the function at their vertices. Shapes (cells,) and (cells, 4).
    """

    def __init__(self, problem: Problem, cells: np.ndarray, heights: np.ndarray) -> None:
        found = cut_at_levels(problem.mesh, cells, heights, LEVELS)
        # from the opening into the device: to where the function falls
        rises = (heights[:, 1:] - heights[:, :1])[found.simplex]
        slopes = np.einsum("pd,pdi->pi", rises, np.linalg.inv(found.jacobians))
        towards = -np.sign(np.einsum("pi,pi->p", found.areas, slopes))
        self._comm, self._normals = problem.mesh.comm, found.areas * towards[:, None]
        self._level, self._at = found.level, found.at

    def flows(self, velocity: fem.Function) -> np.ndarray:
        """Dimensionless flow rates from the opening, through each level. Shape (levels,). Collective."""
        along = np.einsum("pi,pi->p", self._at.values(velocity).reshape(-1, 3), self._normals)
        local = np.bincount(self._level, along, minlength=len(LEVELS))
        return np.asarray(self._comm.allreduce(local, op=MPI.SUM))


def _between(problem: Problem, name: str, openings: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The owned cells in which liquid moves, and there at their vertices a harmonic function that is 1 at one opening and 0
    at the others. Collective."""
    mesh, tagged, flow = problem.mesh, problem.tagged, problem.flow
    space = fem.functionspace(mesh, ("Lagrange", 1))
    owned = np.arange(mesh.topology.index_map(3).size_local, dtype=np.int32)
    liquid = None if flow is None else flow.liquid
    cells = owned if liquid is None else owned[liquid.inside[owned]]

    def at(*names: str) -> np.ndarray:
        return np.asarray(fem.locate_dofs_topological(space, 2, tagged.facets_of(*names)), dtype=np.int32)

    given, found = fem.Function(space), fem.Function(space)
    given.x.array[at(name)] = 1.0
    inside = 1 if liquid is None else liquid.indicator()
    held = np.union1d(at(*openings), outside(space, liquid)).astype(np.int32)
    condition = fem.dirichletbc(given, held)
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    with problem.clock("compile"):
        laplace = fem.form(inside * ufl.inner(ufl.grad(u), ufl.grad(v)) * problem.measures.volume)
        nothing = fem.form(fem.Constant(mesh, 0.0) * v * problem.measures.volume)
    with problem.clock("assembly"):
        matrix = fem_petsc.assemble_matrix(laplace, bcs=[condition])
        matrix.assemble()
        vector = fem_petsc.assemble_vector(nothing)
        fem_petsc.apply_lifting(vector, [laplace], bcs=[[condition]])
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        fem_petsc.set_bc(vector, [condition])
    solver = scalar_solver(matrix, "levels_", problem.clock, split=problem.split)
    solver.factorise()
    solver.solve(vector, found.x.petsc_vec)
    found.x.scatter_forward()
    vector.destroy()
    # P1 nodes of a cell lie at its vertices, in their order
    return cells, found.x.array[space.dofmap.list[cells]]
