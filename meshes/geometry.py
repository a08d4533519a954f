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
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from meshes.cell import Cell
from meshes.course import Course, face, joined
from meshes.imported import File
from meshes.junction import Junction
from meshes.particle import WALL, Particle, check_particle
from meshes.quantity import Description, Length, PositiveLength, PositiveNumber, has_type, misfit
from meshes.reservoirs import PlanarReservoir, PlanarReservoirs, Reservoir, RoundReservoirs, check_reservoirs
from meshes.stack import SlitStack, Stack

Symmetry = Literal["axisymmetric", "planar"]
Array = NDArray[np.floating[Any]]

ABRUPT = 0.1
"""Angle (rad) beyond which the meeting of two straight walls is a corner of its own."""

BOTH_FACES = "membrane_face"
"""The faces of the membrane at both mouths as one wall."""


class ChannelGeometry(Description):
    """What all channels between two terminals share. Subclasses add the sizes and the profile.

    `reservoirs` is one reservoir for both sides, a mapping from terminal to reservoir, or null: then the channel's ends
    are the terminals themselves and hold the Poisson-Boltzmann equilibrium of a reservoir outside.
    """

    terminals: ClassVar[tuple[str, str]] = ("left", "right")
    symmetry: ClassVar[Symmetry] = "axisymmetric"
    mirrored: ClassVar[bool] = True
    """Whether the mesh is a half, with the rest of the device on the other side of coordinate 1 = 0."""

    length: PositiveLength
    reservoirs: Reservoir | PlanarReservoir | Mapping[str, Reservoir] | Mapping[str, PlanarReservoir] | None
    particle: Particle | None = None
    """A sphere or spheroid on the axis of a round channel, anywhere between the ends of the device."""

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the solid boundaries."""
        inside = () if self.particle is None else (WALL,)
        present = [self.reservoir(name) for name in self.terminals]
        if present[0] is None:
            return ("channel", *inside)
        sides = any(reservoir is not None and reservoir.terminal == "end" for reservoir in present)
        return ("channel", BOTH_FACES, *(["reservoir"] if sides else []), *inside)

    @property
    def faces(self) -> dict[str, str]:
        """Names of the faces of the membrane as walls of their own, with the terminal in front of each."""
        return {f"membrane_{name}": name for name in self.terminals if self.reservoir(name) is not None}

    def course(self, wall: str) -> Course:
        """Positions along one of the walls, or along one of the faces."""
        if wall == BOTH_FACES:
            faces = [self._face(terminal) for terminal in self.faces.values()]
            return joined(faces, lambda z: np.where(z < 0.5 * self.length, 0, 1))
        if wall in self.faces:
            return self._face(self.faces[wall])
        if wall == WALL:
            return Course(uniform=True)
        if wall != "channel":
            lengths = [0.0 if found is None else found.length for found in map(self.reservoir, self.terminals)]
            return Course(extents=((-lengths[0], self.length + lengths[1]),))

        def nearest(z: Array, r: Array) -> tuple[Array, Array]:
            at = np.clip(z, 0.0, self.length)
            return at, self.profile(at / self.length)

        return Course(
            extents=(self.mouths,),
            trace=lambda t: (t * self.length, self.profile(t)),
            nearest=nearest,
            fraction=lambda z, _: self.arc_fraction(z),
        )

    def _face(self, terminal: str) -> Course:
        """One face of the membrane, from the mouth to the edge of the reservoir."""
        reservoir = self.reservoir(terminal)
        assert reservoir is not None
        z = self.mouths[self.terminals.index(terminal)]
        return face(z, self.radius_at_terminal(terminal), reservoir.reach)

    @property
    def mouths(self) -> tuple[float, float]:
        """Axial positions of the channel's two ends in metres."""
        return (0.0, self.length)

    @property
    def measure_factor(self) -> float:
        """What an integral over the half plane (with the weight r if axisymmetric) is multiplied with: 2 pi, or twice
        the out-of-plane width in metres."""
        return 2.0 * math.pi

    @property
    def smallest(self) -> float:
        """Smallest radius or half-height in metres."""
        return min(self.radius_at_terminal(name) for name in self.terminals)

    @property
    def mirror_symmetric(self) -> bool:
        """Whether the device, reservoirs included, equals its mirror image about the middle of the channel."""
        return False

    def reservoir(self, terminal: str) -> Reservoir | PlanarReservoir | None:
        """The reservoir in front of a terminal's mouth; None when the channel ends there."""
        if isinstance(self.reservoirs, Mapping):
            return self.reservoirs[terminal]
        return self.reservoirs

    @property
    def spaces(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Length and reach (m) of the reservoir at each end; zeros without one."""
        sizes = [(0.0, 0.0) if (r := self.reservoir(name)) is None else (r.length, r.reach) for name in self.terminals]
        return sizes[0], sizes[1]

    @property
    def open_to_infinity(self) -> bool:
        """Whether a reservoir stands for a space without end: one whose terminal is its whole outer boundary."""
        present = [self.reservoir(name) for name in self.terminals]
        return any(reservoir is not None and reservoir.terminal == "all" for reservoir in present)

    def with_reservoirs_scaled(self, factor: float) -> Self:
        """The same channel with every such reservoir larger by a factor in all directions."""
        scaled = {name: self.reservoir(name) for name in self.terminals}
        for name, reservoir in scaled.items():
            if reservoir is not None and reservoir.terminal == "all":
                size = "radius" if isinstance(reservoir, Reservoir) else "half_height"
                update = {"length": reservoir.length * factor, size: reservoir.reach * factor}
                scaled[name] = reservoir.model_copy(update=update)
        return self.model_copy(update={"reservoirs": scaled})

    def profile(self, s: Array) -> Array:
        """Radius (or half-height) in metres at fractional axial positions s in [0, 1] from the first terminal."""
        raise NotImplementedError

    @property
    def kinks(self) -> tuple[float, ...]:
        """Axial positions inside the channel (m) at which its wall turns abruptly."""
        return ()

    def arc_fraction(self, z: Array) -> Array:
        """Fraction of the channel wall's arc length from the first mouth, at axial positions z in metres."""
        s = np.linspace(0.0, 1.0, 2001)
        pieces = np.hypot(np.diff(s) * self.length, np.diff(self.profile(s)))
        arc = np.concatenate([[0.0], np.cumsum(pieces)])
        fraction: Array = np.interp(np.asarray(z, dtype=float) / self.length, s, arc / arc[-1])
        return fraction

    def radius_at_terminal(self, terminal: str) -> float:
        """Radius (or half-height) in metres of a terminal's mouth."""
        return float(self.profile(np.array([float(self.terminals.index(terminal))]))[0])

    def _check_sizes(self) -> None:
        """Raise a misfit when the channel's own sizes contradict each other."""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        self._check_sizes()
        mouths = [self.radius_at_terminal(name) for name in self.terminals]
        check_reservoirs(self.reservoirs, self.terminals, mouths)
        check_particle(self.particle, self)
        return self

    def _equal_reservoirs(self) -> bool:
        return self.particle is None and self.reservoir(self.terminals[0]) == self.reservoir(self.terminals[1])


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
    """Channel between two parallel plates; `width` is out of plane and multiplies every current and flow rate."""

    symmetry: ClassVar[Symmetry] = "planar"

    type: Literal["slit"] = "slit"
    height: PositiveLength
    width: PositiveLength
    reservoirs: PlanarReservoirs = Field(examples=["{length: 1 um, half_height: 1 um}"])

    @property
    def mirror_symmetric(self) -> bool:
        return self._equal_reservoirs()

    @property
    def measure_factor(self) -> float:
        return 2.0 * self.width

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


Geometry = Annotated[
    Cone | Cylinder | Slit | Hourglass | Bullet | Profile | SlitProfile | Stack | SlitStack | Cell | Junction | File,
    Field(discriminator="type"),
    has_type(
        *("cone", "cylinder", "slit", "hourglass", "bullet", "profile", "slit_profile", "stack", "slit_stack"),
        *("cell", "junction", "file"),
    ),
]
