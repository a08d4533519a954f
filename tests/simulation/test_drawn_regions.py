"""Solids, gates and membranes in channels that the program draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from python_interface.simulate import simulate
from solver.accuracy.adaptation import adapted_mesh
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization.forms import charge_density
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.simulation.simulation import Simulation
from validation.devices import KCL_WATER, rows, simulated

COMM = MPI.COMM_WORLD
VOLT = thermal_voltage(298.15)
GATED = {
    -10.0: (-19.0563067, -121.25774e-3, 3.95059263e-9),
    -2.0: (-5.3420489, -64.33830e-3, 1.01904289e-9),
    0.0: (-1.9463337, -31.08266e-3, 4.45446148e-10),
    1.0: (-0.2653031, -4.70895e-3, 3.02168553e-10),
    2.0: (1.4124287, 23.57542e-3, 3.89391824e-10),
    5.0: (6.5080056, 72.29812e-3, 1.28416614e-9),
}
"""Of a long slit of 20 nm in 1 mM KCl, -2 mC/m^2 on its walls, between gates behind 20 nm of oxide: charge that faces the
liquid (mC/m^2), zeta potential (V) and conductance times length over width (S), by the voltage of the gates (V). Poisson and
Boltzmann exactly, with the oxide as a capacitor in series; the conductance is that of the cross-section, with its flow."""


def gated_slit(length: float, **changes: Any) -> dict[str, Any]:
    return {
        "geometry": {"type": "slit", "length": length, "height": 20e-9, "width": 1e-6, "reservoirs": None},
        "electrolyte": {**KCL_WATER, "concentration": 1.0},
        "regions": {"oxide": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 20e-9}},
        "walls": {"channel": {"surface_charge": -2e-3}, "gate": {"potential": 0.0}},
        "terminals": {"left": {"potential": 1e-5}},
        "outputs": {"errors": "none"},
        **changes,
    }


@pytest.mark.serial
def test_a_long_gated_slit_has_its_charge_zeta_potential_and_conductance() -> None:
    length, width, potential = 1e-6, 1e-6, 1e-5
    study = {"type": "sweep", "parameter": "walls.gate.potential", "values": list(GATED)}
    for row in rows(Case.model_validate(gated_slit(length, study=study))):
        charge, zeta, conductance = GATED[row["walls.gate.potential [V]"]]
        behind = -2.0 + 1e3 * row["charge_gate [C]"] / (2 * width * length)
        assert behind == pytest.approx(charge, rel=1e-3)
        assert row["zeta_potential_mean [V]"] == pytest.approx(zeta, rel=2e-3)
        assert row["current [A]"] / potential * length / width == pytest.approx(conductance, rel=1e-3)
        assert row["conservation_error"] < 1e-8


def gated_pore(**changes: Any) -> dict[str, Any]:
    """A short cone in a membrane with a gate around a part of it, between two reservoirs, driven."""
    return {
        "geometry": {
            "type": "cone",
            "length": 60e-9,
            "radius_tip": 4e-9,
            "radius_base": 8e-9,
            "reservoirs": {"length": 40e-9, "radius": 40e-9},
        },
        "electrolyte": {**KCL_WATER, "concentration": 10.0},
        "regions": {
            "nitride": {
                "type": "dielectric",
                "relative_permittivity": 7.0,
                "thickness": 12e-9,
                "gate": {"from": 15e-9, "to": 50e-9},
            },
            "gel": {"type": "membrane", "from": 20e-9, "to": 40e-9, "fixed_charge": -50.0, "permeability": 1e-17},
        },
        "walls": {"channel": {"surface_charge": -5e-3}, "gate": {"potential": -0.5}},
        "terminals": {"base": {"potential": 0.2, "pressure": 1e4}},
        "mesh": {"corner_size": "0.1 debye_length", "growth": 2.2},
        "outputs": {"errors": "none"},
        **changes,
    }


def test_all_charges_of_a_gated_pore_add_up_to_zero_and_currents_are_conserved() -> None:
    case = Case.model_validate(gated_pore())
    device = Simulation.of(plan(case)[0], plan(case), COMM, Clock())
    problem, state = device.problem, device.reach(plan(case)[0]).state
    problem.load(state)
    scales = state.parameters.scales
    weight, liquid = problem.metric.weight, problem.measures.liquid
    ions = scales.charge_coupling * charge_density(problem.c, problem.valences) * weight * liquid
    gel = scales.charge_coupling * (-50.0 / scales.concentration) * weight * problem.measures.region("gel")
    forms = [*(wall.total for wall in problem.wall_charges), fem.form(ions), fem.form(gel)]
    inside = COMM.allreduce(np.array([fem.assemble_scalar(form) for form in forms])).sum()
    charges = state.charges
    assert sum(charges) + inside == pytest.approx(0.0, abs=1e-8 * np.abs(charges).max())
    assert state.losses.max() < 1e-8 * np.abs(state.rates).max()
    assert sum(state.flow_rates[:2]) == pytest.approx(0.0, abs=1e-8 * abs(state.flow_rates[0]))


@pytest.mark.serial
def test_a_solid_without_permittivity_is_an_insulating_wall() -> None:
    """Nothing but the mesh changes: currents agree as far as both meshes resolve them."""
    found = []
    for regions in ({"solid": {"type": "dielectric", "relative_permittivity": 1e-9, "thickness": 12e-9}}, {}):
        found.append(
            rows(Case.model_validate(gated_pore(regions=regions, walls={"channel": {"surface_charge": -5e-3}})))[0]
        )
    for name in ("current [A]", "flow_rate [m^3/s]", "wall_charge_neutralised"):
        assert found[0][name] == pytest.approx(found[1][name], rel=5e-3)


@pytest.mark.serial
def test_a_bipolar_diode_between_open_ends_has_its_currents() -> None:
    """Fixed charges of 4 c and -4 c, Debye length a twentieth of the length; Donnan's potentials at the ends (converged
    values of one dimension)."""
    debye = float(np.sqrt(78.5 * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY)))
    length, height, width, diffusivity = 20 * debye, 20e-9, 1e-6, 1e-9
    exact = {-10.0: -87.957995, -1.0: -1.3908028, 1.0: 0.66380941, 10.0: 1.2987464}
    case = Case.model_validate(
        {
            "geometry": {"type": "slit", "length": length, "height": height, "width": width, "reservoirs": None},
            "electrolyte": {
                **KCL_WATER,
                "species": {name: {"diffusivity": diffusivity} for name in ("K", "Cl")},
                "concentration": 1.0,
            },
            "regions": {
                "anions": {"type": "membrane", "to": 0.5 * length, "fixed_charge": 4.0},
                "cations": {"type": "membrane", "from": 0.5 * length, "fixed_charge": -4.0},
            },
            "solver": {"flow": "none"},
            "outputs": {"errors": "none"},
            "study": {
                "type": "sweep",
                "parameter": "terminals.left.potential",
                "values": [voltage * VOLT for voltage in exact],
            },
        }
    )
    unit = FARADAY * diffusivity / length * height * width
    for row in rows(case):
        voltage = round(row["terminals.left.potential [V]"] / VOLT)
        assert row["current [A]"] / unit == pytest.approx(exact[voltage], rel=1e-4)
        assert row["conservation_error"] < 1e-8


def test_a_mesh_of_materials_is_adapted_to_a_tolerance() -> None:
    case = Case.model_validate(gated_pore(mesh={"tolerance": 1e-3}, solver={"flow": "none"}))
    found = adapted_mesh(case, plan(case), COMM, Clock())[1]
    assert found.reached
    assert found.grid_lines is not None
    split = [family for family, lines in found.grid_lines.items() if any(line != round(line) for line in lines)]
    assert split


def test_results_do_not_depend_on_ranks() -> None:
    case = Case.model_validate(gated_pore(outputs={"errors": "all"}))
    one, other = (simulated(case, comm).table.to_dict("records")[0] for comm in (COMM, MPI.COMM_SELF))
    for name in ("current [A]", "charge_gate [C]", "flow_rate [m^3/s]", "wall_charge_neutralised"):
        assert one[name] == pytest.approx(other[name], rel=1e-8)


def test_a_sensitivity_to_the_length_is_that_of_two_devices() -> None:
    """The solid and the plug keep their places, the gate's end and the mouth move with the channel."""
    key = "geometry.length"
    data = gated_pore(solver={"flow": "none"})
    del data["regions"]["nitride"]["gate"]
    base = Case.model_validate({**data, "outputs": {"errors": "none", "sensitivities": [key]}})
    result = simulate(base, progress=False)
    (found,) = [row for row in result.sensitivities.to_dict("records") if row["goal"] == "current"]
    near = [rows(Case.model_validate(data).with_value(key, 60e-9 + step))[0]["current [A]"] for step in (-1e-9, 1e-9)]
    assert found["derivative"] == pytest.approx((near[1] - near[0]) / 2e-9, rel=2e-2)


