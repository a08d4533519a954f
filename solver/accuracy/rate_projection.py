"""Rates of change of the contents of one problem, as a source for the same device with richer elements.

A state in time solves F(w) + K = 0 with K the rates of change of its contents. The richer problem is corrected at the same
rates, that is with F(W) + (k, V) = 0, where k solves (k, v) = K(v): its difference is what the mesh leaves out, as though the
difference had had the time to develop. Coverages of walls change at the same rates at the nodes of both, and so does what the
walls hold with them.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from solver.discretization.assembly import assembled, zero_rows
from solver.discretization.problem import Problem


class RateProjection:
    """Carries rates of change from one problem to another on the same mesh. Collective.

    Args:
        working: whose contents change.
        rich: problem with richer elements that stores as much.
    """

    def __init__(self, working: Problem, rich: Problem) -> None:
        self._working, self._rich = working, rich
        space = working.unknowns.scalar
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        square, measures = u * v * working.metric.weight, working.measures
        nowhere = fem.Constant(working.mesh, 0.0)  # gives nodes without liquid their diagonals
        mass = fem_petsc.assemble_matrix(fem.form(square * measures.liquid + nowhere * square * measures.volume))
        mass.assemble()
        zero_rows(mass, working.unknowns.owned_incomplete, 1.0)
        self._ksp = PETSc.KSP().create(mass.comm)
        self._ksp.setOptionsPrefix("mass_")
        self._ksp.setType(PETSc.KSP.Type.CG)
        self._ksp.getPC().setType(PETSc.PC.Type.JACOBI)
        self._ksp.setTolerances(rtol=1e-8, max_it=500)
        self._ksp.setOperators(mass)
        self._ksp.setFromOptions()
        self._right = mass.createVecLeft()
        self._rates = [fem.Function(space) for _ in working.solutes]
        self._covering, self._covering_rich = fem.Function(working.unknowns.space), fem.Function(rich.unknowns.space)
        t = ufl.TestFunction(rich.unknowns.space)
        source = sum(rate * t[1 + i] for i, rate in enumerate(self._rates)) * rich.metric.weight * rich.measures.liquid
        self._on_walls: fem.Form | None = None
        self._lumped = np.ones(0)
        with working.clock("compile"):
            if working.unknowns.of_walls:
                self._on_walls = fem.form(ufl.derivative(working.wall_contents, working.state, self._covering))
                source += ufl.derivative(rich.wall_contents, rich.state, self._covering_rich)
                self._lumped = self._weights()
            self._source = fem.form(source)

    def _weights(self) -> np.ndarray:
        """Part of a wall that each coverage stands for; 1 beside the walls. Owned entries. Collective."""
        self._working.unknowns.coverages(self._covering.x.array)[:] = 1.0
        weights = assembled(self._on_walls)
        weights[self._working.unknowns.owned_idle] = 1.0
        return weights

    def _cover(self, slope: np.ndarray) -> np.ndarray:
        """Put the rates of change of the coverages into the forms; gives the rates of change of the contents that belong to
        them. Owned entries. Collective."""
        unknowns, rates = self._working.unknowns, np.zeros_like(slope)
        unknowns.coverages(rates)[:] = unknowns.coverages(slope) / unknowns.coverages(self._lumped)
        self._covering.x.array[:] = unknowns.with_ghosts(rates)
        self._covering_rich.interpolate(self._covering)
        self._covering_rich.x.array[self._rich.unknowns.idle_on_walls] = 0.0
        return assembled(self._on_walls)

    def source(self, slope: np.ndarray) -> np.ndarray:
        """Rows of the richer residual for rates of change of the working contents; owned entries of both."""
        if self._on_walls is not None:
            slope = slope - self._cover(slope)
        contents = self._working.unknowns.electrochemical(slope)
        for i, rate in enumerate(self._rates):
            self._right.array[:] = contents[:, i]
            self._ksp.solve(self._right, rate.x.petsc_vec)
            rate.x.scatter_forward()
        return assembled(self._source)
