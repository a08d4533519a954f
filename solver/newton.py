"""Newton's method for the coupled problem, made for exponentials: the step is capped, never line-searched.

A residual-norm line search is misled by the exponential peaks of the residual; a cap on the update of the potentials
is not. The factorisation of the transport block A is kept as long as the iteration contracts well with it. The flow,
eliminated exactly in the residual, is left out of A: that alone converges linearly, and where it does so slowly the
step is computed with the exact Jacobian A - C S^-1 B by GMRES, preconditioned with A.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from solver.linear import DirectSolver, SingularMatrixError
from solver.problem import Problem


@dataclass(frozen=True)
class NewtonSettings:
    """Tolerance and limits of one nonlinear solve.

    Attributes:
        tolerance: largest remaining error of any potential, in thermal voltages.
        max_iterations: steps before giving up.
        cap: largest update of any potential in one step, in thermal voltages.
        rounding_floor: updates below this that no longer shrink end the iteration, too.
        good_contraction: reuse a factorisation while updates shrink at least by this factor.
    """

    tolerance: float = 1e-10
    max_iterations: int = 60
    cap: float = 4.0
    rounding_floor: float = 1e-6
    good_contraction: float = 0.3


@dataclass(frozen=True)
class Iteration:
    """One Newton step: its number, largest update (thermal voltages), residual norm, contraction, and what was done."""

    number: int
    update: float
    residual: float
    contraction: float
    step_length: float
    factorised: bool
    exact: bool


@dataclass
class NewtonReport:
    """How a nonlinear solve went."""

    iterations: list[Iteration] = field(default_factory=list)
    factorisations: int = 0


class NewtonFailure(Exception):
    """A nonlinear solve that did not converge; the text says why."""


class Newton:
    """The nonlinear solver of one problem; keeps its factorisation from solve to solve."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        problem.jacobian.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        self._factors = DirectSolver(problem.jacobian, "transport_", problem.clock)
        self._step = problem.state.x.petsc_vec.duplicate()
        self._usable = False
        self._exact = False
        self._schur: _SchurSolver | None = None
        # A PETSc SNES runs the iteration below, so that -snes_monitor and -snes_converged_reason work.
        self._snes = PETSc.SNES().create(problem.mesh.comm)
        self._snes.setType(PETSc.SNES.Type.PYTHON)
        self._snes.setPythonContext(_Shell(self._iterate))
        self._snes.setFunction(lambda _snes, _x, _f: None, self._step.duplicate())
        self._snes.setFromOptions()

    def forget(self) -> None:
        """Drop the factorisation: the next step makes a new one."""
        self._usable = False

    def solve(self, settings: NewtonSettings, report: NewtonReport) -> None:
        """Converge the problem's state for the drive that is set; what was done is added to `report`.

        Raises:
            NewtonFailure: when it does not converge; the state is then useless.
        """
        start = self._factors.factorisations
        shell = self._snes.getPythonContext()
        shell.settings, shell.report, shell.failure = settings, report, None
        self._snes.solve(None, self._problem.state.x.petsc_vec)
        report.factorisations += self._factors.factorisations - start
        if shell.failure is not None:
            raise shell.failure

    def _iterate(self, snes: PETSc.SNES, settings: NewtonSettings, report: NewtonReport) -> None:
        problem, w = self._problem, self._problem.state.x.petsc_vec
        previous, damped, growth, floor = np.inf, True, 0, 0
        for number in range(1, settings.max_iterations + 1):
            residual = problem.assemble_residual()
            norm = residual.norm()
            snes.monitor(number - 1, norm)
            if not np.isfinite(norm):
                raise NewtonFailure("the residual is not a number")
            factorised = exact = False
            size = np.inf
            if self._usable and not self._exact:
                size = self._direction(residual)
                # A stale factorisation serves while the updates keep shrinking; never for a damped step.
                if size > settings.cap or size > settings.good_contraction * min(previous, settings.cap):
                    size = np.inf
            if not np.isfinite(size):
                self._refactor()
                factorised = True
                exact = self._exact
                size = self._exact_direction(residual) if exact else self._direction(residual)
            if not np.isfinite(size):
                raise NewtonFailure("the linear system is singular")
            alpha = min(1.0, settings.cap / max(size, settings.tolerance))
            with problem.clock("other"):
                w.axpy(-alpha, self._step)
                problem.state.x.scatter_forward()
            contraction = size / previous if np.isfinite(previous) else np.nan
            iteration = Iteration(number, size, norm, contraction, alpha, factorised, exact)
            report.iterations.append(iteration)
            undamped = alpha == 1.0 and not damped
            if undamped and factorised and not exact and contraction > settings.good_contraction and size < 1.0:
                self._exact = problem.flow is not None
            growth = growth + 1 if size > 0.9 * previous and alpha == 1.0 else 0
            if growth > 12:
                raise NewtonFailure("the updates do not shrink")
            if alpha == 1.0:
                rate = min(contraction, 0.9) if np.isfinite(contraction) else 0.9
                if size * rate / (1 - rate) < settings.tolerance and (undamped or size < settings.tolerance):
                    return
                # Very long, thin channels lose digits: small updates that no longer shrink are rounding, not error.
                floor = floor + 1 if size < settings.rounding_floor and contraction > 0.5 else 0
                if floor > 2:
                    return
            previous, damped = size, alpha < 1.0
        raise NewtonFailure(
            f"no convergence in {settings.max_iterations} steps (last update {size:.2e} thermal voltages)"
        )

    def _refactor(self) -> None:
        self._problem.assemble_jacobian()
        try:
            self._factors.factorise()
        except SingularMatrixError:
            self._usable = False
            raise NewtonFailure("the Jacobian is singular") from None
        self._usable = True

    def _direction(self, residual: PETSc.Vec) -> float:
        self._factors.solve(residual, self._step)
        return float(self._step.norm(PETSc.NormType.NORM_INFINITY))

    def _exact_direction(self, residual: PETSc.Vec) -> float:
        if self._schur is None:
            self._schur = _SchurSolver(self._problem, self._factors)
        self._schur.solve(residual, self._step)
        return float(self._step.norm(PETSc.NormType.NORM_INFINITY))


