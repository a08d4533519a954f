"""An old result that a new run replaces: set aside in the same directory, and put back where the new one cannot start.

The files go to old-<time>.part/, which becomes old-<time>/ when all of them are there. So a directory with a folder of the
former kind is that of a run that was killed meanwhile, and `put_back` makes it whole again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

RUN = "run.json"
PART = ".part"


class OldResult:
    """The old result of one directory.

    Args:
        directory: where it is.
        patterns: of the files of a result, but for run.json.
    """

    def __init__(self, directory: Path, patterns: Sequence[str]) -> None:
        self._directory, self._patterns = directory, patterns
        self.kept: Path | None = None
        """Folder into which this object has set it aside."""

    @property
    def unfinished(self) -> list[Path]:
        """Folders of runs that were killed while they set a result aside."""
        return sorted(self._directory.glob(f"old-*{PART}"))

    @property
    def is_there(self) -> bool:
        """Whether the directory holds a result, maybe one that was not set aside to the end."""
        return any((folder / RUN).is_file() for folder in (self._directory, *self.unfinished))

    def set_aside(self) -> None:
        """Move it into a folder of the same directory: works on mount points, and is one rename a file.

        Raises:
            OSError: some files may have been moved; see `put_back`.
        """
        target = self._directory / time.strftime("old-%Y%m%dT%H%M%S")
        while target.exists() or target.with_name(target.name + PART).exists():
            target = target.with_name(target.name + "x")
        part = target.with_name(target.name + PART)
        part.mkdir()
        # run.json last: until then the directory is still known as a result
        names = [entry for pattern in self._patterns for entry in sorted(self._directory.glob(pattern))]
        for entry in [*names, self._directory / RUN]:
            entry.rename(part / entry.name)
        self.kept = part.rename(target)

    def put_back(self) -> None:
        """Undo `set_aside`, and what runs that were killed had moved: renaming needs no space."""
        for folder in [*self.unfinished, *([self.kept] if self.kept is not None else [])]:
            with suppress(OSError):
                for entry in folder.iterdir():
                    entry.replace(self._directory / entry.name)
                folder.rmdir()
        self.kept = None

    def delete(self) -> None:
        """Delete what this object has set aside."""
        if self.kept is not None:
            shutil.rmtree(self.kept, ignore_errors=True)
            self.kept = None
