"""Folder of a fit: fit.json has everything, fit.csv the numbers, best/ the result of the fitted case."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from solver.results.rows import ResultError, json_bytes, reason, replace_file

JSON, CSV, BEST = "fit.json", "fit.csv", "best"
KNOWN = {JSON, CSV, BEST, "figures", "report.html", "report.pdf"}


def is_known(name: str) -> bool:
    """Whether an entry of a folder is of a fit, its figures or its report, or the rest of one."""
    return name in KNOWN or (name.startswith(".") and name.endswith(".part"))


@dataclass(frozen=True)
class FitFolder:
    """A folder into which one process writes."""

    path: Path

    @classmethod
    def begin(cls, path: Path, *, force: bool) -> FitFolder:
        """Take a folder; a fit that is there stays until there is another one (see `clear`).

        Raises:
            ResultError: something is there already, or it cannot be written.
        """
        try:
            if path.exists() and not path.is_dir():
                raise ResultError(f"{path} is a file; give a folder")
            there = [entry.name for entry in path.iterdir()] if path.exists() else []
            if JSON in there and not force:
                raise ResultError(f"{path} has a fit already; --force replaces it, --out takes another folder")
            if strange := sorted(name for name in there if not is_known(name)):
                raise ResultError(f"{path} has something else in it ({strange[0]}); --out takes another folder")
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResultError(f"cannot write {path}: {reason(error)}") from error
        return cls(path)

    def clear(self) -> None:
        """Remove the fit before.

        Raises:
            ResultError: a file cannot be removed.
        """
        try:
            for name in (JSON, CSV):
                (self.path / name).unlink(missing_ok=True)
            if (self.path / BEST).exists():
                shutil.rmtree(self.path / BEST)
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {reason(error)}") from error

    def write(self, data: Mapping[str, Any], table: pd.DataFrame) -> None:
        """Write the numbers, and last of all fit.json, which makes them count.

        Raises:
            ResultError: a file cannot be written.
        """
        try:
            replace_file(self.path / CSV, table.to_csv(index=False).encode())
            replace_file(self.path / JSON, json_bytes(data))
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {reason(error)}") from error
