"""The numbers of a run, column by column: read from its result with nothing but csv and json, and stored."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROWS = Path(__file__).resolve().parent / "rows"

Column = list[Any]
Table = dict[str, Column]
Tables = dict[str, Table]


def read(result: Path) -> Tables:
    """All tables of a result directory, column by column: its CSV files, its summary and what its mesh is."""
    tables = {
        path.stem: _columns(path)
        for path in (result / f"{name}.csv" for name in ("observables", "profiles", "sensitivities"))
        if path.is_file()
    }
    if "sensitivities" in tables:
        tables["sensitivities"] = _one_by_one(tables["sensitivities"])
    for name, file, key in (("summary", "summary.json", None), ("mesh", "run.json", "mesh")):
        tree = json.loads((result / file).read_text(encoding="utf-8"))
        table: Table = {}
        _flatten(tree if key is None else tree.get(key, {}), "", table)  # circuits have no mesh
        tables[name] = {header: _numbers(values) for header, values in table.items()}
    return tables


def _columns(path: Path) -> Table:
    """Columns of a CSV file: numbers where all entries are numbers (an empty one is NaN), texts otherwise."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    return {
        header: _parsed([line[k] if k < len(line) else "" for line in lines[1:]]) for k, header in enumerate(lines[0])
    }


def _one_by_one(table: Table) -> Table:
    """Sensitivities with columns of their own for every goal and parameter: they differ in unit and size."""
    pairs = list(zip(table["goal"], table["parameter"], strict=True))
    found: Table = {}
    for header in (header for header in table if header not in ("goal", "parameter")):
        for pair, value in zip(pairs, table[header], strict=True):
            found.setdefault(f"{header} of {pair[0]} by {pair[1]}", []).append(value)
    return found


def _parsed(texts: Iterable[str]) -> Column:
    texts = list(texts)
    try:
        return [float(text) if text else math.nan for text in texts]
    except ValueError:
        return texts


def _flatten(tree: Any, name: str, table: Table) -> None:
    """Values of nested JSON by their dotted keys; the entries of a list stand one after the other in one column."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            _flatten(value, f"{name}.{key}" if name else key, table)
    elif isinstance(tree, list):
        table.setdefault(name, [])
        for value in tree:
            _flatten(value, name, table)
    else:
        table.setdefault(name, []).append(tree)


def _numbers(values: Column) -> Column:
    """Floats where every value is a number or nothing, and one is a number."""

    def is_number(value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    if any(map(is_number, values)) and all(value is None or is_number(value) for value in values):
        return [math.nan if value is None else float(value) for value in values]
    return values


# ------------------------------------------------------------------------------------------------ stored rows
def stored(name: str) -> Tables | None:
    """The stored rows of an entry, if there are any."""
    path = ROWS / f"{name}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes())) if path.is_file() else None


def store(name: str, tables: Tables) -> None:
    """Write the rows of an entry: the same numbers give the same bytes."""
    ROWS.mkdir(exist_ok=True)
    text = json.dumps(tables, separators=(",", ":"))
    (ROWS / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
