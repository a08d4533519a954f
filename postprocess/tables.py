"""Plain-text tables of a result: currents and flow rates, comparison with expected numbers, cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from postprocess.expected import compare
from postprocess.result import BIAS, Curve, Result, load, matches, rectification
from postprocess.units import engineering, readable, split_header
from solver.records import ResultError

__all__ = ["Result", "ResultError", "compare", "expected_table", "load", "rectification", "result_table", "run_summary"]

NOISE = 1e-9  # currents smaller than this part of the largest are round-off of a zero
LEFT = "<"
Column = tuple[Sequence[str], Sequence[str], str]  # header lines, cells, alignment


def result_table(result: Result, rows: int = 82) -> str:
    """Bias, current, flow rate and rectification ratio of every point, each with its conservation error.

    One block per outer value. Beyond `rows` rows every curve is thinned evenly, and the table says so.
    """
    curves = result.curves()
    total = len(result.observables)
    step = max(1, math.ceil(total / rows))
    pairs = rectification(result.observables)
    blocks = [_block(result, curve, pairs, step) for curve in curves]
    text = f"{_headline(result)}\n\n" + "\n\n".join(blocks)
    if step > 1:
        text += f"\n\nevery {step}{_ordinal(step)} of {total} points; all are in {result.path / 'observables.csv'}"
    return text


def expected_table(result: Result) -> str:
    """Pass or fail of every line of the case's expected.csv; "" when the case has none."""
    table = compare(result)
    if table.empty:
        return ""
    cells: list[list[str]] = [[], [], [], [], [], []]
    for line in table.to_dict("records"):
        shown = f"{line['deviation']:.2g}" if not line["relative"] else f"{100 * line['deviation']:.2g} %"
        allowed = f"{line['tolerance']:.2g}" if not line["relative"] else f"{100 * line['tolerance']:.4g} %"
        missing = math.isnan(line["deviation"])
        bound = bool(line["bound"])
        for column, text in zip(
            cells,
            (
                line["quantity"],
                line["at"],
                "none" if missing else f"{line['value']:.6g}",
                f"{line['bound']} {line['expected']:.6g}".strip(),
                "" if missing or bound else f"{shown} of {allowed}",
                "ok" if line["passed"] else "no such point" if missing else "FAILED",
            ),
            strict=True,
        ):
            column.append(text)
    heads = ("quantity", "at", "computed", "expected", "deviation", "")
    passed = int(table["passed"].sum())
    text = f"{passed} of {len(table)} expected numbers met\n" + _layout(
        [((head,), column, LEFT) for head, column in zip(heads, cells, strict=True)]
    )
    overrides = result.run.get("overrides")
    if overrides:
        text += f"\nthe case was run with {', '.join(map(str, overrides))}: the numbers are for the case as shipped"
    return text


def run_summary(result: Result) -> str:
    """Status, versions, mesh and cost of a run, for `nanochannel info`."""
    run = result.run
    lines = [_headline(result), f"started   {run.get('started', 'unknown')}"]
    if run.get("message"):
        lines.append(f"message   {run['message']}")
    for name in ("versions", "mesh"):
        entries = run.get(name) or {}
        if entries:
            lines.append(f"{name:<9} " + ", ".join(f"{key} {_short(value)}" for key, value in entries.items()))
    text = "\n".join(lines)
    cost = run.get("cost") or {}
    phases = {name: float(seconds) for name, seconds in (cost.get("phases") or {}).items()}
    if phases:
        total = float(cost.get("wall_time") or sum(phases.values()))
        names = sorted(phases, key=lambda name: -phases[name])
        shares = [f"{100 * phases[name] / total:.0f}" if total else "" for name in names]
        columns: list[Column] = [
            (("phase",), [*names, "total"], LEFT),
            (("time [s]",), [f"{phases[name]:.2f}" for name in names] + [f"{total:.2f}"], "."),
            (("share [%]",), [*shares, ""], "."),
        ]
        text += "\n\n" + _layout(columns)
    if cost.get("peak_memory_MB"):
        text += f"\npeak memory {float(cost['peak_memory_MB']):.0f} MB"
    return text


