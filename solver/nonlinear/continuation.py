"""Steady states by continuation: from which guess, and what is tried when Newton's method fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear import reasons
from solver.nonlinear.newton import FINE, FORCING, Newton, NewtonFailure, NewtonReport, NewtonSettings

SMALLEST_STEP = 1 / 64
"""Continuation gives up when this fraction of the way to a point does not converge."""

MOST_EFFORT = 15
"""Newton steps that a point may take with all that is tried, in units of `solver.max_iterations`."""

CONSERVED = 1e-9
"""A point whose currents balance worse than this gets further Newton steps: in thin channels the update can be tiny and
the currents, which hang on the stiff transverse coupling, still be off."""

NO_FLOW = 1e-9
"""Volume that passes at a port, as a dimensionless rate of ions that it carries, below which it need not balance."""

MARGIN = 0.1
"""Part of that imbalance which such a step aims at."""

MOST_FURTHER_STEPS = 6
"""Largest number of such steps."""

USEFUL_STEP = 0.3
"""Part of the imbalance that a useful one leaves; with more, new factors are made, and after these it is rounding."""

POINTS_FOR_EXTRAPOLATION = 5
"""Number of accepted points through which the next guess is extrapolated (a quartic)."""


class EffortSpent(Exception):
    """A point has taken as many Newton steps as it may."""


class ConvergenceError(Exception):
    """A point that could not be reached: where, why, what was tried, and what helps."""

    def __init__(self, where: str, reason: str, hint: str, solved: Solved) -> None:
        self.where, self.reason, self.hint, self.solved = where, reason, hint, solved
        super().__init__(f"{where}: {reason}; {hint}")

    def __reduce__(self) -> tuple[type[ConvergenceError], tuple[str, str, str, Solved]]:
        """As other ranks get it: without states."""
        return type(self), (self.where, self.reason, self.hint, Solved(self.solved.report, list(self.solved.events)))


@dataclass(frozen=True)
class Guess:
    """From where Newton's method starts.

    Attributes:
        state: of the transport, ghosts included.
        flow: beside it, where one is known; it counts only where the flow is an unknown of Newton's method.
    """

    state: np.ndarray
    flow: np.ndarray | None = None


def _fields(found: Evaluation) -> Guess:
    """The fields of an evaluated state."""
    return Guess(found.state, found.flow)


@dataclass
class Solved:
    """How a point was reached: Newton's iterations, what was tried, the tolerance, and the state (None when it was not
    reached)."""

    report: NewtonReport
    events: list[str]
    found: Evaluation | None = None
    tolerance: float = NewtonSettings.tolerance

    @property
    def state(self) -> Evaluation:
        """The evaluated state that was reached."""
        if self.found is None:
            raise RuntimeError("the point was not reached")
        return self.found


@dataclass
class Continuation:
    """Moves steady states of one problem from parameters to parameters. Collective.

    Attributes:
        problem, newton: whose states, and how they are found.
        settings: of every Newton solve.
        found: the last state that was reached; None before the first.
        farthest: the last state on the way to the point at hand; None before the first.
    """

    problem: Problem
    newton: Newton
    settings: NewtonSettings
    found: Evaluation | None = None
    farthest: Evaluation | None = None
    _storage: Storage = NO_STORAGE
    _past: list[tuple[float, Evaluation]] = field(default_factory=list)
    _first: tuple[float, Evaluation] | None = None
    _rest: Evaluation | None = None

    def begin_branch(self, continues: bool) -> None:
        """Start a series of points: from the first point of the series before, or from the last state."""
        if continues and self._first is not None:
            self._past, self.found = [self._first], self._first[1]
            self.newton.forget()
        else:
            self._past, self._first = [], None

    def start_over(self) -> None:
        """Forget all states: the next one is reached from rest."""
        self.found, self._past, self._first = None, [], None
        self.newton.forget()

    def start_from(self, found: Evaluation) -> None:
        """Take a state that was reached before for the last one; the next state is reached from there alone."""
        self.found, self._past, self._first = found, [], None

    def adopt(self, state: np.ndarray, parameters: Parameters) -> Evaluation:
        """Take a state, read from a checkpoint, for the converged one of some parameters; gives it evaluated."""
        _, self._storage = self.problem.at_rest(parameters)
        self.found = self.problem.evaluate(state, parameters, self._storage)
        return self.found

    def reach(self, target: Parameters, coordinate: float, where: str, tolerance: float | None = None) -> Solved:
        """Converge at some parameters; `coordinate` is their position along the series, for extrapolation.

        tolerance: of the potentials; default that of the settings.

        Raises:
            ConvergenceError: the last good state is kept.
        """
        solved = Solved(NewtonReport(), [], tolerance=self.settings.tolerance if tolerance is None else tolerance)
        before = self.farthest = self.found
        if before is not None and not self._holds(before, target):
            self.start_over()
        try:
            origin = self._nearest(target) or self._ohmic(target, solved) or self._at_rest(target, solved)
            found = self._solve_with_fallbacks(origin, target, coordinate, solved)
        except (NewtonFailure, EffortSpent) as failure:
            self.found = before
            tried = "; ".join(solved.events) or "Newton with a capped step"
            hint = reasons.hint(self.problem, self.farthest, target)
            raise ConvergenceError(where, f"{failure} (tried: {tried})", hint, solved) from None
        with suppress(NewtonFailure):  # it has converged already; this only improves the last digits
            found = self._balanced(found, solved)
        self.found = solved.found = found
        self._past = [*self._past, (coordinate, found)][-POINTS_FOR_EXTRAPOLATION:]
        if self._first is None:
            self._first = self._past[-1]
        return solved

    def refine(self, solved: Solved, tolerance: float) -> None:
        """Converge a point that was reached better.

        Raises:
            NewtonFailure: on all ranks; the point is left as it was.
        """
        finer = replace(solved, tolerance=tolerance)
        found = self._newton(_fields(solved.state), solved.state.parameters, finer, self.settings.cap)
        with suppress(NewtonFailure):
            found = self._balanced(found, finer)
        self.found = solved.found = found
        solved.tolerance = tolerance
        self._past = [*self._past[:-1], (self._past[-1][0], found)]

    def _holds(self, found: Evaluation, target: Parameters) -> bool:
        """Whether a device without terminals still is filled with what it holds in a state; always true of others."""
        if self.problem.ports.terminals:
            return True
        return np.array_equal(found.parameters.filling, target.filling)

    def _balanced(self, found: Evaluation, solved: Solved) -> Evaluation:
        """The state after as many further Newton steps, whatever their size, as its currents need to balance."""
        renewed = False
        for _ in range(MOST_FURTHER_STEPS):
            before = self._imbalance(found)
            if before <= CONSERVED:
                break
            tolerance = float(np.clip(MARGIN * CONSERVED / before, FINE, FORCING))
            better = self.newton.improved(found, self.settings, solved.report, tolerance)
            left = self._imbalance(better)
            found = better if left < before else found
            if left > USEFUL_STEP * before:
                if renewed:
                    break
                self.newton.forget()
                renewed = True
        return found

    def _imbalance(self, found: Evaluation) -> float:
        """Net charge that would pile up in a state, over the largest current; and the net volume of liquid, where the flow is
        an unknown of Newton's method. Collective."""
        problem, charge = self.problem, found.imbalance
        if not problem.split or problem.flow is None:
            return charge
        rates = found.flow_rates
        largest, passing = np.abs(rates).max(initial=0.0), {port.name for port in problem.ports.all}
        if largest * problem.scales.peclet <= NO_FLOW or not passing.issuperset(problem.flow.outflow_forms):
            return charge
        return max(charge, float(abs(rates.sum()) / largest))

    def _newton(
        self, guess: Guess, parameters: Parameters, solved: Solved, cap: float, most: int | None = None
    ) -> Evaluation:
        # Small differences deserve a small error: currents are to be conserved relative to themselves.
        tolerance = solved.tolerance * min(1.0, max(parameters.span(), 1e-4))
        allowed = MOST_EFFORT * self.settings.max_iterations
        left = allowed - len(solved.report.iterations)
        if left <= 0:
            raise EffortSpent(f"given up after {allowed} Newton steps")
        most = min(left, most or self.settings.max_iterations)
        settings = replace(self.settings, cap=cap, tolerance=tolerance, max_iterations=most)
        flow = self.problem.guessed_flow(guess.flow)
        start = self.problem.evaluate(guess.state, parameters, self._storage, flow)
        self.farthest = self.newton.solve(start, settings, solved.report)
        return self.farthest

    def _nearest(self, target: Parameters) -> Evaluation | None:
        """The last state, or that at rest if the way from there is shorter; None before the first."""
        last, rest = self.found, self._rest
        if last is None or rest is None:
            return last
        if not np.array_equal(rest.parameters.values, target.at_rest().with_pressures_of(rest.parameters).values):
            return last
        if last.parameters.distance(target) <= rest.parameters.distance(target):
            return last
        self.newton.forget()
        return rest

    def _ohmic(self, target: Parameters, solved: Solved) -> Evaluation | None:
        """The state of a device with reacting electrodes, from their Ohmic one; None without these, or if it is too far."""
        if not self.problem.ohmic:
            return None
        self.newton.forget()
        state, self._storage = self.problem.at_rest(target)
        try:
            return self._newton(Guess(state), target, solved, self.settings.cap)
        except NewtonFailure as failure:
            solved.events.append(f"Ohmic start failed: {failure}")
            return None

    def _at_rest(self, target: Parameters, solved: Solved) -> Evaluation:
        """The device without voltage and pressure, from nothing."""
        rest = target.at_rest()
        self.newton.forget()
        state, self._storage = self.problem.at_rest(rest)
        for cap in (self.settings.cap, self.settings.cap / 2):
            try:
                self._rest = self._newton(Guess(state), rest, solved, cap)
                return self._rest
            except NewtonFailure:
                solved.events.append(f"rest not reached with cap {cap:g}")
        apart = rest.uncharged()
        if rest.distance(rest.mixed()) > 0.0:  # neither of unlike reservoirs is near the state of a mixture of both
            state = self.problem.at_rest(apart.mixed())[0]
            state = self._step_continuation(apart.mixed(), apart, Guess(state), solved).state
        self._rest = self._step_continuation(apart, rest, Guess(state), solved)
        return self._rest

    def _solve_with_fallbacks(
        self, origin: Evaluation, target: Parameters, coordinate: float, solved: Solved
    ) -> Evaluation:
        """Newton's method from an extrapolated guess, from the last state, with a smaller cap; then continuation."""
        most = self.settings.max_iterations
        for guess, cap, event in self._attempts(origin, target, coordinate):
            try:
                # a good guess converges soon, and a bad one is not worth more
                return self._newton(guess, target, solved, cap, most // 2 if guess.state is not origin.state else most)
            except NewtonFailure as failure:
                solved.events.append(f"{event} failed: {failure}")
                self.newton.forget()
        return self._step_continuation(origin.parameters, target, _fields(origin), solved)

    def _attempts(
        self, origin: Evaluation, target: Parameters, coordinate: float
    ) -> Iterator[tuple[Guess, float, str]]:
        """Guess, cap and name of each attempt, in the order of their cost."""
        cap, start = self.settings.cap, _fields(origin)
        if len(self._past) > 1:
            known = [(position, found.state) for position, found in self._past]
            flows = [(position, found.flow) for position, found in self._past if found.flow is not None]
            flow = extrapolated(flows, coordinate) if self.problem.split and flows else None
            yield Guess(extrapolated(known, coordinate), flow), cap, "extrapolated guess"
        yield start, cap, f"cap {cap:g}"
        if self.problem.ohmic:
            yield Guess(self.problem.at_rest(target)[0]), cap, "Ohmic start"
        yield start, cap / 2, f"cap {cap / 2:g}"

    def _step_continuation(self, origin: Parameters, target: Parameters, start: Guess, solved: Solved) -> Evaluation:
        """Go from parameters to parameters in steps that halve on failure and double on success."""
        done, step, good = 0.0, 0.25, start
        while True:
            ahead = min(1.0, done + step)
            try:
                found = self._newton(good, origin.towards(target, ahead), solved, self.settings.cap)
                done, step, good = ahead, 2 * step, _fields(found)
                solved.events.append(f"continuation to {done:.3g}")
                if done == 1.0:
                    return found
            except NewtonFailure:
                step = (ahead - done) / 2  # half of the way that was tried, of which the end may have cut off a part
                self.newton.forget()
                if step < SMALLEST_STEP:
                    solved.events.append(f"continuation stuck at {done:.3g} of the way")
                    raise


def extrapolated(known: Sequence[tuple[float, np.ndarray]], at: float) -> np.ndarray:
    """Value at a position of the Lagrange polynomial through arrays at known positions."""
    positions = np.array([position for position, _ in known])
    found = np.zeros_like(known[0][1])
    for k, (position, values) in enumerate(known):
        others = np.delete(positions, k)
        found += np.prod((at - others) / (position - others)) * values
    return found


def well_extrapolated(
    known: Sequence[tuple[float, np.ndarray]], at: float, size: Callable[[np.ndarray], float], most: float
) -> tuple[np.ndarray, int]:
    """Value at a position by as many of the last arrays as agree best with one less, and their number: of a step much longer
    than those before, polynomials of higher order say nothing.

    size: of a difference. most: beyond this the last array is the better guess.
    """
    found, count, before, least = known[-1][1], 1, known[-1][1], most
    for number in range(2, len(known) + 1):
        further = extrapolated(known[-number:], at)
        if not (change := size(further - before)) < least:
            break
        found, count, before, least = further, number, further, change
    return found, count
