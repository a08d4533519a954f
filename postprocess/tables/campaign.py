"""The tables of a campaign: one row a row of its points, with the number and the values of the point in front."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from meshes.quantity import did_you_mean
from postprocess.tables.columns import matches, read_table, read_value
from solver.results.headers import BIAS, FREQUENCY, POINT, TIME, split_header
from solver.results.rows import ResultError, reason
from solver.results.swept import SweptQuantity

DESCRIPTION, KIND, POINTS = "campaign.json", "campaign", "points"
TABLE, SUMMARY = "table.csv", "summary.csv"
NUMBER = "number"
"""Column with the number of a point of a campaign; `point` is that of a row within it."""
NONE = "none"
"""Text of no value (null) of a parameter, where numbers and texts stand for the others."""
NEAR = 1e-3
"""Part of the whole time within which an instant is the wanted one."""
LISTED = 12
"""Values that an error message names."""


def is_campaign(path: Path) -> bool:
    """Whether a folder holds a campaign."""
    return (path / DESCRIPTION).is_file()


def read_description(path: Path) -> dict[str, Any]:
    """Contents of campaign.json.

    Raises:
        ResultError: there is none, or it cannot be read.
    """
    file = path / DESCRIPTION
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(f"{path} is no campaign: it has no {DESCRIPTION}") from None
    except OSError as error:
        raise ResultError(f"cannot read {file}: {reason(error)}") from error
    except ValueError as error:
        raise ResultError(f"{file} is not valid JSON: {error}") from error
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise ResultError(f"{file} is not the description of a campaign")
    return data


@dataclass(frozen=True, eq=False)
class CampaignTables:
    """What figures and summaries of a campaign are made from.

    Attributes:
        path: its folder.
        description: contents of campaign.json.
        table: rows of all points (table.csv).
        summary: one row a point (summary.csv).
    """

    path: Path
    description: dict[str, Any]
    table: pd.DataFrame
    summary: pd.DataFrame

    @property
    def title(self) -> str:
        """Of the study, else of the case, else its name."""
        found = (self.description.get(key) for key in ("title", "case_title", "case_name"))
        return str(next((text for text in found if text), self.path.name))

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Entries of campaign.json about the parameters, by the headers of their columns."""
        return {str(each["header"]): each for each in self.description["parameters"]}

    def parameter(self, name: str) -> str:
        """Header of a parameter by its key, the end of its key, or its header.

        Raises:
            ResultError: the study varies no such key.
        """
        keys = {str(each["key"]): header for header, each in self.parameters.items()}
        found = [header for key, header in keys.items() if name in (key, header) or key.endswith(f".{name}")]
        if len(found) == 1:
            return found[0]
        raise ResultError(f"the study does not vary '{name}'; {did_you_mean(name, keys, 'it varies')}")

    def swept(self, header: str) -> SweptQuantity:
        """Name, unit and texts of the values of a parameter, or of what a row is at."""
        table = self.table if header in self.table else self.summary
        return SweptQuantity.of(
            header, table[header].dropna(), str(self.parameters.get(header, {}).get("written") or "")
        )

    def is_logarithmic(self, header: str) -> bool:
        """Whether the study spaces a parameter logarithmically."""
        return self.parameters.get(header, {}).get("spacing") == "logarithmic"

    @cached_property
    def within(self) -> list[str]:
        """Headers of what the rows of one point differ in: what its own study sweeps, time, what a protocol drives."""
        columns = list(self.table.columns)
        front = columns[: columns.index(BIAS)] if BIAS in columns else []
        return [name for name in front if name not in (NUMBER, POINT, *self.parameters)]

    @cached_property
    def along(self) -> str | None:
        """Header of what a curve of one point runs along: time, frequency, or its inner sweep; None for single rows."""
        names = [name for name in self.within if name in (TIME, FREQUENCY)] or self.within[-1:]
        if not names or not self.table.duplicated(NUMBER).any():
            return None
        is_bias = names[0].endswith(".potential [V]") and np.allclose(self.table[names[0]], self.table[BIAS])
        return BIAS if is_bias else names[0]

    @property
    def outer(self) -> list[str]:
        """Headers of what stays the same along a curve of one point, but not among its curves."""
        inner = next((name for name in self.within if name in (TIME, FREQUENCY)), (self.within or [""])[-1])
        return self.within[: self.within.index(inner)] if inner in self.within else []

    def quantity(self, name: str) -> tuple[pd.DataFrame, str]:
        """The table that has a column of a quantity, and the header, by its name with or without unit.

        Raises:
            ResultError: there is none.
        """
        names: dict[str, str] = {}
        for table in (self.table, self.summary):
            for column in table.columns:
                if name in (column, split_header(column)[0]):
                    return table, str(column)
                names[split_header(column)[0]] = column
        raise ResultError(f"{self.path} has no quantity '{name}'; {did_you_mean(name, names, 'there are')}")

    def chosen(self, table: pd.DataFrame, at: Iterable[str]) -> tuple[pd.DataFrame, bool]:
        """The rows of a table that texts choose, and whether they say where along the curve of each point; else its end.

        at: "1 V" of what a curve runs along, "KEY=value" of anything else; several values of the same are alternatives.

        Raises:
            ResultError: nothing is there.
        """
        groups: dict[str, npt.NDArray[np.bool_]] = {}
        for condition in (part.strip() for text in at for part in text.split(",")):
            key, equals, value = condition.rpartition("=")
            column = self._column(key.strip()) if equals else self.along
            if column is None or column not in table:
                raise ResultError(
                    f"'{condition}': each point has one number of this; only KEY=value of parameters chooses"
                )
            found = self._at(table, column, value.strip(), condition)
            groups[column] = groups.get(column, np.zeros(len(table), dtype=bool)) | found
        rows = table[np.all([*groups.values(), np.ones(len(table), dtype=bool)], axis=0)]
        if self.along is None or self.along not in table or self.along in groups:
            return rows, self.along in groups
        last = rows.groupby(NUMBER)[self.along].transform("max")
        return rows[rows[self.along] == last], False

    def _at(self, table: pd.DataFrame, column: str, value: str, condition: str) -> npt.NDArray[np.bool_]:
        """Mask (rows,) of those at a value; of instants the nearest one of each point."""
        if not pd.api.types.is_numeric_dtype(table[column]):
            found = np.asarray(table[column].astype(str) == value)
            there = [str(each) for each in table[column].unique()]
        else:
            wanted = read_value(value, column, f"'{condition}'")
            found = matches(table[column], wanted)
            if column == TIME:
                away = (table[column] - wanted).abs()
                near = away <= NEAR * float(table[column].max())
                found = np.asarray(near & (away <= away.groupby(table[NUMBER]).transform("min")))
            swept = self.swept(column)
            there = [swept.text(float(each)) for each in sorted(table[column].dropna().unique())]
        if not found.any():
            shown = there if len(there) <= LISTED else [*there[: LISTED // 2], "...", *there[-LISTED // 2 :]]
            raise ResultError(f"{self.path} has nothing at '{condition}'; there is {', '.join(shown)}")
        return found

    def _column(self, name: str) -> str:
        for column in self.table.columns:
            if name in (column, split_header(column)[0]):
                return str(column)
        return self.parameter(name)


def load_campaign(path: Path) -> CampaignTables:
    """The tables of a campaign.

    Raises:
        ResultError: there are none.
    """
    description = read_description(path)
    if not (path / TABLE).is_file():
        raise ResultError(f"{path} has no {TABLE} yet; make it with: nanochannel collect {path}")
    return CampaignTables(path, description, read_table(path / TABLE), read_table(path / SUMMARY))
