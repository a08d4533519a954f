"""Simulating a case from Python, into memory or into a directory."""

from __future__ import annotations

import json
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, overload

from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.loading import load
from circuits.device_results import DeviceTables
from circuits.memory import compute_circuit
from circuits.run import run_circuit
from postprocess.tables.circuit import load_circuit_result, without_limits
from postprocess.tables.columns import table_of
from postprocess.tables.result import load as load_result
from python_interface.circuit_result import CircuitSimulationResult, circuit_result_of
from python_interface.result import SimulationResult, result_of
from solver.case.case import Case
from solver.case.loading import check_files
from solver.parallel.interruption import Interruption
from solver.parallel.logs import only_first_rank
from solver.parallel.progress import Progress, Silent
from solver.parallel.ranks import on_root
from solver.results.rows import ResultError, json_bytes
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.memory import MemorySink

ARGUMENTS = {
    "--resume --repair": "resume=True, repair=True",
    "--resume": "resume=True",
    "--force": "force=True",
    "--out": "out",
}
"""Arguments of `simulate` for options of the command line, in messages."""


@overload
def simulate(
    case: Circuit,
    out: Path | str | None = None,
    *,
    resume: bool = False,
    force: bool = False,
    repair: bool = False,
    progress: bool = True,
    comm: MPI.Comm | None = None,
) -> CircuitSimulationResult: ...


@overload
def simulate(
    case: Case,
    out: Path | str | None = None,
    *,
    resume: bool = False,
    force: bool = False,
    repair: bool = False,
    progress: bool = True,
    comm: MPI.Comm | None = None,
) -> SimulationResult: ...


@overload
def simulate(
    case: Path | str,
    out: Path | str | None = None,
    *,
    resume: bool = False,
    force: bool = False,
    repair: bool = False,
    progress: bool = True,
    comm: MPI.Comm | None = None,
) -> Any: ...


def simulate(
    case: Case | Circuit | Path | str,
    out: Path | str | None = None,
    *,
    resume: bool = False,
    force: bool = False,
    repair: bool = False,
    progress: bool = True,
    comm: MPI.Comm | None = None,
) -> SimulationResult | CircuitSimulationResult:
    """Compute every point of a case or circuit. Collective; all ranks get the result.

    Args:
        case: the case or circuit, or its directory or YAML file.
        out: result directory; None to keep everything in memory, fields included (under mpirun each rank its own part).
        resume: whether to continue an interrupted result in `out` after its last point.
        force: whether to replace a result in `out`.
        repair: whether to resume a damaged result from what is whole of it.
        progress: whether to show a bar on a terminal or in a notebook.
        comm: ranks that compute together; default all of mpirun.

    Raises:
        CaseError: the case, or a file that it names, is missing or no case; or a value of its sweep is refused.
        MeshError: the mesh file does not fit.
        ConvergenceError: a point was not reached. A directory has everything before it, and a checkpoint.
        ResultError: the directory cannot be used or written.
        KeyboardInterrupt: Ctrl-C, or the interrupt of a notebook's kernel; a directory has everything before it.
    """
    comm = MPI.COMM_WORLD if comm is None else comm
    case = load(case) if isinstance(case, Path | str) else case
    shown = Progress if progress else Silent
    if isinstance(case, Circuit):
        with _in_python_words(), only_first_rank(comm):
            if out is None:
                return _circuit_in_memory(case, comm, shown)
            run_circuit(case, Path(out), comm, resume=resume, force=force, repair=repair, progress=shown)
            return circuit_result_of(on_root(comm, lambda: load_circuit_result(out)))
    check_files(case)
    for note in case.notes if comm.rank == 0 else ():
        warnings.warn(note, FutureWarning, stacklevel=2)
    with _in_python_words(), only_first_rank(comm):
        if out is None:
            sink = MemorySink(fields=True)
            run(case, sink, comm, progress=shown)
            return _in_memory(sink, case)
        results = DirectorySink.at(Path(out), comm, resume=resume, force=force, repair=repair)
        run(case, results, comm, progress=shown)
        return result_of(on_root(comm, lambda: load_result(out)))


@contextmanager
def _in_python_words() -> Iterator[None]:
    """Context whose errors speak of arguments in the place of options."""
    try:
        yield
    except ResultError as error:
        raise ResultError(_in_python(str(error))) from None
    except Interruption.Interrupted as error:
        if error.number == signal.SIGINT:  # as everywhere in Python
            raise KeyboardInterrupt(_in_python(str(error))) from None
        raise


def _circuit_in_memory(circuit: Circuit, comm: MPI.Comm, progress: Callable[..., Progress]) -> CircuitSimulationResult:
    """Result of the same numbers as a directory would hold."""
    found = compute_circuit(circuit, comm, progress, fields=True)
    run = _from_json(found.information)
    devices = {name: _device_in_memory(tables) for name, tables in found.devices.items() if tables.rows}
    summary = _from_json(found.summary)
    table = table_of(found.rows) if found.rows else without_limits(summary)
    return CircuitSimulationResult(None, run, table, summary, devices)


def _device_in_memory(tables: DeviceTables) -> SimulationResult:
    """Result of a device of a circuit."""
    return SimulationResult(
        path=None,
        run=_from_json(tables.information),
        observables=table_of(tables.rows),
        profiles=table_of(tables.profiles),
        field_values=tables.fields,
    )


def _in_memory(sink: MemorySink, case: Case) -> SimulationResult:
    """Result of the same numbers as a directory would hold."""
    folder = None if case.file is None else str(case.directory.resolve())
    information = {**sink.information, "case_directory": folder}
    return SimulationResult(
        path=None,
        run=_from_json(information),
        observables=table_of(sink.rows),
        profiles=table_of(sink.profiles),
        sensitivities=table_of(sink.sensitivities),
        loads=table_of(sink.loads),
        summary=_from_json(sink.summary),
        field_values=sink.fields,
    )


def _from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json_bytes(data))
    return found


def _in_python(message: str) -> str:
    """Message about a result directory, with arguments in the place of options."""
    for option, argument in ARGUMENTS.items():
        message = message.replace(option, argument)
    return message
