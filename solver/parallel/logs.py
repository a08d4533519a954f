"""Messages of the first rank: terminal and log file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mpi4py import MPI

from solver.parallel.ranks import on_root
from solver.parallel.streams import fitted

logger = logging.getLogger("nanochannel")


def start_logging(comm: MPI.Comm, level: int = logging.INFO, *, quiet: bool = False) -> None:
    """Messages of the first rank go to standard error; the others stay silent below errors.

    quiet: only warnings and errors are told; log files have all messages.
    """
    handler = _TqdmHandler()
    handler.setLevel(logging.WARNING if quiet else logging.NOTSET)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(level if comm.rank == 0 else logging.ERROR)
    logger.propagate = False


@contextmanager
def only_first_rank(comm: MPI.Comm) -> Iterator[None]:
    """Keep the other ranks silent below errors, whatever a program does with the messages."""
    level = logger.level
    if comm.rank > 0:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def log_file(path: Path, comm: MPI.Comm) -> Iterator[None]:
    """Also write the messages of the first rank, with times, to a file. Collective.

    Raises:
        OSError: on all ranks; the file cannot be opened.
    """
    handler = on_root(comm, lambda: _opened(path), share=False)
    try:
        yield
    finally:
        if handler is not None:
            logger.removeHandler(handler)
            handler.close()
            if handler.failure is not None:
                logger.warning("warning: %s is not complete: %s", path, handler.failure)


def _opened(path: Path) -> _FileHandler:
    """A handler that writes to a file, among those of the logger."""
    handler = _FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    return handler


class _FileHandler(logging.FileHandler):
    """Goes on when it cannot write: numbers matter more than messages.

    Attributes:
        failure: the first one; None without.
    """

    failure: BaseException | None = None

    def handleError(self, record: logging.LogRecord) -> None:
        self.failure = self.failure or sys.exc_info()[1]

    def close(self) -> None:
        try:
            super().close()
        except OSError as error:  # what was still to be written
            self.failure = self.failure or error


class _TqdmHandler(logging.Handler):
    """Writes around the progress bar instead of through it; nothing where nobody listens any more."""

    def emit(self, record: logging.LogRecord) -> None:
        from tqdm import tqdm

        with suppress(OSError, ValueError):
            tqdm.write(fitted(self.format(record), sys.stderr), file=sys.stderr)
