"""Movies: one field at all written instants, or along a sweep, beside the current with a moving dot.

The colour scale is that of all frames together. Frames are composed once; then only what moves is drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imageio.v2 as imageio
import matplotlib as mpl
import numpy as np
import numpy.typing as npt

from postprocess.figures.panels import Array, Line, array, draw_lines
from postprocess.figures.style import new_figure, set_title
from postprocess.figures.time_series import usual_range
from postprocess.pictures.chosen import derived_of
from postprocess.pictures.fields import Derive, Fields, fields_to_draw, full_name
from postprocess.pictures.materials import Plan, draw_materials, legend_of
from postprocess.pictures.painting import draw_walls, paint
from postprocess.pictures.planes import Plane
from postprocess.pictures.render import LOOK
from postprocess.pictures.state import State
from postprocess.pictures.tone import Tone
from postprocess.pictures.view import View, choose_view
from postprocess.tables.protocol import cycles, outer_text
from postprocess.tables.result import Result, load
from postprocess.tables.units import engineering, readable, split_header
from solver.results.rows import ResultError, reason

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Frame = npt.NDArray[np.uint8]

SUFFIXES = (".mp4", ".gif")
CURRENT = "current [A]"
DOTS = 160  # per inch
BLOCK = 16  # video codecs want sizes that are multiples of this many pixels
WIDTH, SIDE = 9.0, 2.7  # inches: of a frame, and of the panel beside the field
TEXTS = 3  # driven quantities that are written into a frame


def movie(
    path: Path,
    out: Path | None = None,
    field: str | None = None,
    at: Sequence[str] = (),
    window: str | None = None,
    fps: float = 15.0,
    plane: str | None = None,
) -> Path:
    """Draw a movie of one field of the result directory `path`; returns the file.

    Args:
        path: result directory.
        out: file in .mp4 or .gif, or a directory; default pictures/FIELD.mp4 in the result directory.
        field, window: as in `render.draw_pictures`, default salt in the channel.
        at: points to show (see Result.select); default all that have fields, in the order of time or of the sweep.
        fps: frames per second.
        plane: as in `render.draw_pictures`.

    Raises:
        ResultError: fewer than two points have fields, the suffix is another, or nothing can be written.
    """
    return draw_movie(load(path), out, field, at, window, fps, plane)


def draw_movie(
    result: Result,
    out: Path | None = None,
    field: str | None = None,
    at: Sequence[str] = (),
    window: str | None = None,
    fps: float = 15.0,
    plane: str | None = None,
) -> Path:
    """Draw a movie of one field of a result; see `movie`."""
    stem = "-".join([field or "salt", *([window] if window else [])])
    out = check_movie(result, out, fps, stem)
    files = fields_to_draw(result)
    written = set(files.points)
    ordered = [int(point) for curve in result.curves() for point in curve.points["point"] if int(point) in written]
    points = result.select(at, among=ordered) if at else ordered
    if len(points) < 2:
        count = "one frame" if points else "no frame"
        raise ResultError(f"{result.place_of_all} has {count} for a movie: it takes two points with fields or more")
    where = None if plane is None else Plane.of(plane)
    first = files.read(points[0], derived_of(result, field), where)
    name = full_name(field or "salt", first.data)
    states = _states(files, points, name, first, derived_of(result, field), where)
    view = choose_view(result, first, window or "channel", states)
    with mpl.rc_context({**LOOK, "savefig.dpi": DOTS}):
        write_movie(out, frames(result, view, Tone.of(name, states, view), points, states), fps)
    return out


def check_movie(result: Result, out: Path | None, fps: float, stem: str) -> Path:
    """The file of a movie. out: as of `movie`. stem: its name where nobody names it.

    Raises:
        ResultError: the suffix is another, there is nowhere to go, or `fps` makes no movie.
    """
    if not (math.isfinite(fps) and fps > 0.0):
        raise ResultError(f"{fps:g} frames per second make no movie; give a positive number")
    if out is not None and out.suffix.lower() not in SUFFIXES and (out.suffix or out.is_file()) and not out.is_dir():
        raise ResultError(f"{out}: a movie ends in {' or '.join(SUFFIXES)}")
    if out is None and result.path is None:
        raise ResultError("this result is in memory only; say where the movie goes")
    if out is None or out.suffix.lower() not in SUFFIXES:
        return (out or Path(result.path or "", "pictures")) / f"{stem}.mp4"
    return out


def frames(result: Result, view: View, tone: Tone, points: Sequence[int], states: Sequence[State]) -> Iterator[Frame]:
    """Images (height, width, 3) of the points, all of the same size."""
    figure, image, dot = compose(result, view, tone, states[0])
    walls, drawn = image.axes.collections[0], states[0]
    image.axes.set_title(captions(result, points)[0], loc="left")
    figure.canvas.draw()  # the layout: found once, so that nothing jumps
    figure.set_layout_engine("none")
    side = dot.axes.lines
    where = {
        int(point): (curve, row)
        for curve, found in enumerate(result.curves())
        for row, point in enumerate(found.points["point"])
    }
    for point, state, caption in zip(points, states, captions(result, points), strict=True):
        image.set_data(paint(state, tone.shade(next(iter(state.data.values()))), tone.colours, view))
        if state.points is not drawn.points:  # another mesh, around what has moved
            walls.remove()
            walls, drawn = draw_walls(image.axes, state, view, *view.scales()), state
        image.axes.set_title(caption, loc="left")
        curve, row = where[point]
        dot.set_data([side[curve].get_xdata()[row]], [side[curve].get_ydata()[row]])
        dot.set_color(side[curve].get_color())
        figure.canvas.draw()
        yield np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()


def compose(result: Result, view: View, tone: Tone, state: State) -> tuple[Figure, Any, Any]:
    """The first frame: its figure, the image of the field, and the dot beside it."""
    height = max(2.9, (WIDTH - SIDE - 1.5) / view.aspect + 1.2)
    figure = new_figure(WIDTH, height)
    figure.set_dpi(DOTS)
    axes, side = figure.subplots(1, 2, width_ratios=(WIDTH - SIDE, SIDE))
    along, over = view.scales()
    left, right, bottom, top = view.box
    extent = (left * along.factor, right * along.factor, bottom * over.factor, top * over.factor)
    shades = paint(state, tone.shade(next(iter(state.data.values()))), tone.colours, view)
    image = axes.imshow(shades, extent=extent, aspect="auto", interpolation="antialiased", interpolation_stage="rgba")
    draw_walls(axes, state, view, along, over)
    plan = Plan.of_result(result)
    draw_materials(axes, plan, state, view, along, over)
    axes.set(xlim=extent[:2], ylim=extent[2:], xlabel=along.label(view.along), ylabel=over.label(view.transverse))
    if view.mirrored:  # distances from the axis
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    tone.colour_bar(figure, [axes])
    _draw_side(side, result)
    (dot,) = side.plot([], [], "o", markersize=6.0, markeredgecolor="black", markeredgewidth=0.8, zorder=6)
    legend_of(figure, plan)
    figure.set_figheight(BLOCK / DOTS * math.ceil(figure.get_figheight() * DOTS / BLOCK - 1e-6))
    set_title(figure, ", ".join(filter(None, (result.title, state.place))) + view.note)
    return figure, image, dot


def captions(result: Result, points: Sequence[int]) -> list[str]:
    """Caption of each frame: time or inner parameter, outer value, drive; with as many digits in every frame."""
    table = result.observables.set_index("point").loc[list(points)]
    headers = dict.fromkeys([result.inner, *result.driven[:TEXTS]])
    columns = []
    for header in headers:
        values = array(table[header])
        unit = split_header(header)[1]
        largest = float(np.max(np.abs(values)))
        scale = engineering([1.0] if unit == "V" and largest >= 0.1 else values, unit)
        shown = values * scale.factor + 0.0
        digits = _digits(shown) if header == result.inner else 2
        name = readable(header)
        columns.append([f"{name} = {v:.{digits}f} {scale.unit}".rstrip() for v in shown])
    if result.outer:
        unit = readable(result.outer)
        columns.append([f"{unit} = {outer_text(result, float(value))}" for value in table[result.outer]])
    return [",   ".join(texts).replace("-", "−") for texts in zip(*columns, strict=True)]


def _draw_side(axes: Axes, result: Result) -> None:
    """The current against what goes round, else against the time or the swept parameter.

    One line per curve; the caption tells which one the dot is on.
    """
    round_ = next((header for cycle in cycles(result) if (header := cycle.header(result))), None)
    x = round_ or result.inner
    lines = [Line(curve.short, array(curve.points[x]), array(curve.points[CURRENT])) for curve in result.curves()]
    usual, spike = usual_range(lines, 0.005) if result.transient and not round_ else ((0.0, 0.0), 0.0)
    if spike:
        lines = [replace(line, y=np.clip(line.y, *usual)) for line in lines]
    draw_lines(axes, lines, (readable(x), split_header(x)[1]), ("current", split_header(CURRENT)[1]), markers=False)
    for line in axes.lines[: len(lines)]:
        line.set_linewidth(1.0)


def _digits(values: Array) -> int:
    """Decimals, at most 4, that tell all of some values apart."""
    steps = np.diff(np.unique(values))
    finest = float(np.min(steps, initial=np.inf, where=steps > 1e-6 * np.max(np.abs(values))))
    near = [bool(np.all(np.abs(np.round(values, digits) - values) <= 5e-3 * finest)) for digits in range(4)]
    return near.index(True) if True in near else 4


def _states(
    files: Fields, points: Sequence[int], name: str, first: State, derive: Mapping[str, Derive], plane: Plane | None
) -> list[State]:
    """States with the field first, and salt for the choice of the view; those on the same mesh share it, so that long runs
    fit into the memory."""
    states = []
    for point in points:
        state = files.read(point, derive, plane)
        if name not in state.data:
            raise ResultError(f"point {point} has no field '{name}'")
        same = np.array_equal(state.points, first.points) and np.array_equal(state.triangles, first.triangles)
        mesh = first if same else state
        kept = {each: state.data[each] for each in (name, "salt") if each in state.data}
        states.append(replace(mesh, data=kept, sides=mesh.sides[:0]))
    return states


def write_movie(path: Path, images: Iterator[Frame], fps: float) -> None:
    """Write a movie whole or not at all."""
    part = path.with_name(f".{path.stem}.part{path.suffix.lower()}")
    if path.suffix.lower() == ".gif":
        how: dict[str, Any] = {"mode": "I", "duration": 1000.0 / fps, "loop": 0}
    else:
        how = {"fps": fps, "codec": "libx264", "quality": 8, "macro_block_size": BLOCK, "ffmpeg_log_level": "error"}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer: Any = imageio.get_writer(part, **how)
        with writer:
            for image in images:
                writer.append_data(image)
        part.replace(path)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
