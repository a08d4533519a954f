"""Signals that end a run where it can be continued."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

from mpi4py import MPI

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGUSR1") if hasattr(signal, name))
"""Sent by clusters before time is over, by Ctrl-C, and by whoever wants a run to end. Windows has no SIGUSR1."""

SAME_KEY = 3.0
"""Seconds within which SIGINT counts once: launchers send it again to what has got it from the terminal."""


class Interruption:
    """Signals that end a run between two iterations, with the last good state kept. A context manager.

    A second SIGINT is a KeyboardInterrupt at once.

    Args:
        comm: the ranks of the run; a signal to one of them ends all.
    """

    class Interrupted(Exception):
        """The run was asked to end.

        Attributes:
            number: of the signal.
        """

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__(f"interrupted by {signal.Signals(number).name}; --resume goes on from here")

        def __reduce__(self) -> tuple[type[Interruption.Interrupted], tuple[int]]:
            return type(self), (self.number,)

    def __init__(self, comm: MPI.Comm) -> None:
        self._comm, self._asked, self._at = comm, 0, 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in SIGNALS}
        return self

    def _ask(self, number: int, _frame: object) -> None:
        now = time.monotonic()
        if number == self._asked == signal.SIGINT and now - self._at > SAME_KEY:
            raise KeyboardInterrupt
        if not self._asked:
            self._asked, self._at = number, now

    def raise_if_requested(self) -> None:
        """Stop on all ranks when any was asked to. Collective.

        Raises:
            Interrupted: on all ranks.
        """
        number = self._comm.allreduce(self._asked, op=MPI.MAX)
        if number:
            raise self.Interrupted(number)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
