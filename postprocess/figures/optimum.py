"""Figure of an optimisation: the quantity at all evaluations, against every parameter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from postprocess.figures.fit import save_fit
from postprocess.figures.palette import COLOURS
from postprocess.figures.style import Sheet, new_panels, set_title, small_print, style_of
from postprocess.tables.optimum import read_optimum
from postprocess.tables.units import engineering, quantity, readable
from solver.results.headers import header


def draw_optimum(data: Mapping[str, Any], table: pd.DataFrame, style: str = "screen") -> dict[str, Sheet]:
    """The figure of an optimisation by its name (contents of optimum.json and evaluations.csv).

    Raises:
        ResultError: there is no such style.
    """
    look, entries = style_of(style), data["parameters"]
    column, unit = header(data["quantity"], data["unit"]), data["unit"]
    scale = engineering(table[column].abs(), unit)
    with look.context():
        figure, panels = new_panels(look, len(entries), 3.6, 3.2, across=3)
        for axes, entry in zip(panels, entries, strict=True):
            places = engineering([float(x) for x in entry["bounds"]], entry["unit"])
            x, y = table[header(entry["key"], entry["unit"])] * places.factor, table[column] * scale.factor
            axes.scatter(x, y, c=np.arange(len(table)), cmap="viridis", s=16, zorder=3)
            best = float(entry["value"]) * places.factor
            axes.plot([best], [float(data["value"]) * scale.factor], "*", color=COLOURS[1], markersize=11, zorder=4)
            for end in entry["bounds"]:
                axes.axvline(float(end) * places.factor, color="0.7", linewidth=0.8)
            axes.set_xlabel(places.label(readable(entry["key"])))
            axes.set_ylabel(scale.label(data["quantity"].replace("_", " ")))
        kind = "largest" if data["maximise"] else "smallest"
        set_title(figure, f"{data['title'] or data['case']}: {kind} {data['quantity'].replace('_', ' ')}")
        texts = ", ".join(f"{readable(e['key'])} {quantity(float(e['value']), e['unit'])}" for e in entries)
        small_print(
            figure, f"Star: {quantity(float(data['value']), unit)} at {texts}. Dark to bright: order of evaluation"
        )
        return {"optimum": figure}


def plot_optimum(path: Path, out: Path | None = None, style: str = "screen") -> list[Path]:
    """Draw the figure of an optimisation in a folder; gives the files.

    Raises:
        ResultError: it cannot be read, or a file cannot be written.
    """
    data, table = read_optimum(path)
    return save_fit(draw_optimum(data, table, style), out or path / "figures", style)
