"""Descriptions of the columns of result tables: label, meaning, error column, and the studies whose rows have them.

A `Quantity` stands where its numbers are computed (`solver.observables.quantities` is the registry of what is measured from
states); tables, labels and docs/results.md are made from it. Placeholders such as {terminal} in a header stand for the names
of a case.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from solver.results.headers import error_header, split_header

STEADY, IN_TIME, SPECTRUM = "steady", "transient", "impedance"
"""Kinds of studies whose rows differ: steady points and sweeps, runs in time, impedance spectra."""

Names = Mapping[str, Sequence[str]]
"""Names that a placeholder stands for, such as those of the terminals."""


@dataclass(frozen=True)
class Quantity:
    """A column of a result table, or one for each terminal, electrode, species, ...

    Attributes:
        header: name and SI unit, with {placeholders} where there is a column for each name of a case.
        label: name for axes and legends, without unit; may have the same placeholders.
        description: meaning, as a sentence for the documentation.
        error: what the error bar in its error column consists of; "" when it has none.
        studies: kinds of studies whose rows have it.
    """

    header: str
    label: str
    description: str
    error: str = ""
    studies: tuple[str, ...] = (STEADY, IN_TIME)

    @property
    def name(self) -> str:
        """Name without unit."""
        return split_header(self.header)[0]

    @property
    def unit(self) -> str:
        """SI unit; "" for a pure number."""
        return split_header(self.header)[1]

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Placeholders of the header, in its order."""
        return tuple(field for _, field, _, _ in Formatter().parse(self.header) if field)

    def of(self, **names: str) -> str:
        """Header of the column of some names, such as of(terminal="base")."""
        return self.header.format(**names)

    @property
    def error_column(self) -> Quantity | None:
        """The error column as a quantity of its own; None when there is none."""
        if not self.error:
            return None
        description = f"Error bar: {self.error}."
        return Quantity(error_header(self.header), f"error of {self.label}", description, studies=self.studies)

    def columns(self, names: Names) -> Iterator[tuple[str, Column]]:
        """Header and description of every column that a case with these names can have, error columns included."""
        for given in self.chosen(names):
            yield self.of(**given), Column(self.label.format(**given), self.description.format(**given))
        if (error := self.error_column) is not None:
            yield from error.columns(names)

    def chosen(self, names: Names) -> Iterator[dict[str, str]]:
        """What the placeholders stand for in each column of a case with these names."""
        for chosen in itertools.product(*(names.get(field, ()) for field in self.placeholders)):
            yield dict(zip(self.placeholders, chosen, strict=True))


@dataclass(frozen=True)
class Column:
    """Label and description of one column."""

    label: str
    description: str


def described(quantities: Iterable[Quantity], names: Names) -> dict[str, Column]:
    """Every column that a case with these names can have, by its header."""
    return {header: column for quantity in quantities for header, column in quantity.columns(names)}


@dataclass(frozen=True)
class Collision:
    """Two columns of one header.

    Attributes:
        header: of both.
        names: what the placeholders of each stand for.
    """

    header: str
    names: tuple[Mapping[str, str], Mapping[str, str]]


def collision(quantities: Sequence[Quantity], names: Names) -> Collision | None:
    """The first header that two columns would have because of the names of a case; None without one."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    errors = (quantity.error_column for quantity in quantities)
    for quantity in (*quantities, *(each for each in errors if each is not None)):
        for given in quantity.chosen(names):
            header, own = quantity.of(**given), (quantity.header, given)
            if (other := found.setdefault(header, own)) != own and (given or other[1]):
                return Collision(header, (other[1], given))
    return None


def as_entries(columns: Mapping[str, Mapping[str, Column]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Columns by file and header as the entry `columns` of run.json."""
    return {file: {header: vars(column) for header, column in of.items()} for file, of in columns.items()}
