"""What the figures of circuits share: curves of a result, what is measured over them, names of curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.palette import COLOURS, colour_bar
from postprocess.figures.palette import MOST as MOST_VALUES
from postprocess.figures.panels import Array, Line, array, draw_lines, legend
from postprocess.figures.style import Sheet
from postprocess.figures.time_series import CONSTANT
from postprocess.tables.circuit import CircuitResult, readable_key
from postprocess.tables.columns import errors
from postprocess.tables.curve_files import LABEL
from postprocess.tables.reference import reference_of
from postprocess.tables.units import split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = len(COLOURS)
"""Curves of a panel that have names; of more currents the largest are drawn."""
MOST_PANELS = 6
NAMES_ABOVE = 4
"""Names that stand above a panel; more stand beside it."""
SERIES = 1e-6
"""Part of a current by which that of another element differs at most where they are in series."""
SOURCES = ("battery", "voltage_source")


def curves(result: CircuitResult, along: str, header: str) -> list[Line]:
    """A column along another one, a line for each outer value, without those that have no numbers; errors with them."""
    found = []
    for curve in result.curves():
        if header in curve.points and along in curve.points and curve.points[header].notna().any():
            points = curve.points
            bars = f"{split_header(header)[0]}_uncertainty [{split_header(header)[1]}]"
            error = array(points[bars]) if bars in points else errors(points, header)
            found.append(Line(curve.short, array(points[along]), array(points[header]), error, curve.value))
    return found


def measured(result: CircuitResult, along: str, headers: Sequence[str]) -> list[Line]:
    """Measured curves with these axes; the names of their columns where several can be meant."""
    table = reference_of(result).table
    found = []
    for header in headers:
        if along not in table or header not in table:
            continue
        for label, rows in table.groupby(LABEL, sort=False):
            part = rows.dropna(subset=[along, header])
            if len(part):
                name = f"{result.label(header)}, {label}" if len(headers) > 1 else str(label)
                found.append(Line(name, array(part[along]), array(part[header]), errors(part, header)))
    return found


def panel(
    axes: Axes,
    result: CircuitResult,
    along: str,
    header: str,
    name: str = "",
    *,
    markers: bool = True,
    dashes: bool = True,
    log_y: bool = False,
) -> None:
    """A panel with a column against another one, its measured curves too."""
    names = (told(result, along), split_header(along)[1]), (name or told(result, header), split_header(header)[1])
    draw_lines(
        axes, curves(result, along, header), *names,
        reference=measured(result, along, [header]), markers=markers, dashes=dashes, log_y=log_y,
    )  # fmt: skip


def told(result: CircuitResult, header: str) -> str:
    """Name of a column on an axis: "potential of membrane"."""
    for word, headers in (
        ("potential", result.potentials), ("current", result.currents), ("conductance", result.conductances)
    ):  # fmt: skip
        if header in headers:
            return f"{word} of {result.label(header)}"
    return readable_key(header)


def changes(result: CircuitResult, header: str) -> bool:
    """Whether a column has different values."""
    values = array(result.observables[header].dropna())
    return bool(np.ptp(values) > CONSTANT * np.max(np.abs(values))) if len(values) else False


def largest(result: CircuitResult, headers: Sequence[str], most: int = MOST) -> list[str]:
    """The columns with the largest values, in their order."""
    sizes = {header: float(np.nanmax(np.abs(array(result.observables[header])))) for header in headers}
    chosen = sorted(headers, key=lambda header: -sizes[header])[:most]
    return [header for header in headers if header in chosen]


def distinct(result: CircuitResult, columns: Sequence[str]) -> list[str]:
    """Columns without those that are the same as another one, or its negative, as currents of elements in series: sources of
    voltage give way."""

    def gives_way(header: str) -> bool:
        return str(result.elements.get(result.label(header), {}).get("type")) in SOURCES

    found: dict[str, Array] = {}
    for header in sorted(columns, key=gives_way):
        values = np.nan_to_num(np.abs(array(result.observables[header])))
        if all(np.max(np.abs(values - other)) > SERIES * values.max() for other in found.values()):
            found[header] = values
    return [header for header in columns if header in found]


def is_driven(result: CircuitResult, header: str) -> bool:
    """Whether a potential or a current is that of a swept source itself."""
    return any(_is_same(result, header, key) for key in result.parameters)


def _is_same(result: CircuitResult, header: str, key: str) -> bool:
    """Whether a column has the sizes of a swept key."""
    if split_header(header)[1] != split_header(key)[1]:
        return False
    values, along = array(result.observables[header]), array(result.observables[key])
    return bool(
        np.allclose(np.abs(values), np.abs(along), rtol=1e-6, atol=1e-9 * float(np.abs(along).max()), equal_nan=True)
    )


def name_curves(figure: Sheet, axes: Axes) -> None:
    """Names of the curves of a panel, above it or beside it."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 2 * MOST:
        step = -(-len(labels) // MOST)
        handles, labels = [*handles[:-1:step], handles[-1]], [*labels[:-1:step], labels[-1]]
    if len(labels) > 1 and (len(labels) <= NAMES_ABOVE or figure.style.width is not None):
        across = NAMES_ABOVE if sum(map(len, labels)) < 30 else 3
        axes.legend(handles, labels, ncols=across, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
    elif labels:
        axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.05), fontsize=7.0, labelspacing=0.25)


def outer_legend(figure: Sheet, axes: Axes, result: CircuitResult) -> None:
    """Names of the curves of the outer values, or of results, beside all panels; of many values a colour bar."""
    values = [curve.value for curve in result.curves() if curve.value is not None]
    if result.outer is not None and result.legend_title and len(values) > MOST_VALUES:
        name, unit = result.legend_title, split_header(result.outer)[1]
        below = figure.style.width is not None
        colour_bar(figure, figure.axes, array(values), name, unit, below=below)
    elif result.outer is not None or measured_any(axes):
        legend(figure, axes, title=result.legend_title, inside=False)


def measured_any(axes: Axes) -> bool:
    """Whether a panel has curves with names."""
    return bool(axes.get_legend_handles_labels()[1])
