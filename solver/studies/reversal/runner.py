"""Reversal studies: short circuit, the potential without current, and the load that takes the largest power."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.analysis.reversal import OSMOTIC_POWER, REVERSAL_POTENTIAL
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.case.studies.reversal import Reversal
from solver.results.columns import Quantity
from solver.results.effort import PHASE_TIME, WALL_TIME
from solver.results.headers import BIAS
from solver.results.units import plain_quantity
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows
from solver.studies.base import Runner
from solver.studies.reversal import columns
from solver.studies.reversal.numbers import derivatives, load_rows, numbers
from solver.studies.reversal.states import Delivered, States
from solver.studies.steady import POINT_PHASES, compute

BRANCHES = 3
"""Branches of states of every point: to the reversal potential, to the largest power, the loads."""


class ReversalRunner(Runner):
    """Computes a row for every value of the outer key: measured at short circuit, with what the states between that and the
    reversal potential tell."""

    columns: ClassVar[tuple[Quantity, ...]] = columns.COLUMNS

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._adjoint: tuple[Simulation, Adjoint] | None = None

    def records(self, simulation: Simulation, point: Point[Case]) -> Iterator[Record | None]:
        clock = simulation.clock
        start, before = clock.elapsed, dict(clock.seconds)
        short = replace(point, branch=BRANCHES * point.number, continues=False, coordinate=0.0)
        record = compute(simulation, short)
        states = States(simulation, self._slopes(simulation), short, record)
        found: Delivered | None = None
        for found in states.delivered(Reversal.of(self.case).loads):
            if found is None:
                yield None
        assert found is not None
        simulation.continuation.found = found.short.found  # the next point lies nearer to it
        spent = {PHASE_TIME.of(phase=phase): clock.seconds[phase] - before.get(phase, 0.0) for phase in POINT_PHASES}
        tail = {**states.effort, **spent, WALL_TIME: clock.elapsed - start}
        measured = {name: value for name, value in record.row.items() if name not in tail}
        row = {**measured, **numbers(point.case, found), **tail}
        yield replace(
            record,
            row=row,
            text=_text(point, row),
            iterations=[*record.iterations, *states.iterations],
            sensitivities=[*record.sensitivities, *derivatives(point.number, found)],
            loads=load_rows(point.case, point.number, found),
        )

    def _slopes(self, simulation: Simulation) -> Adjoint:
        """Adjoint states of the current, for its slope by the bias."""
        if self._adjoint is None or self._adjoint[0] is not simulation:
            goal = Goal("current", simulation.case.driven_terminal)
            self._adjoint = simulation, Adjoint(simulation.problem, simulation.continuation.newton.jacobian, goal)
        return self._adjoint[1]

    def summary(self, rows: Rows) -> dict[str, Any]:
        """What the device delivers, an entry for every value of the outer key."""
        names = {quantity.header for quantity in columns.COLUMNS}
        names |= {error.header for quantity in columns.COLUMNS if (error := quantity.error_column) is not None}
        names |= set(self.points[0].columns)
        return {"rectification": [], "reversal": [_chosen(row, names) for row in rows]}


def _chosen(row: Mapping[str, Any], names: set[str]) -> dict[str, float]:
    """Some columns of a row as numbers, NaN for empty ones."""
    return {
        name: math.nan if value in (None, "") else float(value)
        for name, value in row.items()
        if name in names and name != BIAS
    }


def _text(point: Point[Case], row: Mapping[str, Any]) -> str:
    """What is told of a row while the study runs."""
    told = f"reversal potential {plain_quantity(row[REVERSAL_POTENTIAL], 'V')}"
    power = plain_quantity(row[OSMOTIC_POWER], "W")
    return f"{f'{point.name}: ' if point.values else ''}{told}, power {power}"
