"""Frozen descriptions of pores and channels that exist in three dimensions alone. SI units.

Coordinate 0 is axial, as in the plane; across it are x (coordinate 1) and y (coordinate 2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from meshes.channel import BOTH_FACES, Array, ChannelGeometry, Mouth, Symmetry
from meshes.course import Course
from meshes.dimension import COPIES, Part
from meshes.quantity import Length, PositiveLength, misfit, parse
from meshes.reservoirs import AnyReservoir, BoxReservoir, BoxReservoirs, CellReservoirs, Reservoir, RoundReservoirs
from meshes.side_walls import SIDE_WALL, side_wall_course

SAMPLES = 360
"""Points around a mouth that are compared with the edge of a reservoir."""

LARGEST_PORE = {"square": 0.48, "hexagonal": 0.42}
"""Radius over pitch that pores of a lattice have to stay below: those of square lattices would touch at 0.5, and the lines
between the rows of hexagonal ones at 0.433."""


class Spatial(ChannelGeometry):
    """A channel that has a mesh in three dimensions alone."""

    dimension: Literal[3] = 3

    @model_validator(mode="after")
    def _holds_no_particle(self) -> Self:
        if self.particle is not None:
            raise misfit("particle", "has no mesh in three dimensions; leave it out")
        return self

    def _reservoir_path(self, terminal: str) -> tuple[str, ...]:
        """Keys of the reservoir at a terminal."""
        return ("reservoirs", terminal) if isinstance(self.reservoirs, Mapping) else ("reservoirs",)


class EllipticPore(Spatial):
    """Pore with an elliptic cross-section, whose axis may lie beside that of the reservoirs. Between its ends the semi-axes
    change linearly. Wherever one radius is asked for it is that of the circle of the same area."""

    type: Literal["elliptic_pore"] = "elliptic_pore"
    semi_axes: tuple[PositiveLength, PositiveLength] = Field(examples=["[20 nm, 10 nm]"])
    """Along x and along y, at the first mouth."""
    semi_axes_at_end: tuple[PositiveLength, PositiveLength] | None = Field(default=None, examples=["[10 nm, 5 nm]"])
    """At the second mouth, where those are others."""
    offset: tuple[Length, Length] = (0.0, 0.0)
    """Where the axis of the pore lies in the reservoirs: x and y. A pore beside the axis has no quarter; one with y = 0 has
    a half."""
    reservoirs: RoundReservoirs = Field(examples=["{length: 1 um, radius: 1 um}"])

    @model_validator(mode="before")
    @classmethod
    def _part_of_its_mirrors(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "part" in data:
            return data
        try:
            x, y = (parse(value, "m") for value in data["offset"])
        except (KeyError, TypeError, ValueError):
            return data
        return {**data, "part": _largest_symmetric(x, y)}

    def _check_sizes(self) -> None:
        possible = _largest_symmetric(*self.offset)
        if COPIES[self.part] > COPIES[possible]:
            raise misfit("part", f"the device is not symmetric enough for a {self.part}; write 'part: {possible}'")
        turn = np.linspace(0.0, 2.0 * math.pi, SAMPLES, endpoint=False)
        around = np.column_stack([np.cos(turn), np.sin(turn)])
        for name, axes in zip(self.terminals, self.ends, strict=True):
            reservoir = self.reservoir(name)
            needed = float(np.linalg.norm(np.array(self.offset) + around * axes, axis=1).max())
            if reservoir is not None and reservoir.reach <= needed:
                raise misfit(
                    (*self._reservoir_path(name), "radius"),
                    f"{reservoir.reach:g} m must be larger than {needed:.4g} m, how far the mouth at '{name}' reaches",
                )

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Semi-axes at both mouths, m."""
        return self.semi_axes, self.semi_axes_at_end or self.semi_axes

    def semi_axes_along(self, s: Array) -> Array:
        """Semi-axes (m) at fractions of the pore's axis. Shape (n, 2)."""
        first, last = (np.array(axes) for axes in self.ends)
        return np.asarray(first + np.asarray(s, dtype=float)[..., None] * (last - first))

    def profile(self, s: Array) -> Array:
        return np.asarray(np.sqrt(self.semi_axes_along(s).prod(axis=-1)))

    def mouth(self, terminal: str) -> Mouth:
        return Mouth(self.ends[self.terminals.index(terminal)], self.offset)

    @property
    def smallest(self) -> float:
        return min(min(axes) for axes in self.ends)

    @property
    def mirror_symmetric(self) -> bool:
        return self.ends[0] == self.ends[1] and self._equal_reservoirs()


def _largest_symmetric(x: float, y: float) -> Part:
    """The smallest part that the mirrors of a pore leave whose axis lies at (x, y)."""
    return "quarter" if x == y == 0.0 else "half" if y == 0.0 else "full"


