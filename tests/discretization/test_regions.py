"""Regions whose material a test makes up: a dielectric without ions, and a gel with fixed charge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from dolfinx import mesh as dmesh
from scipy.optimize import brentq

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition, WallCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.algebra import Algebra
from solver.laws.regions.base import RegionLaw
from solver.laws.regions.fluid import Fluid
from solver.laws.walls.electrode import GivenPotential
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import AVOGADRO, ELEMENTARY_CHARGE
from solver.physics.solution import Solution
from tests.support.cells import UNIT, interval, scales

pytestmark = pytest.mark.serial

C = 50.0
SOLUTION = Solution(78.5, 298.15, 0.89e-3, (1, -1), (C, C), (2e-9, 2e-9), ("K", "Cl"))
DEBYE, VOLT = SOLUTION.debye_length, SOLUTION.thermal_voltage
THICKNESS = 2 * DEBYE
"""Of the region at the wall, m."""


class Dielectric(RegionLaw):
    """A solid of a tenth of the solvent's permittivity, without ions."""

    holds_ions: ClassVar[bool] = False

    def permittivity_factor(self, solvent: Any, coefficients: Mapping[str, Any] | None = None) -> Any:
        return 0.1


class Gel(RegionLaw):
    """A gel with fixed charge, in which ions are slower."""

    def relative_diffusivity(self, species: str) -> float:
        return 0.5

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        return 2 * C


def solved(law: RegionLaw, wall: float | None, thickness: float) -> tuple[np.ndarray, np.ndarray, Problem, Evaluation]:
    """Position (m) and potential in thermal voltages of a wall, a region at it, and 25 Debye lengths of liquid.

    wall: potential of the wall in V; None for an uncharged wall. thickness: of the region, m.
    """
    inner = np.linspace(0, thickness, 41)
    outer = thickness + 25 * DEBYE * np.expm1(3 * np.linspace(0, 1, 81)[1:]) / np.expm1(3.0)
    mesh = interval(np.concatenate([inner, outer]) / UNIT)
    cells = np.arange(mesh.mesh.topology.index_map(1).size_local, dtype=np.int32)
    inside = dmesh.compute_midpoints(mesh.mesh, 1, cells)[:, 0] * UNIT < thickness
    tags = dmesh.meshtags(mesh.mesh, 1, cells, np.where(inside, 1, 2).astype(np.int32))
    tagged = TaggedMesh(
        mesh.mesh, mesh.facets, mesh.boundaries, tags, {"solid": 1, "liquid": 2}, mesh.symmetry, mesh.unit
    )
    bulk = (TerminalCondition("bulk", 0.0, 0.0, (C, C)),)
    walls = () if wall is None else (WallCondition("wall", (GivenPotential(wall),)),)
    solutes = (Solute("K", 1, 2e-9), Solute("Cl", -1, 2e-9))
    regions = (RegionCondition(law, "solid"), RegionCondition(Fluid(), "liquid"))
    of = Problem(
        tagged, scales("planar", C), solutes, bulk, walls, flow=False, clock=Clock(), stores=True, regions=regions
    )
    continuation = Continuation(of, Newton(of), NewtonSettings())
    continuation.begin_branch(False)
    found = continuation.reach(of.parameters(bulk, walls, solutes, of.scales), 0.0, "at rest").state
    z = of.unknowns.scalar.tabulate_dof_coordinates()[:, 0] * UNIT
    order = np.argsort(z)
    return z[order], of.unknowns.potential(found.state)[order], of, found


def test_a_dielectric_shares_the_voltage_with_the_double_layer() -> None:
    """The field in it is constant, and its displacement is the charge of the double layer (Grahame)."""
    voltage = 0.4
    capacitance = 0.1 * SOLUTION.permittivity / THICKNESS

    def grahame(y: float) -> float:
        return float(np.sqrt(8 * SOLUTION.permittivity * SOLUTION.thermal_energy * C) * np.sinh(y / 2))

    exact = brentq(lambda y: capacitance * (voltage - y * VOLT) - grahame(y), 0.0, voltage / VOLT)
    z, potential, of, found = solved(Dielectric(), voltage, THICKNESS)
    linear = np.interp(z, [0.0, THICKNESS], [voltage / VOLT, exact])
    solid = z <= THICKNESS * (1 + 1e-9)
    np.testing.assert_allclose(potential[solid], linear[solid], atol=1e-5)
    liquid = 4 * np.arctanh(np.tanh(exact / 4) * np.exp(-(z[~solid] - THICKNESS) / DEBYE))
    np.testing.assert_allclose(potential[~solid], liquid, atol=1e-5)
    assert found.charges[1] * of.scales.surface_charge == pytest.approx(grahame(exact), rel=1e-5)
    # the content is that of the liquid alone: the surplus of anions is the charge of the double layer
    cations, anions = found.amounts * of.scales.concentration * of.scales.length * ELEMENTARY_CHARGE * AVOGADRO
    assert cations - anions == pytest.approx(-grahame(exact), rel=1e-4)
    assert cations + anions < 2 * C * 26 * DEBYE * ELEMENTARY_CHARGE * AVOGADRO


def test_a_gel_has_the_donnan_potential() -> None:
    """Far from its surface the ions of the gel balance its charge: sinh y = X / 2c (Donnan)."""
    z, potential, *_ = solved(Gel(), None, 20 * DEBYE)
    assert potential[0] == pytest.approx(np.arcsinh(1.0), abs=1e-6)
    # at the surface between two half spaces: the pressure of the field is the same on both sides
    donnan = np.arcsinh(1.0)
    surface = potential[np.argmin(np.abs(z - 20 * DEBYE))]
    assert surface == pytest.approx(donnan - np.tanh(donnan / 2), abs=5e-5)
