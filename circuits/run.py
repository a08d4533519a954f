"""The whole way of a circuit: from its description to rows in a result directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from mpi4py import MPI

from circuits.check.report import warnings_of
from circuits.columns import KIND, columns_of
from circuits.compact.beyond import Beyond
from circuits.description.circuit import Circuit
from circuits.description.loading import devices_of
from circuits.device_results import DeviceFolders
from circuits.solving.newton import CircuitFailure
from circuits.studies.base import CircuitRow, CircuitRunner, runner_of
from solver.nonlinear.continuation import ConvergenceError, Solved
from solver.nonlinear.newton import NewtonReport
from solver.parallel.cache import compile_quietly, shared_cache
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.logs import log_file, logger
from solver.parallel.progress import Extent, Progress
from solver.parallel.ranks import on_root
from solver.parallel.versions import versions
from solver.results.directory import FAILED, INTERRUPTED, ResultDirectory
from solver.results.generations import STATE
from solver.results.headers import POINT
from solver.results.rows import ResultError, reason
from solver.simulation.earlier import Earlier
from solver.simulation.output import CHECKPOINT_INTERVAL, INTERVAL_VARIABLE
from solver.studies.transient.step_control import StepTooShort


def run_circuit(
    circuit: Circuit,
    out: Path,
    comm: MPI.Comm,
    *,
    resume: bool = False,
    force: bool = False,
    repair: bool = False,
    clock: Clock | None = None,
    progress: Callable[..., Progress] = Progress,
    overrides: Sequence[str] = (),
) -> None:
    """Compute the study of a circuit into a result directory. Collective.

    Raises:
        ConvergenceError: a state was not reached; what came before is on disk.
        ResultError: on all ranks; the directory cannot be used.
    """
    compile_quietly()
    clock = clock or Clock()

    def directory(write: bool) -> ResultDirectory:
        return ResultDirectory(out, resume=resume, force=force, repair=repair, write=write)

    first = on_root(comm, lambda: directory(write=True), share=False)
    results = first if comm.rank == 0 else directory(write=False)
    case_directory = None if circuit.file is None else circuit.directory
    information = information_of(circuit, comm, overrides)

    def take() -> Earlier:
        left = results.start(
            circuit.model_dump(mode="json"),
            case_directory,
            columns_of(circuit),
            needs_checkpoint=circuit.study.needs_checkpoint,
            **information,
        )
        for note in left.notes:
            logger.warning("warning: %s: %s", results.path, note)
        return Earlier(frozenset(row[POINT] for row in left.points), left.information, left.state)

    earlier = on_root(comm, take)
    for text in warnings_of(circuit) if comm.rank == 0 else ():
        logger.warning("warning: %s", text)
    try:
        with shared_cache(comm):
            _compute(circuit, results, comm, clock, progress, earlier, repair=repair)
    except BaseException as error:
        results.fail(str(error) or type(error).__name__, status_of(error))
        raise


def _compute(
    circuit: Circuit,
    results: ResultDirectory,
    comm: MPI.Comm,
    clock: Clock,
    progress: Callable[..., Progress],
    earlier: Earlier,
    *,
    repair: bool,
) -> None:
    runner = runner_of(circuit, comm, clock)
    done = len(earlier.rows)
    if done:
        runner.resume(done, earlier.checkpoint, earlier.checkpoint_file)
        if runner.needs_rows:
            runner.earlier = on_root(comm, lambda: [dict(row) for row in results.points])
    devices: DeviceFolders | None = None
    if circuit.study.has_fields and devices_of(circuit):
        devices = DeviceFolders(circuit, runner, comm, results.path, repair=repair, done=done)
    try:
        _rows(circuit, Keeper(results, runner, comm, clock, devices), progress)
    except BaseException as error:
        if devices is not None:
            devices.fail(str(error) or type(error).__name__, status_of(error))
        raise
    summary = runner.summary()
    on_root(comm, lambda: results.write_json("summary.json", summary))
    cost = clock.table(comm)
    if devices is not None:
        on_root(comm, devices.complete)
    on_root(comm, lambda: results.complete(cost=cost))


def _rows(circuit: Circuit, keeper: Keeper, progress: Callable[..., Progress]) -> None:
    """Compute all rows of a study."""
    results, runner, comm = keeper.results, keeper.runner, keeper.comm
    beyond = Beyond(circuit)
    with (
        log_of(results, comm),
        Interruption(comm) as interruption,
        progress(Extent(runner.size(), runner.completed(), runner.unit), comm) as told,
    ):
        try:
            for row in runner.rows():
                if row is not None:
                    keeper.add(row)
                    beyond.see(row.columns)
                    told.accepted(row.text, row.weight)
                keeper.save_when_due()
                interruption.raise_if_requested()
        except (CircuitFailure, StepTooShort) as failure:
            keeper.save()
            raise not_converged(circuit, failure) from None
        except Interruption.Interrupted:
            keeper.save()
            raise
    keeper.save()
    for note in beyond.notes():
        logger.warning("warning: %s", note)


def status_of(error: BaseException) -> str:
    """Status of a run that ends with an error."""
    return INTERRUPTED if isinstance(error, KeyboardInterrupt | Interruption.Interrupted) else FAILED


def not_converged(circuit: Circuit, failure: Exception) -> ConvergenceError:
    """The error of a run whose state was not reached."""
    hint = "the states before it are kept; look at the last potentials, or give elements smaller steps"
    return ConvergenceError(f"circuit '{circuit.name}'", str(failure), hint, Solved(NewtonReport(), []))


def information_of(circuit: Circuit, comm: MPI.Comm, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Entries of run.json that say what is computed, and with what."""
    return {
        "kind": KIND,
        "case_name": circuit.name,
        "title": circuit.title,
        "versions": versions(),
        "ranks": comm.size,
        "overrides": list(overrides),
    }


