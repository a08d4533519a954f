"""Curves that are drawn over the computed ones: those of the case's reference.csv, and of a measurement that was named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from postprocess.tables.circuit import CircuitResult
from postprocess.tables.circuits_together import CircuitsTogether
from postprocess.tables.curve_files import LABEL, Reference, read_curves
from postprocess.tables.differences import distinct, names_of
from postprocess.tables.expected import case_file
from postprocess.tables.result import Result
from postprocess.tables.together import Together
from solver.results.rows import ResultError, reason

R = TypeVar("R", Result, CircuitResult)

NAME = "reference.csv"
REFERENCE, MEASURED = "reference", "measured"
"""Labels of curves without one, of a reference.csv and of a measurement that was named."""


@dataclass(frozen=True)
class _Source:
    """A file of curves.

    Attributes:
        path: of the file.
        name: label of its curves without one.
        prefix: goes before those of its labels that other files have, too.
    """

    path: Path
    name: str
    prefix: str


def reference_of(result: Result | CircuitResult) -> Reference:
    """The curves that belong to a result; an empty table without any. Their table has labels, different ones in each file.

    Raises:
        ResultError: a file cannot be read.
    """
    found: list[tuple[_Source, pd.DataFrame]] = []
    notes: list[str] = []
    for source in _sources(result):
        curves = read_curves(source.path, result)
        notes += curves.notes
        if not curves.table.empty:
            labels = curves.table[LABEL] if LABEL in curves.table else pd.Series(None, curves.table.index, dtype=object)
            texts = [source.name if pd.isna(label) else str(label) for label in labels]
            found.append((source, curves.table.assign(**{LABEL: texts})))
    files = Counter(label for _, table in found for label in table[LABEL].unique())
    tables = []
    for source, table in found:
        shared = {label for label in table[LABEL] if files[label] > 1 and label != source.name}
        labels = table[LABEL].map(lambda label, s=source, of=shared: f"{s.prefix}: {label}" if label in of else label)
        tables.append(table.assign(**{LABEL: labels}))
    return Reference(pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), tuple(notes))


def _sources(result: Result | CircuitResult) -> list[_Source]:
    """The files whose curves belong to a result, each once, with names that tell them apart."""
    measured = list({path.resolve(): path for path in result.measured}.values())
    references = _references(result, {path.resolve() for path in measured})
    if len(measured) == 1:
        names = [MEASURED]
    else:
        stems = Counter([*(path.stem for path in measured), *(source.name for source in references)])
        folders = [path.resolve().parent.name for path in measured]
        names = distinct(
            [p.stem if stems[p.stem] == 1 else f"{of}/{p.stem}" for p, of in zip(measured, folders, strict=True)]
        )
    return [*references, *(_Source(path, name, name) for path, name in zip(measured, names, strict=True))]


def _references(result: Result | CircuitResult, others: set[Path]) -> list[_Source]:
    """Files of references of a result, or of the results that are read as one; copies of the same one only once.

    others: files that are drawn anyway.
    """
    parts: Sequence[Result | CircuitResult] = (
        result.parts if isinstance(result, Together | CircuitsTogether) else (result,)
    )
    of: dict[bytes, tuple[Path, list[int]]] = {}
    for i, part in enumerate(parts):
        path = case_file(part, NAME)
        if path is None or path.resolve() in others:
            continue
        try:
            of.setdefault(path.read_bytes(), (path, []))[1].append(i)
        except OSError as error:
            raise ResultError(f"cannot read {path}: {reason(error)}") from error
    if len(of) < 2:
        return [_Source(path, REFERENCE, REFERENCE) for path, _ in of.values()]
    names = names_of(parts)
    owners = ["; ".join(names[i] for i in which) for _, which in of.values()]
    return [_Source(path, f"{REFERENCE}, {own}", own) for (path, _), own in zip(of.values(), owners, strict=True)]


def with_measured(result: R, *paths: Path) -> R:
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
