"""Figure of spikes over one key or two: curves, or maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Normalize
from matplotlib.ticker import MaxNLocator

from postprocess.figures.campaign import edges
from postprocess.figures.circuits.common import changes, outer_legend, panel
from postprocess.figures.palette import SEQUENCE
from postprocess.figures.panels import array, axis_scale, is_wide
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult, readable_key
from postprocess.tables.units import split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPIKES, FIRST = "spikes", "first_spike [s]"
DISTINCT = 12
"""Numbers of spikes that have a colour each."""


def spike_map(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Number of spikes, instant of the first one and largest potential: maps over two keys, curves over one. None for a
    single point."""
    if len(result.observables) < 2:
        return None
    node = result.run["case"]["study"]["node"]
    peak = f"peak_{node} [V]"
    names = {SPIKES: "number of spikes", FIRST: "first spike at", peak: f"peak of {node}"}
    shown = [header for header in (SPIKES, FIRST, peak) if header == SPIKES or changes(result, header)]
    is_map = result.outer is not None and min(result.observables[key].nunique() for key in result.parameters) > 1
    if not is_map:
        figure, grid = new_panels(style, len(shown), 3.8, 2.9, across=3)
        for axes, header in zip(grid, shown, strict=True):
            panel(axes, result, result.inner, header, names[header])
            if header == SPIKES:
                axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        outer_legend(figure, grid[0], result)
        set_title(figure, result.title)
        return figure
    figure, grid = new_panels(style, len(shown), 4.4, 3.3, across=3)
    for axes, header in zip(grid, shown, strict=True):
        _map(figure, axes, result, header, names[header])
    set_title(figure, result.title)
    small_print(figure, "grey: no spike" if FIRST in shown and result.observables[FIRST].isna().any() else "")
    return figure


def _map(figure: Sheet, axes: Axes, result: CircuitResult, header: str, name: str) -> None:
    """Coloured cells of the inner key across and the outer one up."""
    x_key, y_key = result.inner, str(result.outer)
    cells = result.observables.pivot_table(index=y_key, columns=x_key, values=header, sort=True, dropna=False)
    x, y = array(cells.columns), array(cells.index)
    across, up = (axis_scale(each, split_header(key)[1], is_wide(each)) for each, key in ((x, x_key), (y, y_key)))
    values, unit = cells.to_numpy(dtype=float), split_header(header)[1]
    scale = axis_scale(values[np.isfinite(values)], unit, wide=False)
    values = values * scale.factor
    norm: Normalize = Normalize(float(np.nanmin(values)), float(np.nanmax(values)))
    if header == SPIKES and values.max() - values.min() < DISTINCT:
        norm = BoundaryNorm(np.arange(values.min() - 0.5, max(values.max(), values.min() + 1.0) + 1.0), SEQUENCE.N)
    axes.pcolormesh(
        edges(x * across.factor, is_wide(x)),
        edges(y * up.factor, is_wide(y)),
        values,
        cmap=SEQUENCE,
        norm=norm,
        zorder=1,
    )
    axes.set_facecolor("0.85")
    axes.grid(visible=False)
    if is_wide(x):
        axes.set_xscale("log")
    if is_wide(y):
        axes.set_yscale("log")
    axes.set_xlabel(across.label(readable_key(x_key)))
    axes.set_ylabel(up.label(readable_key(y_key)))
    bar = figure.colorbar(ScalarMappable(norm, SEQUENCE), ax=axes, pad=0.02, aspect=30)
    bar.set_label(scale.label(name))
    bar.outline.set_linewidth(0.6)
    if isinstance(norm, BoundaryNorm):
        ticks = np.arange(values.min(), max(values.max(), values.min() + 1.0) + 0.5)
        bar.set_ticks(ticks, labels=[f"{tick:.0f}" for tick in ticks])
        bar.ax.minorticks_off()
