"""Frozen descriptions of the devices: sizes, symmetry, and the names of their openings and walls.

Coordinate 0 is axial (z in metres: the first terminal's mouth at 0, the second's at `length`), coordinate 1 is
transverse (r or y, 0 on the axis or mid-plane). A slit is the half above its mid-plane. Everything is in SI units.
A description says what the device is; `meshes.build` draws it. `Cell`, `Junction`, stacks and `File` have other modules.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from meshes.cell import Cell
from meshes.channel import BOTH_FACES as BOTH_FACES
from meshes.channel import Array as Array
from meshes.channel import ChannelGeometry as ChannelGeometry
from meshes.channel import Mouth as Mouth
from meshes.channel import Symmetry as Symmetry
from meshes.course import Course
from meshes.imported import File
from meshes.junction import Junction
from meshes.quantity import Length, PositiveLength, PositiveNumber, has_type, misfit
from meshes.reservoirs import BoxReservoir, PlanarReservoirs, RoundReservoirs, SlitReservoirs, as_boxes
from meshes.side_walls import SIDE_WALL, side_wall_course
from meshes.spatial import EllipticPore, PoreArray, TaperedChannel
from meshes.stack import SlitStack, Stack

ABRUPT = 0.1
"""Angle (rad) beyond which the meeting of two straight walls is a corner of its own."""


class _Tapered(ChannelGeometry):
    """Wide at the first terminal (base), narrow at the second (tip)."""

    terminals: ClassVar[tuple[str, str]] = ("base", "tip")

    radius_tip: PositiveLength
    radius_base: PositiveLength
    reservoirs: RoundReservoirs = Field(examples=["{length: 1 um, radius: 1 um}"])

    def _check_sizes(self) -> None:
        if self.radius_tip > self.radius_base:
            raise misfit(
                "radius_tip",
                f"{self.radius_tip:g} m is larger than radius_base, {self.radius_base:g} m; the tip is the narrow end,"
                " so exchange the two (and the terminals' values)",
            )


class Cone(_Tapered):
    """Truncated cone between two reservoirs."""

    type: Literal["cone"] = "cone"

    def profile(self, s: Array) -> Array:
        return self.radius_base + (self.radius_tip - self.radius_base) * np.asarray(s, dtype=float)


class Bullet(_Tapered):
    """Pore with a bullet-shaped tip, as track etching with surfactants makes them.

    With x the distance from the tip and n the exponent,
    R = (R_base - R_tip exp(-n) - (R_base - R_tip) exp(-n x / L)) / (1 - exp(-n));
    Ramirez, Apel, Cervera, Mafe, Nanotechnology 19, 315707 (2008). n -> 0 is the cone.
    """

    type: Literal["bullet"] = "bullet"
    exponent: PositiveNumber

    def profile(self, s: Array) -> Array:
        # the rule above from the base, arranged so that small exponents do not cancel and large ones do not overflow
        n, s = self.exponent, np.asarray(s, dtype=float)
        bent: Array = np.exp(n * (s - 1.0)) * np.expm1(-n * s) / np.expm1(-n)
        return self.radius_base + (self.radius_tip - self.radius_base) * bent


class Cylinder(ChannelGeometry):
    """Straight pore between two reservoirs."""

    type: Literal["cylinder"] = "cylinder"
    radius: PositiveLength
    reservoirs: RoundReservoirs = Field(examples=["{length: 1 um, radius: 1 um}"])

    @property
    def mirror_symmetric(self) -> bool:
        return self._equal_reservoirs()

    def profile(self, s: Array) -> Array:
        return np.full(np.shape(s), self.radius)


class Hourglass(ChannelGeometry):
    """Pore with a waist in the middle: R(s) = R_waist + (R_ends - R_waist) |2 s - 1|^exponent."""

    type: Literal["hourglass"] = "hourglass"
    radius_waist: PositiveLength
    radius_ends: PositiveLength
    exponent: PositiveNumber = 2.0
    reservoirs: RoundReservoirs = Field(examples=["{length: 1 um, radius: 1 um}"])

    @field_validator("exponent")
    @classmethod
    def _no_cusp(cls, exponent: float) -> float:
        if exponent < 1.0:
            raise misfit((), f"{exponent:g} makes a cusp at the waist; 1 is a double cone, 2 a smooth waist")
        return exponent

    @property
    def mirror_symmetric(self) -> bool:
        return self._equal_reservoirs()

    @property
    def smallest(self) -> float:
        return min(self.radius_waist, self.radius_ends)

    def profile(self, s: Array) -> Array:
        away = np.abs(2.0 * np.asarray(s, dtype=float) - 1.0) ** self.exponent
        return self.radius_waist + (self.radius_ends - self.radius_waist) * away


class Slit(ChannelGeometry):
    """Channel between two parallel plates; `width` is out of plane and multiplies every current and flow rate. In three
    dimensions it lies between two side walls, and its reservoirs are boxes."""

    symmetry: ClassVar[Symmetry] = "planar"

    type: Literal["slit"] = "slit"
    height: PositiveLength
    width: PositiveLength
    reservoirs: SlitReservoirs = Field(examples=["{length: 1 um, half_height: 1 um}"])

    @model_validator(mode="before")
    @classmethod
    def _boxes_in_space(cls, data: Any) -> Any:
        return as_boxes(data)

    @model_validator(mode="after")
    def _reservoirs_of_its_dimension(self) -> Self:
        for name in self.terminals:
            box, path = self.reservoir(name), ("reservoirs", *([name] if isinstance(self.reservoirs, Mapping) else []))
            if box is not None and isinstance(box, BoxReservoir) != self.in_space:
                sizes = "length, width and height" if self.in_space else "length and half_height"
                raise misfit(path, f"a reservoir of a slit in {self.dimension} dimensions has {sizes}: write these")
            if isinstance(box, BoxReservoir) and box.width <= self.width:
                raise misfit(
                    (*path, "width"), f"{box.width:g} m must be larger than the slit's width, {self.width:g} m"
                )
        return self

    @property
    def walls(self) -> tuple[str, ...]:
        first, *others = super().walls
        return (first, *([SIDE_WALL] if self.in_space else []), *others)

    def course(self, wall: str) -> Course:
        if wall != SIDE_WALL or not self.in_space:
            return super().course(wall)
        return side_wall_course(self.length)

    def mouth(self, terminal: str) -> Mouth:
        return Mouth((0.5 * self.width, 0.5 * self.height), rectangular=True)

    @property
    def mirror_symmetric(self) -> bool:
        return self._equal_reservoirs()

    @property
    def measure_factor(self) -> float:
        return super().measure_factor if self.in_space else 2.0 * self.width

    @property
    def breadth(self) -> float:
        return self.width

    def profile(self, s: Array) -> Array:
        return np.full(np.shape(s), 0.5 * self.height)


class _Profiled(ChannelGeometry):
    """A channel of any course: its sizes at positions along the axis, and what lies between them."""

    _sizes: ClassVar[str]  # key of the radii or half-heights
    positions: tuple[Length, ...] = Field(min_length=2, max_length=500, examples=["[0 nm, 40 nm, 100 nm]"])
    """Ascending axial positions, the first of them 0, the last of them the length of the channel."""
    interpolation: Literal["linear", "smooth"] = "linear"
    """What lies between the positions: straight walls, or the cubic curve of Fritsch and Carlson (1980), which makes no
    hills or valleys of its own."""
    length: PositiveLength = 1.0
    """The last of the positions; it may be left out."""

    @property
    def _values(self) -> tuple[float, ...]:
        """Radius or half-height at the positions, m."""
        found: tuple[float, ...] = getattr(self, self._sizes)
        return found

    @model_validator(mode="before")
    @classmethod
    def _length_is_the_last_position(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "length" not in given:
            positions = given.get("positions")
            if isinstance(positions, list | tuple) and positions:
                return {**given, "length": positions[-1]}
        return given

    def _check_sizes(self) -> None:
        sizes, count = self._sizes, len(self.positions)
        if len(self._values) != count:
            raise misfit(sizes, f"has {len(self._values)} entries; with {count} positions write {count}")
        if self.positions[0] != 0.0:
            raise misfit(("positions", 0), f"{self.positions[0]:g} m must be 0, the first mouth of the channel")
        for i, (one, other) in enumerate(itertools.pairwise(self.positions), 1):
            if other <= one:
                raise misfit(("positions", i), f"{other:g} m does not ascend; write the positions in ascending order")
        if not math.isclose(self.length, self.positions[-1], rel_tol=1e-9):
            raise misfit("length", f"must be the last position, {self.positions[-1]:g} m; leave it out")

    @property
    def mirror_symmetric(self) -> bool:
        centred = np.array(self.positions) / self.length - 0.5
        alike = np.allclose(centred, -centred[::-1]) and self._values == self._values[::-1]
        return alike and self._equal_reservoirs()

    @property
    def smallest(self) -> float:
        return min(self._values)

    def profile(self, s: Array) -> Array:
        z = np.asarray(s, dtype=float) * self.length
        if self.interpolation == "linear":
            return np.interp(z, self.positions, self._values)
        from scipy.interpolate import PchipInterpolator  # takes a while to import

        found: Array = PchipInterpolator(self.positions, self._values)(np.clip(z, 0.0, self.positions[-1]))
        return found

    @property
    def kinks(self) -> tuple[float, ...]:
        """Positions at which straight walls meet at an angle."""
        if self.interpolation != "linear":
            return ()
        turns = np.abs(np.diff(np.arctan2(np.diff(self._values), np.diff(self.positions))))
        return tuple(z for z, turn in zip(self.positions[1:-1], turns, strict=True) if turn > ABRUPT)


class Profile(_Profiled):
    """Pore whose radius is given at positions along its axis: proteins, cavities, pores from micrographs."""

    _sizes: ClassVar[str] = "radii"

    type: Literal["profile"] = "profile"
    radii: tuple[PositiveLength, ...] = Field(examples=["[5 nm, 2 nm, 10 nm]"])
    """Radius at each position."""
    reservoirs: RoundReservoirs = Field(examples=["{length: 1 um, radius: 1 um}"])


class SlitProfile(_Profiled):
    """Channel between two plates whose distance varies along it; `width` is out of plane, as of a slit."""

    dimension: Literal[2] = 2

    symmetry: ClassVar[Symmetry] = "planar"
    _sizes: ClassVar[str] = "half_heights"

    type: Literal["slit_profile"] = "slit_profile"
    half_heights: tuple[PositiveLength, ...] = Field(examples=["[5 nm, 2 nm, 10 nm]"])
    """Half of the distance of the plates at each position."""
    width: PositiveLength
    reservoirs: PlanarReservoirs = Field(examples=["{length: 1 um, half_height: 1 um}"])

    @property
    def measure_factor(self) -> float:
        return 2.0 * self.width

    @property
    def breadth(self) -> float:
        return self.width


Geometry = Annotated[
    Cone
    | Cylinder
    | Slit
    | Hourglass
    | Bullet
    | Profile
    | SlitProfile
    | EllipticPore
    | TaperedChannel
    | PoreArray
    | Stack
    | SlitStack
    | Cell
    | Junction
    | File,
    Field(discriminator="type"),
    has_type(
        *("cone", "cylinder", "slit", "hourglass", "bullet", "profile", "slit_profile", "stack", "slit_stack"),
        *("elliptic_pore", "tapered_channel", "pore_array", "cell", "junction", "file"),
    ),
]
