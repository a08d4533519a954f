"""Where the numbers of a run go: a result directory (`solver.simulation.directory`), or the memory
(`solver.simulation.memory`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from solver.case.case import Case
from solver.results.columns import Column
from solver.results.directory import FAILED
from solver.simulation.checkpoint import Checkpoint
from solver.simulation.earlier import Earlier
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation

Rows = Sequence[Mapping[str, Any]]
Columns = Mapping[str, Mapping[str, Column]]


class Sink(ABC):
    """Takes what a run produces while it goes on. All methods but `fail` and `rows` are collective."""

    @abstractmethod
    def start(self, case: Case, information: Mapping[str, Any], columns: Columns) -> Earlier:
        """Take possession of the place where the result goes; gives what an earlier run has left there.

        information: versions, ranks, ... as run.json holds them. columns: labels and descriptions of the columns that the
        rows may have, by file and header.

        Raises:
            ResultError: on all ranks; the place cannot be used.
        """

    @abstractmethod
    def open(self, earlier: Earlier) -> AbstractContextManager[object]:
        """Context in which `add` may be called."""

    @abstractmethod
    def update(self, **information: Any) -> None:
        """Replace entries of the information about the run, such as `mesh`."""

    @abstractmethod
    def add(self, record: Record, simulation: Simulation) -> None:
        """Keep a row and what belongs to it; the simulation holds its state."""

    @abstractmethod
    def add_iterations(self, rows: Rows) -> None:
        """Keep Newton iterations that belong to no row, so that a failed run can be understood."""

    @abstractmethod
    def save(self, simulation: Simulation, checkpoint: Checkpoint) -> None:
        """Keep the state of the simulation and what else is needed to continue from it."""

    @property
    @abstractmethod
    def rows(self) -> Rows:
        """All rows so far, those of an earlier run included. The first rank has them."""

    @abstractmethod
    def complete(self, summary: Mapping[str, Any], cost: Mapping[str, Any]) -> None:
        """Keep the summary, and mark the result complete."""

    @abstractmethod
    def fail(self, message: str, status: str = FAILED, **information: Any) -> None:
        """Mark the result failed, or interrupted. Not collective; never raises, since an error is on its way already."""
