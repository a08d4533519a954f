"""Currents and flow rates of devices with more than two terminals, one curve a terminal."""

from __future__ import annotations

from postprocess.figures.panels import Line, array, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.columns import errors
from postprocess.tables.result import Result
from postprocess.tables.uncertainty import percent
from postprocess.tables.units import readable, split_header

QUANTITIES = ("current [A]", "flow_rate [m^3/s]")


def terminals(result: Result, style: Style = SCREEN) -> Sheet | None:
    """What enters at every terminal against what is swept, or against time; None for devices with fewer than three terminals,
    for single points, and for spectra."""
    shown = [headers for quantity in QUANTITIES if (headers := _headers(result, quantity))]
    curves = result.curves()
    if not shown or all(len(curve.points) < 2 for curve in curves):
        return None
    along = result.inner if result.kind.along or not result.parameters else result.parameters[-1]
    figure, panels = new_panels(style, len(shown), 4.4, 3.3, across=len(shown))
    notes = []
    for axes, headers, quantity in zip(panels, shown, QUANTITIES, strict=False):
        lines = [
            Line(
                ", ".join(text for text in (name, curve.short) if text),
                array(curve.points[along]),
                array(curve.points[header]),
                errors(curve.points, header),
            )
            for name, header in zip(result.terminals, headers, strict=True)
            for curve in curves
        ]
        label, unit = readable(headers[0].replace(f"_{result.terminals[0]}", "")), split_header(headers[0])[1]
        name = (result.label(along), split_header(along)[1])
        largest = draw_lines(axes, lines, name, (f"{label} into the device", unit))
        if largest == largest:  # not NaN
            notes.append(f"{percent(largest)} ({split_header(quantity)[0].replace('_', ' ')})")
    legend(figure, panels[0], inside=False)
    set_title(figure, result.title)
    small_print(figure, f"error bars: numerical error, largest {', '.join(notes)}" if notes else "")
    return figure


def _headers(result: Result, quantity: str) -> list[str]:
    """Headers of a quantity at three and more terminals, if it is anywhere not zero."""
    headers = result.at_terminals(quantity)
    if len(headers) < 2 or not max(result.observables[header].abs().max() for header in headers) > 0.0:
        return []
    return headers
