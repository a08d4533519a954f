"""Figure of a study of circuits that has none of its own: every number against the swept key."""

from __future__ import annotations

from circuits.columns import GROWTH
from postprocess.figures.circuits.common import MOST_PANELS, changes, outer_legend, panel
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title
from postprocess.tables.circuit import CircuitResult
from solver.results.headers import POINT


def numbers(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """What a study gives for each point: a panel a column, against the swept key, or the first column."""
    table = result.observables
    known = [str(name) for name in table if table[name].dtype.kind in "fi" and name not in (POINT, GROWTH)]
    if len(table) < 2 or not known:
        return None
    along = result.parameters[-1] if result.parameters else known[0]
    apart = (along, *result.parameters)
    shown = [name for name in known if name not in apart and changes(result, name) and "_uncertainty" not in name]
    if not shown:
        return None
    figure, grid = new_panels(style, len(shown[:MOST_PANELS]), 3.8, 2.9, across=3)
    for axes, header in zip(grid, shown[:MOST_PANELS], strict=True):
        panel(axes, result, along, header)
    outer_legend(figure, grid[0], result)
    set_title(figure, result.title)
    return figure
