"""Measured or published curves in CSV files, by what people write above their columns.

A column is one of observables.csv or what people call it, in any unit of its kind: "bias [mV]", "current (nA)", "I / pA",
"concentration [mM]". A column such as "current sd [pA]" or "I error (pA)" has the standard deviations of another one; a
mere "sd [pA]" those of the column before it. A column `label` tells several curves apart. Lines that begin with # are
comments.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from meshes.quantity import parse
from meshes.quoting import quoted
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.result import Result
from postprocess.tables.units import readable, split_header
from solver.results.headers import BIAS, CURRENT, FREQUENCY, TIME, error_header
from solver.results.rows import ResultError, reason

LABEL = "label"
ALSO_CALLED = {
    "voltage": BIAS, "v": BIAS, "u": BIAS, "potential": BIAS, "i": CURRENT, "t": TIME, "f": FREQUENCY,
}  # fmt: skip
"""What people call a column."""
WITHOUT_CURVES = ("steady", "stability_limits", "monte_carlo")
WITH_OTHER_AXES = ("transient", "sweep", "impedance", "truth_table", "logic_sequence")
"""Studies of circuits some of whose figures are no curves along what the rows are of."""

_HEADER = re.compile(r"\s*(?P<name>[^\[\](/]+?)\s*(?:\[(?P<a>[^\]]*)\]|\((?P<b>.*)\)|/\s*(?P<c>.+))?\s*")
_DEVIATION = re.compile(
    r"(?P<of>.*?)[\s_]*(?:standard[\s_]deviation|standard[\s_]error|stdev|std|sd|sigma|error|uncertainty)",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Reference:
    """Contents of a file of curves.

    Attributes:
        table: values in SI units, by the headers of observables.csv, standard deviations by the header of the error of
            their column ("current_error [A]"); with `label`, if the file has labels.
        notes: what of the file is ignored, and why.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_curves(path: Path, result: Result | CircuitResult) -> Reference:
    """The curves of a file whose columns are those of a result.

    Raises:
        ResultError: the file cannot be read.
    """
    if isinstance(result, CircuitResult):
        return _of_circuit(path, result)
    headers = list(dict.fromkeys([*map(str, result.observables), *_summed_up(result)]))
    found = read_columns(
        path, {header: (result.label(header),) for header in headers}, result.inner, result.kind.measured
    )
    table, notes = found.table, list(found.notes)
    along = {result.inner, *result.parameters, BIAS}
    if result.kind.along:
        pass  # loops and spectra are drawn over other axes, too
    elif not along & set(table):
        notes.append(f"{path}: nothing is drawn: no column is what the curves run along, '{example(result.inner)}'")
    elif not set(table) - along - {LABEL}:
        notes.append(f"{path}: nothing is drawn: there is no column beside '{example(result.inner)}'")
    return Reference(table, tuple(notes))


def _of_circuit(path: Path, result: CircuitResult) -> Reference:
    """The curves of a file whose columns are those of the result of a circuit, any of which can be drawn over another."""
    known = result.names_of_columns()
    shown = next((name for name in known if name in (*result.potentials, *result.currents)), list(known)[-1])
    found = read_columns(path, known, result.inner, shown)
    there = set(found.table) - {LABEL}
    if result.study in WITHOUT_CURVES:
        text = f"{path}: nothing is drawn: the figures of results of '{result.study}' have no room for measured curves"
    elif len(there) > 1 and (result.inner in there or result.study in WITH_OTHER_AXES):
        return found
    else:
        text = f"{path}: nothing is drawn: it takes two columns; write e.g. '{example(result.inner)},{example(shown)}'"
    return Reference(found.table, (*found.notes, text))


def read_columns(path: Path, known: Mapping[str, Iterable[str]], *examples: str) -> Reference:
    """The columns of a file that are among the known ones.

    Args:
        path: a CSV file.
        known: headers with SI units, each with further names that it has.
        examples: headers that messages name; the first known ones by default.

    Raises:
        ResultError: the file cannot be read.
    """
    return columns_in(read_table(path), path, known, *examples)


def columns_in(
    given: pd.DataFrame, path: Path, known: Mapping[str, Iterable[str]], *examples: str, strict: bool = False
) -> Reference:
    """The same of a table that was read.

    path: for messages. strict: whether a known column that cannot be used is an error.

    Raises:
        ResultError: there is such a column.
    """
    found: dict[str, pd.Series] = {}
    notes = []
    before = None
    for column in map(str, given):
        if column.strip().lower() == LABEL:
            found[LABEL] = given[column]
            continue
        deviates = False
        try:
            header, deviates = _header(column, known, before, examples or tuple(known)[:2])
            name = error_header(header) if deviates else header
            if name in found:
                raise ValueError(f"'{name}' is there twice")
            found[name] = _in_si(given[column], column, header, deviates)
            before = before if deviates else header
        except ValueError as error:
            if strict and not isinstance(error, _UnknownName):
                raise ResultError(f"{path}: column {quoted(column)}: {error}") from None
            notes.append(f"{path}: column {quoted(column)} is ignored: {error}")
            before = before if deviates else None  # a mere deviation after it would be its own
    return Reference(pd.DataFrame(found), tuple(notes))


