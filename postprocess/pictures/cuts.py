"""Cuts: fields along a straight line through the device, at one or several points of a result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyvista

from postprocess.figures.panels import Array, Line, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title
from postprocess.pictures.chosen import Chosen
from postprocess.pictures.planes import AXES, Plane, length_of
from postprocess.pictures.state import State
from postprocess.pictures.tone import TITLES, magnitude, unit_of
from postprocess.tables.error_lines import velocity_note
from postprocess.tables.kinds import BIAS
from postprocess.tables.result import Result
from postprocess.tables.units import quantity
from solver.results.rows import ResultError

SAMPLES = 800
INSIDE = 1e-6  # how far a sample on the boundary is moved into the device, in its extents


def cut_figure(result: Result, chosen: Chosen, cut: str, style: Style = SCREEN) -> Sheet:
    """A panel for every field, with a curve for every point, along a line.

    cut: "axis", or a position such as "z = 0.5 um" (across the device) or "r = 2 nm" ("y" in planar devices; along it); in
        three dimensions two of them, as "x = 2 nm, y = 0" (along the axis); x or y is 0 where it is left out.

    Raises:
        ResultError: the text is none of these, or the line does not meet the device.
    """
    line = _line_in_space(cut) if chosen.volumes else _line_of(result, cut)
    if line.plane is not None:
        chosen = chosen.at(line.plane)
    curves = [(_sampled(state, line.along, line.at), state) for state in chosen.states]
    if not any(len(places) for (places, _), _ in curves):
        ends = [volume.ranges for volume in chosen.volumes[:1]] or [_extents(result, chosen.states[0])]
        raise ResultError(f"the cut '{cut}' does not meet the device, which has {ends[0]}")
    figure, panels = new_panels(style, len(chosen.names), 4.2, 3.0, across=len(chosen.names))
    values = [_value(result, point) for point in chosen.points]
    labels = [result.describe(point) if len(chosen.points) > 1 else "" for point in chosen.points]
    for axes, name in zip(panels, chosen.names, strict=True):
        lines = [
            Line(label, places, magnitude(data[name]), value=value)
            for label, value, ((places, data), _) in zip(labels, values, curves, strict=True)
        ]
        title = TITLES.get(name, name.replace("concentration_", ""))
        draw_lines(axes, lines, (line.coordinate, "m"), (title, unit_of(name)), markers=False)
        axes.set_xscale("linear")
    legend(figure, panels[0], inside=False)
    only = "" if len(chosen.points) > 1 else f", {result.describe(chosen.points[0])}".rstrip(", ")
    note = velocity_note(result, chosen.names, chosen.points)
    set_title(figure, f"{result.heading}: {line.text}{only}{note}")
    return figure


def _value(result: Result, point: int) -> float:
    """What orders the curves: the inner parameter; the number of the point where several have the same."""
    row = result.observables.loc[result.observables["point"] == point].iloc[0]
    return float(point) if result.outer else float(row[result.inner if result.parameters else BIAS])


def _transverse(result: Result) -> str:
    return "r" if result.geometry.get("symmetry") == "axisymmetric" else "y"


def _extents(result: Result, state: State) -> str:
    """Extents of a device in words."""
    names = ("z", _transverse(result))
    low, high = state.points.min(axis=0), state.points.max(axis=0)
    return ", ".join(
        f"{n} from {quantity(a, 'm')} to {quantity(b, 'm')}" for n, a, b in zip(names, low, high, strict=True)
    )


@dataclass(frozen=True)
class _Straight:
    """A straight line.

    Attributes:
        along: number of the coordinate along it, in the plane or half plane that it lies in. at: value of the other one, m.
        coordinate: name of that along it. text: where it is. plane: in three dimensions, the plane.
    """

    along: int
    at: float
    coordinate: str
    text: str
    plane: Plane | None = None


def _line_of(result: Result, cut: str) -> _Straight:
    """The line of a cut through a half plane."""
    if cut.strip() == "axis":
        return _Straight(0, 0.0, "z", "cut along the axis")
    name, equals, text = cut.partition("=")
    across = _transverse(result)
    if not equals or name.strip() not in ("z", across):
        raise ResultError(f"'{cut}' is no cut; write axis, 'z = 0.5 um' or '{across} = 2 nm'")
    at = length_of(cut, text)
    is_across = name.strip() == "z"
    return _Straight(int(is_across), at, across if is_across else "z", f"cut at {name.strip()} = {quantity(at, 'm')}")


def _line_in_space(cut: str) -> _Straight:
    """The line of a cut in three dimensions: two coordinates are given, or one, and x or y is then 0."""
    if cut.strip() == "axis":
        return _Straight(0, 0.0, "z", "cut along the axis", Plane(2))
    given: dict[str, float] = {}
    for part in cut.split(","):
        name, equals, text = (each.strip() for each in part.partition("="))
        if not equals or name not in AXES or name in given:
            raise ResultError(
                f"'{cut}' is no cut; write axis, 'z = 0.5 um' (along x), 'z = 0.5 um, x = 0' (along y) or 'x = 2 nm, y = 0'"
            )
        given[name] = length_of(cut, text)
    if len(given) == 1:
        given["x" if "y" in given else "y"] = 0.0
    if len(given) > 2:
        raise ResultError(f"'{cut}' is a point; a cut is a line, where two of z, x and y are given")
    coordinate = next(name for name in AXES if name not in given)
    plane = Plane(AXES.index("x" if coordinate == "y" else "y"), given["x" if coordinate == "y" else "y"])
    other = next(name for name in plane.axes if name != coordinate)
    text = ", ".join(f"{name} = {quantity(at, 'm') if at else '0'}" for name, at in given.items())
    return _Straight(plane.axes.index(coordinate), given[other], coordinate, f"cut at {text}", plane)


def _sampled(state: State, along: int, at: float) -> tuple[Array, dict[str, Array]]:
    """Places (m) along a line within the device, and the fields there."""
    low, high = state.points.min(axis=0), state.points.max(axis=0)
    at = abs(at) if state.mirrored and along == 0 else at
    # each coordinate from 0 to 1: VTK finds no points in the cells of slender devices
    across = (at - low[1 - along]) / (high - low)[1 - along]
    if not -INSIDE <= across <= 1.0 + INSIDE:
        return np.empty(0), {name: values[:0] for name, values in state.data.items()}
    points = np.column_stack([(state.points - low) / (high - low), np.zeros(len(state.points))])
    surface = pyvista.PolyData.from_regular_faces(points, state.triangles)
    for name, values in state.data.items():
        surface.point_data[name] = values
    line = np.zeros((SAMPLES, 3))
    line[:, 1 - along] = np.clip(across, INSIDE, 1.0 - INSIDE)
    start, stop = INSIDE, 1.0 - INSIDE
    for _ in range(2):  # once more within what the first samples have found
        line[:, along] = np.linspace(start, stop, SAMPLES)
        found = pyvista.PolyData(line).sample(surface)
        inside = np.flatnonzero(found["vtkValidPointMask"])
        if len(inside) == 0:
            break
        step = (stop - start) / (SAMPLES - 1)
        start, stop = max(INSIDE, line[inside[0], along] - step), min(1.0 - INSIDE, line[inside[-1], along] + step)
    places = low[along] + line[inside, along] * (high - low)[along]
    return places, {name: np.asarray(found[name], dtype=float)[inside] for name in state.data}
