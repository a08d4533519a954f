"""Particles with a field in them: a sphere in a uniform field, the force on its charge, both limits of its permittivity, and
particles in meshed membranes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.state import integral
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from validation.devices import bar, row

RADIUS, SOLVENT = 10e-9, 78.5
SALT: dict[str, Any] = {"species": {"K": {}, "Cl": {}}, "relative_permittivity": SOLVENT}
DILUTE = SALT | {"concentration": 1e-5}  # a Debye length of 3 micrometres: hardly an ion
NO_BARS = {"errors": "none"}


def dielectric(permittivity: float) -> dict[str, Any]:
    return {"type": "dielectric", "relative_permittivity": permittivity}


def tube(length: float, **particle: float) -> dict[str, Any]:
    pore = {"type": "cylinder", "length": length, "radius": RADIUS, "reservoirs": None}
    return pore | ({"particle": particle} if particle else {})


def solved(data: dict[str, Any]) -> tuple[Problem, Evaluation]:
    points = plan(Case.model_validate(data | {"outputs": NO_BARS}))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    return simulation.problem, simulation.reach(points[0]).state


@pytest.mark.parametrize("permittivity", [2.5, 2000.0])
def test_field_in_a_sphere_is_that_of_a_dipole(permittivity: float) -> None:
    """3 eps_f / (eps_p + 2 eps_f) of the uniform field far away, up to its images in the wall, (a / R)^3."""
    length, bias = 4 * RADIUS, 0.1
    problem, state = solved(
        {
            "geometry": tube(length, radius=0.1 * RADIUS, position=length / 2),
            "electrolyte": DILUTE,
            "regions": {"particle": dielectric(permittivity)},
            "terminals": {"left": {"potential": bias}},
            "solver": {"flow": "none"},
        }
    )
    problem.load(state)
    inside, weight = problem.measures.region("particle"), problem.metric.weight
    forms = (fem.form(-problem.phi.dx(0) * weight * inside), fem.form(weight * inside))
    total, volume = (integral(form, problem.mesh.comm) for form in forms)
    scales = state.parameters.scales
    field = total / volume * scales.potential / scales.length
    expected = 3.0 * SOLVENT / (permittivity + 2.0 * SOLVENT) * bias / length
    assert field == pytest.approx(expected, rel=1e-3, abs=0.0)


def test_force_on_a_charged_dielectric_is_its_charge_times_the_mean_field() -> None:
    """q V / (L + what the sphere adds), as without a field in it; what it adds is in the flux of the field between the ends
    of the tube with and without an uncharged sphere. What enters there is the charge."""
    length, sigma, bias, a = 8 * RADIUS, 1e-4, 0.5, 4e-9
    sphere = tube(length, radius=a, position=length / 2)
    data = {"electrolyte": DILUTE, "terminals": {"left": {"potential": bias}}, "solver": {"flow": "none"}}
    material = {"regions": {"particle": dielectric(10.0)}}
    fluxes = []
    for geometry in ({"geometry": sphere} | material, {"geometry": tube(length)}):
        _, state = solved(data | geometry)
        fluxes.append(state.charges[0])
    charge = sigma * 4.0 * np.pi * a**2
    charged = data | {"geometry": sphere, "walls": {"particle": {"surface_charge": sigma}}} | material
    found = row(charged | {"outputs": NO_BARS})
    expected = charge * bias / length * fluxes[0] / fluxes[1]
    assert found["force_particle_electric [N]"] == pytest.approx(expected, rel=2e-4, abs=0.0)
    _, state = solved(charged)
    entering = float(state.charges.sum()) * state.parameters.scales.electric_flux
    assert entering == pytest.approx(-charge, rel=1e-3, abs=0.0)


@pytest.mark.serial  # the two above are right on all ranks
def test_permittivity_goes_over_to_a_particle_without_field_and_to_metal() -> None:
    """Both ways: nothing in it, and a conductor with the same charge."""
    a, sigma = 4e-9, -10e-3
    data = {
        "geometry": tube(4 * RADIUS, radius=a, position=1.5 * RADIUS),
        "electrolyte": SALT | {"concentration": 100.0},
        "walls": {"particle": {"surface_charge": sigma}, "channel": {"surface_charge": sigma}},
        "terminals": {"left": {"potential": 0.1}},
        "outputs": NO_BARS,
    }
    metal = {"walls": data["walls"] | {"particle": {"charge": sigma * 4.0 * np.pi * a**2}}}
    for permittivity, limit, difference in ((1e-3, {}, 1e-5), (1e6, metal, 1e-3)):
        found = row(data | {"regions": {"particle": dielectric(permittivity)}})
        other = row(data | limit)
        assert found["current [A]"] == pytest.approx(other["current [A]"], rel=1e-5, abs=0.0)
        assert found["force_particle [N]"] == pytest.approx(other["force_particle [N]"], rel=difference, abs=0.0)
        assert found["force_balance_error"] < 1e-10
        assert found["conservation_error"] < 1e-8


@pytest.mark.serial  # the two above are right on all ranks
def test_a_tiny_particle_leaves_a_pore_in_a_membrane_as_it_is() -> None:
    """The mesh of triangles around it, with the solid and its gate, against the mapped mesh without it."""
    pore = {
        "type": "cylinder",
        "length": 30e-9,
        "radius": 5e-9,
        "reservoirs": {"length": 40e-9, "radius": 40e-9},
    }
    solid = dielectric(3.9) | {"thickness": 15e-9, "gate": {"from": 9e-9, "to": 21e-9}}
    data = {
        "geometry": pore,
        "electrolyte": SALT | {"concentration": 10.0},
        "regions": {"solid": solid},
        "walls": {"channel": {"surface_charge": -5e-3}, "gate": {"potential": 0.3}},
        "terminals": {"left": {"potential": 0.1}},
        "solver": {"flow": "none"},
    }
    without = row(data)
    tiny = {"radius": 0.2e-9, "position": -30e-9}
    found = row(
        data | {"geometry": pore | {"particle": tiny}, "regions": {"solid": solid, "particle": dielectric(2.5)}}
    )
    for name in ("current [A]", "charge_gate [C]"):
        assert abs(found[name] - without[name]) < bar(found, name) + bar(without, name)
        assert found[name] == pytest.approx(without[name], rel=1e-3, abs=0.0)
    assert found["conservation_error"] < 1e-8
