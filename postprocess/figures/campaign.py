"""Figures of a campaign: one quantity against one of its parameters as curves, against two of them as a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable

from postprocess.figures.palette import MOST, SEQUENCE, colour_bar, scale_of
from postprocess.figures.panels import Array, Line, array, axis_scale, draw_lines, is_wide, legend
from postprocess.figures.style import SCREEN, SUFFIXES, Sheet, Style, new_panels, save, save_captions, set_title, small_print, style_of
from postprocess.tables.campaign import CampaignTables, load_campaign
from postprocess.tables.columns import errors
from postprocess.tables.uncertainty import percent
from postprocess.tables.units import readable, split_header
from solver.results.rows import ResultError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

USUAL = ("current", "impedance_magnitude", "conductance")
"""Quantities that are drawn when none is named, the first that there is."""

FOLDER = "figures"


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
    rows, fixed = _rows(tables, table, tuple(at))
    rows = rows[rows[column].notna()]
    if not len(rows):
        raise ResultError(f"{tables.path} has no numbers of {column} there")
    others = [name for name in (*tables.parameters, *_within(tables, rows)) if name not in keys and rows[name].nunique() > 1]
    with style.context():
        figure, (axes,) = new_panels(style, 1, 4.6, 3.4)
        note = _curves(figure, axes, tables, rows, column, keys[0], others) if len(keys) == 1 else _map(
            figure, axes, tables, rows, column, keys, others
        )
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
    words = [quantity, *(split_header(tables.parameter(key))[0] for key in against)]
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


def _rows(tables: CampaignTables, table: pd.DataFrame, at: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The rows that are drawn, and in words what is the same in all of them."""
    if table is tables.summary:
        return table, []
    rows, along = tables.chosen(at), tables.along
    if along is None:
        return rows, []
    if not any(_is_about(condition, along) for text in at for condition in text.split(",")):
        rows = rows[np.isclose(rows[along].astype(float), float(rows[along].max()))]
    return rows, [tables.swept(along).named(float(rows[along].iloc[0]))] if len(rows) and rows[along].nunique() == 1 else []


def _is_about(condition: str, along: str) -> bool:
    key, equals, _ = condition.rpartition("=")
    return not equals or key.strip() in (along, split_header(along)[0])


def _within(tables: CampaignTables, rows: pd.DataFrame) -> list[str]:
    return [tables.along] if tables.along is not None and tables.along in rows else []


def _curves(
    figure: Sheet, axes: Axes, tables: CampaignTables, rows: pd.DataFrame, column: str, key: str, others: Sequence[str]
) -> str:
    """Curves against one parameter, or points where the others were sampled with it; the remark below the figure."""
    positions, ticks = _positions(tables, rows, key)
    rows = rows.assign(**{"_x": positions}).sort_values("_x", kind="stable")
    scattered = bool(others) and not rows.duplicated(key).any()
    groups = [((), rows)] if scattered or not others else list(rows.groupby(list(others), sort=True))
    single = others[0] if len(others) == 1 and others[0] in _numeric(tables, rows, others) else None
    many = single is not None and len(groups) > MOST
    lines = [
        Line(
            "" if many or not values else ", ".join(_named(tables, name, value) for name, value in zip(others, values, strict=True)),
            array(part["_x"]), array(part[column]), errors(part, column), float(values[0]) if single and values else None,
        )
        for values, part in groups
    ]  # fmt: skip
    unit = "" if ticks else split_header(key)[1]
    name = (readable(key), unit)
    largest = draw_lines(axes, lines, name, (_label(tables, column), split_header(column)[1]), zero_lines=not ticks)
    if ticks:
        axes.set_xticks(range(len(ticks)), ticks)
    elif tables.is_logarithmic(key) and bool((rows[key] > 0).all()):
        axes.set_xscale("log")
    if scattered:
        for line in axes.lines:
            line.set_linestyle("")
    if many and single is not None:
        figure.set_figwidth(figure.get_figwidth() + (0.9 if figure.style.width is None else 0.0))
        colour_bar(figure, [axes], np.unique(rows[single].astype(float)), readable(single), split_header(single)[1],
                   below=figure.style.width is not None)  # fmt: skip
    elif not scattered:
        legend(figure, axes)
    varied = f"also varied: {', '.join(readable(name) for name in others)}" if scattered else ""
    bars = "" if largest != largest else f"error bars: numerical error, largest {percent(largest)}"
    return "; ".join(text for text in (varied, bars) if text)


