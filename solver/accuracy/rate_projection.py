"""Rates of change of the contents of one problem, as a source for the same device with richer elements.

A state in time solves F(w) + K = 0 with K the rates of change of its contents. The richer problem is corrected at the same
rates, that is with F(W) + (k, V) = 0, where k solves (k, v) = K(v): its difference is what the mesh leaves out, as though the
difference had had the time to develop.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from solver.discretization.flow import zero_rows
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
        t = ufl.TestFunction(rich.unknowns.space)
        source = sum(rate * t[1 + i] for i, rate in enumerate(self._rates)) * rich.metric.weight * rich.measures.liquid
        with working.clock("compile"):
            self._source = fem.form(source)

    def source(self, slope: np.ndarray) -> np.ndarray:
        """Rows of the richer residual for rates of change of the working contents; owned entries of both."""
        contents = self._working.unknowns.electrochemical(slope)
        for i, rate in enumerate(self._rates):
            self._right.array[:] = contents[:, i]
            self._ksp.solve(self._right, rate.x.petsc_vec)
            rate.x.scatter_forward()
        vector = fem_petsc.assemble_vector(self._source)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        found = vector.array.copy()
        vector.destroy()
        return found
