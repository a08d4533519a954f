"""Progress of a study on a terminal or in a log."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from typing import NamedTuple

from mpi4py import MPI

from solver.parallel.logs import logger

SECONDS_BETWEEN_LINES = 2.0
"""Shortest time between two lines of a log while simulated time goes on."""


class Extent(NamedTuple):
    """Size of a study, and how much of it earlier runs did, in a unit: "point" or "s" of simulated time."""

    total: float
    done: float = 0.0
    unit: str = "point"


class Progress:
    """A bar over the points, or over simulated seconds, on a terminal or in a notebook; lines in a log. A context manager.

    bar: whether there may be a bar.
    """

    def __init__(self, extent: Extent, comm: MPI.Comm, *, bar: bool = True) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without widgets gets a bar of text
            from tqdm.auto import tqdm

        total, done, unit = extent
        self._total, self._count, self._first, self._unit = total, done, done, unit
        drawn = bar and (sys.stderr.isatty() or in_notebook())
        form = "{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
        self._bar = tqdm(total=total, initial=done, leave=False, disable=comm.rank > 0 or not drawn, bar_format=form)
        self._lines = not drawn
        self._begin = self._said = time.perf_counter()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def accepted(self, text: str, weight: float = 1.0) -> None:
        """Say that a part of the study is done. weight: its size, in the unit of the extent."""
        self._count += weight
        message = f"{text}, {self._count:g} of {self._total:g}" if self._unit == "point" else text
        self._bar.set_postfix_str(message, refresh=False)
        self._bar.update(weight)
        if self._unit == "point":
            logger.log(logging.INFO if self._lines else logging.DEBUG, message)
            return
        # steps are many and quick: a line now and then, with what is left
        now, part = time.perf_counter(), self._count / self._total
        ends = part >= 1 - 1e-9
        loud = self._lines and (ends or now - self._said > SECONDS_BETWEEN_LINES)
        rate = (self._count - self._first) / (now - self._begin)
        left = f", about {(self._total - self._count) / rate:.0f} s left" if rate > 0 and not ends else ""
        logger.log(logging.INFO if loud else logging.DEBUG, f"{text}, {100 * part:.0f} %{left}")
        if loud:
            self._said = now


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in shell.config


class Silent(Progress):
    """Progress that nobody is told of."""

    def __init__(self, *_: object) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def accepted(self, text: str, weight: float = 1.0) -> None:
        pass
