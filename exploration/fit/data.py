"""Measured curves to which a case is fitted: columns of a CSV file with units, and what they mean for the case.

A column is what the curve runs along (the bias, a concentration, any dotted key of the case, the time, the frequency), a
measured quantity (any column of observables.csv), or the standard deviation of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from meshes.quoting import quoted
from postprocess.tables.curve_files import column_name, columns_in, example, read_table
from postprocess.tables.units import readable, split_header
from solver.case.bias import bias_of
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.results.columns import Column
from solver.results.headers import BIAS, CONDUCTANCE, CURRENT, FREQUENCY, TIME, error_header, header
from solver.results.rows import ResultError

Array = NDArray[np.float64]

USUAL = {"electrolyte.concentration": ("concentration", "salt concentration", "c"), "electrolyte.pH": ("pH",)}
"""Keys that curves run along, and what people call them."""

NO_BIAS = 1e-12
"""V: a bias below it is none."""

CALLED_HERE = {
    CONDUCTANCE: ("g",),
    "impedance_phase [deg]": ("phase",),
    "impedance_magnitude [ohm]": ("magnitude", "|z|"),
}
"""Further names of measured quantities."""


@dataclass(frozen=True, eq=False)
class Series:
    """Values of one measured quantity.

    Attributes:
        header: column of observables.csv.
        values: SI; nan where there is none. Shape (rows,).
        deviations: standard deviations, SI; None where the file gives none. Shape (rows,).
    """

    header: str
    values: Array
    deviations: Array | None


@dataclass(frozen=True, eq=False)
class Measured:
    """Measured curves.

    Attributes:
        file: where they are from; for messages.
        along: headers of what the curves run along: time, frequency, the bias, keys of the case.
        keys: dotted keys of the case that these set; empty for a time and a frequency.
        places: SI values of `along`. Shape (rows, along).
        settings: SI values of `keys`. Shape (rows, keys).
        series: what was measured.
        notes: what of the file is not used, and why.
    """

    file: Path
    along: tuple[str, ...]
    keys: tuple[str, ...]
    places: Array
    settings: Array
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Which kind of study has such rows: "transient", "impedance" or "steady"."""
        return {TIME: "transient", FREQUENCY: "impedance"}.get(self.along[-1], "steady")

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which entries are measured. Shape (series, rows)."""
        return np.array([np.isfinite(one.values) for one in self.series])

    @property
    def values(self) -> Array:
        """All measured numbers, one series after the other, SI. Shape (numbers,)."""
        return np.concatenate([one.values for one in self.series])[self.known.ravel()]

    @property
    def deviations(self) -> Array | None:
        """Standard deviations of all measured numbers; None where none are given. Shape (numbers,)."""
        given = [one.deviations for one in self.series if one.deviations is not None]
        return np.concatenate(given)[self.known.ravel()] if given else None

    @property
    def rows(self) -> NDArray[np.int_]:
        """Row to which each of them belongs. Shape (numbers,)."""
        return np.tile(np.arange(len(self.places)), len(self.series))[self.known.ravel()]

    @property
    def headers(self) -> list[str]:
        """Column to which each of them belongs."""
        return [one.header for one, mask in zip(self.series, self.known, strict=True) for _ in range(mask.sum())]


def read_measured(path: Path, case: Case, columns: Mapping[str, Column]) -> Measured:
    """The curves of a CSV file for a case.

    columns: those that the rows of the case can have, by header.

    Raises:
        ResultError: the file cannot be read, or it has not what a fit needs; with the column.
    """
    return measured_of(read_table(path), path, case, columns)


def measured_of(given: pd.DataFrame, path: Path, case: Case, columns: Mapping[str, Column]) -> Measured:
    """The same of a table with such headers.

    Raises:
        ResultError: it has not what a fit needs.
    """
    keys = _keys(case, [column_name(str(label)) for label in given])
    known: dict[str, tuple[str, ...]] = {TIME: (), FREQUENCY: (), BIAS: ()}
    known |= {header(key, case.unit(key)): others for key, others in keys.items()}
    known |= {head: (column.label, *CALLED_HERE.get(head, ())) for head, column in columns.items() if head not in known}
    found = columns_in(given, path, known, BIAS, CURRENT, strict=True)
    table, labels = found.table, [str(label) for label in given]
    heads = {BIAS: case.potential_key(case.driven_terminal), TIME: None, FREQUENCY: None}
    places = heads | {header(key, case.unit(key)): key for key in keys}
    along = {head: (key, table[head]) for head, key in places.items() if head in table}
    measured = {
        head: table[head] for head in columns if head in table and head not in along and head not in _bars(columns)
    }
    deviations = {head: table[error_header(head)] for head in measured if error_header(head) in table}
    bars = {error_header(head): head for head in columns}
    unused = [head for head in table if head in bars and bars[head] not in measured]
    notes = [*found.notes, *(f"{path}: {quoted(head)} is of no measured quantity, and not used" for head in unused)]
    if not along:
        raise ResultError(_nothing(path, "what the curve runs along", [BIAS, TIME, FREQUENCY], labels))
    if not measured:
        raise ResultError(_nothing(path, "a measured quantity", [CURRENT, CONDUCTANCE], labels))
    return _complete(path, case, along, measured, deviations, notes)


def _bars(columns: Mapping[str, Column]) -> set[str]:
    """Headers of the error bars of columns."""
    return {error_header(head) for head in columns}


def _keys(case: Case, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Keys of the case that curves may run along, with what else people call them: those that are swept, the concentration
    and the pH, and those that are named."""
    found: dict[str, tuple[str, ...]] = {}
    driven = case.potential_key(case.driven_terminal)
    for key in (*(key for key, _ in case.study.axes()), *USUAL, *names):
        if "." not in key or key == driven:
            continue
        try:
            case.unit(key)
        except CaseError:
            continue
        found[key] = USUAL.get(key, ())
    return found


