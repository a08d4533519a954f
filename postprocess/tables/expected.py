"""Comparison with the numbers that a case promises in its expected.csv.

Columns of expected.csv: quantity, any number of selectors, value, tolerance, source.
  quantity   a column of observables.csv, with or without its unit, one of DERIVED below, or an entry of summary.json,
             such as "memory[0].memory_time [s]", "loops[-1].area" or "largest_area.frequency"; "loops.area" means all
             entries of the list, and selectors may be other entries beside it, such as "period"
  selectors  columns named like those of observables.csv, such as "bias [V]"; an empty cell selects everything.
             When several points are selected, the worst of them counts.
  value      SI number or text with a unit ("-8.298 pA"); "< 1e-8" and "> 2" are bounds and need no tolerance
  tolerance  relative, as "3 %" or 0.03; "1e-9 absolute" in SI units
  source     where the number comes from
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from postprocess.tables.circuit import CircuitResult
from postprocess.tables.columns import errors, matches, read_table, read_value, rectification
from postprocess.tables.result import Result
from postprocess.tables.units import split_header
from solver.results.rows import ResultError

ERROR = "error bar of the quantity"  # name of a column of intermediate tables
ENTRY = re.compile(r"(?P<list>\w+)(\[(?P<index>-?\d+)\])?\.(?P<key>\w+( \[.+\])?)")  # loops[-1].area [W]
FIXED = ("quantity", "value", "tolerance", "source")


def compare(result: Result | CircuitResult, path: Path | None = None) -> pd.DataFrame:
    """One row per line of expected.csv: quantity, at, value, error, expected, deviation, tolerance, passed, covered, source.

    `error` is the error bar of `value` in SI units, NaN when it has none; `covered` whether error bar and tolerance
    together are as large as the deviation. The error decides nothing: `passed` is a matter of the tolerance.

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


