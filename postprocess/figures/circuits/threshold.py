"""Figure of thresholds of pulses: the smallest amplitude against the width."""

from __future__ import annotations

from postprocess.figures.circuits.common import curves, outer_legend, panel, told
from postprocess.figures.panels import Line, draw_lines
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import WIDTH, CircuitResult
from postprocess.tables.units import quantity, split_header

START = "threshold ["


def threshold(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Threshold against the width of the pulse, with what the bisection leaves open as error bars, and, where the source is
    one of current, the charge of the smallest pulse; None for a single width."""
    header = next((name for name in map(str, result.observables) if name.startswith(START)), None)
    if header is None or len(result.observables) < 2:
        return None
    unit = split_header(header)[1]
    figure, grid = new_panels(style, 2 if unit == "A" else 1, 4.0, 3.1, across=2)
    panel(grid[0], result, WIDTH, header, f"threshold of {result.run['case']['study'].get('source', 'pulse')}")
    if unit == "A":
        charges = [
            Line(each.label, each.x, each.x * each.y, None if each.error is None else each.x * each.error, each.value)
            for each in curves(result, WIDTH, header)
        ]
        draw_lines(grid[1], charges, (told(result, WIDTH), "s"), ("charge of the smallest pulse", "C"))
    for axes in grid:
        axes.set_xlabel(axes.get_xlabel().replace("width", "width of the pulse"))
    outer_legend(figure, grid[0], result)
    set_title(figure, result.title)
    name = f"threshold_uncertainty [{unit}]"
    if name in result.observables:
        largest = float(result.observables[name].max())
        small_print(figure, f"thresholds by bisection, to {quantity(largest, unit, 2)} or less")
    return figure
