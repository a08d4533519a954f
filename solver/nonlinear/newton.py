"""Newton's method for the coupled problem, made for exponentials: the step is capped, never line-searched.

A residual-norm line search is misled by the exponential peaks of the residual; a cap on the update of the potentials
is not. A residual and a solve with factors at hand cost a tenth of a new factorisation, so the factors are kept, from
point to point too, as long as the updates shrink well with them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import BlockSolver, SingularMatrixError
from solver.nonlinear.inner_equations import left_by_model
from solver.nonlinear.jacobian import Jacobian

MOST_STUCK = 12
"""Undamped updates in a row that may fail to shrink before the iteration is given up."""

FAR = 100
"""Updates beyond this many caps point nowhere."""

SOLVED = 1e-7
"""Thermal voltages: more than this is not left of an equation that a law has solved within its formula."""

MOST_FAR = 20
"""Such updates in a row before the iteration is given up: what is that far off is reached in smaller steps, or not at all."""


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
    """The nonlinear solver of one problem; keeps its factorisation from solve to solve. Collective.

    Args:
        problem: whose equations are solved.
        solver: of the linear systems; the direct one by default.
        open_ports: see `solver.nonlinear.jacobian.Jacobian`; their potentials stay what they are.
    """

    def __init__(self, problem: Problem, solver: BlockSolver | None = None, open_ports: Sequence[int] = ()) -> None:
        self.problem = problem
        self.jacobian = Jacobian(problem, solver, open_ports)
        self._residual = problem.state.x.petsc_vec.duplicate()
        self._usable = False
        # A PETSc SNES runs the iteration below, so that -snes_monitor and -snes_converged_reason work.
        self._snes = PETSc.SNES().create(problem.mesh.comm)
        self._snes.setType(PETSc.SNES.Type.PYTHON)
        self._snes.setPythonContext(_Shell(self._iterate))
        self._snes.setFunction(lambda _snes, _x, _f: None, self._residual.duplicate())
        self._snes.setFromOptions()

    @property
    def factorisations(self) -> int:
        """Factorisations of the whole Jacobian so far."""
        return self.jacobian.factorisations

    @property
    def usable(self) -> bool:
        """Whether the factors at hand serve the next solve."""
        return self._usable

    def factorise(self, found: Evaluation) -> None:
        """Factorise the Jacobian at a state for the next solves.

        Raises:
            SingularMatrixError: on all ranks.
        """
        self.jacobian.refresh(found)
        self._usable = True

    def forget(self) -> None:
        """Drop the factorisation: the next step makes a new one."""
        self._usable = False

    def solve(self, start: Evaluation, settings: NewtonSettings, report: NewtonReport) -> Evaluation:
        """The solution near a state, for its parameters and storage; what was done is added to `report`.

        Raises:
            NewtonFailure: when it does not converge.
        """
        before = self.jacobian.factorisations
        shell = self._snes.getPythonContext()
        shell.settings, shell.report, shell.failure, shell.found = settings, report, None, start
        self._snes.solve(None, self._residual)
        report.factorisations += self.jacobian.factorisations - before
        found, shell.found = shell.found, None  # PETSc must not keep it alive
        if shell.failure is not None:
            raise shell.failure
        assert found is not None
        self._check_walls(found)
        if not (left := left_by_model(self.problem, found)) <= SOLVED:
            raise NewtonFailure(
                f"the model of the electrolyte has not found the ions' excess ({left:.1e} thermal voltages off); they are"
                " packed too densely for it, or their sizes differ too much"
            )
        return found

    def _check_walls(self, found: Evaluation) -> None:
        """Refuse a state in which a law of a wall has not solved its own equation, as its charge would be wrong silently.
        Collective."""
        checked = [wall for wall in self.problem.wall_charges if wall.unsolved is not None]
        if checked:
            self.problem.load(found)
        for wall in checked:
            if not (left := wall.largest_unsolved()) <= SOLVED:
                raise NewtonFailure(
                    f"the charge of wall '{wall.name}' is not in equilibrium ({left:.1e} thermal voltages off)"
                )

    def improved(self, found: Evaluation, settings: NewtonSettings, report: NewtonReport) -> Evaluation:
        """The state after one more step from a state that has converged already, for its last digits.

        Raises:
            NewtonFailure: when there is no such step.
        """
        before = self.jacobian.factorisations
        found = found if self.jacobian.eliminates_flow else self._with_own_flow(found)
        norm = self._norm(found)
        step, flow_step = self._direction(found, np.inf, settings)
        size = self.problem.unknowns.largest(step)
        if not np.isfinite(size):
            raise NewtonFailure("the linear system is singular")
        alpha = self._part(step, size, settings)
        count = self.jacobian.factorisations - before
        report.iterations.append(Iteration(1, size, norm, np.nan, alpha, count > 0))
        report.factorisations += count
        return self.stepped(found, alpha * step, alpha * flow_step)

    def _iterate(
        self, snes: PETSc.SNES, start: Evaluation, settings: NewtonSettings, report: NewtonReport
    ) -> Evaluation:
        found = start if self.jacobian.eliminates_flow else self._with_own_flow(start)
        previous, undamped_before, stuck, floor, far = np.inf, False, 0, 0, 0
        for number in range(1, settings.max_iterations + 1):
            self.problem.clock.check()
            norm = self._norm(found)
            snes.monitor(number - 1, norm)
            if not np.isfinite(norm):
                raise NewtonFailure("the residual is not a number")
            factorisations = self.factorisations
            step, flow_step = self._direction(found, previous, settings)
            size = self.problem.unknowns.largest(step)
            if not np.isfinite(size):
                raise NewtonFailure("the linear system is singular")
            alpha = self._part(step, size, settings)
            found = self.stepped(found, alpha * step, alpha * flow_step)
            contraction = size / previous if np.isfinite(previous) else np.nan
            factorised = self.factorisations > factorisations
            report.iterations.append(Iteration(number, size, norm, contraction, alpha, factorised))
            undamped = alpha == 1.0
            if undamped:
                rate = min(contraction, 0.9) if np.isfinite(contraction) else 0.9
                expected = size * rate / (1 - rate)  # error after this step, by the contraction so far
                if expected < settings.tolerance and (undamped_before or size < settings.tolerance):
                    return found
                # Very long, thin channels lose digits: small updates that no longer shrink are rounding, not error.
                floor = floor + 1 if size < settings.rounding_floor and contraction > 0.5 else 0
                if floor > 2:
                    return found
            stuck = stuck + 1 if undamped and size > 0.9 * previous else 0
            if stuck > MOST_STUCK:
                raise NewtonFailure("the updates do not shrink")
            far = far + 1 if size > FAR * settings.cap else 0
            if far >= MOST_FAR:
                raise NewtonFailure(f"the updates stay large (the last one is {size:.2e} thermal voltages)")
            previous, undamped_before = size, undamped
        raise NewtonFailure(
            f"no convergence in {settings.max_iterations} steps (last update {size:.2e} thermal voltages)"
        )

    def _part(self, step: np.ndarray, size: float, settings: NewtonSettings) -> float:
        """How much of a step is taken, whose largest entry is `size`."""
        unknowns = self.problem.unknowns
        limiting = unknowns.largest_potential(step) if unknowns.of_walls else size
        return min(1.0, settings.cap / max(limiting, 1e-300))

    def _norm(self, found: Evaluation) -> float:
        self._residual.array[:] = found.residual
        return float(self._residual.norm())

    def _with_own_flow(self, found: Evaluation) -> Evaluation:
        """The same state with the flow as an unknown of its own."""
        if found.flow is None or found.flow_rows is not None:
            return found
        return self.problem.evaluate(found.state, found.parameters, found.storage, found.flow)

    def stepped(self, found: Evaluation, step: np.ndarray, flow_step: np.ndarray) -> Evaluation:
        """The equations at a state less a step."""
        problem, flow = self.problem, None
        if problem.flow is not None and found.flow is not None and found.flow_rows is not None:
            flow = problem.flow.minus(found.flow, flow_step)
        return problem.evaluate(problem.unknowns.minus(found.state, step), found.parameters, found.storage, flow)

    def _direction(self, found: Evaluation, previous: float, settings: NewtonSettings) -> tuple[np.ndarray, np.ndarray]:
        """The step of transport and flow (owned entries)."""
        if self._usable:
            step = self.jacobian.direction(found)
            # Old factors serve while the updates keep shrinking; never for a damped step.
            size = self.problem.unknowns.largest(step[0])
            if size <= settings.good_contraction * min(previous, settings.cap):
                return step
        try:
            self.jacobian.refresh(found)
        except SingularMatrixError:
            self._usable = False
            raise NewtonFailure("the Jacobian is singular") from None
        self._usable = True
        return self.jacobian.direction(found)


class _Shell:
    """The context of PETSc's solver; exceptions are kept, since they would not survive the way through PETSc."""

    def __init__(self, iterate: Callable[[PETSc.SNES, Evaluation, NewtonSettings, NewtonReport], Evaluation]) -> None:
        # weakly: PETSc's reference to this object would keep the problem and its factors alive for ever
        self._iterate = weakref.WeakMethod(iterate)
        self.settings, self.report = NewtonSettings(), NewtonReport()
        self.found: Evaluation | None = None
        self.failure: BaseException | None = None

    def solve(self, snes: PETSc.SNES, _b: PETSc.Vec, _x: PETSc.Vec) -> None:
        """Iterate, and tell PETSc how it ended."""
        start, self.found = self.found, None
        try:
            iterate = self._iterate()
            assert iterate is not None  # the solver that owns this object is running
            assert start is not None
            self.found = iterate(snes, start, self.settings, self.report)
            snes.setConvergedReason(PETSc.SNES.ConvergedReason.CONVERGED_SNORM_RELATIVE)
        except BaseException as failure:
            self.failure = failure
            snes.setConvergedReason(PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT)
