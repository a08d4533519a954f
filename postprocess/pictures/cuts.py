"""Cuts: fields along a straight line through the device, at one or several points of a result."""

from __future__ import annotations

import numpy as np
import pyvista

from meshes.quantity import parse
from postprocess.figures.panels import Array, Line, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title
from postprocess.pictures.chosen import Chosen
from postprocess.pictures.state import State
from postprocess.pictures.tone import TITLES, magnitude, unit_of
from postprocess.tables.kinds import BIAS
from postprocess.tables.result import Result
from postprocess.tables.units import quantity
from solver.results.rows import ResultError

SAMPLES = 800
INSIDE = 1e-6  # how far a sample on the boundary is moved into the device, in its extents


def cut_figure(result: Result, chosen: Chosen, cut: str, style: Style = SCREEN) -> Sheet:
    """A panel for every field, with a curve for every point, along a line.

    cut: "axis", or a position such as "z = 0.5 um" (across the device) or "r = 2 nm" ("y" in planar devices; along it).

    Raises:
        ResultError: the text is none of these, or the line does not meet the device.
    """
    along, at = _line_of(result, cut)
    coordinate = "z" if along == 0 else _transverse(result)
    curves = [(_sampled(state, along, at), state) for state in chosen.states]
    if not any(len(places) for (places, _), _ in curves):
        z, r = chosen.states[0].points.T
        inside = f"z from {quantity(z.min(), 'm')} to {quantity(z.max(), 'm')}, {_transverse(result)} from " \
                 f"{quantity(r.min(), 'm')} to {quantity(r.max(), 'm')}"  # fmt: skip
        raise ResultError(f"the cut '{cut}' does not meet the device, which has {inside}")
    figure, panels = new_panels(style, len(chosen.names), 4.2, 3.0, across=len(chosen.names))
    values = [_value(result, point) for point in chosen.points]
    labels = [result.describe(point) if len(chosen.points) > 1 else "" for point in chosen.points]
    for axes, name in zip(panels, chosen.names, strict=True):
        lines = [
            Line(label, places, magnitude(data[name]), value=value)
            for label, value, ((places, data), _) in zip(labels, values, curves, strict=True)
        ]
        title = TITLES.get(name, name.replace("concentration_", ""))
        draw_lines(axes, lines, (coordinate, "m"), (title, unit_of(name)), markers=False)
        axes.set_xscale("linear")
    legend(figure, panels[0], inside=False)
    where = "axis" if cut.strip() == "axis" else f"{'z' if along else _transverse(result)} = {quantity(at, 'm')}"
    only = "" if len(chosen.points) > 1 else f", {result.describe(chosen.points[0])}".rstrip(", ")
    set_title(figure, f"{result.heading}: cut {'along the' if where == 'axis' else 'at'} {where}{only}")
    return figure


def _value(result: Result, point: int) -> float:
    """What orders the curves: the inner parameter; the number of the point where several have the same."""
    row = result.observables.loc[result.observables["point"] == point].iloc[0]
    return float(point) if result.outer else float(row[result.inner if result.parameters else BIAS])


def _transverse(result: Result) -> str:
    return "r" if result.geometry.get("symmetry") == "axisymmetric" else "y"


def _line_of(result: Result, cut: str) -> tuple[int, float]:
    """Index of the coordinate along a cut, and its place (m) on the other one."""
    if cut.strip() == "axis":
        return 0, 0.0
    name, equals, text = cut.partition("=")
    across = _transverse(result)
    if not equals or name.strip() not in ("z", across):
        raise ResultError(f"'{cut}' is no cut; write axis, 'z = 0.5 um' or '{across} = 2 nm'")
    try:
        return (1 if name.strip() == "z" else 0), parse(text.strip(), "m")
    except ValueError as error:
        raise ResultError(f"'{cut}': {error}") from None


def _sampled(state: State, along: int, at: float) -> tuple[Array, dict[str, Array]]:
    """Places (m) along a line within the device, and the fields there."""
    low, high = state.points.min(axis=0), state.points.max(axis=0)
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
