"""Curves of a result: current and rectification, flow rate, dependence on a parameter, axial profiles.

Those of a run in time and of impedance spectra are in modules of their own.

A case may bring `reference.csv` with columns like those of observables.csv, for example "bias [V],current [A],label":
its curves are drawn over every panel that has the same two axes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from postprocess.figures.errors import adaptation, error_figure, sensitivities
from postprocess.figures.impedance import bode, nyquist
from postprocess.figures.loops import loops
from postprocess.figures.panels import Line, array, draw, draw_lines, is_wide, keep_calm, legend
from postprocess.figures.pulses import memory, pulses
from postprocess.figures.style import STYLE, colours, destination, new_figure, save, set_title, shades, small_print
from postprocess.figures.time_series import time_series
from postprocess.tables.collection import field_files
from postprocess.tables.result import BIAS, TIME, Curve, Result, load, rectification, spread
from postprocess.tables.uncertainty import percent
from postprocess.tables.units import Scale, engineering, quantity, readable, split_header

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATIO = "rectification |I(−V)| / |I(+V)|"
PROFILES = {
    "salt [mol/m^3]": "salt",
    "potential [V]": "potential",
    "charge [C/m^3]": "charge",
    "velocity [m/s]": "axial velocity",
}


def plot(path: Path, out: Path | None = None) -> list[Path]:
    """Draw the figures of the result directory `path`; returns the files.

    `out` is a directory, or a file name such as iv.pdf whose stem begins the names and whose suffix tells the format;
    default `figures` in the result directory. Raises ResultError.
    """
    result = load(path)
    folder, stem, suffix = destination(result, out, "figures")
    always = {"adaptation": adaptation, "sensitivities": sensitivities}
    makers: dict[str, Callable[[Result], Figure | None]] = {"profiles": profiles, **always}
    if result.transient:
        in_time = {"time_series": time_series, "loops": loops, "pulses": pulses, "memory": memory}
        makers = {**in_time, **makers}
    elif result.impedance:
        makers = {"nyquist": nyquist, "bode": bode, **makers}
    elif all(len(curve.points) < 2 for curve in result.curves()):
        pass  # a single point makes no curve
    elif result.sweeps_bias:
        makers = {"current_voltage": current_voltage, "flow_rate": flow_rate, "error": error_figure, **makers}
    elif result.parameters:
        makers = {"sweep": parameter_sweep, "error": error_figure, **makers}
    written = []
    with mpl.rc_context(STYLE):
        for name, make in makers.items():
            figure = make(result)
            if figure is not None:
                written.append(save(figure, folder / f"{f'{stem}-' if stem else ''}{name}{suffix}"))
    return written


# ------------------------------------------------------------------------------------------------------------ figures


def current_voltage(result: Result) -> Figure:
    """Current against bias, and the rectification ratio where both signs of the bias were computed."""
    pairs = rectification(result.observables)
    panels = 2 if len(pairs) else 1
    figure = new_figure(4.0 * panels, 3.3)
    axes = np.atleast_1d(figure.subplots(1, panels))
    largest = {"current": draw(axes[0], result, BIAS, "current [A]")}
    legend(figure, axes[0], result)
    if len(pairs):
        lines = _ratio_lines(result, pairs)
        largest["rectification"] = draw_lines(axes[1], lines, ("|bias|", "V"), (RATIO, ""), zero_lines=False)
        axes[1].axhline(1.0, color="0.4", linewidth=0.8, zorder=1)
        axes[1].set_xlim(left=0.0)
    set_title(figure, result.heading)
    small_print(figure, _about_errors(largest))
    return figure


def flow_rate(result: Result) -> Figure | None:
    """Flow rate against bias; None when there is no flow."""
    if not _flows(result):
        return None
    figure = new_figure(4.0, 3.3)
    axes = figure.subplots()
    largest = {"flow rate": draw(axes, result, BIAS, "flow_rate [m^3/s]")}
    legend(figure, axes, result)
    set_title(figure, result.heading)
    small_print(figure, _about_errors(largest))
    return figure


def parameter_sweep(result: Result) -> Figure:
    """Conductance (or current), flow rate and rectification against a parameter that is no potential."""
    pairs = rectification(result.observables)
    driven = result.inner.startswith("terminals.")  # the current then has a part that is not proportional to the bias
    conducts = "conductance [S]" in result.observables and result.observables["conductance [S]"].notna().all()
    columns = ["conductance [S]" if conducts and not driven else "current [A]"]
    columns += ["flow_rate [m^3/s]"] if _flows(result) else []
    panels = len(columns) + bool(len(pairs))
    figure = new_figure(min(4.0 * panels, 10.5), 3.3)
    axes = np.atleast_1d(figure.subplots(1, panels))
    largest = {
        readable(column): draw(panel, result, result.inner, column)
        for panel, column in zip(axes, columns, strict=False)
    }
    legend(figure, axes[0], result)
    if len(pairs):
        lines = []
        for bias, part in pairs.groupby(BIAS):
            part = part.sort_values(result.inner)
            lines.append(_ratio_line(f"|bias| = {quantity(float(bias), 'V')}", part, result.inner))
        along = readable(result.inner), split_header(result.inner)[1]
        largest["rectification"] = draw_lines(axes[-1], lines, along, (RATIO, ""))
        axes[-1].axhline(1.0, color="0.4", linewidth=0.8, zorder=1)
        legend(figure, axes[-1])
    set_title(figure, result.heading)
    small_print(figure, _about_errors(largest))
    return figure


def profiles(result: Result) -> Figure | None:
    """Axial profiles of cross-section averages at up to five values of the inner parameter; None without profiles.

    Of a nested sweep the first and the last outer value are shown, solid and dashed. Of a run in time nine instants, from
    dark to light, for the last outer value.
    """
    table = result.profiles
    columns = [name for name in PROFILES if name in table and table[name].abs().max() > 0.0]
    if table.empty or not columns:
        return None
    curves = [curve for curve in result.curves() if curve.points["point"].isin(table["point"]).any()]
    curves = curves[-1:] if result.transient else curves if len(curves) <= 2 else [curves[0], curves[-1]]
    figure = new_figure(8.0, 2.75 * ((len(columns) + 1) // 2) + 0.6)
    grid = figure.subplots((len(columns) + 1) // 2, 2 if len(columns) > 1 else 1, squeeze=False, sharex=True)
    panels = grid.ravel()
    along = engineering(table["axial_position [m]"], "m")
    scales = {column: _profile_scale(table, column) for column in columns}
    handles: dict[str, Any] = {}
    name, unit = readable(result.inner), split_header(result.inner)[1]
    for style, curve in zip(("-", "--"), curves, strict=False):
        points = _instants(result, curve) if result.transient else spread(curve.points["point"].tolist(), 5)
        palette = shades(len(points)) if result.transient else colours(len(points))
        for colour, point in zip(palette, points, strict=True):
            part = table[table["point"] == point].sort_values("axial_position [m]")
            for axes, column in zip(panels, columns, strict=False):
                x = part["axial_position [m]"] * along.factor
                (line,) = axes.plot(x, part[column] * scales[column].factor, style, color=colour)
            value = float(curve.points.loc[curve.points["point"] == point, result.inner].iloc[0])
            handles.setdefault(f"{name} = {quantity(value, unit)}", line)
    for axes, column in zip(panels, columns, strict=False):
        axes.set_ylabel(scales[column].label(PROFILES[column]))
        if is_wide(array(table[column])):
            axes.set_yscale("log")
        keep_calm(axes)
    title = result.heading if len(handles) > 1 else f"{result.title}, {next(iter(handles))}"
    title += f", {curves[0].label}" if result.transient and curves[0].label else ""
    handles = handles if len(handles) > 1 else {}
    if len(curves) > 1:
        handles |= {c.label: Line2D([], [], color="0.3", linestyle=s) for s, c in zip(("-", "--"), curves, strict=True)}
    mouths = [float(z) * along.factor for z in result.geometry.get("mouths") or []]
    ends = [float(z) * along.factor for z in (table["axial_position [m]"].min(), table["axial_position [m]"].max())]
    for axes in panels[: len(columns)]:
        axes.set_xlim(*ends)
        for z in mouths:
            if ends[0] < z < ends[1]:
                axes.axvline(z, color="0.5", linewidth=0.8, linestyle=":", zorder=1)
    for axes in panels[len(columns) :]:
        axes.remove()
    for axes in panels[max(0, len(columns) - 2) : len(columns)]:
        axes.set_xlabel(along.label("axial position z"))
        axes.tick_params(labelbottom=True)
    if handles:
        columns_fit = max(1, 110 // (max(map(len, handles)) + 8))
        figure.legend(
            handles.values(), handles.keys(), loc="outside lower center", ncols=min(len(handles), columns_fit)
        )
    set_title(figure, title)
    return figure


# ------------------------------------------------------------------------------------------------------------ inside


def _ratio_lines(result: Result, pairs: pd.DataFrame) -> list[Line]:
    """Rectification ratio against |bias| for every curve."""
    lines = []
    for curve in result.curves():
        part = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        lines.append(_ratio_line(curve.label, part, BIAS))
    return lines


def _ratio_line(label: str, pairs: pd.DataFrame, x: str) -> Line:
    return Line(label, array(pairs[x]), array(pairs["ratio"]), array(pairs["ratio_error"]))


def _about_errors(largest: dict[str, float]) -> str:
    """What error bars mean and how large they get, per panel, for when they are too small to be seen; "" without any."""
    known = {name: percent(error) for name, error in largest.items() if not np.isnan(error)}
    sizes = [size if len(largest) == 1 else f"{size} ({name})" for name, size in known.items()]
    return f"error bars: numerical error, largest {', '.join(sizes)}" if known else ""


def _instants(result: Result, curve: Curve, most: int = 9) -> list[int]:
    """Numbers of up to `most` instants of a run in time: those with fields, else ones equally far apart."""
    there = set(result.profiles["point"])
    points = [int(point) for point in curve.points["point"] if point in there]
    written = field_files(result.path)
    with_fields = [point for point in points if point in written]
    if len(with_fields) > 1:
        return spread(with_fields, most)
    times = array(curve.points.set_index("point").loc[points, TIME])
    wanted = np.linspace(times[0], times[-1], most)
    return [points[i] for i in dict.fromkeys(int(np.argmin(np.abs(times - time))) for time in wanted)]


def _profile_scale(table: pd.DataFrame, column: str) -> Scale:
    values = table[column]
    unit = split_header(column)[1]
    return engineering(
        [1.0] if unit == "V" and values.abs().max() >= 0.1 else values, unit, centred=is_wide(array(values))
    )


def _flows(result: Result) -> bool:
    column = "flow_rate [m^3/s]"
    return column in result.observables and bool(result.observables[column].abs().max() > 0.0)
