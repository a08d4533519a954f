"""Checkpoints of a result: each is a generation in a folder of its own, written beside the one before.

    checkpoint/current.json             number of the newest generation; replaced last, so that a generation is whole or not
    checkpoint/000007/state.bp          states and other arrays of the unknowns
    checkpoint/000007/checkpoint.json   what else a run needs to go on, the rows that are there, and the contents of state.bp

The one before the newest stays, to fall back on. Results of earlier versions have a single checkpoint.bp, and its numbers
in run.json.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solver.results.journal import synchronise
from solver.results.rows import json_bytes, replace_file

FOLDER, CURRENT, STATE, NUMBERS = "checkpoint", "current.json", "state.bp", "checkpoint.json"
OLD_STATE = "checkpoint.bp"
"""The checkpoint of results of earlier versions."""

KEPT = 2
"""Generations that are kept."""


@dataclass(frozen=True)
class Generation:
    """A checkpoint that is whole.

    Attributes:
        state: file of the states.
        rows: rows of the result that came before it.
        point: number of the last of them; None without any.
        numbers: whatever the study needs besides the states.
        information: entries of run.json about how far the run had come, such as `mesh`.
    """

    state: Path
    rows: int
    point: int | None
    numbers: Mapping[str, Any]
    information: Mapping[str, Any]


def fingerprint(case: Any) -> str:
    """Digest of a case as plain data."""
    return hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest()


class Generations:
    """The checkpoints of one result directory."""

    def __init__(self, result: Path) -> None:
        self._folder = result / FOLDER

    # ------------------------------------------------------------------ writing
    def begin(self) -> Path:
        """A new folder for the next generation.

        Raises:
            OSError: it cannot be made.
        """
        self._folder.mkdir(exist_ok=True)
        number = 1 + max(self._numbers(), default=0)
        current = self._current()
        for other in self._numbers():
            if current is not None and other > current:  # of a run that was killed while it wrote
                shutil.rmtree(self._path(other))
                number = min(number, other)
        folder = self._path(number)
        folder.mkdir()
        return folder

    def commit(self, folder: Path, case: Any, content: Mapping[str, Any]) -> None:
        """Make a generation the newest, after its state has been written. content: `rows`, `point`, `numbers` and
        `information` of a `Generation`.

        Raises:
            OSError: the generation before stays the newest.
        """
        data = {"format": 1, "case": fingerprint(case), **content, "files": _contents(folder / STATE)}
        synchronise([path for path in folder.rglob("*") if path.is_file()])
        replace_file(folder / NUMBERS, json_bytes(data))
        synchronise([folder, self._folder])
        replace_file(self._folder / CURRENT, json_bytes({"generation": int(folder.name)}))
        synchronise([self._folder])
        for number in sorted(self._numbers())[:-KEPT]:
            shutil.rmtree(self._path(number), ignore_errors=True)

    def abandon(self, folder: Path) -> None:
        """Remove a generation that could not be written."""
        shutil.rmtree(folder, ignore_errors=True)

    # ------------------------------------------------------------------ reading
    @property
    def newest(self) -> Path | None:
        """Folder of the newest generation, whole or not; None without any."""
        current = self._current()
        return None if current is None else self._path(current)

    def whole(self, case: Any) -> Iterator[Generation]:
        """Those of a case that are whole, the newest first."""
        current = self._current()
        for number in sorted(self._numbers(), reverse=True):
            if current is None or number <= current:
                found = self._read(self._path(number), fingerprint(case))
                if found is not None:
                    yield found

    def _read(self, folder: Path, case: str) -> Generation | None:
        """A generation; None when it is not whole, or of another case."""
        try:
            data = json.loads((folder / NUMBERS).read_text(encoding="utf-8"))
            if data["case"] != case or data["files"] != _contents(folder / STATE):
                return None
            return Generation(folder / STATE, int(data["rows"]), data["point"], data["numbers"], data["information"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _numbers(self) -> list[int]:
        """Numbers of all generations, whole or not."""
        return [int(path.name) for path in self._folder.glob("[0-9]*") if path.name.isdigit() and path.is_dir()]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}"

    def _current(self) -> int | None:
        """Number of the newest generation; None when the file that says so is not there."""
        try:
            return int(json.loads((self._folder / CURRENT).read_text(encoding="utf-8"))["generation"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def last_state(result: Path, case: Any) -> Path | None:
    """File of the last states of a result, those of an earlier version included; None without any. case: as run.json has
    it."""
    found = next(Generations(result).whole(case), None)
    if found is not None:
        return found.state
    return result / OLD_STATE if (result / OLD_STATE).exists() else None


def _contents(state: Path) -> dict[str, list[int]]:
    """Size and CRC-32 of each file of a state."""
    files = sorted(path for path in (state.rglob("*") if state.is_dir() else [state]) if path.is_file())
    return {str(path.relative_to(state.parent)): _size_and_check(path) for path in files}


def _size_and_check(path: Path) -> list[int]:
    content = path.read_bytes()
    return [len(content), zlib.crc32(content)]
