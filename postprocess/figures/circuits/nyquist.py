"""Figure of the impedance of a circuit in the complex plane."""

from __future__ import annotations

import numpy as np

from postprocess.figures.circuits.common import measured_any, outer_legend
from postprocess.figures.impedance import IMAGINARY, REAL, write_frequencies
from postprocess.figures.panels import Line, array, colours_of, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_figure, set_title
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.curve_files import LABEL
from postprocess.tables.reference import reference_of
from postprocess.tables.units import engineering
from solver.results.headers import FREQUENCY


def nyquist(result: CircuitResult, style: Style = SCREEN) -> Sheet:
    """Negative imaginary part of the impedance against its real part, equal axes, with some frequencies."""
    lines = [
        Line(curve.short, array(curve.points[REAL]), -array(curve.points[IMAGINARY]), value=curve.value)
        for curve in result.curves()
    ]
    x, y = (np.concatenate([getattr(line, axis) for line in lines]) for axis in "xy")
    scale = engineering(np.concatenate([x, y]), "ohm")
    width = style.width or 4.8
    tall = float(np.ptp(y)) / max(float(np.ptp(x)), 1e-300)
    figure = new_figure(width, float(np.clip(1.5 + 4.4 * tall, 2.4, 5.0)) * width / 4.8, style)
    axes = figure.subplots()
    for colour, line in zip(colours_of(lines), lines, strict=True):
        axes.plot(line.x * scale.factor, line.y * scale.factor, "o-", color=colour, label=line.label, zorder=3)
    table = reference_of(result).table
    if REAL in table and IMAGINARY in table:
        for marker, (label, rows) in zip("sD^v" * len(table), table.groupby(LABEL, sort=False), strict=False):
            axes.plot(rows[REAL] * scale.factor, -rows[IMAGINARY] * scale.factor, marker, color="0.15",
                      markerfacecolor="none", markersize=5, label=str(label), zorder=4)  # fmt: skip
        if len(lines) == 1 and not lines[0].label:
            axes.lines[0].set_label("computed")
    axes.margins(0.17, 0.12)
    axes.set_aspect("equal", adjustable="datalim")
    axes.axhline(0.0, color="0.4", linewidth=0.8, zorder=1)
    axes.set_xlabel(scale.label("Re Z"))
    axes.set_ylabel(scale.label("−Im Z"))
    if result.outer is not None:
        outer_legend(figure, axes, result)
    elif measured_any(axes):
        legend(figure, axes)
    set_title(figure, result.title)
    if len(lines) == 1:
        write_frequencies(axes, lines[0], array(result.observables[FREQUENCY]), scale.factor)
    return figure
