"""Figure of the transfer curves of gates: the outputs as one input goes from low to high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from postprocess.figures.circuits.common import measured
from postprocess.figures.circuits.logic import Logic
from postprocess.figures.palette import tell_apart
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CURVES = 6
"""Panels, one a curve, where there are several outputs."""


def transfer_curves(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Outputs against the input that is varied, with the points of unit slope where there are any; None without curves.

    The curves of a single output share a panel, those of several outputs have one each.
    """
    logic = Logic.of(result)
    numbers = sorted({int(each) for each in logic.column("curve") if each > 0})
    if not numbers:
        return None
    several = len(logic.outputs) > 1
    groups = [[number] for number in numbers[:MOST_CURVES]] if several else [numbers]
    figure, grid = new_panels(style, len(groups), 4.6, 3.6, across=2)
    entries = list(result.summary.get("transfer_curves") or ())
    for axes, group in zip(grid, groups, strict=True):
        _draw(axes, result, logic, group, [each for each in entries if each["curve"] in group])
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels)
    set_title(figure, result.title)
    small_print(figure, "; ".join(_said(entries)))
    return figure


def _draw(
    axes: Axes, result: CircuitResult, logic: Logic, numbers: Sequence[int], entries: Sequence[Mapping[str, Any]]
) -> None:
    curve, drawn = logic.column("curve"), []
    several, moved = len(logic.outputs) > 1, ""
    names: list[str] = []
    for j, number in enumerate(numbers):
        rows = np.flatnonzero(curve == number)
        moved = max(logic.inputs, key=lambda name: float(np.ptp(logic.voltage(name)[rows])))
        names.append(moved)
        others = [f"{name} = {int(logic.is_high(name, rows[0]))}" for name in logic.inputs if name != moved]
        by = f"by {moved}" + (f" ({', '.join(others)})" if others else "")
        for k, node in enumerate(logic.outputs):
            label, colour = (node, f"C{k % 7}") if several else (by, f"C{j % 7}")
            drawn += axes.plot(
                logic.voltage(moved)[rows], logic.potential(node)[rows], color=colour, label=label, zorder=3
            )
        if several and others:
            axes.set_title(by)
        for header in () if several else (f"potential_{logic.outputs[0]} [V]",):
            for line in measured(result, f"voltage_{moved} [V]", [header]):
                axes.plot(line.x, line.y, "s", color="0.15", markerfacecolor="none", label=line.label, zorder=4)
    low, high = axes.get_xlim()
    axes.plot([low, high], [low, high], ":", color="0.4", linewidth=0.9, label="output = input", zorder=2)
    axes.set_xlim(low, high)
    for entry in entries:  # the gain is one there, and noise below is not amplified
        for end in ("low", "high"):
            place = entry.get(f"unit_slope_{end} [V]")
            if place is not None:
                line = next(each for each, key in zip(drawn, _keys(numbers, logic), strict=True)
                            if key == (entry["curve"], entry["output"]))  # fmt: skip
                x, y = (np.asarray(each, dtype=float) for each in line.get_data())
                order = np.argsort(x)
                axes.plot(place, np.interp(place, x[order], y[order]), "o", color=line.get_color(),
                          markerfacecolor="white", markersize=5.5, zorder=5)  # fmt: skip
    tell_apart(axes, drawn)
    axes.set_xlabel(f"voltage of {moved} [V]" if len(set(names)) == 1 else "voltage of the input [V]")
    axes.set_ylabel("potential of the output [V]" if several else f"potential of {logic.outputs[0]} [V]")


def _keys(numbers: Sequence[int], logic: Logic) -> list[tuple[int, str]]:
    return [(number, node) for number in numbers for node in logic.outputs]


def _said(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Slopes and margins."""
    if not entries:
        return []
    steepest = max(float(each["largest_slope"]) for each in entries)
    if all(each["noise_margin_low [V]"] is None for each in entries):
        return [f"slope up to {steepest:.3g}: no gain, so that no level is restored"]
    found = [each for each in entries if each["noise_margin_low [V]"] is not None]
    worst = [min(float(each[f"noise_margin_{end} [V]"]) for each in found) for end in ("low", "high")]
    told = " and ".join(quantity(each, "V") for each in worst)
    return [f"slope up to {steepest:.3g}; open circles: slope one, noise margins {told} (0 and 1, the worst curve)"]
