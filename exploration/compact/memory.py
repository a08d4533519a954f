"""The memory of a device: branches, their weights and times, and the capacitance, from runs in time and spectra.

How many branches there are, and whether their times follow the voltage, is what Bayes' information criterion (G. Schwarz,
Ann. Stat. 6, 461 (1978)) favours. Rows of a run that follow each other say less than as many independent ones: their number
is reduced by the correlation of neighbouring residuals.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.compact.model import Branch, CompactModel
from exploration.compact.data import DeviceData, InTime, Spectrum

Array = NDArray[np.float64]
ModelAt = Callable[[float | None], CompactModel]
"""The model without memory at a value of the parameter."""

FLOOR = 1e-4
"""Differences from the fields below this part of the current are no evidence."""

SCANNED = 13
"""Times at which the search for one begins."""

ITERATIONS = 60


@dataclass(frozen=True)
class Shape:
    """A kind of memory.

    Attributes:
        slow: number of branches with a time.
        knots: voltages at which the logarithm of a time is free, between which a monotone cubic goes; one for a time that
            does not follow the voltage.
        at_once: whether a part follows at once.
    """

    slow: int
    knots: tuple[float, ...] = (0.0,)
    at_once: bool = False

    @property
    def name(self) -> str:
        """In words."""
        if not self.slow:
            return "no memory"
        branches = f"{self.slow} {'branch' if self.slow == 1 else 'branches'}"
        times = "one time" if len(self.knots) == 1 else f"times at {len(self.knots)} voltages"
        return f"{branches}, {times}{', a part at once' if self.at_once else ''}"

    @property
    def weights(self) -> int:
        """Number of free weights."""
        return max(self.slow + self.at_once - 1, 0)

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return self.weights + self.slow * len(self.knots)

    def branches(self, parameters: Array, voltages: Sequence[float]) -> tuple[Branch, ...]:
        """The branches. parameters: weights by parts of what is left, then logarithms of times."""
        if not self.slow:
            return (Branch(1.0),)
        left, weights = 1.0, []
        for part in parameters[: self.weights]:
            weights.append(left * float(part))
            left -= weights[-1]
        weights.append(left)
        tables = parameters[self.weights : self.size].reshape(self.slow, -1)
        found = [Branch(w, self._times(table, voltages)) for w, table in zip(weights, tables, strict=False)]
        return (*found, Branch(weights[-1])) if self.at_once else tuple(found)

    def _times(self, logarithms: Array, voltages: Sequence[float]) -> tuple[float, ...]:
        from scipy.interpolate import PchipInterpolator

        if len(self.knots) == 1:
            return (float(np.exp(logarithms[0])),)
        inside = np.clip(voltages, self.knots[0], self.knots[-1])
        return tuple(np.exp(PchipInterpolator(self.knots, logarithms)(inside)).tolist())


@dataclass(frozen=True, eq=False)
class Tried:
    """A fit of one kind of memory.

    Attributes:
        shape: the kind.
        parameters: weights and logarithms of times, then the capacitance over that of the highest frequency, if it is free.
        residuals: relative to the size of what was measured. Shape (numbers,).
    """

    shape: Shape
    parameters: Array
    residuals: Array

    @property
    def size(self) -> float:
        """Root of the mean square of the residuals."""
        return float(np.sqrt(np.mean(self.residuals**2)))

    def evidence(self, count: float) -> float:
        """Bayes' information criterion for a number of independent residuals: the smaller the better."""
        variance = float(np.mean(self.residuals**2)) + FLOOR**2
        return count * float(np.log(variance)) + len(self.parameters) * float(np.log(count))


@dataclass(frozen=True, eq=False)
class Memory:
    """The chosen memory.

    Attributes:
        branches: for tables at the voltages of the model.
        capacitance: F; 0 where no spectrum says it.
        shape: what was chosen.
        table: all that was tried: name, parameters, rms, bic.
    """

    branches: tuple[Branch, ...]
    capacitance: float
    shape: Shape
    table: tuple[dict[str, Any], ...]


