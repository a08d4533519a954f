"""The exact Newton direction of the coupled system: GMRES on A - C S^-1 B, preconditioned with factors of A.

The factors may be those of an earlier A; they are renewed when GMRES needs too many iterations with them.
"""

from __future__ import annotations

from petsc4py import PETSc

from solver.linear import DirectSolver
from solver.problem import Problem


class CoupledSolver:
    """Solves with the Jacobian of the problem after the flow has been eliminated."""

    def __init__(self, problem: Problem, factors: DirectSolver) -> None:
        if problem.flow is None:
            raise ValueError("the coupled solver needs a problem with flow")
        self._jacobian, self._flow, self._factors = problem.jacobian, problem.flow, factors
        a = problem.jacobian
        self._operator = PETSc.Mat().createPython(a.getSizes(), self, comm=a.comm)
        self._operator.setUp()
        self._ksp = PETSc.KSP().create(a.comm)
        self._ksp.setOptionsPrefix("coupled_")
        self._ksp.setType(PETSc.KSP.Type.FGMRES)
        self._ksp.setOperators(self._operator)
        pc = self._ksp.getPC()
        pc.setType(PETSc.PC.Type.PYTHON)
        pc.setPythonContext(self)
        self._ksp.setTolerances(max_it=60)
        self._ksp.setFromOptions()
        self._force = self._flow.right_side.x.petsc_vec.duplicate()
        self._velocity = self._force.duplicate()
        self._blocks: tuple[PETSc.Mat, PETSc.Mat] | None = None

    def solve(self, residual: PETSc.Vec, step: PETSc.Vec, tolerance: float) -> int:
        """Newton direction for the Jacobian as assembled last, to a relative residual; returns the iterations."""
        self._blocks = self._flow.coupling_blocks()
        self._ksp.setTolerances(rtol=tolerance)
        step.set(0.0)
        self._ksp.solve(residual, step)
        return int(self._ksp.getIterationNumber())

    def mult(self, _matrix: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A x - C S^-1 B x (called by PETSc for the matrix)."""
        assert self._blocks is not None
        c, b = self._blocks
        b.mult(x, self._force)
        self._flow.solver.solve(self._force, self._velocity)
        c.mult(self._velocity, y)
        y.scale(-1.0)
        self._jacobian.multAdd(x, y, y)

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A^-1 x with the factors at hand (called by PETSc for the preconditioner)."""
        self._factors.solve(x, y)
