"""Truth tables of gates with their transfer curves, and the eye of the levels of a sequence of bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from circuits.arrays import Array, Places
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_STATES = 32
"""States whose levels one panel shows."""


@dataclass(frozen=True)
class Logic:
    """The result of a circuit that was computed as logic.

    Attributes:
        table: observables.csv.
        study: as in run.json, in SI units: `inputs`, `outputs`, ..
    """

    table: pd.DataFrame
    study: Mapping[str, Any]

    @classmethod
    def of(cls, result: CircuitResult) -> Logic:
        """That of a result."""
        return cls(result.observables, result.run["case"]["study"])

    @property
    def outputs(self) -> Sequence[str]:
        """Nodes."""
        found: Sequence[str] = self.study["outputs"]
        return found

    @property
    def inputs(self) -> Mapping[str, Mapping[str, Any]]:
        """Levels of the inputs by the names of their sources."""
        found: Mapping[str, Mapping[str, Any]] = self.study["inputs"]
        return found

    @property
    def threshold(self) -> float:
        """Potential of an output from which it is 1, V."""
        if self.study.get("threshold") is not None:
            return float(self.study["threshold"])
        first = next(iter(self.inputs.values()))
        return 0.5 * (float(first["low"]) + float(first["high"]))

    def column(self, header: str) -> Array:
        """Numbers of a column."""
        return np.asarray(self.table[header], dtype=np.float64)

    def potential(self, node: str) -> Array:
        """Potential of a node in every row, V."""
        return self.column(f"potential_{node} [V]")

    def voltage(self, name: str) -> Array:
        """Voltage of an input in every row, V."""
        return self.column(f"voltage_{name} [V]")


def truth_table(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Levels of the outputs in every state, and the outputs along each transfer curve; None without states."""
    logic = Logic.of(result)
    curve = logic.column("curve")
    states = np.flatnonzero(curve == 0)[:MOST_STATES]
    if not len(states):
        return None
    numbers = sorted({int(each) for each in curve if each > 0})
    figure, panels = new_panels(style, 2 if numbers else 1, 4.6, 3.4, across=2)
    _levels(panels[0], logic, states)
    if numbers:
        _curves(panels[1], logic, curve, numbers)
    handles, labels = panels[0].get_legend_handles_labels()
    if len(logic.outputs) > 1:
        legend_below(figure, handles, labels)
    set_title(figure, result.title)
    if numbers:
        small_print(figure, "dotted: output equal to input; a gate restores levels where its slope exceeds one")
    return figure


def _levels(axes: Axes, logic: Logic, states: Places) -> None:
    """Points of each output over the states, named by the bits of the inputs."""
    width = 0.7 / len(logic.outputs)
    for k, node in enumerate(logic.outputs):
        place = np.arange(len(states)) + (k - 0.5 * (len(logic.outputs) - 1)) * width
        axes.bar(place, logic.potential(node)[states], 0.9 * width, label=node)
    bits = ["".join("1" if _is_high(logic, name, row) else "0" for name in logic.inputs) for row in states]
    axes.set_xticks(np.arange(len(states)), bits, rotation=0 if len(states) <= 8 else 90)
    axes.axhline(logic.threshold, color="0.4", linestyle="--", linewidth=0.8)
    axes.set_xlabel(" ".join(logic.inputs))
    axes.set_ylabel("output / V")


def _is_high(logic: Logic, name: str, row: int) -> bool:
    levels, voltage = logic.inputs[name], logic.voltage(name)[row]
    return bool(abs(voltage - float(levels["high"])) < abs(voltage - float(levels["low"])))


def _curves(axes: Axes, logic: Logic, curve: Array, numbers: Sequence[int]) -> None:
    """Every output against the input that is varied; the colours are those of the outputs."""
    for number in numbers:
        rows = np.flatnonzero(curve == number)
        moved = max(logic.inputs, key=lambda name: float(np.ptp(logic.voltage(name)[rows])))
        for k, node in enumerate(logic.outputs):
            axes.plot(logic.voltage(moved)[rows], logic.potential(node)[rows], color=f"C{k}")
    low, high = axes.get_xlim()
    axes.plot([low, high], [low, high], ":", color="0.4", linewidth=0.9)
    axes.set_xlim(low, high)
    axes.set_xlabel("input / V")
    axes.set_ylabel("output / V")


def eye(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Potentials of the outputs over the time in a period, all periods on top of each other; None
    without steps.

    Up to six outputs have a panel each, the first and the last among them.
    """
    logic = Logic.of(result)
    if len(logic.table) < 2:
        return None
    period, time = float(logic.study["period"]), logic.column("time [s]")
    chosen = np.unique(np.linspace(0, len(logic.outputs) - 1, 6).round().astype(int))
    shown = [logic.outputs[k] for k in chosen]
    figure, panels = new_panels(style, len(shown), 3.0, 2.4, across=3, sharex=True, sharey=True)
    count = round(float(time[-1]) / period)
    for axes, node in zip(panels, shown, strict=True):
        potential = logic.potential(node)
        for number in range(count):
            first, last = number * period * (1 - 1e-9), (number + 1) * period * (1 + 1e-9)
            rows = np.flatnonzero((time >= first) & (time <= last))
            axes.plot((time[rows] - number * period) / period, potential[rows], color="C0", linewidth=0.9, alpha=0.6)
        axes.axhline(logic.threshold, color="0.4", linestyle="--", linewidth=0.8)
        axes.set_title(node)
    for axes in panels[-3:]:
        axes.set_xlabel("time / period")
    for axes in panels[::3]:
        axes.set_ylabel("potential / V")
    set_title(figure, result.title)
    return figure
