"""Plain-text table of reversal studies: what a device between unlike reservoirs delivers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from postprocess.tables.error_lines import error_lines
from postprocess.tables.layout import LEFT, WIDTH, Column, layout
from postprocess.tables.result import Result
from postprocess.tables.uncertainty import entry_text
from postprocess.tables.units import quantity
from solver.results.headers import error_header

AT, LOAD = "osmotic_power_bias [V]", "load_resistance [ohm]"
SHOWN = {
    "reversal_potential [V]": "reversal potential",
    "reversal_potential_with_electrodes [V]": "the same with electrodes",
    "short_circuit_current [A]": "short-circuit current",
    "osmotic_power [W]": "largest power",
    LOAD: "its load",
    "osmotic_power_density [W/m^2]": "power density",
    "cation_transference_number": "transference number of the cation",
    "permselectivity": "permselectivity",
    "osmotic_efficiency": "efficiency at the largest power",
}
"""Columns of the table, with their names there."""

SHORT = {"cation_transference_number": "t of cation", "osmotic_efficiency": "efficiency"}
"""Shorter names beside one another."""


def salinity_table(result: Result, *, width: int = WIDTH, verbose: bool = False) -> str:
    """Reversal potential, short-circuit current, largest power and its load, selectivity and efficiency with their errors: a
    line each, or with an outer parameter a column each. Then lines about the errors."""
    rows = result.observables.to_dict("records")
    known = [header for header in SHOWN if header in result.observables]
    if len(rows) == 1 and not result.parameters:
        names = [SHOWN[header] for header in known]
        text = layout([((), names, LEFT), ((), [_line(rows[0], header) for header in known], LEFT)], width)
    else:
        columns: list[Column] = []
        for header in result.parameters:
            swept = result.swept(header)
            columns.append(((swept.name,), [swept.text(float(row[header])).replace("−", "-") for row in rows], LEFT))
        columns += [
            ((SHORT.get(header, SHOWN[header]),), [_text(row, header) for row in rows], LEFT) for header in known
        ]
        text = layout(columns, width, len(result.parameters))
    lines = error_lines(result)
    if any(error_header(header) in result.observables for header in known):
        lines.insert(
            0, "numbers in parentheses: error of the last digits; the current of errors below is the short-circuit one"
        )
    if len(result.loads):
        lines.append(f"currents and powers between short circuit and reversal potential: {result.place('loads.csv')}")
    return "\n\n".join([text, "\n".join(lines)])


def _line(row: Mapping[str, Any], header: str) -> str:
    """A number with what belongs to it."""
    text = _text(row, header)
    if header == "osmotic_power [W]" and not math.isnan(float(row.get(LOAD, math.nan))):
        text += f" at {quantity(float(row[AT]), 'V')}"
    return text.replace("−", "-")


def _text(row: Mapping[str, Any], header: str) -> str:
    """A number with its error; "-" for one that does not exist."""
    return entry_text(row, header) or "-"
