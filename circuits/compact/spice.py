"""A compact model as a subcircuit of SPICE, in the dialect of ngspice.

The current is a behavioural source. Each branch with a time is a node whose voltage is its conductance over a unit, charged
from that of g_inf through one ohm: C = tau for a time that does not change, and a source of current with the rate of the
voltage elsewhere. Splines are written as what they are, a cubic and a cubic more behind every knot, so that their slopes, and
with them small signals, are those of the model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from circuits.arrays import Array
from circuits.compact.model import CompactModel

OPTIONS = "reltol=1e-6 abstol=1e-20 vntol=1e-9 chgtol=1e-24 gmin=1e-20 pivtol=1e-24 method=gear"
"""Of the simulator, for currents of pA: those it has by default are as large as the currents."""

A_LINE = 4
"""Terms on a line."""


def subcircuit(model: CompactModel, name: str) -> str:
    """The subcircuit of a model, its terminals in their order, with `scale`, the number of devices side by side."""
    first, second = (identifier(terminal) for terminal in model.terminals)
    inner = {
        "inside",
        "steady",
        *(f"{word}_{k + 1}" for k in range(len(model.branches)) for word in ("memory", "rate")),
    }
    if first == second or {first, second} & {"0", "gnd", *inner}:
        first, second = "first", "second"
    low, high = number(model.voltages[0]), number(model.voltages[-1])
    unit = max(model.conductances)
    steady = Powers.through(model.voltages, np.array(model.conductances) / unit)
    lines = [
        f"* {name}: compact model of a channel from {first} to {second}, made by nanochannel",
        f"* I = g (V - {number(model.reversal)} V) + C dV/dt, g = sum of w_k g_k, dg_k/dt = (g_inf(V) - g_k)/tau_k(V)",
        f"* g_inf: cubic spline, as written within {max(steady.rounding(), 1e-15):.0e} of its largest value;"
        f" constant outside {low} .. {high} V. Voltages of inner nodes: g_k over {number(unit)} S",
        f".subckt {name} {first} {second} params: scale=1",
        f"Binside inside 0 V = min(max(V({first},{second}),{low}),{high})",
        f"Bsteady steady 0 V = {steady.text('V(inside)')}",
    ]
    terms = []
    for k, branch in enumerate(model.branches):
        if not branch.times:
            terms.append(f"{number(branch.weight)}*V(steady)")
            continue
        node = f"memory_{k + 1}"
        terms.append(f"{number(branch.weight)}*V({node})")
        if len(branch.times) == 1:
            lines += [f"Rmemory_{k + 1} steady {node} 1", f"C{node} {node} 0 {number(branch.times[0])}"]
            continue
        middle = float(np.mean(np.log(branch.times)))
        rates = Powers.through(model.voltages, middle - np.log(branch.times))
        lines += [
            f"Brate_{k + 1} rate_{k + 1} 0 V = exp({rates.text('V(inside)')})",
            f"B{node} {node} 0 I = (V({node})-V(steady))*V(rate_{k + 1})",
            f"C{node} {node} 0 {number(np.exp(middle))}",
        ]
    driving = f"(V({first},{second})-({number(model.reversal)}))"
    lines.append(f"Bdevice {first} {second} I = {{scale*{number(unit)}}}*({'+'.join(terms)})*{driving}")
    if model.capacitance > 0.0:
        lines.append(f"Cdevice {first} {second} {{scale*{number(model.capacitance)}}}")
    return "\n".join([*lines, f".ends {name}"]) + "\n"


def identifier(name: str) -> str:
    """A name as SPICE takes it: letters, digits and underscores, of one case."""
    found = re.sub(r"\W", "_", name, flags=re.ASCII).lower()
    return found if found[:1].isalpha() or found[:1] == "_" else f"n_{found}"


def number(value: float) -> str:
    """A number with all digits that count."""
    return f"{value:.12g}"


@dataclass(frozen=True, eq=False)
class Powers:
    """A cubic spline as one cubic and, behind each inner knot, a multiple of the third power of the distance from it.

    Attributes:
        places: knots.
        values: there.
        cubic: coefficients of the cubic in the distance from the first knot, the constant one first.
        jumps: multiples behind the inner knots.
    """

    places: Array
    values: Array
    cubic: Array
    jumps: Array

    @classmethod
    def through(cls, places: Sequence[float], values: Array) -> Powers:
        """The spline of compact models through points."""
        from scipy.interpolate import CubicSpline

        spline = CubicSpline(places, values)
        cubes = spline.c[0]
        # as good as none: the first and the last two pieces are one cubic
        jumps = np.where(np.abs(np.diff(cubes)) > 1e-13 * np.abs(cubes).max(), np.diff(cubes), 0.0)
        return cls(np.array(places), np.array(values), spline.c[::-1, 0].copy(), jumps)

    def text(self, argument: str) -> str:
        """As an expression, over several lines."""
        x = f"({argument}-({self._written(self.places[0])}))"
        start, *slopes = (self._written(value) for value in self.cubic)
        terms = [start, *(f"({slope})*{x}^{k}" for k, slope in enumerate(slopes, start=1))]
        terms += [
            f"({self._written(jump)})*uramp({argument}-({self._written(place)}))^3"
            for place, jump in zip(self.places[1:-1], self.jumps, strict=True)
            if jump != 0.0
        ]
        rows = ["+".join(terms[k : k + A_LINE]) for k in range(0, len(terms), A_LINE)]
        return "\n+ +".join(rows)

    def rounding(self) -> float:
        """How far what is written is from the values at the knots, over the largest of them."""
        away = self.places[:, None] - self.places[None, 1:-1]
        behind = (np.maximum(away, 0.0) ** 3) @ self.jumps
        found = np.polyval(self.cubic[::-1], self.places - self.places[0]) + behind
        return float(np.abs(found - self.values).max() / np.abs(self.values).max())

    @staticmethod
    def _written(value: float) -> str:
        return f"{value:.16g}"
