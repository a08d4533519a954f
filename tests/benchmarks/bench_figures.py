"""Curves of the benchmarks: error against unknowns and against time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.ticker import FuncFormatter, LogLocator

from postprocess.figures.palette import COLOURS
from postprocess.figures.style import STYLE, new_figure, save
from tests.benchmarks.bench_report import Entry, error_of

FLOOR = 1e-6
"""Errors below this are not told from those of the references."""


def draw(data: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """One picture for each cone in `folder`; their paths by name of the cone."""
    found = {}
    for name, part in data["precision"].items():
        with mpl.rc_context(STYLE):
            found[name] = _draw(part, folder / f"bench_{name}.png")
    return found


def _draw(part: Mapping[str, Any], path: Path) -> Path:
    figure = new_figure(9.0, 6.6)
    rows = figure.subplots(2, 2, sharey=True)
    for axes_of_row, number, words in zip(rows, ("ratio", "all"), ("ratio", "currents and ratio"), strict=True):
        for axes, x, label in zip(
            axes_of_row, ("unknowns", "seconds"), ("unknowns", "processor time [s]"), strict=True
        ):
            for entries, look in _lines(part):
                points = sorted((float(e[x]), max(error_of(e, number), FLOOR)) for e in entries)
                axes.loglog(*zip(*points, strict=True), **look)
            axes.set_xlabel(label)
            axes.xaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
            axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axes.axhline(part["reference"]["uncertainty"], color="0.6", linewidth=0.7, linestyle=":")
        axes_of_row[0].set_ylabel(f"relative error of {words}")
    handles, labels = rows[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(part["title"])
    return save(figure, path)


def _lines(part: Mapping[str, Any]) -> list[tuple[Sequence[Entry], dict[str, Any]]]:
    lines: list[tuple[Sequence[Entry], dict[str, Any]]] = [
        (part["scan"], {"label": "P2, hand-graded (scan)", "color": "0.65", "marker": ".", "linestyle": "none"})
    ]
    for number, label in enumerate(part["uniform"]):
        degree, mesh = label.split()
        if part["uniform"][label]:
            colour = COLOURS[("P1", "P2", "P3").index(degree) + 2]
            style = {"color": colour, "marker": "so"[number >= 3], "linestyle": "-" if mesh == "default" else "--"}
            lines.append((part["uniform"][label], {"label": f"{degree}, {mesh} mesh refined uniformly", **style}))
    lines.append((part["adapted"], {"label": "P2, adapted by strips", "color": COLOURS[0], "marker": "D"}))
    if part.get("bisected"):
        lines.append((part["bisected"], {"label": "P2, adapted by bisection", "color": COLOURS[1], "marker": "v"}))
    rich = [entry["rich"] for entry in part["adapted"]]
    style = {"color": COLOURS[6], "marker": "x", "linestyle": ":"}
    lines.append((rich, {"label": "P3 on the meshes adapted for P2", **style}))
    return lines
