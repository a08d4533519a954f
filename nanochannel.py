"""The face of the program: its Python interface, and the command line (command_line/).

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
import contextlib
import importlib
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from circuits.compact.family import compact_model_at as compact_model_at
    from circuits.compact.model import CompactModel as CompactModel
    from circuits.description.circuit import Circuit as Circuit
    from circuits.description.loading import load_circuit as load_circuit
    from command_line.base import Command
    from exploration.campaign.interface import CampaignResult as CampaignResult
    from exploration.campaign.interface import campaign as campaign
    from exploration.compact.compact import compact as compact
    from exploration.fit.fit import fit as fit
    from exploration.optimise.optimise import optimise as optimise
    from meshes.errors import MeshError as MeshError
    from python_interface.checking import check as check
    from python_interface.circuit_result import CircuitSimulationResult as CircuitSimulationResult
    from python_interface.opening import open_result as open_result
    from python_interface.result import SimulationResult as SimulationResult
    from python_interface.simulate import simulate as simulate
    from solver.case.case import Case as Case
    from solver.case.loading import load_case as load_case
    from solver.inputs.errors import CaseError as CaseError
    from solver.nonlinear.continuation import ConvergenceError as ConvergenceError
    from solver.results.rows import ResultError as ResultError

NAMES = {
    "Case": "solver.case.case",
    "CaseError": "solver.inputs.errors",
    "Circuit": "circuits.description.circuit",
    "CircuitSimulationResult": "python_interface.circuit_result",
    "CampaignResult": "exploration.campaign.interface",
    "CompactModel": "circuits.compact.model",
    "ConvergenceError": "solver.nonlinear.continuation",
    "MeshError": "meshes.errors",
    "ResultError": "solver.results.rows",
    "SimulationResult": "python_interface.result",
    "campaign": "exploration.campaign.interface",
    "check": "python_interface.checking",
    "compact_model_at": "circuits.compact.family",
    "compact": "exploration.compact.compact",
    "fit": "exploration.fit.fit",
    "load_case": "solver.case.loading",
    "load_circuit": "circuits.description.loading",
    "open_result": "python_interface.opening",
    "optimise": "exploration.optimise.optimise",
    "simulate": "python_interface.simulate",
}
"""Names of the Python interface, and the modules that they are imported from when they are used."""

PACKAGES = (
    "circuits",
    "command_line",
    "exploration",
    "meshes",
    "postprocess",
    "python_interface",
    "solver",
    "validation",
)


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

INTERRUPTED, CTRL_C = 143, 130  # 128 + SIGTERM, and SIGINT, as shells have it


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command `nanochannel`; returns the exit code."""
    from solver.parallel.streams import BROKEN_PIPE, NOT_WRITTEN, OutputError, flushed, open_missing, say_once

    open_missing()
    try:
        return flushed(_command(sys.argv[1:] if arguments is None else list(arguments)))
    except BrokenPipeError:
        return flushed(BROKEN_PIPE)
    except OutputError as error:
        say_once(f"nanochannel: {error}")
        return flushed(NOT_WRITTEN)
    except KeyboardInterrupt:
        say_once("nanochannel: interrupted")
        return flushed(CTRL_C)


def _command(words: list[str]) -> int:
    """Carry out a command; its exit code."""
    petsc_options: list[str] = []
    if "--" in words:
        cut = words.index("--")
        words, petsc_options = words[:cut], words[cut + 1 :]
    from command_line.arguments import BadArguments
    from command_line.base import BAD_INPUT, OK
    from command_line.registry import COMMANDS, parser
    from solver.parallel.streams import say_once

    known = parser()
    try:
        options = known.read(words)
    except BadArguments as error:
        say_once(f"nanochannel: {error}")
        return BAD_INPUT
    options.petsc = tuple(petsc_options)
    if options.command is None:
        known.print_help()
        return OK
    from solver.inputs.errors import CaseError
    from solver.results.rows import ResultError

    try:
        command = COMMANDS[options.command]
        with _quiet(getattr(options, "quiet", False)):
            if command.parallel:
                return _parallel(command, options)
            return command.action(options)
    except (CaseError, ResultError) as error:
        say_once(f"nanochannel: {_placed(error, options)}")
        return BAD_INPUT


@contextlib.contextmanager
def _quiet(quiet: bool) -> Iterator[None]:
    """Without standard output, if so; warnings and errors are on the other stream."""
    if not quiet:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nothing, contextlib.redirect_stdout(nothing):
        yield


def _placed(error: Exception, options: argparse.Namespace) -> Exception:
    """An error with the line of the case file that it is about, if it is one of a case."""
    from solver.case.loading import located
    from solver.inputs.errors import CaseError

    return located(error, options.overrides) if isinstance(error, CaseError) and "overrides" in options else error


def _parallel(command: Command, options: argparse.Namespace) -> int:
    """Commands that need the compiled stack: read the case first, stop all ranks together whatever happens."""
    from circuits.description.circuit import Circuit
    from circuits.description.loading import load, refuse
    from command_line.base import BAD_INPUT, FAILED
    from solver.parallel.streams import OutputError, say, say_once

    # every rank reads the same text and fails the same way
    cases = (load(options.case, options.overrides),) if command.reads_case else ()
    for case in cases:
        if isinstance(case, Circuit) and not command.takes_circuits:
            refuse(case, f"is nothing for '{command.name}', which takes a single device")
    for case in cases if options.command == "run" and not options.quiet else ():
        say_once(f"{case.name}: {case.title or 'starting'}")  # the libraries below take a second
    import petsc4py

    petsc4py.init(["nanochannel", *options.petsc])
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

    start_logging(comm, quiet=getattr(options, "quiet", False))
    if cache_note:
        logger.warning("warning: %s", cache_note)
    for note in (note for case in cases for note in case.notes):
        logger.warning("warning: %s", note)
    try:
        return command.action(options, *cases, comm)
    except ConvergenceError as error:
        if comm.rank == 0:
            logger.error("nanochannel: not converged: %s", error)
        return FAILED
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
        from solver.parallel.ending import end_all_ranks

        return end_all_ranks(error, comm)


if __name__ == "__main__":
    sys.exit(main())
