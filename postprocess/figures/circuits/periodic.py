"""Figure of periodic states of a circuit: mean currents, and amounts in a period, against the frequency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.circuits.common import (
    MOST,
    curves,
    distinct,
    largest,
    measured,
    name_curves,
    outer_legend,
)
from postprocess.figures.panels import Array, Line, array, axis_scale, colours_of, draw_lines, frequency_axis
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import split_header
from solver.results.headers import FREQUENCY, header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEAN, AMOUNT, RATE = "mean_current_", "amount_per_period_", "mean_rate_"
SETTLED = "settled"


def periodic(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Mean currents at the terminals of the devices, mean rates of the species and the amounts that enter in a period,
    against the frequency; what only has the other sign at another terminal is drawn once. None for a single frequency."""
    if len(result.observables) < 2:
        return None
    groups = [(start, _columns(result, start)) for start in (MEAN, RATE, AMOUNT)]
    groups = [(start, headers) for start, headers in groups if headers]
    if not groups:
        return None
    figure, grid = new_panels(style, len(groups), 5.4, 2.3, sharex=True)
    for axes, (start, headers) in zip(grid, groups, strict=True):
        _draw(axes, result, start, headers)
        if result.outer is None:
            name_curves(figure, axes)
    frequencies = array(result.observables[FREQUENCY])
    for axes in grid[:-1]:
        axes.set_xlabel("")
    frequency_axis(grid[-1], axis_scale(frequencies, "Hz", wide=True).factor)
    if result.outer is not None:
        outer_legend(figure, grid[0], result)
    figure.align_ylabels(grid)
    set_title(figure, result.title)
    notes = ["open symbols: negative, what leaves the device there"] if _has_negative(result, groups[-1][1]) else []
    if SETTLED in result.observables and (result.observables[SETTLED] == 0).any():
        notes.append("some states did not repeat themselves: see the error bars")
    small_print(figure, "; ".join(notes))
    return figure


def _columns(result: CircuitResult, start: str) -> list[str]:
    names = [str(h) for h in result.observables if str(h).startswith(start) and "_uncertainty" not in str(h)]
    changing = [name for name in names if float(np.nanmax(np.abs(array(result.observables[name])), initial=0.0)) > 0.0]
    chosen = largest(result, _apart(result, changing, start))
    return chosen if result.outer is None else chosen[:1]


def _apart(result: CircuitResult, names: Sequence[str], start: str) -> list[str]:
    """Columns without those that are the same as another one to what it may be off, or its negative."""
    found: dict[str, Array] = {}
    for name in distinct(result, names):
        values = np.abs(array(result.observables[name]))
        off = f"{split_header(name)[0]}_uncertainty [{split_header(name)[1]}]"
        most = array(result.observables[off]) if off in result.observables else 0.01 * values
        if all(np.any(np.abs(values - other) > 2.0 * most + 0.01 * values.max()) for other in found.values()):
            found[name] = values
    return list(found)


def _has_negative(result: CircuitResult, headers: Sequence[str]) -> bool:
    return any(header.startswith(AMOUNT) and bool((result.observables[header] < 0.0).any()) for header in headers)


def _draw(axes: Axes, result: CircuitResult, start: str, headers: Sequence[str]) -> None:
    unit = split_header(headers[0])[1]
    name = {MEAN: "mean current", RATE: "mean rate", AMOUNT: "amount per period"}[start]
    if result.outer is None:
        lines = [line for header in headers for line in curves(result, FREQUENCY, header)]
        labels = [split_header(header)[0].removeprefix(start).replace("_", " ") for header in headers]
        lines = [Line(label, each.x, each.y, each.error) for label, each in zip(labels, lines, strict=True)]
    else:
        lines = curves(result, FREQUENCY, headers[0])
        name = f"{name} of\n{split_header(headers[0])[0].removeprefix(start).replace('_', ' ')}"
    if result.outer is None and len(lines) == 1:
        name, lines = f"{name} of\n{lines[0].label}", [Line("", lines[0].x, lines[0].y, lines[0].error)]
    overlaid = measured(result, FREQUENCY, headers)
    if start != AMOUNT:
        shown = unit.partition("/")[0]  # rates have the prefix of their amounts
        draw_lines(axes, lines[:MOST], ("frequency", "Hz"), (name, shown), reference=overlaid)
        axes.set_ylabel(axes.get_ylabel().replace("mol]", "mol/s]") if start == RATE else axes.get_ylabel())
        axes.set_xscale("log")
        return
    # amounts fall by decades and change their sign: their sizes, with open symbols for those below zero
    sizes = [Line(each.label, each.x, np.abs(each.y), each.error) for each in lines]
    x = axis_scale(np.concatenate([each.x for each in sizes]), "Hz", wide=True)
    for colour, each, size in zip(colours_of(lines), lines, sizes, strict=True):
        axes.plot(each.x * x.factor, size.y, color=colour, zorder=2)
        for part, fill in ((each.y >= 0.0, colour), (each.y < 0.0, "white")):
            axes.plot(each.x[part] * x.factor, size.y[part], "o", color=colour, markerfacecolor=fill,
                      markersize=4.0, zorder=3)  # fmt: skip
        axes.plot([], [], "o-", color=colour, label=each.label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("frequency")
    axes.set_ylabel(header(name, unit))
