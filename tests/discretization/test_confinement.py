"""Narrow regions and second solvents in devices: derivatives, equilibrium, conservation, conventions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from python_interface.simulate import simulate
from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.boundary import Solute
from solver.discretization.problem import Problem
from solver.laws.regions.confinement import Confinement
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from tests.support.plug import plug_case, write_plug
from tests.support.small_cone import small_cone
from validation.devices import row
from validation.slabs import Slabs

COMM = MPI.COMM_WORLD


def values(**terminals: Any) -> dict[str, Any]:
    """A cone whose middle hinders and attracts ions by its width, with a viscous layer at its wall."""
    data = small_cone(10.0, **terminals)
    formula = {"type": "expression", "formula": "0.5 + 20e6 * z"}
    data["regions"] = {
        "narrow": {
            "type": "confinement", "from": 20e-9, "to": 50e-9,
            "hindrance": {"type": "dechadilok_deen", "radii": {"K": 0.5e-9, "Cl": 0.6e-9}},
            "barrier": {"Cl": formula}, "viscosity_factor": formula,
            "wall_layer": {"viscosity_factor": 2.0, "thickness": 1e-9},
        }
    }  # fmt: skip
    return data


def test_the_jacobian_is_the_derivative_of_the_residual() -> None:
    case = Case.model_validate(values(base={"pressure": 1e5, "potential": 0.2}, tip={"concentration": 40.0}))
    case = case.with_values({"electrolyte.diffusivity_convention": "ito"})
    problem: Problem = build.make_problem(case, meshing.make_mesh(case, [case], COMM), Clock())
    parameters = build.parameters_of(problem, case)
    state, _ = problem.at_rest(parameters)
    change = problem.unknowns.with_ghosts(np.random.default_rng(COMM.rank).uniform(-1.0, 1.0, state.shape))
    change[problem.unknowns.idle] = 0.0
    small = 1e-5
    flow = problem.evaluate(state, parameters).flow
    block = problem.linearise(problem.evaluate(state, parameters, flow=flow), constrained=False).blocks[0][0]
    above, below = (problem.evaluate(state + sign * small * change, parameters, flow=flow) for sign in (1, -1))
    right, left = block.createVecs()
    right.array[:] = change[: problem.unknowns.owned]
    block.mult(right, left)
    expected = (above.rows - below.rows) / (2 * small)
    assert np.abs(left.array - expected).max() < 1e-6 * np.abs(expected).max()


def test_equilibrium_is_exact_and_charge_is_conserved() -> None:
    case = values(tip={"potential": 0.0})
    case["study"] = {"type": "sweep", "parameter": "terminals.tip.potential", "values": [0.0, 0.3]}
    case["outputs"] = {"errors": "none"}
    rest, driven = simulate(Case.model_validate(case), progress=False).table.to_dict("records")
    assert abs(rest["current [A]"]) < 1e-12 * abs(driven["current [A]"])
    assert abs(rest["flow_rate [m^3/s]"]) < 1e-10 * abs(driven["flow_rate [m^3/s]"])
    assert driven["conservation_error"] < 1e-8
    assert driven["current_route_difference"] < 1e-8
    # the same on any number of ranks
    assert driven["current [A]"] == pytest.approx(CURRENT, rel=1e-7)


def test_a_confinement_in_a_mesh_file_is_a_membrane_of_the_same_numbers(tmp_path: Path) -> None:
    path = COMM.bcast(tmp_path if COMM.rank == 0 else None) / "plug.msh"
    on_root(COMM, lambda: write_plug(path, glass=False, coarse=5.0))
    case = plug_case(path, glass=False, solver={"flow": "none"}, outputs={"errors": "none"})
    common = {"fixed_charge": -50.0, "relative_permittivity": 40.0}
    energies = {"barrier": {"K": {"type": "expression", "formula": "1 + 0 * z"}}, "molar_energy": {"Cl": 2478.957}}
    currents = []
    for plug in (
        {"type": "membrane", "partition": {"K": math.exp(-1.0), "Cl": math.exp(-1.0)}, "permeability": 1e-18},
        {"type": "confinement", **energies},
    ):
        case["regions"]["plug"] = {**plug, **common}
        currents.append(row(case)["current [A]"])
    assert currents[1] == pytest.approx(currents[0], rel=1e-6)


CURRENT = 8.268260458e-11
"""A, as computed on one rank with DOLFINx 0.9."""


@pytest.mark.serial
@pytest.mark.parametrize(("convention", "flux"), [("thermodynamic", 0.0), ("stratonovich", 0.4), ("ito", 0.8)])
def test_flux_between_equal_concentrations_by_convention(convention: str, flux: float) -> None:
    ions = [Solute(name, z, 1e-9) for name, z in (("K", 1), ("Cl", -1))]
    law = Confinement.model_validate({"diffusivity_factor": {"type": "expression", "formula": "1 - 0.8 * z / 1e-6"}})
    device = Slabs(np.linspace(0.0, 1e-6, 11), {1e-6: law}, ions, ((1.0, 1.0), (1.0, 1.0)), convention=convention)
    assert device.rates(0.0) / 1e-3 == pytest.approx([flux, flux], abs=1e-6)


def test_a_second_solvent_takes_no_part_in_conventions() -> None:
    """Its diffusivity is that of Fick's law, so that its flux is the same in all of them."""
    rates = []
    for convention in ("thermodynamic", "ito"):
        case = {
            "geometry": {"type": "slit", "length": 100e-9, "height": 20e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": {
                "species": {"K": {}, "Cl": {}}, "concentration": 1.0, "diffusivity_convention": convention,
                "properties": {"type": "water_glycerol", "fraction": 0.01},
            },
            "terminals": {"right": {"solvent_fraction": 0.4}},
            "solver": {"flow": "none"}, "outputs": {"errors": "none"},
        }  # fmt: skip
        (row,) = simulate(Case.model_validate(case), progress=False).table.to_dict("records")
        rates.append(row["molar_rate_left_glycerol [mol/s]"])
        assert row["conservation_error"] < 1e-8
    assert rates[0] == pytest.approx(rates[1], rel=1e-9)
    assert rates[0] < 0.0
