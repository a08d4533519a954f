"""nanochannel schema: the JSON Schema of a case file."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, add_quiet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `schema`."""
    parser.add_argument("--circuit", action="store_true", help="that of circuit files instead")
    parser.add_argument("--out", type=Path, help="file to write (default: standard output)")
    add_quiet(parser)


def tell_schema(options: argparse.Namespace) -> int:
    """Print the schema, or write it into a file."""
    from circuits.description.json_schema import circuit_schema_text
    from solver.case.json_schema import schema_text
    from solver.parallel.streams import tell

    text = circuit_schema_text() if options.circuit else schema_text()
    if options.out is None:
        tell(text.rstrip("\n"))
        return OK
    from command_line.base import written

    tell(written(options.out, text))
    return OK


COMMAND = Command(
    "schema",
    "Print the JSON Schema of case or circuit files, with which editors complete and explain their keys.",
    arguments,
    tell_schema,
)
