"""A run whose numbers go to a result directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mpi4py import MPI

from solver.case.case import Case
from solver.parallel.logs import log_file
from solver.parallel.ranks import on_root
from solver.results.directory import ResultDirectory
from solver.simulation.checkpoint import CHECKPOINT, Checkpoint, write_checkpoint
from solver.simulation.earlier import Earlier
from solver.simulation.fields import FieldFile
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows, Sink


class DirectorySink(Sink):
    """Writes a run into a result directory, whose files `solver.results.directory` describes.

    Args:
        results: the directory; on all ranks but the first with `write=False`.
        comm: the ranks of the run.
    """

    def __init__(self, results: ResultDirectory, comm: MPI.Comm) -> None:
        self.results, self._comm = results, comm
        self._file: FieldFile | None = None

    @classmethod
    def at(cls, path: Path, comm: MPI.Comm, *, resume: bool = False, force: bool = False) -> DirectorySink:
        """Sink of the result directory at a path. Collective.

        resume, force: as of `ResultDirectory`.

        Raises:
            ResultError: on all ranks; the path cannot be used.
        """

        def results(write: bool) -> ResultDirectory:
            return ResultDirectory(path, resume=resume, force=force, write=write)

        first = on_root(comm, lambda: results(write=True), share=False)
        return cls(first if comm.rank == 0 else results(write=False), comm)

    def start(self, case: Case, information: Mapping[str, Any]) -> Earlier:
        def take_possession() -> tuple[frozenset[int], dict[str, Any]]:
            left = self.results.start(
                case.model_dump(mode="json"),
                None if case.file is None else case.directory,
                needs_checkpoint=case.study.needs_checkpoint,
                **information,
            )
            return frozenset(row["point"] for row in self.results.points), left

        rows, left = on_root(self._comm, take_possession)
        return Earlier(rows, left, self.results.path / CHECKPOINT)

    @contextmanager
    def open(self, earlier: Earlier) -> Iterator[None]:
        folder = self.results.path / "fields"
        on_root(self._comm, lambda: folder.mkdir(exist_ok=True))
        with (
            log_file(self.results.path / "log.txt", self._comm),
            FieldFile(self._comm, folder / "fields.pvd", append=bool(earlier.rows)) as self._file,
        ):
            yield

    def update(self, **information: Any) -> None:
        on_root(self._comm, lambda: self.results.update(**information))

    def add(self, record: Record, simulation: Simulation) -> None:
        if record.fields and self._file is not None:
            simulation.writer.write(self._file, record.number)
        on_root(
            self._comm,
            lambda: self.results.add_point(record.row, record.profile, record.iterations, record.sensitivities),
        )

    def add_iterations(self, rows: Rows) -> None:
        on_root(self._comm, lambda: self.results.add_convergence(rows))

    def save(self, simulation: Simulation, checkpoint: Checkpoint) -> None:
        write_checkpoint(simulation.problem, self.results.path / CHECKPOINT, checkpoint.arrays)
        self.update(checkpoint={"run": checkpoint.run, **checkpoint.numbers, "arrays": list(checkpoint.arrays)})

    @property
    def rows(self) -> Rows:
        return self.results.points

    def complete(self, summary: Mapping[str, Any], cost: Mapping[str, Any]) -> None:
        on_root(self._comm, lambda: self.results.write_json("summary.json", summary))
        on_root(self._comm, lambda: self.results.complete(cost=cost))

    def fail(self, message: str, **information: Any) -> None:
        self.results.fail(message, **information)
