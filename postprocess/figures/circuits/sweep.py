"""Figure of the steady states of a circuit along a swept key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuits.columns import GROWTH
from postprocess.figures.circuits.common import (
    MOST,
    MOST_PANELS,
    NAMES_ABOVE,
    changes,
    distinct,
    is_driven,
    largest,
    measured,
    outer_legend,
    told,
)
from postprocess.figures.panels import WIDE, Line, array, draw_lines, is_wide
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult, readable_key
from postprocess.tables.units import engineering, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from postprocess.tables.result import Curve


def sweep(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Potentials and currents against the swept key: all of them in two panels, or, where there is an outer key or several
    results, a panel for each of the first that differ, with a colour for each of its values. States that are not stable are
    dashed."""
    if not result.parameters or all(len(curve.points) < 2 for curve in result.curves()):
        return None
    columns = [header for header in (*result.potentials, *result.currents) if changes(result, header)]
    notes = []
    if result.outer is None:
        groups = [("potential", [header for header in columns if header in result.potentials])]
        currents = distinct(result, [header for header in columns if header in result.currents])
        groups.append(("current", largest(result, currents)))
        if len(currents) > MOST:
            notes.append(f"the {MOST} largest of {len(currents)} currents")
    else:
        chosen = [header for header in columns if not is_driven(result, header)]
        potentials = [header for header in chosen if header in result.potentials][: MOST_PANELS // 2]
        currents = distinct(result, [header for header in chosen if header in result.currents])
        groups = [(told(result, each), [each]) for each in (*potentials, *currents[: MOST_PANELS - len(potentials)])]
    groups = [(name, headers) for name, headers in groups if headers]
    if not groups:
        return None
    across = min(len(groups), 3)
    figure, grid = new_panels(style, len(groups), 10.5 / max(across, 2.6), 3.1, across=across)
    unstable = False
    for axes, (name, headers) in zip(grid, groups, strict=True):
        unstable |= _draw(axes, result, name, headers)
        if result.outer is None:
            _name(axes)
    if result.outer is not None:
        outer_legend(figure, grid[0], result)
    set_title(figure, result.title)
    small_print(figure, "; ".join([*notes, *(["dashed: states that are not stable"] if unstable else [])]))
    return figure


def _name(axes: Axes) -> None:
    """Names of the curves of a panel: above it, since there is no room where many curves are."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) < 1:
        return
    small, columns = 7.0 if len(labels) > NAMES_ABOVE else None, min(len(labels), NAMES_ABOVE)
    if len(labels) > 2 * NAMES_ABOVE:
        axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.03), fontsize=6.5, labelspacing=0.2)
    else:
        axes.legend(handles, labels, ncols=columns, loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=small,
                    borderaxespad=0.1, columnspacing=1.0, handlelength=1.4)  # fmt: skip


def _draw(axes: Axes, result: CircuitResult, name: str, headers: Sequence[str]) -> bool:
    """Curves of some columns; whether any state is not stable."""
    along, unit = (readable_key(result.inner), split_header(result.inner)[1]), split_header(headers[0])[1]
    drawn_curves = [
        (header, curve) for header in headers for curve in result.curves()
        if header in curve.points and curve.points[header].notna().any()
    ]  # fmt: skip
    several = len(headers) > 1
    lines = [_line(result, header, curve, several=several) for header, curve in drawn_curves]
    if result.outer is None and not several:
        name, lines = told(result, headers[0]), [Line("", lines[0].x, lines[0].y)]
    x = np.concatenate([line.x for line in lines])
    far = bool(x.min() > 0.0 and x.max() > WIDE * x.min()) and not is_wide(x)  # given numbers have no round-off
    names = (f"{along[0]} [{engineering([1.0], along[1]).unit}]", "") if far else along
    draw_lines(axes, lines, names, (name, unit), reference=measured(result, result.inner, headers))
    if far:
        axes.set_xscale("log")
    found = False
    for drawn, (_, curve) in zip(list(axes.lines[: len(lines)]), drawn_curves, strict=True):
        away = array(curve.points[GROWTH]) > 0.0 if GROWTH in curve.points else np.zeros(0, dtype=bool)
        if not away.any():
            continue
        found = True
        x, y = (np.asarray(each, dtype=float) for each in drawn.get_data())
        beside = away.copy()
        beside[1:] |= away[:-1]
        beside[:-1] |= away[1:]
        drawn.set_ydata(np.where(away, np.nan, y))
        axes.plot(x, np.where(beside, y, np.nan), linestyle="--", color=drawn.get_color(), zorder=3)
    return found


def _line(result: CircuitResult, header: str, curve: Curve, *, several: bool) -> Line:
    label = result.label(header) if several else curve.short
    x, y = array(curve.points[result.inner]), array(curve.points[header])
    return Line(label, x, y, value=None if several else curve.value)