@pytest.mark.serial
def test_a_piecewise_fixed_charge_is_that_of_regions_that_touch() -> None:
    """Its breaks are lines of the mesh, with small cells on both sides."""
    geometry = {"type": "slit", "length": 60e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None}
    piecewise = {"type": "piecewise", "breaks": [20e-9], "values": [40.0, -40.0]}
    devices = (
        {"gel": {"type": "membrane", "fixed_charge": piecewise}},
        {"one": {"type": "membrane", "to": 20e-9, "fixed_charge": 40.0},
         "other": {"type": "membrane", "from": 20e-9, "fixed_charge": -40.0}},
    )  # fmt: skip
    currents = []
    for regions in devices:
        case = {
            "geometry": geometry,
            "electrolyte": {**KCL_WATER, "concentration": 10.0},
            "regions": regions,
            "terminals": {"left": {"potential": 0.1}},
            "solver": {"flow": "none"},
            "outputs": {"errors": "none"},
        }
        (row,) = rows(Case.model_validate(case))
        currents.append(row["current [A]"])
    assert currents[0] == pytest.approx(currents[1], rel=1e-9)


def test_a_break_of_a_fixed_charge_outside_its_region_is_refused() -> None:
    case = gated_pore()
    case["regions"]["gel"]["fixed_charge"] = {"type": "piecewise", "breaks": [50e-9], "values": [1.0, 2.0]}
    with pytest.raises(CaseError, match="lies outside the region"):
        rows(Case.model_validate(case))
