"""Impedance spectra: Nyquist and Bode plots, one colour per bias."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from postprocess.figures.panels import (
    Array,
    Line,
    array,
    colours_of,
    draw_lines,
    frequency_axis,
    is_wide,
    legend,
    reference_lines,
)
from postprocess.figures.style import SCREEN, Sheet, Style, new_figure, new_panels, set_title, small_print
from postprocess.tables.kinds import FREQUENCY
from postprocess.tables.result import Result
from postprocess.tables.units import engineering, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL, IMAGINARY = "impedance_real [ohm]", "impedance_imaginary [ohm]"
SIZE, PHASE = "impedance_magnitude [ohm]", "impedance_phase [deg]"
LIMIT = "differential_conductance [S]"
PLACES = ((1, 1), (-1, 1), (0, 1), (1, 0), (-1, 0), (0, -1), (1, -1), (-1, -1))  # of a text around its point
LETTERS, GAP = 7.0, 2.0  # size of written frequencies and their distance from a point, in points
MARKER = 2.5  # half the size of a marker, in pixels


def nyquist(result: Result, style: Style = SCREEN) -> Sheet:
    """Negative imaginary part against the real part, equal axes, a few frequencies written at the largest spectrum.

    Open circles on the real axis are the limits of zero frequency.
    """
    curves = result.curves()
    lines = [
        Line(curve.short, array(curve.points[REAL]), -array(curve.points[IMAGINARY]), value=curve.value)
        for curve in curves
    ]
    reference = [Line(line.label, line.x, -line.y) for line in reference_lines(result, REAL, IMAGINARY)]
    x, y = (np.concatenate([getattr(line, axis) for line in lines]) for axis in "xy")
    scale = engineering(np.concatenate([x, y]), "ohm")
    tall = (np.max(y, initial=0.0) - np.min(y, initial=0.0)) / max(float(np.ptp(x)), 1e-300)
    width = style.width or 4.8
    figure = new_figure(width, float(np.clip(1.5 + 4.4 * tall, 2.4, 5.0)) * width / 4.8, style)
    axes = figure.subplots()
    for colour, line in zip(colours_of(lines), lines, strict=True):
        axes.plot(line.x * scale.factor, line.y * scale.factor, "o-", color=colour, label=line.label, zorder=3)
    for line in reference:
        axes.plot(line.x * scale.factor, line.y * scale.factor, "--", color="0.15", label=line.label, zorder=4)
    limits = False
    for colour, curve in zip(colours_of(lines), curves, strict=True):
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
    legend(figure, axes, result, inside=False)
    set_title(figure, result.heading)
    small_print(figure, "open circles: limit of zero frequency" if limits else "")
    widest = int(np.argmax([np.max(np.hypot(line.x, line.y)) for line in lines]))
    write_frequencies(axes, lines[widest], array(curves[widest].points[FREQUENCY]), scale.factor)
    return figure


def bode(result: Result, style: Style = SCREEN) -> Sheet:
    """Magnitude and phase of the impedance against the frequency."""
    figure, (above, below) = new_panels(style, 2, 4.8, 2.3, sharex=True)
    for axes, header, name in ((above, SIZE, ("|Z|", "ohm")), (below, PHASE, ("phase", "deg"))):
        lines = [
            Line(c.short, array(c.points[FREQUENCY]), array(c.points[header]), value=c.value) for c in result.curves()
        ]
        reference = reference_lines(result, FREQUENCY, header)
        draw_lines(axes, lines, ("frequency", "Hz"), name, reference=reference, log_y=header == SIZE)
    frequency_axis(
        below,
        engineering(result.observables[FREQUENCY], "Hz", centred=is_wide(array(result.observables[FREQUENCY]))).factor,
    )
    above.set_xlabel("")
    low, high = above.get_ylim()
    above.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 1e3 * low else (1.0,)))
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    above.yaxis.set_minor_formatter(NullFormatter())
    figure.align_ylabels([above, below])
    legend(figure, above, result)
    set_title(figure, result.heading)
    return figure


def write_frequencies(axes: Axes, line: Line, frequencies: Array, factor: float) -> None:
    """Write frequencies, those next to powers of ten, beside their points where there is room.

    Room is what neither curves nor other frequencies take; of eight places around a point the first free one.
    """
    axes.figure.draw_without_rendering()  # from here on the places in the picture are known
    pixel = axes.figure.dpi / 72.0
    frame = axes.bbox.extents
    level = axes.transData.transform((0.0, 0.0))[1]  # of the real axis
    curves = [
        axes.transData.transform(curve.get_xydata()) for curve in axes.lines if curve.get_transform() == axes.transData
    ]
    taken = [(frame[0], level - 1.0, frame[2], level + 1.0)]
    taken += [_box(x, y, MARKER, MARKER) for curve in curves for x, y in _along(curve)]
    places = axes.transData.transform(np.column_stack([line.x, line.y]) * factor)
    decades = np.round(np.log10(frequencies))
    away = np.abs(np.log10(frequencies) - decades)
    for decade in np.unique(decades):
        i = min(np.flatnonzero(decades == decade), key=lambda k: away[k])
        text = quantity(float(f"{frequencies[i]:.2g}"), "Hz")
        half = np.array([0.34 * len(text) * LETTERS, 0.6 * LETTERS])  # of the text, in points
        for side in PLACES:
            offset = np.array(side) * (half + GAP)
            box = _box(*places[i] + offset * pixel, *half * pixel)
            inside = box[0] > frame[0] and box[1] > frame[1] and box[2] < frame[2] and box[3] < frame[3]
            if inside and not any(overlap(box, other) for other in taken):
                axes.annotate(
                    text,
                    (line.x[i] * factor, line.y[i] * factor),
                    tuple(offset),
                    textcoords="offset points",
                    ha="center",
                    va="center",
                    fontsize=LETTERS,
                    color="0.2",
                )
                taken.append(box)
                break


def _along(points: Array) -> Array:
    """Points so close along a polygon that a text cannot slip between them."""
    if len(points) < 2:
        return points
    at = np.linspace(0.0, len(points) - 1.0, 12 * len(points))
    return np.column_stack([np.interp(at, np.arange(len(points)), points[:, k]) for k in (0, 1)])


def _box(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    """Left, lower, right and upper edge from the middle and half the sizes."""
    return x - wide, y - high, x + wide, y + high


def overlap(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    """Whether two boxes (left, lower, right, upper) have points in common."""
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
