"""A run whose numbers go to a result directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from mpi4py import MPI

from solver.case.case import Case
from solver.parallel.logs import log_file, logger
from solver.parallel.ranks import on_root
from solver.results.directory import FAILED, ResultDirectory
from solver.results.field_list import FOLDER
from solver.results.generations import STATE
from solver.results.rows import ResultError, reason
from solver.simulation.checkpoint import Checkpoint, write_arrays, write_checkpoint, write_flows
from solver.simulation.earlier import Earlier
from solver.simulation.fields import FieldFolder
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Columns, Rows, Sink


class DirectorySink(Sink):
    """Writes a run into a result directory, whose files `solver.results.directory` describes.

    Args:
        results: the directory; on all ranks but the first with `write=False`.
        comm: the ranks of the run.
    """

    def __init__(self, results: ResultDirectory, comm: MPI.Comm) -> None:
        self.results, self._comm = results, comm
        self._fields: FieldFolder | None = None

    @classmethod
    def at(
        cls, path: Path, comm: MPI.Comm, *, resume: bool = False, force: bool = False, repair: bool = False
    ) -> DirectorySink:
        """Sink of the result directory at a path. Collective.

        resume, force, repair: as of `ResultDirectory`.

        Raises:
            ResultError: on all ranks; the path cannot be used.
        """

        def results(write: bool) -> ResultDirectory:
            return ResultDirectory(path, resume=resume, force=force, repair=repair, write=write)

        first = on_root(comm, lambda: results(write=True), share=False)
        return cls(first if comm.rank == 0 else results(write=False), comm)

    def start(self, case: Case, information: Mapping[str, Any], columns: Columns) -> Earlier:
        def take_possession() -> Earlier:
            left = self.results.start(
                case.model_dump(mode="json"),
                None if case.file is None else case.directory,
                columns,
                needs_checkpoint=case.study.needs_checkpoint,
                **information,
            )
            for note in left.notes:
                logger.warning("warning: %s: %s", self.results.path, note)
            return Earlier(frozenset(row["point"] for row in left.points), left.information, left.state)

        return on_root(self._comm, take_possession)

    @contextmanager
    def open(self, earlier: Earlier) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(log_file(self.results.path / "log.txt", self._comm))
            except OSError as error:
                raise ResultError(f"cannot write {self.results.path / 'log.txt'}: {reason(error)}") from error
            self._fields = FieldFolder(self._comm, self.results.path / FOLDER)
            yield

    def update(self, **information: Any) -> None:
        on_root(self._comm, lambda: self.results.update(**information))

    def add(self, record: Record, simulation: Simulation) -> None:
        name = ""
        if record.fields and self._fields is not None and simulation.state is not None:
            name = simulation.writer.write(self._fields, record.number, simulation.state)
        tables = record.profile, record.iterations, record.sensitivities
        on_root(self._comm, lambda: self.results.add_point(record.row, *tables, name, record.loads))

    def add_iterations(self, rows: Rows) -> None:
        on_root(self._comm, lambda: self.results.add_convergence(rows))

    def save(self, simulation: Simulation, checkpoint: Checkpoint) -> None:
        if simulation.state is None:
            return
        folder = on_root(self._comm, self.results.begin_checkpoint)
        numbers = {"run": checkpoint.run, **checkpoint.numbers, "arrays": list(checkpoint.arrays)}
        numbers |= {"richer_arrays": list(checkpoint.richer)} if checkpoint.richer else {}
        numbers |= {"flows": list(checkpoint.flows)} if checkpoint.flows else {}
        try:
            write_checkpoint(simulation.state, folder / STATE, checkpoint.arrays)
            write_flows(simulation.problem, folder / STATE, checkpoint.flows)
            if checkpoint.richer and simulation.beside is not None:
                write_arrays(simulation.beside, folder / STATE, checkpoint.richer)
            on_root(self._comm, lambda: self.results.commit_checkpoint(folder, numbers))
        except ResultError:
            on_root(self._comm, lambda: self.results.abandon_checkpoint(folder))
            raise

    @property
    def rows(self) -> Rows:
        return self.results.points

    def complete(self, summary: Mapping[str, Any], cost: Mapping[str, Any]) -> None:
        on_root(self._comm, lambda: self.results.write_json("summary.json", summary))
        on_root(self._comm, lambda: self.results.complete(cost=cost))

    def fail(self, message: str, status: str = FAILED, **information: Any) -> None:
        self.results.fail(message, status, **information)
