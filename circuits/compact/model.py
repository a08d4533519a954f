"""A compact model: a conductance that follows the voltage with one memory time or several, beside a capacitance.

    I = g (V - E) + C dV/dt,   g = sum_k w_k g_k,   dg_k/dt = (g_inf(V) - g_k) / tau_k(V),   sum_k w_k = 1.

A branch without a time follows at once. g_inf and tau are cubic splines through tables, constant beyond their ends.

    model = nc.CompactModel.read("results/cone/compact.json")
    model.steady_current(0.2), model.current(times, voltages), model.admittance(0.2, frequencies)
"""

from __future__ import annotations

import bisect
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from circuits.arrays import Array
from meshes.quoting import quoted

FORMAT = "nanochannel compact model 1"


RESOLUTION = 200
"""Parts of the range of the tables, of which a voltage crosses one in a step of the memory."""

Spectrum = NDArray[np.complex128]


class ModelError(ValueError):
    """A file that holds no compact model; the text says why."""


@dataclass(frozen=True)
class Branch:
    """A part of the conductance with a memory of its own.

    Attributes:
        weight: part of the conductance; the weights of all branches add up to 1.
        times: memory time (s) at the voltages of the model, or one for all; empty for a part that follows at once.
    """

    weight: float
    times: tuple[float, ...] = ()


