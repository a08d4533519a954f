"""Newton's method for the coupled problem, made for exponentials: the step is capped, never line-searched.

A residual-norm line search is misled by the exponential peaks of the residual; a cap on the update of the potentials
is not. A residual and a solve with factors at hand cost a tenth of a new factorisation, so the factors are kept, from
point to point too, as long as the updates shrink well with them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from solver.discretization.problem import Problem
from solver.linear.direct import SingularMatrixError
from solver.nonlinear.jacobian import JacobianSolver

MOST_STUCK = 12
"""Undamped updates in a row that may fail to shrink before the iteration is given up."""


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
    """One Newton step: its number, largest update (thermal voltages), residual norm, contraction, and what was done:
    part of the step taken, whether the Jacobian was factorised."""

    number: int
    update: float
    residual: float
    contraction: float
    step_length: float
    factorised: bool


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
        self.jacobian = JacobianSolver(problem)
        self._step = problem.state.x.petsc_vec.duplicate()
        self._usable = False
        # A PETSc SNES runs the iteration below, so that -snes_monitor and -snes_converged_reason work.
        self._snes = PETSc.SNES().create(problem.mesh.comm)
        self._snes.setType(PETSc.SNES.Type.PYTHON)
        self._snes.setPythonContext(_Shell(self._iterate))
        self._snes.setFunction(lambda _snes, _x, _f: None, self._step.duplicate())
        self._snes.setFromOptions()

    @property
    def factorisations(self) -> int:
        """Factorisations of the whole Jacobian so far."""
        return self.jacobian.factorisations

    @property
    def usable(self) -> bool:
        """Whether the factors at hand serve the next solve."""
        return self._usable

    def factorise(self) -> None:
        """Factorise the Jacobian of the problem's state for the next solves.

        Raises:
            SingularMatrixError: on all ranks.
        """
        if self._problem.flow:
            self._problem.flow.solve()
        self.jacobian.refresh()
        self._usable = True

    def forget(self) -> None:
        """Drop the factorisation: the next step makes a new one."""
        self._usable = False

    def solve(self, settings: NewtonSettings, report: NewtonReport) -> None:
        """Converge the problem's state for the drive that is set; what was done is added to `report`.

        Raises:
            NewtonFailure: when it does not converge; the state is then useless.
        """
        start = self.jacobian.factorisations
        shell = self._snes.getPythonContext()
        shell.settings, shell.report, shell.failure = settings, report, None
        self._snes.solve(None, self._problem.state.x.petsc_vec)
        report.factorisations += self.jacobian.factorisations - start
        if shell.failure is not None:
            raise shell.failure

    def _iterate(self, snes: PETSc.SNES, settings: NewtonSettings, report: NewtonReport) -> None:
        problem, w = self._problem, self._problem.state.x.petsc_vec
        previous, undamped_before, stuck, floor = np.inf, False, 0, 0
        for number in range(1, settings.max_iterations + 1):
            residual = problem.assemble_residual()
            norm = residual.norm()
            snes.monitor(number - 1, norm)
            if not np.isfinite(norm):
                raise NewtonFailure("the residual is not a number")
            factorisations = self.factorisations
            size = self._direction(residual, previous, settings)
            if not np.isfinite(size):
                raise NewtonFailure("the linear system is singular")
            alpha = min(1.0, settings.cap / max(size, 1e-300))
            w.axpy(-alpha, self._step)
            problem.state.x.scatter_forward()
            contraction = size / previous if np.isfinite(previous) else np.nan
            factorised = self.factorisations > factorisations
            report.iterations.append(Iteration(number, size, norm, contraction, alpha, factorised))
            undamped = alpha == 1.0
            if undamped:
                rate = min(contraction, 0.9) if np.isfinite(contraction) else 0.9
                expected = size * rate / (1 - rate)  # error after this step, by the contraction so far
                if expected < settings.tolerance and (undamped_before or size < settings.tolerance):
                    return
                # Very long, thin channels lose digits: small updates that no longer shrink are rounding, not error.
                floor = floor + 1 if size < settings.rounding_floor and contraction > 0.5 else 0
                if floor > 2:
                    return
            stuck = stuck + 1 if undamped and size > 0.9 * previous else 0
            if stuck > MOST_STUCK:
                raise NewtonFailure("the updates do not shrink")
            previous, undamped_before = size, undamped
        raise NewtonFailure(
            f"no convergence in {settings.max_iterations} steps (last update {size:.2e} thermal voltages)"
        )

    def _direction(self, residual: PETSc.Vec, previous: float, settings: NewtonSettings) -> float:
        """Compute the step; its largest entry in thermal voltages."""
        if self._usable:
            self.jacobian.solve(residual, self._step)
            # Old factors serve while the updates keep shrinking; never for a damped step.
            if self._size() <= settings.good_contraction * min(previous, settings.cap):
                return self._size()
        try:
            self.jacobian.refresh()
        except SingularMatrixError:
            self._usable = False
            raise NewtonFailure("the Jacobian is singular") from None
        self._usable = True
        self.jacobian.solve(residual, self._step)
        return self._size()

    def _size(self) -> float:
        return float(self._step.norm(PETSc.NormType.NORM_INFINITY))


class _Shell:
    """What PETSc calls to solve; exceptions are kept, since they would not survive the way through PETSc."""

    def __init__(self, iterate: Callable[[PETSc.SNES, NewtonSettings, NewtonReport], None]) -> None:
        # weakly: PETSc's reference to this object would keep the problem and its factors alive for ever
        self._iterate = weakref.WeakMethod(iterate)
        self.settings, self.report = NewtonSettings(), NewtonReport()
        self.failure: Exception | None = None

    def solve(self, snes: PETSc.SNES, _b: PETSc.Vec, _x: PETSc.Vec) -> None:
        """Iterate, and tell PETSc how it ended."""
        try:
            iterate = self._iterate()
            assert iterate is not None  # the solver that owns this object is running
            iterate(snes, self.settings, self.report)
            snes.setConvergedReason(PETSc.SNES.ConvergedReason.CONVERGED_SNORM_RELATIVE)
        except Exception as failure:
            self.failure = failure
            snes.setConvergedReason(PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT)
