"""Plain-text tables of circuits that were computed as logic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.tables.circuit import CircuitResult
from postprocess.tables.layout import LEFT, WIDTH, Column, layout, number_column
from postprocess.tables.units import quantity

MOST_STATES = 64
"""Lines of a table."""


def truth_table_text(result: CircuitResult, width: int | None = None) -> str:
    """Bits of the inputs, levels of the outputs and power in every state; then the numbers of the transfer curves."""
    study, table = result.run["case"]["study"], result.observables
    states = table[table["curve"] == 0]
    shown = states.iloc[:MOST_STATES]
    columns: list[Column] = [
        ((name, ""), ["1" if _is_high(levels, value) else "0" for value in shown[f"voltage_{name} [V]"]], LEFT)
        for name, levels in study["inputs"].items()
    ]
    for node in study["outputs"]:
        header = f"potential_{node} [V]"
        columns.append(number_column(node, header, shown[header], states[header]))
    power = "power [W]"
    columns.append(number_column("power", power, shown[power], states[power]))
    blocks = [layout(columns, width or WIDTH, len(study["inputs"]))]
    if len(states) > len(shown):
        blocks.append(f"{len(states) - len(shown)} further states are in {result.place('observables.csv')}")
    lines = [_curve(each) for each in result.summary.get("transfer_curves") or ()]
    return "\n\n".join([*blocks, "\n".join(lines)] if lines else blocks)


def _is_high(levels: Mapping[str, Any], value: float) -> bool:
    return abs(float(value) - float(levels["high"])) < abs(float(value) - float(levels["low"]))


def _curve(entry: Mapping[str, Any]) -> str:
    """A transfer curve in a line."""
    others = ", ".join(f"{name} = {bit}" for name, bit in entry["others"].items())
    start = f"{entry['output']} by {entry['input']}{f' ({others})' if others else ''}:"
    slope = f"slope up to {entry['largest_slope']:.4g}"
    if entry["noise_margin_low [V]"] is None:
        return f"{start} {slope}; no gain, so that no level is restored"
    low, high = (quantity(float(entry[f"noise_margin_{end} [V]"]), "V") for end in ("low", "high"))
    return f"{start} {slope}; noise margins {low} (0) and {high} (1)"


def sequence_text(result: CircuitResult) -> str:
    """Bits of inputs and outputs at the ends of the periods, and energies."""
    study, found = result.run["case"]["study"], result.summary
    names = [*study["inputs"], *study["outputs"]]
    size = max(map(len, names))
    lines = [f"{name:<{size}}  {entry['bits']}" for name, entry in study["inputs"].items()]
    for node, entry in (found.get("outputs") or {}).items():
        opening = entry["eye_opening [V]"]
        said = "one bit only" if opening is None else f"levels {quantity(float(opening), 'V')} apart"
        lines.append(f"{node:<{size}}  {entry['bits']}  {said}")
    if "mean_energy [J]" in found:
        lines.append(f"energy of a period: {quantity(float(found['mean_energy [J]']), 'J')} in the mean")
    return "\n".join(lines)
