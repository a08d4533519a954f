"""Columns of plain-text tables, numbers aligned on their decimal points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from postprocess.tables.units import SMALLEST, engineering, split_header

CONSERVED = 1e-8
"""Relative conservation error up to which there is nothing to say of it."""

LEFT = "<"
BETWEEN = "  "

WIDTH = 100
"""Characters of a line of a table where no terminal says how many there are."""

Column = tuple[Sequence[str], Sequence[str], str]  # header lines, cells, alignment


def layout(columns: Sequence[Column], width: int | None = None, keys: int = 1) -> str:
    """Lines of a table; columns marked "." are right-aligned on the decimal point.

    width: characters that a line may have; the columns that find no room follow in further tables below. None: any.
    keys: number of columns at the beginning that each of these tables has, since they say what a row is.
    """
    filled = []
    for heads, cells, align in columns:
        shown = _align_points(cells) if align == "." else list(cells)
        size = max(len(text) for text in (*heads, *shown))
        place = str.ljust if align == LEFT else str.rjust
        filled.append([place(text, size) for text in (*heads, *shown)])
    first, parts = filled[:keys], [filled[:keys]]
    for column in filled[keys:]:
        if width is not None and len(parts[-1]) > keys and _size([*parts[-1], column]) > width:
            parts.append(list(first))
        parts[-1].append(column)
    return "\n\n".join(_lines(part) for part in parts)


def _size(filled: Sequence[Sequence[str]]) -> int:
    """Characters of the lines of a table."""
    return len(BETWEEN.join(column[0] for column in filled))


def _lines(filled: Sequence[Sequence[str]]) -> str:
    return "\n".join(BETWEEN.join(cells).rstrip() for cells in zip(*filled, strict=True))


def _align_points(cells: Sequence[str]) -> list[str]:
    if any("e" in cell for cell in cells) and not any("(" in cell for cell in cells):
        return list(cells)
    after = [len(cell) - min(cell.find(mark) % (len(cell) + 1) for mark in ".(") for cell in cells]
    widest = max(after, default=0)
    return [cell + " " * (widest - length) for cell, length in zip(cells, after, strict=True)]


def bracket(unit: str) -> str:
    """A unit as the second line of a header; "" for none."""
    return f"[{unit}]" if unit else ""


def number_column(
    name: str,
    header: str,
    values: Iterable[float],
    everything: Iterable[float],
    *,
    exact: bool = False,
    zero: Iterable[bool] | None = None,
) -> Column:
    """Column of numbers in the one unit that suits a whole result; nothing for what is unknown, 0 for what is a zero.

    Args:
        name, header: title of the column, and the header of the values, which has their SI unit.
        values: SI values to show.
        everything: values of the whole result, which choose the unit.
        zero: whether each of the values is a zero as far as is known; None when nobody knows.
        exact: whether the values are given numbers and not computed ones, whose trailing zeros count.
    """
    unit = split_header(header)[1]
    values, smallest = list(values), 0.0 if exact else SMALLEST.get(unit, 0.0)
    masks = [False] * len(values) if zero is None else zero
    values = [0.0 if none or abs(value) < smallest else value for value, none in zip(values, masks, strict=True)]
    everything = [value for value in everything if not abs(value) < smallest]
    largest = max((abs(value) for value in everything if math.isfinite(value)), default=0.0)
    scale = engineering([1.0] if unit == "V" and largest >= 0.1 else everything, unit)
    shown = [value * scale.factor + 0.0 for value in values]  # no "-0"
    cells = ["" if math.isnan(v) else f"{v:.6g}" if exact else f"{v:#.5g}" if v else "0" for v in shown]
    return (name, bracket(scale.unit)), cells, "."
