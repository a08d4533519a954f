"""Plain-text table of a transient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from postprocess.tables.columns import spread
from postprocess.tables.kinds import TIME
from postprocess.tables.layout import LEFT, WIDTH, Column, bracket, layout, number_column
from postprocess.tables.protocol import Entry, cycles, memories, outer_text, turning_points, value_of, widest
from postprocess.tables.result import Curve, Result
from postprocess.tables.units import SMALLEST, engineering, quantity, readable, split_header
from postprocess.tables.zeros import below_bars

ROWS = 15
ROUNDING = 1e-12
"""Part of the largest number of a column of the summary below which others are its round-off."""
MEASURED = {
    "current [A]": "current",
    "conductance [S]": "conductance",
    "salt_mean [mol/m^3]": "mean salt",
}
COUNTED = ("accepted_steps", "rejected_steps", "failed_steps", "newton_iterations", "factorisations")
BALANCES = {"salt_balance_error": "salt", "charge_balance_error": "charge"}


def transient_table(result: Result, *, width: int = WIDTH, verbose: bool = False) -> str:
    """Instants, loops, relaxations, pulses, balances and cost of a transient.

    The instants, at most ROWS, are those at which the drive changes its direction, and others between them. With an outer
    parameter they are shown only when nothing else sums the run up. `verbose` changes nothing: balances are one line.
    """
    summed = [part(result, width) for part in (_loops, _memories, _pulses)]
    blocks = [] if result.outer and any(summed) else _instants(result, width)
    lines = [line for line in (_balances(result), _cost(result)) if line]
    return "\n\n".join([*blocks, *filter(None, summed), *(["\n".join(lines)] if lines else [])]).replace("−", "-")


def loop_line(result: Result) -> str:
    """One line on the loops: how many, and which is the widest; "" without loops."""
    found = cycles(result)
    if not found:
        return ""
    best = max(found, key=lambda cycle: np.nan_to_num(value_of(cycle.last, "area_normalised")))
    area = 100.0 * value_of(best.last, "area_normalised")
    text = f"{len(found)} cycle{'s' if len(found) > 1 else ''}, {'widest ' if len(found) > 1 else ''}"
    text += (
        f"{area:.3g} % of the frame at {quantity(best.frequency, 'Hz')}{', pinched' if best.last['pinched'] else ''}"
    )
    largest = widest(result)
    return f"{text}; largest at {quantity(largest[0], 'Hz')}{largest[2]}" if largest else text


# ------------------------------------------------------------------------------------------------------------- inside


def _instants(result: Result, width: int) -> list[str]:
    """A block of rows per outer value."""
    curves = result.curves()
    most = max(4, ROWS // len(curves))
    given = (TIME, *result.driven)
    known = [header for header, column in result.observables.items() if column.notna().any()]
    blocks = []
    for curve in curves:
        rows = _chosen(result, curve, most)
        headers = {TIME: "time"} | {header: readable(header) for header in result.driven}
        headers |= {header: name for header, name in MEASURED.items() if header in known}
        columns = [
            number_column(
                name,
                header,
                curve.points[header].iloc[rows],
                result.observables[header],
                exact=header in given,
                zero=None if header in given else below_bars(curve.points, header)[rows],
            )
            for header, name in headers.items()
        ]
        text = layout(columns, width)
        if len(rows) < len(curve.points):
            text += f"\n{len(rows)} of {len(curve.points)} instants; all are in {result.place('observables.csv')}"
        blocks.append(f"{curve.label}\n{text}" if curve.label else text)
    return blocks


def _chosen(result: Result, curve: Curve, most: int) -> list[int]:
    """Positions of up to `most` rows: turning points of the drive, and when these are few, others spread over the time."""
    turning = turning_points(result, curve)
    if len(turning) >= most:
        return spread(turning, most)
    times = np.asarray(curve.points[TIME], dtype=float)
    found = set(turning)
    while len(found) < min(most, len(times)):
        # the row nearest to the middle of the longest gap
        ordered = sorted(found)
        gaps = [(times[b] - times[a], a, b) for a, b in pairwise(ordered) if b > a + 1]
        if not gaps:
            break
        _, a, b = max(gaps)
        between = np.arange(a + 1, b)
        found.add(int(between[np.argmin(np.abs(times[between] - 0.5 * (times[a] + times[b])))]))
    return sorted(found)


def _loops(result: Result, width: int) -> str:
    """The last period of every cycle."""
    found = cycles(result)
    if not found:
        return ""
    last = [cycle.last for cycle in found]
    outer = [outer_text(result, cycle.outer) for cycle in found]
    shown = any(outer) and not (result.outer or "").endswith("frequency [Hz]")
    columns: list[Column] = [((readable(result.outer or ""), ""), outer, LEFT)] if shown else []
    columns += [
        (("frequency", ""), [quantity(cycle.frequency, "Hz") for cycle in found], ">"),
        (("period", ""), [str(each["period"]) for each in last], ">"),
        _entries(last, "area_negative [W]", "area left"),
        _entries(last, "area_positive [W]", "area right"),
        (("area over", "frame [%]"), [_number(each, "area_normalised", 100.0) for each in last], "."),
        _entries(last, "current_maximum [A]", "largest I"),
        _entries(last, "current_minimum [A]", "smallest I"),
        _entries(last, "crossing_current [A]", "I at V = 0"),
        (("pinched", ""), ["yes" if each["pinched"] else "no" for each in last], LEFT),
    ]
    text = "loops, last period of every cycle; areas are positive where the loop runs anticlockwise\n" + layout(
        columns, width
    )
    largest = widest(result)
    if largest:
        at = f"{quantity(largest[0], 'Hz')}{largest[2]}"
        text += f"\nlargest area {100.0 * largest[1]:.3g} % of the frame at {at}"
    return text


def _memories(result: Result, width: int) -> str:
    everything = memories(result)
    if not everything:
        return ""
    found = [everything[i] for i in spread(range(len(everything)), ROWS)]
    of = str(found[0]["of"])
    columns = _when(result, found)
    columns += [
        (("memory time", ""), [quantity(float(each["memory_time [s]"]), "s") for each in found], ">"),
        *(_entries(found, key, key, split_header(of)[1]) for key in ("initial", "final")),
        (
            ("error of", "the fit"),
            ["" if each["fit_error"] is None else f"{each['fit_error']:.0e}" for each in found],
            ".",
        ),
    ]
    text = f"relaxations of {readable(of).removesuffix(' mean').removesuffix(' axial')}\n{layout(columns, width)}"
    return text + (f"\n{len(found)} of {len(everything)}" if len(found) < len(everything) else "")


def _pulses(result: Result, width: int) -> str:
    """Pulses of all trains, at most ROWS."""
    everything = list(result.summary.get("pulses") or ())
    if not everything:
        return ""
    found = [everything[i] for i in spread(range(len(everything)), ROWS)]
    columns = _when(result, found)
    columns += [
        (("train", ""), [str(each["train"]) for each in found], ">"),
        (("pulse", ""), [str(each["pulse"]) for each in found], ">"),
        _entries(found, "current_end [A]", "current"),
        _entries(found, "conductance_end [S]", "conductance"),
        (("over that of", "the first"), [_number(each, "ratio_to_first") for each in found], "."),
    ]
    text = f"pulses, at their ends\n{layout(columns, width)}"
    return text + (f"\n{len(found)} of {len(everything)}" if len(found) < len(everything) else "")


def _when(result: Result, entries: Sequence[Entry]) -> list[Column]:
    """Outer value, start and end of entries of the summary."""
    outer = [outer_text(result, each["outer"]) for each in entries]
    columns: list[Column] = [((readable(result.outer or ""), ""), outer, LEFT)] if any(outer) else []
    return [*columns, _entries(entries, "start [s]", "from"), _entries(entries, "stop [s]", "to")]


def _entries(entries: Sequence[Mapping[str, Any]], key: str, name: str, unit: str | None = None) -> Column:
    """A column with one number of every entry, in one unit."""
    unit = split_header(key)[1] if unit is None else unit
    known = [float(each[key]) for each in entries if each.get(key) is not None]
    nothing = max(ROUNDING * max(map(abs, known), default=0.0), SMALLEST.get(unit, 0.0)) if unit != "s" else 0.0
    scale = engineering([value for value in known if abs(value) > nothing], unit)
    return (name, bracket(scale.unit)), [_number(each, key, scale.factor, nothing) for each in entries], "."


def _number(entry: Mapping[str, Any], key: str, factor: float = 1.0, nothing: float = 0.0) -> str:
    """An entry times a factor; 0 for what is not larger than `nothing`, "" for what is not known."""
    value = entry.get(key)
    if value is None:
        return ""
    return f"{float(value) * factor:.4g}" if abs(float(value)) > nothing else "0"


def _balances(result: Result) -> str:
    """The largest balance errors of a run, and of the sum of the currents."""
    table = result.observables
    parts = []
    for header, name in BALANCES.items():
        if header in table and table[header].notna().any():
            parts.append(f"{name} {table[header].abs().max():.0e}")
    return f"largest error of the balance of {', of '.join(parts)}" if parts else ""


def _cost(result: Result) -> str:
    """Numbers of steps and factorisations."""
    cost: Iterable[tuple[str, Any]] = (result.summary.get("cost") or {}).items()
    parts = [f"{value} {key.replace('_', ' ')}" for key, value in cost if key in COUNTED]
    return ", ".join(parts)
