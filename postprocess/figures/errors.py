"""Figures about the numbers of a result: their errors, how an adapted mesh got there, and what they depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from postprocess.figures.palette import colours
from postprocess.figures.panels import Array, Line, array, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.columns import relative
from postprocess.tables.result import Curve, Result
from postprocess.tables.sensitivities import Elasticities, elasticities
from postprocess.tables.uncertainty import percent
from postprocess.tables.units import readable, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURRENT = "current [A]"
PARTS = {
    "current_error [A]": "error bar",
    "current_discretization_error [A]": "discretization",
    "current_algebraic_error [A]": "algebraic",
    "current_reservoir_error [A]": "reservoirs",
}
SHOWN = 12  # parameters with a bar; those that matter less are left out


def error_figure(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Relative error of the current and its parts against the inner parameter; None without errors.

    A single curve has all parts in one panel, a nested sweep a panel per part. Points whose current is zero are left out.
    """
    found = {name: relative(result.observables, CURRENT, column) for column, name in PARTS.items()}
    found = {name: np.where(part > 0.0, part, np.nan) for name, part in found.items()}
    found = {name: part for name, part in found.items() if np.any(np.isfinite(part))}
    if not found:
        return None
    x = readable(result.inner), split_header(result.inner)[1]
    curves = result.curves()
    if len(curves) == 1:
        figure, (axes,) = new_panels(style, 1, 4.0, 3.3)
        lines = [_line(result, curves[0], name, name, part) for name, part in found.items()]
        draw_lines(axes, lines, x, ("relative error of current", ""), log_y=True)
        legend(figure, axes, inside=False)
    else:
        figure, grid = new_panels(style, len(found), 3.6, 2.8, across=2, sharex=True, sharey=True)
        for panel, (name, part) in zip(grid, found.items(), strict=False):
            lines = [_line(result, curve, curve.short, name, part) for curve in curves]
            draw_lines(panel, lines, x, (f"{name}, relative", ""), log_y=True)
            panel.tick_params(labelbottom=True)
        legend(figure, grid[0], result, inside=False)
    set_title(figure, f"{result.heading}: error of the current")
    if "reservoirs" in found:
        small_print(figure, "reservoirs: what larger ones would change; not part of the error bar")
    return figure


def _line(result: Result, curve: Curve, label: str, name: str, part: Array) -> Line:
    by_point = dict(zip(result.observables["point"], part, strict=True))
    x, y = array(curve.points[result.inner]), array([by_point[p] for p in curve.points["point"]])
    return Line(label, x, y, value=None if label == name else curve.value)


def adaptation(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Estimated relative error against the unknowns of every mesh of an adapted run; None with fewer than two."""
    found = result.adaptation
    pairs = [(step.get("unknowns"), step.get("error")) for step in found.get("steps") or []]
    known = [(float(n), float(error)) for n, error in pairs if n and error]
    if len(known) < 2:
        return None
    figure, (axes,) = new_panels(style, 1, 4.0, 3.3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.plot(*zip(*known, strict=True), marker="o", color=colours(1)[0], zorder=3)
    if found.get("tolerance"):
        tolerance = float(found["tolerance"])
        axes.axhline(tolerance, color="0.25", linestyle="--", linewidth=1.0, label=f"asked for {percent(tolerance)}")
        axes.legend()
    # the labels of less than two decades would run into each other
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    goal = str(found.get("goal") or "goal").replace("_", " ")
    axes.set_xlabel("unknowns")
    axes.set_ylabel(f"estimated relative error of {goal}")
    set_title(figure, f"{result.title}: adapted meshes")
    return figure


def sensitivities(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Horizontal bars of the elasticities at the extreme points, a panel per goal; None without sensitivities."""
    found = elasticities(result)
    if not found:
        return None
    groups = max(min(len(each.table), SHOWN) for each in found)
    bars = max(len(each.points) for each in found)
    height = 1.0 + groups * max(0.24, 0.11 * bars + 0.08)
    figure, panels = new_panels(style, len(found), 4.6, height, across=len(found))
    if style.width is not None:
        figure.set_figheight(height * len(found))  # a line of bars needs its height in a column, too
    points = list(dict.fromkeys(point for each in found for point in each.points))
    shades = dict(zip(points, colours(len(points)), strict=True))
    handles: dict[str, Any] = {}
    for axes, each in zip(panels, found, strict=True):
        _draw_elasticities(axes, result, each, shades)
        handles |= {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True) if label}
    if handles:
        legend_below(figure, list(handles.values()), list(handles))
    set_title(figure, f"{result.title}: sensitivities")
    return figure


def _draw_elasticities(axes: Axes, result: Result, found: Elasticities, shades: dict[int, str]) -> None:
    table, names = found.table.iloc[:SHOWN], found.names()[:SHOWN]
    rows, count = np.arange(len(table)), len(found.points)
    height = 0.8 / count
    for k, point in enumerate(found.points):
        offset = (k - 0.5 * (count - 1)) * height
        axes.barh(
            rows + offset,
            array(table[point]),
            0.9 * height,
            color=shades[point],
            label=result.describe(point),
            zorder=3,
        )
    axes.axvline(0.0, color="0.25", linewidth=0.8, zorder=4)
    axes.set_yticks(rows, names)
    axes.tick_params(axis="y", length=0.0)
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    axes.set_xlabel(f"elasticity of {found.goal}, % per %")
