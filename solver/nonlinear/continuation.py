"""Steady states by continuation: from which guess, and what is tried when Newton's method fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from solver.discretization.parameters import Drive
from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings

SMALLEST_STEP = 1 / 64
"""Continuation gives up when this fraction of the way to a point does not converge."""

CONSERVED = 1e-9
"""A point whose currents balance worse than this gets one more Newton step: in thin channels the update can be tiny and
the currents, which hang on the stiff transverse coupling, still be off."""

ORDER = 5
"""Accepted points used to extrapolate the next guess (a quartic)."""


class ConvergenceError(Exception):
    """A point that could not be reached: where, why, what was tried, and what helps."""

    def __init__(self, where: str, reason: str, hint: str, solved: Solved) -> None:
        self.where, self.reason, self.hint, self.solved = where, reason, hint, solved
        super().__init__(f"{where}: {reason}; {hint}")


@dataclass
class Solved:
    """How a point was reached."""

    report: NewtonReport
    events: list[str]


@dataclass
class Continuation:
    """Moves the state of one problem from drive to drive.

    Attributes:
        problem, newton: what is moved and how.
        settings: of every Newton solve.
        drive: the last drive that was reached (None before the first).
    """

    problem: Problem
    newton: Newton
    settings: NewtonSettings
    drive: Drive | None = None
    _past: list[tuple[float, np.ndarray]] = field(default_factory=list)
    _anchor: tuple[Drive, tuple[float, np.ndarray]] | None = None
    _good: np.ndarray | None = None

    def begin_branch(self, continues: bool) -> None:
        """Start a run of points: from the first point of the run before, or from wherever the state is."""
        if continues and self._anchor is not None:
            self.drive, past = self._anchor
            self._past = [past]
            self._state[:] = past[1]
            self.newton.forget()
        else:
            self._past, self._anchor = [], None

    def start_over(self) -> None:
        """Forget all states: the next one is reached from rest."""
        self.drive, self._past, self._anchor, self._good = None, [], None, None
        self.newton.forget()

    def adopt(self, drive: Drive) -> None:
        """Take the problem's state, read from a checkpoint, for the converged state of a drive."""
        self.drive, self._good = drive, self._state.copy()

    @property
    def _state(self) -> np.ndarray:
        return self.problem.state.x.array

    def restore(self) -> None:
        """Put the last good state back, after a failure."""
        if self._good is not None and self.drive is not None:
            self.problem.set_drive(self.drive)
            self._state[:] = self._good

    def reach(self, target: Drive, coordinate: float, where: str) -> Solved:
        """Converge at a drive; `coordinate` is its position along the branch, for extrapolation.

        Raises:
            ConvergenceError: with the last good state restored.
        """
        solved = Solved(NewtonReport(), [])
        try:
            if self.drive is None:
                self._come_to_rest(target, solved)
            self._ladder(target, coordinate, solved)
        except NewtonFailure as failure:
            self.restore()
            tried = "; ".join(solved.events) or "Newton with a capped step"
            hint = (
                "sweep there in smaller steps, begin with a smaller surface charge or a higher concentration, "
                "or refine the mesh (mesh.refinement: 1)"
            )
            raise ConvergenceError(where, f"{failure} (tried: {tried})", hint, solved) from None
        if self.problem.imbalance() > CONSERVED:
            with suppress(NewtonFailure):  # it has converged already; this only polishes the last digits
                polish = replace(self.settings, max_iterations=1, tolerance=0.0)
                self.newton.solve(polish, solved.report)
        self.drive = target
        self._good = self._state.copy()
        self._past = [*self._past, (coordinate, self._good)][-ORDER:]
        if self._anchor is None:
            self._anchor = (target, self._past[-1])
        return solved

    def _newton(self, drive: Drive, solved: Solved, cap: float, most: int | None = None) -> None:
        self.problem.set_drive(drive)
        # A small drive deserves a small error: currents are to be conserved relative to themselves.
        tolerance = self.settings.tolerance * min(1.0, max(drive.span(), 1e-4))
        most = most or self.settings.max_iterations
        settings = replace(self.settings, cap=cap, tolerance=tolerance, max_iterations=most)
        self.newton.solve(settings, solved.report)

    def _come_to_rest(self, target: Drive, solved: Solved) -> None:
        """The device without voltage and pressure, from nothing."""
        rest = target.at_rest()
        self.newton.forget()
        for cap in (self.settings.cap, self.settings.cap / 2):
            self.problem.start_at_rest(rest)
            try:
                self._newton(rest, solved, cap)
                break
            except NewtonFailure:
                solved.events.append(f"rest not reached with cap {cap:g}")
        else:
            self.problem.start_at_rest(rest)
            self._walk(rest.uncharged(), rest, self._state.copy(), solved)
        self.drive = rest

    def _ladder(self, target: Drive, coordinate: float, solved: Solved) -> None:
        assert self.drive is not None
        start, origin = self._state.copy(), self.drive
        most = self.settings.max_iterations
        for guess, cap, event in self._attempts(start, coordinate):
            self._state[:] = guess
            try:
                # a good guess converges soon, and a bad one is not worth more
                self._newton(target, solved, cap, most // 2 if guess is not start else most)
                return
            except NewtonFailure as failure:
                solved.events.append(f"{event} failed: {failure}")
                self.newton.forget()
        self._walk(origin, target, start, solved)

    def _attempts(self, start: np.ndarray, coordinate: float) -> Iterator[tuple[np.ndarray, float, str]]:
        cap = self.settings.cap
        if len(self._past) > 1:
            yield self._extrapolated(coordinate), cap, "extrapolated guess"
        yield start, cap, f"cap {cap:g}"
        yield start, cap / 2, f"cap {cap / 2:g}"

    def _extrapolated(self, coordinate: float) -> np.ndarray:
        """Lagrange polynomial through the last accepted states."""
        at = np.array([position for position, _ in self._past])
        guess = np.zeros_like(self._past[0][1])
        for k, (position, state) in enumerate(self._past):
            others = np.delete(at, k)
            guess += np.prod((coordinate - others) / (position - others)) * state
        return guess

    def _walk(self, origin: Drive, target: Drive, start: np.ndarray, solved: Solved) -> None:
        """Go from drive to drive in steps that halve on failure and double on success."""
        done, step, good = 0.0, 0.25, start
        while done < 1.0:
            ahead = min(1.0, done + step)
            self._state[:] = good
            try:
                self._newton(origin.towards(target, ahead), solved, self.settings.cap)
                done, step, good = ahead, 2 * step, self._state.copy()
                solved.events.append(f"continuation to {done:.3g}")
            except NewtonFailure:
                step /= 2
                self.newton.forget()
                if step < SMALLEST_STEP:
                    solved.events.append(f"continuation stuck at {done:.3g} of the way")
                    raise
