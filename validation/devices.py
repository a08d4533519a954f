"""Cases in memory: from a plain description to observable rows, without files. Collective."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mpi4py import MPI

from solver.analysis.rectification import rectification
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute

KCL_WATER: dict[str, Any] = {
    "temperature": 298.15,
    "relative_permittivity": 78.5,
    "viscosity": 0.89e-3,
    "species": {"K": {"diffusivity": 1.957e-9}, "Cl": {"diffusivity": 2.032e-9}},
}
"""Potassium chloride in water at 298.15 K, without its concentration."""


def simulations(data: dict[str, Any]) -> Iterator[tuple[Simulation, dict[str, Any], list[dict[str, Any]]]]:
    """Compute the points of a case one after the other: the simulation in the state of the point, row, profile. Points
    that differ in more than their drive (a size, say) get a mesh of their own."""
    from solver.discretization.build import same_structure

    points = plan(Case.model_validate(data))
    simulation: Simulation | None = None
    for point in points:
        if simulation is None or not same_structure(simulation.case, point.case):
            simulation = Simulation.of(point, points, MPI.COMM_WORLD, Clock())
        record = compute(simulation, point)
        yield simulation, dict(record.row), [dict(line) for line in record.profile]


def rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of observables of all points of a case."""
    return [row for _, row, _ in simulations(data)]


def row(data: dict[str, Any]) -> dict[str, Any]:
    """The row of a case with one point."""
    return rows(data)[0]


def bar(row: Mapping[str, Any], header: str) -> float:
    """The error bar of a column, such as "current [A]": the column "current_error [A]"; NaN when there is none."""
    name, bracket, unit = header.partition(" [")
    found = row.get(f"{name}_error{bracket}{unit}")
    return float(found) if isinstance(found, (int, float)) else math.nan


def ratio_bar(minus: Mapping[str, Any], plus: Mapping[str, Any]) -> float:
    """The error bar that the program gives to |I(-V)| / |I(+V)| of two rows, whatever else they differ in."""
    names = [f"current{part} [A]" for part in ("", "_error", "_discretization_error", "_algebraic_error")]
    pair = [
        {"point": k, "bias [V]": bias, **{name: row[name] for name in names if name in row}}
        for k, (bias, row) in enumerate(((-1.0, minus), (1.0, plus)))
    ]
    return float(rectification(pair)[0]["ratio_error"])
