"""Electrodes at which reactions pass current in electroneutral devices, against closed forms and independent integrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from scipy.integrate import quad, solve_ivp

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case, CaseError
from solver.check.report import report
from solver.discretization import build
from solver.nonlinear import reasons
from solver.nonlinear.amounts import balances
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from solver.studies.impedance.linearised import Linearised
from tests.support.neutral_strip import write
from tests.support.reacting_cell import (
    AREA,
    CONCENTRATION,
    DEPOSITION,
    DIFFUSIVITY,
    LENGTH,
    LIMITING,
    THERMAL,
    currents,
    mesh_of,
    neutral_cell,
    reached,
    solver_of,
)
from validation.devices import bar, rows
from validation.slabs import both_ends

COMM = MPI.COMM_WORLD
RATE = 10.0
"""Rate constants of both directions of the reaction, D c0 / L."""

VOLTAGES = {0.1: 0.48163816, 0.5: 2.64225128, 0.9: 7.23380084}
"""Thermal voltages at currents over the limiting one, to all digits given."""


def drop(current: float, beside: float) -> float:
    """Metal less liquid (thermal voltages) where 4 j = k e^(d/2) - k c e^(-d/2), with the concentration c beside it."""
    root = (4.0 * current + np.sqrt(16.0 * current**2 + 4.0 * RATE**2 * beside)) / (2.0 * RATE)
    return float(2.0 * np.log(root))


def voltage(current: float) -> float:
    """Of the cell at a steady current: c = 1 + j (1 - 2 x), and the anion at rest in the potential."""
    left, right = 1.0 + current, 1.0 - current
    return drop(current, left) - drop(-current, right) + np.log(left / right)


def test_a_cell_has_the_voltages_of_a_thick_stern_layer_and_current_and_voltage_are_inverse() -> None:
    held = neutral_cell({"current": 0.0})
    tagged = mesh_of(held)
    by_current = solver_of(held, tagged)
    by_voltage = solver_of(neutral_cell({"potential": 0.0}), tagged)
    for part, expected in VOLTAGES.items():
        assert voltage(part) == pytest.approx(expected, abs=1e-8)
        by_voltage.start_over()
        given = reached(by_voltage, neutral_cell({"potential": expected * THERMAL}))
        left, right = currents(given)
        assert left / (LIMITING * AREA) == pytest.approx(part, rel=1e-8)
        assert right == pytest.approx(-left, rel=1e-10)
        found = reached(by_current, neutral_cell({"current": float(left)}))
        assert found.parameters["walls.left.potential"] == pytest.approx(expected * THERMAL, rel=1e-9)
        filled = build.parameters_of(by_voltage.problem, neutral_cell({"potential": 0.0}))
        start = by_voltage.problem.evaluate(by_voltage.problem.at_rest(filled)[0], filled)
        np.testing.assert_allclose(given.amounts, start.amounts, rtol=1e-10)


def test_a_sweep_of_the_current_has_bars_that_cover_and_two_routes_that_agree() -> None:
    parts = [0.5, 0.9, 0.99]
    study = {"type": "sweep", "parameter": "walls.left.current", "values": [LIMITING * AREA * part for part in parts]}
    found = rows(neutral_cell({"current": 0.0}, study=study).model_dump(mode="json"))
    for part, row in zip(parts, found, strict=True):
        value, own = row["potential_left [V]"] / THERMAL, bar(row, "potential_left [V]") / THERMAL
        assert abs(value - voltage(part)) <= own + 1e-9
        assert own < 1e-4
        assert row["current_route_difference"] < 1e-9
        assert row["conservation_error"] < 1e-9
        assert row["salt_mean [mol/m^3]"] == pytest.approx(CONCENTRATION, rel=1e-8)
        assert not [name for name in row if name.startswith("charge_")]


@pytest.mark.serial
def test_what_the_limiting_current_means_is_said_before_a_run_and_where_one_fails() -> None:
    beyond = neutral_cell({"current": 1.1 * LIMITING * AREA})
    assert "1.1 times the diffusion-limited one" in report(beyond)
    text = report(neutral_cell({"current": 0.9 * LIMITING * AREA}))
    assert "no warnings" in text
    assert "capacitance" not in text
    problem = solver_of(beyond, mesh_of(beyond)).problem
    assert "beyond the diffusion-limited current" in reasons.hint(problem, None, build.parameters_of(problem, beyond))
    assert "uses up the salt" in reasons.hint_in_time(problem)


KINETICS: list[dict[str, Any]] = [
    {"type": "marcus", "exchange_current": 2.0, "reorganization_energy": "0.5 eV"},
    {"type": "marcus_hush_chidsey", "exchange_current": 2.0, "reorganization_energy": "0.5 eV"},
    {"type": "linear", "charge_transfer_resistance": THERMAL / 2.0},
]


@pytest.mark.serial
@pytest.mark.parametrize("kinetics", KINETICS, ids=lambda keys: keys["type"])
def test_kinetics_have_their_charge_transfer_resistance_beside_that_of_the_salt(kinetics: dict[str, Any]) -> None:
    reaction = {**kinetics, "equation": "M+ + e- = M", "reference_concentrations": {"M": CONCENTRATION}}
    case = neutral_cell({"potential": 1e-3 * THERMAL}, reaction=reaction)
    current = currents(reached(solver_of(case, mesh_of(case)), case))[0] / AREA
    assert current == pytest.approx(1e-3 * THERMAL / (2.0 * THERMAL / 2.0 + THERMAL / (LIMITING / 4.0)), rel=1e-6)


def test_a_fast_redox_pair_in_excess_of_salt_conserves_both_and_has_its_limiting_current() -> None:
    """A reaction 10^4 times faster than diffusion in a cell of a millimetre: its rates cancel in the balance of the pair."""
    length, counts = 1e-3, {"K": (1, 50), "Cl": (-1, 51), "Ox": (1, 1), "Red": (0, 1)}
    species = {name: {"valence": z, "diffusivity": 1e-9, "stoichiometry": n} for name, (z, n) in counts.items()}
    reaction = {
        "type": "butler_volmer",
        "equation": "Red = Ox + e-",
        "exchange_current": 5e3,
        "reference_concentrations": {"Ox": 1.0, "Red": 1.0},
    }
    data = {
        "geometry": {"type": "cell", "length": length, "width": 1e-6, "height": 50e-9},
        "electrolyte": {"temperature": 298.15, "species": species, "concentration": 1.0},
        "walls": {
            "left": {"potential": 0.4, "reactions": [reaction]},
            "right": {"potential": 0.0, "reactions": [reaction]},
        },
        "solver": {"flow": "none", "charge": "electroneutral"},
    }
    case = Case.model_validate(data)
    found = reached(solver_of(case, mesh_of(case)), case)
    left, right = currents(found)
    assert left == pytest.approx(FARADAY * 1e-9 * 2.0 / length * AREA, rel=2e-3)
    assert right == pytest.approx(-left, rel=1e-9)
    amounts = found.amounts / found.amounts[2]
    np.testing.assert_allclose(amounts, [50.0, 51.0, 1.0, 1.0], rtol=1e-10)


@pytest.mark.serial
def test_balances_are_those_that_no_reaction_changes_and_one_species_for_each() -> None:
    events = [{"Red": -1, "Ox": 1}, {"Ox": 2, "Red": -2}, {"H": 1, "OH": 1}, {"A": -2, "B": 3}]
    found = balances(events, ["K", "Ox", "Red", "H", "OH", "A", "B"])
    changes = np.array([[event.get(name, 0) for name in ("K", "Ox", "Red", "H", "OH", "A", "B")] for event in events])
    np.testing.assert_array_equal(found[:4] @ changes.T, 0.0)
    assert abs(np.linalg.det(found)) > 0.5
    np.testing.assert_array_equal(balances([], ["K", "Cl"]), np.eye(2))


# ------------------------------------------------------------------ in time and frequency
def salt(x: float, time: float, current: float) -> float:
    """Concentration after a current is switched on; x in lengths, time in L^2 / D, mean 1."""
    k = np.arange(1, 2001, 2) * np.pi
    return float(1.0 + 2.0 * current * (0.5 - x - np.sum(4.0 / k**2 * np.cos(k * x) * np.exp(-(k**2) * time))))


@pytest.mark.serial
def test_a_current_beyond_the_limit_uses_up_the_salt_as_the_exact_solution_does() -> None:
    """Salt of equal diffusivities diffuses, and between its ends the potential falls by the integral of 2 j / c. At twice the
    limiting current none is left at the cathode after pi / 64 diffusion times (Sand)."""
    current, end = 2.0, 0.045
    step = {"type": "step", "to": {"walls.left.current": current * LIMITING * AREA}}
    hold = {"type": "hold", "duration": end * LENGTH**2 / DIFFUSIVITY}
    study = {"type": "transient", "protocol": [step, hold], "record_every": hold["duration"] / 3}
    found = rows(neutral_cell({"current": 0.0}, study=study).model_dump(mode="json"))[1:]
    assert len(found) >= 3
    for row in found:
        time = row["time [s]"] / (LENGTH**2 / DIFFUSIVITY)
        if time == 0.0:
            continue
        between = quad(lambda x, t=time: 2.0 * current / salt(x, t, current), 0.0, 1.0, limit=200, epsrel=1e-9)[0]
        exact = drop(current, salt(0.0, time, current)) - drop(-current, salt(1.0, time, current)) + between
        value, own = row["potential_left [V]"] / THERMAL, bar(row, "potential_left [V]") / THERMAL
        assert value == pytest.approx(exact, rel=2e-4)
        assert abs(value - exact) <= own
        assert row["conservation_error"] < 1e-8
        assert row["salt_balance_error"] < 1e-8
        assert row["displacement_current [A]"] == 0.0


def test_the_impedance_is_that_of_randles_and_warburg_and_its_limit_the_slope_of_the_curve() -> None:
    """In series L / sigma and, at each electrode, V_T / i0 + V_T tanh(k L/2) / (2 F D c0 k), k = sqrt(i omega / D)."""
    exchange, length = 20.0, 20e-6
    study = {"type": "impedance", "frequencies": [1.0]}
    case = neutral_cell(
        {"potential": 0.0}, length=length, reaction={**DEPOSITION, "exchange_current": exchange}, study=study
    )
    solver = solver_of(case, mesh_of(case))
    linearised = Linearised(solver.problem, reached(solver, case), 0)
    strength = 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION
    for frequency in (0.0, 0.3, 10.0, 1e3, 1e6):
        k = np.sqrt(2j * np.pi * frequency / DIFFUSIVITY)
        warburg = THERMAL / strength * (np.tanh(0.5 * k * length) / k if frequency else 0.5 * length)
        expected = (length / (strength / THERMAL) + 2.0 * (THERMAL / exchange + warburg)) / AREA
        found = linearised.response(frequency).total
        assert abs(1.0 / found[0] - expected) < 1e-5 * abs(expected), frequency
        assert abs(found.sum()) < 1e-7 * abs(found[0])
    biased = neutral_cell({"potential": voltage(0.5) * THERMAL}, study=study)
    solver = solver_of(biased, mesh_of(biased))
    slope = Linearised(solver.problem, reached(solver, biased), 0).response(0.0).total[0].real
    exact = 2e-4 * LIMITING * AREA / ((voltage(0.5001) - voltage(0.4999)) * THERMAL)
    assert slope == pytest.approx(exact, rel=1e-6)


def test_sensitivities_of_a_held_current() -> None:
    """Of the potential, by the exchange current, against the closed form."""
    case = neutral_cell({"current": 0.5 * LIMITING * AREA})
    solver = solver_of(case, mesh_of(case))
    found = reached(solver, case)
    adjoint = Adjoint(solver.problem, solver.newton.jacobian, Goal("potential", "left"))
    adjoint.solve(found)
    slope = sensitivity(adjoint, found, case, "walls.left.current").derivative
    exact = (voltage(0.5001) - voltage(0.4999)) * THERMAL / (2e-4 * LIMITING * AREA)
    assert slope == pytest.approx(exact, rel=1e-6)


# ------------------------------------------------------------------ an electrode before a bath
BATH = {"K": (1, 1.957e-9, 20.0), "Cl": (-1, 2.032e-9, 30.0), "M": (2, 0.7e-9, 5.0)}
"""Valences, diffusivities and concentrations (mol/m^3)."""
DISTANCE, HEIGHT, WIDTH = 100e-6, 10e-6, 1e-6
METAL = {
    "type": "butler_volmer",
    "equation": "M2+ + 2 e- = M",
    "exchange_current": 30.0,
    "reference_concentrations": {"M": 5.0},
}


def before_a_bath(path: Path, electrode: dict[str, Any]) -> dict[str, Any]:
    """The metal is deposited on the right; the bath on the left holds all ions."""
    species = {name: {"valence": z, "diffusivity": d} for name, (z, d, _) in BATH.items()}
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": 1e-6, "axis": "axis",
            "terminals": {"bath": "left"}, "walls": {"electrode": "right", "side": "wall"},
        },
        "electrolyte": {"temperature": 298.15, "species": species},
        "terminals": {"bath": {"concentrations": {name: c for name, (_, _, c) in BATH.items()}}},
        "walls": {"electrode": {**electrode, "reactions": [METAL]}},
        "solver": {"charge": "electroneutral", "flow": "none"},
    }  # fmt: skip


def exact_potential(current: float) -> float:
    """V of the metal against the bath at a current density (A/m^2) that leaves the liquid there: the ions of the metal carry
    it, the others are at rest."""
    flux = current / (2.0 * FARADAY)
    valences, diffusivities, bulk = (np.array(each) for each in zip(*BATH.values(), strict=True))
    passing = np.array([0.0, 0.0, flux]) / diffusivities

    def slopes(_: float, y: np.ndarray) -> np.ndarray:
        field = -(valences @ passing) / (valences**2 @ y[1:])
        return np.array([field, *(-valences * y[1:] * field - passing)])

    end = solve_ivp(slopes, (0.0, DISTANCE), [0.0, *bulk], rtol=1e-11, atol=1e-12, method="DOP853").y[:, -1]
    # i0 (e^(x/2) - a e^(-x/2)) = -i, of which e^(x/2) is the positive root
    part, activity = -current / METAL["exchange_current"], end[3] / 5.0
    return float(end[0] * THERMAL + THERMAL * np.log(0.5 * (part + np.sqrt(part**2 + 4.0 * activity))))


@pytest.fixture(scope="module")
def strip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mesh on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("bath") / "strip.msh" if COMM.rank == 0 else None)
    on_root(COMM, lambda: write(made, both_ends(0.0, 100.0, (2.0, 0.2), 1.4), HEIGHT * 1e6, {"water": 100.0}))
    return Path(made)


@pytest.mark.serial
def test_a_divalent_metal_beside_inert_ions_has_the_potential_of_an_independent_integration(strip: Path) -> None:
    densities = [2.0, 6.0]
    area = 2.0 * HEIGHT * WIDTH
    study = {"type": "sweep", "parameter": "walls.electrode.current", "values": [-i * area for i in densities]}
    for current, row in zip(densities, rows({**before_a_bath(strip, {"current": 0.0}), "study": study}), strict=True):
        exact = exact_potential(current)
        value = row["potential_electrode [V]"]
        assert value == pytest.approx(exact, abs=1e-5 * THERMAL)
        assert abs(value - exact) <= bar(row, "potential_electrode [V]") + 1e-9 * THERMAL
        assert row["current_bath_M [A]"] == pytest.approx(current * area, rel=1e-9)
        (back,) = rows(before_a_bath(strip, {"potential": value}))
        assert back["current_electrode [A]"] == pytest.approx(-current * area, rel=1e-8)
        assert back["conservation_error"] < 1e-9


def test_a_wall_that_reacts_between_two_terminals_takes_part_in_the_balance_and_leaves_no_cut(strip: Path) -> None:
    """What passes the middle is then the current of neither end, and says nothing of the error."""
    data = before_a_bath(strip, {"potential": 0.0})
    data["geometry"] |= {"terminals": {"bath": "left", "other": "right"}, "walls": {"electrode": "wall"}}
    data["terminals"]["other"] = {**data["terminals"]["bath"], "potential": 0.05}
    (row,) = rows(data)
    assert "current_cut [A]" not in row
    assert row["conservation_error"] < 1e-9
    total = row["current_bath [A]"] + row["current_other [A]"]
    assert abs(row["current_electrode [A]"]) > 1e-3 * abs(row["current_other [A]"])
    assert row["current_electrode [A]"] == pytest.approx(-total, rel=1e-8)
    assert bar(row, "current [A]") < 1e-2 * abs(row["current [A]"])


# ------------------------------------------------------------------ what has no place
ADSORBED = [{"density": "1 /nm^2", "binds": {"M": {"k_on": "200 1/(mM s)", "k_off": "10 1/s"}}}]


@pytest.mark.serial
@pytest.mark.parametrize(
    ("wall", "changes", "text"),
    [
        ("left", {"stern": {"thickness": "0.5 nm"}}, "the whole difference between metal and liquid drives the reactions"),
        ("left", {"reactions": []}, "give it 'reactions', leave it out"),
        ("left", {"adsorption": ADSORBED}, "let neutral species take neutral sites"),
        ("side", {"charge": 0.0}, "a metal that no current passes .*; leave it out"),
        ("side", {"adsorption": [{**ADSORBED[0], "charge": -1}]}, "no double layer for the counter-charge"),
    ],
)  # fmt: skip
def test_what_would_charge_a_double_layer_is_refused(wall: str, changes: dict[str, Any], text: str) -> None:
    case = neutral_cell({"potential": 0.1}).model_dump(mode="json")
    case["walls"][wall] |= changes
    with pytest.raises(CaseError, match=text) as error:
        Case.model_validate(case)
    assert error.value.key[:2] == ("walls", wall)
    assert "\n" not in str(error.value)
