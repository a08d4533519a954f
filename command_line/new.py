"""nanochannel new: a commented case to begin with."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, add_quiet
from command_line.templates import TEMPLATES


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `new`."""
    kinds = "; ".join(f"{name}: {template.about}" for name, template in TEMPLATES.items())
    parser.add_argument("kind", choices=tuple(TEMPLATES), metavar="KIND", help=kinds)
    parser.add_argument("folder", type=Path, help="folder to make; its name is the name of the case")
    add_quiet(parser)


def write_case(options: argparse.Namespace) -> int:
    """Write the case and, beside it, the schema that editors complete its keys with.

    Raises:
        CaseError: the folder is there and not empty, or cannot be written.
    """
    from circuits.description import json_schema as of_circuits
    from command_line.base import written
    from meshes.quoting import quoted
    from solver.case import json_schema as of_cases
    from solver.inputs.errors import CaseError
    from solver.inputs.files import CASE_FILE
    from solver.parallel.streams import tell

    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CaseError(f"{quoted(str(folder))} is there already; write the name of a new folder", key=())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaseError(f"cannot make the folder {quoted(str(folder))}: {error.strerror}", key=()) from None
    template = TEMPLATES[options.kind]
    name, text = (
        (of_circuits.FILE_NAME, of_circuits.circuit_schema_text())
        if template.is_circuit
        else (of_cases.FILE_NAME, of_cases.schema_text())
    )
    written(folder / name, text)
    path = written(folder / CASE_FILE, f"# yaml-language-server: $schema={name}\n{template.text}")
    tell(path, f"next: nanochannel check {folder}, then nanochannel run {folder}")
    return OK


COMMAND = Command("new", "Write a commented case or circuit to begin with.", arguments, write_case)