def _complete(
    path: Path,
    case: Case,
    along: Mapping[str, tuple[str | None, pd.Series]],
    measured: Mapping[str, pd.Series],
    deviations: Mapping[str, pd.Series],
    notes: list[str],
) -> Measured:
    """Rows that are whole, in SI units."""
    order = sorted(along, key=lambda head: (head in (TIME, FREQUENCY, BIAS), list(along).index(head)))
    if any(head in along for head in (TIME, FREQUENCY)) and len(along) > 1:
        raise ResultError(
            f"{path}: beside '{order[-1]}' there is no room for {', '.join(map(repr, order[:-1]))}; leave it out, and set "
            "it in the case"
        )
    if len(order) > 2:
        raise ResultError(
            f"{path}: curves run along {', '.join(order)}; at most two of these can change, hold the others"
        )
    places = np.column_stack([along[head][1].to_numpy(float) for head in order])
    values = np.column_stack([column.to_numpy(float) for column in measured.values()])
    whole = np.isfinite(places).all(axis=1) & np.isfinite(values).any(axis=1)
    if not whole.any():
        raise ResultError(f"{path} has no row with a number in every column that a fit needs")
    if left := int((~whole).sum()):
        notes.append(f"{path}: {left} of {len(whole)} rows are left out: numbers are missing there")
    series = []
    for head, column in measured.items():
        one = column.to_numpy(float)[whole]
        width = deviations[head].to_numpy(float)[whole] if head in deviations else None
        if width is not None and not (width[np.isfinite(one)] > 0.0).all():
            raise ResultError(f"{path}: a standard deviation of '{head}' is missing, zero or negative")
        series.append(Series(head, one, width))
    units = {split_header(one.header)[1] for one in series}
    if deviations and len(deviations) < len(series):
        lacking = next(one.header for one in series if one.deviations is None)
        raise ResultError(f"{path}: '{lacking}' has no standard deviations, and another column has; give both, or none")
    if not deviations and len(units) > 1:
        raise ResultError(
            f"{path}: quantities of different units ({', '.join(one.header for one in series)}) need standard deviations, "
            f"e.g. a column '{_named_deviation(series[0].header)}'"
        )
    keys = tuple(key for head in order if (key := along[head][0]) is not None)
    settings = np.column_stack([places[whole, i] for i, head in enumerate(order) if along[head][0] is not None] or [
        np.zeros((int(whole.sum()), 0))
    ])  # fmt: skip
    if BIAS in order:  # the potential of the driven terminal: the others keep theirs
        settings[:, -1] += case.potential_of(case.driven_terminal) - bias_of(case)
    return Measured(path, tuple(order), keys, places[whole], settings, tuple(series), tuple(notes))


def check_measured(measured: Measured, case: Case, parameters: Sequence[str]) -> None:
    """Refuse curves that the case cannot have as it is.

    Raises:
        ResultError: its study is of another kind, a conductance has no bias, or a parameter is what a curve runs along.
    """
    path, study = measured.file, case.study.kind()
    if measured.kind == "steady" and study in ("transient", "impedance"):
        head = {"transient": TIME, "impedance": FREQUENCY}[study]
        raise ResultError(
            f"{path}: the data have no {head.partition(' ')[0]}, and the study of the case is of type {study}; write a "
            f"column '{example(head)}', or 'study: {{type: steady}}' in the case for curves of steady states"
        )
    if both := next((key for key in parameters if key in measured.keys), None):
        raise ResultError(f"{path}: the curve runs along '{both}', which cannot be a parameter of the fit as well")
    if measured.kind != "steady" or CONDUCTANCE not in measured.headers:
        return
    for head, row in zip(measured.headers, measured.rows, strict=True):
        there = case.with_values(dict(zip(measured.keys, map(float, measured.settings[row]), strict=True)))
        if head == CONDUCTANCE and abs(bias_of(there)) < NO_BIAS:
            shown = ", ".join(f"{name} {at:g}" for name, at in zip(measured.along, measured.places[row], strict=True))
            raise ResultError(
                f"{path}: '{CONDUCTANCE}' at {shown} is one without a bias, which is 0/0 here; leave out the row, or "
                f"write a small bias, e.g. 1 mV, there or as '{case.potential_key(case.driven_terminal)}' in the case"
            )


def _named_deviation(head: str) -> str:
    name, unit = split_header(example(head))
    return header(f"{readable(name)} standard deviation", unit)


def _nothing(path: Path, what: str, heads: list[str], labels: list[str]) -> str:
    shown = " or ".join(f"'{example(head)}'" for head in heads)
    there = ", ".join(map(quoted, labels)) or "nothing"
    return f"{path}: no column is {what}; write e.g. {shown}. There is {there}"
