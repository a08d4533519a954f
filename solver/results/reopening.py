"""Going on with a result that is there: what counts of it, from which checkpoint, and what somebody has changed.

Rows count up to the checkpoint where a study needs one, else all of them. What is behind is cut off and computed anew. Rows
before it have to be as they were written: otherwise the result is refused, or, with `repair`, cut off before the first that
is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solver.results import field_list
from solver.results.conversion import converted
from solver.results.field_list import missing_files, write_list
from solver.results.generations import Generation, Generations
from solver.results.headers import POINT, TIME
from solver.results.journal import TABLES, Damage, Entry, Journal
from solver.results.rows import ResultError, number, read_rows

RELATIVE_ROUNDING = 1e-12
"""Part by which the time of a checkpoint may be before that of its last row."""


@dataclass(frozen=True)
class Left:
    """What an earlier run has left, cut off behind what counts.

    Attributes:
        points: rows of observables.csv: numbers as floats, `point` as int.
        information: entries of run.json that say how far it came: `mesh`, `checkpoint`, what the study had added.
        state: file of the states of its checkpoint; None without one.
        headers: columns of each table.
        journal: of the rows; None for a new result.
        notes: what the user should know, sentences without a full stop.
    """

    points: list[dict[str, Any]] = field(default_factory=list)
    information: Mapping[str, Any] = field(default_factory=dict)
    state: Path | None = None
    headers: dict[str, list[str]] = field(default_factory=dict)
    journal: Journal | None = None
    notes: tuple[str, ...] = ()


def reopened(
    path: Path,
    case: Any,
    known: Mapping[str, Any],
    *,
    needs_checkpoint: bool,
    repair: bool,
    below: int | None = None,
) -> Left:
    """Go on with the result in a directory.

    Args:
        path: the directory.
        case: the case as plain data, the same as that of the result.
        known: entries of its run.json that say how far it came.
        needs_checkpoint: whether the study goes on from a checkpoint, so that later rows do not count.
        repair: whether a damaged result is cut off before the damage.
        below: rows with this number and later ones do not count; None where all may.

    Raises:
        ResultError: it is damaged, and `repair` is not asked for.
        OSError: a file cannot be written.
    """
    if not Journal(path).exists:
        converted(path, case, known, needs_checkpoint=needs_checkpoint, repair=repair)
    journal, generations = Journal(path), Generations(path)
    whole = list(generations.whole(case))
    damage = _first(journal.read(), _lost_fields(path, journal.entries), _lost_lines(journal, whole))
    if below is not None:
        own = sum(entry.point < below for entry in journal.entries)
        damage = None if damage is None or damage.row >= own else damage
        if damage is not None and not repair:
            text = f"{damage.text}; put it back, or --resume --repair goes on without the {own - damage.row} rows from there"
            raise ResultError(text)
    whole = [found for found in whole if _fits(found, journal.entries, path)]
    written = generations.newest is not None or "checkpoint" in known
    chosen, notes = _chosen(
        path, damage, whole, written, len(journal.entries), needs_checkpoint=needs_checkpoint, repair=repair
    )
    rows = len(journal.entries) if damage is None else damage.row
    if needs_checkpoint:
        rows = 0 if chosen is None else chosen.rows
    if chosen is not None and generations.newest not in (None, chosen.state.parent):
        notes = (*notes, "the newest checkpoint is not whole or not of these rows; the run goes on from the one before")
    if below is not None:
        rows = min(rows, own)
    journal.cut(rows)
    names = {entry.point: entry.fields for entry in journal.entries if entry.fields}
    if names or (path / field_list.FOLDER / field_list.LIST).exists():
        write_list(path / field_list.FOLDER, names)
    tables = {name: read_rows(path / name) for name in TABLES}
    described = {key: known[key] for key in ("columns",) if key in known}
    if chosen is not None:
        information = {**described, **chosen.information, "checkpoint": chosen.numbers}
    elif needs_checkpoint:
        information = described
    else:
        information = {key: value for key, value in known.items() if key != "checkpoint"}
    return Left(
        [{key: number(key, text) for key, text in row.items()} for row in tables["observables.csv"]],
        information,
        None if chosen is None else chosen.state,
        {name: list(found[0]) for name, found in tables.items() if found},
        journal,
        notes,
    )


def _chosen(
    path: Path,
    damage: Damage | None,
    whole: Sequence[Generation],
    written: bool,
    rows: int,
    *,
    needs_checkpoint: bool,
    repair: bool,
) -> tuple[Generation | None, tuple[str, ...]]:
    """The checkpoint to go on from, and what is to be said. whole: the newest first; written: whether there ever was one.

    Raises:
        ResultError: see `reopened`.
    """
    matters = damage is not None and (not needs_checkpoint or (bool(whole) and damage.row < whole[0].rows))
    if damage is not None and matters and not repair:
        raise ResultError(_refusal(damage, whole, needs_checkpoint=needs_checkpoint))
    lost = written and not whole
    if lost and needs_checkpoint and not repair:
        raise ResultError(
            f"{path / 'checkpoint'} is missing or not whole, and a run in time goes on only from there; "
            "--resume --repair begins anew"
        )
    notes = [f"{damage.text}: what was behind it is computed anew"] if damage is not None and matters else []
    if lost:
        notes.append("the checkpoint is missing or not whole")
    usable = next((found for found in whole if damage is None or found.rows <= damage.row), None)
    if usable is None and needs_checkpoint and rows:
        notes.append("there is no checkpoint to go on from: the run begins anew")
    return usable, tuple(notes)


def _refusal(damage: Damage, whole: Sequence[Generation], *, needs_checkpoint: bool) -> str:
    """What is damaged, and how it is repaired."""
    usable = next((found for found in whole if found.rows <= damage.row), None)
    if not needs_checkpoint:
        how = f"keeps the {damage.row} rows before it and computes the others anew" if damage.row else "begins anew"
    elif usable is None:
        how = "begins anew"
    else:
        how = f"goes back to the checkpoint before it, with {usable.rows} rows"
    return f"{damage.text}; put it back, or --resume --repair {how}"


def _first(*damages: Damage | None) -> Damage | None:
    return min((damage for damage in damages if damage), key=lambda damage: damage.row, default=None)


def _lost_fields(path: Path, entries: Sequence[Entry]) -> Damage | None:
    """The first row whose field file, or a piece of it, is not there."""
    for entry in entries:
        if entry.fields:
            lost = missing_files(path / field_list.FOLDER / entry.fields)
            if lost:
                return Damage(entry.row, f"{lost[0]} is missing")
    return None


def _lost_lines(journal: Journal, whole: Sequence[Generation]) -> Damage | None:
    """The first row that the journal lacks, by what the checkpoints say."""
    count = len(journal.entries)
    if max((found.rows for found in whole), default=0) <= count:
        return None
    return Damage(count, f"line {count + 1} of {journal.path} is missing")


def _fits(found: Generation, entries: Sequence[Entry], path: Path) -> bool:
    """Whether a checkpoint belongs to the rows: their number, the last point, its time."""
    if found.rows > len(entries):
        return True  # rows are missing: that is a damage, and not the checkpoint's
    if not found.rows:
        return True
    if entries[found.rows - 1].point != found.point:
        return False
    time = found.numbers.get("time")
    if time is None:
        return True
    row = next((row for row in read_rows(path / "observables.csv") if row[POINT] == str(found.point)), None)
    return row is None or float(row.get(TIME) or 0.0) <= time * (1 + RELATIVE_ROUNDING)
