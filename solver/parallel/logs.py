"""Messages of the first rank: terminal and log file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mpi4py import MPI

logger = logging.getLogger("nanochannel")


def start_logging(comm: MPI.Comm, level: int = logging.INFO) -> None:
    """Messages of the first rank go to standard error; the others stay silent below errors."""
    handler = _TqdmHandler()
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
    """Also write the messages of the first rank, with times, to a file."""
    if comm.rank > 0:
        yield
        return
    handler = _QuietFileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


class _QuietFileHandler(logging.FileHandler):
    """Says nothing when it cannot write: a full disk shows in the files that matter."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


class _TqdmHandler(logging.Handler):
    """Writes around the progress bar instead of through it."""

    def emit(self, record: logging.LogRecord) -> None:
        from tqdm import tqdm

        tqdm.write(self.format(record), file=sys.stderr)
