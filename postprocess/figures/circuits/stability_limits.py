"""Figure of the limits of stability of a circuit along a key: Hopf points, and where states begin to run away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuits.columns import GROWTH, POTENTIAL
from postprocess.figures.circuits.common import NAMES_ABOVE
from postprocess.figures.panels import Array, array, axis_scale
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.circuit import BRANCH, CircuitResult, readable_key
from postprocess.tables.units import engineering, quantity, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NODES = 6


def stability_limits(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Growth rate and potentials of the operating points along the key, dashed where these are not stable, with the limits as
    points; None for a result without the states along the key."""
    branch = result.summary.get(BRANCH)
    if not branch:
        return None
    columns = {str(header): array(values) for header, values in branch.items()}
    along = next(iter(columns))
    limits = {str(header): array(result.observables[header]) for header in result.observables if header != "hopf"}
    changing = [
        header for header in columns
        if header.startswith(POTENTIAL) and np.ptp(columns[header]) > 1e-6 * np.max(np.abs(columns[header]))
    ][:MOST_NODES]  # fmt: skip
    figure, grid = new_panels(style, 1 + bool(changing), 4.4, 3.3, across=2)
    _draw(grid[0], columns, limits, along, [GROWTH], "growth rate")
    grid[0].axhline(0.0, color="0.25", linewidth=0.9, zorder=2)
    if changing:
        name = "potential" if len(changing) > 1 else f"potential of {split_header(changing[0])[0][len(POTENTIAL) :]}"
        _draw(grid[1], columns, limits, along, changing, name)
        handles, labels = grid[1].get_legend_handles_labels()
        if len(labels) > NAMES_ABOVE:
            legend_below(figure, handles, labels)
        elif len(labels) > 1:
            grid[1].legend()
    set_title(figure, result.title)
    unstable = bool((columns[GROWTH] > 0.0).any())
    small_print(figure, "; ".join([*_said(result), *(["dashed: states that are not stable"] if unstable else [])]))
    return figure


def _said(result: CircuitResult) -> list[str]:
    """A text for every limit."""
    table, texts = result.observables, []
    for _, row in table.iterrows():
        where, hopf = quantity(float(row[result.inner]), split_header(result.inner)[1], 6), _is_true(row["hopf"])
        kind = f"Hopf point with {quantity(float(row['frequency [Hz]']), 'Hz')}" if hopf else "limit of stability"
        texts.append(f"{kind} at {where}, {'stable' if _is_true(row['stable_beyond']) else 'not stable'} beyond")
    return texts or ["no limit of stability between these values"]


def _is_true(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "1.0")


def _draw(
    axes: Axes, columns: Mapping[str, Array], limits: Mapping[str, Array], along: str, headers: Sequence[str], name: str
) -> None:
    """Columns against the key, with the limits as points on them."""
    unit = split_header(headers[0])[1]
    x, everything = columns[along], np.concatenate([columns[header] for header in headers])
    across, up = axis_scale(x, split_header(along)[1], wide=False), axis_scale(everything, unit, wide=False)
    crossing = limits[along]
    for k, header in enumerate(headers):
        at_limits = np.zeros(len(crossing)) if header == GROWTH else limits[header]
        places, growth = np.concatenate([x, crossing]), np.concatenate([columns[GROWTH], np.zeros(len(crossing))])
        values = np.concatenate([columns[header], at_limits])
        order = np.argsort(places, kind="stable")
        places, growth, values = places[order] * across.factor, growth[order], values[order] * up.factor
        axes.plot(places, np.where(growth <= 0.0, values, np.nan), color=f"C{k}",
                  label=split_header(header)[0].removeprefix(POTENTIAL), zorder=3)  # fmt: skip
        # an unstable state is joined with the limits beside it
        apart = growth > 0.0
        beside = apart | (np.append(apart[1:], False) | np.append(False, apart[:-1])) & (growth == 0.0)
        axes.plot(places, np.where(beside, values, np.nan), "--", color=f"C{k}", zorder=3)
        axes.plot(crossing * across.factor, at_limits * up.factor, "o", color="0.15", markersize=5.0, zorder=5)
    axes.set_xlabel(across.label(readable_key(along)))
    axes.set_ylabel(up.label(name) if unit != "1/s" else engineering([1.0], unit).label(name))
