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
from postprocess.tables.layout import CONSERVED, WIDTH, Column, bracket, layout
from postprocess.tables.result import Curve, Result
from postprocess.tables.reversal import reversal_table
from postprocess.tables.uncertainty import with_error
from postprocess.tables.units import engineering, readable, split_header
from postprocess.tables.zeros import MOST, floor, measured, zeros

CURRENT, CONDUCTANCE = "current [A]", "conductance [S]"
MEASURED = {CURRENT: "conservation_error", "flow_rate [m^3/s]": "flow_conservation_error"}


def steady_table(result: Result, rows: int = 82, *, width: int = WIDTH, verbose: bool = False) -> str:
    """What was swept, and current, flow rate and conductance of every point with their errors.

    With them what such a device is judged by: the rectification ratio between like reservoirs, reversal potential and osmotic
    power between unlike ones, charges of a closed cell. Conservation errors are shown where one is too large, or with
    `verbose`. One block per outer value. Beyond `rows` rows every curve is thinned evenly, and the table says so. `width`: of
    a line.
    """
    total = len(result.observables)
    step = max(1, math.ceil(total / rows))
    pairs = pairs_between_like_reservoirs(result)
    conservation = verbose or bool(_badly_conserved(result))
    blocks = [_block(result, curve, pairs, step, width=width, conservation=conservation) for curve in result.curves()]
    text = "\n\n".join(blocks)
    if reversal := reversal_table(result, width):
        text += f"\n\n{reversal}"
    lines = _badly_conserved(result) + error_lines(result)
    if any(errors(result.observables, header) is not None for header in _shown_headers(result)):
        lines.insert(0, "numbers in parentheses: error of the last digits")
    if lines:
        text += "\n\n" + "\n".join(lines)
    if step > 1:
        text += f"\n\nevery {step}{ordinal(step)} of {total} points; all are in {result.place('observables.csv')}"
    return text


def _block(result: Result, curve: Curve, pairs: pd.DataFrame, step: int, *, width: int, conservation: bool) -> str:
    everything = result.observables
    points = _thin(curve.points, result.inner, step)
    at = [everything.index.get_loc(row) for row in points.index]
    columns: list[Column] = []
    keys = list(dict.fromkeys([result.inner, *([] if result.holds_current else [BIAS])]))
    for header in keys:
        swept = result.swept(header)
        cells = [f"{value:.6g}" for value in swept.numbers(points[header])]
        columns.append(((swept.name, bracket(swept.unit)), cells, "."))
    if result.holds_current:
        columns.append(_measured_column(result, BIAS, [BIAS], at))
    for header, error, group in _measured_headers(result):
        given = result.holds_current and header == CURRENT
        if header not in points or given or not _is_anywhere(everything, header):
            continue
        columns.append(_measured_column(result, header, group, at))
        if error in points and conservation:
            none = zeros(everything, header)
            columns.append((("conservation", "error"), _errors(points[error], [bool(none[i]) for i in at]), "."))
    if (
        any(drives.bias_alone for drives in result.drives)
        and CONDUCTANCE in points
        and _is_anywhere(everything, CURRENT)
    ):
        column = _measured_column(result, CONDUCTANCE, [CONDUCTANCE], at)
        none = zeros(everything, CURRENT)
        cells = [
            "" if none[i] or not result.drives[i].bias_alone else cell for i, cell in zip(at, column[1], strict=True)
        ]
        columns += [(column[0], cells, ".")] if any(cells) else []
    if len(pairs):
        near = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        currents = zeros(everything, CURRENT)
        found = [
            None if currents[i] else _pair(row, near, result)
            for i, row in zip(at, points.to_dict("records"), strict=True)
        ]
        if any(pair is not None for pair in found):
            columns.append((("rectification", "|I(-V)|/|I(V)|"), [_ratio(pair) if pair else "" for pair in found], "."))
            if conservation:
                columns.append(
                    (("conservation", "error"), [_error(p["conservation_error"]) if p else "" for p in found], ".")
                )
    table = layout(columns, width, len(keys))
    return f"{curve.label}\n{table}".replace("−", "-") if curve.label else table


