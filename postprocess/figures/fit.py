"""Figure of a fit: measured numbers, the fitted curve with its confidence band, and the residuals below."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from postprocess.figures.palette import COLOURS
from postprocess.figures.style import (
    SUFFIXES,
    Sheet,
    Style,
    new_figure,
    save,
    save_captions,
    set_title,
    small_print,
    style_of,
)
from postprocess.tables.fit_summary import read_fit
from postprocess.tables.units import engineering, quantity, readable, split_header

NAME, PROFILES = "fit", "profile_likelihood"
MOST_CURVES = len(COLOURS)
LOGARITHMIC = 20.0
"""Ratio of places from which their axis is logarithmic."""


def draw_fit(data: Mapping[str, Any], table: pd.DataFrame, style: str = "screen") -> dict[str, Sheet]:
    """Figures of a fit by name (contents of fit.json and fit.csv).

    Raises:
        ResultError: there is no such style.
    """
    look = style_of(style)
    with look.context():
        found = {NAME: _curves(data, table, look)}
        if data.get("profiles"):
            found[PROFILES] = _profiles(data, look)
        return found


def save_fit(figures: Mapping[str, Sheet], out: Path, style: str) -> list[Path]:
    """Write figures to a folder, or under a file name; gives the files.

    Raises:
        ResultError: a file cannot be written.
    """
    look = style_of(style)
    named = out.suffix.lower() in SUFFIXES and not out.is_dir()
    folder, start, suffix = (out.parent, out.stem, out.suffix) if named else (out, "", look.suffix)
    files = []
    with look.context():
        for name, figure in figures.items():
            stem = "_".join(part for part in (start, name) if part) if not start or len(figures) > 1 else start
            files.append(save(figure, folder / f"{stem}{suffix}"))
    if not look.titled:
        files.append(save_captions(figures, folder / "captions.txt"))
    return files


def plot_fit(path: Path, out: Path | None = None, style: str = "screen") -> list[Path]:
    """Draw the figures of a fit in a folder, into its folder `figures` where nothing else is said; gives the files.

    Raises:
        ResultError: the fit cannot be read, or a file cannot be written.
    """
    data, table = read_fit(path)
    return save_fit(draw_fit(data, table, style), out or path / "figures", style)


def _curves(data: Mapping[str, Any], table: pd.DataFrame, style: Style) -> Sheet:
    along = list(data["data"]["along"])
    quantities = list(dict.fromkeys(table["quantity"]))
    screen = style.width is None
    width = 4.6 * len(quantities) if screen else style.width
    height = 4.2 if screen else 3.4 * len(quantities)
    figure = new_figure(float(width or 4.6), height, style)
    across = len(quantities) if screen else 1
    ratios = [3, 1] * (1 if screen else len(quantities))
    panels = np.atleast_2d(figure.subplots(len(ratios), across, squeeze=False, height_ratios=ratios, sharex=False))
    for k, name in enumerate(quantities):
        upper, lower = (panels[0, k], panels[1, k]) if screen else (panels[2 * k, 0], panels[2 * k + 1, 0])
        lower.sharex(upper)
        _panel(upper, lower, table[table["quantity"] == name], along)
    set_title(figure, f"{data['title'] or data['case']}: fit")
    small_print(figure, _values(data))
    return figure


def _panel(upper: Axes, lower: Axes, table: pd.DataFrame, along: list[str]) -> None:
    *outer, inner = along
    places = engineering(table[inner], split_header(inner)[1])
    if split_header(inner)[1] == "V" and table[inner].abs().max() >= 0.1:
        places = engineering([1.0], "V")
    unit = str(table["unit"].iloc[0]) if isinstance(table["unit"].iloc[0], str) else ""
    scale = engineering(pd.concat([table["measured"].abs(), table["fitted"].abs()]), unit)
    groups = list(table.groupby(outer, sort=False)) if outer else [((), table)]
    for number, (values, part) in enumerate(groups):
        part, colour = part.sort_values(inner, kind="stable"), COLOURS[number % MOST_CURVES]
        x, fitted = part[inner] * places.factor, part["fitted"] * scale.factor
        band, error = part["band"] * scale.factor, part["standard_deviation"] * scale.factor
        label = ", ".join(quantity(float(v), split_header(h)[1]) for h, v in zip(outer, values, strict=True))
        upper.fill_between(x, fitted - band, fitted + band, color=colour, alpha=0.2, linewidth=0)
        upper.plot(x, fitted, color=colour, label=label or "fit")
        look = {"fmt": "o", "color": colour, "markersize": 3.2, "elinewidth": 0.8, "capsize": 1.5, "linestyle": "none"}
        upper.errorbar(x, part["measured"] * scale.factor, yerr=error, label=None if label else "measured", **look)
        lower.fill_between(x, -band, band, color=colour, alpha=0.2, linewidth=0)
        lower.errorbar(x, part["residual"] * scale.factor, yerr=error, **look)
    lower.axhline(0.0, color="0.5", linewidth=0.8, zorder=0)
    smallest = float(table[inner].min())
    if smallest > 0.0 and float(table[inner].max()) > LOGARITHMIC * smallest:
        upper.set_xscale("log")
    lower.set_xlabel(places.label(readable(inner)))
    upper.set_ylabel(scale.label(str(table["quantity"].iloc[0])))
    lower.set_ylabel(scale.label("residual"))
    upper.tick_params(labelbottom=False)
    upper.legend(title=readable(outer[0]) if outer else None)


def _values(data: Mapping[str, Any]) -> str:
    texts = []
    for entry in data["parameters"]:
        error, scale = entry["standard_error"], engineering([float(entry["value"])], entry["unit"])
        shown = f"{float(entry['value']) * scale.factor:.4g}"
        shown += "" if error is None else f" ± {float(error) * scale.factor:.2g}"
        texts.append(f"{readable(entry['key'])} {shown} {scale.unit}".rstrip().replace("-", "−"))
    share = f"{100 * float(data['confidence']):.0f} %"
    return f"{'; '.join(texts)} (standard errors). Band: {share} confidence of the curve"


def _profiles(data: Mapping[str, Any], style: Style) -> Sheet:
    entries = [entry for entry in data["parameters"] if entry["key"] in data["profiles"]]
    screen = style.width is None
    figure = new_figure(
        3.4 * len(entries) if screen else float(style.width or 3.4), 3.0 if screen else 2.4 * len(entries), style
    )
    shape = (1, len(entries)) if screen else (len(entries), 1)
    for axes, entry in zip(figure.subplots(*shape, squeeze=False).ravel(), entries, strict=True):
        curve, scale = data["profiles"][entry["key"]], engineering([float(entry["value"])], entry["unit"])
        values = np.array(curve["values"], dtype=float) * scale.factor
        rise = np.array(curve["increase"], dtype=float)
        axes.plot(values, rise, "o-", color=COLOURS[0])
        if entry["standard_error"]:
            best, error = float(entry["value"]) * scale.factor, float(entry["standard_error"]) * scale.factor
            x = np.linspace(values.min(), values.max(), 100)
            axes.plot(x, ((x - best) / error) ** 2, "--", color="0.5", linewidth=0.9)
        for end in (x for x in curve["interval"] if x is not None):
            axes.axvline(float(end) * scale.factor, color="0.6", linewidth=0.8)
        axes.set_ylim(0.0, 1.1 * max(rise.max(), 1.0))
        axes.set_xlabel(scale.label(readable(entry["key"])))
        axes.set_ylabel("increase of chi²")
    set_title(figure, f"{data['title'] or data['case']}: profile likelihood")
    small_print(figure, "Dashed: by the standard error. Vertical: ends of the confidence interval")
    return figure
