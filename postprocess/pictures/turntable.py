"""Turntables: movies of a device in three dimensions that turns around once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from meshes.quantity import did_you_mean
from postprocess.figures.style import new_figure, set_title
from postprocess.pictures.chosen import file_name
from postprocess.pictures.marks import band, draw_axes, draw_terminals, terminal_places
from postprocess.pictures.movie import BLOCK, DOTS, Frame, check_movie, write_movie
from postprocess.pictures.render import LOOK
from postprocess.pictures.scenes import SCENES
from postprocess.pictures.spatial import Scenery, colour_bars, scenery
from postprocess.pictures.stage import WIDTH, paint, poses
from postprocess.tables.result import Result
from solver.results.rows import ResultError

SECONDS = 6.0
"""Of one turn."""
SIZE = 7.2  # inches


def draw_turntable(
    result: Result,
    out: Path | None = None,
    scene: str = "body",
    field: str | None = None,
    at: Sequence[str] = (),
    window: str | None = None,
    levels: Sequence[str] = (),
    fps: float = 15.0,
) -> Path:
    """Draw a movie of one point of a result that turns around once; returns the file.

    Args:
        result: of which.
        out: file in .mp4 or .gif, or a directory; default pictures/turntable.mp4 in the result directory.
        scene: body, walls, lines or iso, as of `render.draw_pictures`.
        field, at, window, levels: likewise; of several points the last one is shown.
        fps: frames per second.

    Raises:
        ResultError: the device is in two dimensions, something is not there, or nothing can be written.
    """
    if scene not in SCENES:
        raise ResultError(f"there is no scene '{scene}'; {did_you_mean(scene, SCENES, 'there are')}")
    out = check_movie(result, out, fps, file_name("turntable", scene, field, window, *at))
    shown = scenery(result, scene, field, at, window or "channel", levels)
    with mpl.rc_context({**LOOK, "savefig.dpi": DOTS}):
        write_movie(out, turning(shown, max(2, round(SECONDS * fps))), fps)
    return out


def turning(shown: Scenery, count: int) -> Iterator[Frame]:
    """Images (height, width, 3) of one turn, all of the same size. What does not turn is drawn once."""
    shot = shown.shots[0][-1]
    layers, places = SCENES[shown.scene](shot), terminal_places(shot.result, shot.volume)
    turns, ratio = poses(layers, [360.0 * k / count for k in range(count)])
    below = band(turns, ratio, shot.frame)
    figure = new_figure(SIZE + 1.0, SIZE * (ratio + below / WIDTH) + 0.8)
    figure.set_figheight(BLOCK / DOTS * np.ceil(figure.get_figheight() * DOTS / BLOCK - 1e-6))
    figure.set_figwidth(BLOCK / DOTS * np.ceil(figure.get_figwidth() * DOTS / BLOCK - 1e-6))
    figure.set_dpi(DOTS)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0.0, WIDTH), ylim=(WIDTH * ratio + below, 0.0), aspect="equal")
    axes.set_title(shot.result.caption(shot.point))
    colour_bars(figure, [axes], [shot.tone])
    set_title(figure, shown.title)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # the layout: found once, so that nothing jumps
    figure.set_layout_engine("none")
    still = np.asarray(canvas.buffer_rgba()).copy()
    left, top = (round(each) for each in axes.transData.transform((0.0, 0.0)))
    right, bottom = (round(each) for each in axes.transData.transform((WIDTH, WIDTH * ratio)))
    inside = slice(len(still) - top, len(still) - bottom), slice(left, right), slice(0, 3)
    for pose, painted in zip(turns, paint(layers, shot.tone.colours, turns, ratio, right - left), strict=True):
        image = np.asarray(canvas.buffer_rgba())
        image[:] = still
        image[inside] = painted[: top - bottom]
        for text in list(axes.texts):
            text.remove()
        draw_axes(axes, pose, ratio, shot.frame, below)
        draw_terminals(axes, pose, ratio, shot.frame, places)
        for text in axes.texts:
            text.draw(canvas.get_renderer())
        yield image[:, :, :3].copy()
