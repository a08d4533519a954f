"""A reaction that a test makes up, against its closed form in one dimension."""

from __future__ import annotations

import numpy as np
import pytest

from solver.discretization.boundary import Solute, TerminalCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from tests.seams.toys.first_order import FirstOrder
from tests.support.cells import UNIT, interval, scales

pytestmark = pytest.mark.serial

C, D, LENGTH = 10.0, 2e-9, 50e-9
SOLUTES = (Solute("K", 1, D), Solute("Cl", -1, D), Solute("A", 0, D), Solute("B", 0, D))


def solved(rate_constant: float, cells: int) -> tuple[np.ndarray, np.ndarray, Problem, Evaluation]:
    """Positions (m) and concentrations (mol/m^3) between a closed end and a reservoir that holds the same of A and B."""
    mesh = interval(np.linspace(0.0, LENGTH / UNIT, cells + 1))
    bulk = (TerminalCondition("bulk", 0.0, 0.0, (C, C, C, C)),)
    reaction = FirstOrder(reactant="A", product="B", rate_constant=rate_constant)
    of = Problem(
        mesh, scales("planar", C), SOLUTES, bulk, (), flow=False, clock=Clock(), stores=True, reactions=(reaction,)
    )
    continuation = Continuation(of, Newton(of), NewtonSettings())
    continuation.begin_branch(False)
    found = continuation.reach(of.parameters(bulk, (), SOLUTES, of.scales), 0.0, "at rest").state
    z = of.unknowns.scalar.tabulate_dof_coordinates()[:, 0] * UNIT
    order = np.argsort(z)
    return z[order], C * np.exp(of.unknowns.electrochemical(found.state)[order]), of, found


def test_a_species_decays_into_another() -> None:
    """D c'' = k c between a closed end and a reservoir: a hyperbolic cosine; the sum of both species is uniform."""
    rate_constant = 4 * D / LENGTH**2
    z, c, of, found = solved(rate_constant, 40)
    root = np.sqrt(rate_constant / D)
    np.testing.assert_allclose(c[:, 2], C * np.cosh(root * z) / np.cosh(root * LENGTH), rtol=1e-6)
    np.testing.assert_allclose(c[:, 2] + c[:, 3], 2 * C, rtol=1e-6)
    np.testing.assert_allclose(c[:, :2], C, rtol=1e-10)
    entering = found.rates[0] * of.scales.molar_rate
    area = of.scales.molar_rate / (of.scales.diffusivity * C / UNIT)
    assert entering[2] == pytest.approx(area * D * C * root * np.tanh(root * LENGTH), rel=1e-5)
    assert entering[3] == pytest.approx(-entering[2], rel=1e-9)


def test_a_reaction_is_refused_that_cannot_happen() -> None:
    valences = {"K": 1, "A": 0, "B": 0}
    assert FirstOrder(reactant="A", product="B", rate_constant=1.0).objection(valences) is None
    assert "makes a charge of -1 e" in str(FirstOrder(reactant="K", product="B", rate_constant=1.0).objection(valences))
    assert "no species 'C'" in str(FirstOrder(reactant="A", product="C", rate_constant=1.0).objection(valences))
