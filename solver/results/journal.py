"""The journal of a result: for every row that counts how long the tables were behind it, and what was in them.

journal.jsonl has a line a row, appended when the row and everything that belongs to it is in its files:

    {"row": 3, "point": 3, "fields": "point000003_000000.pvtu", "tables": {"observables.csv": [1312, 2774093315], ...}}

with the size in bytes and the CRC-32 of each table from its begin to the end of the row. So an unfinished row is told from
a row that somebody has removed, doubled or changed, and a table is cut off behind any row.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solver.results.rows import ResultError, reason, replace_file

JOURNAL = "journal.jsonl"
"""Name of the journal in a result directory."""

TABLES = ("observables.csv", "profiles.csv", "convergence.csv", "sensitivities.csv", "loads.csv")
"""Tables whose contents the journal knows."""


@dataclass(frozen=True)
class Entry:
    """A row of the result.

    Attributes:
        row: number of the line, from 0.
        point: number of the row in observables.csv.
        fields: name of its field file in the folder `fields`; "" without fields.
        tables: size (bytes) and CRC-32 by table, from its begin to the end of the row.
    """

    row: int
    point: int
    fields: str
    tables: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, line: str) -> Entry:
        """From a line of the journal.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        data = json.loads(line)
        tables = {str(name): (int(size), int(check)) for name, (size, check) in data["tables"].items()}
        return cls(int(data["row"]), int(data["point"]), str(data["fields"]), tables)

    @property
    def line(self) -> str:
        """Its line in the journal."""
        return json.dumps({**vars(self), "tables": {name: list(mark) for name, mark in self.tables.items()}}) + "\n"


@dataclass(frozen=True)
class Damage:
    """The first row that is not in the tables as it was written.

    Attributes:
        row: number of the row.
        text: where, and what is wrong.
    """

    row: int
    text: str


class Journal:
    """The journal of one result directory.

    Args:
        folder: the directory.
        name: of its file.

    Attributes:
        entries: one for every row that counts, in the order of writing.
    """

    def __init__(self, folder: Path, name: str = JOURNAL) -> None:
        self._folder, self._name = folder, name
        self.entries: list[Entry] = []

    @property
    def path(self) -> Path:
        """Its file."""
        return self._folder / self._name

    @property
    def exists(self) -> bool:
        """Whether the result has one; those of earlier versions have none."""
        return self.path.exists()

    # ------------------------------------------------------------------ writing
    def append(self, point: int, fields: str, chunks: Mapping[str, bytes]) -> None:
        """Add a row: it counts when this returns. chunks: what was appended to each table.

        Raises:
            OSError: the journal is as it was before.
        """
        tables = dict(self.entries[-1].tables) if self.entries else {}
        for name, chunk in chunks.items():
            size, check = tables.get(name, (0, 0))
            tables[name] = (size + len(chunk), zlib.crc32(chunk, check))
        entry = Entry(len(self.entries), point, fields, tables)
        append_bytes(self.path, entry.line.encode())
        self.entries.append(entry)

    def size(self, table: str) -> int:
        """Bytes of a table up to the last row."""
        return self.entries[-1].tables.get(table, (0, 0))[0] if self.entries else 0

    def cut(self, rows: int) -> None:
        """Keep that many rows in the journal, then in the tables: a cut that is interrupted can be repeated.

        Raises:
            OSError: a file cannot be written.
        """
        self.entries = self.entries[:rows]
        replace_file(self.path, "".join(entry.line for entry in self.entries).encode())
        for name in TABLES:
            path = self._folder / name
            if not self.size(name):
                path.unlink(missing_ok=True)
            elif path.stat().st_size > self.size(name):
                os.truncate(path, self.size(name))

    # ------------------------------------------------------------------ reading
    def read(self) -> Damage | None:
        """Read all entries and compare the tables with them; gives the first row that is not there as it was written.

        Raises:
            ResultError: the journal or a table cannot be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ResultError(f"cannot read {self.path}: {reason(error)}") from error
        lines = text[: text.rfind("\n") + 1].splitlines()  # a run that was killed may leave a torn last line
        self.entries = []
        for number, line in enumerate(lines):
            try:
                entry = Entry.of(line)
            except (ValueError, KeyError, TypeError, AttributeError):
                entry = None
            if entry is None or entry.row != number:
                return self._first(Damage(number, f"line {number + 1} of {self.path} is not the one that was written"))
            self.entries.append(entry)
        return self._first(None)

    def _first(self, damage: Damage | None) -> Damage | None:
        """The first of a damage of the journal itself and those of the tables."""
        known = [self._damage_of(name) for name in TABLES]
        return min((found for found in (damage, *known) if found), key=lambda found: found.row, default=None)

    def _damage_of(self, table: str) -> Damage | None:
        """The first row that a table does not hold as it was written."""
        path = self._folder / table
        try:
            content = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise ResultError(f"cannot read {path}: {reason(error)}") from error
        begin, check = 0, 0
        for entry in self.entries:
            end, wanted = entry.tables.get(table, (0, 0))
            check = zlib.crc32(content[begin:end], check)
            if end > len(content) or check != wanted:
                line = content[:begin].count(b"\n") + 1
                what = "is missing" if begin >= len(content) else "is not the one that was written"
                return Damage(entry.row, f"line {line} of {path} {what}")
            begin = end
        return None


def append_bytes(path: Path, content: bytes) -> None:
    """Append to a file and close it; after an OSError the file is as it was before."""
    size = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            file.write(content)
    except OSError:
        with suppress(OSError):
            os.truncate(path, size)
        raise


def synchronise(paths: Sequence[Path]) -> None:
    """Make sure that files, or the names in a folder, are on the disk and not only in the memory of the system."""
    for path in paths:
        if path.exists() and not (os.name == "nt" and path.is_dir()):  # Windows opens no folders,
            handle = os.open(
                path, os.O_RDWR if os.name == "nt" else os.O_RDONLY
            )  # and flushes what may be written only
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def described(entry: Entry | None) -> dict[str, Any]:
    """What a checkpoint keeps of the last row before it."""
    return {"rows": 0, "point": None} if entry is None else {"rows": entry.row + 1, "point": entry.point}
