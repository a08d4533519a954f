"""A closed cell: an electrolyte between two parallel plates, with nothing that opens it to a reservoir."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from meshes.course import Course, face
from meshes.quantity import Description, PositiveLength

Array = NDArray[np.floating[Any]]

DEFAULT_SHARE = 0.1
"""Height of the modelled strip over the distance of the plates, where the case gives none."""


class Cell(Description):
    """Electrolyte between two parallel plates, with no openings.

    The plates are the walls "left" (at 0) and "right" (at `length`). Nothing varies along them: the mesh is a strip of
    `height` from plate to plate, bounded by the insulating wall "side" at both edges, and of depth `width`. So a plate
    has the area height times width, and every current, charge and amount is that of this area.
    """

    symmetry: ClassVar[Literal["planar"]] = "planar"
    dimension: ClassVar[int] = 2
    terminals: ClassVar[tuple[str, ...]] = ()
    walls: ClassVar[tuple[str, ...]] = ("left", "right", "side")
    faces: ClassVar[Mapping[str, str]] = {}
    plates: ClassVar[tuple[str, str]] = ("left", "right")
    mirrored: ClassVar[bool] = False
    mirror_symmetric: ClassVar[bool] = True

    type: Literal["cell"] = "cell"
    length: PositiveLength
    """Distance of the plates."""
    width: PositiveLength = Field(examples=["1 um"])
    """Out-of-plane width; height times width is the area of a plate."""
    height: PositiveLength | None = None
    """Height of the strip; a tenth of the length when the case gives none."""

    @property
    def strip(self) -> float:
        """Height of the strip in metres, given or not."""
        return self.height if self.height is not None else DEFAULT_SHARE * self.length

    @property
    def volume(self) -> float:
        """Volume in m^3 between the plates."""
        return self.length * self.strip * self.width

    @property
    def mouths(self) -> tuple[float, float]:
        """Axial positions of the two plates in metres: the extent of the electrolyte."""
        return (0.0, self.length)

    @property
    def measure_factor(self) -> float:
        """What an integral over the strip is multiplied with: the width in metres (the strip is no half of a device)."""
        return self.width

    @property
    def smallest(self) -> float:
        """Half the distance of the plates in metres, as the half-height of a slit."""
        return 0.5 * self.length

    def profile(self, s: Array) -> Array:
        """Transverse extent in metres of the strip at fractional axial positions s in [0, 1] from the left plate."""
        return np.full(np.shape(s), self.strip)

    def course(self, wall: str) -> Course:
        """Positions along "side" are axial; nothing varies along the plates."""
        if wall in self.plates:
            return face(self.mouths[self.plates.index(wall)], 0.0, self.strip, uniform=True)

        def nearest(z: Array, r: Array) -> tuple[Array, Array]:
            return np.clip(z, 0.0, self.length), np.full(np.shape(z), self.strip)

        return Course(
            extents=(self.mouths,),
            trace=lambda t: nearest(t * self.length, t),
            nearest=nearest,
            fraction=lambda z, _: z / self.length,
        )