class _Shell:
    """What PETSc calls to solve; exceptions are kept, since they would not survive the way through PETSc."""

    def __init__(self, iterate: Callable[[PETSc.SNES, NewtonSettings, NewtonReport], None]) -> None:
        self._iterate = iterate
        self.settings, self.report = NewtonSettings(), NewtonReport()
        self.failure: Exception | None = None

    def solve(self, snes: PETSc.SNES, _b: PETSc.Vec, _x: PETSc.Vec) -> None:
        """Iterate, and tell PETSc how it ended."""
        try:
            self._iterate(snes, self.settings, self.report)
            snes.setConvergedReason(PETSc.SNES.ConvergedReason.CONVERGED_SNORM_RELATIVE)
        except Exception as failure:
            self.failure = failure
            snes.setConvergedReason(PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT)


class _SchurSolver:
    """GMRES on A - C S^-1 B, preconditioned with the factors of A."""

    def __init__(self, problem: Problem, factors: DirectSolver) -> None:
        assert problem.flow is not None
        self._problem, self._flow = problem, problem.flow
        self._factors = factors
        a = problem.jacobian
        self._operator = PETSc.Mat().createPython(a.getSizes(), self, comm=a.comm)
        self._operator.setUp()
        self._ksp = PETSc.KSP().create(a.comm)
        self._ksp.setOptionsPrefix("coupled_")
        self._ksp.setType(PETSc.KSP.Type.FGMRES)
        self._ksp.setOperators(self._operator)
        pc = self._ksp.getPC()
        pc.setType(PETSc.PC.Type.PYTHON)
        pc.setPythonContext(_FactorsAsPreconditioner(factors))
        self._ksp.setTolerances(rtol=1e-6, max_it=60)
        self._ksp.setFromOptions()
        self._force, self._velocity = (
            self._flow.right_side.x.petsc_vec.duplicate(),
            self._flow.state.x.petsc_vec.duplicate(),
        )
        self._blocks: tuple[PETSc.Mat, PETSc.Mat] | None = None

    def solve(self, residual: PETSc.Vec, step: PETSc.Vec) -> None:
        self._blocks = self._flow.coupling_blocks()
        step.set(0.0)
        self._ksp.solve(residual, step)

    def mult(self, _matrix: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """y = A x - C S^-1 B x (called by PETSc)."""
        assert self._blocks is not None
        c, b = self._blocks
        b.mult(x, self._force)
        self._flow.solver.solve(self._force, self._velocity)
        c.mult(self._velocity, y)
        y.scale(-1.0)
        self._problem.jacobian.multAdd(x, y, y)


class _FactorsAsPreconditioner:
    """Lets PETSc call the direct solver as a preconditioner."""

    def __init__(self, factors: DirectSolver) -> None:
        self._factors = factors

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        self._factors.solve(x, y)
