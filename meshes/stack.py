"""Channels of segments: any sequence of pieces between two terminals, each with its length, radius or height, and wall."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.course import Course
from meshes.mirrors import AXIS
from meshes.quantity import Description, PositiveLength, misfit

Array = NDArray[np.floating[Any]]

SAME_SIZE = 1e-9
"""Relative difference up to which the sizes of two segments where they meet are one."""


class SegmentKeys(Description):
    """What all segments share."""

    name: str = Field(min_length=1, examples=["plug"])
    """Of the segment: of its wall, and of the region that fills it, if the key `regions` of the case has one."""
    length: PositiveLength

    @property
    def sizes(self) -> tuple[float, float]:
        """Radius or half-height at its start and at its end, m."""
        raise NotImplementedError


class Segment(SegmentKeys):
    """A cylinder or a truncated cone."""

    radius: PositiveLength
    """At its start, and all along it unless another one is given for its end."""
    radius_at_end: PositiveLength | None = None
    """At its end, where that is another one: the wall is straight."""

    @property
    def sizes(self) -> tuple[float, float]:
        return self.radius, self.radius if self.radius_at_end is None else self.radius_at_end


class SlitSegment(SegmentKeys):
    """A slit, or a wedge."""

    height: PositiveLength
    """Distance of the plates at its start, and all along it unless another one is given for its end."""
    height_at_end: PositiveLength | None = None
    """Distance of the plates at its end, where that is another one: they are straight."""

    @property
    def sizes(self) -> tuple[float, float]:
        return 0.5 * self.height, 0.5 * (self.height if self.height_at_end is None else self.height_at_end)


class StackKeys(Description):
    """What round and planar stacks share. Coordinate 0 is axial, 0 at the first terminal.

    Where one segment is wider than its neighbour, the face between them belongs to its wall.
    """

    terminals: ClassVar[tuple[str, str]] = ("left", "right")
    symmetry: ClassVar[Literal["axisymmetric", "planar"]] = "axisymmetric"
    dimension: ClassVar[int] = 2
    mirrored: ClassVar[bool] = True
    mirror_symmetric: ClassVar[bool] = False
    faces: ClassVar[Mapping[str, str]] = {}
    reservoirs: ClassVar[None] = None
    particle: ClassVar[None] = None

    @property
    def parts(self) -> Sequence[SegmentKeys]:
        """The segments in their order."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _fits(self) -> Self:
        known: set[str] = set()
        for number, name in enumerate(self.walls):
            if name in (*self.terminals, AXIS):
                raise misfit(
                    ("segments", number, "name"),
                    f"'{name}' is the name of a terminal or of the axis; give the segment another one",
                )
            if name in known:
                raise misfit(
                    ("segments", number, "name"), f"'{name}' is the name of a segment before it; write another one"
                )
            known.add(name)
        return self

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the walls: those of the segments."""
        return tuple(part.name for part in self.parts)

    @property
    def stations(self) -> tuple[float, ...]:
        """Axial positions where segments begin and end, m."""
        return tuple(accumulate((part.length for part in self.parts), initial=0.0))

    @property
    def length(self) -> float:
        """From terminal to terminal, m."""
        return self.stations[-1]

    @property
    def mouths(self) -> tuple[float, float]:
        """Axial positions of the two ends, m."""
        return (0.0, self.length)

    @property
    def smallest(self) -> float:
        """Smallest radius or half-height, m."""
        return min(min(part.sizes) for part in self.parts)

    @property
    def largest(self) -> float:
        """Largest radius or half-height, m."""
        return max(max(part.sizes) for part in self.parts)

    @property
    def measure_factor(self) -> float:
        """What an integral over the half plane (with the weight r if axisymmetric) is multiplied with."""
        return 2.0 * math.pi

    def reservoir(self, terminal: str) -> None:
        """None: the ends are the terminals themselves."""

    def course(self, wall: str) -> Course:
        """Nothing varies along the wall of a segment."""
        return Course(uniform=True)

    def wall_at(self, terminal: str) -> str:
        """The wall whose end a terminal is."""
        return self.walls[self._number(terminal)]

    def radius_at_terminal(self, terminal: str) -> float:
        """Radius or half-height at one of the ends, m."""
        return self.parts[self._number(terminal)].sizes[self.terminals.index(terminal)]

    def _number(self, terminal: str) -> int:
        return -self.terminals.index(terminal)

    def profile(self, s: Array) -> Array:
        """Radius (or half-height) in metres at fractions of the length; at a step that of the segment after it."""
        stations, z = np.array(self.stations), np.asarray(s, dtype=float) * self.length
        number = np.clip(np.searchsorted(stations, z, side="right") - 1, 0, len(self.parts) - 1)
        start, stop = np.array([part.sizes for part in self.parts])[number].T
        part = (z - stations[number]) / (stations[number + 1] - stations[number])
        return np.asarray(start + (stop - start) * np.clip(part, 0.0, 1.0))


class Stack(StackKeys):
    """Round segments between two terminals: cigars, double cones, layered membranes, microchannels with a pore between."""

    type: Literal["stack"] = "stack"
    segments: tuple[Segment, ...] = Field(
        min_length=1, max_length=200, examples=["[{name: base, length: 1 um, radius: 50 nm}, {name: tip, ...}]"]
    )
    """From the terminal `left` to the terminal `right`."""

    @property
    def parts(self) -> Sequence[SegmentKeys]:
        return self.segments


class SlitStack(StackKeys):
    """Segments between plates; `width` is out of plane, as of a slit."""

    symmetry: ClassVar[Literal["axisymmetric", "planar"]] = "planar"

    type: Literal["slit_stack"] = "slit_stack"
    segments: tuple[SlitSegment, ...] = Field(
        min_length=1, max_length=200, examples=["[{name: base, length: 1 um, height: 50 nm}, {name: tip, ...}]"]
    )
    """From the terminal `left` to the terminal `right`."""
    width: PositiveLength

    @property
    def parts(self) -> Sequence[SegmentKeys]:
        return self.segments

    @property
    def measure_factor(self) -> float:
        return 2.0 * self.width


def same_size(one: float, other: float) -> bool:
    """Whether two radii or half-heights are one."""
    return math.isclose(one, other, rel_tol=SAME_SIZE)
