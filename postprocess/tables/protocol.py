"""Contents of a transient: its protocol in words, and the cycles, pulse trains and relaxations of its summary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from postprocess.tables.columns import matches
from postprocess.tables.kinds import FREQUENCY, TIME
from postprocess.tables.result import Curve, Result
from postprocess.tables.units import quantity, readable, split_header

Entry = Mapping[str, Any]

PARTS = 8  # steps of a protocol that are written out


@dataclass(frozen=True, eq=False)
class Cycle:
    """The periods of one sine or triangle for one outer value."""

    outer: float | None
    key: str
    """The driven quantity, such as "terminals.base.potential"."""
    frequency: float
    """In Hz."""
    periods: list[Entry]
    """Entries `loops` of summary.json, in their order."""

    @property
    def last(self) -> Entry:
        """The last period."""
        return self.periods[-1]

    def header(self, result: Result) -> str | None:
        """Header of the driven quantity in observables.csv, None when it is missing there."""
        return next((header for header in result.driven if split_header(header)[0] == self.key), None)


@dataclass(frozen=True, eq=False)
class Train:
    """The pulses of one train for one outer value: entries `pulses` of summary.json."""

    outer: float | None
    pulses: list[Entry]

    @property
    def start(self) -> float:
        """Start of the first pulse, s."""
        return float(self.pulses[0]["start [s]"])

    @property
    def stop(self) -> float:
        """End of the last pulse, s."""
        return float(self.pulses[-1]["stop [s]"])


def value_of(entry: Entry, key: str) -> float:
    """Number of an entry of the summary, NaN when it is not known."""
    found = entry.get(key)
    return math.nan if found is None else float(found)


def widest(result: Result) -> tuple[float, float, str] | None:
    """Frequency [Hz] of the largest normalised area over an outer frequency, that area, and where it lies in words."""
    found = result.summary.get("largest_area")
    if not found:
        return None
    inside = bool(found.get("inside_the_range", True))
    where = "" if inside else ", an end of the range"
    return float(found[FREQUENCY]), float(found["area_normalised"]), where


def cycles(result: Result) -> list[Cycle]:
    """Sines and triangles of a transient, in the order of the summary; none before the run is complete."""
    found: list[Cycle] = []
    for entry in result.summary.get("loops") or ():
        outer, key, frequency = entry["outer"], str(entry["key"]), float(entry["frequency [Hz]"])
        again = int(entry["period"]) <= 1
        if again or not found or (found[-1].outer, found[-1].key, found[-1].frequency) != (outer, key, frequency):
            found.append(Cycle(outer, key, frequency, []))
        found[-1].periods.append(entry)
    return found


def trains(result: Result) -> list[Train]:
    """Pulse trains of a transient, in the order of the summary."""
    found: dict[tuple[Any, Any], Train] = {}
    for entry in result.summary.get("pulses") or ():
        found.setdefault((entry["outer"], entry["train"]), Train(entry["outer"], [])).pulses.append(entry)
    return list(found.values())


def memories(result: Result, outer: float | None = None, after: float | None = None) -> list[Entry]:
    """Fitted relaxations; with `after` those that start at that time [s] or later, for this outer value."""
    found = list(result.summary.get("memory") or ())
    if after is None:
        return found
    return [each for each in found if each["outer"] == outer and each["start [s]"] >= after * (1.0 - 1e-9)]


def rows_between(result: Result, outer: float | None, start: float, stop: float) -> pd.DataFrame:
    """Rows of observables.csv from a time to another [s], both included, for one outer value, in the order of time."""
    table = result.observables
    if outer is not None and result.outer is not None:
        table = table[matches(table[result.outer], outer)]
    slack = 1e-9 * float(result.observables[TIME].max())
    inside = (table[TIME] >= start - slack) & (table[TIME] <= stop + slack)
    return table[inside].sort_values(TIME, kind="stable")


def outer_text(result: Result, outer: float | None) -> str:
    """The outer value in its unit, such as "30 Hz"; "" without one."""
    if outer is None or result.outer is None:
        return ""
    return result.swept(result.outer).text(outer)


def turning_points(result: Result, curve: Curve) -> list[int]:
    """Positions in a curve where a driven quantity starts, ends or reverses, with both ends of the run."""
    count = len(curve.points)
    found = {0, count - 1}
    for header in result.driven:
        values = np.asarray(curve.points[header], dtype=float)
        steps = np.diff(values)
        directions = np.sign(np.where(np.abs(steps) > 1e-9 * np.ptp(values), steps, 0.0))
        found |= {int(i) + 1 for i in np.flatnonzero(np.diff(directions))}
    return sorted(found)


def describe_protocol(result: Result) -> str:
    """The protocol in one line, such as "hold 2 ms, sine 30 Hz × 2 (potential at base ± 1 V)"; "" when there is none."""
    protocol = ((result.run.get("case") or {}).get("study") or {}).get("protocol") or []
    if isinstance(protocol, Mapping):
        return "; ".join(f"{name}: {_steps(result, steps)}" for name, steps in protocol.items())
    return _steps(result, protocol)


def _steps(result: Result, steps: Iterable[Entry]) -> str:
    shown = [_step(result, step) for step in steps]
    if len(shown) > PARTS:
        shown[PARTS - 2 : -1] = [f"... {len(shown) - PARTS + 1} more ..."]
    return ", ".join(shown)


def _step(result: Result, step: Entry) -> str:
    """One step in words: type, how long or how often, what it drives and how far."""
    parts = [str(step.get("type", "step"))]
    if step.get("duration") is not None:
        parts.append(quantity(float(step["duration"]), "s"))
    if step.get("frequency") is not None:
        parts.append(f"{quantity(float(step['frequency']), 'Hz')} × {step.get('periods', 1):g}")
    if step.get("count") is not None:
        parts.append(
            f"{step['count']} × {quantity(float(step['width']), 's')} every {quantity(float(step['period']), 's')}"
        )
    if step.get("file") is not None:
        parts.append(str(step["file"]))
    units = dict(split_header(header) for header in result.driven)
    driven = [
        f"{readable(key)} {sign} {quantity(float(value), units.get(key, ''))}"
        for sign, targets in (("±", step.get("amplitude")), ("to", step.get("to")))
        for key, value in (targets or {}).items()
    ]
    return " ".join(parts) + (f" ({', '.join(driven)})" if driven else "")
