"""Devices between electrodes at which reactions pass current."""

from __future__ import annotations

from typing import Any

import pytest
from mpi4py import MPI

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case
from solver.discretization import build
from solver.physics.constants import FARADAY
from solver.run import run
from solver.simulation.memory import MemorySink
from tests.support.few_on_ranks import few_on_ranks
from tests.support.reacting_cell import (
    AREA,
    CONCENTRATION,
    DEPOSITION,
    LIMITING,
    THERMAL,
    cell,
    currents,
    mesh_of,
    reached,
    solver_of,
)


def test_a_thin_film_cell_has_the_currents_of_its_voltages() -> None:
    """Potentials are reached from the Ohmic state, each on its own; what enters at one electrode leaves at the other."""
    case = cell({"potential": 9.4 * THERMAL})
    solver = solver_of(case, mesh_of(case))
    for expected, voltage in ((0.5, 2.57790201), (1.1, 9.39502921)):
        solver.start_over()
        found = reached(solver, cell({"potential": voltage * THERMAL}))
        left, right = currents(found)
        assert left / (LIMITING * AREA) == pytest.approx(expected, rel=3e-6)
        assert right == pytest.approx(-left, rel=1e-8)


def test_the_voltage_of_a_current_and_the_current_of_a_voltage_are_inverse() -> None:
    given = cell({"potential": 5.0 * THERMAL})
    held = cell({"current": LIMITING * AREA})
    tagged = mesh_of(given)
    by_voltage, by_current = solver_of(given, tagged), solver_of(held, tagged)
    for voltage in (-9.3, -0.4, 0.0, 2.0, 8.0):
        volts = voltage * THERMAL
        current = currents(reached(by_voltage, cell({"potential": volts})))[0]
        found = reached(by_current, cell({"current": float(current)}))
        assert found.parameters["walls.left.potential"] == pytest.approx(volts, rel=1e-8, abs=1e-9 * THERMAL)
        assert currents(found)[0] == pytest.approx(current, rel=1e-10, abs=1e-12 * LIMITING * AREA)


@pytest.mark.serial
def test_an_electrode_without_current_has_the_potential_of_nernst() -> None:
    """In a cell of one composition the difference of two electrodes that rest is that of their equilibrium potentials."""
    reaction = {**DEPOSITION, "equilibrium_potential": 0.05}
    case = cell({"current": 0.0})
    other = case.walls["right"].model_dump(mode="json") | {"reactions": [reaction]}
    case = Case.model_validate(
        {**case.model_dump(mode="json"), "walls": {"left": case.walls["left"].model_dump(mode="json"), "right": other}}
    )
    found = reached(solver_of(case, mesh_of(case)), case)
    # a closed cell is solved with a slow storage of ions, a millionth of its rate of mixing
    assert found.parameters["walls.left.potential"] == pytest.approx(-0.05, rel=1e-7)


@pytest.mark.parametrize("key", few_on_ranks(["walls.left.potential", "walls.left.reactions.0.exchange_current"], 1))
def test_sensitivities_of_the_current_at_an_electrode(key: str) -> None:
    case = cell({"potential": 2.0 * THERMAL})
    solver = solver_of(case, mesh_of(case))
    found = reached(solver, case)
    adjoint = Adjoint(solver.problem, solver.newton.jacobian, Goal("current", "left"))
    adjoint.solve(found)
    derivative = sensitivity(adjoint, found, case, key).derivative
    step = 1e-3 * build.value_of(case, key)
    ends = [
        currents(reached(solver, case.with_value(key, build.value_of(case, key) + sign * step)))[0]
        for sign in (1.0, -1.0)
    ]
    assert derivative == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


def test_a_sensitivity_of_a_device_that_holds_a_current() -> None:
    """Of the current at the other electrode, which is the same: none by the kinetics, one by the current."""
    case = cell({"current": 0.5 * LIMITING * AREA})
    solver = solver_of(case, mesh_of(case))
    found = reached(solver, case)
    adjoint = Adjoint(solver.problem, solver.newton.jacobian, Goal("current", "right"))
    adjoint.solve(found)
    by_current = sensitivity(adjoint, found, case, "walls.left.current")
    assert by_current.derivative == pytest.approx(-1.0, abs=1e-6)
    by_kinetics = sensitivity(adjoint, found, case, "walls.left.reactions.0.exchange_current")
    assert abs(by_kinetics.elasticity) < 1e-6


