"""Slits that meet: a T with three terminals, or a cross with four. The whole height is meshed, no half of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.course import Course
from meshes.imported import AXIS
from meshes.quantity import Description, PositiveLength, did_you_mean, misfit

Point = NDArray[np.float64]

DIRECTIONS: Mapping[str, tuple[float, float]] = {
    "left": (-1.0, 0.0),
    "right": (1.0, 0.0),
    "top": (0.0, 1.0),
    "bottom": (0.0, -1.0),
}
"""Where the arms lie, seen from the middle."""

SHAPES: Mapping[str, tuple[str, ...]] = {"T": ("left", "right", "top"), "cross": ("left", "right", "top", "bottom")}
"""Arms of each shape."""


class Arm(Description):
    """A slit from the middle of the junction to a terminal."""

    length: PositiveLength
    """From where the arms meet to the terminal."""
    height: PositiveLength
    """Distance of its two walls where the arms meet."""
    height_at_end: PositiveLength | None = None
    """Distance of its two walls at the terminal, where that is another one: the walls are straight."""
    wall: str = Field(default="channel", min_length=1)
    """Name of its two walls; arms with the same name share a wall, and so its charge."""

    @property
    def end(self) -> float:
        """Distance of the walls at the terminal, m."""
        return self.height if self.height_at_end is None else self.height_at_end


class Junction(Description):
    """Slits whose mid-planes lie on two lines that cross at right angles, in the point (0, 0).

    The terminals are the ends of the arms and have their names; they hold the equilibrium of a reservoir outside.
    """

    symmetry: ClassVar[Literal["planar"]] = "planar"
    dimension: ClassVar[int] = 2
    mirrored: ClassVar[bool] = False
    mirror_symmetric: ClassVar[bool] = False
    faces: ClassVar[Mapping[str, str]] = {}
    mouths: ClassVar[None] = None

    type: Literal["junction"] = "junction"
    shape: Literal["T", "cross"]
    """`T`: arms left, right and top. `cross`: also bottom."""
    arms: dict[str, Arm] = Field(
        examples=["{left: {length: 100 nm, height: 10 nm}, right: {length: 100 nm, height: 10 nm}, top: ...}"]
    )
    """The arms by their names."""
    width: PositiveLength
    wall: str = Field(default="channel", min_length=1)
    """Name of the wall of a T across from its upper arm, as long as that arm is high."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        expected = SHAPES[self.shape]
        for name in self.arms:
            if name not in expected:
                known = did_you_mean(name, expected, f"the arms of a {self.shape} are")
                raise misfit(("arms", name), f"unknown arm; {known}")
        for name in expected:
            if name not in self.arms:
                raise misfit("arms", f"has no '{name}'; the arms of a {self.shape} are {', '.join(expected)}")
        named = [(("arms", name, "wall"), self.arms[name].wall) for name in expected]
        for key, wall in [*named, (("wall",), self.wall)]:
            if wall in expected or wall == AXIS:
                raise misfit(key, f"'{wall}' is the name of a terminal or of the axis; give the wall another one")
        if self.shape == "cross" and "wall" in self.model_fields_set and self.wall not in self.walls:
            raise misfit("wall", "a cross has no wall across from an arm; name the walls of its arms")
        return self

    @property
    def terminals(self) -> tuple[str, ...]:
        """Names of the arms."""
        return SHAPES[self.shape]

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the walls, each once."""
        across = [self.wall] if self.shape == "T" else []
        return tuple(dict.fromkeys([*(self.arms[name].wall for name in self.terminals), *across]))

    @property
    def measure_factor(self) -> float:
        """What an integral over the plane is multiplied with: the width in metres."""
        return self.width

    @property
    def smallest(self) -> float:
        """Smallest half-height in metres."""
        return 0.5 * min(min(arm.height, arm.end) for arm in self.arms.values())

    def course(self, wall: str) -> Course:
        """Nothing varies along a wall, which may consist of those of several arms."""
        return Course(uniform=True)

    def normal(self, terminal: str) -> int:
        """Number of the coordinate across the end of an arm."""
        return 0 if DIRECTIONS[terminal][0] else 1

    def radius_at_terminal(self, terminal: str) -> float:
        """Half-height in metres at the end of an arm."""
        return 0.5 * self.arms[terminal].end

    def opening(self, arm: str) -> float:
        """Distance (m) of the walls of an arm where the arms meet; across from the upper arm of a T as that one's."""
        return self.arms[arm if arm in self.arms else "top"].height

    def corner(self, horizontal: str, vertical: str) -> Point:
        """Where the walls of a horizontal and of a vertical arm meet, m."""
        along, up = DIRECTIONS[horizontal][0], DIRECTIONS[vertical][1]
        return np.array([along * 0.5 * self.opening(vertical), up * 0.5 * self.opening(horizontal)])

    def end_of(self, arm: str) -> tuple[Point, Point]:
        """Middle of the end of an arm, and half of the way from one of its walls to the other, m."""
        outward = np.array(DIRECTIONS[arm])
        crossing = ("top", "bottom") if outward[0] else ("left", "right")
        away = 0.5 * max(self.opening(name) for name in crossing) + self.arms[arm].length
        return away * outward, 0.5 * self.arms[arm].end * np.abs(outward[::-1])
