"""Folders of what a search has found, such as fits and optimisations: what lies in them, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from solver.results.rows import ResultError, reason

BEST = "best"
"""Result of the case that was found."""

_OTHERS = (BEST, "figures", "report.html", "report.pdf")


def is_of_search(name: str, files: Collection[str]) -> bool:
    """Whether an entry of a folder is one of its files, or what figures, reports and broken writes leave there."""
    return name in files or name in _OTHERS or (name.startswith(".") and name.endswith(".part"))


def read_found(path: Path, document: str, table: str, what: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """Contents of the two files that say what was found. what: the word for it.

    Raises:
        ResultError: one cannot be read.
    """
    try:
        data = json.loads((path / document).read_text(encoding="utf-8"))
        return data, pd.read_csv(path / table)
    except OSError as error:
        raise ResultError(f"cannot read the {what} in {path}: {reason(error)}") from error
    except ValueError as error:
        raise ResultError(f"the {what} in {path} cannot be read: {error}") from error
