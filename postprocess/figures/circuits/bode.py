"""Figure of the impedance of a circuit, and of the response of its potentials, against the frequency."""

from __future__ import annotations

import numpy as np

from postprocess.figures.circuits.common import MOST, curves, measured, name_curves, outer_legend
from postprocess.figures.impedance import PHASE, SIZE
from postprocess.figures.panels import Array, Line, array, axis_scale, draw_lines, frequency_axis, is_wide
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title
from postprocess.figures.time_series import CONSTANT
from postprocess.tables.circuit import CircuitResult
from solver.results.headers import FREQUENCY


def bode(result: CircuitResult, style: Style = SCREEN) -> Sheet:
    """Magnitude and phase of the impedance, and, of one result, the size of the response of the potentials where this is
    something else, against the frequency."""
    frequencies = array(result.observables[FREQUENCY])
    responses = _responses(result) if result.outer is None else {}
    figure, grid = new_panels(style, 3 if responses else 2, 4.8, 2.1, sharex=True)
    for axes, header, name in ((grid[0], SIZE, ("|Z|", "ohm")), (grid[1], PHASE, ("phase", "deg"))):
        overlaid = measured(result, FREQUENCY, [header])
        lines = curves(result, FREQUENCY, header)
        draw_lines(axes, lines, ("frequency", "Hz"), name, log_y=header == SIZE, reference=overlaid)
    if responses:
        source = result.run["case"]["study"].get("source", "")
        unit = "ohm" if result.elements.get(source, {}).get("type") == "current_source" else ""
        lines = [Line(name, frequencies, size) for name, size in list(responses.items())[:MOST]]
        word = "response"
        if len(lines) == 1:
            word, lines = f"response of {lines[0].label}", [Line("", lines[0].x, lines[0].y)]
        draw_lines(grid[2], lines, ("frequency", "Hz"), (word, unit), log_y=True)
        name_curves(figure, grid[2])
    frequency_axis(grid[-1], axis_scale(frequencies, "Hz", is_wide(frequencies)).factor)
    for axes in grid[:-1]:
        axes.set_xlabel("")
    if result.outer is not None:
        outer_legend(figure, grid[0], result)
    else:
        name_curves(figure, grid[0])
    figure.align_ylabels(grid)
    set_title(figure, result.title)
    return figure


def _responses(result: CircuitResult) -> dict[str, Array]:
    """Sizes of the responses of nodes that change with the frequency, and are not the impedance itself."""
    table = result.observables
    found = {
        str(name).removeprefix("response_").removesuffix("_real"): np.hypot(
            array(table[name]), array(table[f"{str(name).removesuffix('_real')}_imaginary"])
        )
        for name in table
        if str(name).startswith("response_") and str(name).endswith("_real")
    }
    impedance = array(table[SIZE])
    return {
        name: size for name, size in found.items()
        if size.max() > 0.0 and np.ptp(size) > CONSTANT * size.max()
        and not np.allclose(size, impedance, rtol=CONSTANT, atol=0.0)
    }  # fmt: skip
