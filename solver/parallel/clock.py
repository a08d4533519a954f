"""Wall time per phase, peak memory, and whether time is over."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mpi4py import MPI


class Clock:
    """Wall time per named phase; phases may nest, and an inner phase does not count for the outer one, unless that takes
    everything as its own.

    Args:
        start_up: whether the time since the start of the process counts, as the phase "start-up".
    """

    def __init__(self, *, start_up: bool = False) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._before = _process_age() if start_up else 0.0
        if start_up:
            self.seconds["start-up"] = self._before
        self._stack: list[str] = []
        self._owner: str | None = None
        self._check: Callable[[], None] = _nothing
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

    @contextmanager
    def stopped_by(self, check: Callable[[], None]) -> Iterator[None]:
        """Context in which whoever computes with this clock calls `check` between iterations, on all ranks at once; it raises
        an exception when the run shall end."""
        before, self._check = self._check, check
        try:
            yield
        finally:
            self._check = before

    def check(self) -> None:
        """End the run if that is asked for. Collective."""
        self._check()

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._begin

    def table(self, comm: MPI.Comm) -> dict[str, Any]:
        """Seconds per phase on the first rank, total, and peak memory of all ranks and of the largest one. Collective."""
        self._switch()
        peaks = {
            "peak_memory_MB": comm.allreduce(_peak_memory(), op=MPI.SUM),
            "peak_memory_of_a_rank_MB": comm.allreduce(_peak_memory(), op=MPI.MAX),
        }
        phases = {phase: round(seconds, 4) for phase, seconds in sorted(self.seconds.items())}
        memory = {name: round(peak, 1) for name, peak in peaks.items()}
        return {"phases": phases, "wall_time": round(self._before + self.elapsed, 4), **memory}


def _peak_memory() -> float:
    """Largest memory of this process so far in MB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0.0
    unit = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _nothing() -> None:
    """Nobody asks."""


def _process_age() -> float:
    """Seconds since this process was started: interpreter and imports; 0 where the system does not tell."""
    try:
        started = float(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
