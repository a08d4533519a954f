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
    if "bias [V]" not in columns:
        return []
    return [name for name in columns[: columns.index("bias [V]")] if name != "point"]


def rectification(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rectification ratio |I(-V)| / |I(+V)| of every pair of points that differ only in the sign of the bias.

    `rows` are rows of observables.csv. Each entry holds the other swept parameters, `bias [V]` (positive), `ratio`,
    `larger` ("negative" or "positive" bias carries more current), `conservation_error` (sum of the two points') and
    `ratio_error`, the error bar of the ratio; NaN when the rows have no errors of the current.
    """
    if not rows:
        return []
    parameters = parameter_columns(list(rows[0]))
    potentials = [name for name in parameters if name.endswith(".potential [V]")]
    others = [name for name in parameters if name not in potentials[-1:]]
    positive: dict[tuple[Any, ...], list[Row]] = {}
    negative: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        group = tuple(row[name] for name in others)
        side = positive if row["bias [V]"] > 0 else negative
        side.setdefault(group, []).append(row)
    found = []
    for group, plus in positive.items():
        for row in sorted(plus, key=lambda row: float(row["bias [V]"])):
            bias = float(row["bias [V]"])
            mirror = [r for r in negative.get(group, []) if math.isclose(r["bias [V]"], -bias, rel_tol=1e-9)]
            currents = [abs(float(r["current [A]"])) for r in (*mirror[:1], row)]
            if len(currents) < 2 or currents[1] == 0:
                continue
            ratio = currents[0] / currents[1]
            found.append(
                {
                    **dict(zip(others, group, strict=True)),
                    "bias [V]": bias,
                    "ratio": ratio,
                    "ratio_error": _ratio_error(mirror[0], row),
                    "larger": "negative" if ratio > 1 else "positive",
                    "conservation_error": sum(abs(r.get("conservation_error", math.nan)) for r in (mirror[0], row)),
                }
            )
    return found


def _ratio_error(above: Row, below: Row) -> float:
    """Error bar of the ratio of two currents, from their signed discretization errors and their error bars.

    Each discretization error is taken to lie between nothing and its bar d, on the side of its estimate: errors at the two
    biases may cancel in the ratio, but nothing says how far they do. With q = I1 / I2 the ratio of the exact currents
    deviates by (D1 - q D2) / (I2 + D2), so that the larger of |d1| and |q d2| counts where they cancel and their sum
    where they do not; the algebraic rest a always adds up. Infinite when I2 may be zero.
    """
    (one, *bar_one), (two, *bar_two) = map(_error_parts, (above, below))
    return ratio_bar(one, two, (bar_one[0], bar_one[1]), (bar_two[0], bar_two[1]))


def ratio_bar(one: float, two: float, bar_one: tuple[float, float], bar_two: tuple[float, float]) -> float:
    """Error bar of one / two, each with the signed part d of its bar and the rest a (see `rectification`)."""
    quotient = one / two
    pull, push = bar_one[0], -quotient * bar_two[0]
    difference = max(abs(pull), abs(push)) if pull * push < 0.0 else abs(pull) + abs(push)
    difference += bar_one[1] + abs(quotient) * bar_two[1]
    least = abs(two) - abs(bar_two[0]) - bar_two[1]
    if math.isnan(difference):
        return math.nan
    return difference / least if least > 0.0 else math.inf


def _error_parts(row: Row) -> tuple[float, float, float]:
    """Current, discretization part of its error bar with the sign of the estimate, and the rest of the bar, all in A.

    Both parts are NaN without an error bar; without an estimate of the sign all of it is "the rest".
    """
    names = ("current [A]", "current_error [A]", "current_discretization_error [A]", "current_algebraic_error [A]")
    current, bar, estimate, algebraic = (_known(row.get(name)) for name in names)
    if math.isnan(estimate) or estimate == 0.0:
        return current, 0.0 * bar, bar
    rest = 0.0 if math.isnan(algebraic) else min(algebraic, bar)
    return current, math.copysign(bar - rest, estimate), rest


def _known(value: Any) -> float:
    """A number, NaN for an empty or missing cell."""
    return math.nan if value is None or value == "" else float(value)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Complete rows of a CSV file as text; a torn last line is left out. No file: no rows."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ResultError(f"cannot read {path}: {reason(error)}") from error
    rows = list(csv.reader(io.StringIO(text[: text.rfind("\n") + 1])))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]


def number(key: str, text: str) -> Any:
    """Value of a CSV cell: `point` as int, numbers as float, nothing as NaN, the rest as the text itself."""
    try:
        return int(text) if key == "point" else float(text or "nan")
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
    part = path.with_name(f".{path.name}.part")
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
