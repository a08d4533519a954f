"""Curves that are drawn over the computed ones: those of the case's reference.csv, and of a measurement that was named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from postprocess.tables.curve_files import LABEL, Reference, read_curves
from postprocess.tables.expected import case_file
from postprocess.tables.result import Result
from solver.results.rows import ResultError

NAME = "reference.csv"
UNLABELLED = {True: "measured", False: "reference"}
"""Label of curves without one, of a measurement that was named and of a reference.csv."""


def reference_of(result: Result) -> Reference:
    """The curves that belong to a result; an empty table without any. Their table has labels.

    Raises:
        ResultError: a file cannot be read.
    """
    tables: list[pd.DataFrame] = []
    notes: list[str] = []
    for path in (case_file(result, NAME), *result.measured):
        if path is None:
            continue
        found = read_curves(path, result)
        notes += found.notes
        if not found.table.empty:
            label = UNLABELLED[path in result.measured] if len(result.measured) < 2 else path.stem
            labels = found.table[LABEL].fillna(label) if LABEL in found.table else label
            tables.append(found.table.assign(**{LABEL: labels}))
    return Reference(pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), tuple(notes))


def with_measured(result: Result, *paths: Path) -> Result:
    """A result over which the curves of further files are drawn.

    Raises:
        ResultError: a file cannot be read, or nothing of it can be drawn.
    """
    for path in paths:
        found = read_curves(path, result)
        if found.table.empty and len(found.notes) < 2:
            raise ResultError(f"{path} has no curves: it is empty")
        if any(": nothing is drawn: " in note for note in found.notes):
            raise ResultError(found.notes[0] if found.table.empty else found.notes[-1])
    return replace(result, measured=(*result.measured, *paths))
