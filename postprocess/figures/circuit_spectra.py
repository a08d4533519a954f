"""Spectra of circuits, and the names of the curves in their panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.impedance import IMAGINARY, PHASE, REAL, SIZE, write_frequencies
from postprocess.figures.palette import COLOURS
from postprocess.figures.panels import Line, array, axis_scale, draw_lines, frequency_axis, is_wide
from postprocess.figures.style import SCREEN, Sheet, Style, new_figure, new_panels, set_title
from postprocess.figures.time_series import CONSTANT
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import engineering
from solver.results.headers import FREQUENCY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = len(COLOURS)
"""Curves of a panel that have names; of more currents the largest are drawn."""
NAMES_ABOVE = 4
"""Names that stand above a panel; more stand beside it."""


def name_curves(figure: Sheet, axes: Axes) -> None:
    """Names of the curves of a panel, above it or beside it."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 2 * MOST:
        step = -(-len(labels) // MOST)
        handles, labels = [*handles[:-1:step], handles[-1]], [*labels[:-1:step], labels[-1]]
    if len(labels) > 1 and (len(labels) <= NAMES_ABOVE or figure.style.width is not None):
        across = NAMES_ABOVE if sum(map(len, labels)) < 30 else 3
        axes.legend(handles, labels, ncols=across, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
    elif labels:
        axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.05), fontsize=7.0, labelspacing=0.25)


def nyquist(result: CircuitResult, style: Style = SCREEN) -> Sheet:
    """Negative imaginary part of the impedance against its real part, equal axes, with some frequencies."""
    table = result.observables
    line = Line("", array(table[REAL]), -array(table[IMAGINARY]))
    scale = engineering(np.concatenate([line.x, line.y]), "ohm")
    width = style.width or 4.8
    tall = float(np.ptp(line.y)) / max(float(np.ptp(line.x)), 1e-300)
    figure = new_figure(width, float(np.clip(1.5 + 4.4 * tall, 2.4, 5.0)) * width / 4.8, style)
    axes = figure.subplots()
    axes.plot(line.x * scale.factor, line.y * scale.factor, "o-", color=COLOURS[0], zorder=3)
    axes.margins(0.17, 0.12)
    axes.set_aspect("equal", adjustable="datalim")
    axes.axhline(0.0, color="0.4", linewidth=0.8, zorder=1)
    axes.set_xlabel(scale.label("Re Z"))
    axes.set_ylabel(scale.label("−Im Z"))
    set_title(figure, result.title)
    write_frequencies(axes, line, array(table[FREQUENCY]), scale.factor)
    return figure


def bode(result: CircuitResult, style: Style = SCREEN) -> Sheet:
    """Magnitude and phase of the impedance, and the size of the response of the potentials, against the frequency."""
    table = result.observables
    frequencies = array(table[FREQUENCY])
    responses = {
        name.removeprefix("response_").removesuffix("_real"): np.hypot(
            array(table[name]), array(table[f"{name.removesuffix('_real')}_imaginary"])
        )
        for name in table
        if name.startswith("response_") and name.endswith("_real")
    }
    changing = {n: s for n, s in responses.items() if s.max() > 0.0 and np.ptp(s) > CONSTANT * s.max()}
    figure, grid = new_panels(style, 3 if changing else 2, 4.8, 2.1, sharex=True)
    draw_lines(grid[0], [Line("", frequencies, array(table[SIZE]))], ("frequency", "Hz"), ("|Z|", "ohm"), log_y=True)
    draw_lines(grid[1], [Line("", frequencies, array(table[PHASE]))], ("frequency", "Hz"), ("phase", "deg"))
    if changing:
        source = result.run["case"]["study"].get("source", "")
        unit = "ohm" if result.elements.get(source, {}).get("type") == "current_source" else ""
        lines = [Line(name, frequencies, size) for name, size in list(changing.items())[:MOST]]
        name = "response"
        if len(lines) == 1:
            name, lines = f"response of {lines[0].label}", [Line("", lines[0].x, lines[0].y)]
        draw_lines(grid[2], lines, ("frequency", "Hz"), (name, unit), log_y=True)
        name_curves(figure, grid[2])
    frequency_axis(grid[-1], axis_scale(frequencies, "Hz", is_wide(frequencies)).factor)
    for axes in grid[:-1]:
        axes.set_xlabel("")
    figure.align_ylabels(grid)
    set_title(figure, result.title)
    return figure
