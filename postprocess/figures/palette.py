"""Colours of curves: distinct ones for names, a sequence for values that have an order, dashes for curves that coincide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize, to_hex

from postprocess.tables.units import engineering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Array = npt.NDArray[np.float64]

# Okabe and Ito's palette without its yellow, which is too light for lines.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SEQUENCE = ListedColormap(mpl.colormaps["viridis"](np.linspace(0.0, 0.85, 256)), name="sequence")
MOST = 12  # values that a legend names; more get a colour bar
APART = 0.006  # of the height of a panel: curves that are closer than this coincide ...
MOSTLY = 0.75  # ... where they do so along this part of their way
SAMPLES = 200
MARKS = "osD^v"
DASH = 3.0  # length of what is seen of one of several coincident curves, in line widths


def colours(count: int) -> list[str]:
    """Distinct colours for a few curves without an order, shades from dark to light for many."""
    return list(COLOURS[:count]) if count <= len(COLOURS) else shades(count)


def shades(count: int) -> list[str]:
    """Colours from dark to light, for curves that have an order."""
    return [to_hex(SEQUENCE(i / max(count - 1, 1))) for i in range(count)]


def ordered(values: Sequence[float]) -> list[str]:
    """Colours from the least value, dark, to the greatest, light: by rank for a few, on the scale of the bar for many."""
    distinct = np.unique(values)
    if len(distinct) < 2:
        return colours(len(values))
    if len(distinct) > MOST:
        return [to_hex(SEQUENCE(float(position))) for position in scale_of(distinct)(np.asarray(values, dtype=float))]
    by_value = dict(zip(distinct.tolist(), shades(len(distinct)), strict=True))
    return [by_value[float(value)] for value in values]


def scale_of(values: Array, factor: float = 1.0) -> Normalize:
    """Scale of a colour bar for values: logarithmic where they are positive and span more than a decade."""
    low, high = factor * float(np.min(values)), factor * float(np.max(values))
    return LogNorm(low, high) if low > 0.0 and high > 10.0 * low else Normalize(low, high)


def colour_bar(figure: Figure, panels: Sequence[Axes], values: Array, name: str, unit: str, *, below: bool) -> None:
    """A bar that tells which value (SI) has which colour of `ordered`, below the panels or beside them."""
    scale = engineering(values, unit, centred=isinstance(scale_of(values), LogNorm))
    bar = figure.colorbar(
        ScalarMappable(scale_of(values, scale.factor), SEQUENCE),
        ax=list(panels),
        location="bottom" if below else "right",
        pad=0.02,
        aspect=30,
        fraction=0.06,
    )
    bar.set_label(scale.label(name))
    bar.outline.set_linewidth(0.6)


def tell_apart(axes: Axes, lines: Sequence[Line2D]) -> None:
    """Let all of several coincident curves be seen: dashes of different lengths over each other, nested open markers.

    The limits of the axes have to be the final ones.
    """
    groups: list[tuple[tuple[Array, Array], list[Line2D]]] = []
    for line in lines:
        path = _path(axes, line)
        if path is None:
            continue
        group = next((members for leader, members in groups if _coincide(leader, path)), None)
        if group is None:
            groups.append((path, [line]))
        else:
            group.append(line)
    for _, members in groups:
        count = len(members)
        for k, line in enumerate(members if count > 1 else ()):
            if k:
                line.set_linestyle((0.0, (DASH * (count - k), DASH * k)))
            if count > len(MARKS):
                line.set_marker("")
            elif line.get_marker() not in ("", "None"):
                line.set(marker=MARKS[k % len(MARKS)], markersize=line.get_markersize() + 1.6 * (count - 1 - k))
                line.set(markerfacecolor="none", markeredgewidth=0.9)


def _path(axes: Axes, line: Line2D) -> tuple[Array, Array] | None:
    """Points of a curve in parts of the panel; None where it goes back and forth, or has none."""
    points = (axes.transScale + axes.transLimits).transform(np.column_stack([line.get_xdata(), line.get_ydata()]))
    x, y = np.asarray(points, dtype=float)[np.all(np.isfinite(points), axis=1)].T
    return (x, y) if len(x) > 1 and bool(np.all(np.diff(x) >= 0.0)) and x[-1] > x[0] else None


def _coincide(one: tuple[Array, Array], two: tuple[Array, Array]) -> bool:
    """Whether two curves are in the same place nearly everywhere."""
    low, high = max(one[0][0], two[0][0]), min(one[0][-1], two[0][-1])
    if high - low < MOSTLY * min(one[0][-1] - one[0][0], two[0][-1] - two[0][0]):
        return False
    x = np.linspace(low, high, SAMPLES)
    return bool(np.mean(np.abs(np.interp(x, *one) - np.interp(x, *two)) < APART) >= MOSTLY)
