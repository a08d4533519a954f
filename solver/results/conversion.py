"""Results of earlier versions, which have no journal and a single checkpoint: brought into the present form to go on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solver.results.field_list import field_files
from solver.results.generations import OLD_STATE, STATE, Generations
from solver.results.headers import POINT
from solver.results.journal import JOURNAL, TABLES, Journal
from solver.results.rows import ResultError, Row, csv_bytes, read_rows, replace_file


def converted(path: Path, case: Any, known: Mapping[str, Any], *, needs_checkpoint: bool, repair: bool) -> None:
    """Give a result a journal, and its checkpoint a folder; can be repeated when it is interrupted.

    Args:
        path, case, known, needs_checkpoint, repair: as of `reopening.reopened`.

    Raises:
        ResultError: rows are missing or doubled, and `repair` is not asked for.
        OSError: a file cannot be written.
    """
    rows = read_rows(path / "observables.csv")
    count, text = _whole(rows, contiguous=needs_checkpoint)
    numbers = known.get("checkpoint")
    if isinstance(numbers, int):  # as the first versions have it
        numbers = {"run": numbers}
    before = count
    if needs_checkpoint and numbers is not None:
        last = int(numbers["point"])
        before = sum(int(row[POINT]) <= last for row in rows[:count])
        if before and int(rows[before - 1][POINT]) == last:
            text = ""  # what is wrong behind the checkpoint does not matter
        else:
            text = text or f"there are {len(rows)} rows, and the checkpoint is of row {last}"
    if text and not repair:
        text = f"{path / 'observables.csv'}: {text}"
        raise ResultError(f"{text}; put it back, or --resume --repair goes back to what is whole")
    if numbers is not None and (path / OLD_STATE).exists() and not text:
        _convert_checkpoint(path, case, {"rows": before, "point": _last(rows[:before]), "numbers": numbers}, known)
    _write_journal(path, rows[:count])
    shutil.rmtree(path / OLD_STATE, ignore_errors=True)


def _whole(rows: list[dict[str, str]], *, contiguous: bool) -> tuple[int, str]:
    """Number of rows before the first that is doubled, missing or no row, and what is wrong with that; "" with none."""
    previous = -1
    for count, row in enumerate(rows):
        text = row.get(POINT, "")
        if not text.isdigit():
            return count, f"line {count + 2} is no row"
        point = int(text)
        if point <= previous:
            return count, f"line {count + 2} is doubled or out of order"
        if contiguous and point != previous + 1:
            return count, f"rows are missing before line {count + 2}"
        previous = point
    return len(rows), ""


def _last(rows: list[dict[str, str]]) -> int | None:
    return int(rows[-1][POINT]) if rows else None


def _convert_checkpoint(path: Path, case: Any, content: Row, known: Mapping[str, Any]) -> None:
    """Copy the checkpoint into a generation."""
    generations = Generations(path)
    folder = generations.begin()
    shutil.copytree(path / OLD_STATE, folder / STATE)
    own = ("checkpoint", "columns")
    information = {key: value for key, value in known.items() if key not in own}
    generations.commit(folder, case, {**content, "information": information})


def _write_journal(path: Path, rows: list[dict[str, str]]) -> None:
    """Write the tables anew, with the rows that count, and then the journal."""
    fields = {point: file.name for point, file in field_files(path).items()}
    done = {row[POINT] for row in rows}
    chunks: dict[str, dict[int, bytes]] = {name: {} for name in TABLES}
    for name in TABLES:
        found = rows if name == "observables.csv" else read_rows(path / name)
        of_point: dict[int, list[Row]] = {}
        for row in found:
            if row.get(POINT) in done:
                of_point.setdefault(int(row[POINT]), []).append(row)
        for k, (point, lines) in enumerate(sorted(of_point.items())):
            chunks[name][point] = csv_bytes(list(lines[0]), lines, with_header=k == 0)
        if chunks[name]:
            replace_file(path / name, b"".join(chunks[name].values()))
        else:
            (path / name).unlink(missing_ok=True)
    journal = Journal(path)
    part = Journal(path, f".{JOURNAL}.part")
    part.path.unlink(missing_ok=True)
    for row in rows:
        point = int(row[POINT])
        part.append(point, fields.get(point, ""), {name: chunks[name].get(point, b"") for name in TABLES})
    if rows:
        part.path.replace(journal.path)
    else:
        replace_file(journal.path, b"")
