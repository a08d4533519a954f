"""The merged tables of a campaign, made from the results of its points."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from exploration.campaign.folder import Campaign
from postprocess.tables.campaign import NONE, NUMBER, SUMMARY, TABLE
from postprocess.tables.columns import table_of
from solver.results.headers import BIAS, header
from solver.results.rows import ResultError, number, read_rows, reason, replace_file

PARQUET = "table.parquet"
LEFT_OUT = ("runs", "cost", "conservation_error", "accepted_steps", "period", "train", "pulse")
"""Entries of summary.json that say how the numbers were made, or count."""
STATUS, SECONDS = "status", header("wall_time", "s")


def collect(campaign: Campaign) -> list[Path]:
    """Write the tables of all rows that are on disk, whole or not at all; gives the files.

    Raises:
        ResultError: a table cannot be read or written.
    """
    headers = {each["key"]: each["header"] for each in campaign.information["parameters"]}
    tables, lines = [], []
    for point in campaign.points:
        values = {headers[key]: _cell(value) for key, value in point.values.items()}
        folder = campaign.path / point.folder
        headline = _headline(folder) if point.belongs else {}
        lines.append({NUMBER: point.number, **values, STATUS: point.status, SECONDS: point.wall_time, **headline})
        if point.belongs and (folder / "observables.csv").exists():
            rows = _without(_rows(folder / "observables.csv"), values, folder)
            front = pd.DataFrame({NUMBER: point.number, **values}, index=rows.index)
            tables.append(pd.concat([front, rows], axis=1))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[NUMBER, *headers.values()])
    contents = {TABLE: _csv(table), PARQUET: _parquet(table), SUMMARY: _csv(pd.DataFrame(lines))}
    files = []
    for name, content in contents.items():
        files.append(campaign.path / name)
        try:
            replace_file(files[-1], content)
        except OSError as error:
            raise ResultError(f"cannot write {files[-1]}: {reason(error)}") from error
    return files


def _rows(file: Path) -> pd.DataFrame:
    """A table with its numbers to the last digit."""
    return table_of([{name: number(name, text) for name, text in row.items()} for row in read_rows(file)])


def _without(rows: pd.DataFrame, values: Mapping[str, Any], folder: Path) -> pd.DataFrame:
    """Rows of a point without the columns that only repeat its values.

    Raises:
        ResultError: they do not, so that the values of the campaign are not those of the rows.
    """
    repeated = [name for name in values if name in rows]
    for name in repeated:
        for row, found in enumerate(rows[name]):
            if not _same(found, values[name]):
                raise ResultError(
                    f"{folder / 'observables.csv'}: '{name}' is {found} in row {row + 1}, and the campaign gave the point"
                    f" {values[name]}: the study of the case sets this key itself; leave it out of the campaign's study"
                )
    return rows.drop(columns=repeated)


def _same(found: Any, value: Any) -> bool:
    """Whether two values are the same, numbers to the digits in which a case is told them."""
    if isinstance(found, float | int) and isinstance(value, float | int):
        return math.isclose(found, value, rel_tol=1e-9)
    return str(found) == str(value)


def _cell(value: Any) -> Any:
    """A value in a table: what is no number and no text as JSON, and null, which would read back as no number, as "none"."""
    if value is None:
        return NONE
    return value if isinstance(value, float | int | str) and not isinstance(value, bool) else json.dumps(value)


def _csv(table: pd.DataFrame) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n")
    return text.encode()


def _parquet(table: pd.DataFrame) -> bytes:
    """The table with one type a column; texts beside numbers make it one of texts."""
    texts = {name: "string" for name in table.columns if table[name].dtype == object}
    buffer = io.BytesIO()
    table.astype(texts).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _headline(folder: Path) -> dict[str, Any]:
    """What a device is judged by, of the point's summary.json: numbers of the pair at the largest bias, of the last loop, the
    last pulse and so on, such as "rectification_ratio"; of a point with an outer sweep nothing."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    found: dict[str, Any] = {}
    for name, entries in summary.items() if isinstance(summary, dict) else ():
        if name in LEFT_OUT or not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            continue
        if not entries or entries[0].get("outer") is not None or any("." in str(key) for key in entries[0]):
            continue  # of an outer sweep
        chosen = max(entries, key=lambda each: each[BIAS]) if all(BIAS in each for each in entries) else entries[-1]
        found |= {_name(name, key): value for key, value in chosen.items() if _is_number(value) and key not in LEFT_OUT}
    return found


def _name(part: str, key: str) -> str:
    """Column of a number of a part of the summary."""
    one = part.removesuffix("s")
    return key if key.startswith(one) else f"{one}_{key}"


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)
