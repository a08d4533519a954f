"""Ranks, logging, progress and timers."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mpi4py import MPI

T = TypeVar("T")
logger = logging.getLogger("nanochannel")


class Clock:
    """Wall time per named phase; phases may nest, and an inner phase does not count for the outer one, unless that takes
    everything as its own."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.seconds["start-up"] = self._before = _process_age()
        self._stack: list[str] = []
        self._owner: str | None = None
        self._last = self._begin = time.perf_counter()

    @contextmanager
    def __call__(self, phase: str, *, everything: bool = False) -> Iterator[None]:
        """Count the time inside the block for `phase`; with `everything` that of phases inside it, too."""
        self._switch()
        self._stack.append(self._owner or phase)
        owner = self._owner
        if everything:
            self._owner = self._owner or phase
        try:
            yield
        finally:
            self._switch()
            self._stack.pop()
            self._owner = owner

    def _switch(self) -> None:
        now = time.perf_counter()
        self.seconds[self._stack[-1] if self._stack else "other"] += now - self._last
        self._last = now

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._begin

    def table(self, comm: MPI.Comm) -> dict[str, Any]:
        """Seconds per phase on the first rank, total, and peak memory summed over the ranks. Collective."""
        self._switch()
        peak = comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, op=MPI.SUM)
        phases = {phase: round(seconds, 4) for phase, seconds in sorted(self.seconds.items())}
        return {"phases": phases, "wall_time": round(self._before + self.elapsed, 4), "peak_memory_MB": round(peak, 1)}


def release(comm: MPI.Comm) -> None:
    """Free the matrices and factors of problems that are no longer used, on all ranks at once. Collective."""
    from petsc4py import PETSc  # only after the command line has given PETSc its options

    gc.collect()
    PETSc.garbage_cleanup(comm)


def _process_age() -> float:
    """Seconds since this process was started: interpreter and imports; 0 where the system does not tell."""
    try:
        started = float(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def on_root(comm: MPI.Comm, action: Callable[[], T], *, share: bool = True) -> T:
    """Run `action` on the first rank; its result (there alone, unless shared), or its exception, on every rank.
    Collective."""
    answer: T | None = None
    failure: Exception | None = None
    if comm.rank == 0:
        try:
            answer = action()
        except Exception as error:
            failure = error
    if comm.size > 1:
        failure, shared = comm.bcast((failure, answer if share else None), root=0)
        answer = shared if share else answer
    if failure is not None:
        raise failure
    return answer  # type: ignore[return-value]


def start_logging(comm: MPI.Comm, level: int = logging.INFO) -> None:
    """Messages of the first rank go to standard error; the others stay silent below errors."""
    handler = _TqdmHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(level if comm.rank == 0 else logging.ERROR)
    logger.propagate = False


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


class Interruption:
    """SIGTERM and SIGUSR1, which clusters send before time is over, end a run between two steps. A context manager."""

    class Interrupted(Exception):
        """The run was asked to end."""

    def __init__(self, comm: MPI.Comm) -> None:
        self._comm, self._asked = comm, False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGUSR1)}
        return self

    def _ask(self, _number: int, _frame: object) -> None:
        self._asked = True

    def obey(self) -> None:
        """Stop on all ranks when any was asked to. Collective.

        Raises:
            Interrupted: on all ranks.
        """
        if self._comm.allreduce(int(self._asked), op=MPI.MAX):
            raise self.Interrupted("interrupted by a signal; --resume goes on from here")

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


SECONDS_BETWEEN_LINES = 2.0
"""Of a log, while a run in time goes on."""


class Progress:
    """A bar over the points, or over simulated seconds, on a terminal; lines in a log. A context manager.

    Args:
        total, done: of the study and of what earlier runs did of it, in `unit`.
        unit: "point" or "s".
    """

    def __init__(self, total: float, comm: MPI.Comm, done: float = 0, unit: str = "point") -> None:
        from tqdm import tqdm

        self._total, self._count, self._first, self._unit = total, done, done, unit
        terminal = sys.stderr.isatty()
        form = None if unit == "point" else "{percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
        self._bar = tqdm(
            total=total, initial=done, unit=unit, leave=False, disable=comm.rank > 0 or not terminal, bar_format=form
        )
        self._lines = not terminal
        self._begin = self._said = time.perf_counter()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def accepted(self, text: str, weight: float = 1.0) -> None:
        """A part of the study is done."""
        self._count += weight
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(weight)
        if self._unit == "point":
            message = f"[{self._count:g}/{self._total:g}] {text}"
            logger.log(logging.INFO if self._lines else logging.DEBUG, message)
            return
        # steps are many and quick: a line now and then, with what is left
        now, part = time.perf_counter(), self._count / self._total
        ends = part >= 1 - 1e-9
        loud = self._lines and (ends or now - self._said > SECONDS_BETWEEN_LINES)
        rate = (self._count - self._first) / (now - self._begin)
        left = f", about {(self._total - self._count) / rate:.0f} s left" if rate > 0 and not ends else ""
        logger.log(logging.INFO if loud else logging.DEBUG, f"[{part:.0%}{left}] {text}")
        if loud:
            self._said = now


def uses_reference_blas() -> bool:
    """Whether this process runs Debian's unoptimised BLAS, which makes factorisations several times slower."""
    try:
        loaded = Path("/proc/self/maps").read_text()
    except OSError:
        return False
    return "libblas.so" in loaded and not any(name in loaded for name in ("openblas", "mkl", "blis", "atlas"))
