"""What an optimiser asks for: a quantity of a device at variables between 0 and 1, every evaluation kept on disk."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from exploration.fit.model import EvaluationFailed
from exploration.fit.parameters import FreeParameter
from exploration.optimise.folder import Evaluated, Known, OptimumFolder, headers_of, row_of
from solver.parallel.logs import logger
from solver.parallel.ranks import on_root
from solver.results.rows import ResultError
from solver.results.units import plain_quantity

Array = NDArray[np.float64]

PENALTY = 1.0
"""How much worse than the worst one so far a device counts that could not be computed, in sizes of the first value."""


class Enough(Exception):
    """As many evaluations as are allowed have been made."""


@dataclass
class Objective:
    """A quantity to be made small. Collective: all ranks ask for the same, and get the same.

    Attributes:
        parameters: what is moved; all have finite bounds.
        device: the quantity at SI values, and its derivatives by their variables (None without any).
        sign: 1 to minimise the quantity, -1 to maximise.
        unit: of the quantity.
        most: number of evaluations.
        comm: ranks.
        folder: where evaluations are kept, which the first rank writes; None to keep them in memory.
        known: earlier evaluations by values, which are not computed again.
        needs_slopes: whether those of them that have no derivatives are computed again.
        done: all that were asked for, each once, in order.
    """

    parameters: Sequence[FreeParameter]
    device: Callable[[Mapping[str, float]], tuple[float, Array | None]]
    sign: float
    name: str
    unit: str
    most: int
    comm: MPI.Comm
    folder: OptimumFolder | None
    known: Known
    needs_slopes: bool = False
    done: list[Evaluated] = field(default_factory=list)
    computed: int = 0
    _at: Known = field(default_factory=dict)

    def values(self, at: Array) -> dict[str, float]:
        """SI values at variables between 0 and 1; twelve digits, so that a file tells them apart as they are."""
        found = {}
        for free, x in zip(self.parameters, at, strict=True):
            low, high = free.inner_bounds
            value = free.value(low + float(np.clip(x, 0.0, 1.0)) * (high - low))
            found[free.key] = min(max(float(f"{value:.12g}"), free.low), free.high)
        return found

    def evaluated(self, at: Array) -> Evaluated:
        """The evaluation at variables; computed if it is not known. Collective.

        Raises:
            Enough: no more may be computed.
        """
        values = self.comm.bcast(self.values(at), root=0)  # the last bits of ranks may differ
        key = tuple(values.values())
        if key in self._at:
            return self._at[key]
        found = self.known.get(key)
        if found is None or (self.needs_slopes and not found.slopes):
            if self.computed >= self.most:
                raise Enough
            found = self.comm.bcast(self._computed(values), root=0)
            self.computed += 1
            on_root(self.comm, lambda: self._keep(found))
        self._at[key] = found
        self.done.append(found)
        shown = ", ".join(f"{free.key} {free.text(values[free.key])}" for free in self.parameters)
        what = plain_quantity(found.value, self.unit, 6) if math.isfinite(found.value) else f"failed: {found.message}"
        logger.info("evaluation %d: %s: %s %s", len(self.done), shown, self.name, what)
        return found

    def _computed(self, values: Mapping[str, float]) -> Evaluated:
        began = time.perf_counter()
        try:
            value, by_variable = self.device(values)
        except (EvaluationFailed, ResultError) as error:
            return Evaluated(values, math.nan, {}, time.perf_counter() - began, " ".join(str(error).split()))
        slopes = {}
        if by_variable is not None:
            for free, slope in zip(self.parameters, by_variable, strict=True):
                slopes[free.key] = float(slope) / free.slope(values[free.key])
        return Evaluated(values, value, slopes, time.perf_counter() - began)

    # ------------------------------------------------------------------ for optimisers
    @property
    def size(self) -> float:
        """Of the first value, by which all are divided."""
        first = next((abs(one.value) for one in self.done if math.isfinite(one.value)), 1.0)
        return first or 1.0

    def __call__(self, at: Array) -> float:
        """What is minimised. Collective."""
        found = self.evaluated(at).value
        if math.isfinite(found):
            return self.sign * found / self.size
        known = [self.sign * one.value for one in self.done if math.isfinite(one.value)]
        return max(known, default=0.0) / self.size + PENALTY

    def gradient(self, at: Array) -> Array:
        """Its derivatives by the variables; zero where the device could not be computed. Collective."""
        found = self.evaluated(at)
        slopes = np.zeros(len(self.parameters))
        for k, free in enumerate(self.parameters if found.slopes else ()):
            low, high = free.inner_bounds
            slopes[k] = found.slopes[free.key] * free.slope(found.values[free.key]) * (high - low)
        return np.asarray(self.sign * slopes / self.size)

    @property
    def best(self) -> Evaluated | None:
        """The best evaluation so far; None without any that succeeded."""
        known = [one for one in self.done if math.isfinite(one.value)]
        return min(known, key=lambda one: self.sign * one.value, default=None)

    # ------------------------------------------------------------------ on disk
    def columns(self) -> list[str]:
        """Headers of evaluations.csv."""
        return headers_of(self.parameters, self.name, self.unit)

    def rows(self) -> list[dict[str, str]]:
        """All that were asked for, as lines of evaluations.csv."""
        return [dict(zip(self.columns(), row_of(one), strict=True)) for one in self.done]

    def _keep(self, one: Evaluated) -> None:
        if self.folder is not None:
            self.folder.add(one)


def as_plain(one: Evaluated) -> dict[str, Any]:
    """An evaluation as plain data."""
    return {"values": dict(one.values), "value": one.value, "message": one.message}
