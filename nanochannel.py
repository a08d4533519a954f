"""The face of the program: its Python interface, and the command line with check, mesh, run, info, plot, render, validate.

In Python:

    import nanochannel as nc

    case = nc.load_case("cases/conical_rectifier")      # or nc.Case(geometry={...}, electrolyte={...}, ...)
    print(nc.check(case))
    result = nc.simulate(case)                          # in memory; nc.simulate(case, "results/cone") on disk
    result["current [A]"]
    result.plot()

What goes wrong comes as CaseError, MeshError, ConvergenceError or ResultError. All names are imported when they are used.

Exit codes of the command line: 0 done, 1 a point did not converge or a check of `validate` failed, 2 bad input (case, mesh
file, result directory, arguments), 143 ended by a signal with a checkpoint (130 by Ctrl-C), 141 nobody reads the output.
MPI, PETSc and DOLFINx are touched only by `run`, `mesh` and `validate`, and only after the case has been read.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpi4py import MPI

    from meshes.errors import MeshError as MeshError
    from python_interface.checking import check as check
    from python_interface.result import SimulationResult as SimulationResult
    from python_interface.result import open_result as open_result
    from python_interface.simulate import simulate as simulate
    from solver.case.case import Case as Case
    from solver.case.loading import load_case as load_case
    from solver.inputs.errors import CaseError as CaseError
    from solver.nonlinear.continuation import ConvergenceError as ConvergenceError
    from solver.results.rows import ResultError as ResultError

NAMES = {
    "Case": "solver.case.case",
    "CaseError": "solver.inputs.errors",
    "ConvergenceError": "solver.nonlinear.continuation",
    "MeshError": "meshes.errors",
    "ResultError": "solver.results.rows",
    "SimulationResult": "python_interface.result",
    "check": "python_interface.checking",
    "load_case": "solver.case.loading",
    "open_result": "python_interface.result",
    "simulate": "python_interface.simulate",
}
"""Names of the Python interface, and the modules that they are imported from when they are used."""

PACKAGES = ("meshes", "postprocess", "python_interface", "solver", "validation")


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module 'nanochannel' has no attribute '{name}'; it has {', '.join(NAMES)}")
    return getattr(importlib.import_module(NAMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *NAMES])


def _find_packages() -> None:
    """Make sure that the packages of the program are the ones that Python finds.

    Raises:
        ImportError: a file or package of the user has the name of one of them.
    """
    home = Path(__file__).resolve().parent
    if str(home) not in sys.path:
        sys.path.append(str(home))  # a folder without Python, such as `meshes` for mesh files, then gives way
    for name in PACKAGES:
        module = sys.modules.get(name)
        found = importlib.util.find_spec(name) if module is None else getattr(module, "__spec__", None)
        file = getattr(module, "__file__", None) if found is None else found.origin
        if file is None or Path(file).resolve() == home / name / "__init__.py":
            continue
        other = Path(file).parent if Path(file).name == "__init__.py" else Path(file)
        raise ImportError(
            f"'{other}' has the name of the package '{name}' of nanochannel and hides it: rename it (and restart Python, or "
            "the notebook's kernel), or start Python in another folder"
        )


_find_packages()

OK, NOT_CONVERGED, BAD_INPUT = 0, 1, 2
FAILED = NOT_CONVERGED
INTERRUPTED, CTRL_C = 143, 130  # 128 + SIGTERM, and SIGINT, as shells have it

DESCRIPTION = (
    "Poisson-Nernst-Planck-Stokes in nanochannels: I-V curves, electroosmotic flow, concentration polarization."
)


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command `nanochannel`; returns the exit code."""
    from solver.parallel.streams import BROKEN_PIPE, NOT_WRITTEN, OutputError, flushed, open_missing, say

    open_missing()
    try:
        return flushed(_command(sys.argv[1:] if arguments is None else list(arguments)))
    except BrokenPipeError:
        return flushed(BROKEN_PIPE)
    except OutputError as error:
        if _is_first_rank():
            say(f"nanochannel: {error}")
        return flushed(NOT_WRITTEN)
    except KeyboardInterrupt:
        return flushed(CTRL_C)


def _command(words: list[str]) -> int:
    """Carry out a command; its exit code."""
    petsc_options: list[str] = []
    if "--" in words:
        cut = words.index("--")
        words, petsc_options = words[:cut], words[cut + 1 :]
    options = parser().parse_args(words)
    from solver.inputs.errors import CaseError
    from solver.parallel.streams import say
    from solver.results.rows import ResultError

    try:
        if options.command in ("run", "mesh", "validate"):
            return _parallel(options, petsc_options)
        return int(options.action(options))
    except (CaseError, ResultError) as error:
        if _is_first_rank():
            say(f"nanochannel: {_placed(error, options)}")
        return BAD_INPUT


