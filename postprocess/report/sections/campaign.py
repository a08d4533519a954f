"""Sections about a campaign: what was varied, the states and numbers of its points, figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from postprocess.figures.campaign import USUAL, draw_campaign
from postprocess.report.base import Heading, Section
from postprocess.report.sections import citing
from postprocess.report.sections.figures import of_sheets
from postprocess.report.sections.overview import duration
from postprocess.tables.campaign import NONE, NUMBER, CampaignTables
from postprocess.tables.units import engineering, readable, split_header
from solver.results.headers import header
from solver.results.rows import ResultError

COMPLETE = "complete"
STATUS, SECONDS = "status", header("wall_time", "s")
MOST_ROWS = 500  # points that are listed
MOST_NUMBERS = 6  # columns of the summary beside the values of the parameters
OF_SUMMARY = ("rectification_ratio", "reversal_potential", "loop_area_normalised", "pulse_ratio_to_first")
"""Quantities of the summary that are drawn besides those of the rows."""
VALUES = 12  # of a parameter, or points of a warning, that are written out
MOST_LINES = 40  # warnings


def heading(tables: CampaignTables) -> Heading:
    """Title and state of a campaign."""
    found = tables.description
    counts = found.get("counts") or {}
    states = ", ".join(f"{count} {state}" for state, count in counts.items())
    status = str(found.get("status") or "unknown")
    started = str(found.get("started") or "").replace("T", " ")[:16]
    return Heading(tables.title, tables.path.resolve().name, status, status == COMPLETE, states, started)


def overview(tables: CampaignTables) -> Mapping[str, Any]:
    """Numbers of points and rows, and the time."""
    return {"tiles": list(_tiles(tables))}


def _tiles(tables: CampaignTables) -> Iterator[tuple[str, str, str]]:
    found = tables.description
    points = found.get("points") or []
    yield "points", str(len(points)), str((found.get("design") or {}).get("type") or "")
    for state, count in (found.get("counts") or {}).items():
        yield state, str(count), ""
    yield "rows", str(len(tables.table)), ""
    if found.get("wall_time"):
        yield "time", duration(float(found["wall_time"])), f"{found.get('jobs', 1)} at a time"
    each = [float(point["wall_time"]) for point in points if point.get("wall_time")]
    if each:
        yield "time of a point", duration(sum(each) / len(each)), f"the longest {duration(max(each))}"


def remarks(tables: CampaignTables) -> Mapping[str, Any] | None:
    """Points that are not complete, with the reasons, and what the others warned of; None without any."""
    lines = [
        f"point {point['number']} is {point['status']}{': ' if point.get('message') else ''}{point.get('message') or ''}"
        for point in tables.description.get("points") or []
        if point["status"] != COMPLETE
    ]
    lines += [f"{_which(each['points'])}: {each['text']}" for each in tables.description.get("warnings") or []]
    return {"lines": lines[:MOST_LINES], "more": max(0, len(lines) - MOST_LINES)} if lines else None


def _which(numbers: Sequence[int]) -> str:
    """Points in words: "points 1, 2 and 5 more"."""
    shown, more = ", ".join(map(str, numbers[:VALUES])), len(numbers) - VALUES
    return f"point{'s' if len(numbers) > 1 else ''} {shown}" + (f" and {more} more" if more > 0 else "")


def design(tables: CampaignTables) -> Mapping[str, Any]:
    """What was varied, of which case."""
    found = tables.description
    rows = []
    for name, parameter in tables.parameters.items():
        values = list(dict.fromkeys(map(str, parameter["values"])))
        texts = [_value(tables, name, value) for value in parameter["values"]]
        texts = list(dict.fromkeys(texts))
        shown = ", ".join(texts if len(texts) <= VALUES else [*texts[: VALUES // 2], "...", *texts[-VALUES // 2 :]])
        rows.append((str(parameter["key"]), shown, str(len(values)), str(parameter.get("spacing") or "")))
    return {
        "design": str((found.get("design") or {}).get("type") or ""),
        "rows": rows,
        "case": str(found.get("case_title") or found.get("case_name") or ""),
        "place": str(found.get("case") or ""),
        "overrides": list(found.get("overrides") or ()),
    }


def _value(tables: CampaignTables, name: str, value: Any) -> str:
    """A value of a parameter in the unit in which the study gives it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NONE if value is None else str(value)
    known = name in tables.table or name in tables.summary
    return tables.swept(name).text(float(value)) if known else f"{value:g}"


