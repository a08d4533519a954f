"""Comparison with the numbers that a case promises in its expected.csv.

Columns of expected.csv: quantity, any number of selectors, value, tolerance, source.
  quantity   a column of observables.csv, with or without its unit, or one of DERIVED below
  selectors  columns named like those of observables.csv, such as "bias [V]"; an empty cell selects everything.
             When several points are selected, the worst of them counts.
  value      SI number or text with a unit ("-8.298 pA"); "< 1e-8" and "> 2" are bounds and need no tolerance
  tolerance  relative, as "3 %" or 0.03; "1e-9 absolute" in SI units
  source     where the number comes from
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from postprocess.result import Result, matches, read_table, read_value, rectification
from postprocess.units import split_header
from solver.records import ResultError

FIXED = ("quantity", "value", "tolerance", "source")


def compare(result: Result, path: Path | None = None) -> pd.DataFrame:
    """One row per line of expected.csv: quantity, at, value, expected, deviation, tolerance, passed, source.

    `path` is the file; without it the copy in the result directory, else the one in the case directory. Empty when
    there is none. `deviation` is in the units of the tolerance (relative or SI); a point that is missing has NaN and
    has not passed. Raises ResultError, naming the line, for a file that cannot be understood.
    """
    path = path or case_file(result, "expected.csv")
    lines = pd.DataFrame() if path is None else read_table(path)
    if lines.empty:
        return pd.DataFrame()
    for name in FIXED:
        if name not in lines:
            raise ResultError(f"{path}:1: the column {name!r} is missing")
    lines = lines.astype(object).where(lines.notna(), "")
    return pd.DataFrame(
        [_compare_line(result, line, f"{path}:{i + 2}") for i, line in enumerate(lines.to_dict("records"))]
    )


def case_file(result: Result, name: str) -> Path | None:
    """A file that belongs to the case: the copy next to the result, else the one in the case directory."""
    folders = [result.path, *([Path(where)] if (where := result.run.get("case_directory")) else [])]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _compare_line(result: Result, line: dict[str, object], where: str) -> dict[str, object]:
    selectors = {name: str(text) for name, text in line.items() if name not in FIXED and str(text).strip()}
    quantity = str(line["quantity"]).strip()
    unit, table = _values(result, quantity, where)
    mask = np.ones(len(table), dtype=bool)
    for name, text in selectors.items():
        column = next((c for c in table.columns if name in (c, split_header(c)[0])), None)
        if column is None:
            raise ResultError(f"{where}: the result has no column {name!r} to select by")
        mask &= matches(table[column], read_value(text, column, where))
    text = str(line["value"]).strip()
    sign = text[:1] if text[:1] in "<>" else "="
    expected = read_value(text.lstrip("<>"), f"value [{unit}]" if unit else "value", where)
    absolute, tolerance = _tolerance(str(line["tolerance"]).strip(), sign, where)
    scale = 1.0 if absolute else abs(expected)
    if scale == 0.0:
        raise ResultError(f"{where}: a relative tolerance of 0 allows nothing; write e.g. '1e-9 absolute'")
    values = np.asarray(table.loc[mask, quantity], dtype=float)
    off = {"=": np.abs(values - expected), "<": values - expected, ">": expected - values}[sign] / scale
    # argmax takes a NaN for the largest: a value that is missing is the worst of all.
    worst = int(np.argmax(off)) if len(off) else None
    return {
        "quantity": f"{quantity} [{unit}]" if unit and "[" not in quantity else quantity,
        "at": ", ".join(f"{name} = {text}" for name, text in selectors.items()) or ("all" if len(table) > 1 else ""),
        "value": math.nan if worst is None else float(values[worst]),
        "expected": expected,
        "bound": "" if sign == "=" else sign,
        "deviation": math.nan if worst is None else float(off[worst]),
        "tolerance": tolerance,
        "relative": not absolute,
        "passed": worst is not None and bool(off[worst] <= tolerance),
        "source": str(line["source"]),
    }


def _tolerance(text: str, sign: str, where: str) -> tuple[bool, float]:
    """Whether a tolerance is absolute, and its number."""
    if not text and sign != "=":
        return True, 0.0
    number, word = text.removesuffix("absolute").rstrip("% "), text.lstrip("+-.0123456789eE ")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if word not in ("", "%", "absolute") or not value >= 0.0:
        raise ResultError(f"{where}: '{text}' is not a tolerance; write e.g. '3 %', '0.03' or '1e-9 absolute'")
    return word == "absolute", value / 100.0 if word == "%" else value


def _values(result: Result, quantity: str, where: str) -> tuple[str, pd.DataFrame]:
    """Unit of a quantity, and a table that has it in a column of that name beside the columns to select by."""
    table = result.observables
    for header in table.columns:
        if quantity in (header, split_header(header)[0]):
            return split_header(header)[1], table.assign(**{quantity: table[header]})
    if quantity in DERIVED:
        unit, function = DERIVED[quantity]
        return unit, function(result).rename(columns={"derived": quantity})
    raise ResultError(
        f"{where}: unknown quantity '{quantity}'; it is a column of observables.csv or {', '.join(DERIVED)}"
    )


def _ratios(result: Result) -> pd.DataFrame:
    pairs = rectification(result.observables)
    columns = [*result.parameters, "bias [V]", "derived"]
    return pairs.rename(columns={"ratio": "derived"}) if len(pairs) else pd.DataFrame(columns=columns)


def mid_channel_field(result: Result) -> pd.DataFrame:
    """Observables with the column `derived`: axial field [V/m] around the middle of the channel.

    The slope of the cross-section averaged potential over the middle fifth: free of access resistance and mouths.
    """
    mouths = result.geometry.get("mouths") or [0.0, result.geometry.get("length") or math.nan]
    middle, reach = 0.5 * (mouths[0] + mouths[1]), 0.1 * abs(mouths[1] - mouths[0])
    fields = {}
    for point, part in result.profiles.groupby("point") if len(result.profiles) else ():
        z = np.asarray(part["axial_position [m]"], dtype=float) - middle
        near = np.abs(z) <= reach
        if np.count_nonzero(near) >= 2:
            potential = np.asarray(part["potential [V]"], dtype=float)[near]
            fields[point] = -float(np.polynomial.polynomial.polyfit(z[near], potential, 1)[1])
    return result.observables.assign(derived=result.observables["point"].map(fields).astype(float))


def _per_field(column: str) -> Callable[[Result], pd.DataFrame]:
    def divide(result: Result) -> pd.DataFrame:
        table = mid_channel_field(result)
        terminals = result.geometry.get("terminals") or []
        # Currents enter at the driven terminal; the field is along z, from the first terminal to the second.
        along = -1.0 if len(terminals) == 2 and result.run.get("driven_terminal") == terminals[1] else 1.0
        return table.assign(derived=along * table[column] / table["derived"])

    return divide


DERIVED: dict[str, tuple[str, Callable[[Result], pd.DataFrame]]] = {
    "rectification_ratio": ("", _ratios),
    "mid_channel_field": ("V/m", mid_channel_field),
    "current_per_field": ("A m/V", _per_field("current [A]")),
    "flow_rate_per_field": ("m^4/(V s)", _per_field("flow_rate [m^3/s]")),
}
