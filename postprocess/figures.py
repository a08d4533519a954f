"""Curves of a result: current and rectification, flow rate, dependence on a parameter, axial profiles.

A case may bring `reference.csv` with columns like those of observables.csv, for example "bias [V],current [A],label":
its curves are drawn over every panel that has the same two axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.lines import Line2D

from postprocess.expected import case_file
from postprocess.result import BIAS, Result, load, read_table, rectification
from postprocess.style import STYLE, colours, destination, new_figure, save, set_title
from postprocess.units import Scale, engineering, quantity, readable, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

RATIO = "rectification |I(−V)| / |I(+V)|"
WIDE = 100.0  # positive values that span more than this go on a logarithmic axis
NOISE = 1e-10  # a value below this part of the largest is zero up to round-off, and no reason for a logarithmic axis
INSIDE, MOST = 4, 12  # curves that a legend inside a panel can take, and that a legend names at all
MARKED = 60  # curves with more points have no markers
PROFILES = {
    "salt [mol/m^3]": "salt",
    "potential [V]": "potential",
    "charge [C/m^3]": "charge",
    "velocity [m/s]": "axial velocity",
}


@dataclass(frozen=True, eq=False)
class Line:
    """One curve of a panel, in SI units."""

    label: str
    x: Array
    y: Array


def plot(path: Path, out: Path | None = None) -> list[Path]:
    """Draw the figures of the result directory `path`; returns the files.

    `out` is a directory, or a file name such as iv.pdf whose stem begins the names and whose suffix tells the format;
    default `figures` in the result directory. Raises ResultError.
    """
    result = load(path)
    folder, stem, suffix = destination(result, out, "figures")
    makers: dict[str, Callable[[Result], Figure | None]] = {"profiles": profiles}
    if all(len(curve.points) < 2 for curve in result.curves()):
        pass  # a single point makes no curve
    elif result.sweeps_bias:
        makers = {"current_voltage": current_voltage, "flow_rate": flow_rate, **makers}
    elif result.parameters:
        makers = {"sweep": parameter_sweep, **makers}
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
    draw(axes[0], result, BIAS, "current [A]")
    _legend(figure, axes[0], result)
    if len(pairs):
        lines = _ratio_lines(result, pairs)
        draw_lines(axes[1], lines, ("|bias|", "V"), (RATIO, ""), zero_lines=False)
        axes[1].axhline(1.0, color="0.4", linewidth=0.8, zorder=1)
        axes[1].set_xlim(left=0.0)
    set_title(figure, result.heading)
    return figure


def flow_rate(result: Result) -> Figure | None:
    """Flow rate against bias; None when there is no flow."""
    if not _flows(result):
        return None
    figure = new_figure(4.0, 3.3)
    axes = figure.subplots()
    draw(axes, result, BIAS, "flow_rate [m^3/s]")
    _legend(figure, axes, result)
    set_title(figure, result.heading)
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
    for panel, column in zip(axes, columns, strict=False):
        draw(panel, result, result.inner, column)
    _legend(figure, axes[0], result)
    if len(pairs):
        lines = []
        for bias, part in pairs.groupby(BIAS):
            part = part.sort_values(result.inner)
            lines.append(
                Line(f"|bias| = {quantity(float(bias), 'V')}", _array(part[result.inner]), _array(part["ratio"]))
            )
        draw_lines(axes[-1], lines, (readable(result.inner), split_header(result.inner)[1]), (RATIO, ""))
        axes[-1].axhline(1.0, color="0.4", linewidth=0.8, zorder=1)
        _legend(figure, axes[-1])
    set_title(figure, result.heading)
    return figure


def profiles(result: Result) -> Figure | None:
    """Axial profiles of cross-section averages at up to five values of the inner parameter; None without profiles.

    Of a nested sweep the first and the last outer value are shown, solid and dashed.
    """
    table = result.profiles
    columns = [name for name in PROFILES if name in table and table[name].abs().max() > 0.0]
    if table.empty or not columns:
        return None
    curves = result.curves()
    curves = curves if len(curves) <= 2 else [curves[0], curves[-1]]
    figure = new_figure(8.0, 2.75 * ((len(columns) + 1) // 2) + 0.6)
    grid = figure.subplots((len(columns) + 1) // 2, 2 if len(columns) > 1 else 1, squeeze=False, sharex=True)
    panels = grid.ravel()
    along = engineering(table["axial_position [m]"], "m")
    scales = {column: _profile_scale(table, column) for column in columns}
    handles: dict[str, Any] = {}
    name, unit = readable(result.inner), split_header(result.inner)[1]
    for style, curve in zip(("-", "--"), curves, strict=False):
        points = _spread(curve.points, result.inner)
        for colour, point in zip(colours(len(points)), points, strict=True):
            part = table[table["point"] == point].sort_values("axial_position [m]")
            for axes, column in zip(panels, columns, strict=False):
                x = part["axial_position [m]"] * along.factor
                (line,) = axes.plot(x, part[column] * scales[column].factor, style, color=colour)
            value = float(curve.points.loc[curve.points["point"] == point, result.inner].iloc[0])
            handles.setdefault(f"{name} = {quantity(value, unit)}", line)
    for axes, column in zip(panels, columns, strict=False):
        axes.set_ylabel(scales[column].label(PROFILES[column]))
        if _is_wide(_array(table[column])):
            axes.set_yscale("log")
        _keep_calm(axes)
    title = result.heading if len(handles) > 1 else f"{result.title}, {next(iter(handles))}"
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


# ------------------------------------------------------------------------------------------------------------- panels


def draw(axes: Axes, result: Result, x: str, y: str) -> None:
    """One curve per outer value of column `y` against column `x`, and the reference curves with these axes."""
    lines = [Line(c.short, _array(c.points[x]), _array(c.points[y])) for c in result.curves()]
    names = [(readable(header), split_header(header)[1]) for header in (x, y)]
    draw_lines(axes, lines, names[0], names[1], reference=_reference(result, x, y))


def draw_lines(
    axes: Axes,
    lines: list[Line],
    x: tuple[str, str],
    y: tuple[str, str],
    *,
    reference: list[Line] | None = None,
    zero_lines: bool = True,
) -> None:
    """Curves in engineering units, from SI ones; logarithmic axes where positive values span much."""
    all_x, all_y = (np.concatenate([getattr(line, axis) for line in lines]) for axis in "xy")
    wide_x = _is_wide(all_x)
    # Against a logarithmic axis a plateau and a power law are both straight only on the other one too.
    wide_y = _is_wide(all_y, 10.0 if wide_x else WIDE)
    scale_x = engineering([1.0] if x[1] == "V" and np.max(np.abs(all_x)) >= 0.1 else all_x, x[1], centred=wide_x)
    scale_y = engineering(all_y, y[1], centred=wide_y)
    for colour, line in zip(colours(len(lines)), lines, strict=True):
        marker = "o" if len(line.x) <= MARKED else ""
        axes.plot(
            line.x * scale_x.factor, line.y * scale_y.factor, marker=marker, color=colour, label=line.label, zorder=3
        )
    for i, line in enumerate(reference or []):
        style = (
            {"linestyle": ("--", ":", "-.")[i % 3]} if len(line.x) >= 8 else {"linestyle": "", "marker": "sD^v"[i % 4]}
        )
        axes.plot(line.x * scale_x.factor, line.y * scale_y.factor, color="0.15", markerfacecolor="none", markersize=5,
                  linewidth=1.1, label=line.label, zorder=4, **style)  # fmt: skip
    if reference and not lines[0].label and len(lines) == 1:
        axes.lines[0].set_label("computed")
    if wide_x:
        axes.set_xscale("log")
    if wide_y:
        axes.set_yscale("log")
    if zero_lines:
        for spread, line in ((all_y, axes.axhline), (all_x, axes.axvline)):
            if np.nanmin(spread) < 0.0 < np.nanmax(spread):
                line(0.0, color="0.4", linewidth=0.8, zorder=1)
    _keep_calm(axes)
    axes.set_xlabel(scale_x.label(x[0]))
    axes.set_ylabel(scale_y.label(y[0]))


def _legend(figure: Figure, axes: Axes, result: Result | None = None) -> None:
    """A legend where there is something to tell apart: inside the panel for a few curves, else beside the panels.

    Three curves of an outer parameter leave no corner free: their legend is beside the panels too. Of many curves every
    few are named. With `result` its outer parameter names the values.
    """
    handles, labels = axes.get_legend_handles_labels()
    named = [(handle, label) for handle, label in zip(handles, labels, strict=True) if label]
    if not named:
        return
    title = readable(result.outer) if result is not None and result.outer else None
    if len(named) <= (INSIDE if title is None else 2):
        axes.legend(*zip(*named, strict=True), title=title)
        return
    step = -(-len(named) // MOST)
    named = [*named[:-1:step], named[-1]]
    width = figure.get_figwidth()
    figure.set_figwidth(width + 0.4 + 0.075 * max(len(text) for text in (title or "", *(label for _, label in named))))
    figure.legend(*zip(*named, strict=True), loc="outside right center", title=title)


def _ratio_lines(result: Result, pairs: pd.DataFrame) -> list[Line]:
    """Rectification ratio against |bias| for every curve."""
    lines = []
    for curve in result.curves():
        part = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        lines.append(Line(curve.label, _array(part[BIAS]), _array(part["ratio"])))
    return lines


def _reference(result: Result, x: str, y: str) -> list[Line]:
    """Curves of the case's reference.csv for these axes, one per label."""
    path = case_file(result, "reference.csv")
    table = pd.DataFrame() if path is None else read_table(path)
    if x not in table or y not in table:
        return []
    labels = table["label"] if "label" in table else pd.Series("reference", index=table.index)
    lines = []
    for label, part in table.groupby(labels.fillna("reference"), sort=False):
        part = part[[x, y]].dropna()
        if len(part):
            lines.append(Line(str(label), _array(part[x]), _array(part[y])))
    return lines


