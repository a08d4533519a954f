"""nanochannel validate: the program against exact solutions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from command_line.base import FAILED, OK, Command, add_quiet

if TYPE_CHECKING:
    from mpi4py import MPI


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `validate`."""
    parser.add_argument("--quick", action="store_true", help="a subset of the checks with coarser sweeps, in minutes")
    parser.add_argument("--out", type=Path, default=Path("results/validation"), help="folder for report and figures")
    parser.add_argument(
        "--only", metavar="SECTION", action="append", default=[], help="only this section; may be repeated"
    )
    parser.add_argument("--resume", action="store_true", help="only the sections that the report in OUT lacks")
    add_quiet(parser)


def validate_program(options: argparse.Namespace, comm: MPI.Comm) -> int:
    """Carry out the checks of the program. Collective."""
    from validation.run import validate

    return OK if validate(options.out, comm, quick=options.quick, only=options.only, resume=options.resume) else FAILED


COMMAND = Command(
    "validate",
    "Compare with exact solutions and published numbers; write a report.",
    arguments,
    validate_program,
    parallel=True,
)
