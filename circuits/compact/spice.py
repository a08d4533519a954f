"""A compact model as a subcircuit of SPICE, in the dialect of ngspice.

The current is a behavioural source. Each branch with a time is a node whose voltage is its conductance over a unit, charged
from that of g_inf through one ohm: C = tau for a time that does not change, and a source of current with the rate of the
voltage elsewhere. Tables are piecewise linear, as fine as an accuracy asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from circuits.arrays import Array
from circuits.compact.model import CompactModel

ACCURACY = 1e-5
"""Largest relative difference of a piecewise linear table from its spline."""

FAR = 1e3
"""V: how far the constant ends of tables are written, since lines go on beyond the last point."""

OPTIONS = "reltol=1e-6 abstol=1e-20 vntol=1e-9 chgtol=1e-24 gmin=1e-20 pivtol=1e-24 method=gear"
"""Of the simulator, for currents of pA: those it has by default are as large as the currents."""


def subcircuit(model: CompactModel, name: str, accuracy: float = ACCURACY) -> str:
    """The subcircuit of a model, its terminals in their order; its parameter `scale` is the number of devices side by side.

    accuracy: of the tables of g_inf and of the times, relative.
    """
    first, second = (identifier(terminal) for terminal in model.terminals)
    if first == second or "0" in (first, second):
        first, second = "first", "second"
    across = f"V({first},{second})"
    unit = max(model.conductances)
    points = table(model.voltages, lambda v: model.steady_conductances(v)[0] / unit, accuracy)
    lines = [
        f"* {name}: compact model of a channel from {first} to {second}, made by nanochannel",
        f"* I = g (V - {number(model.reversal)} V) + C dV/dt, g = sum of w_k g_k, dg_k/dt = (g_inf(V) - g_k)/tau_k(V)",
        f"* g_inf by {len(points)} points, within {accuracy:.0e} of the model; constant outside"
        f" {number(model.voltages[0])} .. {number(model.voltages[-1])} V. Voltages of inner nodes: g over {number(unit)} S",
        f".subckt {name} {first} {second} params: scale=1",
        f"Bsteady steady 0 V = {_pwl(across, points)}",
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
        middle = float(np.exp(np.mean(np.log(branch.times))))
        rates = table(model.voltages, lambda v, k=k, m=middle: m / model.times(k, v), accuracy)  # type: ignore[misc]
        lines += [
            f"Brate_{k + 1} rate_{k + 1} 0 V = {_pwl(across, rates)}",
            f"B{node} {node} 0 I = (V({node})-V(steady))*V(rate_{k + 1})",
            f"C{node} {node} 0 {number(middle)}",
        ]
    conductance = "+".join(terms)
    lines.append(
        f"Bdevice {first} {second} I = {{scale*{number(unit)}}}*({conductance})*({across}-({number(model.reversal)}))"
    )
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


def table(knots: tuple[float, ...], values: Callable[[Array], NDArray[np.floating]], accuracy: float) -> Array:
    """Points between which straight lines stay close to a function, ascending. Shape (points, 2).

    knots: where the function may have a corner of its higher derivatives. accuracy: largest relative distance.
    """
    places = np.array(knots)
    for _ in range(12):
        at = values(places)
        low, high = places[:-1], places[1:]
        coarse = np.zeros(len(low), dtype=bool)
        for part in (0.25, 0.5, 0.75):
            exact = values(low + part * (high - low))
            straight = at[:-1] + part * (at[1:] - at[:-1])
            coarse |= np.abs(straight - exact) > accuracy * np.abs(exact)
        if not coarse.any():
            break
        places = np.sort(np.concatenate([places, 0.5 * (low + high)[coarse]]))
    return np.asarray(np.column_stack([places, values(places)]), dtype=float)


def _pwl(argument: str, points: Array) -> str:
    """The function of a source, over several lines."""
    ends = [
        (points[0, 0] - FAR, points[0, 1]),
        *zip(points[:, 0], points[:, 1], strict=True),
        (points[-1, 0] + FAR, points[-1, 1]),
    ]
    pairs = [f"{number(x)}, {number(y)}" for x, y in ends]
    rows = [", ".join(pairs[k : k + 4]) for k in range(0, len(pairs), 4)]
    return f"pwl({argument},\n+ " + ",\n+ ".join(rows) + ")"
