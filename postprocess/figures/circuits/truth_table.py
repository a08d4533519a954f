"""Figure of the levels of a truth table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from postprocess.figures.circuits.logic import Logic
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import quantity

MOST_STATES = 32
"""States whose levels one panel shows."""
WIDTH = 0.7
"""Part of the distance of two states that their bars take."""
LEAST_STATES = 4
MOST_NUMBERS = 16
"""Bars that have their numbers above them."""


def truth_table(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Levels of the outputs in every state, with the threshold, and of a single output the gap between the highest 0 and the
    lowest 1; None without states."""
    logic = Logic.of(result)
    states = np.flatnonzero(logic.column("curve") == 0)
    if not len(states):
        return None
    shown = states[:MOST_STATES]
    count = len(shown) * len(logic.outputs)
    figure, (axes,) = new_panels(style, 1, min(max(4.6, 0.5 * count), 9.0), 3.4)
    width = WIDTH / len(logic.outputs)
    numbered = count <= (MOST_NUMBERS if style.width is None else MOST_NUMBERS // 2)
    for k, node in enumerate(logic.outputs):
        places = np.arange(len(shown)) + (k - 0.5 * (len(logic.outputs) - 1)) * width
        values = logic.potential(node)[shown]
        axes.bar(places, values, 0.9 * width, label=node, color=f"C{k % 7}", zorder=3)
        for place, value in zip(places, values, strict=True) if numbered else ():
            axes.annotate(_short(value), (place, value), (0, 2 if value >= 0.0 else -2), textcoords="offset points",
                          ha="center", va="bottom" if value >= 0.0 else "top", fontsize=7.0)  # fmt: skip
    bits = ["".join("1" if logic.is_high(name, row) else "0" for name in logic.inputs) for row in shown]
    axes.set_xticks(np.arange(len(shown)), bits, rotation=0 if len(shown) <= 8 else 90)
    axes.tick_params(axis="x", length=0.0)
    axes.grid(visible=False, axis="x")
    axes.axhline(logic.threshold, color="0.25", linestyle="--", linewidth=0.9, zorder=4)
    found = result.summary.get("outputs") or {}
    if len(logic.outputs) == 1:
        entry = found.get(logic.outputs[0]) or {}
        if entry.get("swing [V]") is not None:
            axes.axhspan(entry["highest_low [V]"], entry["lowest_high [V]"], color="0.92", zorder=0)
    axes.margins(y=0.12)
    middle, half = 0.5 * (len(shown) - 1), 0.5 * len(shown) + 0.1
    half = max(half, LEAST_STATES / 2) if len(logic.outputs) == 1 else half  # no bar is very broad
    axes.set_xlim(middle - half, middle + half)
    axes.set_xlabel(", ".join(logic.inputs))
    axes.set_ylabel("potential of the output [V]" if len(logic.outputs) > 1 else f"potential of {logic.outputs[0]} [V]")
    if len(logic.outputs) > 1:
        legend_below(figure, *axes.get_legend_handles_labels())
    set_title(figure, result.title)
    small_print(figure, "; ".join([*_said(found), *_left(len(states) - len(shown))]))
    return figure


def _short(value: float) -> str:
    return "0" if abs(value) < 5e-4 else f"{value:.3g}".replace("-", "−")


def _said(outputs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A text for the worst levels of each of a few outputs."""
    texts = [
        f"{node}: 0 up to {quantity(float(entry['highest_low [V]']), 'V')}, 1 from"
        f" {quantity(float(entry['lowest_high [V]']), 'V')}, {quantity(float(entry['swing [V]']), 'V')} apart"
        for node, entry in outputs.items()
        if entry.get("swing [V]") is not None
    ]
    return texts[:2] if len(texts) <= 2 else [f"{texts[0]}; {texts[-1]}"]


def _left(count: int) -> list[str]:
    return [f"{count} further states"] if count > 0 else []
