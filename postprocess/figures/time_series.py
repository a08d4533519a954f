"""Driven quantities and response of a transient: panels over each other with one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.coverages import START, shown_coverages
from postprocess.figures.jumps import jumps, stepped, through_zero
from postprocess.figures.panels import Array, Line, array, colours_of, draw_lines, legend, reference_lines
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.kinds import BIAS, TIME
from postprocess.tables.result import Curve, Result
from postprocess.tables.units import engineering, quantity, readable, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURRENT = "current [A]"
PARTS = {"conduction_current [A]": "conduction", "displacement_current [A]": "displacement"}
SALT = "salt_mean [mol/m^3]"
OF_THE_SOLUTION = "virtual_salt_mean [mol/m^3]"
OF_MEMBRANES = "donnan_potential_"
CONDUCTANCE = "conductance [S]"
SHOWN = 0.01  # a displacement current below this part of the largest current is not drawn
CONSTANT = 1e-6  # relative change of what does not change
BRIEF = 0.005  # part of the time that a spike may take ...
NEAR_ZERO = 0.1  # ... and one of the conductance, beside a zero of the bias
SMALL_BIAS = 0.3  # a part of the largest bias over which the conductance may be a spike
POINTS_OF_A_SIDE = 16
SPIKE = 3.0  # what is this many times larger than all the rest is a spike


def time_series(result: Result, style: Style = SCREEN) -> Sheet:
    """Driven quantities, current, conductance, mean salt and coverages of walls against time, one colour per outer value.

    What stays constant has no panel. Where membranes fill the channel, the salt is that of solutions in equilibrium with it,
    since what membranes hold hardly changes. When the outer parameter is a frequency, the time is counted in periods.
    Spikes of the current at jumps of the drive are cut off, and the small print says how large they are.
    """
    drives: dict[str, list[str]] = {}
    for header in result.driven:
        drives.setdefault(split_header(header)[1], []).append(header)
    filled = any(header.startswith(OF_MEMBRANES) for header in result.observables)
    salt = OF_THE_SOLUTION if filled else SALT
    below = [CURRENT, *(header for header in (CONDUCTANCE, salt) if _changes(result, header))]
    coverages = shown_coverages(result.observables)
    figure, grid = new_panels(style, len(drives) + len(below) + bool(coverages), 6.4, 1.65, sharex=True)
    for axes, headers in zip(grid, drives.values(), strict=False):
        _draw_together(axes, result, headers, _name_of_drives(headers))
    notes = [_draw_below(axes, result, header) for axes, header in zip(grid[len(drives) :], below, strict=False)]
    if coverages:
        _draw_together(grid[-1], result, coverages, "coverage" if coverages[0].startswith(START) else "occupancy")
    for axes in grid[:-1]:
        axes.set_xlabel("")
        axes.margins(x=0.02)
    figure.align_ylabels(grid)
    if result.outer:
        legend(figure, grid[len(drives)], result, inside=False)
    set_title(figure, result.title)
    small_print(figure, "; ".join(note for note in notes if note))
    return figure


def times_of(result: Result, curve: Curve) -> Array:
    """Time of the rows of a curve, in s, or in periods when the outer parameter is a frequency."""
    return _shown(result, curve, array(curve.points[TIME]))


def _shown(result: Result, curve: Curve, times: Array) -> Array:
    return times * curve.value if _in_periods(result) and curve.value is not None else times


def time_axis(result: Result) -> tuple[str, str]:
    """Name and unit of what `times_of` gives."""
    return ("time in periods", "") if _in_periods(result) else ("time", "s")


def _changes(result: Result, header: str) -> bool:
    """Whether there is such a quantity, and it is not the same at all times."""
    if header not in result.observables:
        return False
    values = array(result.observables[header].dropna())
    return bool(np.ptp(values) > CONSTANT * np.max(np.abs(values))) if len(values) else False


def _in_periods(result: Result) -> bool:
    return result.outer is not None and result.outer.endswith("frequency [Hz]")


def _name_of_drives(headers: list[str]) -> str:
    """Name of some driven quantities: what kinds they are where there are several."""
    if len(headers) == 1:
        return readable(headers[0])
    keys = [split_header(header)[0].split(".") for header in headers]
    kinds = ["concentration" if "concentrations" in key else key[-1].replace("_", " ") for key in keys]
    return ", ".join(dict.fromkeys(kinds))


def _draw_together(axes: Axes, result: Result, headers: list[str], name: str) -> None:
    """Quantities of one unit that are driven or do not jump; with outer values they have the colours of these."""
    unit = split_header(headers[0])[1]
    lines = []
    for header in headers:
        for curve in result.curves():
            steps, key = jumps(result, curve), split_header(header)[0]
            x, y = stepped(array(curve.points[TIME]), array(curve.points[header]), steps, key)
            label = "" if result.outer or name == result.label(header) else result.label(header)
            lines.append(Line(label, _shown(result, curve, x), y))
    draw_lines(axes, lines, time_axis(result), (name, unit), markers=False)
    if result.outer:  # one colour per outer value, whatever is driven
        count = len(result.curves())
        shades = colours_of(
            [Line("", line.x, line.y, value=c.value) for line, c in zip(lines, result.curves(), strict=False)]
        )
        for i, line in enumerate(axes.lines[: len(lines)]):
            line.set_color(shades[i % count])
            if len(headers) > 1:
                line.set_linestyle(("-", "--", ":", "-.")[(i // count) % 4])
    elif any(line.label for line in lines):
        axes.legend(ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
    if axes.get_yscale() == "log":  # between rows values are on straight lines, which are none there
        for line in axes.lines[: len(lines)]:
            line.set_data(*_between(*line.get_data()))


def _between(x: Array, y: Array) -> tuple[Array, Array]:
    """A polygon with further points on its sides."""
    fine = np.linspace(0.0, len(x) - 1.0, (len(x) - 1) * POINTS_OF_A_SIDE + 1)
    return np.interp(fine, np.arange(len(x)), x), np.interp(fine, np.arange(len(y)), y)


def _draw_below(axes: Axes, result: Result, header: str) -> str:
    """Current, conductance or salt; returns what the small print says about it."""
    lines = []
    for curve in result.curves():
        times, values = array(curve.points[TIME]), array(curve.points[header])
        if header == CONDUCTANCE:
            largest = float(result.observables[BIAS].abs().max())
            values = through_zero(times, values, array(curve.points[BIAS]), largest)
        if header not in (SALT, OF_THE_SOLUTION):  # salt does not jump
            times, values = stepped(times, values, jumps(result, curve))
        lines.append(Line(curve.short, _shown(result, curve, times), values, value=curve.value))
    main = len(lines)
    if header == CURRENT and not result.outer:
        lines += _parts(result)
    if len(lines) > main:
        lines[0] = Line("total", lines[0].x, lines[0].y)
    unit = split_header(header)[1]
    may_be_cut = NEAR_ZERO if header == CONDUCTANCE and _passes_zero(result) else BRIEF
    range_, spike = usual_range(lines, may_be_cut)
    if spike:  # lines leave the panel there, and do not choose its unit
        reach = range_[1] - range_[0]
        lines = [Line(line.label, line.x, np.clip(line.y, range_[0] - reach, range_[1] + reach)) for line in lines]
    reference = None if _in_periods(result) else reference_lines(result, TIME, header)
    name = result.label(header)
    draw_lines(axes, lines, time_axis(result), (name, unit), reference=reference, markers=False)
    for line in axes.lines[main : len(lines)]:
        line.set(linewidth=0.8, marker="")
    if not result.outer and (len(lines) > main or reference):
        # beside the curves there is no room in a low panel
        axes.legend(ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
    if not spike or axes.get_yscale() == "log":
        return ""
    factor = engineering(np.concatenate([line.y for line in lines]), unit).factor
    axes.set_ylim(range_[0] * factor, range_[1] * factor)
    return f"{name}: spikes up to {quantity(spike, unit)} lie beyond the panel"


def _passes_zero(result: Result) -> bool:
    """Whether the bias is ever small where there is a conductance, which is large there for nothing."""
    biases = result.observables.loc[result.observables[CONDUCTANCE].notna(), BIAS].abs()
    return bool(biases.min() < SMALL_BIAS * biases.max())


def _parts(result: Result) -> list[Line]:
    """Conduction and displacement current, when the latter matters."""
    curve = result.curves()[0]
    table, steps = curve.points, jumps(result, curve)
    displacement = "displacement_current [A]"
    if displacement not in table or not array(np.abs(table[displacement])).max() > SHOWN * np.abs(table[CURRENT]).max():
        return []
    return [
        Line(name, *stepped(array(table[TIME]), array(table[header]), steps))
        for header, name in PARTS.items()
        if header in table
    ]


def usual_range(lines: list[Line], brief: float) -> tuple[tuple[float, float], float]:
    """Range of the values for all but a part `brief` of the time, and the largest value when it is far beyond, else 0."""
    x = np.concatenate([_shares(line.x) for line in lines])
    y = np.concatenate([np.nan_to_num(line.y) for line in lines])
    order = np.argsort(np.abs(y))
    lasting = np.cumsum(x[order])
    usual = float(np.abs(y)[order][min(int(np.searchsorted(lasting, (1.0 - brief) * lasting[-1])), len(y) - 1)])
    kept = y[np.abs(y) <= 1.05 * usual]
    low, high = float(np.min(kept, initial=0.0)), float(np.max(kept, initial=0.0))
    margin = 0.08 * (high - low)
    largest = float(y[order][-1])
    return (low - margin, high + margin), largest if abs(largest) > SPIKE * usual > 0.0 else 0.0


def _shares(times: Array) -> Array:
    """Half the way to either neighbour: how long each of some instants lasts."""
    steps = np.concatenate([[0.0], np.diff(times), [0.0]])
    return np.asarray(0.5 * (steps[1:] + steps[:-1]), dtype=float)
