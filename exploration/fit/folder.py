"""Folder of a fit: fit.json has everything, fit.csv the numbers, best/ the result of the fitted case."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from exploration.folder import clear, prepare
from postprocess.tables.fit_summary import FIT, TABLE
from solver.results.rows import ResultError, json_bytes, reason, replace_file


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
        if not force and os.path.exists(path / FIT):
            raise ResultError(f"{path} has a fit already; --force replaces it, --out takes another folder")
        prepare(path, (FIT, TABLE))
        return cls(path)

    def clear(self) -> None:
        """Remove the fit before.

        Raises:
            ResultError: a file cannot be removed.
        """
        try:
            clear(self.path, (FIT, TABLE))
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {reason(error)}") from error

    def write(self, data: Mapping[str, Any], table: pd.DataFrame) -> None:
        """Write the numbers, and last of all fit.json, which makes them count.

        Raises:
            ResultError: a file cannot be written.
        """
        try:
            replace_file(self.path / TABLE, table.to_csv(index=False).encode())
            replace_file(self.path / FIT, json_bytes(data))
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {reason(error)}") from error