def _measured_column(result: Result, header: str, group: Sequence[str], at: Sequence[int]) -> Column:
    """Values of a column with their errors at some rows, in the unit that suits all columns of a group."""
    everything = result.observables
    known = errors(everything, header)
    bars = np.full(len(everything), np.nan) if known is None else known
    nothing = floor(everything, header)
    scale = engineering(np.concatenate([_counted(everything, name) for name in group]), split_header(header)[1])
    values = np.asarray(everything[header], dtype=float)
    cells = ["" if math.isnan(values[i]) else measured(values[i], float(bars[i]), nothing, scale) for i in at]
    return (result.label(header), bracket(scale.unit)), cells, "."


def _is_anywhere(table: pd.DataFrame, header: str) -> bool:
    """Whether a column holds anything but zeros by definition."""
    return bool(np.nanmax(_counted(table, header), initial=0.0) > floor(table, header))


def pairs_between_like_reservoirs(result: Result) -> pd.DataFrame:
    """Rectification of the points whose reservoirs hold the same: between others a current flows at no bias, too."""
    like = np.array([not drives.salt for drives in result.drives], dtype=bool)
    return rectification(result.observables[like], result.ports) if like.any() else pd.DataFrame()


def _shown_headers(result: Result) -> list[str]:
    return [header for header, _, _ in _measured_headers(result) if header in result.observables]


def _counted(table: pd.DataFrame, header: str) -> npt.NDArray[np.float64]:
    """Sizes of the values of a column, or of their bars where these are larger; zeros by definition are 0."""
    known = errors(table, header)
    bars = np.full(len(table), np.nan) if known is None else known
    values = np.where(zeros(table, header), 0.0, np.abs(np.asarray(table[header], dtype=float)))
    return np.asarray(np.fmax(values, bars), dtype=float)


def _measured_headers(result: Result) -> list[tuple[str, str, list[str]]]:
    """What the table shows, the header of its conservation error, and what shares its unit: of a device with more than two
    terminals the numbers of each, and the error beside the last one; the rates of neutral species at the driven one; and of a
    closed cell, which lets nothing through, the charges of its electrodes."""
    found = []
    if "terminals" in result.geometry and not result.terminals and not _is_anywhere(result.observables, CURRENT):
        charges = [name for name in result.observables if name in {f"charge_{wall} [C]" for wall in result.electrodes}]
        found += [(name, "", charges) for name in charges]
    for header, error in MEASURED.items():
        group = [name for name in result.at_terminals(header) if name in result.observables]
        found += [(name, error if name == group[-1] else "", group) for name in group]
    neutral = f"molar_rate_{result.run.get('driven_terminal')}_"
    return found + [(name, "", [name]) for name in result.observables if name.startswith(neutral) and not _is_bar(name)]


def _is_bar(header: str) -> bool:
    """Whether a column holds the errors of another one."""
    return header.partition(" [")[0].endswith("_error")


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


def _badly_conserved(result: Result) -> list[str]:
    """A line that says how large the conservation errors get, where they are too large."""
    table, parts = result.observables, []
    for header, error in MEASURED.items():
        counted = relative(table, header, header) == 1.0
        if error in table and np.any(counted):
            worst = largest(result, np.where(counted, np.asarray(table[error], dtype=float), np.nan))
            if worst and worst[0] > CONSERVED:
                parts.append(f"{worst[0]:.0e} of the {readable(header)}{worst[1]}")
    return [f"conservation error up to {' and '.join(parts)}".replace("−", "-")] if parts else []


def _errors(values: Iterable[float], zero: Sequence[bool]) -> list[str]:
    """Relative errors; none where the value itself is zero."""
    return ["" if none else _error(value) for value, none in zip(values, zero, strict=True)]


def _error(value: float) -> str:
    return "" if math.isnan(value) else "0" if value == 0.0 else f"{value:.0e}"


def ordinal(number: int) -> str:
    """Ending of an ordinal number: "nd" of 2."""
    last = {1: "st", 2: "nd", 3: "rd"}
    return "th" if number % 100 in (11, 12, 13) else last.get(number % 10, "th")
