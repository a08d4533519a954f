"""Signals that end a run between two steps."""

from __future__ import annotations

import signal
import threading
from typing import Any

from mpi4py import MPI


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

    def raise_if_requested(self) -> None:
        """Stop on all ranks when any was asked to. Collective.

        Raises:
            Interrupted: on all ranks.
        """
        if self._comm.allreduce(int(self._asked), op=MPI.MAX):
            raise self.Interrupted("interrupted by a signal; --resume goes on from here")

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
