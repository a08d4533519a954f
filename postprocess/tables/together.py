"""Several results read as one, whose curves have names that say in what the results differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from postprocess.tables.differences import Difference, differences, names_of
from postprocess.tables.kinds import BIAS
from postprocess.tables.result import Curve, Result
from solver.analysis.driving import Drives
from solver.results.headers import POINT, header
from solver.results.rows import ResultError
from solver.results.swept import SweptQuantity

WHICH = "result"
"""Column that numbers the curves of results which differ in more than one number."""
TABLES = ("profiles", "loads")
"""Tables of a result beside the observables, with the number of the point in each row."""
LISTS = ("loops", "pulses", "memory", "rectification")
"""Entries of a summary that are lists, one entry for each of what was driven."""


@dataclass(frozen=True)
class NamedCurves(SweptQuantity):
    """Numbers of curves, whose texts are the names of the curves."""

    names: tuple[str, ...] = ()

    def text(self, value: float) -> str:
        """Name of the curve of a number."""
        return self.names[round(value)]

    def named(self, value: float, between: str = " = ") -> str:
        """The same: there is no name of what the number is."""
        return self.text(value)


@dataclass(frozen=True, eq=False)
class Together(Result):
    """Several results as one.

    Attributes:
        parts: the results.
        curve_names: names of the curves by the numbers in the column WHICH, if there is one.
        owners: index of the result of each curve, by its outer value.
    """

    parts: tuple[Result, ...] = ()
    curve_names: tuple[str, ...] = ()
    owners: dict[float, int] = field(default_factory=dict)

    def swept(self, header: str) -> SweptQuantity:
        """As of a single result; values of the column WHICH are named."""
        found = super().swept(header)
        if header != WHICH:
            return found
        return NamedCurves(
            found.header, found.written, found.unit, found.factor, found.offset, found.digits, self.curve_names
        )

    def case_of(self, curve: Curve) -> dict[str, Any]:
        """The case of the result that a curve is from."""
        part = self.parts[0] if curve.value is None else self.parts[self.owners[curve.value]]
        return dict(part.run.get("case") or {})

    @property
    def drives(self) -> list[Drives]:
        """What drives a current besides the bias, for every row."""
        return [drives for part in self.parts for drives in part.drives]


def together(results: Sequence[Result]) -> Result:
    """One result with the curves of several; the only one as it is.

    Results that differ in a single number are read as a sweep of it, others as named curves.

    Raises:
        ResultError: their curves do not run along the same quantity.
    """
    first = results[0]
    if len(results) == 1:
        return first
    for other in results[1:]:
        if (other.kind, _along(other)) != (first.kind, _along(first)):
            raise ResultError(
                f"{first.place_of_all} and {other.place_of_all} cannot be in one figure: the curves of the one run along "
                f"'{_along(first)}' ({first.study}), those of the other along '{_along(other)}' ({other.study})"
            )
    found = differences(results)
    numbered = _numbered(results, found)
    names = names_of(results)
    if numbered is None and not _along(first):
        raise ResultError(
            "single points make a curve only where their cases differ in one number; these are "
            + " and ".join(f"'{name}'" for name in names[:3])
        )
    return _merged(results, names, numbered)


def _along(result: Result) -> str:
    """Header along which the curves of a result run; "" for single points."""
    return result.inner if result.parameters else ""


def _numbered(results: Sequence[Result], found: Sequence[Difference]) -> tuple[str, list[float]] | None:
    """Header and values of the one number in which results differ, if it is all that tells their curves apart."""
    if len(found) != 1 or any(result.outer for result in results):
        return None
    numbers, column = found[0].numbers, header(found[0].key, found[0].unit)
    if numbers is None or len(set(numbers)) < len(numbers) or any(column in part.observables for part in results):
        return None
    return column, numbers


def _merged(results: Sequence[Result], names: Sequence[str], numbered: tuple[str, list[float]] | None) -> Together:
    column = WHICH if numbered is None else numbered[0]
    tables: list[pd.DataFrame] = []
    others: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    curve_names: list[str] = []
    owners: dict[float, int] = {}
    summary: dict[str, list[Any]] = {}
    alone = len({curve.short for result in results for curve in result.curves()}) == 1
    first_point = 0
    for i, (result, name) in enumerate(zip(results, names, strict=True)):
        new: dict[float | None, float] = {}
        for curve in result.curves():
            new[curve.value] = float(len(curve_names)) if numbered is None else numbered[1][i]
            owners[new[curve.value]] = i
            curve_names.append(name if alone or not curve.short else f"{name}, {curve.short}")
        table = result.observables.copy()
        outer = result.outer
        values = [new[None]] * len(table) if outer is None else [new[float(value)] for value in table[outer]]
        table = table.drop(columns=[] if outer is None else [outer])
        table.insert(1, column, values)
        table[POINT] = table[POINT] + first_point
        tables.append(table)
        for table_name, found in others.items():
            more: pd.DataFrame = getattr(result, table_name)
            if not more.empty:
                found.append(more.assign(**{POINT: more[POINT] + first_point}))
        first_point = int(table[POINT].max()) + 1
        for key in LISTS:
            entries = [{**entry, "outer": new.get(entry.get("outer"))} for entry in result.summary.get(key) or ()]
            summary.setdefault(key, []).extend(entries)
    titles = list(dict.fromkeys(result.title for result in results))
    first = results[0]
    return Together(
        None,
        {**first.run, "title": " / ".join(titles[:3])},
        _ordered(tables, [column, *(name for name in first.parameters if name != first.outer)]),
        **{name: pd.concat(found, ignore_index=True) for name, found in others.items() if found},
        summary=summary,
        measured=tuple(dict.fromkeys(path for result in results for path in result.measured)),
        parts=tuple(results),
        curve_names=tuple(curve_names),
        owners=owners,
    )


def _ordered(tables: Sequence[pd.DataFrame], parameters: Sequence[str]) -> pd.DataFrame:
    """All rows, with the columns that stand between point and bias in their order there."""
    whole = pd.concat(tables, ignore_index=True)
    before = [POINT, *parameters]
    return whole[[*before, BIAS, *(name for name in whole.columns if name not in (*before, BIAS))]].copy()
