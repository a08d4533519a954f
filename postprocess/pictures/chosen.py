"""What is drawn: the points of a result, their fields, and the names of those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from postprocess.pictures.derived import DERIVED
from postprocess.pictures.fields import Derive, fields_to_draw, full_name
from postprocess.pictures.state import State
from postprocess.tables.result import Result

DEFAULT_FIELDS = ("salt", "potential", "velocity")
MESH = "mesh"
"""Name under which the cells themselves are drawn."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Points of a result with their states, and names of point data of the states (or MESH)."""

    points: list[int]
    states: list[State]
    names: list[str]

    @classmethod
    def of(cls, result: Result, field: str | None, at: Sequence[str]) -> Chosen:
        """Field and points as of `render.draw_pictures`.

        Raises:
            ResultError: something of this is not there, with a list of what there is.
        """
        files = fields_to_draw(result)
        known = set(result.observables["point"].astype(int))
        available = [point for point in files.points if point in known]
        points = result.select(at, among=available) if at else result.extremes(available)
        states = [files.read(point, derived_of(result, field)) for point in points]
        if field == MESH:
            return cls(points[:1], states[:1], [MESH])
        if field is not None:
            return cls(points, states, [full_name(field, [*states[0].data, MESH, *DERIVED])])
        names = [name for name in DEFAULT_FIELDS if all(name in state.data for state in states)]
        return cls(
            points, states, [name for name in names if any(np.any(np.nan_to_num(state.data[name])) for state in states)]
        )


def derived_of(result: Result, field: str | None) -> dict[str, Derive]:
    """What makes a field that is not in the files; nothing for others."""
    return {name: partial(make, result) for name, make in DERIVED.items() if name == field}


def file_name(*words: str | None) -> str:
    """Name of a picture of words such as a field, a window and points."""
    return "-".join(re.sub(r"[^\w.=+-]+", "", word.replace("−", "-")) for word in words if word)
