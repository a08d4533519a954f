"""Cases in memory: from a plain description to observable rows, without files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mpi4py import MPI

from solver.case import Case
from solver.run import Session, open_session
from solver.runtime import Clock
from solver.study import plan

KCL_WATER: dict[str, Any] = {
    "temperature": 298.15,
    "relative_permittivity": 78.5,
    "viscosity": 0.89e-3,
    "species": {"K": {"diffusivity": 1.957e-9}, "Cl": {"diffusivity": 2.032e-9}},
}


def sessions(data: dict[str, Any]) -> Iterator[tuple[Session, dict[str, Any], list[dict[str, Any]]]]:
    """Compute the points of a case one after the other: the session in the state of the point, row, profile."""
    case = Case.model_validate(data)
    points = plan(case)
    session = open_session(points[0], points, MPI.COMM_WORLD, Clock())
    for point in points:
        row, profile, _ = session.compute(point)
        yield session, row, profile


def rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of observables of all points of a case."""
    return [row for _, row, _ in sessions(data)]


def row(data: dict[str, Any]) -> dict[str, Any]:
    """The row of a case with one point."""
    return rows(data)[0]
