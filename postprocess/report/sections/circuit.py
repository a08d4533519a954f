"""The result of a circuit: its head, its elements, its numbers and figures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from circuits.check.numbers import ElementNumbers
from circuits.check.report import elements_of
from circuits.columns import DEVICES
from circuits.description.circuit import Circuit
from postprocess.figures.circuit import draw_circuit
from postprocess.report.base import Heading, Section
from postprocess.report.sections.figures import of_sheets
from postprocess.report.sections.numbers import WIDTH
from postprocess.report.sections.overview import duration
from postprocess.report.text_tables import parts
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.circuit_table import circuit_table
from solver.inputs.errors import CaseError

MOST_PICTURES = 6
"""Of one device."""


def heading(result: CircuitResult) -> Heading:
    """Title, name and status of a result."""
    status = str(result.run.get("status") or "unknown")
    started = str(result.run.get("started") or "").replace("T", " ")[:16]
    return Heading(
        result.title, result.name, status, status == "complete", str(result.run.get("message") or ""), started
    )


def overview(result: CircuitResult) -> Mapping[str, Any]:
    """Names and values."""
    count = len(result.observables)
    tiles = [
        ("instants" if result.transient else "points", str(count), ""),
        ("nodes", str(len(result.run["case"]["circuit"]["nodes"])), ""),
        ("elements", str(len(result.elements)), ""),
    ]
    wall_time = (result.run.get("cost") or {}).get("wall_time")
    if wall_time:
        ranks = int(result.run.get("ranks") or 1)
        tiles.append(("time", duration(float(wall_time)), f"on {ranks} rank{'s' if ranks != 1 else ''}"))
    return {"tiles": tiles}


def numbers(result: CircuitResult) -> Mapping[str, Any]:
    """Tables and the lines between them."""
    _, _, text = circuit_table(result, width=WIDTH).partition("\n\n")  # the headline is that of the page
    return {"parts": parts(text)}


def figures(result: CircuitResult) -> Mapping[str, Any] | None:
    """Pictures; None for a result that has none, as a single point."""
    return of_sheets(draw_circuit(result))


def elements(result: CircuitResult) -> Mapping[str, Any]:
    """Elements with their nodes and values, and the nodes."""
    folder = Path(result.run.get("case_directory") or ".")
    try:
        circuit = Circuit.model_validate(result.run["case"], context={"file": folder / "case.yaml"})
        found = elements_of(circuit)
    except CaseError:  # a file that it names is gone
        found = tuple(_as_given(name, data) for name, data in result.elements.items())
    overrides = list(result.run.get("overrides") or ())
    return {"elements": found, "overrides": overrides, "study": _plain(result.run["case"]["study"])}


def _as_given(name: str, data: Mapping[str, Any]) -> ElementNumbers:
    ends = data.get("terminals") or ()
    nodes = ", ".join(f"{key}: {node}" for key, node in ends.items()) if isinstance(ends, Mapping) else " - ".join(ends)
    return ElementNumbers(name, str(data["type"]), nodes, _plain(data))


def _plain(data: Mapping[str, Any]) -> str:
    """Keys and values as text."""
    shown = {key: value for key, value in data.items() if key not in ("terminals",) and value not in (None, "", [], {})}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in shown.items())


def devices(result: CircuitResult) -> Mapping[str, Any] | None:
    """Pictures of the fields of the devices that were rendered; None without any."""
    found = []
    for name in result.devices if result.path is not None else ():
        for file in sorted((Path(result.path or "") / DEVICES / name / "pictures").glob("*.png"))[:MOST_PICTURES]:
            data = file.read_bytes()
            width = int.from_bytes(data[16:20], "big")  # of the header of every PNG file
            source = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
            found.append({"name": f"{name}: {file.stem.replace('_', ' ')}", "width": width // 2, "source": source})
    return {"pictures": found} if found else None


OVERVIEW = Section("overview", "At a glance", overview)
NUMBERS = Section("numbers", "Numbers", numbers)
FIGURES = Section("figures", "Figures", figures)
ELEMENTS = Section("elements", "Circuit", elements)
DEVICE_FIELDS = Section("devices", "Fields of the devices", devices, "figures")
