"""Points of a study in the order of computing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic

import numpy as np

from solver.case.bias import bias_of, means_bias
from solver.case.studies.studied import C
from solver.results.headers import BIAS
from solver.results.swept import SweptQuantity


@dataclass(frozen=True)
class Point(Generic[C]):
    """One point of a study.

    Attributes:
        number: counts in the order of computing.
        values: swept parameter (dotted key) and SI value, outer first.
        case: the case with these values.
        branch: points of one branch follow each other continuously.
        continues: whether the branch starts from the first point of the branch before.
        coordinate: position along the branch, for extrapolation: the value, or its logarithm where values span decades.
        swept: its keys as people read them; made from their values alone where it is left out.
    """

    number: int
    values: tuple[tuple[str, float], ...]
    case: C
    branch: int
    continues: bool
    coordinate: float = 0.0
    swept: Mapping[str, SweptQuantity] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The point in words, such as "concentration 10 mM, bias 0.35 V"."""
        unnamed: str = self.case.study.unnamed_point
        words = []
        for parameter, value in self.values:
            swept = self.swept.get(parameter) or _swept([self], parameter)
            shown = bias_of(self.case) if swept.header == BIAS else value
            words.append(swept.named(shown, " ").replace("−", "-"))
        return ", ".join(words) or unnamed

    @property
    def columns(self) -> dict[str, float]:
        """Its values by the headers of their columns."""
        return {self.case.header(parameter): value for parameter, value in self.values}


def plan(case: C) -> list[Point[C]]:
    """All points of the study in the order of computing: steady points, biases of a spectrum, runs of a protocol."""
    points: list[Point[C]] = case.study.points(case)
    units = case.study.written_units()
    swept = {key: _swept(points, key, units.get(key, "")) for key, _ in points[0].values}
    return [replace(point, swept=swept) for point in points]


def _swept(points: Sequence[Point[C]], parameter: str, written: str = "") -> SweptQuantity:
    """The quantity that a swept key means to people, over all points."""
    case = points[0].case
    values = [dict(point.values)[parameter] for point in points]
    if parameter == case.potential_key(case.driven_terminal) and not case.galvanostatic:
        biases = [bias_of(point.case) for point in points]
        if means_bias(len(case.terminals) + len(case.electrodes), values, biases):
            return SweptQuantity.of(BIAS, biases, written)
    return SweptQuantity.of(case.header(parameter), values, written)


def extremes(point: Point[C]) -> list[Point[C]]:
    """The steady points for which the mesh of a point is made."""
    points: list[Point[C]] = point.case.study.extremes(point)
    return points


def points_of_axes(case: C, axes: Sequence[tuple[str, Sequence[float]]]) -> list[Point[C]]:
    """Steady points over the values of dotted keys, the outermost first; one point without any.

    A range of inner values with both signs starts at the value nearest to zero and goes up; then from there down.
    """
    if not axes:
        return [Point(0, (), case, 0, False)]
    *outer, (inner, values) = axes
    decades = min(values) > 0 and max(values) > 20 * min(values)
    points: list[Point[C]] = []
    branch = 0
    for combination in itertools.product(*([(key, value) for value in of_key] for key, of_key in outer)):
        base = case.with_values(dict(combination)) if combination else case
        for index, run in enumerate(_branches(values)):
            for value in run:
                swept = (*combination, (inner, value))
                at = float(np.log(value)) if decades else value
                points.append(Point(len(points), swept, base.with_value(inner, value), branch, index > 0, at))
            branch += 1
    return points


def _branches(values: Sequence[float]) -> list[list[float]]:
    """The values in runs of computing order."""
    if min(values) < 0 < max(values):
        ordered = sorted(values)
        start = int(np.argmin(np.abs(ordered)))
        return [run for run in (ordered[start:], ordered[:start][::-1]) if run]
    return [list(values)]
