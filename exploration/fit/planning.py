"""Steady points at which the numbers of a fit are wanted, and whether one mesh can serve them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from meshes.quoting import quoted
from solver.case.case import Case
from solver.case.studies.points import Point, points_of_axes
from solver.discretization import build
from solver.inputs.errors import CaseError

Settings = tuple[tuple[str, float], ...]
"""Keys and their SI values, the outermost first."""


def planned(case: Case, wanted: Sequence[Settings]) -> tuple[list[Point[Case]], list[list[int]]]:
    """Points for all that is wanted, each close to the one before, and what is wanted at each."""
    places: dict[Settings, list[int]] = {}
    for i, settings in enumerate(wanted):
        places.setdefault(settings, []).append(i)
    outer: dict[Settings, list[float]] = {}
    for settings in places:
        outer.setdefault(settings[:-1], []).append(settings[-1][1] if settings else math.nan)
    points: list[Point[Case]] = []
    for shared, values in outer.items():
        inner = next((settings[-1][0] for settings in places if settings and settings[:-1] == shared), None)
        base = case.with_values(dict(shared)) if shared else case
        made = points_of_axes(base, [] if inner is None else [(inner, values)])
        branch = 1 + max((point.branch for point in points), default=-1)
        points += [
            replace(point, number=len(points) + k, values=(*shared, *point.values), branch=branch + point.branch)
            for k, point in enumerate(made)
        ]
    return points, [places[point.values] for point in points]


def check_alike(cases: Sequence[Case], points: Sequence[Point[Case]]) -> None:
    """Refuse points that one mesh and one problem cannot serve.

    Raises:
        CaseError: with the key along which they differ.
    """
    for case, point in zip(cases, points, strict=True):
        if not build.same_structure(cases[0], case):
            first = dict(points[0].values)
            key = next((key for key, value in reversed(point.values) if first.get(key) != value), "")
            raise CaseError(
                f"the numbers run along {quoted(key)}, which changes the device itself (its mesh or its equations) and "
                "not only a value of it; hold it, and give the numbers of each device to a fit of its own",
                key=tuple(key.split(".")),
                file=case.file,
            )


def stretch(one: Any, other: Any) -> float:
    """Largest factor between numbers of two plain descriptions; infinite where they differ otherwise."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            return math.inf
        return max((stretch(one[key], other[key]) for key in one), default=1.0)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        pairs = zip(one, other, strict=False)
        return max((stretch(*pair) for pair in pairs), default=1.0) if len(one) == len(other) else math.inf
    if one == other:
        return 1.0
    if isinstance(one, (int, float)) and isinstance(other, (int, float)) and one * other > 0.0:
        return max(one / other, other / one)
    return math.inf
