"""nanochannel run: every point of a case."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from command_line.base import OK, Command, add_case, drawn

if TYPE_CHECKING:
    from mpi4py import MPI

    from circuits.description.circuit import Circuit
    from solver.case.case import Case


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `run`."""
    add_case(parser)
    parser.add_argument("--out", type=Path, help="result directory (default: results/<case>)")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="continue an interrupted result after its last point")
    existing.add_argument("--force", action="store_true", help="replace a result that is there")
    parser.add_argument(
        "--repair", action="store_true", help="with --resume: compute anew from where a result is damaged, if it is"
    )
    parser.add_argument("--pictures", action="store_true", help="also plot and render when the run is complete")
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--quiet", action="store_true", help="tell warnings and errors only; log.txt has everything")
    told.add_argument("--verbose", action="store_true", help="show conservation errors, however small")


def run_case(options: argparse.Namespace, case: Case | Circuit, comm: MPI.Comm) -> int:
    """Compute a case, or a circuit, into its result directory. Collective."""
    from circuits.description.circuit import Circuit

    return _run_circuit(options, case, comm) if isinstance(case, Circuit) else _run_device(options, case, comm)


def _run_circuit(options: argparse.Namespace, circuit: Circuit, comm: MPI.Comm) -> int:
    from circuits.run import run_circuit
    from solver.parallel.clock import Clock
    from solver.parallel.progress import Progress
    from solver.parallel.ranks import on_root

    out = options.out or Path("results") / circuit.name
    run_circuit(
        circuit, out, comm, resume=options.resume, force=options.force, repair=options.repair,
        clock=Clock(start_up=True), overrides=options.overrides, progress=partial(Progress, bar=not options.quiet),
    )  # fmt: skip
    on_root(comm, lambda: _conclude_circuit(out, options))
    return OK


def _conclude_circuit(out: Path, options: argparse.Namespace) -> None:
    """Table of the result, and the paths of what there is to look at."""
    from postprocess.figures.circuit import plot_circuit
    from postprocess.tables.circuit import load_circuit_result
    from postprocess.tables.circuit_table import circuit_table
    from solver.parallel.streams import columns, tell

    if not options.quiet:
        tell(circuit_table(load_circuit_result(out), width=columns(sys.stdout)))
    files = [*plot_circuit(out), *_of_devices(out)] if options.pictures else []
    if not options.quiet:
        tell(*files, f"results in {out}" + ("" if options.pictures else f"; next: nanochannel plot {out}"))


def _of_devices(out: Path) -> list[Path]:
    """Draw the figures and fields of the devices of a circuit."""
    from circuits.columns import DEVICES
    from postprocess.pictures.render import render
    from postprocess.tables.circuit import load_circuit_result

    folders = [out / DEVICES / name for name in load_circuit_result(out).devices]
    return [file for folder in folders for file in (*drawn(folder), *render(folder))]


def _run_device(options: argparse.Namespace, case: Case, comm: MPI.Comm) -> int:
    from solver.parallel.clock import Clock
    from solver.parallel.logs import logger
    from solver.parallel.progress import Progress
    from solver.parallel.ranks import on_root
    from solver.parallel.versions import uses_reference_blas
    from solver.run import run
    from solver.simulation.directory import DirectorySink

    if uses_reference_blas():
        logger.warning("warning: the reference BLAS is in use; OpenBLAS makes factorisations 3-4 times faster")
    out = options.out or Path("results") / case.name
    sink = DirectorySink.at(out, comm, resume=options.resume, force=options.force, repair=options.repair)
    run(case, sink, comm, clock=Clock(start_up=True), overrides=options.overrides,
        progress=partial(Progress, bar=not options.quiet))  # fmt: skip
    on_root(comm, lambda: _conclude(out, options))
    return OK


def _conclude(out: Path, options: argparse.Namespace) -> None:
    """Result table, and the paths of what there is to look at."""
    from postprocess.pictures.render import render
    from postprocess.tables.result import load
    from postprocess.tables.result_table import result_table
    from solver.parallel.streams import columns, tell
    from solver.results.field_list import field_files

    pictures = options.pictures
    if not options.quiet:
        tell(result_table(load(out), width=columns(sys.stdout), verbose=options.verbose))
    # a run may well write no fields
    files = [*drawn(out), *(render(out) if field_files(out) else [])] if pictures else []
    if options.quiet:
        return
    tell(*files, f"results in {out}" + ("" if pictures else f"; next: nanochannel plot {out}"))


COMMAND = Command(
    "run",
    "Compute every point of a case, or a circuit. Arguments after -- go to PETSc, e.g. -- -snes_monitor -log_view.",
    arguments,
    run_case,
    parallel=True,
    reads_case=True,
    takes_circuits=True,
)
