"""Turntables: movies of a device in three dimensions that turns around once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from meshes.quantity import did_you_mean
from postprocess.figures.style import new_figure, set_title
from postprocess.pictures.chosen import file_name
from postprocess.pictures.movie import BLOCK, DOTS, Frame, check_movie, write_movie
from postprocess.pictures.render import LOOK
from postprocess.pictures.scenes import SCENES
from postprocess.pictures.spatial import Scenery, colour_bars, draw_axes, scenery
from postprocess.pictures.stage import paint, poses
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
    """Images (height, width, 3) of one turn, all of the same size."""
    shot = shown.shots[0][-1]
    layers = SCENES[shown.scene](shot)
    turns, ratio = poses(layers, [360.0 * k / count for k in range(count)])
    figure = new_figure(SIZE + 1.0, SIZE * ratio + 0.8)
    figure.set_figheight(BLOCK / DOTS * np.ceil(figure.get_figheight() * DOTS / BLOCK - 1e-6))
    figure.set_figwidth(BLOCK / DOTS * np.ceil(figure.get_figwidth() * DOTS / BLOCK - 1e-6))
    figure.set_dpi(DOTS)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_title(shot.result.describe(shot.point))
    colour_bars(figure, [axes], [shot.tone])
    set_title(figure, shown.title)
    image = None
    for pose, painted in zip(turns, paint(layers, shot.tone.colours, turns, ratio), strict=True):
        if image is None:
            image = axes.imshow(painted, interpolation="antialiased")
            figure.canvas.draw()  # the layout: found once, so that nothing jumps
            figure.set_layout_engine("none")
        image.set_data(painted)
        for text in list(axes.texts):
            text.remove()
        draw_axes(axes, pose, ratio, shot.frame)
        figure.canvas.draw()
        yield np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()
