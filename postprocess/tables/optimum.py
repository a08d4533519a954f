"""An optimisation in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from postprocess.tables.found import read_found
from postprocess.tables.layout import LEFT, Column, layout
from solver.results.units import plain_quantity

OPTIMUM, EVALUATIONS, CASE = "optimum.json", "evaluations.csv", "case.json"


def is_optimum(path: Path) -> bool:
    """Whether a folder is that of an optimisation."""
    return (path / OPTIMUM).is_file()


def read_optimum(path: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Contents of optimum.json and evaluations.csv.

    Raises:
        ResultError: one cannot be read.
    """
    return read_found(path, OPTIMUM, EVALUATIONS, "optimisation")


def optimum_text(data: Mapping[str, Any], width: int | None = None) -> str:
    """The optimum, how it was found, and what is doubtful about it (contents of optimum.json)."""
    unit, entries = data["unit"], data["parameters"]
    kind = "largest" if data["maximise"] else "smallest"
    started = data["start"]["value"]
    before = "" if started is None else f", {plain_quantity(float(started), unit)} at the start"
    columns: list[Column] = [
        (("parameter",), [entry["key"] for entry in entries], LEFT),
        (("optimum",), [plain_quantity(float(entry["value"]), entry["unit"], 5) for entry in entries], LEFT),
        (("start",), [plain_quantity(float(entry["start"]), entry["unit"]) for entry in entries], LEFT),
        (
            ("bounds",),
            [" to ".join(plain_quantity(float(end), entry["unit"]) for end in entry["bounds"]) for entry in entries],
            LEFT,
        ),
    ]
    lines = [
        f"{data['title'] or data['case']}: {kind} {data['quantity'].replace('_', ' ')} "
        f"{plain_quantity(float(data['value']), unit, 5)}{before}",
        f"{data['method']}: {data['evaluations']} evaluations; {data['ending']}",
        "",
        layout(columns, width),
    ]
    if data["warnings"]:
        lines.append("")
    lines += [f"warning: {text}" for text in data["warnings"]]
    return "\n".join(lines)