def _map(
    figure: Sheet, axes: Axes, tables: CampaignTables, rows: pd.DataFrame, column: str, keys: Sequence[str], others: Sequence[str]
) -> str:
    """Colours over two parameters: of a grid its cells, of samples a disc each; the remark below the figure."""
    x, y = keys
    for key in keys:
        if key not in _numeric(tables, rows, keys):
            raise ResultError(f"the values of {key} are no numbers; a map needs two parameters with numbers")
    sampled = not rows.duplicated(x).any()
    if others and not sampled:
        given = "; ".join(f"--at '{split_header(name)[0]}={tables.swept(name).text(float(rows[name].iloc[0]))}'"
                          if name in _numeric(tables, rows, others) else split_header(name)[0] for name in others)  # fmt: skip
        raise ResultError(f"a map needs one value of everything else; choose with e.g. {given}")
    value = axis_scale(array(rows[column]), split_header(column)[1], is_wide(array(rows[column])))
    numbers = array(rows[column]) * value.factor
    norm = scale_of(numbers)
    scales = []
    for key in keys:
        values = array(rows[key])
        scales.append(axis_scale(values, split_header(key)[1], is_wide(values)))
    if sampled:
        axes.scatter(array(rows[x]) * scales[0].factor, array(rows[y]) * scales[1].factor, c=numbers, cmap=SEQUENCE, norm=norm,
                     s=34, edgecolors="0.2", linewidths=0.4, zorder=3)  # fmt: skip
    else:
        cells = rows.pivot_table(index=y, columns=x, values=column, sort=True)
        edges = [_edges(array(axis) * scale.factor, _spaced(tables, key, axis))
                 for axis, scale, key in ((cells.columns, scales[0], x), (cells.index, scales[1], y))]  # fmt: skip
        axes.pcolormesh(*edges, cells.to_numpy() * value.factor, cmap=SEQUENCE, norm=norm, zorder=1)
        axes.set_facecolor("0.85")
        axes.grid(visible=False)
    for key, axis, scale in ((x, "x", scales[0]), (y, "y", scales[1])):
        if _spaced(tables, key, rows[key]):
            getattr(axes, f"set_{axis}scale")("log")
        getattr(axes, f"set_{axis}label")(scale.label(readable(key)))
    bar = figure.colorbar(ScalarMappable(norm, SEQUENCE), ax=axes, pad=0.02, aspect=30)
    bar.set_label(value.label(_label(tables, column)))
    bar.outline.set_linewidth(0.6)
    lost = 0 if sampled else int(cells.isna().sum().sum())
    varied = f"also varied: {', '.join(readable(name) for name in others)}" if others else ""
    return "; ".join(text for text in (varied, f"grey: {lost} points that are missing" if lost else "") if text)


def _spaced(tables: CampaignTables, key: str, values: pd.Series[float] | pd.Index[float]) -> bool:
    """Whether the axis of a parameter is logarithmic."""
    numbers = array(values)
    return bool(np.all(numbers > 0.0)) and (tables.is_logarithmic(key) or is_wide(numbers))


def _edges(centres: Array, logarithmic: bool) -> Array:
    """Boundaries of cells around values in ascending order, half way between them."""
    places = np.log(centres) if logarithmic else centres
    if len(places) == 1:
        half = np.array([0.5 if logarithmic or not places[0] else 0.5 * abs(places[0])])
    else:
        half = 0.5 * np.diff(places)
    found = np.concatenate([[places[0] - half[0]], places[:-1] + half[: len(places) - 1], [places[-1] + half[-1]]])
    return np.asarray(np.exp(found) if logarithmic else found)


def _positions(tables: CampaignTables, rows: pd.DataFrame, key: str) -> tuple[Array, list[str]]:
    """Abscissas of rows, and names of places where the values of a parameter are no numbers."""
    if key in _numeric(tables, rows, [key]):
        return array(rows[key]), []
    names = list(dict.fromkeys(str(value) for value in rows[key]))
    return np.array([float(names.index(str(value))) for value in rows[key]]), names


def _numeric(tables: CampaignTables, rows: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Those of some columns that are numbers."""
    return [name for name in names if pd.api.types.is_numeric_dtype(rows[name]) and tables.parameters.get(name, {}).get("unit", "") is not None]


def _named(tables: CampaignTables, name: str, value: object) -> str:
    if isinstance(value, str):
        return f"{readable(name)} = {value}"
    return tables.swept(name).named(float(value))  # type: ignore[arg-type]


def _label(tables: CampaignTables, column: str) -> str:
    """Name of a quantity for an axis."""
    return str((tables.description.get("columns") or {}).get(column) or readable(column))
