"""Figure of a circuit in time: potentials, currents, conductances of compact models and what else changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.circuits.common import (
    MOST,
    MOST_PANELS,
    changes,
    curves,
    distinct,
    largest,
    measured,
    name_curves,
    outer_legend,
    told,
)
from postprocess.figures.panels import Line, array, draw_lines
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.figures.time_series import BRIEF, usual_range
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import engineering, quantity, split_header
from solver.results.headers import TIME

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OF_EACH = 2
"""Panels of each kind of column where each has one of its own; potentials take those that others leave."""


def time_series(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Potentials of the nodes, currents of the elements, conductances of compact models and what else changes, against time.

    What stays constant has no curve; the small print names it. Spikes at jumps of a source are cut off, and told as well.
    Of several results each column has a panel, with a colour for each result. None for a single instant.
    """
    if len(result.observables) < 2:
        return None
    groups, notes = _groups(result) if result.outer is None else _single(result)
    figure, grid = new_panels(style, len(groups), 6.4, 1.9, sharex=True)
    for axes, (name, headers) in zip(grid, groups, strict=True):
        notes.append(_draw(axes, result, name, headers))
        if axes is not grid[-1]:
            axes.set_xlabel("")
        axes.margins(x=0.02)
        if result.outer is None:
            name_curves(figure, axes)
    if result.outer is not None:
        outer_legend(figure, grid[0], result)
    figure.align_ylabels(grid)
    set_title(figure, result.title)
    small_print(figure, "; ".join(note for note in notes if note))
    return figure


def _groups(result: CircuitResult) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Name and columns of each panel, and what is said of those that have none."""
    notes, found = [], []
    still = [header for header in result.potentials if not changes(result, header)]
    if still:
        said = [f"{result.label(header)} {quantity(_value(result, header), 'V')}" for header in still[:MOST]]
        notes.append("constant potentials: " + ", ".join(said) + (" ..." if len(still) > MOST else ""))
    for name, headers in result.groups():
        changing = [header for header in headers if changes(result, header) and not _is_shown(result, header)]
        if name == "current":
            changing = distinct(result, changing)
        chosen = changing if name == "potential" else largest(result, changing)
        if len(chosen) < len(changing):
            notes.append(f"the {len(chosen)} largest of {len(changing)} {name}s")
        if chosen:
            found.append((name, chosen))
    return (found or [("potential", result.potentials)]), notes


def _single(result: CircuitResult) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The same with a column in each panel."""
    found: list[str] = []
    for name, headers in result.groups():
        changing = [header for header in headers if changes(result, header) and not _is_shown(result, header)]
        changing = distinct(result, changing) if name == "current" else changing
        found += changing[: MOST // 2] if name == "potential" else largest(result, changing, OF_EACH)
    shown = (found or result.potentials)[:MOST_PANELS]
    left = len(found) - len(shown)
    return [(_in_two_lines(told(result, header)), [header]) for header in shown], [
        f"{left} further ones"
    ] if left else []


def _in_two_lines(name: str) -> str:
    return name.replace(" of ", " of\n", 1)


def _is_shown(result: CircuitResult, header: str) -> bool:
    """Whether a column is that of the voltage of an input, which is the potential of its node."""
    if not header.startswith("voltage_"):
        return False
    values = array(result.observables[header])
    return any(
        np.allclose(values, array(result.observables[node]), atol=1e-9, equal_nan=True) for node in result.potentials
    )


def _draw(axes: Axes, result: CircuitResult, name: str, headers: Sequence[str]) -> str:
    unit = split_header(headers[0])[1]
    if result.outer is None:
        times = array(result.observables[TIME])
        lines = [Line(result.short(header), times, array(result.observables[header])) for header in headers]
    else:
        lines = curves(result, TIME, headers[0])
    overlaid = measured(result, TIME, headers)
    if result.outer is None and len(lines) == 1:
        alone = lines[0].label
        name = f"{name} of\n{alone}" if alone != name else name
        lines = [Line("", lines[0].x, lines[0].y)]
    spike, range_ = 0.0, (0.0, 0.0)
    if unit == "A" and max(len(line.x) for line in lines) > MOST and not overlaid:
        range_, spike = usual_range(lines, BRIEF)
    if spike:
        reach = range_[1] - range_[0]
        lines = [
            Line(each.label, each.x, np.clip(each.y, range_[0] - reach, range_[1] + reach), value=each.value)
            for each in lines
        ]
    # what is mostly at rest coincides there, and nowhere else
    draw_lines(axes, lines, ("time", "s"), (name, unit), markers=False, dashes=False, reference=overlaid)
    if not spike or axes.get_yscale() == "log":
        return ""
    factor = engineering(np.concatenate([line.y for line in lines]), unit).factor
    axes.set_ylim(range_[0] * factor, range_[1] * factor)
    name = name.replace("\n", " ")
    return f"spikes of the {name} up to {quantity(spike, unit)} lie beyond the panel"


def _value(result: CircuitResult, header: str) -> float:
    return float(array(result.observables[header])[-1])
