"""Jumps of the driven values of a transient, which rows before and after them do not show."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from postprocess.tables.result import Curve, Result
from postprocess.tables.units import split_header
from solver.case.studies.transient import Transient
from solver.inputs.keys import has_key, replace
from solver.signals.schedule import Schedule

Array = npt.NDArray[np.float64]

LEAST = 0.05  # of the largest bias: below it the current over the bias says nothing ...
PASSING = 0.1  # ... and while the bias moves through zero, below this


@dataclass(frozen=True)
class Jump:
    """An instant (s), and the driven values just after it by dotted key."""

    time: float
    values: Mapping[str, float]


def jumps(result: Result, curve: Curve) -> list[Jump]:
    """The jumps of the protocol along a curve, in the order of time; none where run.json has no protocol that can be read."""
    case = copy.deepcopy({"study": result.case_of(curve).get("study") or {}})
    if curve.value is not None and result.outer is not None:
        key = split_header(result.outer)[0]
        if has_key(case, key):  # else the outer parameter is none of the protocol
            replace(case, key, curve.value)
    try:
        study = Transient.model_validate(case["study"])
    except ValidationError:
        return []
    first = curve.points.iloc[0]
    columns = {split_header(header)[0]: header for header in result.driven}
    schedule = Schedule.of(study.tracks(), {key: float(first[columns[key]]) for key in study.driven_keys()})
    return [
        Jump(corner.time, schedule.values(corner.time, after=True))
        for corner in schedule.corners()
        if corner.jump and corner.time < schedule.duration
    ]


def stepped(times: Array, values: Array, found: Sequence[Jump], key: str | None = None) -> tuple[Array, Array]:
    """Times and values of a curve with a vertical line at every jump.

    key: the driven quantity, whose value after the jump is known; None for a response, which has its first value after the
    jump from there on.
    """
    for jump in reversed(found):
        slack = 1e-9 * float(times[-1])
        after = int(np.searchsorted(times, jump.time + slack, side="right"))
        if not 0 < after < len(times):
            continue
        value = float(values[after]) if key is None else jump.values.get(key, np.nan)
        if key is not None and not np.isfinite(value):
            continue
        at_jump = abs(times[after - 1] - jump.time) <= slack
        before = [] if at_jump else [(jump.time, float(values[after - 1]))]
        added = np.array([*before, (jump.time, value)])
        times, values = np.insert(times, after, added[:, 0]), np.insert(values, after, added[:, 1])
    return times, values


def through_zero(times: Array, conductance: Array, bias: Array, largest: float) -> Array:
    """A conductance without what the current over a bias near zero makes of it.

    Where the bias moves through zero the gap is closed by a straight line; at a bias that is held near zero, and at the
    ends, it stays open (NaN). largest: of the bias, V.
    """
    moves = np.diff(bias) != 0.0
    passing = np.concatenate([[False], moves[1:] & moves[:-1], [False]])
    sizes = np.abs(bias) / (largest or 1.0)
    found = np.where((sizes > LEAST) & ~(passing & (sizes < PASSING)), conductance, np.nan)
    for left, right in pairwise(np.flatnonzero(np.isfinite(found))):
        gap, way = slice(left + 1, right), np.diff(bias[left : right + 1])
        if bias[left] * bias[right] < 0.0 and bool(np.all(way > 0.0) or np.all(way < 0.0)):
            found[gap] = np.interp(times[gap], times[[left, right]], found[[left, right]])
    return found
