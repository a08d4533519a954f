"""Devices whose terminals and electrodes hold a current: their potentials, steady and in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from scipy.special import erfc

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case
from solver.discretization import build
from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from solver.run import run
from solver.simulation.memory import MemorySink
from tests.support.few_on_ranks import few_on_ranks
from tests.support.reacting_cell import AREA, CONCENTRATION, LIMITING, cell, currents, mesh_of, reached, solver_of
from tests.support.small_cone import small_cone
from validation.devices import KCL_WATER


def cone(flow: str, **base: Any) -> Case:
    """A cone with what is held at its base."""
    return Case(**small_cone(30.0, base=base) | {"solver": {"flow": flow}})


@pytest.mark.parametrize("flow", few_on_ranks(["none", "stokes"], 1))
def test_the_current_of_a_terminal_has_the_potential_that_brings_it(flow: str) -> None:
    given, held = cone(flow, potential=0.5), cone(flow, current=1e-10)
    tagged = mesh_of(given)
    by_voltage, by_current = solver_of(given, tagged), solver_of(held, tagged)
    for volts in (-0.3, 0.0, 0.5):
        current = float(currents(reached(by_voltage, cone(flow, potential=volts)))[0])
        found = reached(by_current, cone(flow, current=current))
        assert found.parameters["terminals.base.potential"] == pytest.approx(volts, rel=1e-8, abs=1e-10)
    adjoint = Adjoint(by_current.problem, by_current.newton.jacobian, Goal("current", "tip"))
    adjoint.solve(found)
    case = cone(flow, current=current)
    assert sensitivity(adjoint, found, case, "terminals.base.current").derivative == pytest.approx(-1.0, rel=1e-7)
    by_charge = sensitivity(adjoint, found, case, "walls.channel.surface_charge")
    assert abs(by_charge.elasticity) < 1e-8


def test_a_held_current_is_the_whole_current_at_every_instant() -> None:
    """It charges the layers first and passes the reaction later; at the end the potential is that of the steady state."""
    current = 0.6 * LIMITING * AREA
    steady = cell({"current": current})
    solver = solver_of(steady, mesh_of(steady))
    expected = reached(solver, steady).parameters["walls.left.potential"]
    step = [{"type": "step", "to": {"walls.left.current": current}}, {"type": "hold", "duration": 6e-4}]
    case = cell(
        {"current": 0.0},
        study={"type": "transient", "protocol": step, "record_every": 5e-5},
        outputs={"errors": "none"},
    )
    sink = MemorySink()
    run(case, sink, MPI.COMM_WORLD)
    rows = sink.rows[1:]
    totals = np.array([row["current [A]"] for row in rows])
    parts = np.array([[row[f"{part}_current [A]"] for part in ("conduction", "displacement")] for row in rows])
    np.testing.assert_allclose(totals, current, rtol=1e-9)
    assert parts[0, 1] > 1e-3 * current
    assert abs(parts[-1, 1]) < 1e-8 * current
    assert max(row["conservation_error"] for row in rows) < 1e-8
    assert rows[-1]["potential_left [V]"] == pytest.approx(expected, rel=1e-4)


def test_a_held_current_charges_a_tube_with_its_own_time_and_bars_cover() -> None:
    """An uncharged tube is a resistance beside a capacitance: V = I R (1 - exp(-t / tau)) with tau = eps / sigma."""
    current, length, radius, tolerance = 1e-12, 200e-9, 20e-9, 1e-4
    protocol = [{"type": "step", "to": {"terminals.right.current": current}}, {"type": "hold", "duration": 2e-7}]
    case = Case(
        geometry={"type": "cylinder", "length": length, "radius": radius, "reservoirs": None},
        electrolyte=KCL_WATER | {"concentration": 1.0},
        terminals={"right": {"current": 0.0}},
        walls={"channel": {}},
        mesh={"axial_cells": 4, "growth": 4.0},
        solver={"flow": "none"},
        study={"type": "transient", "tolerance": tolerance, "protocol": protocol},
    )
    sink = MemorySink()
    run(case, sink, MPI.COMM_WORLD)
    electrolyte = case.electrolyte
    thermal = GAS_CONSTANT * electrolyte.temperature / FARADAY
    mobile = sum(species.diffusivity for species in electrolyte.species.values())
    conductivity = FARADAY * mobile / thermal  # of 1 mol/m^3
    tau = electrolyte.relative_permittivity * VACUUM_PERMITTIVITY / conductivity
    last = current * length / (conductivity * np.pi * radius**2)
    for row in sink.rows[1:]:
        off = abs(row["potential_right [V]"] - last * (1.0 - np.exp(-row["time [s]"] / tau)))
        assert off < 2.0 * tolerance * thermal
        assert off < row["potential_right_error [V]"] + 2e-5 * last  # a jump takes 1e-5 Debye times


@pytest.mark.parametrize("key", few_on_ranks(["walls.left.current", "electrolyte.concentration"], 1))
def test_sensitivities_of_the_potential_of_a_held_current(key: str) -> None:
    """Against differences of solved states; what the closed cell is filled with counts, too."""
    case = cell({"current": 0.5 * LIMITING * AREA})
    solver = solver_of(case, mesh_of(case))
    found = reached(solver, case)
    adjoint = Adjoint(solver.problem, solver.newton.jacobian, Goal("potential", "left"))
    adjoint.solve(found)
    potential = "walls.left.potential"
    value = adjoint.lagrangian(found) * found.parameters.scales.potential
    assert value == pytest.approx(found.parameters[potential], rel=1e-9)
    derivative, at = sensitivity(adjoint, found, case, key).derivative, build.value_of(case, key)
    ends = [reached(solver, case.with_value(key, at * (1.0 + step))).parameters[potential] for step in (1e-3, -1e-3)]
    assert derivative == pytest.approx((ends[0] - ends[1]) / (2e-3 * at), rel=1e-5)


@pytest.mark.serial
def test_a_held_current_uses_up_the_salt_at_an_electrode_after_the_time_of_sand() -> None:
    """Sand, Phil. Mag. 1, 45 (1901): tau = pi D (F c / (2 (1 - t+) j))^2 with the ambipolar D, where the cation is deposited
    and the anion blocked. Until then c = c0 - (1 - t+) j / (F D) (2 sqrt(D t / pi) exp(-y^2) - x erfc(y)) with
    y = x / sqrt(4 D t)."""
    length, cation, anion = 1e-5, 1e-9, 2e-9
    ambipolar, blocked = 2.0 * cation * anion / (cation + anion), anion / (cation + anion)
    tau = length**2 / (64.0 * ambipolar)
    density = FARADAY * CONCENTRATION / (2.0 * blocked) * np.sqrt(np.pi * ambipolar / tau)
    species = {"M": {"valence": 1, "diffusivity": cation}, "X": {"valence": -1, "diffusivity": anion}}
    electrolyte = {"temperature": 298.15, "species": species, "concentration": CONCENTRATION}
    step = {"type": "step", "to": {"walls.left.current": -density * AREA}}
    study = {
        "type": "transient",
        "protocol": [step, {"type": "hold", "duration": 1.25 * tau}],
        "record_every": 0.25 * tau,
    }
    others = {"electrolyte": electrolyte, "study": study, "outputs": {"errors": "none"}, "mesh": {}}
    sink = MemorySink()
    run(cell({"current": 0.0}, length=length, **others), sink, MPI.COMM_WORLD)
    rows = sink.rows[1:]
    for row in rows[:4]:
        profile = [line for line in sink.profiles if line["point"] == row["point"]]
        x, salt = (np.array([line[name] for line in profile]) for name in ("axial_position [m]", "salt [mol/m^3]"))
        spread = np.sqrt(4.0 * ambipolar * row["time [s]"])
        lacking = spread / np.sqrt(np.pi) * np.exp(-((x / spread) ** 2)) - x * erfc(x / spread)
        expected = 1.0 - blocked * density / (FARADAY * ambipolar * CONCENTRATION) * lacking
        liquid = (x > 20 * 5e-9) & (x < 0.5 * length)
        np.testing.assert_allclose(salt[liquid] / CONCENTRATION, expected[liquid], atol=4e-3)
    changes = np.abs(np.diff([row["potential_left [V]"] for row in rows]))
    assert changes[2] < 0.1, "before"
    assert changes[3] > 0.3, "behind"