def _headline(result: Result) -> str:
    run = result.run
    name = result.name if result.title == result.name else f"{result.name}: {result.title}"
    count = len(result.observables)
    parts = [str(run.get("status", "")), f"{count} point{'s' if count != 1 else ''}"]
    if run.get("ranks"):
        parts.append(f"{run['ranks']} rank{'s' if run['ranks'] != 1 else ''}")
    if (run.get("cost") or {}).get("wall_time"):
        parts.append(f"{float(run['cost']['wall_time']):.1f} s")
    return f"{name} ({', '.join(part for part in parts if part)})"


def _block(result: Result, curve: Curve, pairs: pd.DataFrame, step: int) -> str:
    everything = result.observables
    points = _thin(curve.points, result.inner, step)
    columns: list[Column] = []
    for header in dict.fromkeys([result.inner, BIAS]):
        name, unit = readable(header), split_header(header)[1]
        scale = engineering([1.0] if header == BIAS else everything[header], unit, centred=True)
        values = points[header].astype(float) * scale.factor
        columns.append(((name, _bracket(scale.unit)), [f"{value:.6g}" for value in values], "."))
    errors = ("conservation_error", "flow_conservation_error")
    for header, error in zip(("current [A]", "flow_rate [m^3/s]"), errors, strict=True):
        if header not in points or not everything[header].abs().max() > 0.0:
            continue
        scale = engineering(everything[header], split_header(header)[1])
        largest = float(everything[header].abs().max())
        zero = [not abs(value) > NOISE * largest for value in points[header].astype(float)]
        numbers = points[header].astype(float) * scale.factor
        # The current at zero bias has no digits worth a wide column.
        digits = [2 if abs(value) < 1e-4 * largest else 5 for value in points[header].astype(float)]
        shown = ["0" if none else f"{n:#.{d}g}" for n, d, none in zip(numbers, digits, zero, strict=True)]
        columns.append(((readable(header), _bracket(scale.unit)), shown, "."))
        if error in points:
            columns.append((("conservation", "error"), _errors(points[error], zero), "."))
    if len(pairs):
        near = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        found = [_pair(row, near, result) for row in points.to_dict("records")]
        if any(pair is not None for pair in found):
            ratios = [f"{pair['ratio']:#.5g}" if pair else "" for pair in found]
            columns.append((("rectification", "|I(-V)|/|I(V)|"), ratios, "."))
            columns.append(
                (("conservation", "error"), [_error(p["conservation_error"]) if p else "" for p in found], ".")
            )
    table = _layout(columns)
    return f"{curve.label}\n{table}" if curve.label else table


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


def _errors(values: Iterable[float], zero: Sequence[bool]) -> list[str]:
    """Relative errors; none where the value itself is zero."""
    return ["" if none else _error(value) for value, none in zip(values, zero, strict=True)]


def _error(value: float) -> str:
    return "" if math.isnan(value) else "0" if value == 0.0 else f"{value:.0e}"


def _bracket(unit: str) -> str:
    return f"[{unit}]" if unit else ""


def _ordinal(number: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}
    return "th" if number % 100 in (11, 12, 13) else last.get(number % 10, "th")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _layout(columns: Sequence[Column]) -> str:
    """Lines of a table; columns marked "." are right-aligned on the decimal point."""
    filled = []
    for heads, cells, align in columns:
        shown = _align_points(cells) if align == "." else list(cells)
        width = max(len(text) for text in (*heads, *shown))
        place = str.ljust if align == LEFT else str.rjust
        filled.append([place(text, width) for text in (*heads, *shown)])
    return "\n".join("  ".join(parts).rstrip() for parts in zip(*filled, strict=True))


def _align_points(cells: Sequence[str]) -> list[str]:
    if any("e" in cell for cell in cells):
        return list(cells)
    after = [len(cell.partition(".")[2]) + ("." in cell) for cell in cells]
    widest = max(after, default=0)
    return [cell + " " * (widest - length) for cell, length in zip(cells, after, strict=True)]
