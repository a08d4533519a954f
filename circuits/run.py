"""The whole way of a circuit: from its description to rows in a result directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.solving.newton import CircuitFailure
from circuits.solving.stepper import StepTooShort
from circuits.studies.base import runner_of
from solver.nonlinear.continuation import ConvergenceError, Solved
from solver.nonlinear.newton import NewtonReport
from solver.parallel.cache import compile_quietly, shared_cache
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.progress import Extent, Progress
from solver.parallel.ranks import on_root
from solver.parallel.versions import versions
from solver.results.directory import FAILED, INTERRUPTED, ResultDirectory

KIND = "circuit"
"""Entry `kind` of run.json, by which results of circuits are told from those of single devices."""


def run_circuit(
    circuit: Circuit,
    out: Path,
    comm: MPI.Comm,
    *,
    force: bool = False,
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
        return ResultDirectory(out, force=force, write=write)

    first = on_root(comm, lambda: directory(write=True), share=False)
    results = first if comm.rank == 0 else directory(write=False)
    case_directory = None if circuit.file is None else circuit.directory
    information = {
        "kind": KIND,
        "case_name": circuit.name,
        "title": circuit.title,
        "versions": versions(),
        "ranks": comm.size,
        "overrides": list(overrides),
    }

    def take() -> None:
        results.start(circuit.model_dump(mode="json"), case_directory, needs_checkpoint=False, **information)

    on_root(comm, take)
    try:
        with shared_cache(comm):
            _compute(circuit, results, comm, clock, progress)
    except BaseException as error:
        status = INTERRUPTED if isinstance(error, KeyboardInterrupt | Interruption.Interrupted) else FAILED
        results.fail(str(error) or type(error).__name__, status)
        raise


def _compute(
    circuit: Circuit, results: ResultDirectory, comm: MPI.Comm, clock: Clock, progress: Callable[..., Progress]
) -> None:
    runner = runner_of(circuit, comm, clock)
    with Interruption(comm) as interruption, progress(Extent(runner.size(), 0.0, runner.unit), comm) as told:
        try:
            for row in runner.rows():
                if row is not None:
                    columns: Mapping[str, Any] = row.columns
                    on_root(comm, lambda columns=columns: results.add_point(columns))  # type: ignore[misc]
                    told.accepted(row.text, row.weight)
                interruption.raise_if_requested()
        except (CircuitFailure, StepTooShort) as failure:
            where = f"circuit '{circuit.name}'"
            hint = "the states before it are kept; look at the last potentials, or give elements smaller steps"
            raise ConvergenceError(where, str(failure), hint, Solved(NewtonReport(), [])) from None
    summary = runner.summary()
    on_root(comm, lambda: results.write_json("summary.json", summary))
    cost = clock.table(comm)
    on_root(comm, lambda: results.complete(cost=cost))
