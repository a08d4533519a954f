"""Figures of a campaign: one quantity against one of its parameters as curves, against two of them as a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from postprocess.figures.palette import MOST, SEQUENCE, colour_bar
from postprocess.figures.palette import scale_of as colour_scale
from postprocess.figures.panels import Array, Line, array, axis_scale, draw_lines, is_wide, legend
from postprocess.figures.style import (
    SCREEN,
    SUFFIXES,
    Sheet,
    Style,
    new_panels,
    save,
    save_captions,
    set_title,
    small_print,
    style_of,
)
from postprocess.tables.campaign import CampaignTables, load_campaign
from postprocess.tables.columns import errors
from postprocess.tables.uncertainty import percent
from postprocess.tables.units import Scale, readable, split_header
from solver.results.rows import ResultError
from solver.results.units import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

USUAL = ("current", "impedance_magnitude", "conductance")
"""Quantities that are drawn when none is named, the first that there is."""

FOLDER = "figures"
PLACE = "place on the axis"
TICKS = 8
"""Values of a parameter that all get a tick."""
DECADES = 100.0
"""Span of an axis below which 1, 2 and 5 of each decade have numbers."""


@dataclass(frozen=True, eq=False)
class _Shown:
    """What a figure shows.

    Attributes:
        tables: of the campaign.
        rows: those that are drawn.
        column: header of the quantity.
        keys: headers of the parameters that it is drawn against.
        others: headers of what differs between rows besides.
    """

    tables: CampaignTables
    rows: pd.DataFrame
    column: str
    keys: Sequence[str]
    others: Sequence[str]

    @property
    def sampled(self) -> bool:
        """Whether no value of the first parameter comes twice, so that points make neither curves nor a grid."""
        return not self.rows.duplicated(self.keys[0]).any() and (len(self.keys) > 1 or bool(self.others))

    @property
    def quantity(self) -> tuple[str, str]:
        """Name and unit of the quantity."""
        label = (self.tables.description.get("columns") or {}).get(self.column)
        return str(label or readable(self.column)), split_header(self.column)[1]

    def is_numeric(self, name: str) -> bool:
        """Whether a column has numbers."""
        known = self.tables.parameters.get(name, {}).get("unit", "") is not None
        return known and bool(pd.api.types.is_numeric_dtype(self.rows[name]))

    def is_logarithmic(self, key: str) -> bool:
        """Whether the axis of a parameter is logarithmic."""
        numbers = array(self.rows[key])
        return bool(np.all(numbers > 0.0)) and (self.tables.is_logarithmic(key) or is_wide(numbers))

    def named(self, name: str, value: object) -> str:
        """Name and value of a parameter."""
        if not self.is_numeric(name):
            return f"{readable(name)} = {value}"
        return self.tables.swept(name).named(float(value))  # type: ignore[arg-type]

    def also_varied(self) -> str:
        """What differs between points and is on no axis."""
        return f"also varied: {', '.join(map(readable, self.others))}" if self.others else ""


def draw_campaign(
    tables: CampaignTables,
    quantity: str | None = None,
    against: Sequence[str] = (),
    at: Iterable[str] = (),
    style: Style = SCREEN,
) -> Sheet:
    """One quantity against one parameter, with a curve for all values of the others, or against two as a map.

    Args:
        tables: of the campaign.
        quantity: name of a column of its table or its summary; default the current.
        against: keys of one or two parameters; default the first with numbers.
        at: values of what the rows of a point differ in, such as "1 V", or KEY=value of other parameters; default the last.

    Raises:
        ResultError: something of this is not there, or leaves more than a map can show.
    """
    table, column = tables.quantity(quantity or _usual(tables))
    keys = [tables.parameter(key) for key in against] or _first(tables)
    if len(keys) > 2:
        raise ResultError("--against takes one key for curves, or two for a map")
    rows, placed = tables.chosen(table, tuple(at))
    rows = rows[rows[column].notna()]
    if not len(rows):
        raise ResultError(f"{tables.path} has no numbers of {column} there")
    along = [name for name in (tables.along,) if name is not None and name in rows]
    ends = [] if placed else along  # they may differ between points, as the ends of runs in time do
    varied = [*tables.parameters, *(name for name in (*tables.outer, *along) if name in rows and name not in ends)]
    others = [name for name in varied if name not in keys and rows[name].nunique() > 1]
    fixed = [tables.swept(name).named(float(rows[name].iloc[0])) for name in along if rows[name].nunique() == 1]
    fixed += [f"at the largest {readable(name)} of each point" for name in ends if rows[name].nunique() > 1]
    shown = _Shown(tables, rows, column, keys, others)
    with style.context():
        figure, (axes,) = new_panels(style, 1, 4.6, 3.4)
        note = _curves(figure, axes, shown) if len(keys) == 1 else _map(figure, axes, shown)
        set_title(figure, ", ".join([tables.title, *fixed]))
        small_print(figure, note)
    return figure


def plot_campaign(
    path: Path,
    out: Path | None = None,
    quantity: str | None = None,
    against: Sequence[str] = (),
    at: Iterable[str] = (),
    style: str = SCREEN.name,
) -> list[Path]:
    """Draw a figure of the campaign in a folder; returns the files.

    out: folder, or a file name whose suffix tells the format; default `figures` in the campaign. Others: as `draw_campaign`.

    Raises:
        ResultError: there is no such campaign, quantity, parameter or style, or a file cannot be written.
    """
    look, tables = style_of(style), load_campaign(path)
    figure = draw_campaign(tables, quantity, against, at, look)
    file = _file(tables, out, quantity or _usual(tables), against, look)
    with look.context():
        files = [save(figure, file)]
    return files if look.titled else [*files, save_captions({file.name: figure}, file.with_name("captions.txt"))]


def _file(tables: CampaignTables, out: Path | None, quantity: str, against: Sequence[str], style: Style) -> Path:
    if out is not None and out.suffix.lower() in SUFFIXES and not out.is_dir():
        return out
    if out is not None and out.is_file():
        raise ResultError(f"{out} is a file; give a directory, or a file name that ends in {', '.join(SUFFIXES)}")
    words = [split_header(quantity)[0], *(split_header(tables.parameter(key))[0] for key in against)]
    name = "-".join(word.replace(".", "_") for word in words)
    return (tables.path / FOLDER if out is None else out) / f"{name}{style.suffix}"


def _usual(tables: CampaignTables) -> str:
    names = {split_header(column)[0] for column in tables.table.columns}
    found = next((name for name in USUAL if name in names), None)
    if found is None:
        raise ResultError(f"{tables.path} has no rows yet; say what to draw with --quantity once there are some")
    return found


def _first(tables: CampaignTables) -> list[str]:
    """The first parameter that takes several numbers."""
    numeric = [header for header, each in tables.parameters.items() if each["unit"] is not None]
    several = [header for header in numeric if len(tables.parameters[header]["values"]) > 1]
    return (several or numeric or list(tables.parameters))[:1]


def _curves(figure: Sheet, axes: Axes, shown: _Shown) -> str:
    """Curves against one parameter, or points where the others were sampled with it; the remark below the figure."""
    (key,), others, column = shown.keys, shown.others, shown.column
    names = [] if shown.is_numeric(key) else list(dict.fromkeys(str(value) for value in shown.rows[key]))
    places = [float(names.index(str(value))) for value in shown.rows[key]] if names else array(shown.rows[key])
    rows = shown.rows.assign(**{PLACE: places}).sort_values(PLACE, kind="stable")
    alone = shown.sampled or not others
    groups: list[tuple[Any, pd.DataFrame]] = [((), rows)] if alone else list(rows.groupby(list(others), sort=True))
    ordered_by = others[0] if len(others) == 1 and not alone and shown.is_numeric(others[0]) else None
    lines = []
    for values, part in groups:
        label = ", ".join(shown.named(name, value) for name, value in zip(others, values, strict=False))
        label = label if ordered_by is None else shown.tables.swept(ordered_by).text(float(values[0]))
        order = float(values[0]) if ordered_by else None
        lines.append(Line(label, array(part[PLACE]), array(part[column]), errors(part, column), order))
    if ordered_by and len(lines) > MOST:
        lines = [replace(line, label="") for line in lines]
    along = readable(key), "" if names else split_header(key)[1]
    largest = draw_lines(axes, lines, along, shown.quantity, zero_lines=not names)
    scale = axis_scale(np.concatenate([line.x for line in lines]), along[1], is_wide(array(rows[PLACE])))
    if names:
        axes.set_xticks(range(len(names)), names)
    else:
        _ticks(axes.xaxis, shown, key, scale)
    for line in axes.lines if shown.sampled else ():
        line.set_linestyle("")
    if ordered_by and len(lines) > MOST:
        column_wide = figure.style.width is not None
        figure.set_figwidth(figure.get_figwidth() + (0.0 if column_wide else 0.9))
        distinct = np.unique(array(rows[ordered_by]))
        colour_bar(figure, [axes], distinct, readable(ordered_by), split_header(ordered_by)[1], below=column_wide)
    else:
        legend(figure, axes, title=readable(ordered_by) if ordered_by else None)
    bars = "" if np.isnan(largest) else f"error bars: numerical error, largest {percent(largest)}"
    return "; ".join(text for text in (shown.also_varied() if shown.sampled else "", bars) if text)


def _map(figure: Sheet, axes: Axes, shown: _Shown) -> str:
    """Colours over two parameters: of a grid its cells, of samples a disc each; the remark below the figure."""
    rows = shown.rows
    if words := [key for key in shown.keys if not shown.is_numeric(key)]:
        raise ResultError(f"the values of {words[0]} are no numbers; a map needs two parameters with numbers")
    if shown.others and not shown.sampled:
        name = shown.others[0]
        value = (
            shown.tables.swept(name).text(float(rows[name].iloc[0])) if shown.is_numeric(name) else rows[name].iloc[0]
        )
        raise ResultError(f"a map needs one value of all else; choose e.g. --at '{split_header(name)[0]}={value}'")
    values = array(rows[shown.column])
    name, unit = shown.quantity
    scale = axis_scale(values, unit, is_wide(values))
    norm = colour_scale(values, scale.factor)
    across, up = (axis_scale(array(rows[key]), split_header(key)[1], is_wide(array(rows[key]))) for key in shown.keys)
    lost = 0
    if shown.sampled:
        x, y = (array(rows[key]) * each.factor for key, each in zip(shown.keys, (across, up), strict=True))
        axes.scatter(x, y, c=values * scale.factor, cmap=SEQUENCE, norm=norm, s=34, edgecolors="0.2", zorder=3)
    else:
        x_key, y_key = shown.keys
        cells = rows.pivot_table(index=y_key, columns=x_key, values=shown.column, sort=True)
        x = edges(array(cells.columns) * across.factor, shown.is_logarithmic(x_key))
        y = edges(array(cells.index) * up.factor, shown.is_logarithmic(y_key))
        axes.pcolormesh(x, y, cells.to_numpy() * scale.factor, cmap=SEQUENCE, norm=norm, zorder=1)
        axes.set_facecolor("0.85")
        axes.grid(visible=False)
        lost = int(cells.isna().sum().sum())
    for key, axis, each in zip(shown.keys, (axes.xaxis, axes.yaxis), (across, up), strict=True):
        _ticks(axis, shown, key, each)
        axis.set_label_text(each.label(readable(key)))
    bar = figure.colorbar(ScalarMappable(norm, SEQUENCE), ax=axes, pad=0.02, aspect=30)
    bar.set_label(scale.label(name))
    bar.outline.set_linewidth(0.6)
    if isinstance(norm, LogNorm):
        _plain_numbers(bar.ax.yaxis, norm.vmax / norm.vmin)
    missing = f"grey: {lost} point{'s' * (lost > 1)} without a number" if lost else ""
    return "; ".join(text for text in (shown.also_varied(), missing) if text)


def _ticks(axis: Axis, shown: _Shown, key: str, scale: Scale) -> None:
    """Logarithmic or linear axis of a parameter, with ticks at its values where these are few."""
    values = np.unique(array(shown.rows[key])) * scale.factor
    logarithmic = shown.is_logarithmic(key)
    if logarithmic:
        getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    if not shown.sampled and len(values) <= TICKS and (logarithmic or len(shown.keys) > 1):
        axis.set_ticks(values, [number_text(float(value), 3) for value in values])
        axis.set_minor_locator(NullLocator())
    elif logarithmic:
        _plain_numbers(axis, float(values[-1] / values[0]))


def _plain_numbers(axis: Axis, span: float) -> None:
    """Numbers instead of powers on a logarithmic axis: at 1, 2 and 5 of each decade where there are few decades."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if span < DECADES else (1.0,), numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number_text(float(value), 3)))
    axis.set_minor_formatter(NullFormatter())


def edges(centres: Array, logarithmic: bool) -> Array:
    """Boundaries of cells around values in ascending order, half way between them."""
    places = np.log(centres) if logarithmic else centres
    half = 0.5 * np.diff(places)
    if not len(half):
        half = np.array([0.5 if logarithmic or not places[0] else 0.5 * abs(places[0])])
    found = np.concatenate([[places[0] - half[0]], places[:-1] + half[: len(places) - 1], [places[-1] + half[-1]]])
    return np.asarray(np.exp(found) if logarithmic else found)
