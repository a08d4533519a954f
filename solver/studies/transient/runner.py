"""Transient studies: the protocol, once for every value of the outer parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from solver.analysis.summary import summary
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.results.columns import Quantity
from solver.simulation.checkpoint import Checkpoint, read_arrays, read_flows
from solver.simulation.earlier import Earlier
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows
from solver.studies.base import Runner
from solver.studies.transient.columns import COLUMNS
from solver.studies.transient.initial_state import start
from solver.studies.transient.protocol_run import ProtocolRun

COUNTS = (
    "accepted_steps", "rejected_steps", "failed_steps", "newton_iterations", "factorisations", "time_of_steps [s]",
    "cost_in_factorisations",
)  # fmt: skip
"""Costs that add up over the runs of a protocol."""


class TransientRunner(Runner):
    """Runs a protocol in time, with a row at every instant that is recorded."""

    columns: ClassVar[tuple[Quantity, ...]] = COLUMNS

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._next = 0
        self._costs: list[Mapping[str, Any]] = []
        self._run: ProtocolRun | None = None

    def resume(self, earlier: Earlier) -> None:
        super().resume(earlier)
        self._next = 1 + max(earlier.rows, default=-1)
        self._costs = list(earlier.information.get("runs", []))

    def is_done(self, point: Point[Case]) -> bool:
        return self.earlier.checkpoint is not None and point.number < self.earlier.checkpoint["run"]

    def completed(self) -> float:
        """Simulated time of the earlier run, s."""
        if self.earlier.checkpoint is None:
            return 0.0
        durations = [self.case.study.size(point) for point in self.points if self.is_done(point)]
        return float(sum(durations) + self.earlier.checkpoint["time"])

    def records(self, simulation: Simulation, point: Point[Case]) -> Iterator[Record | None]:
        self._run = None
        self._run = self._opened(simulation, point)
        for record in self._run.records():
            self._next += record is not None
            yield record
        self._costs = [*self._costs[: point.number], self._run.cost()]

    def _opened(self, simulation: Simulation, point: Point[Case]) -> ProtocolRun:
        """The run of a point's protocol, at its start or where an earlier one was interrupted."""
        numbers, file = self.earlier.checkpoint, self.earlier.checkpoint_file
        if numbers is not None and file is not None and numbers["run"] == point.number and simulation.last is not None:
            arrays, richer = read_arrays(simulation.problem, file, numbers["arrays"]), {}
            if (problem := simulation.beside) is not None:
                richer = read_arrays(problem, file, numbers.get("richer_arrays", ()), ghosts=False)
            flows = read_flows(simulation.problem, file, numbers.get("flows", ()))
            return ProtocolRun(simulation, point, self._next, Checkpoint(point.number, numbers, arrays, richer, flows))
        settled = start(simulation, point)
        return ProtocolRun(simulation, point, self._next, settled=settled)

    def checkpoint(self, simulation: Simulation) -> Checkpoint | None:
        return None if self._run is None else self._run.checkpoint()

    def information(self) -> dict[str, Any]:
        """Cost of each run that is complete."""
        return {"runs": self._costs}

    def summary(self, rows: Rows) -> dict[str, Any]:
        return {**summary(rows, self.case), "cost": total_cost(self._costs), "runs": self._costs}


def total_cost(runs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Cost of all runs of a protocol together."""
    names = [name for name in (runs[0] if runs else {}) if name in COUNTS]
    return {name: sum(run[name] for run in runs) for name in names}
