"""Diffusivities, viscosity and permittivity that follow the composition: derivatives, and the limit of constant factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.problem import Problem
from solver.laws.algebra import Algebra
from solver.laws.properties.base import LiquidProperties, Local
from solver.parallel.clock import Clock
from tests.support.small_cone import small_cone

COMM = MPI.COMM_WORLD


class ByPotassium(LiquidProperties):
    """Everything grows with the concentration of potassium."""

    slope: float = 0.02

    def _factor(self, local: Local, share: float) -> Any:
        return 1.0 + share * self.slope * local.concentrations["K"]

    def diffusivity_factor(self, species: str, local: Local, m: Algebra) -> Any:
        return self._factor(local, 1.0 if species == "K" else -0.3)

    def viscosity_factor(self, local: Local, m: Algebra) -> Any:
        return self._factor(local, 3.0)

    def permittivity_factor(self, local: Local, m: Algebra) -> Any:
        return self._factor(local, -0.5)


class Twice(LiquidProperties):
    """A liquid twice as viscous, whose permittivity and diffusivities are thrice and half of what is given."""

    def diffusivity_factor(self, species: str, local: Local, m: Algebra) -> float:
        return 0.5

    def viscosity_factor(self, local: Local, m: Algebra) -> float:
        return 2.0

    def permittivity_factor(self, local: Local, m: Algebra) -> float:
        return 3.0


def made(law: LiquidProperties | None, **changed: Any) -> tuple[Problem, Case]:
    """The equations of a small cone in salt gradient and under pressure, with slip."""
    case = Case.model_validate(small_cone(10.0, base={"pressure": 1e5, "potential": 0.2}, tip={"concentration": 40.0}))
    case = case.with_values({"walls.channel.slip_length": 2e-9} | changed)
    if law is not None:
        case = case.model_copy(update={"electrolyte": case.electrolyte.model_copy(update={"properties": law})})
    tagged = meshing.make_mesh(case, [case], COMM)
    return build.make_problem(case, tagged, Clock()), case


def test_the_jacobian_is_the_derivative_of_the_residual() -> None:
    problem, case = made(ByPotassium())
    parameters = build.parameters_of(problem, case)
    rest, _ = problem.at_rest(parameters)
    steps = np.random.default_rng(1).uniform(-1.0, 1.0, rest.shape)
    change = problem.unknowns.with_ghosts(np.where(np.isin(np.arange(rest.size), problem.unknowns.idle), 0.0, steps))
    state = problem.unknowns.with_ghosts(rest + 0.1 * change)
    found = problem.evaluate(state, parameters)
    (jacobian, to_transport), (to_flow, matrix) = problem.linearise(found, constrained=False).blocks
    small = 1e-5
    above, below = (problem.evaluate(state + sign * small * change, parameters) for sign in (1, -1))
    assert problem.flow is not None
    assert above.flow is not None
    assert below.flow is not None
    owned, of_flow = problem.unknowns.owned, problem.flow.owned

    def times(block: Any, values: np.ndarray) -> np.ndarray:
        right, left = block.createVecs()
        right.array[:] = values
        block.mult(right, left)
        return np.array(left.array)

    flow_change = (above.flow - below.flow)[:of_flow] / (2 * small)
    expected = (above.rows - below.rows) / (2 * small)
    by_blocks = times(jacobian, change[:owned]) + times(to_transport, flow_change)
    assert np.abs(by_blocks - expected).max() < 1e-6 * np.abs(expected).max()
    problem.load(found)
    flow_rows = times(problem.flow.solved.matrix, flow_change) + times(to_flow, change[:owned])
    assert np.abs(flow_rows).max() < 1e-6 * np.abs(times(matrix, flow_change)).max()


def test_constant_factors_are_those_of_other_constants() -> None:
    values = {"electrolyte.viscosity": 2 * 0.89e-3, "electrolyte.relative_permittivity": 3 * 78.5}
    values |= {f"electrolyte.species.{name}.diffusivity": 0.5 * d for name, d in (("K", 1.957e-9), ("Cl", 2.032e-9))}
    rates = []
    for problem, case in (made(Twice()), made(None, **values)):
        parameters = build.parameters_of(problem, case)
        state, _ = problem.at_rest(parameters)
        found = problem.evaluate(state, parameters)
        scales = parameters.scales
        rates.append((*(found.flow_rates * scales.flow_rate), *(found.rates.ravel() * scales.molar_rate)))
        rates[-1] += tuple(found.charges * scales.electric_flux)
    assert rates[0] == pytest.approx(rates[1], rel=1e-9, abs=1e-12 * max(map(abs, rates[1])))
