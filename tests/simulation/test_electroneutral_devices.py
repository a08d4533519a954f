"""Electroneutral devices in mesh files: sweeps with error bars, time, impedance, flow, pictures and profiles' fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from pydantic_core import PydanticCustomError
from scipy.optimize import brentq

from solver.case.case import Case, CaseError
from solver.case.neutrality import check_neutral
from solver.case.studies.points import plan
from solver.laws.electrolytes.ideal import Ideal
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY, thermal_voltage
from solver.simulation.fields import FieldWriter
from solver.simulation.simulation import Simulation
from tests.support.neutral_strip import write
from validation.devices import rows
from validation.slabs import both_ends

COMM = MPI.COMM_WORLD
LENGTH, HEIGHT, WIDTH, DIFFUSIVITY = 1e-3, 50e-6, 1e-6, 1e-9
VOLT = thermal_voltage(298.15)
UNIT_CURRENT = FARADAY * DIFFUSIVITY / LENGTH * 2 * HEIGHT * WIDTH
"""F D c / L of both halves of the strip, for 1 mM (A)."""


def case(path: Path, **changes: Any) -> dict[str, Any]:
    """Fixed charge of 4 mM beside -4 mM, in 1 mM of a salt whose ions are equally fast."""
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": 1e-6, "axis": "axis",
            "terminals": {"left": "left", "right": "right"}, "walls": {"wall": "wall"},
        },
        "electrolyte": {
            "temperature": 298.15, "concentration": 1.0,
            "species": {"K": {"diffusivity": DIFFUSIVITY}, "Cl": {"diffusivity": DIFFUSIVITY}},
        },
        "regions": {
            "plus": {"type": "membrane", "fixed_charge": 4.0}, "minus": {"type": "membrane", "fixed_charge": -4.0},
        },
        "solver": {"charge": "electroneutral", "flow": "none"},
        **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def diode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh of the diode, graded to its ends and its junction, on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("diode") / "diode.msh" if COMM.rank == 0 else None)
    left = both_ends(0.0, 500.0, (2.0, 0.1), 1.4)
    z = np.concatenate([left, (1000.0 - left[::-1])[1:]])
    on_root(COMM, lambda: write(made, z, HEIGHT * 1e6, {"plus": 500.0, "minus": 1000.0}))
    return Path(made)


def stored(row: dict[str, float]) -> float:
    """Salt in the device (mol)."""
    return row["salt_inventory [mol]"]


def exact_current(voltage: float) -> float:
    """Closed form of the diode (thermal voltages; units of UNIT_CURRENT)."""
    x = 4.0

    def excess(current: float) -> float:
        c, middle = np.sqrt(1 - x * current / 4), np.sqrt(4 + x * x - x * current)
        return float(2 * (np.arcsinh(x / (2 * c)) - np.arcsinh(x / 2) - (middle - np.sqrt(4 + x * x)) / x)) - voltage

    return float(brentq(excess, -1e3, 1 - 1e-12, xtol=1e-14))


def test_a_sweep_has_the_exact_currents_within_its_error_bars(diode: Path) -> None:
    values = [-10 * VOLT, -VOLT, VOLT, 4 * VOLT]
    study = {"type": "sweep", "parameter": "terminals.left.potential", "values": values}
    for found in rows(case(diode, study=study)):
        exact = exact_current(found["bias [V]"] / VOLT) * UNIT_CURRENT
        assert found["current [A]"] == pytest.approx(exact, rel=2e-5)
        assert abs(found["current [A]"] - exact) <= found["current_error [A]"] <= 1e-3 * abs(exact)
        assert found["conservation_error"] <= 1e-8
        assert found["potential_field_error"] < 1e-2
        assert "zeta_potential_mean [V]" not in found


def test_a_terminal_that_holds_the_exact_current_has_the_potential_within_its_error_bar(diode: Path) -> None:
    """The terminals lie on the faces of membranes, where the liquid inside also has the potential of Donnan."""
    values = {exact_current(volts) * UNIT_CURRENT: volts for volts in (-4.0, 2.0)}
    study = {"type": "sweep", "parameter": "terminals.left.current", "values": list(values)}
    for found in rows(case(diode, terminals={"left": {"current": 0.0}}, study=study)):
        exact = values[found["terminals.left.current [A]"]] * VOLT
        assert found["potential_left [V]"] == pytest.approx(exact, rel=1e-6)
        assert abs(found["potential_left [V]"] - exact) <= found["potential_left_error [V]"]
        assert found["current [A]"] == pytest.approx(found["terminals.left.current [A]"], rel=1e-9)
        (back,) = rows(case(diode, terminals={"left": {"potential": found["potential_left [V]"]}}))
        assert back["current [A]"] == pytest.approx(found["current [A]"], rel=1e-8)


@pytest.mark.serial
def test_a_potential_of_rounding_has_no_relative_error(diode: Path) -> None:
    """Three ions at rest: the root of the balance of their charges is zero to some digits."""
    ions = {"electrolyte": {"species": {"K": {}, "Na": {}, "Cl": {}}}}
    held = {"concentrations": {"K": 1.1, "Na": 0.3, "Cl": 1.4}}
    ends = {"terminals": {"left": held, "right": held}, "regions": {"plus": "fluid", "minus": "fluid"}}
    (found,) = rows(case(diode, **ions, **ends))
    assert found["potential_field_error"] == 0.0


def test_a_step_in_time_ends_at_the_steady_current_and_loses_nothing(diode: Path) -> None:
    hold = {"type": "hold", "duration": 2 * LENGTH**2 / DIFFUSIVITY}
    protocol = [{"type": "step", "to": {"terminals.left.potential": -4 * VOLT}}, hold]
    found = rows(case(diode, study={"type": "transient", "protocol": protocol}, outputs={"errors": "none"}))
    assert found[-1]["current [A]"] == pytest.approx(exact_current(-4.0) * UNIT_CURRENT, rel=1e-5)
    assert abs(found[1]["current [A]"] / found[-1]["current [A]"] - 1) > 0.1
    entered = {ion: sum(found[-1][f"amount_passed_{t}_{ion} [mol]"] for t in ("left", "right")) for ion in ("K", "Cl")}
    assert entered["K"] + entered["Cl"] == pytest.approx(2 * (stored(found[-1]) - stored(found[0])), rel=1e-7)
    left = [found[-1][f"amount_passed_left_{ion} [mol]"] for ion in ("K", "Cl")]
    assert FARADAY * (left[0] - left[1]) == pytest.approx(found[-1]["charge_passed [C]"], rel=1e-9)
    for line in found[1:]:
        assert line["conservation_error"] <= 1e-8
        assert line["salt_balance_error"] <= 2e-8
        assert line["charge_balance_error"] <= 2e-8
        assert abs(line["charge_inventory [C]"]) < 1e-10 * FARADAY * 4.0 * LENGTH * HEIGHT * WIDTH


@pytest.mark.serial
def test_impedance_goes_from_the_slope_of_the_curve_to_ohms_resistance(diode: Path) -> None:
    """Without bias: the slope of the closed form, and the resistance of the ions at rest, sqrt(X^2 + 4 c^2) everywhere."""
    study = {"type": "impedance", "terminal": "left", "frequencies": [1e-7, 1e6]}
    slow, fast = rows(case(diode, study=study))
    step = 1e-4
    slope = (exact_current(step) - exact_current(-step)) / (2 * step)
    resistance = VOLT / UNIT_CURRENT
    assert slow["impedance_real [ohm]"] == pytest.approx(resistance / slope, rel=1e-4)
    assert fast["impedance_real [ohm]"] == pytest.approx(resistance / np.sqrt(4.0**2 + 2.0**2), rel=2e-3)
    assert abs(slow["impedance_imaginary [ohm]"]) < 1e-3 * resistance
    assert abs(fast["impedance_imaginary [ohm]"]) < 1e-2 * resistance


def test_fields_hold_the_potential_and_ions_that_balance_the_fixed_charge(diode: Path) -> None:
    device = Case.model_validate(case(diode, terminals={"left": {"potential": -0.1}}))
    simulation = Simulation.of(plan(device)[0], plan(device), COMM, Clock())
    solved = simulation.reach(plan(device)[0])
    found = FieldWriter(simulation.problem).values(solved.state)
    z, charge = found.points[:, 0], found.values["charge_density"] / FARADAY
    inside = (z < 0.499 * LENGTH) | (z > 0.501 * LENGTH)
    np.testing.assert_allclose(charge[inside], np.where(z < 0.5 * LENGTH, -4.0, 4.0)[inside], rtol=1e-9)
    ions = found.values["concentration_K"] - found.values["concentration_Cl"]
    np.testing.assert_allclose(ions, charge, rtol=1e-9, atol=1e-12)
    left = np.isclose(z, 0.0)
    np.testing.assert_allclose(found.values["potential"][left], -0.1 + VOLT * np.arcsinh(2.0), rtol=1e-9)


def test_salt_and_voltage_drive_the_liquid_through_a_membrane(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With slipping sides it moves uniformly, by the drop of the pressure Pi - 2 RT c - F X phi inside the membrane, with the
    osmotic pressure Pi of the ions there: the work on a neutral solution has no other terms (Gibbs and Duhem)."""
    made = COMM.bcast(tmp_path_factory.mktemp("plug") / "plug.msh" if COMM.rank == 0 else None)
    on_root(COMM, lambda: write(made, both_ends(0.0, 1000.0, (1.0, 1.0), 1.4), 50.0, {"plug": 1000.0}))
    data, permeability, viscosity, charge, bias, salts = case(made), 1e-20, 0.89e-3, -10.0, -0.05, (1.0, 100.0)
    data["geometry"]["scale"] = 1e-9
    data["electrolyte"]["viscosity"] = viscosity
    data["regions"] = {"plug": {"type": "membrane", "fixed_charge": charge, "permeability": permeability}}
    data["terminals"] = {"left": {"concentration": salts[0], "potential": bias}, "right": {"concentration": salts[1]}}
    data |= {
        "walls": {"wall": {"slip_length": 1e-6}},
        "solver": {"charge": "electroneutral"},
        "outputs": {"errors": "none"},
    }
    (found,) = rows(data)
    inside = [
        np.hypot(charge, 2 * c) - 2 * c - charge * (voltage / VOLT + np.arcsinh(charge / (2 * c)))
        for c, voltage in zip(salts, (bias, 0.0), strict=True)
    ]
    drop = FARADAY * VOLT * (inside[0] - inside[1])
    velocity = found["flow_rate [m^3/s]"] / (2 * 50e-9 * WIDTH)
    assert velocity == pytest.approx(permeability / viscosity * drop / 1e-6, rel=1e-6)
    assert found["flow_conservation_error"] <= 1e-8