def example(header: str) -> str:
    """A header with a unit that people use."""
    usual = {"V": "mV", "A": "nA", "m^3/s": "fL/s"}
    name, unit = split_header(header)
    return f"{name} [{usual.get(unit, unit)}]" if unit else name


def read_table(path: Path) -> pd.DataFrame:
    """The columns of a CSV file as they are written.

    Raises:
        ResultError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)
        table = pd.read_csv(io.StringIO(text), skipinitialspace=True)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise ResultError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise ResultError(f"cannot read {path}: {reason(error)}") from error
    if len(table) and not isinstance(table.index, pd.RangeIndex):  # leading cells, which would shift all columns
        raise ResultError(
            f"{path}: {_surplus(text)}; give every column a name, and leave no comma at the end of a line"
        )
    return table


def _surplus(text: str) -> str:
    """What is wrong with a file that has lines with more cells than its first one."""
    width = 0
    for number, line in enumerate(text.splitlines(), 1):
        cells = next(csv.reader([line.strip()], skipinitialspace=True), [])
        if width and len(cells) > width:
            return f"line {number} has {len(cells)} cells, the header names {width}"
        width = width or len(cells)
    return f"lines have more cells than the {width} that the header names"


class _UnknownName(ValueError):
    """A name that no known column has."""


def column_name(column: str) -> str:
    """What a header of a file says before its unit."""
    match = _HEADER.fullmatch(column)
    return "" if match is None else match["name"].strip()


def _header(
    column: str, known: Mapping[str, Iterable[str]], before: str | None, examples: Iterable[str]
) -> tuple[str, bool]:
    """The known header that a column of the file means, and whether the column has its standard deviations.

    before: header of the column before it. ValueError when there is none.
    """
    match = _HEADER.fullmatch(column)
    name = "" if match is None else match["name"].strip().lower()
    deviation = _DEVIATION.fullmatch(name)
    if deviation is not None:
        if not deviation["of"] and before is not None:
            return before, True
        header = _named(deviation["of"], known)
        if header is not None:
            return header, True
        if not deviation["of"]:
            *_, last = examples
            raise _UnknownName(f"it follows no column that is used; write e.g. '{example(error_header(last))}'")
    header = _named(name, known)
    if header is None:
        shown = " or ".join(f"'{example(each)}'" for each in examples)
        raise _UnknownName(f"the result has no column of this name; write e.g. {shown}")
    return header, False


def _named(name: str, known: Mapping[str, Iterable[str]]) -> str | None:
    for header, others in known.items():
        if name in (split_header(header)[0].lower(), readable(header).lower(), *(other.lower() for other in others)):
            return header
    meant = ALSO_CALLED.get(name)
    return meant if meant in known else None


def _summed_up(result: Result) -> list[str]:
    """Headers of the entries of summary.json, some of which are drawn, too."""
    lists = (entries if isinstance(entries, list) else [entries] for entries in result.summary.values())
    return [str(key) for entries in lists for entry in entries if isinstance(entry, dict) for key in entry]


def _in_si(values: pd.Series, column: str, header: str, deviates: bool) -> pd.Series:
    """Values of a column of the file in the unit of a header; ValueError when its unit or a value is none.

    Deviations are differences, so that they have no zero of a scale.
    """
    match = _HEADER.fullmatch(column)
    written = "" if match is None else next((match[key] for key in "abc" if match[key]), "").strip()
    unit = split_header(header)[1]
    if unit and not written:
        raise ValueError(f"it has no unit; write e.g. '{example(error_header(header) if deviates else header)}'")
    numbers = pd.to_numeric(values, errors="coerce")
    if len(wrong := values[numbers.isna() & values.notna()]):
        raise ValueError(f"{quoted(str(wrong.iloc[0]))} is no number")
    if deviates and bool((numbers < 0.0).any()):
        raise ValueError(f"a standard deviation of {numbers.min():g} is negative")
    if not written:
        return numbers.astype(float)
    try:
        zero, one = parse(f"0 {written}", unit), parse(f"1 {written}", unit)
    except ValueError:
        kind = f"a unit of '{unit}'" if unit else "a unit of a pure number"
        raise ValueError(f"{quoted(written)} is not {kind}; write e.g. '{example(header)}'") from None
    return numbers.astype(float) * (one - zero) + (0.0 if deviates else zero)