BULK = {"M": CONCENTRATION}
KINETICS: list[dict[str, Any]] = [
    {"type": "marcus", "exchange_current": 2.0, "reorganization_energy": "0.5 eV", "reference_concentrations": BULK},
    {
        "type": "marcus_hush_chidsey",
        "exchange_current": 2.0,
        "reorganization_energy": "0.5 eV",
        "reference_concentrations": BULK,
    },
    {"type": "linear", "charge_transfer_resistance": THERMAL / 2.0, "reference_concentrations": BULK},
    {"type": "butler_volmer", "exchange_current": 2.0, "reference_concentrations": BULK},
]


@pytest.mark.serial
@pytest.mark.parametrize("kinetics", KINETICS, ids=lambda keys: keys["type"])
def test_slow_kinetics_have_the_same_resistance_at_small_voltages(kinetics: dict[str, Any]) -> None:
    """Two charge-transfer resistances V_T/i0 and the liquid in series; the layers of a Stern layer and of the liquid do not
    change concentrations at rest, where V - phi is that of Nernst."""
    case = cell({"potential": 0.01 * THERMAL}, reaction={**kinetics, "equation": "M+ + e- = M"})
    current = currents(reached(solver_of(case, mesh_of(case)), case))[0] / AREA
    # at the limiting current 2 F D c0 / L of one side the salt resistance of small currents is V_T / (4 F D c0 / (2 L))
    expected = 0.01 * THERMAL / (2 * THERMAL / 2.0 + THERMAL / (LIMITING / 4.0))
    assert current == pytest.approx(expected, rel=2e-3)


@pytest.mark.serial
def test_a_redox_pair_in_excess_of_salt_reaches_its_limiting_current() -> None:
    """Both species diffuse, their sum stays, and far from equilibrium one is used up at each electrode: n F D 2 c0 / L."""
    length, counts = 2e-6, {"K": (1, 50), "Cl": (-1, 51), "Ox": (1, 1), "Red": (0, 1)}
    species = {name: {"valence": z, "diffusivity": 1e-9, "stoichiometry": n} for name, (z, n) in counts.items()}
    reaction = {
        "type": "marcus_hush_chidsey",
        "equation": "Red = Ox + e-",
        "exchange_current": 5e3,
        "reorganization_energy": "0.4 eV",
        "reference_concentrations": {"Ox": 1.0, "Red": 1.0},
    }
    wall = {"stern": {"thickness": 0.5e-9}, "reactions": [reaction]}
    case = Case(
        geometry={"type": "cell", "length": length, "width": 1e-6, "height": 50e-9},
        electrolyte={"species": species, "concentration": 1.0},
        walls={"left": {"potential": 0.4} | wall, "right": {"potential": 0.0} | wall},
        solver={"flow": "none"},
    )
    found = reached(solver_of(case, mesh_of(case)), case)
    left, right = currents(found)
    limiting = FARADAY * 1e-9 * 2.0 * 1.0 / length * AREA
    assert left == pytest.approx(limiting, rel=0.02)
    assert right == pytest.approx(-left, rel=1e-8)


@pytest.mark.serial
def test_no_cut_is_compared_with_a_current_that_is_not_the_one_through_it() -> None:
    """Between two terminals a wall of metal reacts, so that what enters at one of them does not pass the middle."""
    reaction = {"type": "butler_volmer", "equation": "Ag + Cl- = AgCl + e-", "exchange_current": 1e3}
    case = Case(
        geometry={"type": "slit", "length": 60e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None},
        electrolyte={"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
        terminals={"right": {"potential": 50e-3}},
        walls={"channel": {"potential": 0.1, "stern": {"thickness": 0.5e-9}, "reactions": [reaction]}},
        solver={"flow": "none"},
        mesh={"axial_cells": 4, "growth": 3.0},
    )
    sink = MemorySink()
    run(case, sink, MPI.COMM_WORLD)
    (row,) = sink.rows
    assert "current_cut [A]" not in row
    assert abs(row["current_left [A]"] + row["current_right [A]"]) > 0.01 * abs(row["current_right [A]"])
    assert row["current_algebraic_error [A]"] < 1e-8 * abs(row["current_right [A]"])
