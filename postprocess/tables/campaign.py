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

    @property
    def along(self) -> str | None:
        """Header of what the rows of one point differ in: time, frequency, or its own sweep; None for single rows."""
        for name in (TIME, FREQUENCY):
            if name in self.table:
                return name
        columns = list(self.table.columns)
        within = (
            [name for name in columns[: columns.index(BIAS)] if name not in (NUMBER, POINT, *self.parameters)]
            if BIAS in columns
            else []
        )
        if not within or not self.table.duplicated(NUMBER).any():
            return None
        return (
            BIAS
            if within[-1].endswith(".potential [V]") and np.allclose(self.table[within[-1]], self.table[BIAS])
            else within[-1]
        )

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

    def chosen(self, at: Iterable[str]) -> pd.DataFrame:
        """The rows of the table at some values of what the rows of a point differ in, such as "1 V"; "KEY=value" for others.

        Raises:
            ResultError: nothing is there.
        """
        mask = np.ones(len(self.table), dtype=bool)
        groups: dict[str, npt.NDArray[np.bool_]] = {}
        for condition in (part for text in at for part in text.split(",")):
            key, equals, value = condition.rpartition("=")
            column = self._column(key.strip()) if equals else self.along
            if column is None:
                raise ResultError(f"'{condition}': the points have one row each; write KEY=value")
            wanted = read_value(value, column, f"'{condition}'")
            found = matches(self.table[column], wanted)
            if not found.any():
                swept = self.swept(column)
                there = ", ".join(swept.text(float(each)) for each in sorted(self.table[column].dropna().unique())[:12])
                raise ResultError(f"{self.path} has nothing at '{condition.strip()}'; there is {there}")
            groups[column] = groups.get(column, np.zeros(len(self.table), dtype=bool)) | found
        for group in groups.values():
            mask &= group
        return self.table[mask]

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
