"""The electric force on a particle in a liquid whose permittivity varies."""

from __future__ import annotations

import pytest
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.observables import forces
from solver.parallel.clock import Clock

COMM = MPI.COMM_WORLD


def test_the_electric_force_is_that_of_any_field_that_is_one_on_the_particle() -> None:
    """Without the force of the field on the liquid the three would differ by a hundredth."""
    case = Case(
        geometry={
            "type": "cylinder",
            "length": 20e-9,
            "radius": 5e-9,
            "particle": {"radius": 1.5e-9, "position": 10e-9},
            "reservoirs": {"length": 20e-9, "radius": 20e-9},
        },
        electrolyte={
            "concentration": 10.0,
            "species": {"K": {}, "Cl": {}},
            "properties": {"type": "water_glycerol", "permittivity": "1 - 0.5 * w"},
        },
        terminals={"left": {"solvent_fraction": 0.8, "potential": 0.2}},
        walls={"particle": {"surface_charge": -0.02}},
        solver={"flow": "none"},
        outputs={"errors": "none"},
    )
    problem = build.make_problem(case, meshing.make_mesh(case, [case], COMM), Clock())
    parameters = build.parameters_of(problem, case)
    state, storage = problem.at_rest(parameters)
    start = problem.evaluate(state, parameters, storage)
    problem.load(Newton(problem).solve(start, NewtonSettings(), NewtonReport()))
    weight = forces.particle_weight(problem)
    found = [
        COMM.allreduce(fem.assemble_scalar(fem.form(forces.electric_force(problem, weight**power))), op=MPI.SUM)
        for power in (1, 2, 3)
    ]
    assert found[1:] == pytest.approx(found[:1] * 2, rel=1e-3)
