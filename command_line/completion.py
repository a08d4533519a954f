"""nanochannel completion: what a shell needs to complete commands, options and file names."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command

SHELLS = ("bash", "zsh", "tcsh")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `completion`."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads it")


def tell_completion(options: argparse.Namespace) -> int:
    """Print the completion of a shell."""
    import shtab

    from solver.parallel.streams import tell

    known = options.parser
    for each in known.commands().values():
        for action in each._actions:
            if action.type is Path:
                action.complete = shtab.FILE
    tell(shtab.complete(known, shell=options.shell))
    return OK


COMMAND = Command(
    "completion",
    'Print the completion of commands and options for a shell, e.g. eval "$(nanochannel completion bash)".',
    arguments,
    tell_completion,
)