class Keeper:
    """Writes rows and checkpoints of a run. Collective."""

    def __init__(
        self,
        results: ResultDirectory,
        runner: CircuitRunner,
        comm: MPI.Comm,
        clock: Clock,
        devices: DeviceFolders | None = None,
    ) -> None:
        self.results, self.runner, self.comm, self._clock, self._devices = results, runner, comm, clock, devices
        self._saved, self._interval = 0.0, float(os.environ.get(INTERVAL_VARIABLE, CHECKPOINT_INTERVAL))

    def add(self, row: CircuitRow) -> None:
        """Keep a row, and before it what the devices have of it."""
        if self._devices is not None:
            with self._clock("output"):
                self._devices.add(row, self.runner.fields)
        on_root(self.comm, lambda: self.results.add_point(row.columns))

    def save_when_due(self) -> None:
        """Keep a checkpoint when it is time for one; the first rank decides."""
        due = self.comm.bcast(self._clock.elapsed - self._saved > self._interval, root=0)
        if due:
            self.save()

    def _make(self, folder: Path) -> None:
        with self.results.writing("checkpoint"):
            folder.mkdir()

    def save(self) -> None:
        """Keep a checkpoint of the last accepted state, where the study goes on from one."""
        if not self.runner.circuit.study.needs_checkpoint:
            return
        folder = on_root(self.comm, self.results.begin_checkpoint)
        try:
            on_root(self.comm, lambda: self._make(folder / STATE))
            numbers = self.runner.save(folder / STATE)
            if numbers is None:
                on_root(self.comm, lambda: self.results.abandon_checkpoint(folder))
                return
            if self._devices is not None:
                on_root(self.comm, self._devices.synchronise)
            on_root(self.comm, lambda: self.results.commit_checkpoint(folder, {"run": 0, **numbers}))
        except ResultError:
            on_root(self.comm, lambda: self.results.abandon_checkpoint(folder))
            raise
        self._saved = self._clock.elapsed


@contextmanager
def log_of(results: ResultDirectory, comm: MPI.Comm) -> Iterator[None]:
    """Context in which what is told goes into log.txt, too."""
    with ExitStack() as stack:
        try:
            stack.enter_context(log_file(results.path / "log.txt", comm))
        except OSError as error:
            raise ResultError(f"cannot write {results.path / 'log.txt'}: {reason(error)}") from error
        yield
