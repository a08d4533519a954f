"""Plain-text table and summary of the result of a circuit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from circuits.arrays import Array
from circuits.columns import DEVICES, GROWTH
from postprocess.tables.circuit import BRANCH, CircuitResult, readable_key
from postprocess.tables.layout import LEFT, WIDTH, Column, layout, number_column
from postprocess.tables.steady_table import ordinal
from postprocess.tables.truth_table import sequence_text, truth_table_text
from postprocess.tables.units import split_header
from solver.results.headers import POINT, TIME
from solver.results.units import plain_quantity

MOST_ROWS = 40
"""Rows of a table; of more it shows some, evenly spread."""
MOST_COLUMNS = 16
"""Potentials and currents that a table shows of a row."""
ROUNDING = 1e-12
"""Part of the largest value of a unit below which a value is the round-off of a zero."""
IMPEDANCES = ("impedance_magnitude [ohm]", "impedance_phase [deg]", "impedance_real [ohm]", "impedance_imaginary [ohm]")

UNKNOWN_STABILITY = (
    "stability is not known for circuits with fields; a run in time, or compact models in place of the devices, tell"
)


def circuit_table(result: CircuitResult, *, width: int | None = None) -> str:
    """Headline and table of a result: potentials and currents of each row, of the extremes of a run in time.

    width: characters of a line; None where there is no terminal.
    """
    blocks = [circuit_headline(result)]
    if result.study == "truth_table":
        return "\n\n".join([*blocks, truth_table_text(result, width)])
    if result.study == "logic_sequence":
        return "\n\n".join([*blocks, _in_time(result), sequence_text(result)])
    if result.observables.empty:
        blocks.append(_without_limits(result))
    elif len(result.observables) == 1 and result.potentials and not result.parameters:
        blocks.append(_of_a_point(result))
    elif result.transient:
        blocks.append(_in_time(result))
    else:
        blocks.append(_rows(result, width or WIDTH))
    if text := _unstable(result):
        blocks.append(text)
    if text := _summary(result):
        blocks.append(text)
    return "\n\n".join(blocks)


def circuit_headline(result: CircuitResult) -> str:
    """Name, title, status, number of rows, ranks and wall time."""
    run, count = result.run, len(result.observables)
    name = result.name if result.title == result.name else f"{result.name}: {result.title}"
    parts = [str(run.get("status", "")), f"{count} {'instant' if result.transient else 'point'}{'s' * (count != 1)}"]
    if run.get("ranks"):
        parts.append(f"{run['ranks']} rank{'s' * (run['ranks'] != 1)}")
    if (run.get("cost") or {}).get("wall_time"):
        parts.append(f"{float(run['cost']['wall_time']):.1f} s")
    return f"{name} ({', '.join(part for part in parts if part)})"


def circuit_summary(result: CircuitResult, width: int | None = None) -> str:
    """What `nanochannel info` says: the headline, versions, elements, cost by phase and the table."""
    run = result.run
    lines = [circuit_headline(result), f"started   {run.get('started', 'unknown')}"]
    if run.get("message"):
        lines.append(f"message   {run['message']}")
    if run.get("versions"):
        lines.append("versions  " + ", ".join(f"{key} {value}" for key, value in run["versions"].items()))
    counts: dict[str, int] = {}
    for element in result.elements.values():
        counts[str(element["type"])] = counts.get(str(element["type"]), 0) + 1
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    lines.append(f"circuit   {len(run['case']['circuit']['nodes'])} nodes; {kinds}")
    lines.append(f"study     {result.study}")
    if result.devices:
        lines.append(f"fields    of {', '.join(result.devices)} (in {result.place(DEVICES)}, each a result of its own)")
    phases = {name: float(seconds) for name, seconds in ((run.get("cost") or {}).get("phases") or {}).items()}
    if phases:
        shares = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in phases.items() if seconds >= 0.005)
        lines.append(f"cost      {shares}")
    return "\n".join(lines) + "\n\n" + circuit_table(result, width=width).partition("\n\n")[2]


# ------------------------------------------------------------------------------------------------ kinds of studies
def _of_a_point(result: CircuitResult) -> str:
    """An operating point: a line for every quantity."""
    row = result.observables.iloc[-1]
    return "\n\n".join(
        _named(title, result, headers, [[float(row[header])] for header in headers], ["value"])
        for title, headers in result.groups()
    )


def _without_limits(result: CircuitResult) -> str:
    """A line about states along a key among which none loses its stability, or gains it."""
    branch = result.summary[BRANCH]
    key, growth = next(iter(branch)), branch[GROWTH]
    unit = split_header(key)[1]
    ends = " and ".join(plain_quantity(float(value), unit) for value in (branch[key][0], branch[key][-1]))
    state = "stable" if max(growth) < 0.0 else "not stable"
    return f"no limit of stability between {ends} of the {readable_key(key)}: all {len(growth)} states are {state}"


def _in_time(result: CircuitResult) -> str:
    """A run in time: start, least, largest and last value of every quantity."""
    table = result.observables
    span = np.asarray(table[TIME], dtype=float)[[0, -1]]
    blocks = [f"from {span[0]:g} s to {span[1]:g} s"]
    for title, headers in result.groups():
        values = [
            [float(f(np.asarray(table[header], dtype=float))) for f in (_first, np.nanmin, np.nanmax, _last)]
            for header in headers
        ]
        blocks.append(_named(title, result, headers, values, ["start", "least", "largest", "end"]))
    return "\n\n".join(blocks)


def _first(values: Array) -> float:
    return float(values[0])


def _last(values: Array) -> float:
    return float(values[-1])


def _named(
    title: str, result: CircuitResult, headers: Sequence[str], values: Sequence[Sequence[float]], heads: Sequence[str]
) -> str:
    """A line for every column, with numbers in one unit for all of them where they have one."""
    units = {split_header(header)[1] for header in headers}
    everything = [value for row in values for value in row]
    same = f"value [{units.pop()}]" if len(units) == 1 else "value"
    columns: list[Column] = [((title, ""), [result.short(header) for header in headers], LEFT)]
    for k, head in enumerate(heads):
        columns.append(
            number_column(head, same, _rounded([row[k] for row in values], np.array(everything)), everything)
        )
    return layout(columns)


def _rows(result: CircuitResult, width: int) -> str:
    """A line for every point, with what is along the curve before potentials and currents."""
    table = result.observables
    step = max(1, -(-len(table) // MOST_ROWS))
    chosen = table.iloc[sorted({*range(0, len(table), step), len(table) - 1})]
    keys = result.keys or [POINT]
    everything = [*result.potentials, *result.currents, *result.others]
    everything = list(IMPEDANCES) if result.is_spectrum else everything
    everything = [header for header in everything if header in table and bool((table[header] != 0.0).any())]
    columns: list[Column] = [
        number_column(readable_key(key), key, chosen[key].astype(float), table[key].astype(float), exact=True)
        for key in keys
    ]
    for header in everything[:MOST_COLUMNS]:
        group = [name for name in everything if split_header(name)[1] == split_header(header)[1]]
        start = "I " if header in result.currents else "V " if header in result.potentials else ""
        values = np.concatenate([np.asarray(table[name], dtype=float) for name in group])
        columns.append(number_column(start + result.label(header), header, _rounded(chosen[header], values), values))
    if GROWTH in table:
        columns.append(
            (("stable", ""), ["no" if value > 0.0 else "yes" for value in chosen[GROWTH].astype(float)], LEFT)
        )
    text = layout(columns, width, len(keys))
    if step > 1:
        text += f"\n\nevery {step}{ordinal(step)} of {len(table)} points; all are in {result.place('observables.csv')}"
    if len(everything) > MOST_COLUMNS:
        text += f"\n\n{len(everything) - MOST_COLUMNS} further columns are in {result.place('observables.csv')}"
    return text


def _rounded(values: Iterable[float], everything: Array) -> list[float]:
    """Values, with 0 for the round-off of a zero beside the others of their unit."""
    floor = ROUNDING * float(np.nanmax(np.abs(everything), initial=0.0))
    return [0.0 if abs(value) <= floor else float(value) for value in values]


def _unstable(result: CircuitResult) -> str:
    """A line about states that are not stable, or of which that is not known."""
    table = result.observables
    if GROWTH not in table:
        fields = any(element["type"] == "device" for element in result.elements.values())
        return UNKNOWN_STABILITY if fields and result.study in ("steady", "sweep") else ""
    count = int((table[GROWTH].astype(float) > 0.0).sum())
    if not count:
        return ""
    where = "this state is" if len(table) == 1 else f"{count} of {len(table)} states are"
    return f"warning: {where} not stable: small changes grow (column {GROWTH})"


def _summary(result: CircuitResult) -> str:
    """Numbers of summary.json in a line each, and which lists and tables it has."""
    single = {key: value for key, value in result.summary.items() if not isinstance(value, dict | list)}
    lines = [f"{key.replace('_', ' ')}: {_short(value)}" for key, value in single.items()]
    if others := [key for key in result.summary if key not in single]:
        lines.append(f"in {result.place('summary.json')}: {', '.join(key.replace('_', ' ') for key in others)}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= WIDTH else text[: WIDTH - 4] + " ..."
