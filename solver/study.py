"""Steady points by continuation: in which order, from which guess, and what is tried when Newton fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from solver.case import Case, Steady
from solver.control import Impedance, Transient
from solver.drive import Drive
from solver.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings
from solver.problem import Problem
from solver.schedule import schedule_of

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


@dataclass(frozen=True)
class Point:
    """One point of a study.

    Attributes:
        number: counts in the order of computing.
        values: swept parameter (dotted key) and SI value, outer first.
        case: the case with these values.
        branch: points of one branch follow each other continuously.
        coordinate: position along the branch, for extrapolation: the value, or its logarithm where values span decades.
        continues: whether the branch starts from the first point of the branch before.
    """

    number: int
    values: tuple[tuple[str, float], ...]
    case: Case
    branch: int
    continues: bool
    coordinate: float = 0.0

    @property
    def name(self) -> str:
        """The point in words."""
        nothing = "the protocol" if isinstance(self.case.study, Transient) else "the steady point"
        return ", ".join(f"{parameter} = {value:.6g}" for parameter, value in self.values) or nothing


def plan(case: Case) -> list[Point]:
    """All points of the study in the order of computing: steady points, biases of a spectrum, runs of a protocol.

    A range of values with both signs starts at the value nearest to zero and goes up; then from there down.
    """
    if isinstance(case.study, Steady):
        return [Point(0, (), case, 0, False)]
    if isinstance(case.study, Transient):
        return _runs(case, case.study)
    if isinstance(case.study, Impedance):
        return _biases(case, case.study)
    axes = case.study.axes()
    inner, values = axes[-1]
    outer_values: Sequence[float | None]
    outer, outer_values = axes[0] if len(axes) > 1 else ("", [None])
    decades = min(values) > 0 and max(values) > 20 * min(values)
    points: list[Point] = []
    branch = 0
    for outer_value in outer_values:
        base = case if outer_value is None else case.with_value(outer, outer_value)
        prefix = () if outer_value is None else ((outer, outer_value),)
        for index, run in enumerate(_branches(values)):
            for value in run:
                swept = (*prefix, (inner, value))
                at = float(np.log(value)) if decades else value
                points.append(Point(len(points), swept, base.with_value(inner, value), branch, index > 0, at))
            branch += 1
    return points


def _runs(case: Case, study: Transient) -> list[Point]:
    """One point for every value of the outer parameter."""
    if study.outer is None:
        return [Point(0, (), case, 0, False)]
    key = study.outer.parameter
    values = enumerate(study.outer.points())
    return [Point(k, ((key, value),), case.with_value(key, value), k, False) for k, value in values]


def _biases(case: Case, study: Impedance) -> list[Point]:
    """One point for every potential at which a spectrum is taken."""
    name = case.driven_terminal
    key = case.potential_key(name)
    potentials = [case.potential_of(name)] if study.at is None else [float(value) for value in study.at]
    return [Point(k, ((key, v),), case.with_value(key, v), 0, False, v) for k, v in enumerate(potentials)]


def extremes(point: Point) -> list[Point]:
    """The steady points at which anything that a protocol drives is least or greatest; other points as they are. Meshes are
    made for these."""
    if not isinstance(point.case.study, Transient):
        return [point]
    steady = point.case.model_copy(update={"study": Steady(driven_terminal=point.case.driven_terminal)})
    values = enumerate(schedule_of(point.case).extremes())
    return [Point(0, tuple(held.items()), steady.with_values(held), 0, False, float(k)) for k, held in values]


def _branches(values: list[float]) -> list[list[float]]:
    """The values in runs of computing order."""
    if min(values) < 0 < max(values):
        ordered = sorted(values)
        start = int(np.argmin(np.abs(ordered)))
        return [run for run in (ordered[start:], ordered[:start][::-1]) if run]
    return [list(values)]


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