BALANCE = "write it as the 'fixed_charge' of a region"


@pytest.mark.serial
@pytest.mark.parametrize(
    ("changes", "key", "text"),
    [
        ({"walls": {"wall": {"surface_charge": -1e-3}}}, "walls.wall.surface_charge", BALANCE),
        ({"walls": {"wall": {"potential": 0.1}}}, "walls.wall.potential", "a metal that no current passes"),
        ({"regions": {"plus": "fluid", "minus": {"type": "dielectric", "relative_permittivity": 4}}}, "regions.minus",
         "leave 'minus' out"),
        ({"study": {"type": "sweep", "parameter": "walls.wall.surface_charge", "values": [0.0, 1e-3]}}, "study",
         "varies 'walls.wall.surface_charge'"),
        ({"outputs": {"sensitivities": ["walls.wall.surface_charge"]}}, "outputs.sensitivities.0", BALANCE),
    ],
)  # fmt: skip
def test_what_an_electroneutral_device_cannot_have_is_one_line(
    tmp_path: Path, changes: dict[str, Any], key: str, text: str
) -> None:
    with pytest.raises(CaseError, match=text) as error:
        Case.model_validate(case(tmp_path / "strip.msh", **changes))
    assert ".".join(map(str, error.value.key)).startswith(key)
    assert "\n" not in str(error.value)


