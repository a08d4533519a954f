"""Several results of circuits read as one, whose curves have names that say in what the circuits differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from circuits.columns import PARAMETERS
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.differences import differences, names_of
from postprocess.tables.result import Curve
from postprocess.tables.together import WHICH
from solver.results.headers import POINT, header
from solver.results.rows import ResultError

CIRCUIT = "circuit."
"""Beginning of the keys of elements in a file."""


@dataclass(frozen=True, eq=False)
class CircuitsTogether(CircuitResult):
    """Several results as one.

    Attributes:
        parts: the results.
        curve_names: names of the curves by the numbers in the column WHICH; empty where a number tells the circuits apart,
            which then is an outer parameter as that of a sweep.
    """

    parts: tuple[CircuitResult, ...] = ()
    curve_names: tuple[str, ...] = ()

    @property
    def outer(self) -> str | None:
        """The number in which the circuits differ, or that of the curve."""
        return WHICH if self.curve_names else self.parameters[0]

    @property
    def legend_title(self) -> str | None:
        """Nothing where curves have names."""
        return None if self.curve_names else super().legend_title

    @cached_property
    def _curves(self) -> list[Curve]:
        if not self.curve_names:
            return super()._curves
        groups = self.observables.groupby(WHICH, sort=False)
        return [Curve(self.curve_names[int(k)], self.curve_names[int(k)], None, points) for k, points in groups]


def circuits_together(results: Sequence[CircuitResult]) -> CircuitResult:
    """One result with the curves of several; the only one as it is.

    Circuits that differ in a single number are read as a sweep of it, others as named curves.

    Raises:
        ResultError: their curves do not run along the same quantity.
    """
    first = results[0]
    if len(results) == 1:
        return first
    for other in results[1:]:
        if (other.study, other.inner) != (first.study, first.inner):
            one, two = (f"{each.place('')} ('{each.study}' along '{each.inner}')" for each in (first, other))
            raise ResultError(f"{one} and {two} cannot be in one figure: give results of the same study")
    found, names = differences(results), names_of(results)
    column = header(found[0].key.removeprefix(CIRCUIT), found[0].unit) if len(found) == 1 else ""
    values = found[0].numbers if len(found) == 1 else None
    numbered = (
        column.startswith(PARAMETERS) and values is not None and len(set(values)) == len(values)
        and not any(each.outer or column in each.observables for each in results)
    )  # fmt: skip
    tables: list[pd.DataFrame] = []
    curve_names: list[str] = []
    for i, (result, name) in enumerate(zip(results, names, strict=True)):
        for curve in result.curves():
            table = curve.points.drop(columns=[] if result.outer is None else [result.outer])
            value = values[i] if numbered and values is not None else float(len(curve_names))
            table.insert(1, column if numbered else WHICH, value)
            tables.append(table)
            curve_names.append(f"{name}, {curve.short}" if curve.short else name)
    whole = pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)
    whole[POINT] = range(len(whole))
    titles = list(dict.fromkeys(result.title for result in results))
    wiring = dict(first.run["case"]["circuit"])
    wiring["elements"] = {name: data for each in results for name, data in each.elements.items()}
    run = {**first.run, "title": " / ".join(titles[:3]), "case": {**first.run["case"], "circuit": wiring}}
    measured = tuple(dict.fromkeys(path for result in results for path in result.measured))
    return CircuitsTogether(
        None, run, whole, measured=measured, parts=tuple(results), curve_names=() if numbered else tuple(curve_names)
    )
