"""Pores whose wall is an electrode."""

from __future__ import annotations

from typing import Any

import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation

STERN = {"thickness": 0.5e-9, "relative_permittivity": 10}


def charge(law: dict[str, Any], refinement: int) -> float:
    """Dimensionless charge of the wall of a slit without reservoirs at 0.2 V, on the default mesh refined so often."""
    case = Case.model_validate(
        {
            "geometry": {"type": "slit", "length": 200e-9, "height": 20e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
            "walls": {"channel": {"potential": 0.2, **law}},
            "solver": {"flow": "none"},
            "outputs": {"errors": "none"},
            "mesh": {"refinement": refinement},
        }
    )
    points = plan(case)
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    return float(simulation.reach(points[0]).state.charges[-1])


@pytest.mark.parametrize(("law", "tolerance"), [({"stern": STERN}, 1e-4), ({}, 5e-3)])
def test_layer_along_a_held_end(law: dict[str, Any], tolerance: float) -> None:
    """The end holds no layer of the electrode, so that there is one along the end: the default mesh resolves it."""
    assert charge(law, 0) == pytest.approx(charge(law, 1), rel=tolerance)
