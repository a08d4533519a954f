"""Standard streams of a command: they may be closed, full, or piped into a program that reads only the first lines."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

BROKEN_PIPE = 141
"""Exit code of a command whose reader has gone: 128 + SIGPIPE, as shells have it."""

NOT_WRITTEN = 2
"""Exit code of a command whose output could not be written."""


class OutputError(Exception):
    """What a command has to say could not be written; the text says why."""


def tell(*lines: object) -> None:
    """Lines on standard output.

    Raises:
        BrokenPipeError: nobody reads them.
        OutputError: they cannot be written.
    """
    try:
        print(*lines, sep="\n", flush=True)
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
        print(text, file=sys.stderr, flush=True)


def _drop(stream: TextIO) -> None:
    """Let a stream write into nothing, so that Python does not try again at its end."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
