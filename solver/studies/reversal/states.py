"""The states of a device between its short circuit and its reversal potential."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.sensitivity import Sensitivity, sensitivity
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization.evaluation import Evaluation
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError, Solved
from solver.physics.constants import thermal_voltage
from solver.physics.salinity import ideal_potential
from solver.results import headers
from solver.results.effort import FACTORISATIONS, ITERATIONS, STEP_EVENTS
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.studies.reversal.search import Known, next_best, next_zero
from solver.studies.steady import effort, iterations

PRECISION = 1e-9
"""V: the last change of the reversal potential."""

POWER_PRECISION = 1e-9
"""Part of the largest power by which the last change of its bias may miss it."""

MOST_STATES = 30
"""States for the reversal potential, and as many for the largest power; four and three are usual."""

FARTHEST = 4.0
"""Thermal voltages of the longest step while nothing encloses the reversal potential; not less than Nernst's potential."""


@dataclass(frozen=True)
class Reached:
    """A state of the device: its bias, current and the slope of that by the bias, what is observed with its error bars, and
    derivatives of its current by keys of the case."""

    case: Case
    found: Evaluation
    known: Known
    row: Mapping[str, Any]
    derivatives: Sequence[Sensitivity] = ()

    @property
    def bar(self) -> float:
        """Error bar of its current, A; NaN without one."""
        return float(self.row.get(headers.CURRENT_ERROR, math.nan))


@dataclass(frozen=True)
class Delivered:
    """What a device delivers: its states at short circuit, without current, of the largest power (None where there is none),
    all of them in the order of the bias, and the reversal potential (V)."""

    short: Reached
    zero: Reached
    best: Reached | None
    loads: Sequence[Reached]
    reversal: float


