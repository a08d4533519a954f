"""Walls in three dimensions: where points spread over them lie. SI units; z is axial, x and y are across the axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from meshes.channel import ChannelGeometry, Mouth
from meshes.course import Array, Course, InSpace, Point
from meshes.geometry import Slit
from meshes.reservoirs import BoxReservoir
from meshes.side_walls import SIDE_WALL
from meshes.spatial import EllipticPore, PoreArray, TaperedChannel

CHANNEL = "channel"


def wall_in_space(geometry: Any, wall: str, course: Course) -> InSpace | None:
    """A wall of a device in three dimensions; None where its shape is not known: of junctions, mesh files and the sides of
    reservoirs, and of hexagonal lattices, whose mesh has two pores.

    course: of the wall along the axis.
    """
    if not isinstance(geometry, ChannelGeometry) or course.trace is None:
        return None
    if isinstance(geometry, PoreArray) and geometry.lattice == "hexagonal":
        return None
    mirrors = geometry.part == "quarter", geometry.part != "full"
    if isinstance(geometry, Slit | TaperedChannel) and wall in (CHANNEL, SIDE_WALL):
        return _of_sides(geometry, wall == CHANNEL, mirrors)
    if wall == CHANNEL:
        return _of_pore(geometry, course, mirrors)
    return _of_faces(geometry, course, mirrors)


def _of_sides(geometry: Slit | TaperedChannel, plates: bool, mirrors: tuple[bool, bool]) -> InSpace:
    """The plates lie at y = +-height / 2, the side walls at x = +-width / 2."""

    def half(z: Array) -> tuple[Array, Array]:
        s = np.clip(z / geometry.length, 0.0, 1.0)
        height = np.asarray(geometry.profile(s), dtype=float)
        if isinstance(geometry, Slit):
            return np.full(np.shape(z), 0.5 * geometry.width), height
        first, last = geometry.widths
        return 0.5 * (first + (last - first) * s), height

    def spread(along: Array, around: Array) -> Point:
        z = along * geometry.length
        x, y = half(z)
        side, across = np.where(around < 0.5, -1.0, 1.0), 2.0 * ((2.0 * around) % 1.0) - 1.0
        return (z, x * across, y * side) if plates else (z, x * side, y * across)

    def line(z: Array, _: Array) -> Point:
        x, y = half(z)
        return (z, 0.0 * x, y) if plates else (z, x, 0.0 * y)

    return InSpace(line, spread, mirrors)


def _of_pore(geometry: ChannelGeometry, course: Course, mirrors: tuple[bool, bool]) -> InSpace:
    """The wall of a round or elliptic pore."""
    trace, centre = course.trace, geometry.offset if isinstance(geometry, EllipticPore) else (0.0, 0.0)
    assert trace is not None

    def axes(z: Array, r: Array) -> tuple[Array, Array]:
        if not isinstance(geometry, EllipticPore):
            return r, r
        found = geometry.semi_axes_along(np.clip(z / geometry.length, 0.0, 1.0))
        return found[..., 0], found[..., 1]

    def spread(along: Array, around: Array) -> Point:
        z, r = trace(along)
        a, b = axes(z, r)
        return z, centre[0] + a * np.cos(2 * np.pi * around), centre[1] + b * np.sin(2 * np.pi * around)

    return InSpace(lambda z, r: (z, centre[0] + axes(z, r)[0], centre[1] + 0.0 * r), spread, mirrors)


def _of_faces(geometry: ChannelGeometry, course: Course, mirrors: tuple[bool, bool]) -> InSpace:
    """Faces of the membrane: what lies between the edge of a mouth and that of the reservoir."""
    trace, fraction = course.trace, course.fraction
    assert trace is not None
    assert fraction is not None

    def between(z: Array, part: Array, around: Array) -> Point:
        ends = [(geometry.mouth(terminal), _edge(geometry, terminal)) for terminal in geometry.terminals]
        which = (z > 0.5 * geometry.length).astype(int)
        points = [
            [
                (1.0 - part) * one + part * other
                for one, other in zip(_around(inner, around), _around(outer, around), strict=True)
            ]
            for inner, outer in ends
            if inner is not None
        ]
        return z, np.choose(which, [x for x, _ in points]), np.choose(which, [y for _, y in points])

    def spread(along: Array, around: Array) -> Point:
        z, r = trace(along)
        return between(z, fraction(z, r), np.resize(around, len(z)))  # both faces, one after the other

    return InSpace(lambda z, r: between(z, fraction(z, r), 0.0 * r), spread, mirrors)


def _edge(geometry: ChannelGeometry, terminal: str) -> Mouth:
    """The edge of a reservoir beside the face of the membrane."""
    reservoir = geometry.reservoir(terminal)
    assert reservoir is not None
    if isinstance(geometry, PoreArray):
        x, y = geometry.cell
        return Mouth((0.5 * x, 0.5 * y), rectangular=True)
    if isinstance(reservoir, BoxReservoir):
        return Mouth((0.5 * reservoir.width, 0.5 * reservoir.height), rectangular=True)
    return Mouth((reservoir.reach, reservoir.reach))


def _mixed(one: tuple[Array, Array], other: tuple[Array, Array], part: Array) -> list[Array]:
    """Points on the way from some to others."""
    return [(1.0 - part) * start + part * stop for start, stop in zip(one, other, strict=True)]


def _around(edge: Mouth, around: Array) -> tuple[Array, Array]:
    """Points of an edge at fractions of a turn."""
    x, y = np.cos(2 * np.pi * around), np.sin(2 * np.pi * around)
    if edge.rectangular:
        largest = np.maximum(np.abs(x), np.abs(y))
        x, y = x / largest, y / largest
    return edge.centre[0] + edge.half[0] * x, edge.centre[1] + edge.half[1] * y
