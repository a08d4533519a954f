"""What a device between unlike reservoirs is judged by, as plain text: reversal potential and osmotic power."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from postprocess.tables.layout import LEFT, WIDTH, Column, layout
from postprocess.tables.result import Result
from postprocess.tables.uncertainty import entry_text
from postprocess.tables.units import quantity, split_header
from solver.analysis.reversal import BIAS_OF_POWER, OSMOTIC_POWER, REVERSAL_POTENTIAL, SHORT_CIRCUIT_CURRENT, reversals
from solver.results.headers import BIAS

NUMBERS = (REVERSAL_POTENTIAL, SHORT_CIRCUIT_CURRENT, OSMOTIC_POWER)


def reversal_table(result: Result, width: int = WIDTH) -> str:
    """Reversal potential, short-circuit current and osmotic power: a line, or with an outer parameter a table of them; "" for
    like reservoirs and without a sweep of the bias."""
    if not result.sweeps_bias or not any(drives.salt for drives in result.drives):
        return ""
    entries = reversals(result.observables.to_dict("records"), result.case)
    if not entries:
        return ""
    ends = result.observables[BIAS].min(), result.observables[BIAS].max()
    unknown = any(math.isnan(entry[REVERSAL_POTENTIAL]) for entry in entries)
    span = " to ".join(quantity(float(end), "V").replace("−", "-") for end in ends)
    hint = f"no change of sign of the current from {span}: sweep farther for a reversal potential" if unknown else ""
    if len(entries) == 1 and result.outer is None:
        return "\n".join(filter(None, (_line(entries[0]), hint)))
    shared = [name for name in result.parameters if name in entries[0]]
    columns: list[Column] = []
    for header in shared:
        swept = result.swept(header)
        columns.append(((swept.name,), [swept.text(float(entry[header])).replace("−", "-") for entry in entries], LEFT))
    columns += [((_name(header),), [entry_text(entry, header) for entry in entries], LEFT) for header in NUMBERS]
    columns.append((("at bias",), [entry_text(entry, BIAS_OF_POWER) for entry in entries], LEFT))
    return "\n".join(filter(None, (layout(columns, width, len(shared)), hint)))


def _line(entry: Mapping[str, Any]) -> str:
    parts = [f"{_name(header)} {text}" for header in NUMBERS if (text := entry_text(entry, header))]
    if at := entry_text(entry, BIAS_OF_POWER):
        parts[-1] += f" at {at}"
    return f"{', '.join(parts)} (interpolated)" if parts else ""


def _name(header: str) -> str:
    words = split_header(header)[0].replace("_", " ")
    return words.replace("short circuit", "short-circuit")
