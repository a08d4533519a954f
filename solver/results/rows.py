"""Records of a result directory: rows of CSV files and JSON files, written whole, read back, compared and combined."""

from __future__ import annotations

import csv
import errno
import io
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from solver.results.headers import BIAS, POINT

Row = Mapping[str, Any]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ResultError(Exception):
    """A result directory that cannot be used, read or written; the text is one line that says what to do."""


def read_run(path: Path | str) -> dict[str, Any]:
    """Contents of run.json of the result directory `path`; ResultError when there is none or it is unreadable."""
    path = Path(path)
    if not path.exists():
        raise ResultError(f"{path} does not exist")
    try:
        run = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(f"{path} is not a result directory: it has no run.json") from None
    except NotADirectoryError:
        raise ResultError(f"{path} is a file; give the result directory") from None
    except OSError as error:
        raise ResultError(f"cannot read {path / 'run.json'}: {reason(error)}") from error
    except ValueError as error:
        raise ResultError(f"{path / 'run.json'} is not valid JSON: {error}") from error
    if not isinstance(run, dict):
        raise ResultError(f"{path / 'run.json'} is not a run description")
    return run


def first_difference(there: Any, here: Any, key: str = "") -> str:
    """Dotted key and both values of the first place where two plain data trees differ; "" when they are equal."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in [*there, *(name for name in here if name not in there)]:
            inner = f"{key}.{name}" if key else str(name)
            if name not in there or name not in here:
                return f"{inner} is given only {'there' if name in there else 'here'}"
            found = first_difference(there[name], here[name], inner)
            if found:
                return found
        return ""
    if isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        pairs = enumerate(zip(there, here, strict=True))
        return next((text for i, (a, b) in pairs if (text := first_difference(a, b, f"{key}[{i}]"))), "")
    return "" if there == here else f"{key} is {there!r} there and {here!r} here"


def parameter_columns(columns: Sequence[str]) -> list[str]:
    """The swept parameters among the columns of observables.csv, outer first: what stands between point and bias."""
    columns = list(columns)
    if BIAS not in columns:
        return []
    return [name for name in columns[: columns.index(BIAS)] if name != POINT]


def read_lines(path: Path) -> list[list[str]]:
    """Cells of the complete lines of a CSV file; a torn last line is left out. No file: no lines."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ResultError(f"cannot read {path}: {reason(error)}") from error
    return list(csv.reader(io.StringIO(text[: text.rfind("\n") + 1])))


def read_rows(path: Path) -> list[dict[str, str]]:
    """Complete rows of a CSV file as text; a torn last line is left out. No file: no rows."""
    rows = read_lines(path)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]


def number(key: str, text: str) -> Any:
    """Value of a CSV cell: `point` as int, numbers as float, nothing as NaN, the rest as the text itself."""
    try:
        return int(text) if key == POINT else float(text or "nan")
    except ValueError:
        return text


def _cell(value: Any) -> str:
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def plain(data: Any) -> Any:
    """Data as JSON can hold it: arrays as lists, numpy scalars as numbers, NaN and infinity as null, others as text."""
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in data.items()}
    if hasattr(data, "tolist"):
        data = data.tolist()
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    return data if data is None or isinstance(data, str | int) else str(data)


def json_bytes(data: Any) -> bytes:
    """Plain data as an indented, strict JSON file."""
    return (json.dumps(plain(data), indent=1, ensure_ascii=False) + "\n").encode()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; on failure the old one stays and no rest is left."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def reason(error: OSError) -> str:
    """What the system says about an OSError, in words that fit into a sentence."""
    return (error.strerror or str(error)).lower()


def csv_bytes(header: Sequence[str], rows: Iterable[Row], with_header: bool) -> bytes:
    """Rows as the lines of a CSV file: floats so that they read back exactly, nothing for NaN and None."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    if with_header:
        table.writerow(header)
    table.writerows([_cell(row[key]) for key in header] for row in rows)
    return text.getvalue().encode()
