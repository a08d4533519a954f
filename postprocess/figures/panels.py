"""Panels of figures: curves with error bars in engineering units, reference curves, logarithmic axes, legends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from postprocess.figures.palette import MOST, colour_bar, colours, ordered, tell_apart
from postprocess.figures.style import Sheet, legend_below
from postprocess.tables.columns import errors
from postprocess.tables.curve_files import LABEL
from postprocess.tables.reference import reference_of
from postprocess.tables.result import Result
from postprocess.tables.together import WHICH
from postprocess.tables.units import Scale, engineering, quantity, readable, split_header
from postprocess.tables.zeros import NOISE as ZERO

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

WIDE = 100.0  # positive values that span more than this go on a logarithmic axis
FEW_DECADES = 100.0  # frequencies that span less are told at 1, 2 and 5 of each decade
NOISE = 1e-10  # a value below this part of the largest is zero up to round-off, and no reason for a logarithmic axis
INSIDE = 4  # curves that a legend inside a panel can take
MARKED = 60  # curves with more points have no markers
VISIBLE = 0.7  # an error bar that reaches less far from its point, in points (1/72 inch), hides in the line


@dataclass(frozen=True, eq=False)
class Line:
    """One curve of a panel, in SI units."""

    label: str
    x: Array
    y: Array
    error: Array | None = None
    """Error bars of y, NaN where unknown; None without."""
    value: float | None = None
    """What orders it among the others, such as the outer value; None for curves without an order."""

    @property
    def largest_error(self) -> float:
        """The largest error bar relative to its value, without values that are zero; NaN without error bars."""
        sizes = np.abs(self.y)
        counts = sizes > np.fmax(ZERO * np.nanmax(sizes, initial=0.0), 0.0 if self.error is None else self.error)
        if self.error is None or np.all(np.isnan(self.error[counts])):
            return np.nan
        return float(np.nanmax(self.error[counts] / sizes[counts]))


def draw(axes: Axes, result: Result, x: str, y: str) -> float:
    """One curve per outer value of column `y` against column `x`, and the reference curves with these axes.

    Returns the largest relative error, NaN when the result has none.
    """
    lines = [
        Line(c.short, array(c.points[x]), array(c.points[y]), errors(c.points, y), c.value) for c in result.curves()
    ]
    names = [(result.label(header), split_header(header)[1]) for header in (x, y)]
    return draw_lines(axes, lines, names[0], names[1], reference=reference_lines(result, x, y))


def draw_lines(
    axes: Axes,
    lines: list[Line],
    x: tuple[str, str],
    y: tuple[str, str],
    *,
    reference: list[Line] | None = None,
    zero_lines: bool = True,
    log_y: bool = False,
    markers: bool = True,
    dashes: bool = True,
) -> float:
    """Curves in engineering units, from SI ones; logarithmic axes where positive values span much, or on demand for y.

    Curves of few points have markers, and coincident ones dashes, unless that is switched off.

    Error bars are drawn where they can be seen. Returns the largest relative error, NaN without error bars.
    """
    all_x, all_y = (np.concatenate([getattr(line, axis) for line in lines]) for axis in "xy")
    wide_x = is_wide(all_x)
    # Against a logarithmic axis a plateau and a power law are both straight only on the other one too.
    wide_y = log_y or is_logarithmic(all_y, y[1], 10.0 if wide_x else WIDE)
    scale_x, scale_y = axis_scale(all_x, x[1], wide_x), axis_scale(all_y, y[1], wide_y)
    drawn = []
    for colour, line in zip(colours_of(lines), lines, strict=True):
        marker = "o" if markers and len(line.x) <= MARKED else ""
        drawn += axes.plot(
            line.x * scale_x.factor, line.y * scale_y.factor, marker=marker, color=colour, label=line.label, zorder=3
        )
    for i, line in enumerate(reference or []):
        style = (
            {"linestyle": ("--", ":", "-.")[i % 3]} if len(line.x) >= 8 else {"linestyle": "", "marker": "sD^v"[i % 4]}
        )
        axes.plot(line.x * scale_x.factor, line.y * scale_y.factor, color="0.15", markerfacecolor="none", markersize=5,
                  linewidth=1.1, label=line.label, zorder=4, **style)  # fmt: skip
        if line.error is not None:
            axes.errorbar(line.x * scale_x.factor, line.y * scale_y.factor, line.error * scale_y.factor, fmt="none",
                          ecolor="0.15", elinewidth=0.8, capsize=2.0, capthick=0.8, zorder=3)  # fmt: skip
    if reference and not lines[0].label and len(lines) == 1:
        axes.lines[0].set_label("computed")
    if wide_x:
        axes.set_xscale("log")
    if wide_y:
        axes.set_yscale("log")
    if zero_lines:
        for spread, line in ((all_y, axes.axhline), (all_x, axes.axvline)):
            if np.nanmin(spread) < 0.0 < np.nanmax(spread):
                line(0.0, color="0.4", linewidth=0.8, zorder=1)
    keep_calm(axes)
    if dashes:
        tell_apart(axes, drawn)
    axes.set_xlabel(scale_x.label(x[0]))
    axes.set_ylabel(scale_y.label(y[0]))
    for colour, line in zip(colours_of(lines), lines, strict=True):
        _draw_bars(axes, line.x * scale_x.factor, line, scale_y.factor, colour)
    found = [line.largest_error for line in lines]
    return max((error for error in found if not np.isnan(error)), default=np.nan)


def axis_scale(values: Array, unit: str, wide: bool) -> Scale:
    """Unit of an axis: potentials from 0.1 V on are read in volts."""
    in_volts = unit == "V" and bool(np.nanmax(np.abs(values), initial=0.0) >= 0.1)
    return engineering([1.0] if in_volts else values, unit, centred=wide)


def colours_of(lines: list[Line]) -> list[str]:
    """Colours of curves: a sequence where all have a value, else distinct ones."""
    values = [line.value for line in lines if line.value is not None]
    return ordered(values) if len(values) == len(lines) else colours(len(lines))


def _draw_bars(axes: Axes, x: Array, line: Line, factor: float, colour: str) -> None:
    """Thin error bars at those points of a curve where they reach beyond the line, within the limits of the axes.

    Along a curve of very many points they are a band.
    """
    if line.error is None:
        return
    y, reach = line.y * factor, np.where(np.isfinite(line.error), line.error, np.nan) * factor
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height * 72.0 / axes.figure.dpi
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithmic = axes.get_yscale() == "log"
        part = np.log1p(reach / y) / np.log(high / low) if logarithmic else reach / (high - low)
    seen = np.nan_to_num(part) * height > VISIBLE
    if not np.any(seen):
        return
    if len(x) > MARKED:
        axes.fill_between(x, y - reach, y + reach, color=colour, alpha=0.3, linewidth=0.0, zorder=2)
    else:
        axes.errorbar(
            x[seen],
            y[seen],
            reach[seen],
            fmt="none",
            ecolor=colour,
            elinewidth=0.8,
            capsize=2.0,
            capthick=0.8,
            zorder=2,
        )
    if not axes.get_autoscaley_on():  # the limits were set by hand: let no bar be cut off
        margin = 0.05 * (high - low)
        axes.set_ylim(
            min(low, float(np.min((y - reach)[seen])) - margin), max(high, float(np.max((y + reach)[seen])) + margin)
        )


def legend(
    figure: Sheet, axes: Axes, result: Result | None = None, *, inside: bool = True, title: str | None = None
) -> None:
    """A legend where there is something to tell apart: inside the panel for a few curves, else beside the panels.

    Three curves of an outer parameter leave no corner free: their legend is beside the panels too, and in a column below
    them. Very many outer values have a colour bar. With `result` its outer parameter names the values, else `title` does.
    inside=False puts any legend beside the panels.
    """
    handles, labels = axes.get_legend_handles_labels()
    named = [(handle, label) for handle, label in zip(handles, labels, strict=True) if label]
    if not named:
        return
    column = figure.style.width is not None
    if result is not None and result.outer:
        title = None if result.outer == WHICH else readable(result.outer)
        inside = inside and title is not None  # names of results are long
        values = np.unique([curve.value for curve in result.curves()])
        if len(values) > MOST and title is not None:
            if column:
                figure.set_figheight(figure.get_figheight() + 0.6)
            else:
                figure.set_figwidth(figure.get_figwidth() + 0.9)
            colour_bar(figure, figure.axes, values, title, split_header(result.outer)[1], below=column)
            others = {curve.short for curve in result.curves()}
            named = [(handle, label) for handle, label in named if label not in others]
            if named:
                axes.legend(*zip(*named, strict=True))
            return
    if inside and len(named) <= (INSIDE if title is None else 2):
        axes.legend(*zip(*named, strict=True), title=title)
        return
    step = -(-len(named) // MOST)
    named = [*named[:-1:step], named[-1]]
    if column:
        legend_below(figure, [handle for handle, _ in named], [label for _, label in named], title)
        return
    width = figure.get_figwidth()
    figure.set_figwidth(width + 0.4 + 0.075 * max(len(text) for text in (title or "", *(label for _, label in named))))
    figure.legend(*zip(*named, strict=True), loc="outside right center", title=title)


def reference_lines(result: Result, x: str, y: str) -> list[Line]:
    """Measured curves and those of the case's reference.csv for these axes, one per label; bars are standard deviations."""
    table = reference_of(result).table
    if x not in table or y not in table:
        return []
    lines = []
    for label, rows in table.groupby(LABEL, sort=False):
        part = rows.dropna(subset=[x, y])
        if len(part):
            lines.append(Line(str(label), array(part[x]), array(part[y]), errors(part, y)))
    return lines


