"""Walls in three dimensions: where points spread over them lie. SI units; z is axial, x and y are across the axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from meshes.course import Array, Course, InSpace, Point
from meshes.geometry import Bullet, Cone, Cylinder, Hourglass, Profile, Slit
from meshes.side_walls import SIDE_WALL

ROUND = (Cone, Cylinder, Hourglass, Bullet, Profile)
"""Devices whose walls are bodies of revolution."""


def wall_in_space(geometry: Any, wall: str, course: Course) -> InSpace | None:
    """A wall of a device in three dimensions; None where its shape is not known.

    course: of the wall along the axis.
    """
    mirrors = geometry.part == "quarter", geometry.part != "full"
    if isinstance(geometry, Slit):
        return _of_slit(geometry, wall, mirrors)
    if not isinstance(geometry, ROUND) or course.trace is None:
        return None
    trace = course.trace

    def spread(along: Array, around: Array) -> Point:
        z, r = trace(along)
        if len(z) != len(along):  # the faces at both mouths, one after the other
            around = np.resize(around, len(z))
        return z, r * np.cos(2 * np.pi * around), r * np.sin(2 * np.pi * around)

    return InSpace(lambda z, r: (z, r, 0.0 * r), spread, mirrors)


def _of_slit(slit: Slit, wall: str, mirrors: tuple[bool, bool]) -> InSpace | None:
    """The plates lie at y = +-height / 2, the side walls at x = +-width / 2."""
    if wall not in ("channel", SIDE_WALL):
        return None
    x, y = 0.5 * slit.width, 0.5 * slit.height

    def spread(along: Array, around: Array) -> Point:
        side = np.where(around < 0.5, -1.0, 1.0)
        across = 2.0 * ((2.0 * around) % 1.0) - 1.0
        return (along * slit.length, *((x * across, y * side) if wall == "channel" else (x * side, y * across)))

    def line(z: Array, r: Array) -> Point:
        return (z, 0.0 * r, 0.0 * r + y) if wall == "channel" else (z, 0.0 * r + x, 0.0 * r)

    return InSpace(line, spread, mirrors)
