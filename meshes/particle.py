"""A sphere or spheroid on the axis of a round channel, in it or in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import Description, Length, PositiveLength, misfit

Array = NDArray[np.floating[Any]]

WALL = "particle"
"""Name of the particle's surface among the walls, and of its inside among the regions."""

SAMPLES = 2001
"""Points of the particle's outline that are compared with the walls."""


class Space(Protocol):
    """A round device, as far as a particle needs it."""

    @property
    def symmetry(self) -> str:
        """ "axisymmetric" or "planar"."""

    @property
    def length(self) -> float:
        """Of the channel, m."""

    def profile(self, s: Array) -> Array:
        """Radius (m) at fractions of the channel's axis."""

    @property
    def spaces(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Length and radius (m) of the reservoir at each end; zeros without one."""


class Particle(Description):
    """A body that does not conduct and is held where it is. Its surface is the wall `particle`; there is a field in it when
    the region `particle` gives its permittivity."""

    position: Length
    """Of its centre along the axis; the first mouth of the channel is at 0."""
    radius: PositiveLength | None = None
    """Of a sphere."""
    semi_axes: tuple[PositiveLength, PositiveLength] | None = None
    """Of a spheroid: along the axis, and across it."""

    @model_validator(mode="before")
    @classmethod
    def _without_material(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "relative_permittivity" in data:
            raise misfit(
                "relative_permittivity",
                f"the inside of a particle is a region: write 'regions: {{{WALL}: {{type: dielectric, relative_permittivity:"
                " 2.6}}' instead",
            )
        return data

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if (self.radius is None) == (self.semi_axes is None):
            both = "both are given" if self.radius is not None else "is missing"
            raise misfit("radius", f"{both}; write 'radius: 5 nm' for a sphere, or 'semi_axes: [10 nm, 5 nm]'")
        return self

    @property
    def sizes(self) -> tuple[float, float]:
        """Semi-axes along and across the axis, m."""
        if self.semi_axes is not None:
            return self.semi_axes
        assert self.radius is not None
        return (self.radius, self.radius)

    @property
    def span(self) -> tuple[float, float]:
        """Axial positions of its two poles, m."""
        return (self.position - self.sizes[0], self.position + self.sizes[0])

    def outline(self, count: int = SAMPLES) -> tuple[Array, Array]:
        """Axial positions and radii of its outline from the first pole to the other, m."""
        angle = np.linspace(0.0, np.pi, count)
        along, across = self.sizes
        return self.position - along * np.cos(angle), across * np.sin(angle)


def clearance(particle: Particle, device: Space) -> float:
    """Least distance (m) between the particle and what is around it, across the axis or in front of its poles; negative
    where it reaches beyond."""
    z, r = particle.outline()
    ends = [-device.spaces[0][0], device.length + device.spaces[1][0]]
    first, last = particle.span
    inside = (z >= 0.0) & (z <= device.length)
    limit = np.where(z < 0.0, device.spaces[0][1], device.spaces[1][1])
    limit[inside] = device.profile(z[inside] / device.length)
    along, across = particle.sizes
    found = [float(np.min(limit - r)), first - ends[0], ends[1] - last]
    for mouth in (0.0, device.length):  # the corner of a mouth may reach into the particle between two samples
        if abs(mouth - particle.position) < along:
            at = across * np.sqrt(1.0 - ((mouth - particle.position) / along) ** 2)
            found.append(float(device.profile(np.array([mouth / device.length]))[0]) - at)
    return min(found)


def check_particle(particle: Particle | None, device: Space) -> None:
    """Refuse a particle that does not fit into its device."""
    if particle is None:
        return
    if device.symmetry != "axisymmetric":
        raise misfit("particle", "a sphere lies on the axis of a round channel; a slit has none, use e.g. a cylinder")
    gap = clearance(particle, device)
    if gap <= 0.0:
        first, last = particle.span
        raise misfit(
            "particle",
            f"reaches {-gap:.3g} m into a wall or beyond the ends of the device (it lies between {first:.4g} and {last:.4g} m"
            " on the axis); make it smaller, or move it",
        )