def _placed(error: Exception, options: argparse.Namespace) -> Exception:
    """An error with the line of the case file that it is about, if it is one of a case."""
    from solver.case.loading import located
    from solver.inputs.errors import CaseError

    return located(error, options.overrides) if isinstance(error, CaseError) and "overrides" in options else error


def _is_first_rank() -> bool:
    """Whether this process speaks for all ranks, before MPI is touched: launchers tell the rank in the environment."""
    names = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID")
    return next((os.environ[name] for name in names if name in os.environ), "0") == "0"


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    top = argparse.ArgumentParser(prog="nanochannel", description=DESCRIPTION)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str, action: object) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(action=action)
        return sub

    def case_arguments(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("case", type=Path, help="case directory, or its YAML file")
        sub.add_argument(
            "--set",
            dest="overrides",
            metavar="KEY=VALUE",
            action="append",
            default=[],
            help='override a value of the case, e.g. --set terminals.base.potential="0.5 V"; may be repeated',
        )

    case_arguments(command("check", "Validate a case; print its derived numbers and warnings.", _check))
    mesh = command("mesh", "Write the mesh of a case as a Gmsh file.", _mesh)
    case_arguments(mesh)
    mesh.add_argument("--out", type=Path, help="file to write (default: results/<case>.msh)")
    run = command(
        "run", "Compute every point of a case. Arguments after -- go to PETSc, e.g. -- -snes_monitor -log_view.", _run
    )
    case_arguments(run)
    run.add_argument("--out", type=Path, help="result directory (default: results/<case>)")
    existing = run.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="continue an interrupted result after its last point")
    existing.add_argument("--force", action="store_true", help="replace a result that is there")
    run.add_argument(
        "--repair", action="store_true", help="with --resume: compute anew from where a result is damaged, if it is"
    )
    run.add_argument("--pictures", action="store_true", help="also plot and render when the run is complete")
    info = command("info", "Say what a result directory holds: case, versions, cost, status.", _info)
    info.add_argument("result", type=Path)
    plot = command("plot", "Draw curves and profiles of a result.", _plot)
    plot.add_argument("result", type=Path)
    plot.add_argument("--out", type=Path, help="folder for the pictures (default: in the result)")
    render = command("render", "Render fields of a result.", _render)
    render.add_argument("result", type=Path)
    render.add_argument("--field", help="salt, potential, charge, velocity, concentration_K, ... (default: a set)")
    render.add_argument(
        "--at", action="append", help='value of the swept parameter or a time, e.g. "1 V", "3 ms"; may be repeated'
    )
    render.add_argument("--window", help="part of the device: device, channel, or the name of a terminal")
    render.add_argument("--out", type=Path, help="folder for the pictures (default: in the result)")
    render.add_argument(
        "--movie",
        metavar="FILE",
        nargs="?",
        const="",
        help="a movie of one field at all written instants or along a sweep; .mp4 or .gif "
        "(default: pictures/FIELD.mp4 in the result)",
    )
    render.add_argument("--fps", type=float, default=15.0, help="frames per second of a movie (default: 15)")
    validate = command("validate", "Compare with exact solutions and published numbers; write a report.", _validate)
    validate.add_argument("--quick", action="store_true", help="a subset of the checks with coarser sweeps, in minutes")
    validate.add_argument("--out", type=Path, default=Path("results/validation"), help="folder for report and figures")
    validate.add_argument(
        "--only", metavar="SECTION", action="append", default=[], help="only this section; may be repeated"
    )
    return top


def _check(options: argparse.Namespace) -> int:
    from meshes.errors import MeshError
    from python_interface.checking import check
    from solver.case.loading import load_case
    from solver.parallel.streams import say, tell

    try:
        tell(check(load_case(options.case, options.overrides)))
    except MeshError as error:
        say(f"nanochannel: {error}")
        return BAD_INPUT
    return OK


def _info(options: argparse.Namespace) -> int:
    from postprocess.tables.expected_table import expected_table
    from postprocess.tables.result import load
    from postprocess.tables.run_summary import run_summary
    from solver.parallel.streams import tell

    result = load(options.result)
    text = expected_table(result)
    tell(run_summary(result), *([text] if text else []))
    return OK


def _plot(options: argparse.Namespace) -> int:
    from postprocess.figures.plot import plot
    from solver.parallel.streams import tell

    tell(*plot(options.result, options.out))
    return OK


def _render(options: argparse.Namespace) -> int:
    from solver.parallel.streams import tell

    if options.movie is not None:
        from postprocess.pictures.movie import movie

        out = Path(options.movie) if options.movie else options.out
        tell(movie(options.result, out, options.field, options.at or (), options.window, options.fps))
        return OK
    from postprocess.pictures.render import render

    tell(*render(options.result, options.field, options.at or (), options.out, options.window))
    return OK


