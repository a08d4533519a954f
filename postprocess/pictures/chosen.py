"""What is drawn: the points of a result, their fields, and the names of those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from postprocess.pictures.derived import AT_WALLS, DERIVED
from postprocess.pictures.fields import Derive, fields_to_draw, full_name
from postprocess.pictures.planes import Plane
from postprocess.pictures.state import State
from postprocess.pictures.volume import Volume
from postprocess.tables.result import Result
from solver.results.rows import ResultError

DEFAULT_FIELDS = ("salt", "potential", "velocity")
MESH = "mesh"
"""Name under which the cells themselves are drawn."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Points of a result with their states, and names of point data of the states (or MESH).

    volumes: of a device in three dimensions, whose states are those in a plane; else none.
    """

    points: list[int]
    states: list[State]
    names: list[str]
    volumes: list[Volume] = field(default_factory=list)

    @classmethod
    def of(cls, result: Result, field: str | None, at: Sequence[str], needs: Sequence[str] = ()) -> Chosen:
        """Field and points as of `render.draw_pictures`. needs: fields that are made besides.

        Raises:
            ResultError: something of this is not there, with a list of what there is.
        """
        files = fields_to_draw(result)
        known = set(result.observables["point"].astype(int))
        available = [point for point in files.points if point in known]
        points = result.select(at, among=available) if at else result.extremes(available)
        if field == MESH:
            points = points[:1]
        found = [files.whole(point, derived_of(result, field, *needs)) for point in points]
        volumes = [each for each in found if isinstance(each, Volume)]
        states = [each.section(Plane()) if isinstance(each, Volume) else each for each in found]
        if field == MESH:
            return cls(points, states, [MESH], volumes)
        if field is not None:
            return cls(points, states, [full_name(field, [*states[0].data, MESH, *DERIVED])], volumes)
        names = [name for name in DEFAULT_FIELDS if all(name in state.data for state in states)]
        names = [name for name in names if any(np.any(np.nan_to_num(state.data[name])) for state in states)]
        return cls(points, states, names, volumes)

    def at(self, plane: Plane) -> Chosen:
        """The same in another plane.

        Raises:
            ResultError: the device is in two dimensions, or the plane does not meet it.
        """
        if not self.volumes:
            raise ResultError("a plane is chosen in devices in three dimensions, and this one has two")
        return replace(self, states=[volume.section(plane) for volume in self.volumes])


def derived_of(result: Result, *fields: str | None) -> dict[str, Derive]:
    """What makes fields that are not in the files; nothing for others."""
    return {name: partial(make, result) for name, make in {**DERIVED, **AT_WALLS}.items() if name in fields}


def file_name(*words: str | None) -> str:
    """Name of a picture of words such as a field, a window and points."""
    return "-".join(re.sub(r"[^\w.=+-]+", "", word.replace("−", "-")) for word in words if word)
