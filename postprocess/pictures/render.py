"""Pictures of the fields: the mirrored half plane in colours, with axes, scales and titles.

Every picture is a grid, fields down and points of the sweep across; a row shares one colour scale. Long channels are
stretched across, and the title says by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.colors import ListedColormap

from postprocess.figures.style import STYLE, destination, new_figure, save, set_title
from postprocess.pictures.body import bodies
from postprocess.pictures.chosen import MESH, Chosen, file_name
from postprocess.pictures.cuts import cut_figure
from postprocess.pictures.marks import terminals_in_section
from postprocess.pictures.materials import (
    GATE,
    TERMINAL,
    WALL,
    Plan,
    draw_materials,
    legend_of,
    name_places,
)
from postprocess.pictures.painting import draw_cells, draw_streamlines, draw_walls, paint
from postprocess.pictures.planes import Plane
from postprocess.pictures.scenes import SCENES
from postprocess.pictures.spatial import scenery, spatial_figure
from postprocess.pictures.state import State
from postprocess.pictures.tone import VECTORS, Tone, magnitude
from postprocess.pictures.view import View, choose_view
from postprocess.tables.error_lines import velocity_note
from postprocess.tables.result import Result, load
from solver.results.rows import ResultError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

REST = 1e-6  # of the largest speed in a row: slower states have no streamlines
LEAST_ALONG = 0.1  # of the vectors: streamlines in a section across the flow would be those of rounding
LOOK = {
    **STYLE,
    "axes.grid": False,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.top": False,
    "ytick.right": False,
    "hatch.linewidth": 0.5,
}
LIQUID = ListedColormap(["white"], name="liquid")
PAGE = 6  # points beside each other in one picture
PANEL = 3.5  # width of a panel, inches


def render(
    path: Path,
    field: str | None = None,
    at: Sequence[str] = (),
    out: Path | None = None,
    window: str | None = None,
    *,
    cut: str | None = None,
    body: bool = False,
    planes: Sequence[str] = (),
    walls: bool = False,
    lines: bool = False,
    iso: Sequence[str] | None = None,
) -> list[Path]:
    """Draw the fields of the result directory `path`; returns the files.

    Args:
        path: result directory.
        field, at, window, cut, body, planes, walls, lines, iso: see `draw_pictures`.
        out: directory, or file name in .png, .pdf or .svg; default `pictures` in the result directory.

    Raises:
        ResultError: something of this is not there, with a list of what there is; or a file cannot be written.
    """
    result = load(path)
    where = destination(result, out, "pictures")
    drawn = draw_pictures(
        result, field, at, window, cut=cut, body=body, planes=planes, walls=walls, lines=lines, iso=iso
    )
    return save_pictures(drawn, where)


def draw_pictures(
    result: Result,
    field: str | None = None,
    at: Sequence[str] = (),
    window: str | None = None,
    *,
    cut: str | None = None,
    body: bool = False,
    planes: Sequence[str] = (),
    walls: bool = False,
    lines: bool = False,
    iso: Sequence[str] | None = None,
) -> dict[str, Figure]:
    """Pictures of the fields of a result, by names that tell field, window and points. Of many points there are several.

    Args:
        result: the result.
        field: salt, potential, charge, velocity, pressure or a species, electric_field, current_density, or mesh; default
            salt, potential and velocity together.
        at: points, such as ["1 V"] (see Result.select); default the extremes of the sweep.
        window: "channel" (default), "device", or the name of a terminal for the region around its mouth.
        cut: curves along a line instead: "axis", "z = 0.5 um", "r = 2 nm".
        body: the body in three dimensions instead, with a quarter left out, of the field or of salt.
        planes: of devices in three dimensions the planes that are shown, such as "x = 0" or "z = 0.5 um"; default "y = 0".
        walls: of these the walls instead, with the field, or their charge and zeta potential.
        lines: streamlines in space instead, of the velocity or another vector field.
        iso: surfaces of equal values of the field or of salt instead, such as ["5 mM"]; [] for some that suit.

    Raises:
        ResultError: something of this is not there, with a list of what there is.
    """
    views = {"cut": cut is not None, "body": body, "planes": bool(planes)}
    views |= {"walls": walls, "lines": lines, "iso": iso is not None}
    wanted = [name for name, there in views.items() if there]
    if len(wanted) > 1:
        raise ResultError(f"{' and '.join(wanted)} are pictures of their own; ask for one of them")
    scene = wanted[0] if wanted and wanted[0] in SCENES else None
    if scene is not None and not (body and result.dimension == 2):
        shown = scenery(result, scene, field, at, window or "channel", iso or ())
        with mpl.rc_context(LOOK):
            return {file_name(scene, field, window, *at): spatial_figure(shown)}
    chosen = Chosen.of(result, field, at)
    if chosen.names == [MESH] and (cut is not None or body):
        raise ResultError("of the mesh there is neither a cut nor a body; draw it alone")
    if cut is not None:
        with mpl.rc_context(STYLE):
            return {file_name("cut", cut, field, *at): cut_figure(result, chosen, cut)}
    drawn: dict[str, Figure] = {}
    with mpl.rc_context(LOOK):
        for plane in planes or [""]:
            here = chosen.at(Plane.of(plane)) if plane else chosen
            view = choose_view(result, here.states[0], window or "channel", here.states)
            if body:
                return {file_name("body", field, window, *at): bodies(result, chosen, view)}
            drawn |= _pages(result, view, here, file_name(field or "fields", plane, window, *at))
    return drawn


def _pages(result: Result, view: View, chosen: Chosen, title: str) -> dict[str, Figure]:
    """Grids of panels with at most PAGE points beside each other."""
    points, states = chosen.points, chosen.states
    tones = {name: [] if name == MESH else Tone.of_each(name, states, view) for name in chosen.names}
    most = PAGE if len(chosen.names) > 1 else PAGE * 2
    drawn = {}
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


def _fill(axes: Axes, state: State, shades: npt.NDArray[np.float64], colours: str | Colormap, view: View) -> None:
    """Colours and walls of a panel, and its limits."""
    along, over = view.scales()
    left, right, bottom, top = view.box
    extent = (left * along.factor, right * along.factor, bottom * over.factor, top * over.factor)
    image = paint(state, shades, colours, view)
    axes.imshow(image, extent=extent, aspect="auto", interpolation="antialiased", interpolation_stage="rgba")
    draw_walls(axes, state, view, along, over)
    axes.set(xlim=extent[:2], ylim=extent[2:])


def _draw_mesh(axes: Axes, plan: Plan, state: State, view: View) -> None:
    """Cells over the colours of the materials."""
    along, over = view.scales()
    _fill(axes, state, np.zeros(len(state.points)), LIQUID, view)
    draw_materials(axes, plan, state, view, along, over, filled=True)
    draw_cells(axes, state, view, along, over)


def _lies_in(state: State, name: str) -> bool:
    """Whether vectors are along a section to a part that is seen."""
    along = state.data[name][:, :2]
    return bool(np.nanmax(magnitude(along)) > LEAST_ALONG * np.nanmax(magnitude(state.data[name])))


def draw_device(state: State, plan: Plan, view: View, title: str, out: Path) -> Path:
    """Draw the mesh of a device with its materials, terminals, gates and charged walls into a file.

    Raises:
        ResultError: the file cannot be written.
    """
    with mpl.rc_context(LOOK):
        figure = new_figure(1.6 * PANEL, 1.6 * PANEL / view.aspect + 0.75)
        axes = figure.subplots()
        _draw_mesh(axes, plan, state, view)
        along, over = view.scales()
        name_places(axes, plan, state, view, along, over, kinds=(TERMINAL, GATE, WALL))
        legend_of(figure, plan)
        axes.set(xlabel=along.label(view.along), ylabel=over.label(view.transverse))
        if view.mirrored:  # distances from the axis
            axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        set_title(figure, title + view.note)
        return save(figure, out)


def compose(
    result: Result, view: View, tones: Mapping[str, Sequence[Tone]], points: Sequence[int], states: Sequence[State]
) -> Figure:
    """The grid of panels for the fields in `tones`, which have a scale for every state. One field alone is wrapped into
    several rows."""
    names, plan = list(tones), Plan.of_result(result)
    plan = replace(plan, places=(*plan.places, *terminals_in_section(result, states[0], view)))
    across = len(points) if len(names) > 1 or len(points) <= 3 else math.ceil(math.sqrt(len(points)))
    down = len(names) if len(names) > 1 else math.ceil(len(points) / across)
    beside = len(points) == 1 and view.along != "z"  # fields of one section across the axis
    if beside:
        down, across = 1, len(names)
    height = PANEL / view.aspect
    own = sum(len(set(of_each)) > 1 for of_each in tones.values()) > 0
    own = own or beside
    figure = new_figure((PANEL + 0.9 * own) * across + 1.4 - 0.9 * own, (height + 0.25) * down + 0.75)
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.ravel()[len(points) * len(names) :]:
        axes.remove()
    along, over = view.scales()
    for row, name in enumerate(names):
        panels = [grid[0][row]] if beside else list(grid[row] if len(names) > 1 else grid.ravel()[: len(points)])
        if name == MESH:
            _draw_mesh(panels[0], plan, states[0], view)
            continue
        # A fluid at rest has the round-off of the solver for a velocity.
        rest = REST * max(np.nanmax(magnitude(state.data[name])) for state in states)
        for axes, state, tone in zip(panels, states, tones[name], strict=True):
            _fill(axes, state, tone.shade(state.data[name]), tone.colours, view)
            draw_materials(axes, plan, state, view, along, over)
            if name in VECTORS and np.nanmax(magnitude(state.data[name])) > rest and _lies_in(state, name):
                draw_streamlines(axes, state, name, view, along, over)
        if len(set(tones[name])) == 1:
            tones[name][0].colour_bar(figure, panels)
        else:
            for axes, tone in zip(panels, tones[name], strict=True):
                tone.colour_bar(figure, [axes])
    for i, axes in enumerate(grid.ravel()[: len(points) * len(names)]):
        if names != [MESH] and (i < len(points) or len(names) == 1):
            axes.set_title(result.caption(points[i]))
        if i % across == 0:
            axes.set_ylabel(over.label(view.transverse))
            if view.mirrored and states[0].axes is None:  # distances from the axis
                axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        below = i + across
        if below >= len(points) * len(names):
            axes.set_xlabel(along.label(view.along))
            axes.tick_params(labelbottom=True)
    kinds = (TERMINAL, GATE, WALL) if names == [MESH] else (TERMINAL, GATE)
    name_places(grid[0, 0], plan, states[0], view, along, over, kinds=kinds)
    legend_of(figure, plan)
    note = view.note + velocity_note(result, names, points)
    set_title(figure, ", ".join(filter(None, (result.heading, states[0].place))) + note)
    return figure
