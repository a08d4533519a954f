"""Rows of a steady study as curves along one of the swept keys."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from solver.results.rows import Row, parameter_columns


def number(value: Any) -> float:
    """A cell of a table as a number; NaN when it is empty."""
    return math.nan if value is None or value == "" else float(value)


def curves_along(rows: Sequence[Row], column: str | None) -> Iterator[tuple[dict[str, float], list[Row]]]:
    """Rows that differ only in one column of swept keys (in none without it), with what they share: the other swept keys by
    header.

    rows: of observables.csv, in the order of computing; numbers, or texts as a file has them.
    """
    others = [name for name in parameter_columns(list(rows[0])) if name != column] if rows else []
    groups: dict[tuple[float, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(number(row[name]) for name in others), []).append(row)
    for values, found in groups.items():
        yield dict(zip(others, values, strict=True)), found


def curves_along_bias(rows: Sequence[Row]) -> Iterator[tuple[dict[str, float], list[Row]]]:
    """Rows that differ only in the innermost swept potential, with what they share.

    rows: of observables.csv, in the order of computing.
    """
    potentials = [name for name in parameter_columns(list(rows[0])) if name.endswith(".potential [V]")] if rows else []
    return curves_along(rows, potentials[-1] if potentials else None)