class TaperedChannel(Spatial):
    """Channel of rectangular cross-section whose width (along x) and height (along y) change linearly between its ends, with
    boxes as reservoirs."""

    symmetry: ClassVar[Symmetry] = "planar"

    type: Literal["tapered_channel"] = "tapered_channel"
    width: PositiveLength
    """At the first mouth."""
    height: PositiveLength
    """At the first mouth."""
    width_at_end: PositiveLength | None = None
    """At the second mouth, where that is another one."""
    height_at_end: PositiveLength | None = None
    """At the second mouth, where that is another one."""
    reservoirs: BoxReservoirs = Field(examples=["{length: 1 um, width: 1 um, height: 1 um}"])

    def _check_sizes(self) -> None:
        for name, width in zip(self.terminals, self.widths, strict=True):
            box = self.reservoir(name)
            if isinstance(box, BoxReservoir) and box.width <= width:
                raise misfit(
                    (*self._reservoir_path(name), "width"),
                    f"{box.width:g} m must be larger than the channel's width at '{name}', {width:g} m",
                )

    @property
    def widths(self) -> tuple[float, float]:
        """At both mouths, m."""
        return self.width, self.width if self.width_at_end is None else self.width_at_end

    @property
    def heights(self) -> tuple[float, float]:
        """At both mouths, m."""
        return self.height, self.height if self.height_at_end is None else self.height_at_end

    def profile(self, s: Array) -> Array:
        first, last = self.heights
        return np.asarray(0.5 * (first + (last - first) * np.asarray(s, dtype=float)))

    @property
    def walls(self) -> tuple[str, ...]:
        first, *others = super().walls
        return (first, SIDE_WALL, *others)

    def course(self, wall: str) -> Course:
        return side_wall_course(self.length) if wall == SIDE_WALL else super().course(wall)

    def mouth(self, terminal: str) -> Mouth:
        end = self.terminals.index(terminal)
        return Mouth((0.5 * self.widths[end], 0.5 * self.heights[end]), rectangular=True)

    @property
    def breadth(self) -> float:
        """Between the widths at both ends, their geometric mean."""
        return math.sqrt(self.widths[0] * self.widths[1])

    @property
    def smallest(self) -> float:
        return 0.5 * min(*self.widths, *self.heights)

    @property
    def mirror_symmetric(self) -> bool:
        return self.widths[0] == self.widths[1] and self.heights[0] == self.heights[1] and self._equal_reservoirs()


class PoreArray(Spatial):
    """Equal round pores on a lattice in a membrane without end. All numbers are those of one pore: planes of symmetry between
    the pores bound its reservoirs, whose terminals are the end faces. The radius changes linearly between the ends."""

    type: Literal["pore_array"] = "pore_array"
    lattice: Literal["square", "hexagonal"] = "square"
    pitch: PositiveLength
    """Distance of the axes of neighbours."""
    radius: PositiveLength
    """At the first mouth."""
    radius_at_end: PositiveLength | None = None
    """At the second mouth, where that is another one."""
    reservoirs: CellReservoirs = Field(examples=["{length: 1 um}"])
    """In front of the membrane on both sides: how far away the end faces are."""

    @field_validator("reservoirs", mode="before")
    @classmethod
    def _has_reservoirs(cls, value: object) -> object:
        if value is None:
            raise misfit((), "an array of pores has liquid in front of it on both sides; write e.g. '{length: 1 um}'")
        return value

    def _check_sizes(self) -> None:
        limit = LARGEST_PORE[self.lattice] * self.pitch
        for key, radius in zip(("radius", "radius_at_end"), self.ends, strict=True):
            if radius >= limit:
                raise misfit(
                    key,
                    f"{radius:g} m must be smaller than {limit:.4g} m, {LARGEST_PORE[self.lattice]:g} of the pitch, to have a"
                    f" mesh in a {self.lattice} lattice",
                )
        if self.lattice == "hexagonal" and self.part != "quarter":
            raise misfit("part", "a hexagonal lattice has a mesh of a quarter alone; leave it out")

    @property
    def ends(self) -> tuple[float, float]:
        """Radius at both mouths, m."""
        return self.radius, self.radius if self.radius_at_end is None else self.radius_at_end

    @property
    def copies(self) -> int:
        """The quarter of a hexagonal lattice is that of a rectangle with two pores."""
        return 2 if self.lattice == "hexagonal" else super().copies

    @property
    def cell(self) -> tuple[float, float]:
        """Sides of the rectangle around a pore, along x and y, m."""
        return self.pitch, self.pitch * (0.5 * math.sqrt(3.0) if self.lattice == "hexagonal" else 1.0)

    def reservoir(self, terminal: str) -> AnyReservoir:
        """A cylinder of the same cross-section."""
        found = super().reservoir(terminal)
        assert found is not None
        x, y = self.cell
        return Reservoir(length=found.length, radius=math.sqrt(x * y / math.pi), terminal="end")

    @property
    def walls(self) -> tuple[str, ...]:
        return ("channel", BOTH_FACES)

    def profile(self, s: Array) -> Array:
        first, last = self.ends
        return np.asarray(first + (last - first) * np.asarray(s, dtype=float))

    @property
    def mirror_symmetric(self) -> bool:
        return self.ends[0] == self.ends[1] and self._equal_reservoirs()
