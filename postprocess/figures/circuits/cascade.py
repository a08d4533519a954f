"""Figure of how levels fare along gates in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from postprocess.figures.circuits.logic import Logic
from postprocess.figures.palette import tell_apart
from postprocess.figures.panels import array
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_OUTPUTS = 3
"""From so many on outputs are read as those of gates in a row."""
CASCADED = "cascaded_without_load [V]"


def cascade(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Worst levels of 0 and 1 from output to output, of three on; of a gate alone, what its transfer curves leave of the high
    input behind several such gates. None without either."""
    logic = Logic.of(result)
    outputs = result.summary.get("outputs") or {}
    curves = [each for each in result.summary.get("transfer_curves") or () if each.get(CASCADED)]
    is_chain = len(logic.outputs) >= LEAST_OUTPUTS and bool(outputs)
    if not is_chain and not curves:
        return None
    figure, (axes,) = new_panels(style, 1, 4.6, 3.4)
    if is_chain:
        _outputs(axes, logic, outputs)
        note = "worst levels of all states; grey: between them"
    else:
        drawn = []
        for k, each in enumerate(curves):
            values = [_start(logic, each), *map(float, each[CASCADED])]
            others = ", ".join(f"{name} = {bit}" for name, bit in each["others"].items())
            label = f"{each['output']} by {each['input']}" + (f" ({others})" if others else "")
            drawn += axes.plot(range(len(values)), values, "o-", color=f"C{k % 7}", label=label, zorder=3)
        axes.set_xlabel("gates in a row")
        axes.set_ylabel("level of 1 [V]")
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        tell_apart(axes, drawn)
        note = "from the transfer curve of one gate, as if none loaded the one before"
    axes.axhline(logic.threshold, color="0.25", linestyle="--", linewidth=0.9, zorder=2, label="threshold")
    axes.legend()
    set_title(figure, f"{result.title}: levels along a chain")
    small_print(figure, note)
    return figure


def _start(logic: Logic, curve: dict[str, object]) -> float:
    return float(logic.inputs[str(curve["input"])]["high"])


def _outputs(axes: Axes, logic: Logic, outputs: dict[str, dict[str, float | None]]) -> None:
    places = np.arange(len(logic.outputs))
    low, high = (
        array([np.nan if outputs[node][key] is None else outputs[node][key] for node in logic.outputs])
        for key in ("highest_low [V]", "lowest_high [V]")
    )
    axes.fill_between(places, low, high, color="0.92", zorder=0)
    axes.plot(places, high, "o-", color="C0", label="lowest 1", zorder=3)
    axes.plot(places, low, "s-", color="C1", label="highest 0", zorder=3)
    axes.set_xticks(places, logic.outputs, rotation=0 if len(places) <= 8 else 90)
    axes.set_ylabel("potential [V]")
