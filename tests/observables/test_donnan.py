"""Donnan potentials at the faces of membranes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization.evaluation import Evaluation
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.constants import thermal_voltage
from solver.simulation.simulation import Simulation
from tests.support.filled_slit import values, write

COMM = MPI.COMM_WORLD
VOLT = thermal_voltage(298.15)


@pytest.fixture(scope="module")
def meshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh with a plug, on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("slit") / "slit.msh" if COMM.rank == 0 else None)
    on_root(COMM, lambda: write(made, solid=False))
    return Path(made)


def solved(meshed: Path, **changes: Any) -> tuple[Simulation, Evaluation, dict[str, float]]:
    """The device at rest or at a bias, and what is measured."""
    case = Case.model_validate(values(meshed, solid=False, solver={"flow": "none"}, **changes))
    device = Simulation.of(plan(case)[0], plan(case), COMM, Clock())
    state = device.reach(plan(case)[0]).state
    return device, state, dict(device.observer.observe(state, case).row)


def donnan(fixed: float, salt: float, partition: float) -> float:
    """V: c exp(-y) - K c exp(y) + X = 0."""
    root = (-fixed + np.sqrt(fixed**2 + 4 * partition * salt**2)) / (2 * salt)
    return float(-np.log(root) * VOLT)


def test_at_rest_it_is_the_potential_inside_a_thick_plug_and_that_of_the_closed_form(meshed: Path) -> None:
    equal = {"left": {"potential": 1.5}, "right": {"potential": 1.5}}
    device, state, row = solved(meshed, terminals=equal)
    exact = donnan(-100.0, 10.0, 0.5)
    for side in ("left", "right"):
        assert row[f"donnan_potential_plug_{side} [V]"] == pytest.approx(exact, rel=1e-6)
    unknowns = device.problem.unknowns
    x = unknowns.scalar.tabulate_dof_coordinates()[: unknowns.owned_nodes]
    middle = np.isclose(x[:, 0], 100.0)
    phi = unknowns.potential(state.state)[: unknowns.owned_nodes][middle]
    inside = COMM.allreduce(phi.sum()) / COMM.allreduce(len(phi)) * device.problem.scales.potential
    assert inside - 1.5 == pytest.approx(exact, rel=1e-5)


def test_between_unlike_solutions_without_bias_each_side_has_that_of_its_solution(meshed: Path) -> None:
    """A plug that hardly conducts leaves the solutions as they are."""
    tight = {"type": "membrane", "fixed_charge": -100.0, "diffusivity_factor": 1e-6}
    _, _, row = solved(
        meshed,
        terminals={"left": {}, "right": {"concentration": 50.0}},
        regions={"water": "fluid", "plug": tight},
    )
    for side, salt in (("left", 10.0), ("right", 50.0)):
        assert row[f"donnan_potential_plug_{side} [V]"] == pytest.approx(donnan(-100.0, salt, 1.0), rel=1e-4)


def test_between_two_materials_both_see_the_same_step_and_terminals_are_faces(meshed: Path) -> None:
    """Positive material up to both terminals, negative in the middle, at rest."""
    _, _, row = solved(
        meshed,
        terminals={"left": {}, "right": {}},
        regions={
            "water": {"type": "membrane", "fixed_charge": 40.0},
            "plug": {"type": "membrane", "fixed_charge": -100.0},
        },
    )
    positive, negative = donnan(40.0, 10.0, 1.0), donnan(-100.0, 10.0, 1.0)
    for side in ("left", "right"):
        assert row[f"donnan_potential_plug_{side} [V]"] == pytest.approx(negative - positive, rel=1e-6)
    # to the left look its faces on the left terminal and on the right side of the plug
    mean = (positive + (positive - negative)) / 2
    assert row["donnan_potential_water_left [V]"] == pytest.approx(mean, rel=1e-6)


def test_devices_of_free_liquid_and_solids_have_none(meshed: Path) -> None:
    _, _, row = solved(meshed, regions={"water": "fluid", "plug": "fluid"})
    assert not [name for name in row if "donnan" in name]
