"""Pictures of a device in three dimensions, in the frame of matplotlib."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from meshes.quantity import parse
from postprocess.figures.style import Sheet, new_figure, set_title
from postprocess.pictures.chosen import MESH, Chosen
from postprocess.pictures.frame import Frame, planes
from postprocess.pictures.marks import band, draw_axes, draw_terminals, is_free, terminal_places
from postprocess.pictures.scenes import SCENES, Shot
from postprocess.pictures.stage import WIDTH, Image, paint, poses
from postprocess.pictures.tone import VECTORS, Tone, magnitude, title_of, unit_of
from postprocess.pictures.view import choose_view
from postprocess.pictures.walls import CHARGE, ZETA, walls
from postprocess.tables.error_lines import velocity_note
from postprocess.tables.result import Result
from postprocess.tables.units import quantity
from solver.results.rows import ResultError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

PANEL = 4.6  # inches
LEVELS = (0.15, 0.38, 0.62, 0.85)
"""Places on the scale of colours of level surfaces that nobody has named."""
WHAT = {
    "body": "a quarter is left out",
    "walls": "walls are drawn",
    "lines": "lines are drawn",
    "iso": "surfaces are drawn",
}
"""What is drawn, in errors."""


@dataclass(frozen=True, eq=False)
class Scenery:
    """Shots of every field (down) at every point (across), and what they show in words."""

    scene: str
    shots: list[list[Shot]]
    title: str


def scenery(
    result: Result, scene: str, field: str | None, at: Sequence[str], window: str, levels: Sequence[str] = ()
) -> Scenery:
    """What a picture shows. levels: of level surfaces, such as "5 mM"; by default some over the scale.

    Raises:
        ResultError: the device is in two dimensions; a field, point, window or level is not there.
    """
    if result.dimension != 3:
        raise ResultError(f"{WHAT[scene]} in devices in three dimensions, and this one has two")
    chosen = _chosen(result, scene, field, at)
    frame = Frame.of(result, chosen.volumes, window)
    names = chosen.names if scene == "walls" else chosen.names[:1]
    rows, told = [], ""
    for name in names:
        tones = _tones(result, chosen, name, frame, window, walls_only=scene == "walls")
        found: list[float] = []
        if scene == "iso":
            found = _levels(name, levels, chosen, tones[0])
            title = title_of(name)
            told = f", {title} = {', '.join(quantity(each, unit_of(name)) for each in found)}"
        rows.append(
            [
                Shot(result, point, volume, name, tone, frame, found)
                for point, volume, tone in zip(chosen.points, chosen.volumes, tones, strict=True)
            ]
        )
    stretch = f" (transverse × {frame.stretch:g})" if frame.stretch != 1.0 else ""
    note = velocity_note(result, names, chosen.points)
    return Scenery(scene, rows, result.heading + told + stretch + note)


def _chosen(result: Result, scene: str, field: str | None, at: Sequence[str]) -> Chosen:
    """Points and fields of a scene.

    Raises:
        ResultError: something is not there, or makes no such picture.
    """
    if field == MESH:
        raise ResultError("of the mesh there is neither a cut nor a body; draw it alone")
    if scene == "walls" and field in (None, CHARGE, ZETA):
        wanted = [CHARGE, ZETA] if field is None else [field]
        chosen = Chosen.of(result, None, at, [name for name in wanted if name == ZETA])
        return Chosen(chosen.points, chosen.states, wanted, chosen.volumes)
    chosen = Chosen.of(result, field or ("velocity" if scene == "lines" else None), at)
    if scene == "lines" and chosen.names[0] not in VECTORS:
        raise ResultError(f"there are no lines along '{field}'; there are those of {', '.join(VECTORS)}")
    return chosen


def _tones(result: Result, chosen: Chosen, name: str, frame: Frame, window: str, *, walls_only: bool) -> list[Tone]:
    """A scale for every point: of what the frame shows of the two planes along the channel, or of the walls."""
    if not walls_only:
        both = [[volume.section(plane) for plane in planes(frame.axis)] for volume in chosen.volumes]
        along_x = [states[0] for states in both]
        view = choose_view(result, along_x[0], window, along_x)
        if len(set(Tone.of_each(name, along_x, view))) > 1:
            return [Tone.of(name, states, view) for states in both]
        return [Tone.of(name, list(itertools.chain.from_iterable(both)), view)] * len(both)
    values, areas = [], []
    for point, volume in zip(chosen.points, chosen.volumes, strict=True):
        surface = walls(result, point, volume, name)
        places = np.asarray(surface.points)
        shown = ((places >= frame.low) & (places <= frame.high)).all(axis=1)
        sizes = np.asarray(surface.compute_cell_sizes(length=False, volume=False)["Area"])
        shares = np.bincount(surface.regular_faces.ravel(), np.repeat(sizes / 3.0, 3), minlength=surface.n_points)
        values.append(magnitude(np.asarray(surface[name], dtype=float))[shown])
        areas.append(shares[shown])
    return [Tone.of_values(name, np.concatenate(values), np.concatenate(areas), in_space=True)] * len(chosen.points)


def _levels(name: str, levels: Sequence[str], chosen: Chosen, tone: Tone) -> list[float]:
    """Values of level surfaces, SI.

    Raises:
        ResultError: one is no quantity of the field, or the field has it nowhere.
    """
    if not levels:
        low, high = (float(tone.norm(end)) for end in (tone.norm.vmin, tone.norm.vmax))
        places = [low + part * (high - low) for part in LEVELS]
        return [float(f"{float(tone.norm.inverse(place)) / tone.scale.factor:.2g}") for place in places]
    found = []
    for text in levels:
        try:
            found.append(parse(text, unit_of(name)))
        except ValueError as error:
            raise ResultError(f"no level of {title_of(name)}: {error}") from None
    values = [magnitude(volume.data[name]) for volume in chosen.volumes]
    low, high = min(float(np.nanmin(each)) for each in values), max(float(np.nanmax(each)) for each in values)
    for text, level in zip(levels, found, strict=True):
        if not low < level < high:
            ends = " to ".join(quantity(end, unit_of(name)) for end in (low, high))
            raise ResultError(f"no surface of '{text}': {title_of(name)} is from {ends}")
    return found


def spatial_figure(shown: Scenery) -> Figure:
    """A picture of a scenery: fields down and points across; of one field several rows of points."""
    rows = shown.shots
    across = len(rows[0]) if len(rows) > 1 or len(rows[0]) <= 2 else math.ceil(math.sqrt(len(rows[0])))
    layers = [[SCENES[shown.scene](shot) for shot in row] for row in rows]
    pose, ratio = poses([layer for row in layers for each in row for layer in each], [0.0])
    down = len(rows) if len(rows) > 1 else math.ceil(len(rows[0]) / across)
    figure = new_figure(PANEL * across + 1.3, (PANEL * ratio + 0.3) * down + 0.4)
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    painted: list[tuple[Axes, Shot, Image]] = []
    for k, (row, of_row) in enumerate(zip(rows, layers, strict=True)):
        panels = list(grid[k] if len(rows) > 1 else grid.ravel()[: len(row)])
        for axes, shot, drawn in zip(panels, row, of_row, strict=True):
            image = next(paint(drawn, shot.tone.colours, pose, ratio))
            painted.append((axes, shot, image))
            axes.imshow(image, interpolation="antialiased")
            if k == 0:
                axes.set_title(shot.result.caption(shot.point))
        colour_bars(figure, panels, [shot.tone for shot in row])
    below = 0.0 if all(is_free(image) for *_, image in painted) else band(pose, ratio, painted[0][1].frame)
    for axes, shot, _ in painted:
        axes.set_ylim(WIDTH * ratio + below, 0.0)
        draw_axes(axes, pose[0], ratio, shot.frame, below)
        draw_terminals(axes, pose[0], ratio, shot.frame, terminal_places(shot.result, shot.volume))
    set_title(figure, shown.title)
    return figure


def colour_bars(figure: Sheet, panels: Sequence[Axes], tones: Sequence[Tone]) -> None:
    """One bar for all panels, or one each where their scales differ."""
    if len(set(tones)) == 1:
        tones[0].colour_bar(figure, panels)
        return
    for axes, tone in zip(panels, tones, strict=True):
        tone.colour_bar(figure, [axes])
