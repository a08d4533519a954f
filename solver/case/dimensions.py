"""What the dimension of a device decides in a case: the cells of its mesh where it says nothing, and how places on walls are
told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meshes.course import Course
from meshes.geometry import Geometry
from meshes.walls_in_space import wall_in_space
from solver.case.mesh import MeshControl

CELLS: Mapping[str, Any] = {
    "wall_size": "1 debye_length",
    "corner_size": "0.3 debye_length",
    "growth": 2.5,
    "axial_cells": 8,
}
"""Controls of a mesh in three dimensions: at 0.5 V the current and the flow rate of a cone of 57,000 unknowns are right to
0.7 %."""


def with_cells(given: Any, geometry: Geometry | None) -> Any:
    """The keys of `mesh` as they are given; in three dimensions those that are left out included."""
    if geometry is None or geometry.dimension < 3:
        return given
    if isinstance(given, MeshControl):
        given = {key: getattr(given, key) for key in given.model_fields_set}
    return {**CELLS, **given} if isinstance(given, dict) else CELLS if given is None else given


def course_of(geometry: Geometry, wall: str, along: str | None) -> Course:
    """How places on a wall are told apart, in the plane or in three dimensions.

    along: "radius" where the case says so; of a wall of a mesh file only it can say which way the wall runs.
    """
    found = geometry.course(wall)
    if found.trace is None and along == "radius":
        return replace(found, radial=True, extents=())
    return found if geometry.dimension < 3 else replace(found, in_space=wall_in_space(geometry, wall, found))
