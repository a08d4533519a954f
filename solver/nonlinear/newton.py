"""Newton's method for the coupled problem, made for exponentials: the step is capped, never line-searched.

A residual-norm line search is misled by the exponential peaks of the residual; a cap on the update of the potentials
is not. A residual and a solve with factors at hand cost a tenth of a new factorisation, so the factors are kept, from
point to point too, as long as the updates shrink well with them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import BlockSolver, SingularMatrixError
from solver.nonlinear.flow_changes import size_of_flow
from solver.nonlinear.inner_equations import left_by_model
from solver.nonlinear.jacobian import Jacobian

MOST_STUCK = 12
"""Undamped updates in a row that may fail to shrink before the iteration is given up."""

FAR = 100
"""Updates beyond this many caps point nowhere."""

MOST_FAR = 20
"""Such updates in a row before the iteration is given up: what is that far off is reached in smaller steps, or not at all."""

FORCING = 1e-2
"""Relative residual that an iterative linear solver may leave in a step of Newton's method."""

FINE = 1e-5
"""The same in steps from a state that has converged already, for its last digits."""

LEAST = 3e-5
"""The least that is asked for in steps on the way: with less, an iteration costs more than it gains."""

SOLVED = 1e-7
"""Thermal voltages: more than this is not left of an equation that a law has solved within its formula."""


@dataclass(frozen=True)
class NewtonSettings:
    """Tolerance and limits of one nonlinear solve.

    Attributes:
        tolerance: largest remaining error of any potential, in thermal voltages.
        max_iterations: steps before giving up.
        cap: largest update of any potential in one step, in thermal voltages.
        rounding_floor: updates below this that no longer shrink end the iteration, too.
        good_contraction: reuse a factorisation while updates shrink at least by this factor.
        keeps_matrices: whether solvers that iterate go on with matrices at hand under the same condition.
        residual: relative one that such solvers need not go below.
        flow_weight: thermal voltages for which a change of the flow by all of itself counts, where it is an unknown.
    """

    tolerance: float = 1e-10
    max_iterations: int = 60
    cap: float = 4.0
    rounding_floor: float = 1e-6
    good_contraction: float = 0.3
    keeps_matrices: bool = False
    residual: float = 0.0
    flow_weight: float = 1.0


@dataclass(frozen=True)
class Iteration:
    """One Newton step: its number, largest update (thermal voltages), residual norm, contraction, and what was done:
    part of the step taken, whether the Jacobian was factorised, and how the iteration of the linear solver went."""

    number: int
    update: float
    residual: float
    contraction: float
    step_length: float
    factorised: bool
    linear: str = ""


@dataclass
class NewtonReport:
    """How a nonlinear solve went."""

    iterations: list[Iteration] = field(default_factory=list)
    factorisations: int = 0


class NewtonFailure(Exception):
    """A nonlinear solve that did not converge; the text says why."""


class Progress:
    """The sizes of the updates of one iteration, of one problem or of several that are solved together.

    Args:
        settings: tolerance and limits.
    """

    def __init__(self, settings: NewtonSettings) -> None:
        self._settings = settings
        self.previous = np.inf
        """Size of the last update, thermal voltages."""
        self._undamped_before, self._stuck, self._floor, self._far = False, 0, 0, 0

    def contraction(self, size: float) -> float:
        """Of an update over the last one; nan at the first."""
        return size / self.previous if np.isfinite(self.previous) else np.nan

    def forcing(self) -> float:
        """Relative residual that an iterative linear solver may leave in the next step: what is left of an update because
        concentrations are exponentials, of which Newton's method leaves half the square. Two steps later that is a quarter
        of the square of the last update, of the next one (see Eisenstat and Walker, SIAM J. Sci. Comput. 17, 16 (1996))."""
        return float(np.clip(self.previous**2 / 4, LEAST, FORCING)) if self._undamped_before else FORCING

    def ended(self, size: float, undamped: bool) -> bool:
        """Whether the iteration has converged with an update of this size (thermal voltages), of which all was taken or only
        a part.

        Raises:
            NewtonFailure: it does not converge.
        """
        settings, contraction = self._settings, self.contraction(size)
        if undamped:
            rate = min(contraction, 0.9) if np.isfinite(contraction) else 0.9
            expected = size * rate / (1 - rate)  # error after this step, by the contraction so far
            if expected < settings.tolerance and (self._undamped_before or size < settings.tolerance):
                return True
            # Very long, thin channels lose digits: small updates that no longer shrink are rounding, not error.
            self._floor = self._floor + 1 if size < settings.rounding_floor and contraction > 0.5 else 0
            if self._floor > 2:
                return True
        self._stuck = self._stuck + 1 if undamped and size > 0.9 * self.previous else 0
        if self._stuck > MOST_STUCK:
            raise NewtonFailure("the updates do not shrink")
        self._far = self._far + 1 if size > FAR * settings.cap else 0
        if self._far >= MOST_FAR:
            raise NewtonFailure(f"the updates stay large (the last one is {size:.2e} thermal voltages)")
        self.previous, self._undamped_before = size, undamped
        return False


