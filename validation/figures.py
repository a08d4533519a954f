"""Figures of the report: curves over their references, and deviations against error bars."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.ticker import NullFormatter

from postprocess.figures.palette import colours
from postprocess.figures.style import STYLE, new_figure, save
from postprocess.tables.units import Scale, engineering, split_header
from validation.checks import Check, Line, Plot

LOOKS: dict[str, dict[str, Any]] = {
    "ours": {"marker": "o", "linestyle": "none"},
    "curve": {"marker": "o", "linestyle": "-", "linewidth": 0.7},
    "reference": {"linestyle": "-"},
    "points": {"marker": "s", "linestyle": "none", "markersize": 6.0, "markerfacecolor": "none"},
    "model": {"linestyle": "--"},
}


def draw(plot: Plot, path: Path) -> Path:
    """Draw a plot into a PNG file; its path. ResultError when it cannot be written."""
    with mpl.rc_context(STYLE):
        figure = new_figure(5.6, 3.8)
        axes = figure.add_subplot()
        x_scale = _scale(plot.x_label, [v for line in plot.lines for v in line.x])
        y_scale = _scale(plot.y_label, [v for line in plot.lines for v in line.y])
        for line, colour in zip(plot.lines, colours(len(plot.lines)), strict=True):
            _line(axes, line, colour, x_scale, y_scale)
        for logarithmic, set_scale, axis in (
            (plot.x_log, axes.set_xscale, axes.xaxis),
            (plot.y_log, axes.set_yscale, axes.yaxis),
        ):
            if logarithmic:
                set_scale("log")
                low, high = axis.get_view_interval()
                if high > 20 * low:  # else the powers of ten alone are too few
                    axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(x_scale.label(split_header(plot.x_label)[0]))
        axes.set_ylabel(y_scale.label(split_header(plot.y_label)[0]))
        axes.set_title(textwrap.fill(plot.title, 70))
        axes.legend()
        return save(figure, path)


def _scale(label: str, values: Sequence[float]) -> Scale:
    return engineering(values, split_header(label)[1])


def _line(axes: Any, line: Line, colour: str, x_scale: Scale, y_scale: Scale) -> None:
    x, y = ([v * s.factor for v in values] for values, s in ((line.x, x_scale), (line.y, y_scale)))
    look = {"label": line.label, "color": colour, **LOOKS[line.look]}
    if line.error is not None and any(math.isfinite(e) for e in line.error):
        bars = [e * y_scale.factor if math.isfinite(e) else 0.0 for e in line.error]
        axes.errorbar(x, y, yerr=bars, capsize=2, **look)
    else:
        axes.plot(x, y, **look)


def draw_coverage(checks: Sequence[Check], path: Path) -> Path | None:
    """Deviation against error bar of all checks whose bar has to cover it, with the line of equality; its path, None
    when there is nothing to draw. The bar includes the uncertainty of the reference."""
    points: dict[str, list[tuple[float, float, bool]]] = {}
    for check in checks:
        if check.covered is not None and check.size > 0.0:
            bar = (check.error + check.reference_uncertainty) / check.size
            deviation = abs(check.difference) / check.size
            points.setdefault(check.section, []).append((bar, deviation, check.covered))
    every = [
        value for part in points.values() for bar, deviation, _ in part for value in (bar, deviation) if value > 0.0
    ]
    if not every:
        return None
    low, high = max(min(every), 1e-16) / 2, max(every) * 2
    with mpl.rc_context(STYLE):
        figure = new_figure(5.6, 4.6)
        axes = figure.add_subplot()
        axes.plot([low, high], [low, high], color="0.4", linewidth=1.0, label="equality")
        for (section, part), colour in zip(points.items(), colours(len(points)), strict=True):
            x, y = ([max(point[k], low) for point in part] for k in (0, 1))
            axes.plot(x, y, marker="o", linestyle="none", color=colour, label=section)
            missed = [(a, b) for a, b, (_, _, covered) in zip(x, y, part, strict=True) if not covered]
            if missed:
                axes.plot(*zip(*missed, strict=True), marker="x", markersize=8, linestyle="none", color="black")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        axes.set_xlabel("error bar (with the reference's own), relative")
        axes.set_ylabel("deviation from the reference, relative")
        axes.set_title("Deviation against error bar (crosses: not covered)")
        axes.legend()
        return save(figure, path)
