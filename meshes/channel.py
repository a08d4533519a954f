"""What all channels between two terminals share: their course, faces and reservoirs. SI units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from typing_extensions import Self

from meshes.course import Course, face, joined
from meshes.dimension import Dimensions
from meshes.particle import WALL, Particle, check_particle
from meshes.quantity import PositiveLength
from meshes.reservoirs import AnyReservoir, AnyReservoirs, check_reservoirs

Symmetry = Literal["axisymmetric", "planar"]
Array = NDArray[np.floating[Any]]

BOTH_FACES = "membrane_face"
"""The faces of the membrane at both mouths as one wall."""


@dataclass(frozen=True)
class Mouth:
    """Shape of a mouth in three dimensions, in metres.

    Attributes:
        half: half sizes along x and y. centre: where its middle lies there.
        rectangular: whether it is a rectangle; it is an ellipse otherwise.
    """

    half: tuple[float, float]
    centre: tuple[float, float] = (0.0, 0.0)
    rectangular: bool = False


class ChannelGeometry(Dimensions):
    """What all channels between two terminals share. Subclasses add the sizes and the profile.

    `reservoirs` is one reservoir for both sides, a mapping from terminal to reservoir, or null: then the channel's ends
    are the terminals themselves and hold the Poisson-Boltzmann equilibrium of a reservoir outside.
    """

    terminals: ClassVar[tuple[str, str]] = ("left", "right")
    symmetry: ClassVar[Symmetry] = "axisymmetric"
    mirrored: ClassVar[bool] = True
    """Whether the mesh is a half, with the rest of the device on the other side of coordinate 1 = 0."""

    length: PositiveLength
    reservoirs: AnyReservoirs
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
        the out-of-plane width in metres; in three dimensions the number of parts like that which has a mesh."""
        return float(self.copies) if self.in_space else 2.0 * math.pi

    @property
    def breadth(self) -> float:
        """What numbers of a cross-section are multiplied with: the width in metres of a planar channel, else 1."""
        return 1.0

    @property
    def smallest(self) -> float:
        """Smallest radius or half-height in metres."""
        return min(self.radius_at_terminal(name) for name in self.terminals)

    @property
    def mirror_symmetric(self) -> bool:
        """Whether the device, reservoirs included, equals its mirror image about the middle of the channel."""
        return False

    def reservoir(self, terminal: str) -> AnyReservoir | None:
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
                scaled[name] = reservoir.scaled(factor)
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

    def mouth(self, terminal: str) -> Mouth | None:
        """Shape of a terminal's mouth in three dimensions; None of a channel that is computed in the plane alone."""
        radius = self.radius_at_terminal(terminal)
        return Mouth((radius, radius)) if self.symmetry == "axisymmetric" else None

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