def points(tables: CampaignTables) -> Mapping[str, Any]:
    """A row a point: its values, its state, the numbers that it is judged by, and its own report if there is one."""
    names = list(tables.parameters)
    summary = tables.summary.set_index(NUMBER) if NUMBER in tables.summary else pd.DataFrame()
    numbers = [
        name
        for name in summary.columns
        if name not in (*names, STATUS, SECONDS)
        and not name.endswith("error")
        and pd.api.types.is_numeric_dtype(summary[name])
        and summary[name].nunique() > 1
    ][:MOST_NUMBERS]
    scales = {name: engineering(summary[name].dropna(), split_header(name)[1]) for name in numbers}
    keys = {str(parameter["key"]): name for name, parameter in tables.parameters.items()}
    rows = []
    for point in (tables.description.get("points") or [])[:MOST_ROWS]:
        values = {keys.get(key, key): value for key, value in point["values"].items()}
        folder = str(point.get("folder") or "")
        seconds = point.get("wall_time")
        rows.append(
            {
                "number": point["number"],
                "link": f"{folder}/report.html" if (tables.path / folder / "report.html").is_file() else "",
                "values": [_value(tables, name, values.get(name)) for name in names],
                "status": point["status"],
                "good": point["status"] == COMPLETE,
                "numbers": [_number(summary, point["number"], name, scales[name].factor) for name in numbers],
                "time": duration(float(seconds)) if seconds else "",
            }
        )
    heads = [(readable(name), scales[name].unit) for name in numbers]
    left_out = len(tables.description.get("points") or []) - len(rows)
    return {"names": [readable(name) for name in names], "numbers": heads, "rows": rows, "left_out": left_out}


def _number(summary: pd.DataFrame, number: int, name: str, factor: float) -> str:
    if number not in summary.index:
        return ""
    value = float(summary.loc[number, name])
    return f"{value * factor:.5g}".replace("-", "−") if math.isfinite(value) else ""


def figures(tables: CampaignTables) -> Mapping[str, Any] | None:
    """Usual quantities against every parameter that takes several numbers, and maps over the first two."""
    several = [
        str(parameter["key"])
        for name, parameter in tables.parameters.items()
        if parameter["unit"] is not None and name in tables.table and tables.table[name].nunique() > 1
    ]
    names = {split_header(name)[0] for name in (*tables.table.columns, *tables.summary.columns)}
    shown = [*[name for name in USUAL if name in names][:1], *[name for name in OF_SUMMARY if name in names]]
    sheets = {}
    for quantity in shown:
        for against in [*[[key] for key in several[:4]], *([several[:2]] if len(several) > 1 else [])]:
            try:
                sheets[f"{quantity} against {' and '.join(against)}"] = draw_campaign(tables, quantity, against)
            except ResultError:  # more is varied than such a figure can show, or nothing is there
                continue
    return of_sheets(sheets)


def versions(tables: CampaignTables) -> Mapping[str, Any]:
    """Versions, and the command."""
    found = tables.description
    times = [(key, str(found[key]).replace("T", " ")) for key in ("started", "finished") if found.get(key)]
    return {
        "versions": list((found.get("versions") or {}).items()),
        "times": times,
        "command": "",
        "place": str(Path(tables.path)),
    }


def cited(tables: CampaignTables) -> Mapping[str, Any]:
    """How to cite."""
    found = tables.description
    return citing.works_of(found.get("versions") or {}, str(found.get("started") or ""), tables.title)


SECTIONS: tuple[Section[CampaignTables], ...] = (
    Section("overview", "At a glance", overview),
    Section("remarks", "Warnings", remarks),
    Section("design", "Design", design, "campaign_design"),
    Section("figures", "Figures", figures),
    Section("points", "Points", points, "campaign_points"),
    Section("versions", "Versions", versions),
    Section("citing", "How to cite", cited),
)
