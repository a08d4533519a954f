"""docs/commands.md, the reference of the command line, from the parsers of its commands."""

from __future__ import annotations

import argparse
import textwrap

from command_line.registry import COMMANDS, parser

INTRODUCTION = """\
# The command line

*Written by `make docs` from the parsers in `command_line/`; do not edit by hand.*

`nanochannel COMMAND --help` prints the same. `python3 -m nanochannel` is the command where the package is not installed,
`./environment.sh nanochannel` where its environment is not active. `nanochannel --version` prints the version.

Arguments after `--` go to PETSc, for example `-- -log_view`. Exit codes: 0 done, 1 a point did not converge (what came before
it is on disk) or a check of `validate` failed, 2 bad input, 143 ended by a signal with a checkpoint, 130 by Ctrl-C.

Completion of commands and options, for this shell and, with the line in its start-up file, for every later one:

```
eval "$(nanochannel completion bash)"      # or zsh, tcsh
```
"""


def document() -> str:
    """The text of docs/commands.md."""
    known = parser().commands()
    return "\n".join([INTRODUCTION, *(_section(name, known[name]) for name in COMMANDS)])


def _section(name: str, command: argparse.ArgumentParser) -> str:
    actions = [action for action in command._actions if action.dest != "help"]
    places = " ".join(_place(action) for action in actions if not action.option_strings)
    lines = [f"## `{name}`", "", textwrap.fill(command.description or "", 120), "", "```"]
    lines += [f"nanochannel {name} {places}".strip() + (" [OPTIONS]" if any(a.option_strings for a in actions) else "")]
    lines += ["```", "", "| argument | meaning |", "|---|---|"]
    for action in actions:
        word = ", ".join(action.option_strings) or _place(action)
        if action.option_strings and action.nargs != 0:
            value = str(action.metavar or action.dest.upper())
            word += f" [{value}]" if action.nargs == "?" else f" {value}"
        meaning = (action.help or "").replace("%%", "%").replace("|", "\\|")
        lines.append(f"| `{word}` | {meaning} |")
    return "\n".join(lines) + "\n"


def _place(action: argparse.Action) -> str:
    """A positional argument as it is written."""
    word = str(action.metavar or action.dest.upper())
    if action.nargs in ("*", "?"):
        return f"[{word}]"
    return f"{word} ..." if action.nargs == "+" else word
