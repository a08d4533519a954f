"""Contents of the panel of a field: PyVista paints the colours off-screen, matplotlib draws walls and streamlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyvista
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap
from vtkmodules.vtkCommonCore import vtkLogger

from postprocess.pictures.state import State
from postprocess.pictures.streamlines import streamlines
from postprocess.pictures.view import View
from postprocess.tables.units import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

SPACING = 0.028  # between streamlines, in widths of a panel
SOLID = "#d4d4d4"
PIXELS = 1200  # width of a painted panel


def paint(state: State, shades: Array, colours: str | Colormap, view: View) -> npt.NDArray[np.uint8]:
    """Image of shades 0..1 over exactly the view, with the solid and all places without a value in grey."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # "bad X server connection", on every machine without one
    size = (PIXELS, round(PIXELS / view.aspect))
    plotter = pyvista.Plotter(off_screen=True, window_size=size, lighting="none")
    try:
        plotter.set_background(SOLID)
        points, triangles = view.place(state.points), state.triangles[state.known(shades)]
        for side in (1.0, -1.0) if view.mirrored else (1.0,):
            flip = np.array([1.0, side, 1.0])
            surface = pyvista.PolyData.from_regular_faces(points * flip, triangles)
            surface["shade"] = np.nan_to_num(shades)
            plotter.add_mesh(
                surface,
                scalars="shade",
                cmap=colours,
                clim=(0.0, 1.0),
                lighting=False,
                show_scalar_bar=False,
                n_colors=512,
            )
        plotter.enable_parallel_projection()
        middle = 0.5 / view.aspect if not view.mirrored else 0.0
        plotter.camera.position = (0.5, middle, 1.0)
        plotter.camera.focal_point = (0.5, middle, 0.0)
        plotter.camera.up = (0.0, 1.0, 0.0)
        plotter.camera.parallel_scale = 0.5 / view.aspect
        plotter.reset_camera_clipping_range()
        image = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    return np.asarray(image, dtype=np.uint8)


def draw_walls(axes: Axes, state: State, view: View, along: Scale, over: Scale) -> LineCollection:
    """The boundary of the domain and of its regions as thin lines, which are returned; the axis of a half is none."""
    edges = state.points[np.concatenate([state.boundary, state.interfaces])]
    if view.mirrored:
        edges = edges[np.any(np.abs(edges[:, :, 1]) > 1e-9 * np.max(edges[:, :, 1]), axis=1)]
    edges = edges * [along.factor, over.factor]
    sides = [edges, edges * [1.0, -1.0]] if view.mirrored else [edges]
    lines = LineCollection(list(np.concatenate(sides)), colors="black", linewidths=0.8, capstyle="round")
    axes.add_collection(lines, autolim=False)
    return lines


def draw_cells(axes: Axes, state: State, view: View, along: Scale, over: Scale) -> None:
    """The sides of the cells of the mesh."""
    lines = state.points[state.sides] * [along.factor, over.factor]
    sides = [lines, lines * [1.0, -1.0]] if view.mirrored else [lines]
    axes.add_collection(LineCollection(list(np.concatenate(sides)), colors="#0072B2", linewidths=0.25), autolim=False)


def draw_streamlines(axes: Axes, state: State, name: str, view: View, along: Scale, over: Scale) -> None:
    """Lines along the vectors of a field with an arrow each, the same above and below the axis."""
    known = state.known(state.data[name])
    surface = pyvista.PolyData.from_regular_faces(view.place(state.points), state.triangles[known])
    surface["velocity"] = np.nan_to_num(state.data[name]) * [1.0, view.stretch, 0.0]
    shown = view.shows(state)
    if not np.any(surface["velocity"][shown]):
        return
    if len(state.interfaces):  # lines go on across the points that each region has for itself
        surface = surface.clean(tolerance=1e-9, absolute=False)
    left, _, bottom, top = view.box
    width, low = view.box[1] - left, 0.0 if view.mirrored else bottom
    height = (top - low) * view.stretch / width
    middle = state.points[np.unique(state.triangles[known])]
    middle = middle[np.abs(view.place(middle)[:, 0] - 0.5) < 0.02]
    radius = float(middle[:, 1].max()) if len(middle) else top
    # By preference through the middle of the channel, however narrow it is in the picture.
    first = view.place(np.array([(left + 0.5 * width, low + part * (radius - low)) for part in (0.12, 0.5, 0.8)]))[
        :, :2
    ]
    scale = np.array([width * along.factor, width / view.stretch * over.factor])
    offset = np.array([left * along.factor, low * over.factor])
    box = np.array([0.0, 1.0, 0.0, height])
    for line in streamlines(surface, first, box, SPACING):
        for side in (1.0, -1.0) if view.mirrored else (1.0,):
            x, y = (line * scale + offset).T * [[1.0], [side]]
            axes.plot(x, y, color="white", alpha=0.8, linewidth=0.6)
            at = len(line) // 2
            axes.annotate(
                "",
                (x[at], y[at]),
                (x[at - 1], y[at - 1]),
                arrowprops={"arrowstyle": "-|>", "color": "white", "linewidth": 0.0, "mutation_scale": 7.0,
                            "shrinkA": 0.0, "shrinkB": 0.0},
            )  # fmt: skip
