"""Pictures of the fields: the mirrored half plane in colours, with axes, scales and titles.

Every picture is a grid, fields down and points of the sweep across; a row shares one colour scale. Long channels are
stretched across, and the title says by how much.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from postprocess.figures.style import STYLE, destination, new_figure, save, set_title
from postprocess.pictures.fields import State, fields_to_draw, full_name
from postprocess.pictures.painting import draw_streamlines, draw_walls, paint
from postprocess.pictures.tone import Tone, magnitude
from postprocess.pictures.view import View, choose_view
from postprocess.tables.result import Result, load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DEFAULT_FIELDS = ("salt", "potential", "velocity")
REST = 1e-6  # of the largest speed in a row: slower states have no streamlines
LOOK = {
    **STYLE,
    "axes.grid": False,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.top": False,
    "ytick.right": False,
}
PAGE = 6  # points beside each other in one picture
PANEL = 3.5  # width of a panel, inches


def render(
    path: Path,
    field: str | None = None,
    at: Sequence[str] = (),
    out: Path | None = None,
    window: str | None = None,
) -> list[Path]:
    """Draw the fields of the result directory `path`; returns the files.

    Args:
        path: result directory.
        field, at, window: see `draw_pictures`.
        out: directory, or file name in .png, .pdf or .svg; default `pictures` in the result directory.

    Raises:
        ResultError: something of this is not there, with a list of what there is; or a file cannot be written.
    """
    result = load(path)
    where = destination(result, out, "pictures")
    return save_pictures(draw_pictures(result, field, at, window), where)


def draw_pictures(
    result: Result, field: str | None = None, at: Sequence[str] = (), window: str | None = None
) -> dict[str, Figure]:
    """Pictures of the fields of a result, by names that tell field, window and points. Of many points there are several.

    Args:
        result: the result.
        field: salt, potential, charge, velocity, pressure or a species; default salt, potential and velocity together.
        at: points, such as ["1 V"] (see Result.select); default the extremes of the sweep.
        window: "channel" (default), "device", or the name of a terminal for the region around its mouth.

    Raises:
        ResultError: something of this is not there, with a list of what there is.
    """
    files = fields_to_draw(result)
    known = set(result.observables["point"].astype(int))
    available = [point for point in files.points if point in known]
    points = result.select(at, among=available) if at else result.extremes(available)
    states = [files.read(point) for point in points]
    if field is None:
        names = [name for name in DEFAULT_FIELDS if all(name in state.data for state in states)]
        names = [name for name in names if any(np.any(state.data[name]) for state in states)]
    else:
        names = [full_name(field, states[0].data)]
    view = choose_view(result, states[0], window or "channel", states)
    words = [field or "fields", *([window] if window else []), *at]
    title = "-".join(re.sub(r"[^\w.=+-]+", "", word.replace("−", "-")) for word in words)
    tones = {name: Tone.of_each(name, states, view) for name in names}
    most = PAGE if len(names) > 1 else PAGE * 2
    drawn = {}
    with mpl.rc_context(LOOK):
        for page, first in enumerate(range(0, len(points), most)):
            part = slice(first, first + most)
            number = f"-{page + 1}" if len(points) > most else ""
            of_part = {name: of_each[part] for name, of_each in tones.items()}
            drawn[f"{title}{number}"] = compose(result, view, of_part, points[part], states[part])
    return drawn


def save_pictures(pictures: Mapping[str, Figure], where: tuple[Path, str, str]) -> list[Path]:
    """Write pictures, all of one field or set of fields, under their names; returns the files.

    where: folder, file name in the place of their own names ("" for none), and suffix (see `style.destination`).
    """
    folder, stem, suffix = where
    names = list(pictures)
    if stem:
        names = [f"{stem}-{k + 1}" for k in range(len(pictures))] if len(pictures) > 1 else [stem]
    with mpl.rc_context(LOOK):
        return [
            save(picture, folder / f"{name}{suffix}") for name, picture in zip(names, pictures.values(), strict=True)
        ]


def compose(
    result: Result, view: View, tones: Mapping[str, Sequence[Tone]], points: Sequence[int], states: Sequence[State]
) -> Figure:
    """The grid of panels for the fields in `tones`, which have a scale for every state. One field alone is wrapped into
    several rows."""
    names = list(tones)
    across = len(points) if len(names) > 1 or len(points) <= 3 else math.ceil(math.sqrt(len(points)))
    down = len(names) if len(names) > 1 else math.ceil(len(points) / across)
    height = PANEL / view.aspect
    own = sum(len(set(of_each)) > 1 for of_each in tones.values()) > 0
    figure = new_figure((PANEL + 0.9 * own) * across + 1.4 - 0.9 * own, (height + 0.25) * down + 0.75)
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.ravel()[len(points) * len(names) :]:
        axes.remove()
    along, over = view.scales()
    for row, name in enumerate(names):
        panels = list(grid[row] if len(names) > 1 else grid.ravel()[: len(points)])
        # A fluid at rest has the round-off of the solver for a velocity.
        rest = REST * max(np.max(magnitude(state.data[name])) for state in states)
        for axes, state, tone in zip(panels, states, tones[name], strict=True):
            image = paint(state, tone.shade(state.data[name]), tone.colours, view)
            left, right, bottom, top = view.box
            extent = (left * along.factor, right * along.factor, bottom * over.factor, top * over.factor)
            axes.imshow(image, extent=extent, aspect="auto", interpolation="antialiased", interpolation_stage="rgba")
            if name == "velocity" and np.max(magnitude(state.data[name])) > rest:
                draw_streamlines(axes, state, view, along, over)
            draw_walls(axes, state, view, along, over)
            axes.set(xlim=extent[:2], ylim=extent[2:])
        if len(set(tones[name])) == 1:
            tones[name][0].colour_bar(figure, panels)
        else:
            for axes, tone in zip(panels, tones[name], strict=True):
                tone.colour_bar(figure, [axes])
    for i, axes in enumerate(grid.ravel()[: len(points) * len(names)]):
        if i < len(points) or len(names) == 1:
            axes.set_title(result.describe(points[i]))
        if i % across == 0:
            axes.set_ylabel(over.label(view.transverse))
            if view.mirrored:  # distances from the axis
                axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        below = i + across
        if below >= len(points) * len(names):
            axes.set_xlabel(along.label("z"))
            axes.tick_params(labelbottom=True)
    stretch = f" (transverse × {view.stretch:g})" if view.stretch != 1.0 else ""
    set_title(figure, result.heading + stretch)
    return figure
