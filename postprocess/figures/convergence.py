"""Newton's iterations of steady points: the largest change of an unknown in each of them."""

from __future__ import annotations

from matplotlib.ticker import MaxNLocator

from postprocess.figures.panels import Line, array, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title
from postprocess.tables.columns import read_table, spread
from postprocess.tables.result import Result

MOST = 8  # points that are drawn
UPDATE = "update"


def convergence(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Updates, in thermal voltages, against the iteration, for points spread over the result; None for a result without
    convergence.csv."""
    if result.path is None:
        return None
    table = read_table(result.path / "convergence.csv")
    if table.empty or not {"point", "iteration", UPDATE} <= set(table):
        return None
    table = table[(table[UPDATE] > 0.0) & table["point"].isin(result.observables["point"])]
    points = spread([int(point) for point in table["point"].unique()], MOST)
    if not points:
        return None
    lines = []
    for point in points:
        rows = table[table["point"] == point]
        lines.append(Line(result.describe(point) or "the point", array(range(1, len(rows) + 1)), array(rows[UPDATE])))
    figure, (axes,) = new_panels(style, 1, 4.4, 3.0)
    draw_lines(axes, lines, ("iteration", ""), ("largest update / (RT/F)", ""), zero_lines=False, log_y=True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(figure, axes, inside=False)
    set_title(figure, "Newton's method")
    return figure
