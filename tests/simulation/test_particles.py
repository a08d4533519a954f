"""Particles in pores: the drag of Haberman and Sayre, Maxwell's blockade, forces that balance and are those of the stress."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.observables.forces import electric_force, force, particle_weight
from solver.observables.state import integral
from solver.observables.weights import boundary_parts, harmonic_weights, weight_space
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from validation.devices import bar, rows

RADIUS, VISCOSITY = 10e-9, 0.89e-3
ELECTROLYTE = {"species": {"K": {}, "Cl": {}}, "concentration": 100.0, "viscosity": VISCOSITY}
NO_BARS = {"errors": "none"}


def tube(length: float, **particle: float) -> dict[str, Any]:
    """A tube of ten nanometres in radius, with a sphere."""
    pore = {"type": "cylinder", "length": length, "radius": RADIUS, "reservoirs": None}
    return pore | ({"particle": particle} if particle else {})


@pytest.mark.serial
def test_drag_on_a_held_sphere_in_a_tube_is_habermans_and_sayres() -> None:
    """K2 of Haberman and Sayre, David Taylor Model Basin report 1143 (1958): a sphere held in Poiseuille's flow,
    whose velocity on the axis far away is that of the flow rate."""
    a = 0.4
    held = tube(12 * RADIUS, radius=a * RADIUS, position=6 * RADIUS)
    data = {"geometry": held, "electrolyte": ELECTROLYTE, "terminals": {"left": {"pressure": 1e5}}, "outputs": NO_BARS}
    (row,) = rows(data)
    fastest = 2.0 * row["flow_rate [m^3/s]"] / (np.pi * RADIUS**2)
    factor = row["force_particle [N]"] / (6.0 * np.pi * VISCOSITY * a * RADIUS * fastest)
    denominator = 1.0 - 2.1050 * a + 2.0865 * a**3 - 1.7068 * a**5 + 0.72603 * a**6
    assert factor == pytest.approx((1.0 - 2.0 / 3.0 * a**2 - 0.20217 * a**5) / denominator, rel=1e-3)
    assert row["force_particle_viscous [N]"] == pytest.approx(row["force_particle [N]"], rel=1e-6, abs=0.0)
    assert row["force_balance_error"] < 1e-10


@pytest.mark.serial
def test_small_sphere_blocks_the_current_as_maxwell_says() -> None:
    """A sphere of radius a adds 2 a^3 / (R^2 L) to the resistance of a pore: 3/2 of its share of the volume."""
    currents, length, a = [], 4 * RADIUS, 0.1 * RADIUS
    for geometry in (tube(length), tube(length, radius=a, position=length / 2)):
        data = {"geometry": geometry, "electrolyte": ELECTROLYTE, "solver": {"flow": "none"}, "outputs": NO_BARS}
        (row,) = rows(data | {"terminals": {"left": {"potential": 1e-3}}})
        assert row["conservation_error"] < 1e-8
        currents.append(row["current [A]"])
    assert currents[0] / currents[1] - 1.0 == pytest.approx(2.0 * a**3 / (RADIUS**2 * length), rel=1e-2)


CHARGED = {
    "geometry": tube(6 * RADIUS, radius=4e-9, position=2 * RADIUS),
    "electrolyte": ELECTROLYTE,
    "walls": {"particle": {"surface_charge": -10e-3}, "channel": {"surface_charge": -10e-3}},
    "terminals": {"left": {"potential": 0.1}},
}


def test_forces_in_a_charged_pore_balance_and_agree_with_a_finer_mesh() -> None:
    (coarse,) = rows(CHARGED)
    (fine,) = rows(CHARGED | {"mesh": {"refinement": 1}})
    assert coarse["current [A]"] == pytest.approx(fine["current [A]"], rel=1e-4, abs=0.0)
    for name in ("force_particle [N]", "force_particle_electric [N]", "force_particle_viscous [N]"):
        assert coarse[name] == pytest.approx(fine[name], rel=1e-3, abs=0.0)
        # the fourth power of the length of the cells
        assert abs(coarse[name] - fine[name]) <= bar(coarse, name)
        assert bar(fine, name) < 0.2 * bar(coarse, name)
    for row in (coarse, fine):
        assert row["force_balance_error"] < 1e-10


@pytest.mark.serial
def test_force_is_that_of_the_stress_at_the_surface() -> None:
    """What the liquid and the field do at the surface, as far as gradients there are right."""
    case = Case.model_validate(CHARGED | {"mesh": {"refinement": 1}, "outputs": NO_BARS})
    points = plan(case)
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    state, problem = simulation.reach(points[0]).state, simulation.problem
    assert problem.flow is not None
    normal, field = ufl.FacetNormal(problem.mesh), ufl.grad(problem.phi)
    electric = (field[0] * ufl.dot(field, normal) - 0.5 * ufl.dot(field, field) * normal[0]) / problem.coupling
    excess = sum(problem.c) - sum(problem.virtual)  # the osmotic pressure of an ideal solution
    liquid = 2 * ufl.dot(ufl.sym(ufl.grad(problem.flow.u)), normal)[0] - (problem.flow.p + excess) * normal[0]
    weight = particle_weight(problem)
    problem.load(state)
    for at_surface, found in (
        (electric, electric_force(problem, weight)),
        (electric + liquid, force(problem, weight)),
    ):
        surface = fem.form(-at_surface * problem.metric.weight * problem.measures.boundary("particle"))
        expected, value = (integral(form, problem.mesh.comm) for form in (surface, fem.form(found)))
        assert value == pytest.approx(expected, rel=3e-3, abs=0.0)


def test_weights_of_the_boundaries_add_up_to_one_unless_one_is_left_out() -> None:
    case = Case.model_validate(CHARGED | {"outputs": NO_BARS})
    points = plan(case)
    problem = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock()).problem
    space, parts = weight_space(problem), boundary_parts(problem, "particle")
    assert sum(harmonic_weights(problem, space, parts, parts)) == pytest.approx(1.0, rel=1e-12, abs=0.0)
    some = [name for name in parts if name != "channel"]
    least = float(np.min(sum(harmonic_weights(problem, space, some, some)), initial=1.0))
    assert problem.mesh.comm.allreduce(least, op=MPI.MIN) == 0.0


@pytest.mark.serial
def test_force_on_a_charge_between_electrodes_is_the_charge_times_the_mean_field() -> None:
    """Almost without ions: the field far from the sphere on either side is uniform and jumps by the charge over the
    cross-section, so that by Maxwell's stress on both ends the force is q V / (L + what the sphere adds to the length of the
    tube), which the currents with and without it tell."""
    length, sigma, bias = 8 * RADIUS, 1e-4, 0.5
    dilute = ELECTROLYTE | {"concentration": 1e-5}  # a Debye length of 3 micrometres
    data = {"electrolyte": dilute, "solver": {"flow": "none"}, "terminals": {"left": {"potential": bias}}}
    sphere = tube(length, radius=4e-9, position=length / 2)
    charged = {"geometry": sphere, "walls": {"particle": {"surface_charge": sigma}}}
    (found,) = rows(data | charged)
    salty = data | {"electrolyte": ELECTROLYTE, "outputs": NO_BARS}
    with_sphere, without = (rows(salty | {"geometry": each})[0]["current [A]"] for each in (sphere, tube(length)))
    charge = sigma * 4.0 * np.pi * (4e-9) ** 2
    expected = charge * bias / length * with_sphere / without
    # straight edges that enclose the volume of the sphere have 2e-4 more of its surface, and so of its charge
    assert found["force_particle_electric [N]"] == pytest.approx(expected, rel=3e-4, abs=0.0)


@pytest.mark.serial
def test_blockade_follows_the_position_of_the_particle() -> None:
    """In front of the pore a sphere blocks less than in it, and nothing depends on the side on which it is."""
    pore = tube(4 * RADIUS, radius=5e-9, position=0.0) | {"reservoirs": {"length": 40e-9, "radius": 40e-9}}
    data = {
        "geometry": pore,
        "electrolyte": ELECTROLYTE,
        "solver": {"flow": "none"},
        "terminals": {"left": {"potential": 1e-3}},
        "study": {
            "type": "sweep",
            "parameter": "geometry.particle.position",
            "values": [-30e-9, -5e-9, 20e-9, 45e-9],
        },
        "outputs": NO_BARS,
    }
    found = {round(row["geometry.particle.position [m]"] * 1e9): row["current [A]"] for row in rows(data)}
    before, at_mouth, middle, behind = (found[at] for at in (-30, -5, 20, 45))
    assert middle < at_mouth < before
    assert behind == pytest.approx(at_mouth, rel=1e-4, abs=0.0)
