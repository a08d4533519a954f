"""What pictures in three dimensions show of a state: the body of the liquid, its walls, streamlines, level surfaces.

A quarter is left out, where x < 0 and y > 0, on the side of the eye, so that the inside is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyvista

from postprocess.pictures.frame import Frame, planes
from postprocess.pictures.stage import SHADE, Layer, borders, sharp_edges, smooth
from postprocess.pictures.tone import Tone, magnitude
from postprocess.pictures.tracks import tracks, tubes
from postprocess.pictures.volume import Volume, whole
from postprocess.pictures.walls import CHARGE, wall_faces, walls
from postprocess.tables.result import Result

Array = npt.NDArray[np.float64]

GLASS, FAINT = "#8fa3b0", 0.16


@dataclass(frozen=True, eq=False)
class Shot:
    """A field of a state, and how it is shown. levels: those of level surfaces, SI."""

    result: Result
    point: int
    volume: Volume
    name: str
    tone: Tone
    frame: Frame
    levels: Sequence[float] = ()

    def placed(self, surface: pyvista.PolyData, mirrors: Iterable[int] | None = None) -> pyvista.PolyData:
        """A surface of the part in the mesh: that of the whole device, in the frame, with what else it had."""
        found = whole(surface, self.volume.mirrors if mirrors is None else tuple(mirrors))
        found.points = self.frame.place(np.asarray(found.points, dtype=float))
        return self.frame.cropped(found)

    def shaded(self, surface: pyvista.PolyData) -> pyvista.PolyData:
        """The same with the places of the field on the scale of colours."""
        if surface.n_points:
            surface[SHADE] = np.nan_to_num(self.tone.shade(np.asarray(surface[self.name], dtype=float)))
        return surface

    def curved(
        self, surface: pyvista.PolyData, mirrors: Iterable[int] | None = None
    ) -> tuple[pyvista.PolyData, pyvista.PolyData]:
        """The same with normals, and its sharp edges; both before anything is cut off, so that cuts leave no traces."""
        found = whole(surface, self.volume.mirrors if mirrors is None else tuple(mirrors))
        found.points = self.frame.place(np.asarray(found.points, dtype=float))
        return self.frame.cropped(smooth(found, CHARGE if CHARGE in found.point_data else None)), self.frame.cropped(
            sharp_edges(found)
        )

    @cached_property
    def glass(self) -> list[Layer]:
        """The walls, to be seen through."""
        faces = wall_faces(self.result, self.volume)
        if not len(faces):
            return []
        surface, edges = self.curved(self.volume.surface(faces, []))
        return [Layer(surface, GLASS, FAINT, joined([edges, borders(surface)]))]


def body(shot: Shot) -> list[Layer]:
    """The liquid, with a quarter left out."""
    volume, frame, names = shot.volume, shot.frame, [shot.name]
    outside, edges = (joined(opened(each)) for each in shot.curved(volume.surface(volume.boundary, names)))
    layers = [Layer(shot.shaded(outside), lines=edges)]
    for plane in planes(frame.axis):
        k = plane.normal
        inner = shot.placed(volume.cut(plane, names), [other for other in volume.mirrors if other != k])
        side = np.array([0.0, 1.0, 0.0]) if k == 2 else np.array([0.0, 0.0, -1.0])
        half = kept(inner, side)
        layers.append(Layer(shot.shaded(half), lines=borders(half)))
    for plane in frame.ends(volume):
        cap = joined(opened(shot.placed(volume.cut(plane, names))))
        layers.append(Layer(shot.shaded(cap), lines=borders(cap)))
    return layers


def on_walls(shot: Shot) -> list[Layer]:
    """A field on the walls, with a quarter left out."""
    surface = walls(shot.result, shot.point, shot.volume, shot.name)
    found, edges = (joined(opened(each)) for each in shot.curved(surface, ()))
    return [Layer(shot.shaded(found), lines=joined([edges, borders(found)]))]


def lines(shot: Shot) -> list[Layer]:
    """Streamlines of a vector field within the walls."""
    found = tubes(tracks(shot.volume, shot.name, shot.frame), shot.tone, shot.frame)
    drawn = [Layer(pyvista.merge(found))] if found else []
    return [*drawn, *shot.glass]


def surfaces(shot: Shot) -> list[Layer]:
    """Surfaces of equal values within the walls, with a quarter left out."""
    volume, layers = shot.volume, []
    for level in shot.levels:
        surface, _ = shot.curved(volume.level(magnitude(volume.data[shot.name]), level, [shot.name]))
        layers.append(Layer(shot.shaded(joined(opened(surface)))))
    return [*layers, *shot.glass]


SCENES: dict[str, Callable[[Shot], list[Layer]]] = {"body": body, "walls": on_walls, "lines": lines, "iso": surfaces}
"""Scenes by name."""


def kept(surface: pyvista.PolyData, normal: Array) -> pyvista.PolyData:
    """The part of a placed surface behind a plane through the middle line."""
    return surface.clip(normal=normal, origin=(0.0, 0.0, 0.0)) if surface.n_points else surface


def opened(surface: pyvista.PolyData) -> list[pyvista.PolyData]:
    """A placed surface without the quarter where x < 0 and y > 0, in two parts."""
    far, near = kept(surface, np.array([0.0, -1.0, 0.0])), kept(surface, np.array([0.0, 1.0, 0.0]))
    return [far, kept(near, np.array([0.0, 0.0, 1.0]))]


def joined(parts: Sequence[pyvista.PolyData]) -> pyvista.PolyData:
    """Parts of a surface as one; their points stay what they are, for each its normal."""
    there = [part for part in parts if part.n_points and part.n_cells]
    return pyvista.merge(there, merge_points=False) if there else pyvista.PolyData()
