"""What a reader wants first: the few numbers that a result is about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from postprocess.report.base import Heading, Section
from postprocess.report.text_tables import typeset
from postprocess.tables.columns import errors, relative
from postprocess.tables.error_lines import largest
from postprocess.tables.kinds import BIAS
from postprocess.tables.protocol import cycles, value_of
from postprocess.tables.result import Result
from postprocess.tables.salinity_table import SHOWN
from postprocess.tables.steady_table import pairs_between_like_reservoirs
from postprocess.tables.uncertainty import percent, quantity_with_error, with_error
from postprocess.tables.units import quantity, split_header
from postprocess.tables.zeros import zeros

CURRENT, FLOW = "current [A]", "flow_rate [m^3/s]"
REVERSAL, POWER = "reversal_potential [V]", "osmotic_power [W]"
LIMIT = "differential_conductance [S]"


def heading(result: Result) -> Heading:
    """Title, name and status of a result."""
    status = str(result.run.get("status") or "unknown")
    started = str(result.run.get("started") or "").replace("T", " ")[:16]
    return Heading(
        result.title, result.name, status, status == "complete", str(result.run.get("message") or ""), started
    )


def content(result: Result) -> Mapping[str, Any]:
    """Names and values, as many as the result has."""
    return {"tiles": [tile for tile in _tiles(result) if tile[1]]}


def _tiles(result: Result) -> Iterator[tuple[str, str, str]]:
    """Name, value, and where it is."""
    count = len(result.observables)
    yield f"{result.kind.point}s" if count != 1 else result.kind.point, str(count), ""
    if result.transient:
        yield from _of_loops(result)
    if LIMIT in result.observables:
        yield from _of_spectrum(result)
    if REVERSAL in result.observables:
        yield from _of_gradients(result)
    elif not result.kind.along:
        yield from _at_the_largest_bias(result)
    worst = largest(result, relative(result.observables, CURRENT, "current_error [A]"))
    if worst:
        yield "largest error of the current", percent(worst[0]), worst[1].removeprefix(" at ")
    mesh = result.run.get("mesh") or {}
    if mesh.get("unknowns"):
        yield "unknowns", f"{int(mesh['unknowns']):,}".replace(",", " "), ""
    wall_time = (result.run.get("cost") or {}).get("wall_time")
    if wall_time:
        ranks = int(result.run.get("ranks") or 1)
        yield "time", duration(float(wall_time)), f"on {ranks} rank{'s' if ranks != 1 else ''}"


def duration(seconds: float) -> str:
    """A time of computing: "17.5 s", "12 min", "3.4 h"."""
    return (
        f"{seconds:.3g} s"
        if seconds < 300.0
        else f"{seconds / 60.0:.3g} min"
        if seconds < 7200.0
        else f"{seconds / 3600.0:.3g} h"
    )


def _at_the_largest_bias(result: Result) -> Iterator[tuple[str, str, str]]:
    table = result.observables
    row = int(np.argmax(np.abs(np.asarray(table[CURRENT], dtype=float))))
    where = result.describe(int(table["point"].iloc[row]))
    for header, name in ((CURRENT, "largest current"), (FLOW, "flow rate there")):
        if header not in table or bool(zeros(table, header)[row]) or not math.isfinite(float(table[header].iloc[row])):
            continue
        bars = errors(table, header)
        yield name, _measured(float(table[header].iloc[row]), bars, row, split_header(header)[1]), where
        where = ""
    pairs = pairs_between_like_reservoirs(result)
    if len(pairs):
        best = pairs.iloc[int(np.argmax(np.abs(np.asarray(pairs[BIAS], dtype=float))))]
        yield (
            "rectification |I(−V)|/|I(V)|",
            with_error(float(best["ratio"]), float(best["ratio_error"])),
            f"at {quantity(float(best[BIAS]), 'V')}",
        )


def _measured(value: float, bars: Any, row: int, unit: str) -> str:
    return quantity_with_error(value, None if bars is None else float(bars[row]), unit).replace("-", "−")


def _of_loops(result: Result) -> Iterator[tuple[str, str, str]]:
    found = cycles(result)
    if found:
        best = max(found, key=lambda cycle: np.nan_to_num(value_of(cycle.last, "area_normalised")))
        area = 100.0 * value_of(best.last, "area_normalised")
        if math.isfinite(area):
            where = quantity(best.frequency, "Hz") + (", pinched" if best.last["pinched"] else "")
            yield "widest loop", f"{area:.3g} % of its frame", where
    pulses = result.summary.get("pulses") or ()
    if pulses and value_of(pulses[-1], "ratio_to_first") > 0.0:
        yield (
            "conductance at the last pulse",
            f"{value_of(pulses[-1], 'ratio_to_first'):.4g} ×",
            "over that at the first",
        )
    memory = result.summary.get("memory") or ()
    if memory and math.isfinite(value_of(memory[-1], "memory_time [s]")):
        yield "memory time", quantity(value_of(memory[-1], "memory_time [s]"), "s"), ""


def _of_gradients(result: Result) -> Iterator[tuple[str, str, str]]:
    """What a device between unlike reservoirs delivers, at the point with the largest power."""
    table = result.observables
    power = np.nan_to_num(np.asarray(table.get(POWER, table[REVERSAL].abs()), dtype=float))
    row = int(np.argmax(power))
    where = result.describe(int(table["point"].iloc[row])) if len(table) > 1 else ""
    for header, name in SHOWN.items():
        if header in table and math.isfinite(value := float(table[header].iloc[row])):
            unit, bars = split_header(header)[1], errors(table, header)
            error = None if bars is None else float(bars[row])
            text = quantity_with_error(value, error, unit) if unit else with_error(value, error, digits=4)
            yield name, typeset(text), where


def _of_spectrum(result: Result) -> Iterator[tuple[str, str, str]]:
    for curve in result.curves()[:1]:
        slope = float(curve.points[LIMIT].iloc[0])
        if math.isfinite(slope) and slope != 0.0:
            yield "resistance at zero frequency", quantity(1.0 / slope, "ohm"), curve.label


SECTION = Section("overview", "At a glance", content)
