"""Which numbers of a result are zero: those below their error bar, and those that are round-off of what they are made of."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from postprocess.tables.uncertainty import with_error
from postprocess.tables.units import SMALLEST, Scale
from solver.results.headers import error_header, split_header

Array = npt.NDArray[np.float64]

NOISE = 1e-9
"""Currents and flow rates smaller than this part of the largest of a table are round-off of a zero."""

MOST = 8
"""Significant digits of a value in a table, however small its error."""


def floor(table: pd.DataFrame, header: str) -> float:
    """Size (SI) below which values of a column, and their error bars, are nothing."""
    values = np.abs(np.asarray(table[header], dtype=float))
    largest = float(np.max(values, initial=0.0, where=np.isfinite(values)))
    return max(NOISE * largest, SMALLEST.get(split_header(header)[1], 0.0))


def below_bars(table: pd.DataFrame, header: str) -> npt.NDArray[np.bool_]:
    """Mask (rows,) of the values of a column that are not larger than their error bars."""
    values = np.abs(np.asarray(table[header], dtype=float))
    bars = np.abs(np.asarray(table[error_header(header)], dtype=float)) if error_header(header) in table else np.nan
    return np.asarray(values <= bars)


def zeros(table: pd.DataFrame, header: str) -> npt.NDArray[np.bool_]:
    """Mask (rows,) of the values of a column that are zero as far as is known; a value that is missing is none."""
    values = np.abs(np.asarray(table[header], dtype=float))
    return np.asarray((values <= floor(table, header)) | below_bars(table, header))


def measured(value: float, bar: float, nothing: float, scale: Scale) -> str:
    """A value (SI) in the unit of `scale` with its error bar (NaN without); "0" for what is below `nothing`, as `floor` gives
    it, and for a value below its bar that bar alone, as in "0.00(5)"."""
    if not max(abs(value), 0.0 if math.isnan(bar) else bar) > nothing:
        return "0"
    if bar > 0.0:
        return with_error(value, bar, most=MOST, power=scale.power)
    # what is small beside the largest has no digits worth a wide column
    return f"{value * scale.factor:#.{2 if abs(value) < 1e5 * nothing else 5}g}"
