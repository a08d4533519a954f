"""Progress of a study on a terminal or in a log."""

from __future__ import annotations

import logging
import sys
import time

from mpi4py import MPI

from solver.parallel.logs import logger

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
