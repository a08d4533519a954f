"""Pictures of the fields: PyVista paints the mirrored half plane off-screen, matplotlib sets axes, scales and titles.

Every picture is a grid, fields down and points of the sweep across; a row shares one colour scale. Long channels are
stretched across, and the title says by how much.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pyvista
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize, SymLogNorm
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from vtkmodules.vtkCommonCore import vtkLogger

from postprocess.figures.style import STYLE, destination, new_figure, save, set_title
from postprocess.pictures.fields import FieldFiles, State, full_name
from postprocess.pictures.streamlines import streamlines
from postprocess.pictures.view import View, choose_view
from postprocess.tables.result import Result, load
from postprocess.tables.units import Scale, engineering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

DEFAULT_FIELDS = ("salt", "potential", "velocity")
UNITS = {"potential": "V", "charge_density": "C/m^3", "velocity": "m/s", "pressure": "Pa"}  # else mol/m^3
TITLES = {"charge_density": "charge", "velocity": "speed"}
SIGNED = ("potential", "charge_density", "pressure")
# White streamlines have to be seen on the fastest flow too.
FLOW = ListedColormap(mpl.colormaps["magma"](np.linspace(0.03, 0.8, 256)), name="flow")
DECADES = 5.0  # a logarithmic scale shows at most this many decades below the largest value
REST = 1e-6  # of the largest speed in a row: slower states have no streamlines
SPACING = 0.028  # between streamlines, in widths of a panel
LOOK = {
    **STYLE,
    "axes.grid": False,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.top": False,
    "ytick.right": False,
}
PAGE = 6  # points beside each other in one picture
SOLID = "#d4d4d4"
PANEL = 3.5  # width of a panel, inches
PIXELS = 1200  # width of a painted panel


def render(
    path: Path,
    field: str | None = None,
    at: list[str] | None = None,
    out: Path | None = None,
    window: str | None = None,
) -> list[Path]:
    """Draw the fields of the result directory `path`; returns the files.

    field   salt, potential, charge, velocity, pressure or a species; default salt, potential and velocity together
    at      points, such as ["1 V"] (see Result.select); default the extremes of the sweep
    out     directory, or file name in .png, .pdf or .svg; default `pictures` in the result directory
    window  "channel" (default), "device", or the name of a terminal for the region around its mouth
    Raises ResultError with a list of what there is when something is not.
    """
    result = load(path)
    files = FieldFiles(path)
    known = set(result.observables["point"].astype(int))
    available = [point for point in files.points if point in known]
    points = result.select(at, among=available) if at else result.extremes(available)
    states = [files.read(point) for point in points]
    if field is None:
        names = [name for name in DEFAULT_FIELDS if all(name in state.data for state in states)]
        names = [name for name in names if any(np.any(state.data[name]) for state in states)]
    else:
        names = [full_name(field, states[0].data)]
    view = choose_view(result, states[0], window or "channel")
    folder, stem, suffix = destination(result, out, "pictures")
    words = [field or "fields", *([window] if window else []), *(at or [])]
    name = stem or "-".join(re.sub(r"[^\w.=+-]+", "", word.replace("−", "-")) for word in words)
    tones = {name: Tone.of(name, states, view) for name in names}
    most = PAGE if len(names) > 1 else PAGE * 2
    written = []
    with mpl.rc_context(LOOK):
        for page, first in enumerate(range(0, len(points), most)):
            part = slice(first, first + most)
            figure = compose(result, view, tones, points[part], states[part])
            number = f"-{page + 1}" if len(points) > most else ""
            written.append(save(figure, folder / f"{name}{number}{suffix}"))
    return written


def compose(
    result: Result, view: View, tones: Mapping[str, Tone], points: Sequence[int], states: Sequence[State]
) -> Figure:
    """The grid of panels for the fields in `tones`. One field alone is wrapped into several rows."""
    names = list(tones)
    across = len(points) if len(names) > 1 or len(points) <= 3 else math.ceil(math.sqrt(len(points)))
    down = len(names) if len(names) > 1 else math.ceil(len(points) / across)
    height = PANEL / view.aspect
    figure = new_figure(PANEL * across + 1.4, (height + 0.25) * down + 0.75)
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.ravel()[len(points) * len(names) :]:
        axes.remove()
    along, over = view.scales()
    for row, name in enumerate(names):
        tone = tones[name]
        panels = grid[row] if len(names) > 1 else grid.ravel()[: len(points)]
        # A fluid at rest has the round-off of the solver for a velocity.
        rest = REST * max(np.max(_scalar(state.data[name])) for state in states)
        for axes, state in zip(panels, states, strict=True):
            image = paint(state, tone.shade(state.data[name]), tone.colours, view)
            left, right, bottom, top = view.box
            extent = (left * along.factor, right * along.factor, bottom * over.factor, top * over.factor)
            axes.imshow(image, extent=extent, aspect="auto", interpolation="antialiased", interpolation_stage="rgba")
            if name == "velocity" and np.max(_scalar(state.data[name])) > rest:
                draw_streamlines(axes, state, view, along, over)
            draw_walls(axes, state, view, along, over)
            axes.set(xlim=extent[:2], ylim=extent[2:])
        tone.colour_bar(figure, panels if len(names) > 1 else grid.ravel()[: len(points)].tolist())
    for i, axes in enumerate(grid.ravel()[: len(points) * len(names)]):
        if i < len(points) or len(names) == 1:
            axes.set_title(result.describe(points[i]))
        if i % across == 0:
            axes.set_ylabel(over.label(view.transverse))
            axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        below = i + across
        if below >= len(points) * len(names):
            axes.set_xlabel(along.label("z"))
            axes.tick_params(labelbottom=True)
    stretch = f" (transverse × {view.stretch:g})" if view.stretch != 1.0 else ""
    set_title(figure, result.heading + stretch)
    return figure


# ------------------------------------------------------------------------------------------------------- colour scales


@dataclass(frozen=True, eq=False)
class Tone:
    """Colour scale of a field over all panels of a row: unit, range, linear or logarithmic."""

    label: str
    scale: Scale
    norm: Normalize
    colours: str | Colormap
    extend: str

    @classmethod
    def of(cls, name: str, states: Sequence[State], view: View) -> Tone:
        """Scale for what the view shows of the field in all states."""
        inside = [view.shows(state) for state in states]
        values = np.concatenate([_scalar(state.data[name])[mask] for state, mask in zip(states, inside, strict=True)])
        areas = np.concatenate([state.areas[mask] for state, mask in zip(states, inside, strict=True)])
        unit = UNITS.get(name, "mol/m^3")
        largest = float(np.max(np.abs(values), initial=0.0))
        title = TITLES.get(name, name.replace("concentration_", ""))
        if name in SIGNED:
            scale = engineering([1.0] if unit == "V" and largest >= 0.1 else [largest], unit)
            top = largest * scale.factor or 1.0
            typical = _quantile(np.abs(values), areas, 0.9) * scale.factor
            # Charge that sits in thin layers would leave the rest white on a linear scale.
            layered = name == "charge_density" and 0.0 < typical < 0.1 * top
            norm = SymLogNorm(1e-3 * top, vmin=-top, vmax=top) if layered else Normalize(-top, top)
            return cls(title, scale, norm, "RdBu_r", "neither")
        low = _quantile(values, areas, 0.02) if name == "velocity" else float(np.min(values))
        low = max(low, largest * 10.0**-DECADES)
        typical = _quantile(values, areas, 0.5)
        extend = "min" if low > float(np.min(values)) * (1.0 + 1e-9) else "neither"
        if largest > 100.0 * low > 0.0 or (largest > 10.0 * low > 0.0 and typical < 0.15 * largest):
            scale = engineering([max(low, 1e-3 * largest), largest], unit, centred=True)
            norm = LogNorm(low * scale.factor, largest * scale.factor)
        else:
            scale = engineering([largest], unit)
            low = 0.0 if name == "velocity" else float(np.min(values))
            extend = "neither"
            # A field that is the same everywhere still gets a scale.
            norm = Normalize(low * scale.factor, max(largest, low + 1e-6 * abs(low)) * scale.factor or 1.0)
        return cls(title, scale, norm, FLOW if name == "velocity" else "viridis", extend)

    def shade(self, values: Array) -> Array:
        """Position 0..1 on the scale."""
        shown = np.clip(_scalar(values) * self.scale.factor, self.norm.vmin, self.norm.vmax)
        position: Array = np.clip(np.asarray(self.norm(shown), dtype=float), 0.0, 1.0)
        return position

    def colour_bar(self, figure: Figure, panels: Any) -> None:
        """The bar beside a row of panels."""
        bar = figure.colorbar(
            ScalarMappable(self.norm, self.colours), ax=panels, extend=self.extend, pad=0.01, fraction=0.08, aspect=18
        )
        if isinstance(self.norm, LogNorm) and self.norm.vmax < 1e4 * self.norm.vmin:
            within_two = self.norm.vmax < 100.0 * self.norm.vmin
            bar.locator = LogLocator(subs=(1.0, 2.0, 5.0) if within_two else (1.0,))
            bar.formatter = FuncFormatter(lambda value, _: f"{value:g}")
            bar.ax.yaxis.set_minor_formatter(NullFormatter())
            bar.update_ticks()
        if isinstance(self.norm, SymLogNorm):
            # Decades around zero would overlap.
            powers = 10.0 ** np.arange(math.ceil(math.log10(3.0 * self.norm.linthresh)), math.log10(self.norm.vmax))
            bar.set_ticks(
                [*-powers[::-1], 0.0, *powers], labels=[f"{value:g}" for value in (*-powers[::-1], 0.0, *powers)]
            )
        bar.set_label(self.scale.label(self.label))
        bar.outline.set_linewidth(0.6)


def _scalar(values: Array) -> Array:
    return np.linalg.norm(values, axis=1) if values.ndim == 2 else values


def _quantile(values: Array, weights: Array, part: float) -> float:
    """Value below which a part of the weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(np.searchsorted(total, part * total[-1]), len(values) - 1)])


