"""Effect of pulses, and its relaxation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.coverages import OF_PORES, shown_coverages
from postprocess.figures.panels import Line, array, colours_of, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title
from postprocess.tables.columns import spread
from postprocess.tables.kinds import TIME
from postprocess.tables.protocol import Entry, Train, memories, outer_text, rows_between, trains
from postprocess.tables.result import Result
from postprocess.tables.units import engineering, quantity, split_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SALT = "salt_axial_mean [mol/m^3]"
MOST = 6  # relaxations in one panel


def pulses(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Conductance at the end of every pulse, and the relaxation after the last one; None without pulses."""
    found = trains(result)
    if not found:
        return None
    after = [entry for train in _last_trains(found) if (entry := _after(result, train)) is not None]
    figure, axes = new_panels(style, 2 if after else 1, 4.2, 3.3, across=2)
    header = "conductance_end [S]"
    if any(pulse.get(header) is None for train in found for pulse in train.pulses):
        header = "current_end [A]"  # at zero bias there is no conductance
    lines = []
    for train in found:
        several = sum(each.outer == train.outer for each in found) > 1
        parts = [outer_text(result, train.outer), f"from {quantity(train.start, 's')}" if several else ""]
        numbers, values = [float(pulse["pulse"]) for pulse in train.pulses], [pulse[header] for pulse in train.pulses]
        lines.append(Line(", ".join(filter(None, parts)), array(numbers), array(values), value=train.outer))
    name, unit = split_header(header)
    draw_lines(axes[0], lines, ("pulse", ""), (f"{name.removesuffix('_end')} at the end of a pulse", unit))
    axes[0].set_xscale("linear")
    axes[0].xaxis.get_major_locator().set_params(integer=True)
    if after:
        _draw_relaxations(axes[1], result, after)
    legend(figure, axes[0])
    set_title(figure, result.title)
    return figure


def memory(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Relaxations of a run without pulses, with their fitted memory times; None without any."""
    found = memories(result)
    if not found or trains(result):
        return None
    figure, (axes,) = new_panels(style, 1, 4.6, 3.4)
    _draw_relaxations(axes, result, [found[i] for i in spread(range(len(found)), MOST)])
    set_title(figure, result.title)
    return figure


def _last_trains(found: Sequence[Train]) -> list[Train]:
    """The last train of every outer value, as many as a panel takes."""
    last = list({train.outer: train for train in found}.values())
    return [last[i] for i in spread(range(len(last)), MOST)]


def _after(result: Result, train: Train) -> Entry | None:
    """Relaxation after a train: the fitted one, or just the record when that goes on for longer than a pulse."""
    fitted = memories(result, train.outer, after=train.stop)
    if fitted:
        return fitted[0]
    stop = float(rows_between(result, train.outer, train.stop, np.inf)[TIME].max())
    first, header = train.pulses[0], _relaxing(result)
    if header is None or stop - train.stop <= float(first["stop [s]"]) - float(first["start [s]"]):
        return None
    return {"outer": train.outer, "start [s]": train.stop, "stop [s]": stop, "of": header, "memory_time [s]": None}


def _relaxing(result: Result) -> str | None:
    """Column of what relaxes after pulses: the salt where it is known, or what is in pores; None without either."""
    table = result.observables
    if SALT in table and bool(np.isfinite(array(table[SALT])).any()):
        return SALT
    return next((header for header in shown_coverages(table) if header.startswith(OF_PORES)), None)


def _draw_relaxations(axes: Axes, result: Result, entries: Sequence[Entry]) -> None:
    """The relaxing quantity against the time since its start, and exponentials of the memory times dashed."""
    header = str(entries[0]["of"])
    lines, fits = [], []
    for entry in entries:
        start, stop, time = float(entry["start [s]"]), float(entry["stop [s]"]), entry["memory_time [s]"]
        rows = rows_between(result, entry["outer"], start, stop)
        parts = [outer_text(result, entry["outer"]), "" if time is None else f"memory time {quantity(time, 's')}"]
        if len(entries) > 1 and not parts[0]:
            parts.insert(0, f"from {quantity(start, 's')}")
        order = start if len({each["outer"] for each in entries}) < 2 else entry["outer"]
        lines.append(Line(", ".join(filter(None, parts)), array(rows[TIME]) - start, array(rows[header]), value=order))
        if time is not None:
            since = np.linspace(0.0, stop - start, 200)
            final = float(entry["final"])
            fits.append((since, final + (float(entry["initial"]) - final) * np.exp(-since / float(time))))
    name = result.label(header)
    since_when = "time after the last pulse" if trains(result) else "time"
    draw_lines(axes, lines, (since_when, "s"), (name, split_header(header)[1]))
    axes.set_yscale("linear")
    axes.autoscale(axis="y")  # a relaxation is worth its panel, however small
    along = engineering(np.concatenate([line.x for line in lines]), "s").factor
    across = engineering(np.concatenate([line.y for line in lines]), split_header(header)[1]).factor
    for since, fit in fits:
        axes.plot(since * along, fit * across, "--", color="0.15", linewidth=1.0, zorder=4)
    if fits:
        axes.lines[-1].set_label("exponential of that time")
    for line, colour in zip(axes.lines, colours_of(lines), strict=False):
        line.set_color(colour)
    if any(axes.get_legend_handles_labels()[1]):
        axes.legend()
