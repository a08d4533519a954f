"""Figure of the eye of the levels of a sequence of bits."""

from __future__ import annotations

import numpy as np

from postprocess.figures.circuits.logic import Logic
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import engineering, quantity

MOST_OUTPUTS = 6


def eye(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Potentials of the outputs over the time in a period, all periods on top of each other; the bar at the end is what lies
    between the highest 0 and the lowest 1 there. None without steps.

    Up to six outputs have a panel each, the first and the last among them.
    """
    logic = Logic.of(result)
    if len(logic.table) < 2:
        return None
    period, time = float(logic.study["period"]), logic.column("time [s]")
    chosen = np.unique(np.linspace(0, len(logic.outputs) - 1, MOST_OUTPUTS).round().astype(int))
    shown = [logic.outputs[k] for k in chosen]
    across = min(3, len(shown))
    figure, panels = new_panels(style, len(shown), 3.0 if len(shown) > 1 else 4.6, 2.4 if len(shown) > 1 else 3.4,
                                across=across, sharex=True, sharey=True)  # fmt: skip
    scale, found = engineering([period], "s"), result.summary.get("outputs") or {}
    count = max(round(float(time[-1]) / period), 1)
    for axes, node in zip(panels, shown, strict=True):
        potential = logic.potential(node)
        for number in range(count):
            first, last = number * period * (1 - 1e-9), (number + 1) * period * (1 + 1e-9)
            rows = np.flatnonzero((time >= first) & (time <= last))
            times = (time[rows] - number * period) * scale.factor
            axes.plot(times, potential[rows], color="C0", linewidth=0.9, alpha=0.6, zorder=3)
        axes.axhline(logic.threshold, color="0.25", linestyle="--", linewidth=0.9, zorder=2)
        opening = (found.get(node) or {}).get("eye_opening [V]")
        if opening is not None:
            ends = [float(found[node][key]) for key in ("highest_low [V]", "lowest_high [V]")]
            axes.plot(
                [period * scale.factor] * 2, ends, "|-" if opening < 0 else "_-", color="C1", linewidth=2.0, zorder=4
            )
        axes.set_title(f"{node}: {quantity(float(opening), 'V')} open" if opening is not None else node)
    for axes in panels if style.width is not None else panels[-across:]:
        axes.set_xlabel(scale.label("time in the period"))
        axes.tick_params(labelbottom=True)
    for axes in panels if style.width is not None else panels[::across]:
        axes.set_ylabel("potential [V]")
    set_title(figure, result.title)
    small_print(figure, f"{count} periods; dashed: threshold")
    return figure
