"""Measured or published curves that a case brings in its reference.csv, to be drawn over the computed ones.

A column is a column of observables.csv or what people call it, in any unit of its kind: "bias [mV]", "current (nA)",
"I / pA", "concentration [mM]". A column `label` tells several curves apart. Lines that begin with # are comments.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from meshes.quantity import parse
from meshes.quoting import quoted
from postprocess.tables.expected import case_file
from postprocess.tables.result import Result
from postprocess.tables.units import readable, split_header
from solver.results.headers import BIAS, CURRENT, FREQUENCY, TIME
from solver.results.rows import ResultError, reason

NAME = "reference.csv"
LABEL = "label"
ALSO_CALLED = {
    "voltage": BIAS, "v": BIAS, "u": BIAS, "potential": BIAS, "i": CURRENT, "t": TIME, "f": FREQUENCY,
}  # fmt: skip
"""What people call a column."""

HEADER = re.compile(r"\s*(?P<name>[^\[\](/]+?)\s*(?:\[(?P<a>[^\]]*)\]|\((?P<b>.*)\)|/\s*(?P<c>.+))?\s*")


@dataclass(frozen=True, eq=False)
class Reference:
    """Contents of a reference.csv.

    Attributes:
        table: values in SI units, by the headers of observables.csv; with `label`, if the file has labels.
        notes: what of the file is ignored, and why.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def reference_of(result: Result) -> Reference:
    """The curves that the case of a result brings; an empty table without any.

    Raises:
        ResultError: the file cannot be read.
    """
    path = case_file(result, NAME)
    if path is None:
        return Reference(pd.DataFrame())
    given = read_columns(path)
    found: dict[str, pd.Series] = {}
    notes = []
    for column in given:
        if str(column).strip().lower() == LABEL:
            found[LABEL] = given[column]
            continue
        try:
            header = _header(result, str(column))
            if header in found:
                raise ValueError(f"'{header}' is there twice")
            found[header] = in_si(given[column], str(column), header)
        except ValueError as error:
            notes.append(f"{path}: column {quoted(str(column))} is ignored: {error}")
    table = pd.DataFrame(found)
    along = {result.inner, *result.parameters, BIAS}
    if result.kind.along:
        pass  # loops and spectra are drawn over other axes, too
    elif not along & set(table):
        notes.append(f"{path}: nothing is drawn: no column is what the curves run along, '{example(result.inner)}'")
    elif not set(table) - along - {LABEL}:
        notes.append(f"{path}: nothing is drawn: there is no column beside '{example(result.inner)}'")
    return Reference(table, tuple(notes))


def read_columns(path: Path) -> pd.DataFrame:
    """The columns of a file of measured curves as they are written; lines that begin with # are left out.

    Raises:
        ResultError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return pd.read_csv(io.StringIO(text), skipinitialspace=True, comment="#")
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise ResultError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise ResultError(f"cannot read {path}: {reason(error)}") from error


def _header(result: Result, column: str) -> str:
    """The header of observables.csv that a column of the file means; ValueError when there is none."""
    match = HEADER.fullmatch(column)
    name = "" if match is None else match["name"].strip().lower()
    known = [*map(str, result.observables), *_summed_up(result)]
    for header in known:
        if name in (split_header(header)[0].lower(), readable(header).lower(), result.label(header).lower()):
            return header
    if (meant := ALSO_CALLED.get(name)) in known:
        return str(meant)
    one, other = example(result.inner), example(result.kind.measured)
    raise ValueError(f"the result has no column of this name; write e.g. '{one}' or '{other}'")


def _summed_up(result: Result) -> list[str]:
    """Headers of the entries of summary.json, some of which are drawn, too."""
    lists = (entries if isinstance(entries, list) else [entries] for entries in result.summary.values())
    return list(dict.fromkeys(str(key) for entries in lists for entry in entries if entry for key in dict(entry)))


def in_si(values: pd.Series, column: str, header: str) -> pd.Series:
    """Values of a column of the file in the unit of a header; ValueError when its unit or a value is none."""
    match = HEADER.fullmatch(column)
    written = "" if match is None else next((match[key] for key in "abc" if match[key]), "").strip()
    unit = split_header(header)[1]
    if unit and not written:
        raise ValueError(f"it has no unit; write e.g. '{example(header)}'")
    numbers = pd.to_numeric(values, errors="coerce")
    if len(wrong := values[numbers.isna() & values.notna()]):
        raise ValueError(f"{quoted(str(wrong.iloc[0]))} is no number")
    if not written:
        return numbers.astype(float)
    try:
        zero, one = parse(f"0 {written}", unit), parse(f"1 {written}", unit)
    except ValueError:
        kind = f"a unit of '{unit}'" if unit else "a unit of a pure number"
        raise ValueError(f"{quoted(written)} is not {kind}; write e.g. '{example(header)}'") from None
    return numbers.astype(float) * (one - zero) + zero


def example(header: str) -> str:
    """A header with a unit that people use."""
    usual = {"V": "mV", "A": "nA", "m^3/s": "fL/s"}
    name, unit = split_header(header)
    return f"{name} [{usual.get(unit, unit)}]" if unit else name
