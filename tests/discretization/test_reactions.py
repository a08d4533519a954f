"""A reaction that a test makes up, against its closed form in one dimension."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import constants
from scipy.special import iv

from solver.discretization.boundary import Solute, TerminalCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.reactions.mass_action import MassAction
from solver.laws.regions.membrane import Membrane
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from tests.seams.toys.first_order import FirstOrder
from tests.support.cells import UNIT, interval, scales
from validation.slabs import VOLT, Slabs

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


PAIRS = MassAction(equation="AB = A + B", forward_rate_constant=1.0, equilibrium_constant=0.03, wien_effect=True)
"""At rest with 10 mM of A (+2) and of AB (+1) in 30 mM of B (-1)."""


def test_the_wien_effect_in_a_material_has_its_permittivity_and_diffusivities() -> None:
    """A slow reaction in a uniform field: k (F(b) - 1) c L leaves the device, and nothing where no field is."""
    factors = {"A": 0.25, "B": 0.5, "AB": 0.5}
    law = Membrane(relative_permittivity=20.0, diffusivity_factor=factors)
    species = [Solute("A", 2, 1e-9), Solute("B", -1, 2e-9), Solute("AB", 1, 1e-9)]
    ends = ((C, 3 * C, C), (C, 3 * C, C))
    points = np.linspace(0.0, LENGTH, 9)
    device = Slabs(points, {LENGTH: law}, species, ends, electroneutral=False, reactions=(PAIRS,))
    rest, driven = device.solved(0.0), device.solved(30.0)
    np.testing.assert_allclose(rest.rates, 0.0, atol=1e-13)
    bjerrum = constants.e / (4 * np.pi * constants.epsilon_0 * 20.0 * VOLT)
    b = 2 * bjerrum / 2 * (2 * 0.25 + 1.0) / (0.25 + 1.0) * 30.0 / LENGTH
    made = (iv(1, np.sqrt(8 * b)) / np.sqrt(2 * b) - 1.0) * C * LENGTH
    units = device.problem.scales
    leaving = -driven.rates.sum(axis=0) * units.diffusivity * units.concentration / UNIT
    np.testing.assert_allclose(leaving, [made, made, -made], rtol=1e-4)


def test_the_wien_effect_leaves_a_junction_at_rest() -> None:
    """Fields of 1e8 V/m between fixed charges, which gradients of concentrations hold up, make nothing."""
    laws = {0.5 * LENGTH: Membrane(fixed_charge=2e3), LENGTH: Membrane(fixed_charge=-2e3)}
    species = [Solute("A", 2, 1e-9), Solute("B", -1, 2e-9), Solute("AB", 1, 1e-9)]
    ends = ((C, 3 * C, C), (C, 3 * C, C))
    bulk = ends[0]
    potentials = [
        float(Ideal().donnan_potential([np.log(c / C) for c in bulk], law.fixed_charge / C, (2, -1, 1), C)) * VOLT
        for law in laws.values()
    ]
    device = Slabs(
        np.linspace(0.0, LENGTH, 81), laws, species, ends, profiles=(potentials[0], potentials[1]), electroneutral=False,
        reactions=(PAIRS,),
    )  # fmt: skip
    np.testing.assert_allclose(device.solved(0.0).rates, 0.0, atol=1e-10)
