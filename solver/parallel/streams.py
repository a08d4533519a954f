"""Standard streams of a command: they may be closed, full, or piped into a program that reads only the first lines."""

from __future__ import annotations

import os
import sys
import textwrap
from contextlib import suppress
from typing import TextIO

BROKEN_PIPE = 141
"""Exit code of a command whose reader has gone: 128 + SIGPIPE, as shells have it."""

NOT_WRITTEN = 2
"""Exit code of a command whose output could not be written."""


class OutputError(Exception):
    """What a command has to say could not be written; the text says why."""


def columns(stream: TextIO) -> int | None:
    """Characters of a line of a terminal; None where a stream is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None if stream.isatty() else None
    except (OSError, ValueError):
        return None


def fitted(text: str, stream: TextIO) -> str:
    """A text whose lines are broken between words where a terminal has no room for them; as it is for files and pipes."""
    width = columns(stream)
    if width is None:
        return text
    return "\n".join(
        line
        if len(line) <= width
        else textwrap.fill(line, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def tell(*lines: object) -> None:
    """Lines on standard output.

    Raises:
        BrokenPipeError: nobody reads them.
        OutputError: they cannot be written.
    """
    try:
        print(*(fitted(str(line), sys.stdout) for line in lines), sep="\n", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write the output: {(error.strerror or str(error)).lower()}") from None


def open_missing() -> None:
    """Open what is closed of the standard streams, on nothing: the next files that are opened would take their place, and
    what the libraries print would go into a result."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8")


def flushed(code: int) -> int:
    """Write what is still to be written, or let go of it; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _drop(stream)
    return code


def say(text: str) -> None:
    """A line on standard error, if anybody can hear it."""
    with suppress(OSError, ValueError):
        print(fitted(text, sys.stderr), file=sys.stderr, flush=True)


def say_once(text: str) -> None:
    """The same from the first rank alone, before MPI is touched: launchers tell the rank in the environment."""
    names = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID")
    if next((os.environ[name] for name in names if name in os.environ), "0") == "0":
        say(text)


def _drop(stream: TextIO) -> None:
    """Let a stream write into nothing, so that Python does not try again at its end."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
