"""Figure of the operating point of a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.circuits.common import largest
from postprocess.figures.panels import array, axis_scale
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

MOST_BARS = 24
NOISE = 1e-9
"""Part of the largest value below which a value is zero."""


def operating_point(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Bars of the potentials of all nodes and of the currents through all elements, the largest of very many; None for more
    than one state."""
    if len(result.observables) != 1:
        return None
    groups = [(name, headers) for name, headers in result.groups() if name in ("potential", "current")]
    count = max(min(len(headers), MOST_BARS) for _, headers in groups)
    figure, grid = new_panels(style, len(groups), 4.2, 1.0 + 0.24 * count, across=2)
    if style.width is not None:
        figure.set_figheight((1.0 + 0.24 * count) * len(groups))  # a line of bars needs its height in a column, too
    notes = []
    for axes, (name, headers) in zip(grid, groups, strict=True):
        shown = largest(result, headers, MOST_BARS)
        if len(shown) < len(headers):
            notes.append(f"the {len(shown)} largest of {len(headers)} {name}s")
        _bars(axes, result, name, shown)
    set_title(figure, result.title)
    small_print(figure, "; ".join(notes))
    return figure


def _bars(axes: Axes, result: CircuitResult, name: str, headers: Sequence[str]) -> None:
    unit = "V" if name == "potential" else "A"
    values = array([float(result.observables[header].iloc[0]) for header in headers])
    values = np.where(np.abs(values) < NOISE * float(np.max(np.abs(values), initial=0.0)), 0.0, values)
    scale = axis_scale(values, unit, wide=False)
    rows = np.arange(len(headers))
    axes.barh(rows, values * scale.factor, 0.7, color="C0" if name == "potential" else "C1", zorder=3)
    for row, value in zip(rows, values, strict=True):
        axes.annotate(quantity(float(value), unit), (value * scale.factor, row), (-4 if value < 0.0 else 4, 0),
                      textcoords="offset points", ha="right" if value < 0.0 else "left", va="center",
                      fontsize=7.0)  # fmt: skip
    axes.set_yticks(rows, [result.label(header) for header in headers])
    axes.tick_params(axis="y", length=0.0)
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    axes.axvline(0.0, color="0.25", linewidth=0.8, zorder=4)
    axes.margins(x=0.28)
    axes.set_xlabel(scale.label(name))
