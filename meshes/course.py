"""Positions along a wall: what the breaks and the formulas of its charge refer to. SI units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Points = tuple[Array, Array]
"""Axial positions and distances from the axis or mid-plane, in metres; of one shape."""

Point = tuple[Array, Array, Array]
"""Axial positions, and positions along both coordinates across the axis, in metres; of one shape."""

SAMPLES = 1001
"""Points of a wall at which a formula is tried out."""

GOLDEN = 0.5 * (5.0**0.5 - 1.0)
"""Steps that spread points evenly."""


@dataclass(frozen=True)
class Places:
    """Points of a wall.

    Attributes:
        position: along the wall, m: axial, or the distance from the axis where the wall is a face.
        s: fraction of the arc length of the wall (of the part on which the point lies); nan where that is not known.
        r: distance from the axis or mid-plane, m.
        point: z, x and y in three dimensions, m; None in the plane.
    """

    position: Array
    s: Array
    r: Array
    point: Point | None = None


@dataclass(frozen=True)
class InSpace:
    """A wall in three dimensions.

    Attributes:
        line: points of a line along it, on which numbers of cross-sections are, from axial positions and distances from the
            axis.
        spread: points of all of it, from numbers between 0 and 1 along and around.
        mirrors: whether the mesh ends at the plane x = 0, and at y = 0.
    """

    line: Callable[[Array, Array], Point]
    spread: Callable[[Array, Array], Point]
    mirrors: tuple[bool, bool]


@dataclass(frozen=True)
class Course:
    """How places on a wall are told apart.

    Attributes:
        radial: whether positions are distances from the axis or mid-plane, as on the faces of a membrane, and not axial.
        extents: least and greatest position (m) of each part of the wall; empty where they are not known.
        uniform: whether nothing can vary along the wall.
        trace: points of the wall from one end to the other (0 to 1), of all of its parts one after the other; None where
            its shape is not known.
        nearest: points of the wall beside any points.
        fraction: of the arc length of its part, at points of the wall.
        in_space: the wall in three dimensions; None in the plane, and where its shape is not known.
    """

    radial: bool = False
    extents: tuple[tuple[float, float], ...] = ()
    uniform: bool = False
    trace: Callable[[Array], Points] | None = None
    nearest: Callable[[Array, Array], Points] | None = None
    fraction: Callable[[Array, Array], Array] | None = None
    in_space: InSpace | None = None

    def places(self, z: Array, r: Array, point: Point | None = None) -> Places:
        """The points of the wall beside points of the device (m); without `point` those of the line along the wall."""
        if self.nearest is not None:
            z, r = self.nearest(z, r)
        s = np.full(np.shape(z), np.nan) if self.fraction is None else self.fraction(z, r)
        if point is None and self.in_space is not None:
            point = self.in_space.line(z, r)
        return Places(r if self.radial else z, s, r, point)

    def samples(self) -> Places | None:
        """Points along the whole wall; None where its shape is not known."""
        return None if self.trace is None else self.places(*self.trace(np.linspace(0.0, 1.0, SAMPLES)))

    def samples_in_space(self) -> Places | None:
        """Points all over the wall in three dimensions; None where its shape is not known."""
        if self.in_space is None:
            return None
        along = (np.arange(SAMPLES) + 0.5) / SAMPLES
        point = self.in_space.spread(along, (np.arange(SAMPLES) * GOLDEN) % 1.0)
        return self.places(point[0], np.hypot(point[1], point[2]), point)


UNKNOWN_COURSE = Course()
"""Axial positions on a wall of which nothing else is known."""


def face(z: float, inner: float, outer: float, uniform: bool = False) -> Course:
    """A straight wall across the axis at z, between two distances from it (m)."""

    def nearest(_: Array, r: Array) -> Points:
        return np.full(np.shape(r), z), np.clip(r, inner, outer)

    return Course(
        radial=True,
        extents=((inner, outer),),
        uniform=uniform,
        trace=lambda t: (np.full(np.shape(t), z), inner + (outer - inner) * t),
        nearest=nearest,
        fraction=lambda _, r: (r - inner) / (outer - inner),
    )


def joined(parts: Sequence[Course], number: Callable[[Array], Any]) -> Course:
    """Several faces as one wall; `number` gives that of the part at axial positions (m)."""

    def trace(t: Array) -> Points:
        points = [part.trace(t) for part in parts if part.trace is not None]
        return np.concatenate([z for z, _ in points]), np.concatenate([r for _, r in points])

    def nearest(z: Array, r: Array) -> Points:
        found = [part.nearest(z, r) for part in parts if part.nearest is not None]
        which = number(z)
        return np.choose(which, [at for at, _ in found]), np.choose(which, [r for _, r in found])

    def fraction(z: Array, r: Array) -> Array:
        found: Array = np.choose(number(z), [part.fraction(z, r) for part in parts if part.fraction is not None])
        return found

    extents = tuple(extent for part in parts for extent in part.extents)
    return Course(radial=True, extents=extents, trace=trace, nearest=nearest, fraction=fraction)
