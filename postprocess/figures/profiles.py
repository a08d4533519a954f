"""Axial profiles of cross-section averages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from postprocess.figures.coverages import shown_coverages
from postprocess.figures.palette import ordered, tell_apart
from postprocess.figures.panels import array, is_logarithmic, keep_calm
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.columns import spread
from postprocess.tables.kinds import TIME
from postprocess.tables.result import Curve, Result
from postprocess.tables.together import Together
from postprocess.tables.units import Scale, engineering, quantity, readable, split_header

PROFILES = {
    "salt [mol/m^3]": "salt",
    "potential [V]": "potential",
    "charge [C/m^3]": "charge",
    "velocity [m/s]": "axial velocity",
    "surface_charge [C/m^2]": "surface charge",
    "surface_potential [V]": "surface potential",
}

SAME = 1e-6  # mouths that are apart by less than this part of the length are at the same place


def profiles(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Axial profiles of cross-section averages at up to five values of the inner parameter; None without profiles.

    A nested sweep shows its first and its last outer value, solid and dashed, as do several results, whose others are named
    below the panels; a transient nine instants, from dark to light, for the last outer value.
    """
    table = result.profiles
    columns = [name for name in PROFILES if name in table and table[name].abs().max() > 0.0] + shown_coverages(table)
    if table.empty or not columns:
        return None
    curves = [curve for curve in result.curves() if curve.points["point"].isin(table["point"]).any()]
    every = curves
    curves = curves[-1:] if result.transient else curves if len(curves) <= 2 else [curves[0], curves[-1]]
    left_out = [curve.label for curve in every if curve not in curves] if isinstance(result, Together) else []
    across = len(columns) if len(columns) in (1, 3) else 2
    figure, panels = new_panels(style, len(columns), 8.4 / max(across, 2), 2.75, across=across, sharex=True)
    along = engineering(table["axial_position [m]"], "m")
    scales = {column: _profile_scale(table, column) for column in columns}
    handles: dict[str, Any] = {}
    name, unit = readable(result.inner), split_header(result.inner)[1]
    for dashes, curve in zip(("-", "--"), curves, strict=False):
        points = _instants(result, curve) if result.transient else spread(curve.points["point"].tolist(), 5)
        values = [float(curve.points.loc[curve.points["point"] == point, result.inner].iloc[0]) for point in points]
        for colour, point, value in zip(ordered(values), points, values, strict=True):
            part = table[table["point"] == point].sort_values("axial_position [m]")
            for axes, column in zip(panels, columns, strict=False):
                x = part["axial_position [m]"] * along.factor
                axes.plot(x, part[column] * scales[column].factor, dashes, color=colour)
            handles.setdefault(f"{name} = {quantity(value, unit)}", Line2D([], [], color=colour))
    for axes, column in zip(panels, columns, strict=False):
        axes.set_ylabel(scales[column].label(PROFILES.get(column) or result.label(column)))
        if is_logarithmic(array(table[column]), split_header(column)[1]):
            axes.set_yscale("log")
        keep_calm(axes)
        if len(curves) == 1:  # dashes are those of the other outer value
            tell_apart(axes, list(axes.lines))
    title = result.heading if len(handles) > 1 else f"{result.title}, {next(iter(handles))}"
    title += f", {curves[0].label}" if result.transient and curves[0].label else ""
    handles = handles if len(handles) > 1 else {}
    if len(curves) > 1:
        handles |= {c.label: Line2D([], [], color="0.3", linestyle=s) for s, c in zip(("-", "--"), curves, strict=True)}
    mouths = [z * along.factor for z in _mouths(result)]
    ends = [float(z) * along.factor for z in (table["axial_position [m]"].min(), table["axial_position [m]"].max())]
    for axes in panels:
        axes.set_xlim(*ends)
        for z in mouths:
            if ends[0] < z < ends[1]:
                axes.axvline(z, color="0.5", linewidth=0.8, linestyle=":", zorder=1)
    for axes in panels[-across if style.width is None else -1 :]:
        axes.set_xlabel(along.label("axial position z"))
        axes.tick_params(labelbottom=True)
    if handles:
        legend_below(figure, list(handles.values()), list(handles))
    set_title(figure, title)
    small_print(figure, f"not shown: {_listed(left_out)}" if left_out else "")
    return figure


def _mouths(result: Result) -> list[float]:
    """Axial positions of the mouths of the channel [m]; none where those of results that are read as one differ."""
    parts = result.parts if isinstance(result, Together) else (result,)
    first, *others = ([float(z) for z in part.geometry.get("mouths") or []] for part in parts)
    near = SAME * (max(first) - min(first)) if first else 0.0
    same = all(len(other) == len(first) and np.allclose(other, first, rtol=0.0, atol=near) for other in others)
    return first if same else []


def _listed(names: Sequence[str], most: int = 4) -> str:
    """Names in a row, the number of those beyond `most`."""
    if len(names) <= most:
        return "; ".join(names)
    return f"{'; '.join(names[: most - 1])} and {len(names) - most + 1} more"


def _instants(result: Result, curve: Curve, most: int = 9) -> list[int]:
    """Numbers of up to `most` instants of a transient: those with fields, else ones equally far apart."""
    there = set(result.profiles["point"])
    points = [int(point) for point in curve.points["point"] if point in there]
    written = set(result.points_with_fields)
    with_fields = [point for point in points if point in written]
    if len(with_fields) > 1:
        return spread(with_fields, most)
    times = array(curve.points.set_index("point").loc[points, TIME])
    wanted = np.linspace(times[0], times[-1], most)
    return [points[i] for i in dict.fromkeys(int(np.argmin(np.abs(times - time))) for time in wanted)]


def _profile_scale(table: pd.DataFrame, column: str) -> Scale:
    values = table[column]
    unit = split_header(column)[1]
    shown = [1.0] if unit == "V" and values.abs().max() >= 0.1 else values
    return engineering(shown, unit, centred=is_logarithmic(array(values), unit))
