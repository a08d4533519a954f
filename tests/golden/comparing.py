"""Comparing the numbers of a run with the stored ones: what may differ, by kind of column.

All tolerances but those of `noise` are parts of the largest magnitude of the stored column; see test_golden.py for the
measurement behind them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.golden.catalogue import Entry
from tests.golden.tables import Column, Table, Tables

TOLERANCES: dict[str, float] = {
    "main": 1e-10,  # currents, flow rates, concentrations, potentials, profiles, areas, spectra
    "time": 1e-12,  # instants and steps
    "cut": 1e-10,  # current through the middle of the channel
    "rate": 1e-8,  # displacement currents: small differences over a step
    "quotient": 1e-8,  # conductances, transference numbers, selectivities: large where a current passes through zero
    "derivative": 1e-9,  # sensitivities, and the ions' part of an admittance: small differences of large parts
    "bar": 1e-5,  # error bars and estimates of errors: from iterations that stop at 1 %
    "noise": 1e-8,  # what would be zero without rounding; of scale 1, or of the columns it is compared with
    "count": 0.0,  # iterations, factorisations, events
}
"""Largest deviation by kind of column."""

KINDS: tuple[tuple[str, str], ...] = (
    # timing
    (r"^(assembly|factorisation|solve|observables|error estimate|reservoir error|wall)_time \[s\]$", "skipped"),
    (r"time_of_steps|time_of_a_factorisation|cost_in_factorisations", "skipped"),
    # effort
    (r"newton_iterations|factorisations|step_events|failed_steps|rejected_steps", "count"),
    (r"conservation_error|route_difference|balance_error", "noise"),
    (r"algebraic_error|_sugar_error|^charge_inventory", "noise"),  # the sugar carries no current
    (r"^donnan_potential_.*_error", "noise"),  # V; rounding in electroneutral devices
    (r"_error( \[|$)|\.error$", "bar"),
    (r"^time \[s\]$|^step_size \[s\]$|accepted_steps", "time"),
    (r"^displacement_current", "rate"),
    (r"^current_cut", "cut"),
    (r"^(derivative|elasticity) of |^conduction_admittance", "derivative"),
    (r"^conductance \[|^transference_|^selectivity$", "quotient"),
)
"""Pattern of a column's name and its kind; the first that fits counts, `main` where none does."""

SCALES: tuple[tuple[str, str], ...] = (
    (r"algebraic_error|_sugar_error", r"^current \[A\]$|^current_left \[A\]$|^current_base \[A\]$"),
    (r"^charge_inventory", r"^charge_"),
)
"""Noise that has a unit, and the columns whose largest magnitude it is measured with."""

LAST_UPDATE = re.compile(r"\((last update|the last one is) [^)]*\)")
"""In step_events; where Newton's method fails this number is rounding."""


@dataclass(frozen=True)
class Difference:
    """How far a column is from the stored one.

    Attributes:
        size: largest deviation, as a part of the scale; infinite where the columns cannot be compared.
        text: what differs, where it is no number.
    """

    table: str
    column: str
    kind: str
    size: float
    tolerance: float
    text: str = ""

    @property
    def passed(self) -> bool:
        """Whether the deviation is within its tolerance."""
        return self.size <= self.tolerance

    def __str__(self) -> str:
        told = self.text or f"deviates by {self.size:.2g}, tolerance {self.tolerance:.2g}"
        return f"{self.table}: {self.column} ({self.kind}): {told}"


def kind_of(column: str) -> str:
    """The kind of a column, by its name."""
    return next((kind for pattern, kind in KINDS if re.search(pattern, column)), "main")


def differences(entry: Entry, stored: Tables, found: Tables) -> Iterator[Difference]:
    """Every stored column that is not exactly as stored. New tables and columns are no differences."""
    tolerances = {**TOLERANCES, **entry.looser}
    for name, table in stored.items():
        here = found.get(name)
        if here is None:
            yield Difference(name, "", "main", math.inf, 0.0, "the table is missing")
            continue
        for column, values in table.items():
            kind = kind_of(column)
            if kind == "skipped":
                continue
            tolerance = tolerances.get(column, tolerances[kind])
            if column not in here:
                yield Difference(name, column, kind, math.inf, tolerance, "the column is missing")
                continue
            difference = _compared(values, here[column], _scale(table, column, kind))
            if difference is not None:
                yield Difference(name, column, kind, difference[0], tolerance, difference[1])


def _compared(stored: Column, found: Column, scale: float) -> tuple[float, str] | None:
    """Largest deviation and what there is to say; None where the columns are equal."""
    if len(stored) != len(found):
        return math.inf, f"{len(found)} rows, {len(stored)} stored"
    worst, text = 0.0, ""
    for k, (there, here) in enumerate(zip(stored, found, strict=True)):
        size = _deviation(there, here, scale)
        if size > worst:
            worst, text = size, f"{here!r} in row {k}, {there!r} stored"
    if not worst:
        return None
    return worst, text if math.isinf(worst) else ""


def _deviation(there: Any, here: Any, scale: float) -> float:
    if isinstance(there, str) and isinstance(here, str):
        same = LAST_UPDATE.sub("", there) == LAST_UPDATE.sub("", here)
        return 0.0 if same else math.inf
    if there == here:
        return 0.0
    if not (isinstance(there, float) and isinstance(here, float)):
        return math.inf
    if math.isnan(there) and math.isnan(here):
        return 0.0
    if not (math.isfinite(there) and math.isfinite(here)):
        return math.inf
    return abs(here - there) / scale if scale else math.inf


def _scale(table: Mapping[str, Column], column: str, kind: str) -> float:
    """What deviations of a column are divided by."""
    if kind != "noise":
        return largest(table[column])
    others = next((others for pattern, others in SCALES if re.search(pattern, column)), None)
    return 1.0 if others is None else max(largest(values) for name, values in table.items() if re.search(others, name))


def largest(values: Column) -> float:
    """Largest magnitude of the finite numbers of a column."""
    numbers = (abs(value) for value in values if isinstance(value, float) and math.isfinite(value))
    return max(numbers, default=0.0)


def summary(table: Table) -> str:
    """How large a table is, in words."""
    rows = max((len(values) for values in table.values()), default=0)
    return f"{rows} rows, {len(table)} columns"
