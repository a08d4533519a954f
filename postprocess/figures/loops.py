"""Current against voltage over the periods of a drive that goes round: loops, their lobes, and when they are widest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.palette import ordered
from postprocess.figures.panels import Array, Line, array, draw_lines, frequency_axis, legend, reference_lines
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.kinds import BIAS, FREQUENCY, TIME
from postprocess.tables.protocol import Cycle, Entry, cycles, outer_text, rows_between, value_of, widest
from postprocess.tables.result import Result
from postprocess.tables.units import engineering, quantity, readable, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURRENT = "current [A]"
AREA = "area_normalised"
LEAST = 3  # frequencies that make a curve
NAMED = 8  # loops whose areas are written out
ABOUT = (
    "areas of the lobes left and right: positive where the loop runs anticlockwise; "
    "frame: range of the voltage times range of the current"
)
ARROWS = (0.13, 0.37, 0.63, 0.87)  # parts of the way round


def loops(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Last period of every cycle, earlier ones in grey, and the normalised area against the frequency; None without.

    One panel for every quantity that goes round.
    """
    found = [cycle for cycle in cycles(result) if cycle.header(result)]
    if not found:
        return None
    by_key: dict[str, list[Cycle]] = {}
    for cycle in found:
        by_key.setdefault(cycle.key, []).append(cycle)
    areas = len({cycle.frequency for cycle in found}) >= LEAST
    panels = len(by_key) + areas
    figure, grid = new_panels(style, panels, 4.3, 3.6, across=panels)
    for axes, group in zip(grid, by_key.values(), strict=False):
        _draw_loops(axes, result, group)
    if areas:
        _draw_areas(grid[-1], result, found)
    if max(map(len, by_key.values())) > 1:
        legend(figure, grid[0], inside=False)
    elif len(grid[0].get_legend_handles_labels()[1]) > 1:
        grid[0].legend()
    set_title(figure, result.title)
    small_print(figure, ABOUT)
    return figure


FEW = 2
"""Loops in a panel whose rows are marked."""


def _draw_loops(axes: Axes, result: Result, group: list[Cycle]) -> None:
    header = group[0].header(result) or BIAS
    lines: list[Line] = []
    earlier: list[Line] = []
    for cycle in group:
        for period in cycle.periods:
            label = _label(result, cycle, group) if period is cycle.last else ""
            line = Line(label, *_way(result, cycle.outer, period, header))
            (lines if period is cycle.last else earlier).append(line)
    reference = reference_lines(result, header, CURRENT) or reference_lines(result, BIAS, CURRENT)
    names = [(readable(name), split_header(name)[1]) for name in (header, CURRENT)]
    draw_lines(axes, [*lines, *earlier], names[0], names[1], reference=reference)
    several = len({cycle.frequency for cycle in group}) > 1 or group[0].outer is None
    order = [cycle.frequency if several else float(cycle.outer or 0.0) for cycle in group]
    for line, colour in zip(axes.lines, ordered(order), strict=False):
        line.set_color(colour)
        if len(lines) > FEW:
            line.set(marker="", linewidth=1.2)
        _draw_arrows(axes, array(line.get_xdata()), array(line.get_ydata()), colour)
    for line in axes.lines[len(lines) : len(lines) + len(earlier)]:
        line.set(color="0.6", linewidth=0.7, marker="", zorder=2)
    if earlier:
        axes.lines[len(lines)].set_label("earlier periods" if len(earlier) > 1 else "first period")
    if len(group) == 1:
        axes.set_title(_about(group[0]))


def _way(result: Result, outer: float | None, period: Entry, header: str) -> tuple[Array, Array]:
    """Driven quantity and current over a period. Its ends lie between rows and are interpolated, so that loops close."""
    rows = rows_between(result, outer, 0.0, np.inf)
    times = array(rows[TIME])
    start, stop = max(float(period["start [s]"]), times[0]), min(float(period["stop [s]"]), times[-1])
    slack = 1e-9 * times[-1]
    inside = times[(times > start + slack) & (times < stop - slack)]
    way = np.concatenate([[start], inside, [stop]])
    return np.interp(way, times, array(rows[header])), np.interp(way, times, array(rows[CURRENT]))


