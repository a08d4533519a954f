"""Plain-text summary of a campaign: its points, their states, and the messages of those that failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from postprocess.tables.campaign import NONE, TABLE, read_description
from postprocess.tables.layout import LEFT, Column, layout
from solver.results.swept import SweptQuantity

MOST_WARNINGS = 5
"""Warnings that are shown."""
MOST = 40
"""Points that the table lists; of more only those that are not complete."""


def campaign_summary(path: Path, width: int | None = None, description: dict[str, Any] | None = None) -> str:
    """Title, design, states and cost of a campaign, and a table of its points, for `nanochannel info`.

    description: contents of campaign.json, where the states of the points are newer than in the file.
    """
    data = read_description(path) if description is None else description
    points = data["points"]
    name = data.get("case_name") or path.name
    title = data.get("title") or data.get("case_title") or ""
    design = data.get("design") or {}
    kind = str(design.get("type", "")).replace("_", " ")
    counts = ", ".join(f"{count} {state}" for state, count in (data.get("counts") or {}).items())
    lines = [f"{name}: {title}" if title else str(name), f"campaign  {kind} of {len(points)} points: {counts}"]
    if data.get("wall_time"):
        jobs, ranks = data.get("jobs"), data.get("ranks")
        each = f", {ranks} ranks each" if ranks and ranks > 1 else ""
        lines.append(f"time      {data['wall_time']:.1f} s, {jobs} points at once{each}")
    shown = points if len(points) <= MOST else [point for point in points if point["status"] != "complete"][:MOST]
    if shown:
        lines += ["", layout(_columns(data, shown), width)]
    if len(shown) < len(points):
        lines.append(f"{len(points) - len(shown)} more points are not listed")
    messages = [f"point {each['number']} {each['status']}: {each['message']}" for each in shown if each["message"]]
    if messages:
        lines += ["", *messages]
    lines += _warnings(data.get("warnings") or [], len(points))
    if (path / TABLE).exists():
        lines += ["", f"tables in {path}; next: nanochannel plot {path}"]
    return "\n".join(lines)


def _warnings(warnings: list[dict[str, Any]], count: int) -> list[str]:
    """Lines about what the points warned of."""
    lines = []
    for each in warnings[:MOST_WARNINGS]:
        numbers = each["points"]
        which = "all points" if len(numbers) == count else f"{len(numbers)} points, such as {numbers[0]}"
        lines.append(f"warning of {f'point {numbers[0]}' if len(numbers) == 1 < count else which}: {each['text']}")
    if len(warnings) > MOST_WARNINGS:
        lines.append(f"{len(warnings) - MOST_WARNINGS} more warnings are in campaign.json")
    return ["", *lines] if lines else []


def _columns(data: dict[str, Any], points: list[dict[str, Any]]) -> list[Column]:
    columns: list[Column] = [(("point", ""), [str(each["number"]) for each in points], ".")]
    for parameter in data["parameters"]:
        key = parameter["key"]
        values = [each["values"][key] for each in points]
        if parameter["unit"] is None:
            columns.append(
                (
                    (key.split(".")[-1].replace("_", " "), ""),
                    [NONE if value is None else str(value) for value in values],
                    LEFT,
                )
            )
            continue
        everywhere = [each["values"][key] for each in data["points"]]
        swept = SweptQuantity.of(parameter["header"], everywhere, parameter["written"])
        texts = [f"{float(swept.numbers(value)):.{swept.digits}g}" for value in values]
        columns.append(((swept.name, f"[{swept.unit}]" if swept.unit else ""), texts, "."))
    seconds = ["" if each["wall_time"] is None else f"{each['wall_time']:.1f}" for each in points]
    return [*columns, (("status", ""), [str(each["status"]) for each in points], LEFT), (("time", "[s]"), seconds, ".")]