def _parallel(options: argparse.Namespace, petsc_options: list[str]) -> int:
    """Commands that need the compiled stack: read the case first, stop all ranks together whatever happens."""
    from solver.case.loading import load_case
    from solver.parallel.streams import OutputError, say

    # every rank reads the same text and fails the same way
    cases = () if options.command == "validate" else (load_case(options.case, options.overrides),)
    for case in cases if options.command == "run" and _is_first_rank() else ():
        say(f"{case.name}: {case.title or 'starting'}")  # the libraries below take a second
    import petsc4py

    petsc4py.init(["nanochannel", *petsc_options])
    from mpi4py import MPI

    from solver.parallel.cache import make_cache_usable

    comm = MPI.COMM_WORLD
    cache_note = make_cache_usable(comm)
    from meshes.tagged import MeshError
    from solver.inputs.errors import CaseError
    from solver.nonlinear.continuation import ConvergenceError
    from solver.parallel.interruption import Interruption
    from solver.parallel.logs import logger, start_logging
    from solver.results.rows import ResultError

    start_logging(comm)
    if cache_note:
        logger.warning("warning: %s", cache_note)
    for note in (note for case in cases for note in case.notes):
        logger.warning("warning: %s", note)
    try:
        return int(options.action(options, *cases, comm))
    except ConvergenceError as error:
        logger.error("nanochannel: not converged: %s", error)
        return NOT_CONVERGED
    except Interruption.Interrupted as error:
        logger.warning("nanochannel: %s", error)
        return CTRL_C if error.number == signal.SIGINT else INTERRUPTED
    except (CaseError, MeshError, ResultError) as error:
        if comm.rank == 0:
            say(f"nanochannel: {_placed(error, options)}")
        return BAD_INPUT
    except (BrokenPipeError, OutputError):  # of what is told at the end, on all ranks; the result is complete
        raise
    except BaseException as error:
        return _unexpected(error, comm)


def _unexpected(error: BaseException, comm: MPI.Comm) -> int:
    """End all ranks after what a library has raised or exits with: the other ranks may not have it, and would wait for
    ever. An error of this program on a single rank is raised again, for its traceback."""
    from solver.parallel.streams import flushed, say

    if comm.size == 1 and isinstance(error, Exception) and not isinstance(error, MemoryError):
        raise error
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    who = f"rank {comm.rank}: " if comm.size > 1 else ""
    say(f"nanochannel: {who}{type(error).__name__}{f': {text[:200]}' if text else ''}{place}")
    code = CTRL_C if isinstance(error, KeyboardInterrupt) else FAILED
    if comm.size > 1:
        flushed(code)
        comm.Abort(code)
    return code


def _run(options: argparse.Namespace, case: Case, comm: MPI.Comm) -> int:
    from solver.parallel.clock import Clock
    from solver.parallel.logs import logger
    from solver.parallel.ranks import on_root
    from solver.parallel.versions import uses_reference_blas
    from solver.run import run
    from solver.simulation.directory import DirectorySink

    if uses_reference_blas():
        logger.warning("warning: the reference BLAS is in use; OpenBLAS makes factorisations 3-4 times faster")
    out = options.out or Path("results") / case.name
    sink = DirectorySink.at(out, comm, resume=options.resume, force=options.force, repair=options.repair)
    run(case, sink, comm, clock=Clock(start_up=True))
    on_root(comm, lambda: _conclude(out, pictures=options.pictures))
    return OK


def _conclude(out: Path, *, pictures: bool) -> None:
    """Result table, and the paths of what there is to look at."""
    from postprocess.figures.plot import plot
    from postprocess.pictures.render import render
    from postprocess.tables.result import load
    from postprocess.tables.result_table import result_table
    from solver.parallel.streams import tell
    from solver.results.field_list import field_files

    tell(result_table(load(out)))
    # a run may well write no fields
    files = [*plot(out), *(render(out) if field_files(out) else [])] if pictures else []
    tell(*files, f"results in {out}" + ("" if pictures else f"; next: nanochannel plot {out}"))


def _mesh(options: argparse.Namespace, case: Case, comm: MPI.Comm) -> int:
    from solver.parallel.ranks import on_root
    from solver.parallel.streams import tell
    from solver.simulation.mesh_file import write_mesh

    text = write_mesh(case, options.out or Path("results") / f"{case.name}.msh", comm)
    on_root(comm, lambda: tell(text))
    return OK


def _validate(options: argparse.Namespace, comm: MPI.Comm) -> int:
    from validation.run import validate

    return OK if validate(options.out, comm, quick=options.quick, only=options.only) else FAILED


if __name__ == "__main__":
    sys.exit(main())
