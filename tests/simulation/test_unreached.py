"""Points that are not reached: a limited effort, and a hint that fits the reason."""

from __future__ import annotations

from typing import Any

import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build
from solver.nonlinear.continuation import MOST_EFFORT, ConvergenceError
from solver.nonlinear.reasons import cell_peclet, hint
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from tests.support.small_cone import COARSE

COLUMNS = 4
"""Of equal cells in a slit on the coarse mesh."""


def simulation(description: dict[str, Any]) -> tuple[Simulation, Any]:
    """A device without error bars, and its point."""
    points = plan(Case.model_validate({"outputs": {"errors": "none"}, "mesh": COARSE} | description))
    return Simulation.of(points[0], points, MPI.COMM_WORLD, Clock()), points[0]


def test_convection_is_named() -> None:
    """-430 bar at an open end that holds another concentration: the layer there is thinner than any cell."""
    device, point = simulation(
        {
            "geometry": {
                "type": "cone",
                "length": 59.9e-9,
                "radius_tip": 59.9e-9,
                "radius_base": 473e-9,
                "reservoirs": None,
            },
            "electrolyte": {"species": {"X": {"valence": 5, "diffusivity": 1e-10}, "Cl": {}}},
            "terminals": {
                "base": {"concentrations": {"X": 27.47, "Cl": 137.35}, "potential": 8.4e-3, "pressure": -43e6},
                "tip": {"concentrations": {"X": 2.07, "Cl": 10.35}},
            },
            "walls": {"channel": {"surface_charge": 27.8e-3, "slip_length": 10e-9}},
        }
    )
    with pytest.raises(
        ConvergenceError, match="the flow carries the slowest ions through a cell of the mesh"
    ) as caught:
        device.reach(point)
    steps = len(caught.value.solved.report.iterations)
    assert 0 < steps <= MOST_EFFORT * point.case.solver.max_iterations


def test_effort_is_limited() -> None:
    """With few steps a solve, a strong charge is not reached, and what is tried ends."""
    device, point = simulation(
        {
            "geometry": {"type": "slit", "length": 100e-9, "height": 20e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
            "terminals": {"left": {"potential": 3.0}},
            "walls": {"channel": {"surface_charge": -0.2}},
            "solver": {"flow": "none", "max_iterations": 3},
        }
    )
    with pytest.raises(ConvergenceError, match="charge") as caught:
        device.reach(point)
    assert len(caught.value.solved.report.iterations) <= 3 * MOST_EFFORT


def test_gradients_are_named() -> None:
    """Without convection, the terminals' concentrations are blamed when they are far apart."""
    device, point = simulation(
        {
            "geometry": {"type": "slit", "length": 100e-9, "height": 20e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}},
            "terminals": {"left": {"concentration": 1.0}, "right": {"concentration": 100.0}},
            "solver": {"flow": "none"},
        }
    )
    assert "differ 100 times" in hint(device.problem, None, build.parameters_of(device.problem, point.case))


@pytest.mark.serial
def test_cell_peclet_number() -> None:
    """Of a parabolic flow in equal cells: the mean speed of the fastest cells times their length over the diffusivity."""
    length, height, pressure, viscosity, diffusivity = 100e-9, 20e-9, 1e5, 1e-3, 1e-9
    device, point = simulation(
        {
            "geometry": {"type": "slit", "length": length, "height": height, "width": 1e-6, "reservoirs": None},
            "electrolyte": {
                "species": {name: {"diffusivity": diffusivity} for name in ("K", "Cl")},
                "concentration": 1.0,
                "viscosity": viscosity,
            },
            "terminals": {"left": {"pressure": pressure}},
        }
    )
    found = device.reach(point).state
    fastest = pressure / length * height**2 / 8 / viscosity
    peclet = cell_peclet(device.problem, found) / (fastest * length / COLUMNS / diffusivity)
    assert 0.6 < peclet < 1.0  # the mean over the cells at the mid-plane, along or across a diagonal


@pytest.mark.serial
def test_unlike_reservoirs_of_a_multivalent_salt_are_reached() -> None:
    """136 times the concentration of a 3:1 salt on one side of a charged cone: rest is reached from like reservoirs."""
    device, point = simulation(
        {
            "geometry": {
                "type": "cone",
                "length": 318.6e-9,
                "radius_tip": 150.3e-9,
                "radius_base": 294.6e-9,
                "reservoirs": {"length": 748.1e-9, "radius": 1349.3e-9, "terminal": "end"},
            },
            "electrolyte": {"species": {"X": {"valence": 3, "diffusivity": 5e-10}, "Cl": {}}},
            "terminals": {
                "base": {"concentrations": {"X": 380.7, "Cl": 1142.1}, "potential": 0.677},
                "tip": {"concentrations": {"X": 2.806, "Cl": 8.418}},
            },
            "walls": {"channel": {"surface_charge": 49.8e-3}},
        }
    )
    solved = device.reach(point)
    assert any("rest not reached" in event for event in solved.events)
    currents = solved.state.currents
    assert abs(currents.sum()) < 1e-9 * abs(currents).max()
