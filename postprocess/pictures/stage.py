"""Surfaces and lines in three dimensions, painted off-screen from any side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista
from matplotlib.colors import Colormap
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from vtkmodules.vtkCommonCore import vtkLogger

from postprocess.pictures.volume import welded
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]

EYE = np.array([-0.35, -1.0, 0.75])
"""Direction from the device to the eye, along z, x and y: z runs to the right, y upwards."""
APART = 1e-6
"""How far the points of two sides of a sharp edge are moved from each other, in frame widths."""
WIDTH = 1300  # pixels
FLATTEST, HIGHEST = 0.3, 0.85  # height of an image over its width
MARGIN = 1.04
SHARP = 35.0  # degrees between two faces whose border is drawn as a line
SHADE = "shade"
GAP = 0.03
"""Largest of them, in frame widths."""
SAME = 1e-7
"""Points of a surface that are nearer to each other are one, in frame widths."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A surface in frame widths: with point data SHADE (0..1) in the colours of the scene, or in one colour.

    lines: its edges, drawn in black. Its light is that of its normals where it has some, else that of its triangles.
    """

    surface: pyvista.PolyData
    colour: str | None = None
    opacity: float = 1.0
    lines: pyvista.PolyData | None = None


@dataclass(frozen=True, eq=False)
class Pose:
    """A direction to look from: vectors to the right and upwards in the image, what is in its middle, and half of its height
    (frame widths)."""

    eye: Array
    right: Array
    up: Array
    middle: Array
    half: float


def poses(layers: Sequence[Layer], angles: Sequence[float]) -> tuple[list[Pose], float]:
    """A pose for every angle (degrees) of a turn around the vertical, and the height of all images over their width."""
    boxes = [np.array(layer.surface.bounds).reshape(3, 2) for layer in layers if layer.surface.n_points]
    if not boxes:
        raise ResultError("nothing of this is in the window; choose another one, such as --window device")
    low, high = np.min([box[:, 0] for box in boxes], axis=0), np.max([box[:, 1] for box in boxes], axis=0)
    corners = np.array([[(low, high)[i >> k & 1][k] for k in range(3)] for i in range(8)])
    middle, turned, halves = (low + high) / 2, [], []
    for angle in np.radians(angles):
        turn = np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
        eye = turn @ EYE / np.linalg.norm(EYE)
        right = np.cross([0.0, 0.0, 1.0], eye)
        right /= np.linalg.norm(right)
        up = np.cross(eye, right)
        turned.append((eye, right, up))
        halves.append([np.abs((corners - middle) @ side).max() for side in (right, up)])
    wide, high_ = MARGIN * np.max(halves, axis=0)
    ratio = float(np.clip(high_ / wide, FLATTEST, HIGHEST))
    return [Pose(eye, right, up, middle, max(high_, wide * ratio)) for eye, right, up in turned], ratio


def paint(
    layers: Sequence[Layer], colours: str | Colormap, turns: Sequence[Pose], ratio: float, width: int = WIDTH
) -> Iterator[Image]:
    """Images of the layers in one pose after the other. ratio: of height to width (pixels)."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # "bad X server connection", on every machine without one
    plotter = pyvista.Plotter(off_screen=True, window_size=(width, math.ceil(width * ratio)))
    try:
        plotter.set_background("white")
        clear = any(layer.opacity < 1.0 for layer in layers)
        for layer in layers:
            _add(plotter, layer, colours)
        if clear:
            plotter.enable_depth_peeling(8)
        plotter.enable_anti_aliasing("ssaa")
        plotter.enable_parallel_projection()
        for pose in turns:
            plotter.camera.focal_point = tuple(pose.middle)
            plotter.camera.position = tuple(pose.middle + 10.0 * pose.eye)
            plotter.camera.up = (0.0, 0.0, 1.0)
            plotter.camera.parallel_scale = pose.half
            plotter.reset_camera_clipping_range()
            plotter.render()
            yield np.asarray(plotter.screenshot(return_img=True), dtype=np.uint8)
    finally:
        plotter.close()


def _add(plotter: pyvista.Plotter, layer: Layer, colours: str | Colormap) -> None:
    surface = layer.surface
    if not surface.n_points:
        return
    light = {"ambient": 0.65, "diffuse": 0.4, "specular": 0.0}
    if layer.lines is not None and layer.lines.n_cells:
        plotter.add_mesh(layer.lines, color="black", line_width=1.5, lighting=False, opacity=max(layer.opacity, 0.4))
    look: dict[str, Any] = {"color": layer.colour}
    if layer.colour is None:
        look = {"scalars": SHADE, "cmap": colours, "clim": (0.0, 1.0), "show_scalar_bar": False, "n_colors": 512}
    actor = plotter.add_mesh(surface, opacity=layer.opacity, **light, **look)
    if surface.point_data.active_normals is not None:
        actor.prop.interpolation = "phong"


def smooth(surface: pyvista.PolyData, name: str | None = None) -> pyvista.PolyData:
    """A surface with normals of its own, that are several where it has a sharp edge. name: as of `welded`."""
    if not surface.n_cells:
        return surface
    found = welded(surface, SAME, name).compute_normals(
        cell_normals=False, split_vertices=True, feature_angle=SHARP, consistent_normals=False
    )
    # apart, as VTK's clipping takes points at the same place for one
    found.points = np.asarray(found.points, dtype=float) + APART * np.asarray(found["Normals"], dtype=float)
    return found


def sharp_edges(surface: pyvista.PolyData) -> pyvista.PolyData:
    """Lines along the sharp edges of a surface."""
    return _edges(surface, feature_edges=True, boundary_edges=False)


def borders(surface: pyvista.PolyData) -> pyvista.PolyData:
    """Lines where a surface ends; without those around gaps that clipping has left between its triangles."""
    found = _edges(surface, feature_edges=False, boundary_edges=True)
    if not found.n_cells:
        return found
    pairs = found.lines.reshape(-1, 3)[:, 1:]
    count = found.n_points
    _, line = connected_components(coo_array((np.ones(len(pairs)), pairs.T), (count, count)), directed=False)
    low, high = np.full((2, line.max() + 1, 3), [[[np.inf]], [[-np.inf]]])
    np.minimum.at(low, line, found.points)
    np.maximum.at(high, line, found.points)
    long = (high - low).max(axis=1) > GAP
    return pyvista.PolyData(found.points, lines=found.lines.reshape(-1, 3)[long[line[pairs[:, 0]]]].ravel())


def _edges(surface: pyvista.PolyData, **which: bool) -> pyvista.PolyData:
    if not surface.n_cells:
        return pyvista.PolyData()
    return welded(surface, SAME).extract_feature_edges(
        SHARP, non_manifold_edges=False, manifold_edges=False, clear_data=True, **which
    )
