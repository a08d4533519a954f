"""A short cone whose mesh is adapted."""

from __future__ import annotations

from typing import Any

from mpi4py import MPI

from solver.accuracy.adaptation import Adaptation, adapted_mesh
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from validation.devices import KCL_WATER

SIZES = {
    "length": 60e-9,
    "radius_tip": 3e-9,
    "radius_base": 8e-9,
    "reservoirs": {"length": 40e-9, "radius": 40e-9},
}
CONE: dict[str, Any] = {
    "geometry": {"type": "cone"} | SIZES,
    "electrolyte": KCL_WATER | {"concentration": 100.0},
    "terminals": {"base": {"potential": -0.4}},
    "walls": {"channel": {"surface_charge": -20e-3}},
    "outputs": {"profile_points": 2},
}


def opened(data: dict[str, Any]) -> tuple[Simulation, list[dict[str, Any]]]:
    """The simulation of a case of one structure, and the rows of all its points."""
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    return simulation, [compute(simulation, point).row for point in points]


def adapt(data: dict[str, Any]) -> Adaptation:
    points = plan(Case.model_validate(data))
    return adapted_mesh(points[0].case, points, MPI.COMM_WORLD, Clock())[1]
