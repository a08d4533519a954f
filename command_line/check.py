"""nanochannel check: a case before it is computed."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import BAD_INPUT, OK, Command, add_case, add_quiet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `check`."""
    add_case(parser)
    parser.add_argument(
        "--picture",
        metavar="FILE",
        type=Path,
        help="also draw the mesh with its materials, terminals, gates and charged walls; .png, .pdf or .svg",
    )
    add_quiet(parser)


def check_case(options: argparse.Namespace) -> int:
    """Tell the derived numbers and the warnings of a case."""
    import sys

    from circuits.check import text as of_circuits
    from circuits.check.report import CircuitCheck
    from circuits.description.circuit import Circuit
    from circuits.description.loading import load, refuse
    from meshes.errors import MeshError
    from python_interface.checking import check
    from solver.check.text import render
    from solver.inputs.text import WIDTH
    from solver.parallel.streams import columns, say, tell

    try:
        case = load(options.case, options.overrides)
        if isinstance(case, Circuit) and options.picture is not None:
            refuse(case, "has no mesh to draw with --picture")
        found, width = check(case), columns(sys.stdout) or WIDTH
        tell(of_circuits.render(found, width) if isinstance(found, CircuitCheck) else render(found, width))
        for warning in found.warnings if options.quiet else ():
            say(f"warning: {warning}")
        if options.picture is not None and not isinstance(case, Circuit):
            from python_interface.picturing import picture

            tell(picture(case, options.picture))
    except MeshError as error:
        say(f"nanochannel: {error}")
        return BAD_INPUT
    return OK


COMMAND = Command("check", "Validate a case; print its derived numbers and warnings.", arguments, check_case)