def case_file(result: Result | CircuitResult, name: str) -> Path | None:
    """Path of a file that belongs to the case: the copy in the result, else the one in the case directory, unless the result
    is that of a device in a circuit."""
    own = None if "device" in result.run else result.run.get("case_directory")
    folders = [Path(where) for where in (result.path, own) if where]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _compare_line(result: Result | CircuitResult, line: dict[str, object], where: str) -> dict[str, object]:
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
    bars = np.asarray(table.loc[mask, ERROR], dtype=float)
    # argmax takes a NaN for the largest: a value that is missing is the worst of all.
    worst = int(np.argmax(off)) if len(off) else None
    error = math.nan if worst is None else float(bars[worst])
    allowed = tolerance + (0.0 if math.isnan(error) else error / scale)
    return {
        "quantity": f"{quantity} [{unit}]" if unit and " [" not in quantity else quantity,
        "at": ", ".join(f"{name} = {text}" for name, text in selectors.items()) or ("all" if len(table) > 1 else ""),
        "value": math.nan if worst is None else float(values[worst]),
        "error": error,
        "expected": expected,
        "bound": "" if sign == "=" else sign,
        "deviation": math.nan if worst is None else float(off[worst]),
        "tolerance": tolerance,
        "relative": not absolute,
        "passed": worst is not None and bool(off[worst] <= tolerance),
        "covered": worst is not None and bool(off[worst] <= allowed),
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


def _values(result: Result | CircuitResult, quantity: str, where: str) -> tuple[str, pd.DataFrame]:
    """Unit of a quantity, and a table with it in a column of that name, its error bar, and the columns to select by."""
    table = result.observables
    for header in table.columns:
        if quantity in (header, split_header(header)[0]):
            bars = errors(table, header)
            return split_header(header)[1], table.assign(
                **{quantity: table[header], ERROR: math.nan if bars is None else bars}
            )
    if quantity in DERIVED and isinstance(result, Result):
        unit, function = DERIVED[quantity]
        found = function(result).rename(columns={"derived": quantity})
        return unit, found if ERROR in found else found.assign(**{ERROR: math.nan})
    if (found := _summary_values(result, quantity, where)) is not None:
        return found
    lists = ", ".join(name for name, entry in result.summary.items() if entry and isinstance(entry, dict | list))
    raise ResultError(
        f"{where}: unknown quantity '{quantity}'; it is a column of observables.csv or {', '.join(DERIVED)}"
        + (f", or an entry of summary.json such as 'loops[0].area': there are {lists}" if result.transient else "")
    )


def _summary_values(result: Result | CircuitResult, quantity: str, where: str) -> tuple[str, pd.DataFrame] | None:
    """Unit and table of an entry of summary.json, one row per entry of its list; None when the text is none.

    A list that is too short gives no row: the number was promised and is not there.
    """
    for header, value in result.summary.items():
        if quantity in (header, split_header(header)[0]) and isinstance(value, float | int):
            return split_header(header)[1], pd.DataFrame({quantity: [float(value)], ERROR: [math.nan]})
    match = ENTRY.fullmatch(quantity)
    if match is None or match["list"] not in result.summary:
        return None
    group = result.summary[match["list"]]
    entries = [group] if isinstance(group, dict) else list(group or ())
    key = match["key"]
    header = key
    for entry in entries:
        header = next((str(name) for name in entry if key in (name, split_header(name)[0])), "")
        if not header:
            known = ", ".join(split_header(name)[0] for name in entry)
            raise ResultError(f"{where}: {match['list']} of summary.json has no '{key}'; there are {known}")
    if match["index"] is not None:
        at = int(match["index"])
        entries = entries[at:][:1] if at >= -len(entries) else []
    unit = split_header(header)[1]
    table = pd.DataFrame(entries)
    values = pd.to_numeric(table[header]) if entries else pd.Series(dtype=float)
    return unit, table.assign(**{quantity: values.astype(float), ERROR: math.nan})


def _ratios(result: Result) -> pd.DataFrame:
    pairs = rectification(result.observables, result.ports)
    columns = [*result.parameters, "bias [V]", "derived", ERROR]
    return (
        pairs.rename(columns={"ratio": "derived", "ratio_error": ERROR})
        if len(pairs)
        else pd.DataFrame(columns=columns)
    )


def mid_channel_field(result: Result) -> pd.DataFrame:
    """Observables with the column `derived`: axial field [V/m] around the middle of the channel.

    The slope of the cross-section averaged potential over the middle fifth: free of access resistance and mouths.
    """
    return result.observables.assign(derived=-_mid_channel_slopes(result, "potential [V]"))


def _mid_channel_slopes(result: Result, column: str, logarithm: bool = False) -> pd.Series[Any]:
    """Slope of a profile, or of its logarithm, over the middle fifth of the channel, for every point."""
    mouths = result.geometry.get("mouths") or [0.0, result.geometry.get("length") or math.nan]
    middle, reach = 0.5 * (mouths[0] + mouths[1]), 0.1 * abs(mouths[1] - mouths[0])
    slopes = {}
    for point, part in result.profiles.groupby("point") if column in result.profiles else ():
        z = np.asarray(part["axial_position [m]"], dtype=float) - middle
        near = np.abs(z) <= reach
        if np.count_nonzero(near) >= 2:
            values = np.asarray(part[column], dtype=float)[near]
            values = np.log(values) if logarithm else values
            slopes[point] = float(np.polynomial.polynomial.polyfit(z[near], values, 1)[1])
    return result.observables["point"].map(slopes).astype(float)


def _along(result: Result) -> float:
    """1 where a positive current runs along z: it enters at the driven terminal, z leads from the first terminal."""
    terminals = result.geometry.get("terminals") or []
    return -1.0 if len(terminals) == 2 and result.run.get("driven_terminal") == terminals[1] else 1.0


def _per_field(column: str) -> Callable[[Result], pd.DataFrame]:
    def divide(result: Result) -> pd.DataFrame:
        table = mid_channel_field(result)
        return table.assign(derived=_along(result) * table[column] / table["derived"])

    return divide


def _per_gradient(column: str, which: int) -> Callable[[Result], pd.DataFrame]:
    """Coefficient of the field (0) or of the gradient of ln salt (1) in a linear fit of all points.

    Field and gradient are those of the virtual potential and salt in the middle of the channel. Small biases and
    concentration differences, independent of each other, are assumed; without them there is no number.
    """

    def fit(result: Result) -> pd.DataFrame:
        drives = np.column_stack(
            [
                -_mid_channel_slopes(result, "virtual_potential [V]"),
                -_mid_channel_slopes(result, "virtual_salt [mol/m^3]", logarithm=True),
            ]
        )
        sizes = np.linalg.norm(drives, axis=0)
        value = math.nan
        if np.all(np.isfinite(sizes)) and np.all(sizes > 0.0):
            currents = _along(result) * np.asarray(result.observables[column], dtype=float)
            found, _, rank, _ = np.linalg.lstsq(drives / sizes, currents, rcond=1e-3)
            value = float(found[which] / sizes[which]) if rank == 2 else math.nan
        return result.observables.assign(derived=value)

    return fit


DERIVED: dict[str, tuple[str, Callable[[Result], pd.DataFrame]]] = {
    "rectification_ratio": ("", _ratios),
    "mid_channel_field": ("V/m", mid_channel_field),
    "current_per_field": ("A m/V", _per_field("current [A]")),
    "flow_rate_per_field": ("m^4/(V s)", _per_field("flow_rate [m^3/s]")),
    # The same with the effect of the salt gradient taken away, and that effect; for runs with small drives.
    "current_per_field_alone": ("A m/V", _per_gradient("current [A]", 0)),
    "flow_rate_per_field_alone": ("m^4/(V s)", _per_gradient("flow_rate [m^3/s]", 0)),
    "current_per_salt_gradient": ("A m", _per_gradient("current [A]", 1)),
    "flow_rate_per_salt_gradient": ("m^4/s", _per_gradient("flow_rate [m^3/s]", 1)),
}