@dataclass(frozen=True)
class Step:
    """A step of Newton's method that is not taken yet.

    Attributes:
        transport, flow: changes of the unknowns, to be subtracted; owned entries. The flow's are empty where it is solved for
            in every residual.
        size: largest entry of the former on all ranks, thermal voltages; where the flow is a part, too, not less than what
            its change counts (see `solver.nonlinear.flow_changes`).
        limiting: what the cap limits, thermal voltages.
    """

    transport: np.ndarray
    flow: np.ndarray
    size: float
    limiting: float


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
        self.check(found)
        return found

    def check(self, found: Evaluation) -> None:
        """Refuse a solution in which the electrolyte or a wall has not solved equations of its own. Collective.

        Raises:
            NewtonFailure: its numbers would be wrong silently.
        """
        self._check_walls(found)
        if not (left := left_by_model(self.problem, found)) <= SOLVED:
            raise NewtonFailure(
                f"the model of the electrolyte has not found the ions' excess ({left:.1e} thermal voltages off); they are"
                " packed too densely for it, or their sizes differ too much"
            )

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

    def improved(
        self, found: Evaluation, settings: NewtonSettings, report: NewtonReport, tolerance: float = FINE
    ) -> Evaluation:
        """The state after one more step from a state that has converged already, for its last digits.

        tolerance: relative residual that an iterative linear solver may leave.

        Raises:
            NewtonFailure: when there is no such step.
        """
        before = self.jacobian.factorisations
        found = self.begun(found)
        norm = self._norm(found)
        step = self.step(found, np.inf, settings, tolerance)
        part = self.part(step, settings)
        count = self.jacobian.factorisations - before
        report.iterations.append(Iteration(1, step.size, norm, np.nan, part, count > 0, self.jacobian.last_iteration))
        report.factorisations += count
        return self.stepped(found, step, part)

    def levelled(self, found: Evaluation) -> Evaluation | None:
        """A converged state with each field changed by a constant, so that next to nothing is lost; None where that does not
        serve. See `solver.nonlinear.jacobian.Jacobian.levelling`."""
        if self.jacobian.keeps_factors or (change := self.jacobian.levelling(found)) is None:
            return None
        state = self.problem.unknowns.minus(found.state, change)
        return self.problem.evaluate(state, found.parameters, found.storage, found.flow)

    def _iterate(
        self, snes: PETSc.SNES, start: Evaluation, settings: NewtonSettings, report: NewtonReport
    ) -> Evaluation:
        found, progress = self.begun(start), Progress(settings)
        for number in range(1, settings.max_iterations + 1):
            self.problem.clock.check()
            norm = self._norm(found)
            snes.monitor(number - 1, norm)
            if not np.isfinite(norm):
                raise NewtonFailure("the residual is not a number")
            factorisations = self.factorisations
            step = self.step(found, progress.previous, settings, max(progress.forcing(), settings.residual))
            part = self.part(step, settings)
            found = self.stepped(found, step, part)
            factorised, contraction = self.factorisations > factorisations, progress.contraction(step.size)
            how = self.jacobian.last_iteration
            report.iterations.append(Iteration(number, step.size, norm, contraction, part, factorised, how))
            if progress.ended(step.size, part == 1.0):
                return found
        raise NewtonFailure(
            f"no convergence in {settings.max_iterations} steps (last update {step.size:.2e} thermal voltages)"
        )

    # ------------------------------------------------------------------ the parts of an iteration
    def begun(self, found: Evaluation) -> Evaluation:
        """The same state as the steps want it: with the flow as an unknown of its own where it is part of them."""
        if self.jacobian.eliminates_flow or found.flow is None or found.flow_rows is not None:
            return found
        return self.problem.evaluate(found.state, found.parameters, found.storage, found.flow)

    def step(self, found: Evaluation, previous: float, settings: NewtonSettings, tolerance: float = FORCING) -> Step:
        """The step from a state, by the factors at hand as long as these serve, or by new ones.

        previous: size of the last update, thermal voltages. tolerance: relative residual that an iterative linear solver may
            leave.

        Raises:
            NewtonFailure: the linear system is singular.
        """
        step = None
        if self.jacobian.keeps_factors:
            step = self.by_factors_at_hand(found)
        elif settings.keeps_matrices and self.jacobian.is_ready:
            with suppress(SingularMatrixError):
                step = self.by_factors_at_hand(found, tolerance, settings.flow_weight)
        # Old factors serve while the updates keep shrinking; never for a damped step.
        if step is None or not step.size <= settings.good_contraction * min(previous, settings.cap):
            step = self.by_new_factors(found, tolerance, settings.flow_weight)
        if not np.isfinite(step.size):
            raise NewtonFailure("the linear system is singular")
        return step

    def by_factors_at_hand(
        self, found: Evaluation, tolerance: float | None = None, flow_weight: float = 1.0
    ) -> Step | None:
        """The step from a state by factors of this or of an earlier one; None without."""
        return self._sized(found, tolerance, flow_weight) if self._usable else None

    def by_new_factors(self, found: Evaluation, tolerance: float | None = None, flow_weight: float = 1.0) -> Step:
        """The step from a state by its own factors.

        Raises:
            NewtonFailure: the Jacobian is singular.
        """
        try:
            self.factorise(found)
            return self._sized(found, tolerance, flow_weight)
        except SingularMatrixError:
            self._usable = False
            how = self.jacobian.last_iteration
            text = f"the linear solver did not converge ({how})" if how else "the Jacobian is singular"
            raise NewtonFailure(text) from None

    def _sized(self, found: Evaluation, tolerance: float | None, flow_weight: float) -> Step:
        transport, flow = self.jacobian.direction(found, tolerance)
        unknowns, of_flow = self.problem.unknowns, self.problem.flow
        size = unknowns.largest(transport)
        limiting = unknowns.largest_potential(transport) if unknowns.of_walls else size
        if of_flow is not None and found.flow is not None and found.flow_rows is not None:
            size = max(size, flow_weight * size_of_flow(self.problem, flow, found.flow))
        return Step(transport, flow, size, limiting)

    def part(self, step: Step, settings: NewtonSettings) -> float:
        """How much of a step is taken."""
        return min(1.0, settings.cap / max(step.limiting, 1e-300))

    def stepped(self, found: Evaluation, step: Step, part: float) -> Evaluation:
        """The equations at a state less a part of a step."""
        problem, flow = self.problem, None
        if problem.flow is not None and found.flow is not None and found.flow_rows is not None:
            flow = problem.flow.minus(found.flow, part * step.flow)
        state = problem.unknowns.minus(found.state, part * step.transport)
        return problem.evaluate(state, found.parameters, found.storage, flow)

    def _norm(self, found: Evaluation) -> float:
        self._residual.array[:] = found.residual
        return float(self._residual.norm())


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
