"""Plain-text tables of a result: currents and flow rates, comparison with expected numbers, cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from postprocess.tables.expected import compare
from postprocess.tables.layout import LEFT, Column, bracket, layout
from postprocess.tables.protocol import describe_protocol
from postprocess.tables.result import BIAS, NOISE, Curve, Result, errors, load, matches, rectification, relative
from postprocess.tables.sensitivities import elasticities
from postprocess.tables.time_tables import impedance_table, loop_line, transient_table
from postprocess.tables.uncertainty import percent, with_error
from postprocess.tables.units import Scale, engineering, readable, split_header
from solver.results.rows import ResultError

__all__ = [
    "Result", "ResultError", "compare", "error_lines", "expected_table", "load", "rectification", "result_table",
    "run_summary", "sensitivity_table",
]  # fmt: skip

MEASURED = {"current [A]": "conservation_error", "flow_rate [m^3/s]": "flow_conservation_error"}
WIDTH = 100  # characters of a table that still fits
MOST = 8  # significant digits of a value in a table, however small its error
ABOUT_ERROR = ("our error", "covered by")  # columns that only results with errors have


def result_table(result: Result, rows: int = 82) -> str:
    """Bias, current, flow rate and rectification ratio of every point, each with its error and conservation error.

    One block per outer value. Beyond `rows` rows every curve is thinned evenly, and the table says so. Conservation
    errors for which there is no room are summed up in a line below, which is also where the errors are summed up.
    Runs in time and impedance spectra have tables of their own.
    """
    if result.transient or result.impedance:
        return f"{_headline(result)}\n\n{transient_table(result) if result.transient else impedance_table(result)}"
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
    text = f"{_headline(result)}\n\n" + "\n\n".join(blocks)
    if known:
        lines.insert(0, "numbers in parentheses: error of the last digits")
    if lines:
        text += "\n\n" + "\n".join(lines)
    if step > 1:
        text += f"\n\nevery {step}{_ordinal(step)} of {total} points; all are in {result.path / 'observables.csv'}"
    return text


def error_lines(result: Result) -> list[str]:
    """One line each about the numerical errors of a result, as far as it has them.

    The largest relative error of the current and where; the largest effect that larger reservoirs would have on it; what
    an adapted mesh was asked for and what it reached.
    """
    lines = []
    worst = _largest(result, relative(result.observables, "current [A]", "current_error [A]"))
    if worst:
        lines.append(f"largest error of the current {percent(worst[0])}{worst[1]}")
    worst = _largest(result, relative(result.observables, "current [A]", "current_reservoir_error [A]"))
    if worst:
        lines.append(
            f"larger reservoirs would change the current by up to {percent(worst[0])}{worst[1]}; not part of its error"
        )
    lines += [line] if (line := adaptation_line(result)) else []
    return [line.replace("\u2212", "-") for line in lines]  # plain text


def adaptation_line(result: Result) -> str:
    """What an adapted mesh was asked for and what it reached; "" for a mesh that was not adapted."""
    found = result.adaptation
    if not found:
        return ""
    steps = [step for step in found.get("steps") or [] if step.get("error") is not None]
    asked = f" to {percent(float(found['tolerance']))}" if found.get("tolerance") is not None else ""
    goal = f" for the {str(found['goal']).replace('_', ' ')}" if found.get("goal") else ""
    text = f"mesh adapted{goal}{asked}: {'reached' if found.get('reached') else 'NOT reached'}"
    if not steps:
        return text
    last = steps[-1]
    text += f"{'' if found.get('reached') else ','} {percent(float(last['error']))}"
    if last.get("unknowns"):
        text += f" with {int(last['unknowns'])} unknowns"
    return f"{text} after {len(steps)} mesh{'es' if len(steps) != 1 else ''}"


def expected_table(result: Result) -> str:
    """Pass or fail of every line of the case's expected.csv; "" when the case has none.

    Pass and fail go by the tolerance alone. Beside them stands whether our numerical error explains the deviation, by
    itself or on top of the tolerance.
    """
    table = compare(result)
    if table.empty:
        return ""
    cells: list[list[str]] = [[], [], [], [], [], [], [], []]
    for line in table.to_dict("records"):
        shown = f"{line['deviation']:.2g}" if not line["relative"] else f"{100 * line['deviation']:.2g} %"
        allowed = f"{line['tolerance']:.2g}" if not line["relative"] else f"{100 * line['tolerance']:.4g} %"
        missing = math.isnan(line["deviation"])
        bound = bool(line["bound"])
        unit = abs(line["expected"]) if line["relative"] else 1.0
        known = not (missing or math.isnan(line["error"]))
        bar = line["error"] / unit if known else math.nan
        for column, text in zip(
            cells,
            (
                line["quantity"],
                line["at"],
                "none" if missing else with_error(line["value"], line["error"], digits=6),
                f"{line['bound']} {line['expected']:.6g}".strip(),
                "" if missing or bound else f"{shown} of {allowed}",
                "" if not known else percent(bar) if line["relative"] else f"{bar:.2g}",
                "" if not known or bound else _covered(line["deviation"], bar, line["tolerance"]),
                "ok" if line["passed"] else "no such point" if missing else "FAILED",
            ),
            strict=True,
        ):
            column.append(text)
    heads = ("quantity", "at", "computed", "expected", "deviation", *ABOUT_ERROR, "")
    passed = int(table["passed"].sum())
    columns: list[Column] = [
        ((head,), column, LEFT)
        for head, column in zip(heads, cells, strict=True)
        if head not in ABOUT_ERROR or any(column)
    ]
    text = f"{passed} of {len(table)} expected numbers met\n{layout(columns)}"
    overrides = result.run.get("overrides")
    if overrides:
        text += f"\nthe case was run with {', '.join(map(str, overrides))}: the numbers are for the case as shipped"
    return text


def _covered(deviation: float, error: float, tolerance: float) -> str:
    if deviation <= error:
        return "our error"
    return "error + tolerance" if deviation <= error + tolerance else "nothing"


def sensitivity_table(result: Result) -> str:
    """Elasticities of current and flow rate at the extreme points, one block per goal; "" without sensitivities."""
    blocks = []
    for found in elasticities(result):
        keys = [str(key) for key in found.table.index]
        heads = [result.describe(point).split(", ") for point in found.points]
        none = [""] * (max(map(len, heads)) - 1)
        values = [found.values[key].replace("−", "-") for key in keys]
        columns: list[Column] = [((*none, "parameter"), keys, LEFT), ((*none, "value"), values, LEFT)]
        for head, point in zip(heads, found.points, strict=True):
            cells = ["" if math.isnan(value) else f"{value:.3f}" for value in found.table[point]]
            columns.append((head, cells, "."))
        blocks.append(f"change of the {found.goal} in percent for one percent of a parameter\n{layout(columns)}")
    return "\n\n".join(blocks)


def run_summary(result: Result) -> str:
    """Status, versions, mesh, errors, cost and sensitivities of a run, for `nanochannel info`."""
    run = result.run
    lines = [_headline(result), f"started   {run.get('started', 'unknown')}"]
    if run.get("message"):
        lines.append(f"message   {run['message']}")
    for name in ("versions", "mesh"):
        entries = run.get(name) or {}
        if entries:
            shown = [f"{key} {_short(value)}" for key, value in entries.items() if not isinstance(value, dict | list)]
            lines.append(f"{name:<9} " + ", ".join(shown))
    lines += [f"{name:<9} {text}" for name, text in _about_time(result).items() if text]
    lines += error_lines(result)
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
        text += "\n\n" + layout(columns)
    if cost.get("peak_memory_MB"):
        text += f"\npeak memory {float(cost['peak_memory_MB']):.0f} MB"
    sensitivities = sensitivity_table(result)
    return f"{text}\n\n{sensitivities}" if sensitivities else text


def _about_time(result: Result) -> dict[str, str]:
    """What `nanochannel info` says about a run in time: its protocol and its loops."""
    if not result.transient:
        return {}
    return {"protocol": describe_protocol(result).replace("−", "-"), "loops": loop_line(result)}


def _headline(result: Result) -> str:
    run = result.run
    name = result.name if result.title == result.name else f"{result.name}: {result.title}"
    count = len(result.observables)
    word = "instant" if result.transient else "point"
    parts = [str(run.get("status", "")), f"{count} {word}{'s' if count != 1 else ''}"]
    if run.get("ranks"):
        parts.append(f"{run['ranks']} rank{'s' if run['ranks'] != 1 else ''}")
    if (run.get("cost") or {}).get("wall_time"):
        parts.append(f"{float(run['cost']['wall_time']):.1f} s")
    return f"{name} ({', '.join(part for part in parts if part)})"


def _block(result: Result, curve: Curve, pairs: pd.DataFrame, step: int, *, conservation: bool = True) -> str:
    everything = result.observables
    points = _thin(curve.points, result.inner, step)
    columns: list[Column] = []
    for header in dict.fromkeys([result.inner, BIAS]):
        name, unit = readable(header), split_header(header)[1]
        scale = engineering([1.0] if header == BIAS else everything[header], unit, centred=True)
        values = points[header].astype(float) * scale.factor
        columns.append(((name, bracket(scale.unit)), [f"{value:.6g}" for value in values], "."))
    for header, error in MEASURED.items():
        if header not in points or not everything[header].abs().max() > 0.0:
            continue
        scale = engineering(everything[header], split_header(header)[1])
        largest = float(everything[header].abs().max())
        bars = errors(points, header)
        bars = np.full(len(points), np.nan) if bars is None else bars
        values = [float(value) for value in points[header]]
        zero = [not abs(value) > NOISE * largest for value in values]
        shown = [_measured(value, bar, largest, scale) for value, bar in zip(values, bars, strict=True)]
        columns.append(((readable(header), bracket(scale.unit)), shown, "."))
        if error in points and conservation:
            columns.append((("conservation", "error"), _errors(points[error], zero), "."))
    if len(pairs):
        near = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        found = [_pair(row, near, result) for row in points.to_dict("records")]
        if any(pair is not None for pair in found):
            columns.append((("rectification", "|I(-V)|/|I(V)|"), [_ratio(pair) if pair else "" for pair in found], "."))
            if conservation:
                columns.append(
                    (("conservation", "error"), [_error(p["conservation_error"]) if p else "" for p in found], ".")
                )
    table = layout(columns)
    return f"{curve.label}\n{table}" if curve.label else table


def _measured(value: float, bar: float, largest: float, scale: Scale) -> str:
    """A current or flow rate in the unit of `scale` with its error bar (NaN without); `largest` is that of the table."""
    if not max(abs(value), 0.0 if math.isnan(bar) else bar) > NOISE * largest:
        return "0"
    if bar > 0.0:
        return with_error(value, bar, most=MOST, power=scale.power)
    # The current at zero bias has no digits worth a wide column.
    return f"{value * scale.factor:#.{2 if abs(value) < 1e-4 * largest else 5}g}"


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


def _largest(result: Result, values: Iterable[float]) -> tuple[float, str] | None:
    """The largest of one number per point, and " at ..." which point that is; None when there are none."""
    found = np.asarray(values, dtype=float)
    if np.all(np.isnan(found)):
        return None
    worst = int(np.nanargmax(found))
    where = result.describe(int(result.observables["point"].iloc[worst]))
    return float(found[worst]), f" at {where}" if where else ""


def _worst_conservation(result: Result) -> str:
    """The largest conservation errors, for tables that have no room for those of every point."""
    table, parts = result.observables, []
    for header, error in MEASURED.items():
        counted = relative(table, header, header) == 1.0
        if error in table and np.any(counted):
            worst = _largest(result, np.where(counted, np.asarray(table[error], dtype=float), np.nan))
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


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
