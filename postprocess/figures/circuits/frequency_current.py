"""Figure of the frequency of spikes against the value of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.circuits.common import curves, measured, outer_legend, told
from postprocess.figures.panels import Line, axis_scale, colours_of, draw_lines
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import split_header
from solver.results.headers import FREQUENCY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENERGY = "energy_per_spike [J]"


def frequency_current(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Frequency, energy of a spike and largest potential against the value of the source; open symbols where the circuit
    comes to rest, whose frequency is zero. None for a single value."""
    if len(result.observables) < 2:
        return None
    node = result.run["case"]["study"]["node"]
    peak = f"peak_{node} [V]"
    has_energy = ENERGY in result.observables and bool(result.observables[ENERGY].notna().any())
    shown = [FREQUENCY, *([ENERGY] if has_energy else []), *([peak] if peak in result.observables else [])]
    figure, grid = new_panels(style, len(shown), 3.8, 3.0, across=3, sharex=True)
    for axes, header in zip(grid, shown, strict=True):
        _draw(axes, result, header, {ENERGY: "energy per spike", peak: f"peak of {node}"}.get(header, ""))
    outer_legend(figure, grid[0], result)
    set_title(figure, result.title)
    silent = bool((result.observables[FREQUENCY] == 0.0).any())
    small_print(figure, "open circles: no lasting spikes" if silent else "")
    return figure


def _draw(axes: Axes, result: CircuitResult, header: str, name: str) -> None:
    along = result.inner
    names = (told(result, along), split_header(along)[1]), (name or told(result, header), split_header(header)[1])
    found = curves(result, along, header)
    frequencies = {line.label: line.y for line in curves(result, along, FREQUENCY)}
    silent = [frequencies[line.label] == 0.0 for line in found]
    if header == FREQUENCY:  # no line between rest and the first frequency, where the curve may jump
        lines = [Line(each.label, each.x, np.where(rest, np.nan, each.y), each.error, each.value)
                 for each, rest in zip(found, silent, strict=True)]  # fmt: skip
        if all(bool(np.all(rest)) for rest in silent):
            lines = found
    else:
        lines = found
    draw_lines(axes, lines, *names, reference=measured(result, along, [header]))
    x = axis_scale(np.concatenate([line.x for line in lines]), names[0][1], axes.get_xscale() == "log").factor
    y = axis_scale(np.concatenate([line.y for line in lines]), names[1][1], axes.get_yscale() == "log").factor
    for colour, line, rest in zip(colours_of(found), found, silent, strict=True):
        if axes.get_yscale() == "linear" or header != FREQUENCY:
            axes.plot(line.x[rest] * x, line.y[rest] * y, "o", color=colour, markerfacecolor="white", zorder=5)
    if header == FREQUENCY and axes.get_yscale() == "linear":
        top = 1.08 * max(float(np.nanmax(line.y)) for line in found) * y
        axes.set_ylim(-0.05 * top, max(top, axes.get_ylim()[1]))
