"""SI values as text, and tables of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}

WIDTH = 110
"""Columns of a line."""


ROUNDING = 1e-12
"""Part of its natural scale below which a number is the round-off of a zero."""


def number(value: float, form: str = ".3g", scale: float = 1.0) -> str:
    """A number; "0" for the round-off of a zero, without a sign for what rounds to zero.

    form: as in f-strings. scale: what the number is made of, as 1 of a ratio minus 1.
    """
    if abs(value) <= ROUNDING * scale:
        return "0"
    text = f"{value:{form}}"
    return text.removeprefix("-") if float(text) == 0.0 else text


def si(value: float | None, unit: str, digits: int = 3) -> str:
    """A value with an SI prefix: si(3.04e-9, "m") is "3.04 nm"; "-" for None and nan."""
    if value is None or math.isnan(value):
        return "-"
    if value == 0.0 or math.isinf(value):
        return f"{value:g} {unit}"
    exponent = 3 * math.floor(math.log10(abs(value)) / 3.0)
    # 999.9 rounds up to the next prefix
    if abs(float(f"{value:.{digits}g}")) >= 10.0 ** (exponent + 3):
        exponent += 3
    exponent = min(max(exponent, min(_PREFIXES)), max(_PREFIXES))
    return f"{value / 10.0**exponent:.{digits}g} {_PREFIXES[exponent]}{unit}"


def table(
    title: str,
    columns: Sequence[Any],
    rows: Sequence[tuple[str, Callable[[Any], str]]],
    names: Sequence[str] | None = None,
) -> str:
    """Rows of values, one column an item; the title heads the labels.

    names: heads of the columns; the items' attribute `name` when None.
    """
    heads = [column.name for column in columns] if names is None else list(names)
    cells = [[title, *heads], *([label, *(value(column) for column in columns)] for label, value in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads) + 1)]
    widths[0] = max(widths[0], 50)
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in cells
    )