@pytest.mark.serial
def test_a_protocol_drives_no_charge_of_a_wall() -> None:
    with pytest.raises(PydanticCustomError, match=r"varies 'walls.wall.surface_charge'"):
        check_neutral({}, {}, {}, Ideal(), ["walls.wall.slip_length", "walls.wall.surface_charge"], {})


@pytest.mark.serial
def test_walls_adsorb_what_leaves_them_neutral_as_beside_double_layers() -> None:
    """A neutral species on neutral sites, and an exchange of cations on sites of the opposite charge."""
    binding = {"k_on": 5e3, "k_off": 1e3, "initial": 0.0}
    exchange = {"incoming": "K", "outgoing": "Na", "k_in": 2e3, "k_out": 1e3, "initial": 0.0}
    sites = [{"density": 5e-8, "binds": {"X": binding}}, {"density": 5e-8, "charge": -1, "exchange": exchange}]
    bulk = {"K": 1.0, "Na": 2.0, "Cl": 3.0, "X": 1.0}
    data = {
        "geometry": {"type": "slit", "length": 1e-6, "height": 50e-9, "width": 1e-6, "reservoirs": None},
        "electrolyte": {"species": {"K": {}, "Na": {}, "Cl": {}, "X": {"valence": 0, "diffusivity": 1e-9}}},
        "terminals": {end: {"concentrations": bulk} for end in ("left", "right")},
        "walls": {"channel": {"adsorption": sites}},
        "mesh": {"wall_size": "2 debye_length", "growth": 3.0, "axial_cells": 4},
        "outputs": {"errors": "none"},
        "study": {
            "type": "transient",
            "protocol": [{"type": "hold", "duration": 1e-3}],
            "record_every": 5e-4,
            "tolerance": 1e-3,
        },
    }
    neutral, charged = (
        rows({**data, "solver": {"charge": kind, "flow": "none"}}) for kind in ("electroneutral", "poisson")
    )
    assert len(neutral) == len(charged) == 3
    for row, other in zip(neutral, charged, strict=True):
        for name in ("X", "K", "Na"):
            assert row[f"coverage_channel_{name}"] == pytest.approx(other[f"coverage_channel_{name}"], rel=1e-5)
        assert row["coverage_channel_K"] + row["coverage_channel_Na"] == pytest.approx(1.0, rel=1e-12)
        assert row["charge_balance_error"] < 1e-8
    area = 2 * 1e-6 * 1e-6
    for ion in ("K", "Na"):  # what has entered is in the liquid or on the wall
        entered = sum(neutral[-1][f"amount_passed_{end}_{ion} [mol]"] for end in ("left", "right"))
        taken = neutral[-1][f"adsorbed_channel_{ion} [mol]"] - neutral[0][f"adsorbed_channel_{ion} [mol]"]
        assert abs(taken) > 0.3 * 5e-8 * area
        assert abs(entered - taken) < 0.05 * abs(taken)
