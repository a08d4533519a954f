"""What of a device in three dimensions a picture shows, and how far it is stretched across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyvista

from postprocess.pictures.planes import Plane
from postprocess.pictures.view import choose_view, stretch_of
from postprocess.pictures.volume import ON, Volume
from postprocess.tables.result import Result

Array = npt.NDArray[np.float64]

BEYOND = 1e-5
"""How far out of the frame a surface may be that lies on its border, in frame widths."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A box (m), a point on the middle line of the channel (m), and the factor by which both directions across are stretched.

    Shapes (3,).
    """

    low: Array
    high: Array
    axis: Array
    stretch: float

    @classmethod
    def of(cls, result: Result, volumes: Sequence[Volume], window: str) -> Frame:
        """That of a window, as of `view.choose_view`, in the two planes through the channel's middle line.

        Raises:
            ResultError: there is no such window.
        """
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        axis = volumes[0].axis(result.geometry.get("mouths"))
        for plane in planes(axis):
            states = [volume.section(plane) for volume in volumes]
            view = choose_view(result, states[0], window, states)
            along, across = plane.inside
            left, right, bottom, top = view.box
            low[along], high[along] = min(low[along], left), max(high[along], right)
            low[across], high[across] = bottom, top
        widest = max(high[1] - low[1], high[2] - low[2])
        stretch = stretch_of((low[0], high[0], -widest / 2, widest / 2))
        return cls(low, high, axis, stretch)

    @property
    def factors(self) -> Array:
        """From metres to frame widths, along each direction."""
        return np.asarray(np.array([1.0, self.stretch, self.stretch]) / (self.high[0] - self.low[0]))

    def place(self, points: Array) -> Array:
        """Points (n, 3) in frame widths, from the left edge and the middle line."""
        return np.asarray((points - [self.low[0], *self.axis[1:]]) * self.factors)

    def cropped(self, surface: pyvista.PolyData) -> pyvista.PolyData:
        """The part of a placed surface in the frame."""
        low, high = self.place(np.array([self.low, self.high]))
        for k in range(3):
            normal = np.eye(3)[k]
            if surface.n_points and surface.bounds[2 * k] < low[k] - BEYOND:
                surface = surface.clip(normal=-normal, origin=(low[k] - BEYOND) * normal)
            if surface.n_points and surface.bounds[2 * k + 1] > high[k] + BEYOND:
                surface = surface.clip(normal=normal, origin=(high[k] + BEYOND) * normal)
        return surface

    def ends(self, volume: Volume) -> list[Plane]:
        """Planes where the frame cuts through the device; of a mirrored pair that in the mesh."""
        low, high = volume.extents
        found = []
        for k in range(3):
            near = ON * (high[k] - low[k])
            if self.high[k] < high[k] - near:
                found.append(Plane(k, float(self.high[k])))
            if k not in volume.mirrors and self.low[k] > low[k] + near:
                found.append(Plane(k, float(self.low[k])))
        return found


def planes(axis: Array) -> tuple[Plane, Plane]:
    """The planes along the channel through its middle line: of constant y, and of constant x."""
    return Plane(2, float(axis[2])), Plane(1, float(axis[1]))
