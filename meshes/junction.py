"""Slits that meet: a T with three terminals, or a cross with four. The whole height is meshed, no half of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.channel import BOTH_FACES
from meshes.course import Course
from meshes.dimension import Dimensions, Part
from meshes.mirrors import AXIS
from meshes.quantity import Description, PositiveLength, did_you_mean, misfit
from meshes.reservoirs import BoxReservoir, BoxReservoirs, check_reservoirs
from meshes.side_walls import SIDE_WALL

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

_TAKEN = (SIDE_WALL, BOTH_FACES, "reservoir")
"""Walls of junctions in three dimensions that have these names."""


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


class Junction(Dimensions):
    """Slits whose mid-planes lie on two lines that cross at right angles, in the point (0, 0).

    The terminals are the ends of the arms and have their names; they hold the equilibrium of a reservoir outside. In three
    dimensions the arms lie between two side walls, and end in boxes.
    """

    symmetry: ClassVar[Literal["planar"]] = "planar"
    mirrored: ClassVar[bool] = False
    mirror_symmetric: ClassVar[bool] = False
    mouths: ClassVar[None] = None
    keys_in_space: ClassVar[tuple[str, ...]] = ("dimension", "part", "reservoirs")

    type: Literal["junction"] = "junction"
    shape: Literal["T", "cross"]
    """`T`: arms left, right and top. `cross`: also bottom."""
    arms: dict[str, Arm] = Field(
        examples=["{left: {length: 100 nm, height: 10 nm}, right: {length: 100 nm, height: 10 nm}, top: ...}"]
    )
    """The arms by their names."""
    width: PositiveLength
    part: Part = "half"
    """What of a junction in three dimensions has a mesh: all of it, or what the plane of symmetry between its side walls
    leaves. Results are always those of the whole device."""
    reservoirs: BoxReservoirs = Field(default=None, examples=["{length: 1 um, width: 1 um, height: 1 um}"])
    """In three dimensions, in front of the ends of the arms: one for all, or a mapping from arm to reservoir. Its height
    lies in the plane of the arms, as theirs."""
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
        for key, wall in [*named, (("wall",), self.wall)] if self.in_space else []:
            if wall in _TAKEN:
                raise misfit(
                    key, f"'{wall}' is the name of another wall in three dimensions; give the wall another one"
                )
        if self.shape == "cross" and "wall" in self.model_fields_set and self.wall not in self.walls:
            raise misfit("wall", "a cross has no wall across from an arm; name the walls of its arms")
        self._check_reservoirs(expected)
        return self

    def _check_reservoirs(self, arms: tuple[str, ...]) -> None:
        """Refuse reservoirs in the plane, and those that are too small or reach into each other."""
        if not self.in_space:
            if self.reservoirs is not None:
                raise misfit("reservoirs", "the arms of a junction have none in two dimensions; leave the key out")
            return
        if self.part == "quarter":
            raise misfit(
                "part", "the terminals of a junction make it too unsymmetric for a quarter; write 'part: half'"
            )
        check_reservoirs(self.reservoirs, arms, [0.5 * self.arms[name].end for name in arms])
        for name in arms:
            box, key = self.reservoir(name), ("reservoirs", *([name] if isinstance(self.reservoirs, Mapping) else []))
            if box is not None and box.width <= self.width:
                raise misfit(
                    (*key, "width"), f"{box.width:g} m must be larger than the width of the junction, {self.width:g} m"
                )
        for one, other in itertools.combinations(arms, 2):
            at_right_angles = DIRECTIONS[one][0] != 0.0 and DIRECTIONS[other][1] != 0.0
            if at_right_angles and self._reach(one, other) and self._reach(other, one):
                raise misfit(
                    "reservoirs",
                    f"those of '{one}' and '{other}' would overlap; make the arms longer or the boxes lower",
                )

    def _reach(self, arm: str, other: str) -> bool:
        """Whether the reservoir of an arm, if there were nothing else, would reach over that of another at a right angle."""
        box = self.reservoir(arm)
        return box is not None and 0.5 * box.height > float(np.abs(self.end_of(other)[0]).max())

    def reservoir(self, terminal: str) -> BoxReservoir | None:
        """The box at the end of an arm; None where the arm ends in its terminal."""
        return self.reservoirs[terminal] if isinstance(self.reservoirs, Mapping) else self.reservoirs

    @property
    def faces(self) -> dict[str, str]:
        """Names of the faces of the membrane as walls of their own, with the terminal in front of each."""
        return {f"membrane_{name}": name for name in self.terminals if self.reservoir(name) is not None}

    @property
    def terminals(self) -> tuple[str, ...]:
        """Names of the arms."""
        return SHAPES[self.shape]

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the walls, each once."""
        across = [self.wall] if self.shape == "T" else []
        found = [*(self.arms[name].wall for name in self.terminals), *across]
        if self.in_space:
            boxes = [box for box in map(self.reservoir, self.terminals) if box is not None]
            found += [SIDE_WALL, *([BOTH_FACES] if boxes else [])]
            found += ["reservoir"] if any(box.terminal == "end" for box in boxes) else []
        return tuple(dict.fromkeys(found))

    @property
    def measure_factor(self) -> float:
        """What an integral over the plane is multiplied with: the width in metres; in three dimensions the number of parts
        like that which has a mesh."""
        return float(self.copies) if self.in_space else self.width

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
