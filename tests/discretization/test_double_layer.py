"""Laws of walls against closed forms in one dimension: a flat wall in front of a reservoir."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.laws.walls.base import WallLaw
from solver.laws.walls.electrode import GivenPotential
from solver.laws.walls.stern import Stern, SternLayer
from solver.laws.walls.surface_charge import ConstantCharge, GivenCharge, PiecewiseCharge
from solver.laws.walls.zeta import GivenZeta
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.double_layer import surface_charge
from solver.physics.solution import Solution
from tests.support.cells import UNIT, interval, problem

pytestmark = pytest.mark.serial

C = 50.0
SOLUTION = Solution(78.5, 298.15, 0.89e-3, (1, -1), (C, C), (2e-9, 2e-9), ("K", "Cl"))
DEBYE = SOLUTION.debye_length
VOLT = SOLUTION.thermal_voltage


def solved(*laws: WallLaw, cells: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position over the Debye length, potential in thermal voltages, and charges of the ports in C/m^2, of a wall with
    these laws in front of a reservoir 25 Debye lengths away."""
    points = 25 * DEBYE / UNIT * np.expm1(3 * np.linspace(0, 1, cells + 1)) / np.expm1(3.0)
    bulk = (TerminalCondition("bulk", 0.0, 0.0, (C, C)),)
    wall = (WallCondition("wall", laws),)
    solutes = (Solute("K", 1, 2e-9), Solute("Cl", -1, 2e-9))
    of = problem(interval(points), solutes, bulk, wall, concentration=C)
    continuation = Continuation(of, Newton(of), NewtonSettings())
    continuation.begin_branch(False)
    found = continuation.reach(of.parameters(bulk, wall, solutes, of.scales), 0.0, "at rest").state
    z = of.unknowns.scalar.tabulate_dof_coordinates()[:, 0] * UNIT / DEBYE
    order = np.argsort(z)
    return z[order], of.unknowns.potential(found.state)[order], found.charges * of.scales.surface_charge


def gouy_chapman(z: np.ndarray, at_wall: float) -> np.ndarray:
    """Potential of a flat double layer whose start has a given potential, in thermal voltages."""
    return np.asarray(4 * np.arctanh(np.tanh(at_wall / 4) * np.exp(-z)))


def grahame(potential: float) -> float:
    """Charge in C/m^2 of a flat double layer, potential in thermal voltages."""
    return float(np.sqrt(8 * SOLUTION.permittivity * SOLUTION.thermal_energy * C) * np.sinh(potential / 2))


@pytest.mark.parametrize("charge", [-2e-3, -30e-3, 80e-3])
def test_a_given_charge_makes_the_layer_of_gouy_and_chapman(charge: float) -> None:
    z, potential, charges = solved(GivenCharge(ConstantCharge(charge)))
    at_wall = 2 * np.arcsinh(charge / grahame(2 * np.arcsinh(1.0)))
    np.testing.assert_allclose(potential, gouy_chapman(z, at_wall), atol=2e-6 * abs(at_wall))
    # the flux of the field into the device at the terminal would take what the layer does not screen
    assert abs(charges[0]) < 1e-9 * abs(charge)


def test_errors_fall_with_the_fourth_power_of_the_cells() -> None:
    """The potential of the wall, a functional of the solution; elements of second degree."""
    charge = -30e-3
    exact = 2 * np.arcsinh(charge / grahame(2 * np.arcsinh(1.0)))
    errors = [abs(solved(GivenCharge(ConstantCharge(charge)), cells=n)[1][0] - exact) for n in (30, 60)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4.0, abs=0.3)


def test_a_stern_layer_shares_the_voltage_with_the_double_layer() -> None:
    """C (V - phi) is Grahame's charge at phi; the electrode's charge is that."""
    voltage, layer = 0.15, Stern(thickness=0.4e-9, relative_permittivity=10.0)
    capacitance = 10.0 * VACUUM_PERMITTIVITY / 0.4e-9
    exact = brentq(lambda y: capacitance * (voltage - y * VOLT) - grahame(y), 0.0, voltage / VOLT)
    z, potential, charges = solved(GivenPotential(voltage), SternLayer(layer))
    np.testing.assert_allclose(potential, gouy_chapman(z, exact), atol=1e-5)
    assert charges[1] == pytest.approx(grahame(exact), rel=1e-5)


def test_a_bare_electrode_gives_its_potential_to_the_liquid() -> None:
    voltage = -0.05
    z, potential, charges = solved(GivenPotential(voltage))
    np.testing.assert_allclose(potential, gouy_chapman(z, voltage / VOLT), atol=1e-5)
    assert charges[1] == pytest.approx(grahame(voltage / VOLT), rel=1e-5)


def test_the_charge_of_a_wall_of_given_zeta_potential_is_grahames_to_fourth_order() -> None:
    zeta = -0.05
    errors = [solved(GivenZeta(zeta), cells=n)[2][-1] / grahame(zeta / VOLT) - 1 for n in (30, 60, 120)]
    assert abs(errors[-1]) < 5e-8
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4.0, abs=0.3)


def test_a_piecewise_charge_is_that_of_the_place() -> None:
    """The wall stands at z = 0, behind the first break and before the second."""
    pieces = PiecewiseCharge(breaks=(-1e-9, 1e-9), values=(1.0, -30e-3, 1.0))
    one, other = (solved(GivenCharge(profile))[1] for profile in (pieces, ConstantCharge(-30e-3)))
    np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("potential", [-3.0, 0.1, 5.0])
def test_grahame_of_the_program(potential: float) -> None:
    assert surface_charge(potential * VOLT, SOLUTION) == pytest.approx(grahame(potential), rel=1e-9)
