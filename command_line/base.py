"""What every command of the command line has to say of itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OK, FAILED, BAD_INPUT = 0, 1, 2
"""Exit codes: done; a point did not converge or a check failed; bad input."""


@dataclass(frozen=True)
class Command:
    """A command of the command line.

    Attributes:
        name: word of the command line.
        help: one sentence.
        arguments: adds its arguments to its parser.
        action: carries it out and returns the exit code. It is called with the options; one that is `parallel` on all
            ranks, with the options, the case if it `reads_case`, and the communicator.
        parallel: whether it needs MPI, PETSc and DOLFINx; its errors then end all ranks together.
        reads_case: whether a parallel command gets the case of its line, read before the compiled stack is loaded.
        takes_circuits: whether that may be a circuit.
    """

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    action: Callable[..., int]
    parallel: bool = False
    reads_case: bool = False
    takes_circuits: bool = False


def add_case(parser: argparse.ArgumentParser) -> None:
    """Arguments that name a case and override its values."""
    parser.add_argument("case", type=Path, help="case directory, or its YAML file")
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help='override a value of the case, e.g. --set terminals.base.potential="0.5 V"; may be repeated',
    )


def add_quiet(parser: argparse.ArgumentParser | argparse._MutuallyExclusiveGroup) -> None:
    """The argument that leaves out whatever is no warning and no error."""
    parser.add_argument("--quiet", action="store_true", help="tell warnings and errors only")


def add_measured(parser: argparse.ArgumentParser, text: str) -> None:
    """The argument that names files of measured curves. text: its help."""
    parser.add_argument("--measured", metavar="FILE", type=Path, action="append", default=[], help=text)


def written(path: Path, text: str) -> Path:
    """Write a text into a file, whose path it gives.

    Raises:
        ResultError: it cannot be written.
    """
    from solver.results.rows import ResultError

    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ResultError(f"cannot write '{path}': {(error.strerror or str(error)).lower()}") from None
    return path


def drawn(results: Path | Sequence[Path], out: Path | None = None, **choice: Any) -> list[Path]:
    """Draw the figures of a result, or of several together, and say what of measured curves is not in them.

    choice: names, style, measured of `plot`.
    """
    from postprocess.figures.plot import plot, read_results
    from postprocess.tables.reference import reference_of
    from solver.parallel.streams import say

    for note in reference_of(read_results(results, choice.get("measured", ()))).notes:
        say(f"warning: {note}")
    return plot(results, out, **choice)
