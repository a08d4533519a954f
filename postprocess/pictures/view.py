"""Part of the plane that a picture shows, and how far it is stretched across."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from postprocess.pictures.state import State
from postprocess.tables.result import Result
from postprocess.tables.units import Scale, engineering
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]

SQUAT = 4.0  # a frame higher than this many times its length is compressed across
SLENDER = 3.2  # a frame longer than this many times its height is stretched across ...
FRAME = 2.4  # ... to about this aspect
WIDEST = 1.2  # least aspect of the frame around a channel that is wider than long
MARGIN = 0.12  # least reservoir shown at either end of a channel, in channel lengths
CHANGED = 1.25  # factor by which salt differs from that of a reservoir where something happens
THICK = 4.0  # a solid around a channel that ends within so many radii is shown as a whole ...
SOLID_SHOWN = 2.0  # ... and one that does not up to so many
BEYOND = 1.1  # how far a frame goes, in distances of the farthest such place from the mouth


@dataclass(frozen=True)
class View:
    """A frame: box (z from, z to, r from, r to) in metres, and the factor by which r is stretched in the picture."""

    box: tuple[float, float, float, float]
    stretch: float
    transverse: str
    """Name of the transverse axis, r or y; that of the second one of a section."""
    mirrored: bool
    """Whether the half plane is shown with its mirror image."""
    along: str = "z"
    """Name of the other axis."""

    @property
    def note(self) -> str:
        """What a title says of the stretch; "" without any."""
        if self.stretch == 1.0:
            return ""
        return f" ({'transverse' if self.along == 'z' else self.transverse} × {self.stretch:g})"

    @property
    def aspect(self) -> float:
        """Width over height of the frame as drawn."""
        left, right, bottom, top = self.box
        return (right - left) / ((top - bottom) * self.stretch)

    def place(self, points: Array) -> Array:
        """Points (n, 2) in metres as (n, 3) in frame widths, from the left edge and the axis (or the lower edge)."""
        left, right, bottom, _ = self.box
        width = right - left
        across = points[:, 1] - (0.0 if self.mirrored else bottom)
        return np.column_stack([(points[:, 0] - left) / width, across * self.stretch / width, np.zeros(len(points))])

    def shows(self, state: State) -> npt.NDArray[np.bool_]:
        """Mask (n,) of the points of a state that lie in the frame."""
        left, right, bottom, top = self.box
        z, r = state.points.T
        return np.asarray((z >= left) & (z <= right) & (r >= bottom) & (r <= top))

    def scales(self) -> tuple[Scale, Scale]:
        """Units along and across; the same one unless the picture is stretched."""
        left, right, bottom, top = self.box
        along = engineering([right - left], "m")
        return along, along if self.stretch == 1.0 else engineering([top - max(bottom, 0.0)], "m")


def choose_view(result: Result, state: State, window: str, states: Iterable[State] = ()) -> View:
    """View of a window: "channel", "device", or the name of a terminal for the region around its mouth.

    The channel is shown with as much of the reservoirs as its ends need, and with those parts in front of it where salt of
    any of the `states` is not that of the reservoir: depletion and enrichment.

    Raises ResultError, naming the windows there are, for any other.
    """
    return view_of(result.geometry, state, window, states)


def view_of(geometry: Mapping[str, Any], state: State, window: str, states: Iterable[State] = ()) -> View:
    """The same of a device that is described as in `geometry` of run.json."""
    states = tuple(states)
    if state.axes is not None:  # of a sweep of the size the widest section, so that all are whole
        state = max((state, *states), key=lambda each: float(np.ptp(each.points, axis=0).sum()))
    z, r = state.points.T
    ends = float(z.min()), float(z.max())
    low, high = float(r.min()), float(r.max())
    if state.axes is None:
        mirrored = bool(geometry.get("mirrored", abs(low) <= 1e-9 * high)) and geometry.get("type") != "cell"
        transverse = "r" if geometry.get("symmetry") == "axisymmetric" else "y"
    else:
        mirrored, transverse = state.mirrored, state.axes[1]
    mouths = geometry.get("mouths")
    terminals = list(geometry.get("terminals") or []) if mouths else []
    if window not in ("channel", "device", *terminals):
        raise ResultError(
            f"there is no window '{window}'; there are channel, device{''.join(f', {t}' for t in terminals)}"
        )
    if state.axes is not None and state.axes[0] != "z":
        return _across(state, window, terminals)
    reach, pad = high, 0.0
    if mouths and window != "device" and np.any((z > mouths[0]) & (z < mouths[1])):  # a plane may miss the channel
        length = mouths[1] - mouths[0]
        channel = (z > mouths[0] + 1e-6 * length) & (z < mouths[1] - 1e-6 * length)
        solid = float(r[channel].max())
        channel &= np.isfinite(state.data["salt"]) if "salt" in state.data else True
        radius = float(np.abs(r[channel]).max())
        if window == "channel":
            open_ended = ends[0] < mouths[0] - 1e-6 * length or ends[1] > mouths[1] + 1e-6 * length
            if open_ended:
                reach = min(high, 1.5 * radius) if solid <= radius * (1.0 + 1e-6) else _beyond(radius, solid)
                margin = max(MARGIN * length, radius, 0.5 * (2.0 * reach * WIDEST - length))
                shown = states or (state,)
                before, behind = (
                    max(margin, BEYOND * max(_changed(each, mouths, radius, side) for each in shown)) for side in (0, 1)
                )
                ends = max(ends[0], mouths[0] - before), min(ends[1], mouths[1] + behind)
            else:
                # The wall is outermost: a little of the solid beyond it, so that its line is seen.
                reach = _beyond(radius, solid)
                pad = 0.04 * reach
        else:
            mouth = mouths[terminals.index(window)]
            near = channel & (np.abs(z - mouth) < 0.02 * length)
            radius = float(r[near].max()) if np.any(near) else radius
            ends = max(ends[0], mouth - 6.0 * radius), min(ends[1], mouth + 6.0 * radius)
            reach = min(high, 3.0 * radius)
    bottom = -reach if mirrored else low if state.axes is None else max(low, -reach)
    box = (*ends, bottom - pad, reach + pad)
    return View(box, stretch_of(box), transverse, mirrored)


def _across(state: State, window: str, terminals: Iterable[str]) -> View:
    """View of a section across the axis: the whole of it."""
    assert state.axes is not None
    if window in terminals:
        raise ResultError(f"a section across the axis is shown as a whole; leave the window '{window}' out")
    (left, bottom), (right, top) = state.points.min(axis=0), state.points.max(axis=0)
    pad = 0.04 * min(right - left, top - bottom)
    box = (left - pad, right + pad, bottom - pad, top + pad)
    return View(box, stretch_of(box), state.axes[1], mirrored=False, along=state.axes[0])


def stretch_of(box: tuple[float, float, float, float]) -> float:
    """Factor across that gives a frame of a box a shape to look at."""
    aspect = (box[1] - box[0]) / (box[3] - box[2])
    if aspect * SQUAT < 1.0:  # a wide membrane, say, would be a picture as high as a tower
        return 1.0 / _round(1.0 / aspect)
    return 1.0 if aspect <= SLENDER else _round(aspect / FRAME)


def _beyond(radius: float, solid: float) -> float:
    """How far a frame goes across a channel with the solid around it: to the end of a thin one, else some way into it."""
    return solid if solid <= THICK * radius else SOLID_SHOWN * radius


def _changed(state: State, mouths: tuple[float, float], radius: float, side: int) -> float:
    """Distance (m) from a mouth of the farthest place in front of it where salt differs much from that at the far end."""
    z, r = state.points.T
    out = mouths[0] - z if side == 0 else z - mouths[1]
    if "salt" not in state.data:
        return 0.0
    # beside the axis, where charged faces of the membrane do not reach
    front = (out > 0.0) & (r <= radius) & np.isfinite(state.data["salt"])
    if not np.any(front):
        return 0.0
    distance, salt = out[front], state.data["salt"][front]
    far = float(np.mean(salt[distance >= (1.0 - 1e-6) * np.max(distance)]))
    with np.errstate(divide="ignore", invalid="ignore"):
        changed = np.abs(np.log(salt / far)) > math.log(CHANGED)
    return float(np.max(distance[changed], initial=0.0))


def _round(factor: float) -> float:
    """Nearest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten, at least 1."""
    power = 10.0 ** math.floor(math.log10(factor))
    return max(
        1.0,
        power * min((1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0), key=lambda n: abs(math.log(factor / (n * power)))),
    )