def _spread(points: pd.DataFrame, inner: str, most: int = 5) -> list[int]:
    """Numbers of up to `most` points, spread evenly over a curve: both ends, and the middle (zero bias) among them."""
    picked = np.linspace(0, len(points) - 1, min(most, len(points))).round().astype(int)
    return [int(points["point"].iloc[i]) for i in dict.fromkeys(picked)]


def _profile_scale(table: pd.DataFrame, column: str) -> Scale:
    values = table[column]
    unit = split_header(column)[1]
    return engineering(
        [1.0] if unit == "V" and values.abs().max() >= 0.1 else values, unit, centred=_is_wide(_array(values))
    )


def _flows(result: Result) -> bool:
    column = "flow_rate [m^3/s]"
    return column in result.observables and bool(result.observables[column].abs().max() > 0.0)


def _is_wide(values: Array, factor: float = WIDE) -> bool:
    values = values[np.isfinite(values)]
    return len(values) > 1 and bool(values.min() > NOISE * values.max()) and bool(values.max() > factor * values.min())


def _keep_calm(axes: Axes) -> None:
    """Show at least a tenth of the largest value, so that the last digits of a constant do not fill a panel."""
    low, high = axes.get_ylim()
    least = 0.1 * max(abs(low), abs(high))
    if axes.get_yscale() == "linear" and high - low < least:
        middle = 0.5 * (low + high)
        axes.set_ylim(middle - 0.5 * least, middle + 0.5 * least)


def _array(values: Any) -> Array:
    return np.asarray(values, dtype=float)
