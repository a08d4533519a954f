"""The fields in the plane of the device, to look at: triangles and values at their corners, which the page itself paints."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.colors import Colormap, LogNorm, Normalize, SymLogNorm, to_hex
from plotly.offline import get_plotlyjs

from postprocess.pictures.fields import fields_to_draw
from postprocess.pictures.materials import Plan
from postprocess.pictures.state import State
from postprocess.pictures.tone import Tone, magnitude
from postprocess.pictures.view import View, choose_view
from postprocess.report.base import Section
from postprocess.tables.columns import spread
from postprocess.tables.result import Result
from postprocess.tables.units import engineering
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]

BUDGET = 3_000_000  # characters of all meshes and values in the page
MOST_POINTS = 12
FIRST = ("salt", "potential", "charge_density", "velocity", "pressure")
"""Order of the fields; others follow."""
STEPS = 65534  # of a value between the least and the largest one; 65535 says that there is none
SHADES = 24  # colours of a scale


@dataclass(frozen=True)
class Transform:
    """How a value (in shown units) becomes a place on a colour scale: as it is, its logarithm, or that of its size with its
    sign, linear below a threshold."""

    kind: str
    threshold: float = 1.0

    @classmethod
    def of(cls, norm: Normalize) -> Transform:
        """That of a norm of matplotlib."""
        if isinstance(norm, LogNorm):
            return cls("log", float(norm.vmin or 1.0))
        return cls("symlog", float(norm.linthresh)) if isinstance(norm, SymLogNorm) else cls("linear")

    def __call__(self, values: Array) -> Array:
        """Places of values."""
        if self.kind == "log":
            return np.asarray(np.log10(np.maximum(values, 1e-3 * self.threshold)))
        if self.kind == "symlog":
            return np.asarray(np.sign(values) * np.log10(1.0 + np.abs(values) / self.threshold))
        return values


def content(result: Result) -> Mapping[str, Any] | None:
    """Data of the view, and the library that draws its axes; None for a result without fields."""
    try:
        fields = fields_to_draw(result)
    except ResultError:
        return None
    points = _chosen(result, list(fields.points))
    states = [fields.read(point) for point in points]
    data = view_data(result, states, [result.describe(point) or f"point {point}" for point in points])
    left_out = len(fields.points) - len(data["points"])
    return {
        "data": data,
        "plotly": Markup(get_plotlyjs()),
        "script": Markup(_script()),
        "left_out": left_out,
        "solids": any(not np.isfinite(state.data["salt"]).all() for state in states if "salt" in state.data),
        "materials": [material.text for material in Plan.of_result(result).materials],
    }


def view_data(result: Result, states: Sequence[State], labels: Sequence[str]) -> dict[str, Any]:
    """Meshes, fields, windows and points, as numbers that a page reads; states are left out where all would be too many."""
    names = _names(states[0].data)
    size = sum(_size(state, len(names), states[:i]) for i, state in enumerate(states))
    kept = spread(range(len(states)), max(1, min(len(states), int(len(states) * BUDGET / size))))
    states, labels = [states[i] for i in kept], [labels[i] for i in kept]
    view = choose_view(result, states[0], "channel", states)
    device = choose_view(result, states[0], "device")
    meshes: list[State] = []
    owners = []
    for state in states:
        same = next((i for i, other in enumerate(meshes) if _same_mesh(state, other)), None)
        owners.append(len(meshes) if same is None else same)
        meshes += [state] if same is None else []
    scale = engineering([view.box[1] - view.box[0]], "m")
    across = scale if view.stretch == 1.0 else engineering([view.box[3]], "m")
    windows = [("channel", view), ("device", device)]
    windows += [
        (name, choose_view(result, states[0], name)) for name in result.terminals if result.geometry.get("mouths")
    ]
    windows = [each for i, each in enumerate(windows) if not any(_alike(each[1], other[1]) for other in windows[:i])]
    return {
        "meshes": [_mesh(state) for state in meshes],
        "points": [{"label": label, "mesh": owner} for label, owner in zip(labels, owners, strict=True)],
        "fields": [_field(name, states, Tone.of(name, states, view)) for name in names],
        "windows": [
            {"name": name, "box": [float(x) for x in each.box], "stretch": float(each.stretch)}
            for name, each in windows
        ],
        "mirrored": view.mirrored,
        "x": {"label": scale.label(view.along), "factor": scale.factor},
        "y": {"label": across.label(view.transverse), "factor": across.factor},
    }


def _chosen(result: Result, points: Sequence[int]) -> list[int]:
    """Points with fields, in the order along the curves, and at most MOST_POINTS."""
    order = [int(point) for curve in result.curves() for point in curve.points["point"]]
    return spread(sorted(points, key=order.index), MOST_POINTS)


def _names(known: Iterable[str]) -> list[str]:
    found = [name for name in known if name in FIRST or name.startswith("concentration_")]
    return sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def _size(state: State, fields: int, before: Sequence[State]) -> float:
    """Characters of a state in the page, with its mesh unless one before has the same."""
    known = any(_same_mesh(state, other) for other in before)
    mesh = 0 if known else 8 * len(state.points) + 12 * len(state.triangles)
    return (2 * len(state.points) * fields + mesh) * 4.0 / 3.0


def _same_mesh(one: State, other: State) -> bool:
    return np.array_equal(one.points, other.points) and np.array_equal(one.triangles, other.triangles)


def _alike(one: View, other: View) -> bool:
    """Whether two frames are the same but for their margins."""
    sizes = np.ptp(np.reshape(other.box, (2, 2)), axis=1).repeat(2)
    return bool(np.all(np.abs(np.subtract(one.box, other.box)) < 0.05 * sizes))


def _mesh(state: State) -> dict[str, Any]:
    edges = np.concatenate([state.boundary, state.interfaces])
    return {
        "points": packed(state.points.astype("<f4")),
        "triangles": packed(state.triangles.astype("<u4")),
        "edges": packed(edges.astype("<u4")),
    }


def _field(name: str, states: Sequence[State], tone: Tone) -> dict[str, Any]:
    transform = Transform.of(tone.norm)
    places = [transform(magnitude(state.data[name]) * tone.scale.factor) for state in states]
    low = min((float(np.nanmin(place)) for place in places if np.isfinite(place).any()), default=0.0)
    high = max((float(np.nanmax(place)) for place in places if np.isfinite(place).any()), default=1.0)
    span = (high - low) or 1.0
    ends = transform(np.array([tone.norm.vmin, tone.norm.vmax], dtype=float))
    ticks = _ticks(transform, float(tone.norm.vmin or 0.0), float(tone.norm.vmax or 1.0))
    return {
        "name": tone.label,
        "unit": tone.scale.unit,
        "kind": transform.kind,
        "threshold": transform.threshold,
        "low": low,
        "span": span,
        "range": [float(end) for end in ends],
        "ticks": None if ticks is None else [[float(place) for place in transform(ticks)], [f"{t:g}" for t in ticks]],
        "colours": _colours(tone.colours),
        "values": [packed(_steps(place, low, span)) for place in places],
    }


def _steps(places: Array, low: float, span: float) -> npt.NDArray[np.uint16]:
    known = np.isfinite(places)
    steps = np.full(len(places), STEPS + 1, dtype="<u2")
    steps[known] = np.round((places[known] - low) / span * STEPS).astype("<u2")
    return steps


def _ticks(transform: Transform, low: float, high: float) -> Array | None:
    """Values that a scale which is not linear names; None for the usual ones."""
    if transform.kind == "log":
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        factors = (1.0, 2.0, 5.0) if high < 1e3 * low else (1.0,)
        found = np.array([float(f"{factor * 10.0**decade:.6g}") for decade in decades for factor in factors])
        return np.asarray(found[(found >= low * (1.0 - 1e-9)) & (found <= high * (1.0 + 1e-9))])
    if transform.kind == "symlog":
        first = math.ceil(math.log10(3.0 * transform.threshold))
        powers = np.array([float(f"{10.0**n:.6g}") for n in range(first, math.floor(math.log10(high)) + 1)])
        return np.concatenate([-powers[::-1], [0.0], powers])
    return None


def _colours(colours: str | Colormap) -> list[tuple[float, str]]:
    chosen = mpl.colormaps[colours] if isinstance(colours, str) else colours
    return [(float(x), to_hex(chosen(float(x)))) for x in np.linspace(0.0, 1.0, SHADES)]


def packed(values: npt.NDArray[Any]) -> str:
    """An array as text; the page knows its type."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _script() -> str:
    from importlib import resources

    return resources.files("postprocess.report").joinpath("templates", "view.js").read_text(encoding="utf-8")


SECTION = Section("fields", "Fields", content)
