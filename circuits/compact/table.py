"""A compact model as a table of numbers."""

from __future__ import annotations

from circuits.compact.family import CompactFamily
from circuits.compact.model import CompactModel


def rows(model: CompactModel | CompactFamily, name: str = "") -> str:
    """CSV with headers that have units: voltage, g_inf, steady current, times; one block after the other for the values of a
    parameter. name: of the model, which no header has."""
    models = [model] if isinstance(model, CompactModel) else list(model.models)
    first = models[0]
    slow = [k for k, branch in enumerate(first.branches) if branch.times]
    heads = ["voltage [V]", "conductance [S]", "current [A]", *(f"memory_time_{k + 1} [s]" for k in slow)]
    if isinstance(model, CompactFamily):
        heads.insert(0, model.parameter)
    lines = [",".join(heads)]
    for number, each in enumerate(models):
        for voltage, conductance in zip(each.voltages, each.conductances, strict=True):
            entries = [voltage, conductance, each.steady_current(voltage), *(each.time(k, voltage)[0] for k in slow)]
            if isinstance(model, CompactFamily):
                entries.insert(0, model.values[number])
            lines.append(",".join(f"{entry:.12g}" for entry in entries))
    return "\n".join(lines) + "\n"
