"""Figure of the concentrations at which a pump stalls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postprocess.figures.circuits.common import curves, measured, outer_legend
from postprocess.figures.panels import draw_lines
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.units import split_header
from solver.results.headers import FREQUENCY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STALL = "stall_concentration_"


def stall(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Concentration at which the mean rate is zero, with what it may be off, against the frequency, both on logarithmic axes.
    None for a single frequency, and where no stall was found."""
    table = result.observables
    header = next((str(h) for h in table if str(h).startswith(STALL) and "_uncertainty" not in str(h)), None)
    if header is None or table[header].notna().sum() < 2:
        return None
    figure, (axes,) = new_panels(style, 1, 5.4, 3.6)
    _draw(axes, result, header)
    outer_legend(figure, axes, result)
    set_title(figure, result.title)
    missing = int(table[header].isna().sum())
    small_print(
        figure, f"no stall between the concentrations at {missing} of {len(table)} frequencies" if missing else ""
    )
    return figure


def _draw(axes: Axes, result: CircuitResult, header: str) -> None:
    study = result.run["case"]["study"]
    name = f"stall of {study['species']}, {study['device']} {study['terminal']}"
    overlaid = measured(result, FREQUENCY, [header])
    draw_lines(
        axes,
        curves(result, FREQUENCY, header),
        ("frequency", "Hz"),
        (name, split_header(header)[1]),
        reference=overlaid,
    )
    axes.set_xscale("log")