def _label(result: Result, cycle: Cycle, group: list[Cycle]) -> str:
    """Label that tells the loops of a panel apart: frequency, outer value, start; and the areas of their lobes."""
    if len(group) == 1:
        return "last period" if len(cycle.periods) > 1 else ""
    parts = [quantity(cycle.frequency, "Hz"), outer_text(result, cycle.outer)]
    same = [each for each in group if (each.outer, each.frequency) == (cycle.outer, cycle.frequency)]
    if len(same) > 1:
        parts.append(f"from {quantity(float(cycle.periods[0]['start [s]']), 's')}")
    text = ", ".join(dict.fromkeys(part for part in parts if part))
    return f"{text}: {_areas(cycle)}" if len(group) <= NAMED else text


def _areas(cycle: Cycle) -> str:
    """Signed areas of the lobes left and right, such as "−101 / 119 pW"."""
    values = [value_of(cycle.last, name) for name in ("area_negative [W]", "area_positive [W]")]
    scale = engineering(values, "W")
    shown = [f"{value * scale.factor:.3g}".replace("-", "−") for value in values]
    return f"{' / '.join(shown)} {scale.unit}"


def _about(cycle: Cycle) -> str:
    return f"{quantity(cycle.frequency, 'Hz')}; lobes {_areas(cycle)}; {100 * value_of(cycle.last, AREA):.2g} % of the frame"


def _draw_arrows(axes: Axes, x: Array, y: Array, colour: str) -> None:
    """Small arrows along a loop in the direction of time."""
    steps = np.column_stack([np.diff(x) / (np.ptp(x) or 1.0), np.diff(y) / (np.ptp(y) or 1.0)])
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
    for part in ARROWS:
        at = part * way[-1]
        i = int(np.clip(np.searchsorted(way, at), 1, len(x) - 1))
        if way[i] == way[i - 1]:
            continue
        tip = (at - way[i - 1]) / (way[i] - way[i - 1])
        tail = tip - 1e-3
        axes.annotate(
            "",
            (x[i - 1] + tip * (x[i] - x[i - 1]), y[i - 1] + tip * (y[i] - y[i - 1])),
            (x[i - 1] + tail * (x[i] - x[i - 1]), y[i - 1] + tail * (y[i] - y[i - 1])),
            arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 0.0, "mutation_scale": 11.0,
                        "shrinkA": 0.0, "shrinkB": 0.0},
        )  # fmt: skip


def _draw_areas(axes: Axes, result: Result, found: list[Cycle]) -> None:
    """Area over the area of the frame against the frequency, with the largest; one curve per outer value."""
    by_outer: dict[float | None, list[Cycle]] = {}
    swept = result.outer is not None and result.outer.endswith("frequency [Hz]")
    for cycle in found:
        by_outer.setdefault(None if swept else cycle.outer, []).append(cycle)
    lines = []
    for outer, group in by_outer.items():
        ordered = sorted(group, key=lambda cycle: cycle.frequency)
        values = [value_of(cycle.last, AREA) for cycle in ordered]
        lines.append(Line(outer_text(result, outer), array([cycle.frequency for cycle in ordered]), array(values)))
    reference = reference_lines(result, FREQUENCY, AREA)
    for line in (*lines, *reference):
        style = {"linestyle": "--", "color": "0.15"} if line in reference else {"marker": "o"}
        axes.plot(line.x, line.y, label=line.label, zorder=3, **style)
    largest = widest(result)
    if largest:
        x, y, where = largest
        text = f"largest: {100 * y:.3g} % at {quantity(x, 'Hz')}{where}"
        axes.plot([x], [y], "*", color="0.15", markersize=9.0, linestyle="", label=text, zorder=5)
    frequency_axis(axes)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("area of the lobes over the frame")
    if any(axes.get_legend_handles_labels()[1]):
        axes.legend()
