"""What a run writes while it goes on, and what it leaves at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mpi4py import MPI

from solver.analysis.rectification import rectification
from solver.analysis.summary import summary
from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.points import Point
from solver.case.studies.steady import Steady, Sweep
from solver.case.studies.transient import Transient
from solver.parallel.clock import Clock
from solver.parallel.logs import log_file, logger
from solver.parallel.progress import Progress
from solver.parallel.ranks import on_root
from solver.results.directory import ResultDirectory
from solver.results.headers import CURRENT, FLOW_RATE, error_header
from solver.signals.schedule import schedule_of
from solver.simulation.checkpoint import write_checkpoint
from solver.simulation.fields import FieldFile
from solver.simulation.simulation import Record, Session
from solver.studies.transient.runner import March

CHECKPOINT = "checkpoint.bp"
CHECKPOINT_INTERVAL = 300.0
"""Seconds between checkpoints of a running study."""

COUNTS = (
    "accepted_steps", "rejected_steps", "failed_steps", "newton_iterations", "factorisations", "time_of_steps [s]",
    "cost_in_factorisations",
)  # fmt: skip
"""What adds up over the runs of a protocol."""

NEARLY_NOTHING = 1e-3
"""Part of the largest value of a sweep below which a relative error says nothing."""


@dataclass
class Output:
    """What a run leaves on disk. Collective."""

    case: Case
    results: ResultDirectory
    comm: MPI.Comm
    clock: Clock
    saved: float = 0.0
    runs: list[dict[str, Any]] = field(default_factory=list)
    """What each run of a protocol cost, for every outer value."""

    @contextmanager
    def open(
        self, points: Sequence[Point], done: set[int], earlier: Mapping[str, Any] | None
    ) -> Iterator[Callable[[Session, Record | None, March | None], None]]:
        """Open log, field file and progress; gives the function that writes what a step of a study gives.

        points, done: of the study, and the rows that an earlier run has written; earlier: what its checkpoint holds.
        """
        total, before, unit = extent(points, len(done), earlier)
        folder = self.results.path / "fields"
        on_root(self.comm, lambda: folder.mkdir(exist_ok=True))
        with (
            log_file(self.results.path / "log.txt", self.comm),
            FieldFile(self.comm, folder / "fields.pvd", append=bool(done)) as file,
            Progress(total, self.comm, before, unit) as progress,
        ):

            def write(session: Session, record: Record | None, march: March | None) -> None:
                with self.clock("output"):
                    if record is not None:
                        if record.fields:
                            session.writer.write(file, record.number)
                        on_root(self.comm, lambda: self._add(record))
                    if self._due():
                        self.keep(session, march)
                if record is not None:
                    progress.accepted(record.text, record.weight)

            yield write

    def _add(self, record: Record) -> None:
        self.results.add_point(record.row, record.profile, record.iterations, record.sensitivities)

    def _due(self) -> bool:
        """Whether a checkpoint is due; the first rank decides."""
        return bool(self.comm.bcast(self.clock.elapsed - self.saved > CHECKPOINT_INTERVAL, root=0))

    def keep(self, session: Session | None, march: March | None = None) -> None:
        """Write the checkpoint of the last good state."""
        if session is None or session.last is None or not (self.case.outputs.checkpoint and session.can_be_kept):
            return
        left = None if march is None else march.left()
        write_checkpoint(session.problem, self.results.path / CHECKPOINT, {} if left is None else left.arrays)
        entry: Any = session.last.number if left is None else {**left.numbers, "arrays": list(left.arrays)}
        on_root(self.comm, lambda: self.results.update(checkpoint=entry))
        self.saved = self.clock.elapsed

    def end_run(self, march: March) -> None:
        """Keep what a run of a protocol has cost; an interruption does not lose it."""
        self.runs = [*self.runs[: march.number], march.cost()]
        on_root(self.comm, lambda: self.results.update(runs=self.runs))

    def conclude(self, session: Session | None, march: March | None) -> None:
        """Checkpoint, summary, cost and status."""
        with self.clock("output"):
            self.keep(session, march)
            if isinstance(self.case.study, Transient):
                spent = {"cost": total_cost(self.runs), "runs": self.runs}
                found = on_root(self.comm, lambda: {**summary(self.results.points, self.case), **spent})
            elif isinstance(self.case.study, Impedance):
                found = {"rectification": []}
            else:
                found = {"rectification": rectification(self.results.points)}
            judged = isinstance(self.case.study, Steady | Sweep)
            if judged and session is not None and session.adaptation is not None and session.adaptation.reached:
                on_root(self.comm, self._say_what_misses_the_tolerance)
            on_root(self.comm, lambda: self.results.write_json("summary.json", found))
        cost = self.clock.table(self.comm)
        on_root(self.comm, lambda: self.results.complete(cost=cost))

    def _say_what_misses_the_tolerance(self) -> None:
        """Warn of points between those for which the mesh was adapted."""
        tolerance, goal = self.case.mesh.tolerance, self.case.mesh.goal
        header = {"current": CURRENT, "flow_rate": FLOW_RATE}.get(goal, "")
        rows = [row for row in self.results.points if error_header(header) in row]
        largest = max((abs(row[header]) for row in rows), default=0.0)
        rows = [row for row in rows if abs(row[header]) > NEARLY_NOTHING * largest]
        errors = [abs(row[error_header(header)] / row[header]) for row in rows]
        above = [error for error in errors if tolerance is not None and error > tolerance]
        if above:
            logger.warning(
                "warning: the error of the %s exceeds mesh.tolerance at %d of %d points, it is %.2g at most; only the ends "
                "of the sweep were judged", goal.replace("_", " "), len(above), len(self.results.points), max(above),
            )  # fmt: skip


def total_cost(runs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What all runs of a protocol have cost together."""
    names = [name for name in (runs[0] if runs else {}) if name in COUNTS]
    return {name: sum(run[name] for run in runs) for name in names}


def extent(points: Sequence[Point], rows: int, earlier: Mapping[str, Any] | None) -> tuple[float, float, str]:
    """Size of a study, what an earlier run did of it, and their unit: rows, or seconds of simulated time."""
    study = points[0].case.study
    if isinstance(study, Impedance):
        return len(points) * len(study.frequency_values()), rows, "point"
    if not isinstance(study, Transient):
        return len(points), rows, "point"
    durations = [schedule_of(point.case).duration for point in points]
    before = 0.0 if earlier is None else sum(durations[: earlier["run"]]) + earlier["time"]
    return sum(durations), before, "s"