@dataclass(frozen=True)
class CompactModel:
    """See the text of the module.

    Attributes:
        terminals: names of both terminals; voltages and currents are counted from the first to the second.
        voltages: V, ascending.
        conductances: g_inf at the voltages, S.
        branches: of the memory.
        reversal: E, V.
        capacitance: C, F.
        source: what the model was made from, and how well it reproduces that.
    """

    terminals: tuple[str, str]
    voltages: tuple[float, ...]
    conductances: tuple[float, ...]
    branches: tuple[Branch, ...] = (Branch(1.0),)
    reversal: float = 0.0
    capacitance: float = 0.0
    source: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        voltages, conductances = np.array(self.voltages), np.array(self.conductances)
        numbers = (*self.voltages, *self.conductances, self.reversal, self.capacitance)
        if not np.isfinite([*numbers, *(n for branch in self.branches for n in (branch.weight, *branch.times))]).all():
            raise ModelError("has a number that is not finite")
        if len(set(self.terminals)) != 2:
            raise ModelError("needs the names of two terminals")
        if self.capacitance < 0.0 or any(branch.weight < 0.0 for branch in self.branches):
            raise ModelError("has a capacitance or a weight of a branch that is negative")
        if len(voltages) < 4 or len(voltages) != len(conductances) or not (np.diff(voltages) > 0.0).all():
            raise ModelError("needs at least four ascending voltages, and as many conductances")
        if not (conductances > 0.0).all():
            raise ModelError("has a conductance that is not positive")
        if not np.isclose(sum(branch.weight for branch in self.branches), 1.0, rtol=0.0, atol=1e-9):
            raise ModelError("the weights of its branches do not add up to 1")
        for branch in self.branches:
            if len(branch.times) not in (0, 1, len(voltages)) or any(not time > 0.0 for time in branch.times):
                raise ModelError("the times of a branch are one for all voltages or one for each, and positive")

    # ------------------------------------------------------------------ formulas
    @cached_property
    def _conductance(self) -> _Spline:
        return _Spline.through(self.voltages, self.conductances)

    @cached_property
    def _times(self) -> list[_Spline | None]:
        tables = (np.log(branch.times) if len(branch.times) > 1 else None for branch in self.branches)
        return [None if table is None else _Spline.through(self.voltages, table) for table in tables]

    def is_within(self, voltage: float) -> bool:
        """Whether the tables reach as far as a voltage."""
        return self.voltages[0] <= voltage <= self.voltages[-1]

    def steady_conductance(self, voltage: float) -> tuple[float, float]:
        """g_inf at a voltage, S, and its derivative."""
        return self._conductance.at(voltage)

    def time(self, branch: int, voltage: float) -> tuple[float, float]:
        """Memory time of a branch at a voltage, s, and its derivative."""
        spline = self._times[branch]
        if spline is None:
            return self.branches[branch].times[0], 0.0
        logarithm, slope = spline.at(voltage)
        value = math.exp(logarithm)
        return value, value * slope

    @overload
    def steady_current(self, voltage: float) -> float: ...

    @overload
    def steady_current(self, voltage: Array | Sequence[float]) -> Array: ...

    def steady_current(self, voltage: float | Array | Sequence[float]) -> float | Array:
        """Current at a voltage that is held, or at each of several, A."""
        if isinstance(voltage, int | float):
            return self.steady_conductance(voltage)[0] * (voltage - self.reversal)
        voltages = np.asarray(voltage, dtype=float)
        return self.steady_conductances(voltages)[0] * (voltages - self.reversal)

    # ------------------------------------------------------------------ responses to given voltages
    def steady_conductances(self, voltages: Array) -> tuple[Array, Array]:
        """g_inf at many voltages (S), and its derivative. Shapes (voltages,)."""
        return self._conductance.of(np.asarray(voltages, dtype=float))

    def times(self, branch: int, voltages: Array) -> Array:
        """Memory time of a branch at many voltages, s. Shape (voltages,)."""
        spline = self._times[branch]
        if spline is None:
            return np.full(np.shape(voltages), self.branches[branch].times[0])
        return np.asarray(np.exp(spline.of(np.asarray(voltages, dtype=float))[0]))

    def conductance(self, times: Array, voltages: Array) -> Array:
        """Conductance (S) at instants (s, ascending) at which the voltages are given. Shape (instants,).

        The voltage is straight between instants, and jumps where two of them are the same. The memory is at rest at first.
        """
        times, voltages = np.asarray(times, dtype=float), np.asarray(voltages, dtype=float)
        lasting, change = np.diff(times), np.abs(np.diff(voltages))
        range_ = self.voltages[-1] - self.voltages[0]
        parts = np.where(lasting > 0.0, 1 + (RESOLUTION * change / range_).astype(int), 1)
        ends = np.append(0, np.cumsum(parts))  # of the intervals among all steps
        number = np.arange(ends[-1]) - np.repeat(ends[:-1], parts)
        whole = np.repeat(parts, parts)
        start, slope = np.repeat(voltages[:-1], parts), np.repeat(np.diff(voltages), parts)
        before, after = start + slope * number / whole, start + slope * (number + 1) / whole
        step = np.repeat(lasting, parts) / whole
        old, new = self.steady_conductances(before)[0], self.steady_conductances(after)[0]
        steady = self.steady_conductances(voltages)[0]
        found = np.zeros(len(times))
        for k, branch in enumerate(self.branches):
            if not branch.times:
                found += branch.weight * steady
                continue
            ratio = step / self.times(k, 0.5 * (before + after))
            kept = np.exp(-ratio)
            mean = np.where(ratio > 1e-8, -np.expm1(-ratio) / np.maximum(ratio, 1e-300), 1.0 - 0.5 * ratio)
            # exact for a g_inf that changes evenly during a step
            given = np.where(ratio > 0.0, new - (new - old) * mean - old * kept, 0.0)
            course = [float(steady[0])]
            for a, b in zip(kept.tolist(), given.tolist(), strict=True):
                course.append(a * course[-1] + b)
            found += branch.weight * np.array(course)[ends]
        return found

    def current(self, times: Array, voltages: Array) -> Array:
        """Current (A) at such instants, without the charge that a jump of the voltage brings at once. Shape (instants,)."""
        times, voltages = np.asarray(times, dtype=float), np.asarray(voltages, dtype=float)
        found = self.conductance(times, voltages) * (voltages - self.reversal)
        return found + self.capacitance * _rates(times, voltages) if self.capacitance else found

    def admittance(self, voltage: float, frequencies: Array) -> Spectrum:
        """Admittance (S) at a voltage that is modulated a little, at frequencies in Hz. Shape (frequencies,)."""
        omega = 2j * np.pi * np.asarray(frequencies, dtype=float)
        conductance, slope = self.steady_conductance(voltage)
        memory = sum(
            branch.weight / (1.0 + omega * (self.time(k, voltage)[0] if branch.times else 0.0))
            for k, branch in enumerate(self.branches)
        )
        return np.asarray(conductance + (voltage - self.reversal) * slope * memory + omega * self.capacitance)

    # ------------------------------------------------------------------ files
    def to_tree(self) -> dict[str, Any]:
        """The entries of its file."""
        return {"format": FORMAT, **asdict(self)}

    def write(self, file: Path) -> None:
        """Write the model as JSON."""
        file.write_text(json.dumps(self.to_tree(), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path | str) -> CompactModel:
        """The model of a file that holds one.

        Raises:
            ModelError: it holds none, or several, of which `circuits.compact.family.compact_model_at` gives one.
            OSError: it cannot be read.
        """
        return cls.from_tree(read_tree(Path(file)))

    @classmethod
    def from_tree(cls, data: Mapping[str, Any]) -> CompactModel:
        """The model of the entries of a file.

        Raises:
            ModelError: an entry is missing or wrong.
        """
        if "models" in data:
            raise ModelError(
                f"holds models at several values of '{data.get('parameter')}'; say for which value, in Python with"
                " 'nc.compact_model_at(file, value)'"
            )
        try:
            known = {"format", *(each.name for each in fields(cls))}
            if unknown := [key for key in data if key not in known]:
                raise ModelError(
                    f"has an unknown entry {quoted(unknown[0])}; the entries are {', '.join(sorted(known))}"
                )
            if not isinstance(data["terminals"], list):
                raise ModelError("needs the names of two terminals")
            first, second = data["terminals"]
            branches = tuple(Branch(_number(each["weight"]), _numbers(each["times"])) for each in data["branches"])
            return cls(
                terminals=(str(first), str(second)),
                voltages=_numbers(data["voltages"]),
                conductances=_numbers(data["conductances"]),
                branches=branches,
                reversal=_number(data["reversal"]),
                capacitance=_number(data["capacitance"]),
                source=data.get("source", {}),
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError(f"lacks or misspells an entry ({error})") from None


def read_tree(file: Path) -> Mapping[str, Any]:
    """Entries of the file of a compact model, or of a family of them.

    Raises:
        ModelError: it is none.
        OSError: it cannot be read.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise ModelError("is no JSON file") from None
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ModelError(f"holds no compact model (no entry 'format' of {FORMAT!r})")
    return data


@dataclass(frozen=True)
class _Spline:
    """A cubic spline for single numbers, constant beyond its ends; `scipy` evaluates arrays.

    Attributes:
        knots: ascending.
        coefficients: of the cubic behind each knot but the last, the cubic one first.
    """

    knots: list[float]
    coefficients: list[list[float]]

    @classmethod
    def through(cls, places: Sequence[float], values: Sequence[float] | Array) -> _Spline:
        """Through points, without a jump of the third derivative at the second and the last but one."""
        from scipy.interpolate import CubicSpline

        found = CubicSpline(places, values)
        return cls(found.x.tolist(), found.c.T.tolist())

    def at(self, place: float) -> tuple[float, float]:
        """Value and derivative."""
        inside = min(max(place, self.knots[0]), self.knots[-1])
        k = min(bisect.bisect_right(self.knots, inside), len(self.knots) - 1) - 1
        a, b, c, d = self.coefficients[k]
        s = inside - self.knots[k]
        slope = (3.0 * a * s + 2.0 * b) * s + c if inside == place else 0.0
        return ((a * s + b) * s + c) * s + d, slope

    def of(self, places: Array) -> tuple[Array, Array]:
        """Values and derivatives at many places."""
        knots = np.array(self.knots)
        inside = np.clip(places, knots[0], knots[-1])
        k = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 2)
        of_places = np.array(self.coefficients)[k]
        a, b, c, d = (of_places[..., i] for i in range(4))
        s = inside - knots[k]
        slopes = np.where(inside == places, (3.0 * a * s + 2.0 * b) * s + c, 0.0)
        return ((a * s + b) * s + c) * s + d, slopes


def _rates(times: Array, voltages: Array) -> Array:
    """dV/dt at instants, by each smooth part of the course alone. Shape (instants,)."""
    found = np.zeros(len(times))
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(times) <= 0.0) + 1, [len(times)]])
    for first, last in itertools.pairwise(cuts):
        if last - first > 1:
            found[first:last] = np.gradient(voltages[first:last], times[first:last])
    return found


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(_number(value) for value in values)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{quoted(value)} is no number")
    return float(value)