def frequency_axis(axes: Axes, factor: float = 1.0) -> None:
    """A logarithmic horizontal axis of frequencies, drawn as `factor` times those in Hz, with units at its numbers."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < FEW_DECADES * low else (1.0,), numticks=8))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: quantity(value / factor, "Hz")))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("frequency")


def is_wide(values: Array, factor: float = WIDE) -> bool:
    """Whether all values are positive and span more than the factor."""
    values = values[np.isfinite(values)]
    return len(values) > 1 and bool(values.min() > NOISE * values.max()) and bool(values.max() > factor * values.min())


def is_logarithmic(values: Array, unit: str, factor: float = WIDE) -> bool:
    """Whether values go on a logarithmic axis; potentials never do, since their zero is a choice."""
    return unit != "V" and is_wide(values, factor)


def keep_calm(axes: Axes) -> None:
    """Show at least a tenth of the largest value, so that the last digits of a constant do not fill a panel."""
    low, high = axes.get_ylim()
    least = 0.1 * max(abs(low), abs(high))
    if axes.get_yscale() == "linear" and high - low < least:
        middle = 0.5 * (low + high)
        axes.set_ylim(middle - 0.5 * least, middle + 0.5 * least)


def array(values: Any) -> Array:
    """Values of a column as floats, shape (rows,)."""
    return np.asarray(values, dtype=float)
