"""A run whose numbers stay in memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from solver.case.case import Case
from solver.results.columns import as_entries
from solver.results.directory import FAILED
from solver.simulation.checkpoint import Checkpoint
from solver.simulation.earlier import Earlier
from solver.simulation.fields import FieldValues
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Columns, Rows, Sink


class MemorySink(Sink):
    """Keeps a run in lists, the same on all ranks but for times; of fields each rank keeps its own part.

    Args:
        fields: whether the fields of the rows that ask for them are kept.

    Attributes:
        profiles, iterations, sensitivities, loads: rows as in the files of a result directory.
        fields: by number of the row; empty unless asked for.
        information: entries of run.json.
        summary: entries of summary.json; empty until the run is complete.
    """

    def __init__(self, *, fields: bool = False) -> None:
        self._keeps_fields = fields
        self._rows: list[Mapping[str, Any]] = []
        self.profiles: list[Mapping[str, Any]] = []
        self.iterations: list[Mapping[str, Any]] = []
        self.sensitivities: list[Mapping[str, Any]] = []
        self.loads: list[Mapping[str, Any]] = []
        self.fields: dict[int, FieldValues] = {}
        self.information: dict[str, Any] = {}
        self.summary: dict[str, Any] = {}

    def start(self, case: Case, information: Mapping[str, Any], columns: Columns) -> Earlier:
        described = as_entries(columns)
        case_data = case.model_dump(mode="json")
        self.information = {"status": "running", "message": "", **information, "columns": described, "case": case_data}
        return Earlier()

    def open(self, earlier: Earlier) -> AbstractContextManager[object]:
        return nullcontext()

    def update(self, **information: Any) -> None:
        self.information.update(information)

    def add(self, record: Record, simulation: Simulation) -> None:
        if record.fields and self._keeps_fields and simulation.state is not None:
            self.fields[record.number] = simulation.writer.values(simulation.state)
        self._rows.append(record.row)
        self.profiles += record.profile
        self.iterations += record.iterations
        self.sensitivities += record.sensitivities
        self.loads += record.loads

    def add_iterations(self, rows: Rows) -> None:
        self.iterations += rows

    def save(self, simulation: Simulation, checkpoint: Checkpoint) -> None:
        """Nothing: a run in memory is not continued."""

    @property
    def rows(self) -> Rows:
        return self._rows

    def complete(self, summary: Mapping[str, Any], cost: Mapping[str, Any]) -> None:
        self.summary = dict(summary)
        self.update(status="complete", cost=cost)

    def fail(self, message: str, status: str = FAILED, **information: Any) -> None:
        self.update(status=status, message=message, **information)