def fitted_memory(data: DeviceData, at: ModelAt) -> Memory | None:
    """The memory of a device; None without data that say anything of one.

    at: model without memory at a value of the parameter.
    """
    if not data.in_time and not data.spectra:
        return None
    fit = _Fit(data, at)
    tried: list[Tried] = []
    for shape in _shapes(data):
        tried.append(fit.best(shape, tried))
    count = _independent(min(tried, key=lambda each: each.size), fit.lengths)
    chosen = min(tried, key=lambda each: each.evidence(count))
    table = tuple(
        {"memory": t.shape.name, "parameters": len(t.parameters), "rms": t.size, "bic": t.evidence(count)}
        for t in tried
    )
    branches, capacitance = fit.parts(chosen.shape, chosen.parameters)
    return Memory(_ordered(branches), capacitance, chosen.shape, table)


def _shapes(data: DeviceData) -> Iterator[Shape]:
    """The kinds that are tried, the simplest first."""
    yield Shape(0)
    yield Shape(1)
    yield Shape(1, at_once=True)
    yield Shape(2)
    voltages = np.concatenate([run.voltages for run in data.in_time] + [[each.voltage] for each in data.spectra])
    low, high = float(voltages.min()), float(voltages.max())
    if high - low < 1e-6:
        return
    for count in (3, 5):
        knots = tuple(float(v) for v in np.linspace(low, high, count))
        yield Shape(1, knots)
        yield Shape(2, knots)


