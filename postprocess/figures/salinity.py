"""Figures of reversal studies: current and power of a device between unlike reservoirs against bias and load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from postprocess.figures.panels import (
    Array,
    Line,
    array,
    axis_scale,
    colours_of,
    draw,
    draw_lines,
    legend,
    reference_lines,
)
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.figures.sweeps import about_errors
from postprocess.tables.kinds import BIAS
from postprocess.tables.result import Result
from postprocess.tables.units import readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURRENT, POWER, DENSITY, LOAD = "current [A]", "power [W]", "power_density [W/m^2]", "load_resistance [ohm]"
SLOPE = "differential_conductance [S]"
REVERSAL, BEST, AREAL = "reversal_potential [V]", "osmotic_power [W]", "osmotic_power_density [W/m^2]"
SHARE = "cation_transference_number"
FINE = 201
"""Points of a drawn curve between the computed ones."""
LOADS = 30.0
"""Factor between the load of the largest power and the ends of the axis of loads."""


def loads(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Current against bias, and power against bias and against the load; None for a device that delivers none.

    Points are computed states; the curves between them follow from the currents and their slopes.
    """
    parts = [part for _, part in result.loads.groupby("point", sort=False)] if len(result.loads) else []
    parts = [part for part in parts if len(part) > 2]
    if not parts:
        return None
    areal = DENSITY in result.loads
    names = ("power density", "W/m^2") if areal else ("power", "W")
    column = DENSITY if areal else POWER
    curves = [_curve(part, column) for part in parts]
    labels = [_label(result, part) for part in parts]
    values = [_value(result, part) for part in parts]
    figure, panels = new_panels(style, 3, 3.5, 3.3, across=3)
    found = [
        _panel(
            panels[0],
            parts,
            (BIAS, CURRENT),
            curves,
            (0, 1),
            labels,
            values,
            (("bias", "V"), ("current", "A")),
            reference_lines(result, BIAS, CURRENT),
        ),
        _panel(panels[1], parts, (BIAS, column), curves, (0, 2), labels, values, (("bias", "V"), names)),
        _panel(panels[2], parts, (LOAD, column), curves, (3, 2), labels, values, (("load resistance", "ohm"), names)),
    ]
    legend(figure, panels[0], result)
    for box in filter(None, (*figure.legends, panels[0].get_legend())):
        box.set_title(result.swept(result.parameters[-1]).name if result.parameters else None)
    set_title(figure, result.title)
    small_print(figure, about_errors(dict(zip(("current", names[0]), found, strict=False))))
    return figure


def salinity(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Reversal potential, largest power and transference number against the outer parameter; None without one."""
    if not result.parameters or len(result.observables) < 2:
        return None
    columns = [REVERSAL, AREAL if AREAL in result.observables else BEST, SHARE]
    columns = [name for name in columns if name in result.observables and result.observables[name].notna().any()]
    figure, panels = new_panels(style, len(columns), 3.5, 3.3, across=len(columns))
    largest = {
        readable(column): draw(panel, result, result.inner, column)
        for panel, column in zip(panels, columns, strict=True)
    }
    set_title(figure, result.title)
    small_print(figure, about_errors(largest))
    return figure


def _curve(part: pd.DataFrame, column: str) -> tuple[Array, Array, Array, Array]:
    """Bias, current, power in the unit of a column, and load along the cubic curves through currents and slopes."""
    from scipy.interpolate import CubicHermiteSpline

    ordered = part.sort_values(BIAS)
    spline = CubicHermiteSpline(*(array(ordered[name]) for name in (BIAS, CURRENT, SLOPE)))
    bias = np.linspace(float(ordered[BIAS].iloc[0]), float(ordered[BIAS].iloc[-1]), FINE)
    current = np.asarray(spline(bias), dtype=float)
    factor = float((ordered[column] / ordered[POWER]).max()) if column != POWER else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        load = np.where(current * bias < 0.0, np.abs(bias / current), np.nan)
    return array(bias), current, array(-bias * current * factor), array(load)


def _panel(
    axes: Axes,
    parts: list[pd.DataFrame],
    columns: tuple[str, str],
    curves: list[tuple[Array, Array, Array, Array]],
    which: tuple[int, int],
    labels: list[str],
    values: list[float | None],
    names: tuple[tuple[str, str], tuple[str, str]],
    reference: list[Line] | None = None,
) -> float:
    """Curves with the computed points on them; gives the largest relative error."""
    lines, points = [], []
    for part, curve, label, value in zip(parts, curves, labels, values, strict=True):
        x, y = (array(part[name]) for name in columns)
        error = part.get(f"{columns[1].partition(' [')[0]}_error [{names[1][1]}]")
        fine = Line(label, curve[which[0]], curve[which[1]], None, value)
        kept = np.isfinite(x) & (x != 0.0) if columns[0] == LOAD else np.isfinite(x)
        if columns[0] == LOAD:
            best = float(x[int(np.nanargmax(y))])
            near = np.isfinite(fine.x) & (fine.x > best / LOADS) & (fine.x < best * LOADS)
            fine, kept = (
                Line(label, fine.x[near], fine.y[near], None, value),
                kept & (x > best / LOADS) & (x < best * LOADS),
            )
        lines.append(fine)
        points.append(Line("", x[kept], y[kept], None if error is None else array(error)[kept], value))
    draw_lines(axes, lines, *names, reference=reference, markers=False)
    everything = [np.concatenate([getattr(line, axis) for line in lines]) for axis in "xy"]
    scales = [
        axis_scale(every, name[1], scale == "log")
        for every, name, scale in zip(everything, names, (axes.get_xscale(), axes.get_yscale()), strict=True)
    ]
    for colour, line in zip(colours_of(lines), points, strict=True):
        axes.plot(line.x * scales[0].factor, line.y * scales[1].factor, "o", color=colour, zorder=4, label="_computed")
    return max((line.largest_error for line in points if not np.isnan(line.largest_error)), default=np.nan)


def _value(result: Result, part: pd.DataFrame) -> float | None:
    """The outer value of a load curve."""
    if not result.parameters:
        return None
    row = result.observables[result.observables["point"] == part["point"].iloc[0]]
    return float(row[result.parameters[-1]].iloc[0])


def _label(result: Result, part: pd.DataFrame) -> str:
    """It in words."""
    value = _value(result, part)
    return "" if value is None else result.swept(result.parameters[-1]).text(value)
