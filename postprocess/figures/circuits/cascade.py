"""Figure of how levels fare along gates in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuits.analysis.gates import cascaded
from postprocess.figures.circuits.logic import Logic
from postprocess.figures.palette import tell_apart
from postprocess.figures.panels import array
from postprocess.figures.style import SCREEN, Sheet, Style, legend_below, new_panels, set_title, small_print
from postprocess.tables.circuit import CircuitResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CURVES = 4
LEAST_OUTPUTS = 3
"""From so many on outputs are read as those of gates in a row."""
CASCADED = "cascaded_without_load [V]"


def cascade(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Worst levels of 0 and 1 from output to output, of three on; of a gate alone, what its transfer curves leave of a high
    and a low input behind several such gates. None without either."""
    logic = Logic.of(result)
    outputs = result.summary.get("outputs") or {}
    given = result.summary.get("transfer_curves") or ()
    curves = [each for each in given if each.get(CASCADED) and _switches(logic, each)][:MOST_CURVES]
    is_chain = len(logic.outputs) >= LEAST_OUTPUTS and bool(outputs)
    if not is_chain and not curves:
        return None
    figure, (axes,) = new_panels(style, 1, 4.6, 3.4)
    if is_chain:
        _outputs(axes, logic, outputs)
        note = "worst levels of all states; grey: between them"
    else:
        _behind(axes, logic, curves)
        note = "from the transfer curve of one gate, as if none loaded the one before"
    axes.axhline(logic.threshold, color="0.25", linestyle="--", linewidth=0.9, zorder=2, label="threshold")
    legend_below(figure, *axes.get_legend_handles_labels())
    set_title(figure, f"{result.title}: levels along a chain")
    small_print(figure, note)
    return figure


def _switches(logic: Logic, curve: Mapping[str, Any]) -> bool:
    """Whether the output of a transfer curve passes the threshold."""
    outputs = logic.potential(curve["output"])[np.flatnonzero(logic.column("curve") == curve["curve"])]
    return bool(np.any(outputs >= logic.threshold) and np.any(outputs < logic.threshold))


def _behind(axes: Axes, logic: Logic, curves: Sequence[Mapping[str, Any]]) -> None:
    """Outputs of the first, second, .. gate whose first input is high, and low, by each transfer curve."""
    number, drawn = logic.column("curve"), []
    for k, each in enumerate(curves):
        rows = np.flatnonzero(number == each["curve"])
        inputs, outputs = logic.voltage(each["input"])[rows], logic.potential(each["output"])[rows]
        others = ", ".join(f"{name} = {bit}" for name, bit in each["others"].items())
        label = f"{each['output']} by {each['input']}" + (f" ({others})" if others else "")
        for end, marker in (("high", "o-"), ("low", "s-")):
            start = float(logic.inputs[each["input"]][end])
            count = len(each[CASCADED])
            values = cascaded([*inputs], [*outputs], start, count) if end == "low" else [*map(float, each[CASCADED])]
            name = f"{label}, first input {end}"
            drawn += axes.plot(range(count + 1), [start, *values], marker, color=f"C{k % 7}", label=name, zorder=3)
            drawn[-1].set_alpha(1.0 if end == "high" else 0.7)
    axes.margins(y=0.1)
    tell_apart(axes, drawn)
    axes.set_xlabel("gates in a row")
    axes.set_ylabel("output of the last gate [V]")


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
