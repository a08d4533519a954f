"""Pairs: the steady states at a potential and at its opposite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from solver.case.case import Case
from solver.case.studies.points import Point
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows
from solver.studies.steady import SteadyRunner


class PairRunner(SteadyRunner):
    """Computes both points, and says how their currents compare."""

    def records(self, simulation: Simulation, point: Point[Case]) -> Iterator[Record]:
        for record in super().records(simulation, point):
            side = "positive" if point.values[-1][1] > 0.0 else "negative"
            yield replace(record, row={**record.row, "side": side}, text=f"{record.text} ({side})")

    def summary(self, rows: Rows) -> dict[str, Any]:
        currents = {str(row["side"]): float(row["current [A]"]) for row in rows}
        return {**super().summary(rows), "pair": {f"{side} [A]": current for side, current in currents.items()}}
