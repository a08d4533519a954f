"""Devices with solids, from mesh files: gates, and flow beside a solid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from meshes.errors import MeshError
from python_interface.checking import check
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization.evaluation import Evaluation
from solver.discretization.forms import charge_density
from solver.discretization.problem import Problem
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.simulation.simulation import Simulation
from tests.support.few_on_ranks import few_on_ranks
from tests.support.walled_slit import geometry, write
from validation.devices import rows
from validation.mapped import both_ends

COMM = MPI.COMM_WORLD
HALF, THICKNESS, LENGTH = 10e-9, 20e-9, 200e-9
OXIDE = 3.9
VACUUM = 8.8541878128e-12
GATED = {
    -10.0: (-19.0563067e-3, -121.25774e-3),
    0.0: (-1.9463337e-3, -31.08266e-3),
    5.0: (6.5080056e-3, 72.29812e-3),
}
"""Charge that faces the liquid of a long gated slit (C/m^2) and its zeta potential (V), by the voltage of the gates (V):
Poisson and Boltzmann exactly, with the oxide as a capacitor in series."""


def values(path: Path, **changes: Any) -> dict[str, Any]:
    """A slit of 20 nm between glass with gates, in 1 mM KCl."""
    return {
        "geometry": geometry(path, {"wall": "wall", "gate": "outside"}, rest="sides"),
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0, "relative_permittivity": 78.5},
        "walls": {"wall": {"surface_charge": -2e-3}, "gate": {"potential": 0.0}},
        "regions": {"water": "fluid", "glass": {"type": "dielectric", "relative_permittivity": OXIDE}},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
        **changes,
    }


@pytest.fixture(scope="module")
def slit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh of the slit, on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("slit") / "slit.msh" if COMM.rank == 0 else None)
    heights = np.array([0.0, 2.0, 4.0, 5.5, 7.0, 8.0, 8.7, 9.2, 9.6, 9.85, 10.0])
    z = both_ends(1.0, 1.7, LENGTH * 1e9)
    on_root(COMM, lambda: write(made, z, heights, np.array([10.0, 16.0, 30.0])))
    return Path(made)


def simulation(case: Case) -> Simulation:
    """The device of a case."""
    return Simulation.of(plan(case)[0], plan(case), COMM, Clock())


def in_the_middle(problem: Problem, state: np.ndarray) -> float:
    """Potential (V) on the wall between the ends."""
    x = problem.unknowns.scalar.tabulate_dof_coordinates()[: problem.unknowns.owned_nodes]
    there = np.isclose(x[:, 0], 0.5 * LENGTH * 1e9) & np.isclose(x[:, 1], HALF * 1e9)
    found = problem.unknowns.potential(state)[: problem.unknowns.owned_nodes][there]
    total, count = COMM.allreduce(np.array([found.sum(), float(len(found))]))
    return float(total / count) * problem.scales.potential


def assert_neutral(problem: Problem, state: Evaluation) -> None:
    """The charges of gate, terminals, wall and ions add up to zero, and the wall has its whole length on all ranks."""
    problem.load(state)
    wall = next(wall for wall in problem.wall_charges if wall.name == "wall")
    coupling = state.parameters.scales.charge_coupling
    density = coupling * charge_density(problem.c, problem.valences) * problem.metric.weight
    forms = [wall.total, fem.form(density * problem.measures.region("water")), fem.form(wall.area_form)]
    on_wall, ions, area = COMM.allreduce(np.array([fem.assemble_scalar(form) for form in forms]))
    assert area == pytest.approx(LENGTH * 1e9, rel=1e-12)
    charges = state.charges
    assert sum(charges) + on_wall + ions == pytest.approx(0.0, abs=1e-8 * np.abs(charges).max())


def test_a_gate_sets_the_zeta_potential_and_the_charge_of_a_long_slit(slit: Path) -> None:
    data = values(slit, study={"type": "sweep", "parameter": "walls.gate.potential", "values": list(GATED)})
    case = Case.model_validate(data)
    device = simulation(case)
    for point in plan(case):
        solved = device.reach(point)
        voltage = point.case.potential_of("gate")
        zeta = in_the_middle(device.problem, solved.state.state)
        charge = -2e-3 + OXIDE * VACUUM / THICKNESS * (voltage - zeta)
        assert charge == pytest.approx(GATED[voltage][0], rel=2e-3)
        assert zeta == pytest.approx(GATED[voltage][1], abs=2e-3 * abs(GATED[voltage][1]))
        assert_neutral(device.problem, solved.state)


@pytest.mark.serial
def test_the_gate_is_reached_in_few_steps_from_rest(slit: Path) -> None:
    """Only the liquid limits steps: -10 V are 400 thermal voltages."""
    data = values(slit)
    data["walls"]["gate"]["potential"] = -10.0
    case = Case.model_validate(data)
    solved = simulation(case).reach(plan(case)[0])
    assert sum(step.step_length < 1.0 for step in solved.report.iterations) <= 2
    assert solved.report.factorisations <= 6
    assert not solved.events


@pytest.mark.serial
def test_a_gate_takes_seven_steps_of_newtons_method(slit: Path) -> None:
    """With new factors in every step, from 0 V to 400 thermal voltages."""
    study = {"type": "sweep", "parameter": "walls.gate.potential", "values": [0.0, -10.0]}
    case = Case.model_validate(values(slit, study=study))
    device = simulation(case)
    device.continuation.settings = replace(device.continuation.settings, good_contraction=0.0)
    first, second = plan(case)
    device.reach(first)
    solved = device.reach(second)
    assert len(solved.report.iterations) <= 7
    assert not solved.events


@pytest.mark.serial
def test_a_solid_without_permittivity_is_an_insulating_wall(slit: Path) -> None:
    """Current and flow are those of the liquid alone: none enters the solid, and what is idle there changes nothing."""
    driven = {"left": {"potential": 0.2, "pressure": 1e4}, "right": {}}
    found = []
    for law in ({"type": "dielectric", "relative_permittivity": 1e-9}, None):
        data = values(slit, terminals=driven, solver={"flow": "stokes"}, walls={"wall": {"surface_charge": -2e-3}})
        if law is None:
            data["regions"] = {"water": "fluid"}
            data["geometry"] = {k: v for k, v in data["geometry"].items() if k != "rest"} | {"walls": {"wall": "wall"}}
        else:
            data["regions"]["glass"] = law
        case = Case.model_validate(data)
        state = simulation(case).reach(plan(case)[0]).state
        found.append([*state.currents[:2], *state.flow_rates[:2]])
    assert sum(found[0][2:]) == pytest.approx(0.0, abs=1e-10 * abs(found[0][2]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-7)


@pytest.mark.serial
def test_a_negative_permittivity_and_a_device_of_solids_are_refused(slit: Path) -> None:
    for regions, text in (
        ({"water": "fluid", "glass": {"type": "dielectric", "relative_permittivity": -2}}, "must be positive"),
        ({"glass": {"type": "dielectric", "relative_permittivity": 2}}, "none holds the electrolyte"),
    ):
        with pytest.raises(CaseError, match=text):
            Case.model_validate(values(slit, regions=regions))


@pytest.mark.serial
def test_a_gate_inside_the_liquid_and_a_terminal_between_liquid_and_solid_are_refused(slit: Path) -> None:
    both = {"water": "fluid", "glass": "fluid"}
    inside = values(slit, regions=both)
    terminal = values(slit, walls={"gate": {}})
    terminal["geometry"] = terminal["geometry"] | {
        "walls": {"gate": "outside"},
        "terminals": {"a": "wall", "b": "left"},
    }
    for data, text in (
        (inside, "edges of 'wall' lie inside the device"),
        (terminal, "edges of 'a' lie between liquid and solid"),
    ):
        with pytest.raises(MeshError, match=text):
            simulation(Case.model_validate(data))


def test_both_routes_of_the_current_and_the_error_bars_are_those_of_the_liquid(slit: Path) -> None:
    """No integral of ions may reach into the solid, where the potential of the gate would make e^40 of them."""
    data = values(slit, terminals={"left": {"potential": 0.1}, "right": {}}, outputs={"errors": "all"})
    data["walls"]["gate"]["potential"] = -1.0
    data["geometry"]["channel"] = {"start": 0.0, "stop": LENGTH}
    (row,) = rows(Case.model_validate(data))
    assert row["current_route_difference"] < 1e-8
    assert row["conservation_error"] < 1e-8
    assert row["current_error [A]"] < 1e-3 * abs(row["current [A]"])
    assert row["concentration_K_field_error"] < 1e-2


@pytest.mark.parametrize("gate", few_on_ranks([0.0, 5.0], 1))
def test_a_wall_of_given_zeta_potential_screens_the_gate_behind_it(slit: Path, gate: float) -> None:
    """In the middle its charge is what faces the liquid less what the gate brings through the oxide."""
    facing, zeta = GATED[gate]
    walls = {"wall": {"zeta_potential": zeta}, "gate": {"potential": gate}}
    case = Case.model_validate(values(slit, walls=walls))
    of = simulation(case)
    found = of.reach(plan(case)[0]).state
    problem, (port,) = of.problem, of.problem.ports.open_walls
    form = ufl.TestFunction(problem.unknowns.scalar) * problem.metric.weight * problem.measures.boundary("wall")
    weights = fem_petsc.assemble_vector(fem.form(form))
    weights.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    nodes = problem.ports.owned(port.field_nodes)
    z = problem.unknowns.scalar.tabulate_dof_coordinates()[nodes, 0] * 1e-9
    middle = nodes[abs(z - LENGTH / 2) < LENGTH / 10]
    charges = problem.unknowns.potential(found.rows)[middle] / weights.array[middle]
    total, count = COMM.allreduce(np.array([charges.sum(), float(len(charges))]))
    brought = OXIDE * VACUUM * (gate - zeta) / THICKNESS
    assert total / count * problem.scales.surface_charge == pytest.approx(facing - brought, abs=5e-3 * abs(facing))
    assert in_the_middle(problem, found.state) == pytest.approx(zeta, abs=1e-5)


REACTION = {"type": "linear", "equation": "Ag + Cl- = AgCl + e-", "charge_transfer_resistance": 1e-3}
OF_THE_LIQUID: dict[str, dict[str, Any]] = {
    "zeta_potential": {"zeta_potential": -0.05},
    "reactions": {"potential": 0.1, "reactions": [REACTION]},
    "stern": {"potential": 0.1, "stern": {"capacitance": 0.2}},
    "adsorption": {"adsorption": [{"density": "1 /nm^2", "binds": {"K": {"k_on": 1.0, "k_off": 1e3}}}]},
    "groups": {"groups": [{"site": "silanol", "binds": [{"K": 1, "pK": 0.5}]}]},
    "fluxes": {"fluxes": {"K": 1e-6}},
}
"""Laws that the outer side of a solid cannot have."""


@pytest.mark.serial
@pytest.mark.parametrize("key", OF_THE_LIQUID)
def test_a_law_of_the_liquid_is_refused_where_none_touches_the_wall(slit: Path, key: str) -> None:
    """By `check` as soon as the mesh is opened, and by a run."""
    walls = {"wall": {"surface_charge": -2e-3}, "gate": OF_THE_LIQUID[key]}
    case = Case.model_validate(values(slit, walls=walls))
    with pytest.raises(CaseError, match=rf"walls\.gate\.{key}: needs liquid at the wall"):
        check(case)
    if key in ("zeta_potential", "reactions", "adsorption"):
        with pytest.raises(CaseError, match=rf"walls\.gate\.{key}: needs liquid at the wall"):
            simulation(case)
