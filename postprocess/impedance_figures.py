"""Impedance spectra: Nyquist and Bode plots, one colour per bias."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from postprocess.panels import Array, Line, array, draw_lines, legend, reference_lines
from postprocess.result import FREQUENCY, Result
from postprocess.style import colours, new_figure, set_title, small_print
from postprocess.units import engineering, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REAL, IMAGINARY = "impedance_real [ohm]", "impedance_imaginary [ohm]"
SIZE, PHASE = "impedance_magnitude [ohm]", "impedance_phase [deg]"
LIMIT = "differential_conductance [S]"
APART = 0.13  # between two frequencies that are written, in widths of the panel


def nyquist(result: Result) -> Figure:
    """Negative imaginary part against the real part, equal axes, a few frequencies written at the largest spectrum.

    Open circles on the real axis are the limits of zero frequency.
    """
    curves = result.curves()
    lines = [Line(curve.short, array(curve.points[REAL]), -array(curve.points[IMAGINARY])) for curve in curves]
    reference = [Line(line.label, line.x, -line.y) for line in reference_lines(result, REAL, IMAGINARY)]
    x, y = (np.concatenate([getattr(line, axis) for line in lines]) for axis in "xy")
    scale = engineering(np.concatenate([x, y]), "ohm")
    tall = (np.max(y, initial=0.0) - np.min(y, initial=0.0)) / max(float(np.ptp(x)), 1e-300)
    figure = new_figure(4.8, float(np.clip(1.5 + 4.4 * tall, 2.4, 5.0)))
    axes = figure.subplots()
    for colour, line in zip(colours(len(lines)), lines, strict=True):
        axes.plot(line.x * scale.factor, line.y * scale.factor, "o-", color=colour, label=line.label, zorder=3)
    for line in reference:
        axes.plot(line.x * scale.factor, line.y * scale.factor, "--", color="0.15", label=line.label, zorder=4)
    limits = False
    for colour, curve in zip(colours(len(curves)), curves, strict=True):
        slope = float(curve.points[LIMIT].iloc[0]) if LIMIT in curve.points else np.nan
        if np.isfinite(slope) and slope != 0.0:
            axes.plot(
                [scale.factor / slope], [0.0], "o", color=colour, markerfacecolor="white", markersize=5.0, zorder=5
            )
            limits = True
    axes.margins(0.17, 0.12)  # room for the frequencies
    axes.set_aspect("equal", adjustable="datalim")
    axes.axhline(0.0, color="0.4", linewidth=0.8, zorder=1)
    axes.set_xlabel(scale.label("Re Z"))
    axes.set_ylabel(scale.label("−Im Z"))
    widest = int(np.argmax([np.max(np.hypot(line.x, line.y)) for line in lines]))
    _write_frequencies(axes, lines[widest], array(curves[widest].points[FREQUENCY]), scale.factor)
    legend(figure, axes, result)
    set_title(figure, result.heading)
    small_print(figure, "open circles: limit of zero frequency" if limits else "")
    return figure


def bode(result: Result) -> Figure:
    """Magnitude and phase of the impedance against the frequency."""
    figure = new_figure(4.8, 4.6)
    above, below = figure.subplots(2, 1, sharex=True)
    for axes, header, name in ((above, SIZE, ("|Z|", "ohm")), (below, PHASE, ("phase", "deg"))):
        lines = [Line(c.short, array(c.points[FREQUENCY]), array(c.points[header])) for c in result.curves()]
        reference = reference_lines(result, FREQUENCY, header)
        draw_lines(axes, lines, ("frequency", "Hz"), name, reference=reference, log_y=header == SIZE)
    above.set_xlabel("")
    low, high = above.get_ylim()
    above.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 1e3 * low else (1.0,)))
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    above.yaxis.set_minor_formatter(NullFormatter())
    figure.align_ylabels([above, below])
    legend(figure, above, result)
    set_title(figure, result.heading)
    return figure


def _write_frequencies(axes: Axes, line: Line, frequencies: Array, factor: float) -> None:
    """Write frequencies, those next to powers of ten, beside points of a spectrum that are far enough from each other."""
    x, y = line.x * factor, line.y * factor
    reach = max(float(np.ptp(x)), float(np.ptp(y)), 1e-300)
    away = np.abs(np.log10(frequencies) - np.round(np.log10(frequencies)))
    decades = np.round(np.log10(frequencies))
    nearest = [min(np.flatnonzero(decades == decade), key=lambda i: away[i]) for decade in np.unique(decades)]
    middle = 0.5 * (float(np.min(x)) + float(np.max(x)))
    placed: list[int] = []
    for i in nearest:
        if any(np.hypot(x[i] - x[j], y[i] - y[j]) < APART * reach for j in placed):
            continue
        placed.append(int(i))
        # across the curve and upwards; at its ends, where the neighbours are on one side, outwards
        before, after = max(i - 1, 0), min(i + 1, len(x) - 1)
        across = np.array([-(y[after] - y[before]), x[after] - x[before]])
        across = across * (1.0 if across[1] >= 0.0 else -1.0) / max(float(np.linalg.norm(across)), 1e-300)
        if abs(across[0]) > 0.9:
            across[0] = abs(across[0]) * (1.0 if x[i] > middle else -1.0)
        axes.annotate(
            quantity(float(f"{frequencies[i]:.2g}"), "Hz"),
            (x[i], y[i]),
            (6.0 * across[0], 5.0 * across[1]),
            textcoords="offset points",
            ha="center" if abs(across[0]) < 0.3 else "left" if across[0] > 0.0 else "right",
            va="bottom" if across[1] > 0.5 or y[i] < 0.05 * reach else "center",  # above the axis
            fontsize=7.0,
            color="0.2",
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
            zorder=6,
        )
