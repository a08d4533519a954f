"""Figure of a column of a circuit against another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from postprocess.figures.circuits.common import changes, curves, measured, measured_any, outer_legend, told
from postprocess.figures.panels import axis_scale, colours_of, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import split_header


def _beside(result: CircuitResult, headers: Sequence[str]) -> str | None:
    """The last of some columns that is a conductance, if there is one of an element at the node of the first column."""
    node, found = result.label(headers[0]), [header for header in headers if header in result.conductances]
    at_node = []
    for header in found:
        ends = result.elements.get(result.label(header), {}).get("terminals") or ()
        if node in (ends.values() if isinstance(ends, Mapping) else ends):
            at_node.append(header)
    return next(reversed(at_node or found), None)


def phase_plane(
    result: CircuitResult, style: Style = SCREEN, across: str | None = None, up: str | None = None
) -> Sheet | None:
    """A column against another one, from the open circle on.

    across, up: the columns, as of `CircuitResult.column`; by default, in a run in time that is no sequence of bits, the first
    potential that changes and the last conductance at its node, or the second potential without any.
    """
    if across is None or up is None:
        changing = [header for header in (*result.potentials, *result.conductances) if changes(result, header)]
        if len(changing) < 2 or not result.transient or result.study == "logic_sequence":
            return None
        first, second = changing[0], (_beside(result, changing) or changing[1])
    first = result.column(across) if across else first
    second = result.column(up) if up else second
    lines = [line for line in curves(result, first, second) if len(line.x)]
    if not lines:
        return None
    figure, (axes,) = new_panels(style, 1, 4.2, 3.5)
    names = [(told(result, header), split_header(header)[1]) for header in (first, second)]
    draw_lines(axes, lines, *names, markers=not result.transient, reference=measured(result, first, [second]))
    scales = [axis_scale(np.concatenate([getattr(line, a) for line in lines]), names[k][1], wide=False).factor
              for k, a in enumerate("xy")]  # fmt: skip
    if result.transient and axes.get_xscale() == axes.get_yscale() == "linear":
        for colour, line in zip(colours_of(lines), lines, strict=True):
            axes.plot(line.x[0] * scales[0], line.y[0] * scales[1], "o", color=colour, markerfacecolor="white",
                      markersize=5.0, zorder=5)  # fmt: skip
    if result.outer is not None:
        outer_legend(figure, axes, result)
    elif measured_any(axes):
        legend(figure, axes)
    set_title(figure, result.title)
    small_print(figure, "open circle: start" if result.transient else "")
    return figure
