"""Plain-text table of steady points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from postprocess.tables.columns import errors, matches, rectification, relative
from postprocess.tables.error_lines import error_lines, largest
from postprocess.tables.kinds import BIAS
from postprocess.tables.layout import Column, bracket, layout
from postprocess.tables.result import Curve, Result
from postprocess.tables.uncertainty import with_error
from postprocess.tables.units import engineering, readable, split_header
from postprocess.tables.zeros import MOST, floor, measured, zeros

CURRENT = "current [A]"
MEASURED = {CURRENT: "conservation_error", "flow_rate [m^3/s]": "flow_conservation_error"}
WIDTH = 100  # characters of a table that still fits


def steady_table(result: Result, rows: int = 82) -> str:
    """Bias, current, flow rate and rectification ratio of every point, each with its error and conservation error.

    One block per outer value. Beyond `rows` rows every curve is thinned evenly, and the table says so. Conservation
    errors for which there is no room are summed up in a line below, which is also where the errors are summed up.
    """
    curves = result.curves()
    total = len(result.observables)
    step = max(1, math.ceil(total / rows))
    pairs = rectification(result.observables)
    blocks = [_block(result, curve, pairs, step) for curve in curves]
    lines = error_lines(result)
    known = any(errors(result.observables, header) is not None for header in MEASURED)
    if known and max(len(line) for block in blocks for line in block.splitlines()) > WIDTH:
        blocks = [_block(result, curve, pairs, step, conservation=False) for curve in curves]
        lines.append(_worst_conservation(result))
    text = "\n\n".join(blocks)
    if known:
        lines.insert(0, "numbers in parentheses: error of the last digits")
    if lines:
        text += "\n\n" + "\n".join(lines)
    if step > 1:
        text += f"\n\nevery {step}{_ordinal(step)} of {total} points; all are in {result.place('observables.csv')}"
    return text


def _block(result: Result, curve: Curve, pairs: pd.DataFrame, step: int, *, conservation: bool = True) -> str:
    everything = result.observables
    points = _thin(curve.points, result.inner, step)
    columns: list[Column] = []
    for header in dict.fromkeys([result.inner, BIAS]):
        swept = result.swept(header)
        columns.append(
            ((swept.name, bracket(swept.unit)), [f"{value:.6g}" for value in swept.numbers(points[header])], ".")
        )
    currents = zeros(everything, CURRENT)
    for header, error, group in _measured_headers(result):
        if header not in points:
            continue
        nothing, none = floor(everything, header), zeros(everything, header)
        if not np.nanmax(_counted(everything, header), initial=0.0) > nothing:
            continue  # zero by definition, everywhere
        known = errors(everything, header)
        bars = np.full(len(everything), np.nan) if known is None else known
        scale = engineering(np.concatenate([_counted(everything, name) for name in group]), split_header(header)[1])
        at = [everything.index.get_loc(row) for row in points.index]
        shown = [measured(float(everything[header].iloc[i]), float(bars[i]), nothing, scale) for i in at]
        columns.append(((result.label(header), bracket(scale.unit)), shown, "."))
        if error in points and conservation:
            columns.append((("conservation", "error"), _errors(points[error], [bool(none[i]) for i in at]), "."))
    if len(pairs):
        near = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        flows = [not currents[everything.index.get_loc(row)] for row in points.index]
        found = [
            _pair(row, near, result) if flow else None
            for row, flow in zip(points.to_dict("records"), flows, strict=True)
        ]
        if any(pair is not None for pair in found):
            columns.append((("rectification", "|I(-V)|/|I(V)|"), [_ratio(pair) if pair else "" for pair in found], "."))
            if conservation:
                columns.append(
                    (("conservation", "error"), [_error(p["conservation_error"]) if p else "" for p in found], ".")
                )
    table = layout(columns)
    return f"{curve.label}\n{table}" if curve.label else table


def _counted(table: pd.DataFrame, header: str) -> npt.NDArray[np.float64]:
    """Sizes of the values of a column, or of their bars where these are larger; zeros by definition are 0."""
    known = errors(table, header)
    bars = np.full(len(table), np.nan) if known is None else known
    values = np.where(zeros(table, header), 0.0, np.abs(np.asarray(table[header], dtype=float)))
    return np.asarray(np.fmax(values, bars), dtype=float)


def _measured_headers(result: Result) -> list[tuple[str, str, list[str]]]:
    """What the table shows, the header of its conservation error, and what shares its unit: of a device with more than two
    terminals the numbers of each, and the error beside the last one; and the rates of neutral species at the driven one."""
    found = []
    for header, error in MEASURED.items():
        group = [name for name in result.at_terminals(header) if name in result.observables]
        found += [(name, error if name == group[-1] else "", group) for name in group]
    neutral = f"molar_rate_{result.run.get('driven_terminal')}_"
    return found + [(name, "", [name]) for name in result.observables if name.startswith(neutral)]


def _ratio(pair: dict[str, Any]) -> str:
    error = pair["ratio_error"]
    return with_error(pair["ratio"], error, most=MOST) if error > 0.0 else f"{pair['ratio']:#.5g}"


def _pair(row: dict[str, Any], pairs: pd.DataFrame, result: Result) -> dict[str, Any] | None:
    """The rectification entry that belongs to the positive bias of this row."""
    keys = [BIAS, *(name for name in result.parameters if name in pairs)]
    mask = np.ones(len(pairs), dtype=bool)
    for name in keys:
        mask &= matches(pairs[name], float(row[name]))
    return pairs[mask].iloc[0].to_dict() if mask.any() else None


def _thin(points: pd.DataFrame, inner: str, step: int) -> pd.DataFrame:
    """Every step-th point, counted from zero bias where there is one, with both ends."""
    if step == 1:
        return points
    middle = int(np.argmin(np.abs(points[inner].to_numpy(dtype=float))))
    keep = {0, len(points) - 1, *range(middle % step, len(points), step)}
    return points.iloc[sorted(keep)]


def _worst_conservation(result: Result) -> str:
    """The largest conservation errors, for tables that have no room for those of every point."""
    table, parts = result.observables, []
    for header, error in MEASURED.items():
        counted = relative(table, header, header) == 1.0
        if error in table and np.any(counted):
            worst = largest(result, np.where(counted, np.asarray(table[error], dtype=float), np.nan))
            if worst:
                parts.append(f"{worst[0]:.0e} of the {readable(header)}{worst[1]}")
    return f"worst conservation error {' and '.join(parts)}" if parts else ""


def _errors(values: Iterable[float], zero: Sequence[bool]) -> list[str]:
    """Relative errors; none where the value itself is zero."""
    return ["" if none else _error(value) for value, none in zip(values, zero, strict=True)]


def _error(value: float) -> str:
    return "" if math.isnan(value) else "0" if value == 0.0 else f"{value:.0e}"


def _ordinal(number: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}
    return "th" if number % 100 in (11, 12, 13) else last.get(number % 10, "th")
