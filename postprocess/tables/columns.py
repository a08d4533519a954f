"""Columns of tables: reading them, their errors, values that are equal to rounding, rectification."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from meshes.quantity import parse
from postprocess.tables.units import split_header
from postprocess.tables.zeros import zeros
from solver.analysis.rectification import rectification as pair_points
from solver.results.headers import error_header
from solver.results.rows import ResultError, Row, reason

Array = npt.NDArray[np.float64]

SAME = 1e-6  # two values of a parameter closer than this, relative to the largest, are the same


def read_table(path: Path) -> pd.DataFrame:
    """Contents of a CSV file, without a torn last line; empty when the file is missing.

    Raises:
        ResultError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return pd.DataFrame()
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"cannot read {path}: {reason(error) if isinstance(error, OSError) else error}") from error
    try:
        table = pd.read_csv(io.StringIO(text[: text.rfind("\n") + 1]), skipinitialspace=True)
        return table.copy()  # in one piece: pandas warns when columns are added to a table of a hundred separate ones
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except pd.errors.ParserError as error:
        raise ResultError(f"cannot read {path}: {' '.join(str(error).split())}") from error


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows of a run as the table that their CSV file would give; empty without rows."""
    return pd.DataFrame(
        [{header: np.nan if value in (None, "") else value for header, value in row.items()} for row in rows]
    )


def rectification(observables: pd.DataFrame, ports: int = 2) -> pd.DataFrame:
    """Rectification ratio |I(-V)| / |I(+V)| for every pair of points that differ only in the sign of the bias.

    ports: see `solver.analysis.rectification`. Columns: the other swept parameters, `bias [V]`, `ratio`, `ratio_error` (NaN
    when the currents have no errors), `larger`, `conservation_error`; empty without pairs.
    """
    return pd.DataFrame(pair_points(observables.to_dict("records"), ports))


def spread(points: Sequence[int], most: int) -> list[int]:
    """Selection of at most `most` points, spread evenly: both ends, and the middle of an odd number among them."""
    picked = np.linspace(0, len(points) - 1, min(most, len(points))).round().astype(int)
    return [points[i] for i in dict.fromkeys(picked.tolist())]


def errors(table: pd.DataFrame, header: str) -> Array | None:
    """Error bars of a column in its unit, shape (rows,), NaN where unknown; None when a result has none at all."""
    column = error_header(header)
    if column not in table:
        return None
    found = np.abs(np.asarray(table[column], dtype=float))
    return None if bool(np.all(np.isnan(found))) else found


def relative(table: pd.DataFrame, header: str, part: str) -> Array:
    """Size of column `part` relative to column `header`, shape (rows,); NaN where either is unknown or the value a zero, by
    `zeros`.

    A missing column is unknown everywhere.
    """
    if part not in table or header not in table:
        return np.full(len(table), np.nan)
    values = np.abs(np.asarray(table[header], dtype=float))
    counts = np.isfinite(values) & ~zeros(table, header)
    found = np.full(len(table), np.nan)
    found[counts] = np.abs(np.asarray(table[part], dtype=float))[counts] / values[counts]
    return found


def matches(values: pd.Series[Any], wanted: float) -> npt.NDArray[np.bool_]:
    """Mask (rows,) of the values that are the wanted one, to the rounding of unit conversions."""
    numbers = np.asarray(values, dtype=float)
    near = SAME * max(abs(wanted), 1e-3 * float(np.max(np.abs(numbers), initial=0.0)))
    return np.asarray(np.abs(numbers - wanted) <= near)


def read_value(text: str, header: str, where: str) -> float:
    """SI value of "1 V" or "-0.5" for a column; ResultError, naming `where`, when it is none."""
    try:
        return parse(text.strip().replace("−", "-"), split_header(header)[1])
    except ValueError as error:
        raise ResultError(f"{where}: {error}") from None
