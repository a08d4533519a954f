"""Materials of a device in pictures: hatched regions with a legend, gates and terminals with their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from postprocess.figures.style import Sheet, legend_below
from postprocess.pictures.state import State
from postprocess.pictures.view import View
from postprocess.tables.result import Result
from postprocess.tables.units import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

SOLID_HATCHES = ("////", "\\\\\\\\", "||||", "----")
FILLING_HATCHES = ("....", "xxxx", "++++", "oooo")
SOLID_COLOUR, LINES = "#d4d4d4", "0.35"
FILLING_COLOURS = ("#cfe3f2", "#f7dccb", "#cdeadf", "#f2dcea")  # tints of the palette of the figures
TERMINAL, GATE, WALL = "terminal", "gate", "wall"
COLOURS = {TERMINAL: "#0072B2", GATE: "#D55E00", WALL: "#00795A"}
"""Of the names and lines of places."""
EDGE = 0.02  # of a panel: what is nearer to its border is named inside of it
ASIDE = (0, 1, -1, 2, -2)
"""Where a name goes that would cover another one, in widths of itself along the axis."""
NEAR = 1e-6  # of the device: how far the edges of a straight boundary may lie from it
CONDUCTING = ("potential", "charge")  # keys of walls that are gates, electrodes or floating conductors
NUMBERS = {"fixed_charge": ("fixed charge", " mM"), "relative_permittivity": ("relative permittivity", "")}
"""Keys of a region that its legend tells: name, and unit."""


@dataclass(frozen=True)
class Material:
    """A region that is no free liquid.

    Attributes:
        number: as in `State.regions`. name: of the region. text: for the legend.
        hatch: matplotlib's. colour: where the region itself is drawn.
    """

    number: int
    name: str
    text: str
    hatch: str
    colour: str

    @property
    def handle(self) -> Patch:
        """What stands for it in a legend."""
        return Patch(facecolor=self.colour, edgecolor=LINES, hatch=self.hatch, linewidth=0.6)


@dataclass(frozen=True)
class Place:
    """A terminal, a gate (a wall of given potential, or a floating conductor) or a charged wall: from where to where it lies
    along and across the axis, and a point on it (m)."""

    name: str
    kind: str
    axial: tuple[float, float]
    transverse: tuple[float, float]
    at: tuple[float, float]


@dataclass(frozen=True)
class Plan:
    """Materials and named places of a device; empty for a device of free liquid."""

    materials: tuple[Material, ...] = ()
    places: tuple[Place, ...] = ()

    @classmethod
    def of(
        cls,
        numbers: Mapping[str, int],
        laws: Mapping[str, Any],
        boxes: Mapping[str, Any],
        terminals: Sequence[str],
        walls: Mapping[str, Any],
        unknown: Sequence[str] = (),
    ) -> Plan:
        """A plan.

        Args:
            numbers: of the regions by name.
            laws: keys of the regions as in the case, by name; those that are missing are free liquid.
            boxes: from where to where each boundary lies along and across the axis, and a point on it (m).
            terminals: names of the terminals. walls: keys of the walls as in the case, by name.
            unknown: dotted keys with several values, whose numbers are not told.
        """
        materials, solids, fillings = [], 0, 0
        for name, number in numbers.items():
            law = laws.get(name, "fluid")
            keys = {"type": law} if isinstance(law, str) else dict(law)
            if keys["type"] == "fluid":
                continue
            if keys["type"] == "dielectric":
                hatch, colour = SOLID_HATCHES[solids % len(SOLID_HATCHES)], SOLID_COLOUR
                solids += 1
            else:
                hatch = FILLING_HATCHES[fillings % len(FILLING_HATCHES)]
                colour = FILLING_COLOURS[fillings % len(FILLING_COLOURS)]
                fillings += 1
            known = [key for key in NUMBERS if f"regions.{name}.{key}" not in unknown]
            text = ", ".join(
                [str(keys["type"]), *(_told(key, float(keys[key])) for key in known if _is_told(keys.get(key)))]
            )
            materials.append(Material(number, name, f"{name}: {text}", hatch, colour))
        kinds = dict.fromkeys(terminals, TERMINAL)
        for name, wall in walls.items():
            if isinstance(wall, Mapping) and any(wall.get(key) is not None for key in CONDUCTING):
                kinds[name] = GATE
            elif isinstance(wall, Mapping) and any(wall.values()):
                kinds[name] = WALL
        places = [
            Place(name, kind, *(tuple(each) for each in boxes[name]))
            for name, kind in kinds.items()
            if len(boxes.get(name, ())) == 3  # in the plane
        ]
        return cls(tuple(materials), tuple(places))

    @classmethod
    def of_result(cls, result: Result) -> Plan:
        """The plan of a result."""
        mesh, case = result.run.get("mesh") or {}, result.run.get("case") or {}
        if "regions" not in mesh:
            return cls()
        return cls.of(
            mesh["regions"],
            case.get("regions") or {},
            mesh.get("boundaries") or {},
            result.terminals,
            case.get("walls") or {},
            [header.split(" ")[0] for header in result.parameters],
        )


def _is_told(value: object) -> bool:
    return isinstance(value, float | int) and value != 0


def _told(key: str, value: float) -> str:
    name, unit = NUMBERS[key]
    return f"{name} {value:g}{unit}".replace("-", "−")


def draw_materials(
    axes: Axes, plan: Plan, state: State, view: View, along: Scale, over: Scale, *, filled: bool = False
) -> None:
    """Hatches over the regions. filled: with their own colours below."""
    for material in plan.materials:
        outline = _outline(state, material.number)
        if outline is None:
            continue
        for side in (1.0, -1.0) if view.mirrored else (1.0,):
            path = Path(outline.vertices * [along.factor, side * over.factor], outline.codes)
            axes.add_patch(
                PathPatch(
                    path,
                    facecolor=material.colour if filled else "none",
                    edgecolor=LINES,
                    alpha=None if filled else 0.55,
                    hatch=material.hatch,
                    linewidth=0.0,
                )
            )


def _outline(state: State, number: int) -> Path | None:
    """The border of a region as closed loops; None where it is not there."""
    triangles = state.triangles[state.regions == number]
    if not len(triangles):
        return None
    a, b, c = (state.points[triangles[:, i]] for i in range(3))
    clockwise = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] < 0.0
    triangles = np.where(clockwise[:, None], triangles[:, ::-1], triangles)
    edges = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    keys = np.sort(edges, axis=1) @ np.array([len(state.points), 1])
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    loops = list(_loops(edges[first[times == 1]]))
    vertices = np.concatenate([state.points[[*loop, loop[0]]] for loop in loops])
    codes = np.concatenate([[Path.MOVETO, *[Path.LINETO] * (len(loop) - 1), Path.CLOSEPOLY] for loop in loops])
    return Path(vertices, codes)


def _loops(edges: npt.NDArray[np.int64]) -> Iterator[list[int]]:
    """Closed loops of directed edges."""
    following: dict[int, list[int]] = {}
    for start, end in zip(map(int, edges[:, 0]), map(int, edges[:, 1]), strict=True):
        following.setdefault(start, []).append(end)
    while following:
        first = next(iter(following))
        loop, at = [first], first
        while at in following:
            ends = following[at]
            after = ends.pop()
            if not ends:
                del following[at]
            at = after
            if at == first:
                break
            loop.append(at)
        yield loop


def name_places(
    axes: Axes,
    plan: Plan,
    state: State,
    view: View,
    along: Scale,
    over: Scale,
    *,
    kinds: Sequence[str] = (TERMINAL, GATE),
) -> None:
    """Terminals, gates and the like as thick lines with their names, side by side where they would cover each other. The
    limits of the axes have to be the final ones."""
    taken: list[Bbox] = []
    for place in (each for each in plan.places if each.kind in kinds):
        colour = COLOURS[place.kind]
        _thick(axes, place, state, view, along, over, colour)
        touches_axis = view.mirrored and abs(place.transverse[0]) <= NEAR * abs(place.transverse[1])
        straight = place.axial[1] - place.axial[0] <= NEAR * (place.transverse[1] - place.transverse[0])
        z, r = place.at[0] * along.factor, place.at[1] * over.factor * (0.0 if touches_axis and straight else 1.0)
        x, y = axes.transAxes.inverted().transform(axes.transData.transform((z, r)))
        if not (-EDGE <= x <= 1.0 + EDGE and -EDGE <= y <= 1.0 + EDGE):
            continue
        horizontal = "left" if x < 10 * EDGE else "right" if x > 1.0 - 10 * EDGE else "center"
        vertical = "top" if y > 1.0 - 5 * EDGE else "bottom" if y < 5 * EDGE else "center"
        shift = ({"left": 4, "right": -4, "center": 0}[horizontal], {"top": -4, "bottom": 4, "center": 0}[vertical])
        label = axes.annotate(
            place.name, (z, r), shift, textcoords="offset points", ha=horizontal, va=vertical, fontsize=7.0, color=colour,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}, zorder=8,
        )  # fmt: skip
        taken.append(_set_aside(label, shift, taken))


def _set_aside(label: Annotation, shift: tuple[float, float], taken: Sequence[Bbox]) -> Bbox:
    """Move a name along the axis until it covers no other; returns where it is then."""
    here = label.get_window_extent()
    figure = label.get_figure(root=True)
    assert figure is not None
    width = 72.0 / figure.dpi * here.width + 6.0  # points
    for step in ASIDE:
        label.set_position((shift[0] + step * width, shift[1]))
        here = label.get_window_extent()
        if not any(here.overlaps(other) for other in taken):
            return here
    label.set_position(shift)
    return label.get_window_extent()


def _thick(axes: Axes, place: Place, state: State, view: View, along: Scale, over: Scale, colour: str) -> None:
    """The edges of a straight boundary; no others, as its extents do not tell them apart from those beside it."""
    box = np.array([place.axial, place.transverse])
    near = NEAR * float(np.ptp(state.points, axis=0).max())
    if np.ptp(box, axis=1).min() > near:
        return
    ends = state.points[np.concatenate([state.boundary, state.interfaces])]
    there = ((ends >= box[:, 0] - near) & (ends <= box[:, 1] + near)).all(axis=(1, 2))
    lines = ends[there] * [along.factor, over.factor]
    both = [lines, lines * [1.0, -1.0]] if view.mirrored else [lines]
    axes.add_collection(
        LineCollection(list(np.concatenate(both)), colors=colour, linewidths=2.2, capstyle="butt", zorder=7),
        autolim=False,
    )


def legend_of(figure: Sheet, plan: Plan) -> None:
    """The names of the materials below the picture."""
    if plan.materials:
        legend_below(figure, [each.handle for each in plan.materials], [each.text for each in plan.materials])
