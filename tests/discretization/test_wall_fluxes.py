"""Fluxes of species from a wall against closed forms in one dimension: a flat wall in front of a reservoir."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.problem import Problem
from solver.laws.walls.base import WallLaw
from solver.laws.walls.fluxes import GivenFluxes
from solver.laws.walls.leak import Leak, LeakyWall
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, thermal_voltage
from tests.support import cells

pytestmark = pytest.mark.serial

C, D, LENGTH = 10.0, 2e-9, 100e-9
VOLT = thermal_voltage(298.15)
SOLUTES = (Solute("K", 1, D), Solute("Cl", -1, D))


def fluxes(law: WallLaw, count: int = 40) -> np.ndarray:
    """Fluxes (mol/(m^2 s)) of K and Cl into the liquid at the terminal and at the wall. Shape (2, 2)."""
    mesh = cells.interval(np.linspace(0.0, LENGTH / cells.UNIT, count + 1))
    bulk, wall = (TerminalCondition("bulk", 0.0, 0.0, (C, C)),), (WallCondition("wall", (law,)),)
    scales = cells.scales("planar", C)
    of = Problem(mesh, scales, SOLUTES, bulk, wall, flow=False, clock=Clock(), stores=True, electroneutral=True)
    continuation = Continuation(of, Newton(of), NewtonSettings())
    continuation.begin_branch(False)
    found = continuation.reach(of.parameters(bulk, wall, SOLUTES, scales), 0.0, "steady").state
    return found.rates * scales.diffusivity * scales.concentration / scales.length


def wall_concentration(flux: float) -> float:
    """With a flux N of K alone the chloride is at rest, so that phi = ln(c/C) and 2 D c' = -N: c = C + N (L - x) / (2 D)."""
    return C + flux * LENGTH / (2 * D)


@pytest.mark.parametrize("flux", [0.1, -0.1])
def test_a_given_flux_leaves_through_the_terminal(flux: float) -> None:
    found = fluxes(GivenFluxes({"K": flux}))
    np.testing.assert_allclose(found, [[-flux, 0.0], [flux, 0.0]], rtol=1e-10, atol=1e-11 * abs(flux))


@pytest.mark.parametrize(("outside", "potential"), [(2.0, 0.0), (100.0, -0.03)])
def test_an_ion_channel_conducts_by_the_distance_from_nernst(outside: float, potential: float) -> None:
    conductance = 5e4
    leak = Leak(concentrations={"K": outside}, potential=potential, conductance={"K": conductance})

    def excess(flux: float) -> float:
        at_wall = wall_concentration(flux)
        drive = np.log(outside / at_wall) + (potential / VOLT - np.log(at_wall / C))
        return float(flux - conductance * VOLT / FARADAY * drive)

    exact = brentq(excess, -0.99 * 2 * D * C / LENGTH, 10.0, xtol=1e-14, rtol=1e-12)
    found = fluxes(LeakyWall(leak))
    assert found[1, 0] == pytest.approx(exact, rel=1e-10)
    assert abs(found.sum(axis=0) / exact).max() < 1e-10
    assert abs(found[:, 1] / exact).max() < 1e-10


def test_a_permeable_wall_passes_by_the_difference_of_concentrations() -> None:
    """Both ions alike, so that the field is zero: N = P (c' - c), c = C + N L / D."""
    permeability, outside = 0.05, 2.0
    both = {"K": permeability, "Cl": permeability}
    leak = Leak(concentrations={"K": outside, "Cl": outside}, permeability=both)
    exact = permeability * (outside - C) / (1 + permeability * LENGTH / D)
    np.testing.assert_allclose(fluxes(LeakyWall(leak))[1], exact, rtol=1e-7)
