"""The split of the fields against factors of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.field_parts import parts_of_fields, permeability
from solver.discretization.problem import Problem
from solver.linear.direct import DirectBlockSolver
from solver.linear.fieldsplit import FieldSplitBlockSolver
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock

pytestmark = pytest.mark.serial

RADIUS = 20.0
"""nm, of the tube whose permeability is known."""


def device(radius: float, ends: float | None) -> Case:
    """A charged channel from 20 nm to a radius (nm), with reservoirs (nm) or without."""
    around = None if ends is None else {"length": f"{ends} nm", "radius": f"{ends} nm"}
    sizes = {"length": "200 nm", "radius_tip": f"{radius} nm", "radius_base": f"{RADIUS} nm", "reservoirs": around}
    return Case.model_validate(
        {
            "geometry": {"type": "cone", **sizes},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
            "walls": {"channel": {"surface_charge": "-20 mC/m^2"}},
            "terminals": {"base": {"potential": "0.1 V"}},
            "mesh": {"wall_size": "1 debye_length", "corner_size": "0.3 debye_length", "growth": 3, "axial_cells": 6},
        }
    )


def problem_of(case: Case) -> Problem:
    return build.make_problem(case, meshing.make_mesh(case, [case], MPI.COMM_WORLD), Clock())


def test_solves_are_those_of_factors() -> None:
    case = device(5.0, 60.0)
    problem, clock = problem_of(case), Clock()
    parameters = build.parameters_of(problem, case)
    split = FieldSplitBlockSolver(parts_of_fields(problem), clock, tolerance=1e-9)
    reached = Continuation(problem, Newton(problem, split), NewtonSettings(tolerance=1e-8)).reach(parameters, 0.0, "it")
    usual = Continuation(problem, Newton(problem), NewtonSettings(tolerance=1e-8)).reach(parameters, 0.0, "it")
    assert reached.state.currents == pytest.approx(usual.state.currents, rel=1e-7)
    assert reached.state.flow_rates == pytest.approx(usual.state.flow_rates, rel=1e-7)
    system, direct = problem.linearise(reached.state), DirectBlockSolver("whole_", clock)
    split.prepare(system)
    direct.prepare(system)
    right = np.random.default_rng(1).normal(size=sum(system.sizes))
    for one, other in (
        (split.solve(right), direct.solve(right)),
        (split.solve_transposed(system, right), direct.solve_transposed(system, right)),
    ):
        assert np.abs(one - other).max() < 1e-5 * np.abs(other).max()
    assert max(split.iterations) < 120


def test_the_permeability_of_a_tube_is_known_without_its_radius() -> None:
    problem = problem_of(device(RADIUS, None))
    weight, volume = problem.metric.weight, problem.measures.volume
    whole, area = (fem.assemble_scalar(fem.form(value * weight * volume)) for value in (permeability(problem), 1.0))
    assert whole / area == pytest.approx(RADIUS**2 / 8, rel=1e-3)
