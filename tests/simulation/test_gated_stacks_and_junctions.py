"""Solids and gates around stacks and junctions."""

from __future__ import annotations

from typing import Any

import pytest
from mpi4py import MPI

from solver.accuracy.adaptation import adapted_mesh
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.parallel.clock import Clock
from tests.simulation.test_drawn_regions import GATED, gated_slit
from tests.support.few_on_ranks import few_on_ranks
from validation.devices import rows

COMM = MPI.COMM_WORLD
WIDTH, HEIGHT, POTENTIAL = 1e-6, 20e-9, 1e-5


def segment(name: str, length: float) -> dict[str, Any]:
    return {"name": name, "length": length, "height": HEIGHT}


@pytest.mark.serial
def test_a_long_gated_stack_has_the_charge_and_the_conductance_of_a_slit() -> None:
    """Two segments with the same wall, so that the gate crosses where they meet."""
    length, voltages = 0.6e-6, [-2.0, 5.0]
    walls = {name: {"surface_charge": -2e-3} for name in ("a", "b")} | {"gate": {"potential": 0.0}}
    geometry = {"type": "slit_stack", "width": WIDTH, "segments": [segment("a", 0.2e-6), segment("b", 0.4e-6)]}
    study = {"type": "sweep", "parameter": "walls.gate.potential", "values": voltages}
    for row in rows(Case.model_validate(gated_slit(length, geometry=geometry, walls=walls, study=study))):
        charge, _, conductance = GATED[row["walls.gate.potential [V]"]]
        behind = -2.0 + 1e3 * row["charge_gate [C]"] / (2 * WIDTH * length)
        assert behind == pytest.approx(charge, rel=1e-4)
        assert row["current [A]"] / POTENTIAL * length / WIDTH == pytest.approx(conductance, rel=1e-4)
        assert row["conservation_error"] < 1e-8


@pytest.mark.serial
def test_longer_arms_of_a_gated_junction_add_the_charge_and_the_resistance_of_a_slit() -> None:
    """What the corners change is nearly the same in both (they hinder the flow a little more in short arms): by symmetry half
    of the voltage lies along each horizontal arm."""
    charge, _, conductance = GATED[5.0]
    found = []
    for length in (100e-9, 200e-9):
        arm = {"length": length, "height": HEIGHT}
        device = gated_slit(
            length,
            geometry={
                "type": "junction",
                "shape": "T",
                "arms": dict.fromkeys(("left", "right", "top"), arm),
                "width": WIDTH,
            },
            walls={"channel": {"surface_charge": -2e-3}, "gate": {"potential": 5.0}},
            terminals={"left": {"potential": POTENTIAL}, "top": {"potential": 0.5 * POTENTIAL}},
            mesh={"corner_size": "0.1 debye_length", "growth": 2.2, "axial_cells": 8},
        )
        (row,) = rows(Case.model_validate(device))
        assert row["conservation_error"] < 1e-8
        found.append((row["charge_gate [C]"], 0.5 * POTENTIAL / row["current_left [A]"]))
    more = found[1][0] - found[0][0], found[1][1] - found[0][1]
    assert more[0] / (6 * WIDTH * 100e-9) == pytest.approx(1e-3 * (charge + 2.0), rel=1e-3)
    assert more[1] == pytest.approx(100e-9 / (conductance * WIDTH), rel=3e-3)


def test_a_fixed_charge_that_jumps_inside_a_segment_is_that_of_two_segments() -> None:
    def current(segments: list[dict[str, Any]], regions: dict[str, Any]) -> float:
        changes = {"walls": {}, "terminals": {"left": {"potential": 0.1}}, "solver": {"flow": "none"}}
        geometry = {"type": "slit_stack", "width": WIDTH, "segments": segments}
        return float(
            rows(Case.model_validate(gated_slit(0.0, geometry=geometry, regions=regions, **changes)))[0]["current [A]"]
        )

    charge = {"type": "piecewise", "breaks": [20e-9], "values": [40.0, -40.0]}
    one = current([segment("gel", 60e-9)], {"gel": {"type": "membrane", "fixed_charge": charge}})
    both = {name: {"type": "membrane", "fixed_charge": value} for name, value in (("a", 40.0), ("b", -40.0))}
    assert one == pytest.approx(current([segment("a", 20e-9), segment("b", 40e-9)], both), rel=1e-9)


@pytest.mark.parametrize("kind", few_on_ranks(["stack", "junction"], 1))
def test_the_mesh_of_a_solid_around_it_is_adapted_to_a_tolerance(kind: str) -> None:
    arm = {"length": 40e-9, "height": HEIGHT}
    geometry: dict[str, Any] = {"type": "junction", "shape": "T", "arms": dict.fromkeys(("left", "right", "top"), arm)}
    if kind == "stack":
        wide = segment("b", 30e-9) | {"height": 2 * HEIGHT}
        geometry = {"type": "slit_stack", "segments": [segment("a", 40e-9), wide]}
    case = Case.model_validate(
        gated_slit(
            0.0,
            geometry=geometry | {"width": WIDTH},
            walls={"gate": {"potential": 0.5}},
            solver={"flow": "none"},
            mesh={"tolerance": 3e-2},
        )
    )
    found = adapted_mesh(case, plan(case), COMM, Clock())[1]
    assert found.reached
    assert found.grid_lines
