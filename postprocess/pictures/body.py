"""The body of revolution of an axisymmetric device in three dimensions, with a quarter left out."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyvista
from vtkmodules.vtkCommonCore import vtkLogger

from postprocess.figures.style import Sheet, new_figure, set_title
from postprocess.pictures.chosen import Chosen
from postprocess.pictures.state import State
from postprocess.pictures.tone import Tone
from postprocess.pictures.view import View
from postprocess.tables.result import Result
from solver.results.rows import ResultError

ANGLE = -270.0  # degrees of the body that are shown, turned so that the axis runs to the right
STEPS = 90
PIXELS = (1100, 700)
PANEL = (4.4, 2.8)  # inches
AWAY = (-0.35, 0.75, 1.0)  # direction from the body to the eye; the open quarter is on that side


def bodies(result: Result, chosen: Chosen, view: View) -> Sheet:
    """Bodies of the first of the fields, one for every point, with one colour scale.

    Raises:
        ResultError: the device is planar.
    """
    if result.geometry.get("symmetry") != "axisymmetric":
        raise ResultError("a planar device has no body of revolution; draw it without --body")
    name = chosen.names[0]
    tones = Tone.of_each(name, chosen.states, view)
    across = math.ceil(math.sqrt(len(chosen.points)))
    down = -(-len(chosen.points) // across)
    figure = new_figure(PANEL[0] * across + 1.2, PANEL[1] * down + 0.4)
    panels = list(figure.subplots(down, across, squeeze=False).ravel())
    for axes, point, state, tone in zip(panels, chosen.points, chosen.states, tones, strict=False):
        axes.imshow(paint_body(state, tone.shade(state.data[name]), tone, view), interpolation="antialiased")
        axes.set_title(result.describe(point))
    for axes in panels:
        axes.set_axis_off()
    if len(set(tones)) == 1:
        tones[0].colour_bar(figure, panels)
    else:
        for axes, tone in zip(panels, tones, strict=False):
            tone.colour_bar(figure, [axes])
    stretch = f" (radius × {view.stretch:g})" if view.stretch != 1.0 else ""
    set_title(figure, result.heading + stretch)
    return figure


def paint_body(state: State, shades: npt.NDArray[np.float64], tone: Tone, view: View) -> npt.NDArray[np.uint8]:
    """Image of the part of a body that lies in the view, coloured with shades 0..1."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    section = pyvista.PolyData.from_regular_faces(view.place(state.points), state.triangles[state.known(shades)])
    section["shade"] = np.nan_to_num(shades)
    top = 0.5 / view.aspect  # in frame widths, from the axis
    for normal, origin in (((-1, 0, 0), (0.0, 0, 0)), ((1, 0, 0), (1.0, 0, 0)), ((0, 1, 0), (0, top, 0))):
        section = section.clip(normal=normal, origin=origin)
    body = section.extrude_rotate(angle=ANGLE, resolution=STEPS, rotation_axis=(1.0, 0.0, 0.0), capping=True)
    plotter = pyvista.Plotter(off_screen=True, window_size=PIXELS)
    try:
        plotter.set_background("white")
        plotter.add_mesh(
            body, scalars="shade", cmap=tone.colours, clim=(0.0, 1.0), show_scalar_bar=False, n_colors=512,
            ambient=0.55, diffuse=0.5, specular=0.0,
        )  # fmt: skip
        plotter.enable_parallel_projection()
        plotter.view_vector(AWAY, viewup=(0.0, 1.0, 0.0))
        plotter.camera.zoom(1.25)
        image = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    return np.asarray(image, dtype=np.uint8)
