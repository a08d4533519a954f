"""Points of a study in the order of computing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.steady import Steady
from solver.case.studies.transient import Transient
from solver.signals.schedule import schedule_of


@dataclass(frozen=True)
class Point:
    """One point of a study.

    Attributes:
        number: counts in the order of computing.
        values: swept parameter (dotted key) and SI value, outer first.
        case: the case with these values.
        branch: points of one branch follow each other continuously.
        coordinate: position along the branch, for extrapolation: the value, or its logarithm where values span decades.
        continues: whether the branch starts from the first point of the branch before.
    """

    number: int
    values: tuple[tuple[str, float], ...]
    case: Case
    branch: int
    continues: bool
    coordinate: float = 0.0

    @property
    def name(self) -> str:
        """The point in words."""
        nothing = "the protocol" if isinstance(self.case.study, Transient) else "the steady point"
        return ", ".join(f"{parameter} = {value:.6g}" for parameter, value in self.values) or nothing


def plan(case: Case) -> list[Point]:
    """All points of the study in the order of computing: steady points, biases of a spectrum, runs of a protocol.

    A range of values with both signs starts at the value nearest to zero and goes up; then from there down.
    """
    if isinstance(case.study, Steady):
        return [Point(0, (), case, 0, False)]
    if isinstance(case.study, Transient):
        return _runs(case, case.study)
    if isinstance(case.study, Impedance):
        return _biases(case, case.study)
    axes = case.study.axes()
    inner, values = axes[-1]
    outer_values: Sequence[float | None]
    outer, outer_values = axes[0] if len(axes) > 1 else ("", [None])
    decades = min(values) > 0 and max(values) > 20 * min(values)
    points: list[Point] = []
    branch = 0
    for outer_value in outer_values:
        base = case if outer_value is None else case.with_value(outer, outer_value)
        prefix = () if outer_value is None else ((outer, outer_value),)
        for index, run in enumerate(_branches(values)):
            for value in run:
                swept = (*prefix, (inner, value))
                at = float(np.log(value)) if decades else value
                points.append(Point(len(points), swept, base.with_value(inner, value), branch, index > 0, at))
            branch += 1
    return points


def _runs(case: Case, study: Transient) -> list[Point]:
    """One point for every value of the outer parameter."""
    if study.outer is None:
        return [Point(0, (), case, 0, False)]
    key = study.outer.parameter
    values = enumerate(study.outer.points())
    return [Point(k, ((key, value),), case.with_value(key, value), k, False) for k, value in values]


def _biases(case: Case, study: Impedance) -> list[Point]:
    """One point for every potential at which a spectrum is taken."""
    name = case.driven_terminal
    key = case.potential_key(name)
    potentials = [case.potential_of(name)] if study.at is None else [float(value) for value in study.at]
    return [Point(k, ((key, v),), case.with_value(key, v), 0, False, v) for k, v in enumerate(potentials)]


def extremes(point: Point) -> list[Point]:
    """The steady points at which anything that a protocol drives is least or greatest; other points as they are. Meshes are
    made for these."""
    if not isinstance(point.case.study, Transient):
        return [point]
    steady = point.case.model_copy(update={"study": Steady(driven_terminal=point.case.driven_terminal)})
    values = enumerate(schedule_of(point.case).extremes())
    return [Point(0, tuple(held.items()), steady.with_values(held), 0, False, float(k)) for k, held in values]


def _branches(values: list[float]) -> list[list[float]]:
    """The values in runs of computing order."""
    if min(values) < 0 < max(values):
        ordered = sorted(values)
        start = int(np.argmin(np.abs(ordered)))
        return [run for run in (ordered[start:], ordered[:start][::-1]) if run]
    return [list(values)]
