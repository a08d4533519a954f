"""Plain-text table of a result, for every type of study."""

from __future__ import annotations

from collections.abc import Callable

from postprocess.tables.impedance_table import impedance_table
from postprocess.tables.layout import WIDTH
from postprocess.tables.result import Result
from postprocess.tables.salinity_table import salinity_table
from postprocess.tables.steady_table import steady_table
from postprocess.tables.transient_table import transient_table

TABLES: dict[str, Callable[..., str]] = {
    "transient": transient_table,
    "impedance": impedance_table,
    "reversal": salinity_table,
}
"""Tables of the types of study that are not tables of steady points."""


def result_table(result: Result, *, width: int | None = None, verbose: bool = False) -> str:
    """Headline and table of a result.

    width: characters of a line; None where there is no terminal. verbose: show conservation errors whatever they are.
    """
    table = TABLES.get(result.study, steady_table)
    return f"{headline(result)}\n\n{table(result, width=width or WIDTH, verbose=verbose)}"


def headline(result: Result) -> str:
    """Name, title, status, number of points, ranks and wall time."""
    run = result.run
    name = result.name if result.title == result.name else f"{result.name}: {result.title}"
    count = len(result.observables)
    parts = [str(run.get("status", "")), f"{count} {result.kind.point}{'s' if count != 1 else ''}"]
    if run.get("ranks"):
        parts.append(f"{run['ranks']} rank{'s' if run['ranks'] != 1 else ''}")
    if (run.get("cost") or {}).get("wall_time"):
        parts.append(f"{float(run['cost']['wall_time']):.1f} s")
    return f"{name} ({', '.join(part for part in parts if part)})"
