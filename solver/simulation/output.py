"""What a run hands to its sink while it goes on, and at its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from solver.case.case import Case
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.logs import logger
from solver.parallel.progress import Extent, Progress, Silent
from solver.parallel.ranks import on_root
from solver.results.directory import FAILED, INTERRUPTED
from solver.results.rows import ResultError
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Sink

if TYPE_CHECKING:
    from solver.studies.base import Runner

ProgressOf = Callable[[Extent, MPI.Comm], Progress]

CHECKPOINT_INTERVAL = 300.0
"""Seconds between checkpoints of a running study, unless the environment says otherwise."""

INTERVAL_VARIABLE = "NANOCHANNEL_CHECKPOINT_INTERVAL"
"""Variable of the environment with other seconds between checkpoints, for tests."""


class Output:
    """Rows, checkpoints, summary and cost of a run. Collective.

    Args:
        case: the case as a whole.
        sink: where everything goes.
        runner: the study's, for what a checkpoint and a summary hold.
    """

    def __init__(self, case: Case, sink: Sink, runner: Runner, comm: MPI.Comm, clock: Clock) -> None:
        self._case, self._sink, self._runner = case, sink, runner
        self._comm, self._clock = comm, clock
        self._saved, self._interval = 0.0, float(os.environ.get(INTERVAL_VARIABLE, CHECKPOINT_INTERVAL))
        self._progress: Progress = Silent()

    @contextmanager
    def open(self, progress: ProgressOf) -> Iterator[None]:
        """Context in which rows are written. progress: makes what is told of every row."""
        with (
            self._sink.open(self._runner.earlier),
            progress(self._runner.extent, self._comm) as self._progress,
        ):
            yield

    def write(self, simulation: Simulation, record: Record | None) -> None:
        """Keep a row, if there is one, and a checkpoint when one is due."""
        with self._clock("output"):
            if record is not None:
                self._sink.add(record, simulation)
            if self._is_due():
                self.save(simulation)
        if record is not None:
            self._progress.accepted(record.text, record.weight)

    def _is_due(self) -> bool:
        """Whether it is time for a checkpoint; the first rank decides."""
        return bool(self._comm.bcast(self._clock.elapsed - self._saved > self._interval, root=0))

    def save(self, simulation: Simulation | None) -> None:
        """Keep a checkpoint of the last good state."""
        if simulation is None or not (self._case.outputs.checkpoint and simulation.can_be_resumed):
            return
        checkpoint = self._runner.checkpoint(simulation)
        if checkpoint is not None:
            self._sink.save(simulation, checkpoint)
            self._saved = self._clock.elapsed

    def end_point(self, simulation: Simulation) -> None:
        """Keep what the runner knows about the points it has completed; an interruption does not lose it."""
        if information := self._runner.information():
            self._sink.update(**information)
        if self._case.study.needs_checkpoint:
            with self._clock("output"):
                self.save(simulation)

    def complete(self, simulation: Simulation | None) -> None:
        """Keep the last checkpoint, the summary and the cost, and mark the result complete."""
        with self._clock("output"):
            self.save(simulation)
            summary = on_root(self._comm, lambda: self._conclusion(simulation))
        cost = self._clock.table(self._comm)
        if self._comm.size > 1:
            logger.info(
                "memory: %.0f MB on %d ranks, at most %.0f MB on one",
                cost["peak_memory_MB"], self._comm.size, cost["peak_memory_of_a_rank_MB"],
            )  # fmt: skip
        self._sink.complete(summary, cost)

    def _conclusion(self, simulation: Simulation | None) -> dict[str, Any]:
        """Summary of all rows; warns of what they show."""
        rows = self._sink.rows
        for text in self._runner.warnings(rows, simulation):
            logger.warning("warning: %s", text)
        return self._runner.summary(rows)

    def interrupt(self, simulation: Simulation | None, error: Interruption.Interrupted) -> None:
        """Keep the last good state, and mark the result interrupted."""
        self.fail(simulation, error, status=INTERRUPTED)

    def fail(
        self,
        simulation: Simulation | None,
        error: Exception,
        iterations: Sequence[Mapping[str, object]] = (),
        status: str = FAILED,
    ) -> None:
        """Keep the last good state after a failure, and mark the result failed. iterations: of the point that failed."""
        message = str(error)
        try:
            self.save(simulation)
            self._sink.add_iterations(iterations)
        except ResultError as failure:  # the first error is the one to tell
            message += f"; besides, {failure}"
            logger.warning("warning: %s", failure)
        self._sink.fail(message, status, cost=self._clock.table(self._comm))
