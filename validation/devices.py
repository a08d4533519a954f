"""Cases in memory: from a plain description to observables. Collective."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mpi4py import MPI

from python_interface.result import SimulationResult
from python_interface.simulate import simulate
from solver.analysis.rectification import rectification
from solver.case.case import Case
from solver.results.headers import ALGEBRAIC_ERROR, BIAS, CURRENT, CURRENT_ERROR, DISCRETISATION_ERROR, error_header

KCL_WATER: dict[str, Any] = {
    "temperature": 298.15,
    "relative_permittivity": 78.5,
    "viscosity": 0.89e-3,
    "species": {"K": {"diffusivity": 1.957e-9}, "Cl": {"diffusivity": 2.032e-9}},
}
"""Potassium chloride in water at 298.15 K, without its concentration."""


def simulated(data: Mapping[str, Any], comm: MPI.Comm | None = None) -> SimulationResult:
    """Result of a case in memory. Collective.

    comm: default all ranks.
    """
    return simulate(Case.model_validate(data), progress=False, comm=comm)


def rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of observables of all points of a case. Collective."""
    found: list[dict[str, Any]] = simulated(data).table.to_dict("records")
    return found


def row(data: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a case with one point. Collective."""
    (found,) = rows(data)
    return found


def bar(row: Mapping[str, Any], header: str) -> float:
    """The error bar of a column, such as "current [A]": the column "current_error [A]"; NaN when there is none."""
    found = row.get(error_header(header))
    return float(found) if isinstance(found, (int, float)) else math.nan


def ratio_bar(minus: Mapping[str, Any], plus: Mapping[str, Any]) -> float:
    """The error bar that the program gives to |I(-V)| / |I(+V)| of two rows, whatever else they differ in."""
    names = (CURRENT, CURRENT_ERROR, DISCRETISATION_ERROR, ALGEBRAIC_ERROR)
    pair = [
        {"point": k, BIAS: bias, **{name: row[name] for name in names if name in row}}
        for k, (bias, row) in enumerate(((-1.0, minus), (1.0, plus)))
    ]
    return float(rectification(pair)[0]["ratio_error"])
