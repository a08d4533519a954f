"""The split of the fields in three dimensions: numbers, and as many iterations on several ranks as on one."""

from __future__ import annotations

import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.nonlinear.continuation import Continuation, Solved
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock

MOST = 24
"""Steps of an iteration to a hundredth; with parts in another order they are 35 on two ranks."""


def solved(linear: str) -> Solved:
    around = {"length": "30 nm", "radius": "30 nm"}
    case = Case.model_validate(
        {
            "geometry": {
                "type": "cone", "dimension": 3, "length": "40 nm", "radius_tip": "5 nm", "radius_base": "10 nm",
                "reservoirs": around,
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
            "walls": {"channel": {"surface_charge": "-10 mC/m^2"}},
            "terminals": {"base": {"potential": "0.2 V"}},
            "mesh": {"wall_size": "2 debye_length", "corner_size": "2 debye_length", "growth": 4, "axial_cells": 2},
            "solver": {"linear": linear},
            "study": {"type": "steady"},
        }
    )  # fmt: skip
    problem = build.make_problem(case, meshing.make_mesh(case, [case], MPI.COMM_WORLD), Clock())
    newton = Newton(problem, build.linear_solver(case, problem))
    return Continuation(problem, newton, NewtonSettings(tolerance=1e-7)).reach(
        build.parameters_of(problem, case), 0.0, "it"
    )


def test_states_and_iterations() -> None:
    split, usual = solved("fieldsplit"), solved("automatic")
    assert split.state.currents == pytest.approx(usual.state.currents, rel=1e-7)
    assert split.state.flow_rates == pytest.approx(usual.state.flow_rates, rel=1e-6)
    assert split.state.imbalance < 1e-9
    steps = [int(each.linear.split()[0]) for each in split.report.iterations]
    assert max(steps[:-2]) <= MOST  # the last ones are for the last digits
    assert not any(each.linear for each in usual.report.iterations)