def _ordered(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """The slowest first."""
    return tuple(sorted(branches, key=lambda branch: -float(np.median(branch.times)) if branch.times else 0.0))


def _independent(best: Tried, lengths: Sequence[int]) -> float:
    """Number of residuals, less for their correlation."""
    cuts = np.cumsum(lengths)[:-1]
    pairs = [(part[:-1], part[1:]) for part in np.split(best.residuals, cuts) if len(part) > 2]
    above = sum(float(one @ two) for one, two in pairs)
    below = sum(float(0.5 * (one @ one + two @ two)) for one, two in pairs)
    correlation = min(max(above / below if below > 0.0 else 0.0, 0.0), 0.99)
    return max(len(best.residuals) * (1.0 - correlation) / (1.0 + correlation), 8.0)


class _Fit:
    """Least squares of runs in time and spectra together."""

    def __init__(self, data: DeviceData, at: ModelAt) -> None:
        self._runs = [(run, at(run.place), np.isfinite(run.currents)) for run in data.in_time]
        self._spectra = [(spectrum, at(spectrum.place)) for spectrum in data.spectra]
        self._scale = max((_capacitance(spectrum) for spectrum in data.spectra), default=0.0)
        self.lengths = [int(kept.sum()) for _, _, kept in self._runs]
        self.lengths += [2 * len(spectrum.frequencies) for spectrum in data.spectra]
        self._shortest, self._longest = _reach(data.in_time, data.spectra)

    @property
    def _with_capacitance(self) -> bool:
        return self._scale > 0.0

    def parts(self, shape: Shape, parameters: Array) -> tuple[tuple[Branch, ...], float]:
        """Branches and capacitance, for the first model's voltages."""
        model = self._runs[0][1] if self._runs else self._spectra[0][1]
        capacitance = float(parameters[-1]) * self._scale if self._with_capacitance else 0.0
        return shape.branches(parameters, model.voltages), capacitance

    def residuals(self, shape: Shape, parameters: Array) -> Array:
        """Relative differences of all numbers."""
        found = []
        capacitance = float(parameters[-1]) * self._scale if self._with_capacitance else 0.0
        for run, base, kept in self._runs:
            model = replace(base, branches=shape.branches(parameters, base.voltages), capacitance=capacitance)
            away = model.current(run.times, run.voltages)[kept] - run.currents[kept]
            # each instant counts by how long it lasts, as in the errors that are told
            lasting = np.gradient(run.times[kept])
            weights = np.maximum(lasting, 0.0) / lasting.mean()
            size = float(np.sqrt(np.mean(weights * run.currents[kept] ** 2))) or 1.0
            found.append(np.sqrt(weights) * away / size)
        for spectrum, base in self._spectra:
            model = replace(base, branches=shape.branches(parameters, base.voltages), capacitance=capacitance)
            away = model.admittance(spectrum.voltage, spectrum.frequencies) - spectrum.admittances
            away = away / np.abs(spectrum.admittances)
            found += [away.real, away.imag]
        return np.concatenate(found)

    def best(self, shape: Shape, before: Sequence[Tried]) -> Tried:
        """The fit of a kind, from several starts."""
        from scipy.optimize import least_squares

        more = [1.0] if self._with_capacitance else []
        low = [1e-3] * shape.weights + [np.log(self._shortest / 10)] * (shape.size - shape.weights) + [0.0] * len(more)
        high = (
            [1 - 1e-3] * shape.weights
            + [np.log(self._longest * 10)] * (shape.size - shape.weights)
            + [10.0] * len(more)
        )
        found: list[Tried] = []
        for start in self._starts(shape, before):
            begin = np.clip([*start, *more], low, np.array(high))
            if not len(begin):
                found.append(Tried(shape, begin, self.residuals(shape, begin)))
                continue
            solved = least_squares(
                lambda x: self.residuals(shape, x), begin, bounds=(low, high), x_scale="jac", max_nfev=ITERATIONS
            )
            found.append(Tried(shape, solved.x, solved.fun))
        return min(found, key=lambda each: each.size)

    def _starts(self, shape: Shape, before: Sequence[Tried]) -> Iterator[Array]:
        if not shape.slow:
            yield np.zeros(0)
            return
        alike = next(
            (
                t
                for t in before
                if (t.shape.slow, t.shape.at_once, len(t.shape.knots)) == (shape.slow, shape.at_once, 1)
            ),
            None,
        )
        if len(shape.knots) > 1 and alike is not None:
            times = alike.parameters[alike.shape.weights : alike.shape.size]
            yield np.concatenate([alike.parameters[: shape.weights], np.repeat(times, len(shape.knots))])
            return
        single = next((t for t in before if t.shape == Shape(1)), None)
        if single is None:
            scanned = np.linspace(np.log(self._shortest), np.log(self._longest), SCANNED)
            more = [1.0] if self._with_capacitance else []
            sizes = [float(np.sum(self.residuals(shape, np.array([x, *more])) ** 2)) for x in scanned]
            yield np.array([scanned[int(np.argmin(sizes))]])
            return
        time = single.parameters[0]
        if shape.slow == 1:
            for weight in (0.9, 0.5):
                yield np.array([weight, time])
            return
        for weight, ratio in itertools.product((0.8, 0.5), (4.0, 20.0)):
            yield np.array([weight, time + 0.3, time - np.log(ratio)])


def _capacitance(spectrum: Spectrum) -> float:
    """That of the highest frequency, F."""
    return max(float(spectrum.admittances[-1].imag / (2.0 * np.pi * spectrum.frequencies[-1])), 0.0)


def _reach(runs: Sequence[InTime], spectra: Sequence[Spectrum]) -> tuple[float, float]:
    """Shortest and longest time of which the data can say anything, s."""
    shortest, longest = [], []
    for run in runs:
        steps = np.diff(run.times)
        shortest.append(float(np.median(steps[steps > 0.0])))
        longest.append(float(np.ptp(run.times)))
    for spectrum in spectra:
        shortest.append(1.0 / (2.0 * np.pi * float(spectrum.frequencies[-1])))
        longest.append(1.0 / (2.0 * np.pi * float(spectrum.frequencies[0])))
    return min(shortest), max(longest)


__all__ = ["Memory", "Shape", "fitted_memory"]