# ------------------------------------------------------------------------------------------------------------ painting


def paint(state: State, shades: Array, colours: str | Colormap, view: View) -> npt.NDArray[np.uint8]:
    """Image of shades 0..1 over exactly the view, with the solid in grey."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # "bad X server connection", on every machine without one
    size = (PIXELS, round(PIXELS / view.aspect))
    plotter = pyvista.Plotter(off_screen=True, window_size=size, lighting="none")
    try:
        plotter.set_background(SOLID)
        points = view.place(state.points)
        for side in (1.0, -1.0) if view.mirrored else (1.0,):
            flip = np.array([1.0, side, 1.0])
            surface = pyvista.PolyData.from_regular_faces(points * flip, state.triangles)
            surface["shade"] = shades
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


def draw_walls(axes: Axes, state: State, view: View, along: Scale, over: Scale) -> None:
    """The boundary of the domain as thin lines."""
    edges = state.points[state.boundary] * [along.factor, over.factor]
    sides = [edges, edges * [1.0, -1.0]] if view.mirrored else [edges]
    axes.add_collection(
        LineCollection(list(np.concatenate(sides)), colors="black", linewidths=0.8, capstyle="round"), autolim=False
    )


def draw_streamlines(axes: Axes, state: State, view: View, along: Scale, over: Scale) -> None:
    """Streamlines with an arrow each, the same above and below the axis."""
    surface = pyvista.PolyData.from_regular_faces(view.place(state.points), state.triangles)
    surface["velocity"] = state.data["velocity"] * [1.0, view.stretch, 0.0]
    if not np.any(surface["velocity"][view.shows(state)]):
        return
    left, _, bottom, top = view.box
    width, low = view.box[1] - left, 0.0 if view.mirrored else bottom
    height = (top - low) * view.stretch / width
    middle = state.points[np.abs(surface.points[:, 0] - 0.5) < 0.02]
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