class States:
    """Finds them one after the other. Collective.

    Args:
        simulation: at the state of the short circuit.
        adjoint: of the current of the driven terminal.
        point: of the short circuit, on a branch of its own; the two numbers after that of the branch are free.
        record: of that state.

    Attributes:
        iterations: rows of convergence.csv of all further states.
        effort: columns of the effort of all states together.
    """

    def __init__(self, simulation: Simulation, adjoint: Adjoint, point: Point[Case], record: Record) -> None:
        assert simulation.state is not None
        assert simulation.last is not None
        self._simulation, self._adjoint, self._point = simulation, adjoint, point
        self._kept = simulation.state, simulation.last
        self._key = point.case.potential_key(point.case.driven_terminal)
        self._rest = point.case.potential_of(point.case.driven_terminal)
        self.iterations: list[Mapping[str, object]] = []
        self.effort = {name: record.row[name] for name in (ITERATIONS, FACTORISATIONS, STEP_EVENTS)}
        self._short = self._reached(point.case, simulation.state, 0.0, record.row)

    def delivered(self, loads: int) -> Iterator[Delivered | None]:
        """All states, with further ones evenly spaced; None after every state but the last one.

        Raises:
            ConvergenceError: a state was not reached, or there is no potential without current.
        """
        known, zero = [self._short.known], self._short
        while abs(zero.known.zero - zero.known.bias) > PRECISION or not zero.known.slope > 0.0:
            if len(known) == MOST_STATES:
                raise self._no_end("the current does not vanish at any bias that was tried", known)
            zero = self._at(next_zero(known, self._farthest()), 0, len(known))
            known.append(zero.known)
            yield None
        if zero is not self._short and self._simulation.bars is not None:
            zero = self._with_bars(zero, 0)
        reversal = zero.known.zero
        if abs(reversal) <= PRECISION:
            yield Delivered(self._short, zero, None, [self._short], 0.0)
            return
        best: Reached | None = None
        while best is None or self._misses(best.known, known, reversal):
            if best is not None and len(known) >= 2 * MOST_STATES:
                raise self._no_end("no largest power was found", known)
            best = self._at(next_best(known, reversal), 1, len(known))
            known.append(best.known)
            yield None
        best = self._with_bars(best, 1)
        between = []
        for k in range(1, loads + 1):
            between.append(self._with_bars(self._at(reversal * k / (loads + 1), 2, k), 2))
            yield None
        ordered = sorted([self._short, *between, best, zero], key=lambda state: state.known.bias / reversal)
        yield Delivered(self._short, zero, best, ordered, reversal)

    def _misses(self, best: Known, known: Sequence[Known], reversal: float) -> bool:
        """Whether the power at a bias is not yet the largest one."""
        missing = best.gain * (next_best(known, reversal) - best.bias)
        return abs(missing) > POWER_PRECISION * abs(best.bias * best.current)

    def _farthest(self) -> float:
        """V of the longest step into the unknown."""
        driven, *others = (self._point.case.solution(name) for name in self._names())
        ideal = [ideal_potential(driven, other, sign) for other in others for sign in (1, -1)]
        known = [abs(value) for value in ideal if not math.isnan(value)]
        return max([FARTHEST * thermal_voltage(self._point.case.electrolyte.temperature), *known])

    def _names(self) -> list[str]:
        """The terminals, the driven one first."""
        case = self._point.case
        return sorted(case.terminals, key=lambda name: name != case.driven_terminal)

    def _at(self, bias: float, branch: int, number: int) -> Reached:
        """The state at a bias, without error bars."""
        simulation, case = self._simulation, self._point.case.with_value(self._key, self._rest + bias)
        point = self._beside(case, bias, branch)
        solved = simulation.reach(point)
        simulation.state, simulation.last = self._kept  # of a checkpoint, and whose fields are written
        self._count(point, solved)
        with simulation.clock("observables"):
            observed = simulation.observer.observe(solved.state, case)
        return self._reached(case, solved.state, bias, observed.row)

    def _beside(self, case: Case, bias: float, branch: int) -> Point[Case]:
        values = (*self._point.values, (self._key, self._rest + bias))
        return replace(
            self._point, values=values, case=case, branch=self._point.branch + branch, continues=True, coordinate=bias,
            swept={},
        )  # fmt: skip

    def _reached(self, case: Case, found: Evaluation, bias: float, row: Mapping[str, Any]) -> Reached:
        simulation = self._simulation
        with simulation.clock("sensitivities", everything=True):
            try:
                self._adjoint.solve(found)
            except SingularMatrixError:
                reason = "the linearised equations are singular, so that the slope of the current is not known"
                point, hint = self._beside(case, bias, 0), "try a finer mesh"
                raise ConvergenceError(point.name, reason, hint, self._solved(found)) from None
            slope = sensitivity(self._adjoint, found, case, self._key).derivative
            keys = case.outputs.sensitivities
            derivatives = [sensitivity(self._adjoint, found, case, key) for key in keys]
        return Reached(case, found, Known(bias, float(row[headers.CURRENT]), slope), row, derivatives)

    def _with_bars(self, state: Reached, branch: int) -> Reached:
        """The same with error bars, where there are any."""
        bars = self._simulation.bars
        if bars is None:
            return state
        point = self._beside(state.case, state.known.bias, branch)
        with self._simulation.clock("observables"):
            observed = self._simulation.observer.observe(state.found, state.case)
        return replace(state, row={**state.row, **bars.columns(point, state.found, observed)})

    def _count(self, point: Point[Case], solved: Solved) -> None:
        """Add what a state has cost."""
        self.iterations += iterations(point, solved)
        cost = effort(solved)
        for name in (ITERATIONS, FACTORISATIONS):
            self.effort[name] = int(str(self.effort[name])) + int(str(cost[name]))
        events = [str(text) for text in (self.effort[STEP_EVENTS], cost[STEP_EVENTS]) if text]
        self.effort[STEP_EVENTS] = "; ".join(events)

    def _solved(self, found: Evaluation) -> Solved:
        from solver.nonlinear.newton import NewtonReport

        return Solved(NewtonReport(), [], found)

    def _no_end(self, reason: str, known: Sequence[Known]) -> ConvergenceError:
        last = self._beside(self._point.case, known[-1].bias, 0)
        hint = "a sweep of the bias shows the currents"
        return ConvergenceError(last.name, f"{reason} ({len(known)} states)", hint, self._solved(self._kept[0]))
