"""Rows of a transient result as columns in time, one run for every outer value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.analysis.curves import number
from solver.case.case import Case
from solver.case.studies.axes import SweepAxis
from solver.case.studies.transient import Transient, schedule_of
from solver.results.headers import BIAS, CONDUCTANCE, CURRENT, SALT_AXIAL_MEAN, TIME, parameter_header
from solver.signals.schedule import Schedule

Array = NDArray[np.float64]
Row = Mapping[str, Any]

LEAST_ROWS = 5
"""Rows in a hold from which its relaxation is fitted."""


@dataclass(frozen=True)
class Run:
    """The rows of one outer value in the order of time, as columns, with the schedule they follow.

    every_step: whether there is a row for every time step.
    """

    outer: float | None
    schedule: Schedule
    columns: Mapping[str, Array]
    every_step: bool

    @property
    def times(self) -> Array:
        return self.columns[TIME]

    @property
    def instant(self) -> float:
        """Times closer than this are one."""
        return 1e-9 * self.schedule.duration

    def within(self, start: float, stop: float) -> NDArray[np.bool_]:
        """Which rows lie in an interval, its ends included."""
        chosen: NDArray[np.bool_] = (self.times >= start - self.instant) & (self.times <= stop + self.instant)
        return chosen

    def at(self, name: str, time: float) -> float | None:
        """A column's value in the row at a time; None when there is no such row or no value."""
        near = np.flatnonzero(np.abs(self.times - time) <= self.instant)
        value = float(self.columns[name][near[0]]) if len(near) and name in self.columns else math.nan
        return value if math.isfinite(value) else None

    def reaches(self, time: float) -> bool:
        """Whether the rows go as far as a time."""
        return len(self.times) > 0 and bool(self.times[-1] >= time - self.instant)


def runs_of(rows: Sequence[Row], case: Case) -> Iterator[Run]:
    """The runs of a transient result, in the order of computing.

    rows: of observables.csv; numbers, or texts as a file has them.

    Raises:
        ValueError: the study is no transient.
    """
    try:
        study = Transient.of(case)
    except ValueError:
        raise ValueError(f"a {case.study.kind()} study has no loops") from None
    outer = study.outer
    header = "" if outer is None else parameter_header(case, outer.parameter)
    groups: dict[float | None, list[Row]] = {}
    for row in rows:
        groups.setdefault(None if outer is None else _nearest(number(row[header]), outer), []).append(row)
    for value, found in groups.items():
        own = case if outer is None or value is None else case.with_value(outer.parameter, value)
        ordered = sorted(found, key=lambda row: number(row[TIME]))
        names = [TIME, BIAS, CURRENT, CONDUCTANCE, SALT_AXIAL_MEAN]
        columns = {name: np.array([number(row.get(name)) for row in ordered]) for name in names}
        yield Run(value, schedule_of(own), columns, every_step=study.record_every is None)


def _nearest(value: float, axis: SweepAxis) -> float:
    """The value of the axis that a row means (a file may have fewer digits)."""
    return min(axis.si_values(), key=lambda point: abs(point - value))
