"""Folders that a search writes into: looked at before, and cleared of what was found earlier. On one process."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from postprocess.tables.found import BEST, is_of_search
from solver.results.rows import ResultError, reason


def prepare(path: Path, files: Collection[str]) -> None:
    """Make a folder where there is none; what is in one stays.

    Raises:
        ResultError: it has something else than these files and what belongs to them, or it cannot be written.
    """
    try:
        if path.exists() and not path.is_dir():
            raise ResultError(f"{path} is a file; give a folder")
        there = [entry.name for entry in path.iterdir()] if path.exists() else []
        if strange := sorted(name for name in there if not is_of_search(name, files)):
            raise ResultError(f"{path} has something else in it ({strange[0]}); --out takes another folder")
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error


def clear(path: Path, files: Iterable[str]) -> None:
    """Remove files and the result of the case that was found; OSError where that cannot be."""
    for name in files:
        (path / name).unlink(missing_ok=True)
    if (path / BEST).exists():
        shutil.rmtree(path / BEST)
