"""Sensitivities of a result: by how many percent current and flow rate change for one percent of a parameter.

Columns of sensitivities.csv: point, parameter (dotted key), unit, value, goal ("current" or "flow_rate"), derivative
(SI), elasticity (d ln goal / d ln parameter).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from postprocess.tables.layout import LEFT, Column, layout
from postprocess.tables.result import Result
from postprocess.tables.units import quantity, readable
from solver.results.rows import ResultError

FILE = "sensitivities.csv"
NEEDED = ("point", "parameter", "goal", "elasticity")
GOALS = {"current": "current", "flow_rate": "flow rate"}


@dataclass(frozen=True, eq=False)
class Elasticities:
    """Elasticities of one goal at the extreme points: what most depends on comes first."""

    goal: str
    """In words: "current" or "flow rate"."""
    points: list[int]
    """Numbers of the points, one per column of `table`."""
    table: pd.DataFrame
    """Rows: dotted keys of the parameters. Columns: the points. NaN where there is none, as of a current that is zero."""
    values: dict[str, str]
    """Values of the parameters with units; "" of a parameter that differs between the points."""

    def names(self) -> list[str]:
        """The parameters in words, or by their keys where words would be ambiguous."""
        words = {key: readable(key) for key in self.table.index}
        unique = list(words.values())
        return [word if unique.count(word) == 1 else key for key, word in words.items()]


def elasticities(result: Result) -> list[Elasticities]:
    """Elasticities of every goal at the extreme points that have them; empty for a result without sensitivities.

    Raises:
        ResultError: a column is missing.
    """
    table = result.sensitivities
    if table.empty:
        return []
    for name in NEEDED:
        if name not in table:
            raise ResultError(f"{result.place(FILE)} has no column {name!r}")
    found = []
    for goal, part in table.groupby("goal", sort=False):
        points = result.extremes(int(point) for point in part["point"].unique())
        part = part[part["point"].isin(points)]
        spread = part.pivot_table(
            index="parameter", columns="point", values="elasticity", aggfunc="last", dropna=False, sort=False
        ).reindex(columns=points)
        spread = spread.astype(float).replace([np.inf, -np.inf], np.nan)
        spread = spread.loc[:, spread.notna().any()]
        if spread.empty:
            continue
        order = spread.abs().max(axis=1).sort_values(ascending=False, kind="stable").index
        spread = spread.loc[order]
        values = {str(key): _value(rows) for key, rows in part.groupby("parameter", sort=False)}
        found.append(Elasticities(GOALS.get(str(goal), str(goal)), [int(p) for p in spread.columns], spread, values))
    return found


def _value(rows: pd.DataFrame) -> str:
    """The value that a parameter has at all points, with its unit; "" when there is no such value."""
    if "value" not in rows or rows["value"].nunique() != 1:
        return ""
    unit = rows["unit"].iloc[0] if "unit" in rows else ""
    return quantity(float(rows["value"].iloc[0]), str(unit) if isinstance(unit, str) else "")


def sensitivity_table(result: Result) -> str:
    """Elasticities of current and flow rate at the extreme points, one block per goal; "" without sensitivities."""
    blocks = []
    for found in elasticities(result):
        keys = [str(key) for key in found.table.index]
        heads = [result.describe(point).split(", ") for point in found.points]
        none = [""] * (max(map(len, heads)) - 1)
        values = [found.values[key].replace("−", "-") for key in keys]
        columns: list[Column] = [((*none, "parameter"), keys, LEFT), ((*none, "value"), values, LEFT)]
        for head, point in zip(heads, found.points, strict=True):
            cells = ["" if math.isnan(value) else f"{value:.3f}" for value in found.table[point]]
            columns.append((head, cells, "."))
        blocks.append(f"change of the {found.goal} in percent for one percent of a parameter\n{layout(columns)}")
    return "\n\n".join(blocks)
