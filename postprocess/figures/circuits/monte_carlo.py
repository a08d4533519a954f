"""Figures of circuits whose parameters scatter: histograms with percentiles, and what follows which parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from postprocess.figures.circuits.common import MOST_PANELS, changes
from postprocess.figures.panels import array, axis_scale
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult, readable_key
from postprocess.tables.units import split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_SAMPLES = 5
PERCENTILES = {5: ":", 50: "-", 95: ":"}


def monte_carlo(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Histograms of what was observed in all samples, with median and the percentiles 5 and 95; None for very few samples,
    and where nothing differs."""
    table = result.observables
    node = result.run["case"]["study"]["node"]
    names = {
        "spikes": "number of spikes", "first_spike [s]": "first spike at", f"peak_{node} [V]": f"peak of {node}",
        "period [s]": "period", f"rest_{node} [V]": f"potential of {node} at rest",
    }  # fmt: skip
    shown = [header for header in names if header in table and changes(result, header)]
    if len(table) < LEAST_SAMPLES or not shown:
        return None
    figure, grid = new_panels(style, len(shown), 3.6, 2.8, across=3)
    for axes, header in zip(grid, shown, strict=True):
        _histogram(axes, result, header, names[header])
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels)
    set_title(figure, result.title)
    small_print(figure, _said(result))
    return figure


def _said(result: CircuitResult) -> str:
    count, spiking = len(result.observables), int((result.observables["spikes"] > 0).sum())
    return f"{spiking} of {count} samples spike"


def _histogram(axes: Axes, result: CircuitResult, header: str, name: str) -> None:
    values = array(result.observables[header].dropna())
    scale = axis_scale(values, split_header(header)[1], wide=False)
    values = values * scale.factor
    if header == "spikes":
        bins = np.arange(values.min() - 0.5, values.max() + 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        bins = np.histogram_bin_edges(values, min(max(int(np.sqrt(len(values))) + 1, 6), 30))
    axes.hist(values, bins=bins, color="C0", alpha=0.75, edgecolor="white", linewidth=0.5, zorder=2)
    for percentile, dash in PERCENTILES.items():
        label = "median" if percentile == 50 else "percentiles 5 and 95" if percentile == 5 else None
        axes.axvline(
            np.percentile(values, percentile), color="0.15", linestyle=dash, linewidth=1.2, label=label, zorder=4
        )
    if np.ptp(values) < 0.02 * float(np.max(np.abs(values))):
        axes.xaxis.set_major_locator(MaxNLocator(3))  # whose numbers have many digits
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(scale.label(name))
    axes.set_ylabel("samples")


def scatter(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Largest potential against each of the parameters that scatter, a point a sample; open ones have no spike."""
    table, shown = result.observables, result.parameters[:MOST_PANELS]
    header = f"peak_{result.run['case']['study']['node']} [V]"
    if len(table) < LEAST_SAMPLES or not shown or not changes(result, header):
        return None
    figure, grid = new_panels(style, len(shown), 3.6, 2.9, across=3, sharey=True)
    values, silent = array(table[header]), np.asarray(table["spikes"] == 0)
    up = axis_scale(values, "V", wide=False)
    for axes, key in zip(grid, shown, strict=True):
        x = array(table[key])
        across = axis_scale(x, split_header(key)[1], wide=False)
        axes.scatter(x[~silent] * across.factor, values[~silent] * up.factor, s=14, color="C0", zorder=3)
        axes.scatter(
            x[silent] * across.factor, values[silent] * up.factor, s=14, facecolor="none", edgecolor="C1", zorder=3
        )
        axes.set_xlabel(across.label(readable_key(key)))
    for axes in grid if style.width is not None else grid[::3]:
        axes.set_ylabel(up.label(f"peak of {result.run['case']['study']['node']}"))
    set_title(figure, result.title)
    small_print(figure, "open circles: no spike" if silent.any() else "")
    return figure
