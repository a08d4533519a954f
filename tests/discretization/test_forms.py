"""Weak forms on one triangle against integrals of monomials that were done by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import ufl

from meshes.tagged import Symmetry
from solver.discretization import forms
from solver.discretization.coordinates import Metric
from solver.discretization.measures import Measures
from tests.support.cells import integral, triangle

pytestmark = pytest.mark.serial

WIDTH, HEIGHT = 2.0, 1.5
SYMMETRIES = pytest.mark.parametrize("symmetry", ["planar", "axisymmetric"])


class Cell:
    """The triangle, its coordinates z and r as expressions, and exact integrals of polynomials on it."""

    def __init__(self, symmetry: Symmetry) -> None:
        self.tagged = triangle(WIDTH, HEIGHT, symmetry)
        self.z, self.r = ufl.SpatialCoordinate(self.tagged.mesh)
        self.metric = Metric.of(self.tagged.mesh, symmetry)
        self.measures = Measures(self.tagged, 6)
        self.shift = 1 if symmetry == "axisymmetric" else 0  # of the power of r, by the weight

    def volume(self, integrand: Any) -> float:
        return integral(integrand * self.measures.volume)

    def edge(self, integrand: Any, name: str = "left") -> float:
        return integral(integrand * self.measures.boundary(name))

    def exact(self, polynomial: dict[tuple[int, int], float]) -> float:
        """Integral over the cell, with the weight, of a sum of factors times z^a r^b by (a, b)."""
        return sum(factor * self._monomial(a, b + self.shift) for (a, b), factor in polynomial.items())

    def exact_on_left(self, polynomial: dict[int, float]) -> float:
        """The same over the edge z = 0, of factors times r^b."""
        return sum(f * HEIGHT ** (b + self.shift + 1) / (b + self.shift + 1) for b, f in polynomial.items())

    @staticmethod
    def _monomial(a: int, b: int) -> float:
        return WIDTH ** (a + 1) * HEIGHT ** (b + 1) * math.factorial(a) * math.factorial(b) / math.factorial(a + b + 2)


def close(exact: float) -> Any:
    return pytest.approx(exact, rel=1e-12, abs=1e-13)


@SYMMETRIES
@pytest.mark.parametrize("permittivity", [1.0, 2.0])
def test_poisson(symmetry: Symmetry, permittivity: float) -> None:
    """phi = z r, v = z^2, charge 3, coupling 1/2: grad phi . grad v = 2 z r."""
    cell = Cell(symmetry)
    form = forms.poisson(cell.z * cell.r, 3.0, 0.5, cell.z**2, cell.metric, permittivity)
    assert cell.volume(form) == close(cell.exact({(1, 1): 2.0 * permittivity, (2, 0): -1.5}))


@SYMMETRIES
def test_surface_charge(symmetry: Symmetry) -> None:
    cell = Cell(symmetry)
    found = cell.edge(forms.surface_charge(0.7, 1 + cell.r, cell.metric))
    assert found == close(cell.exact_on_left({0: -0.7, 1: -0.7}))


@SYMMETRIES
def test_nernst_planck(symmetry: Symmetry) -> None:
    """c = 1 + z, mu = r^2, u = (z, -r), D = 2, Pe = 3, v = z r: -J . grad v = 4 c z r."""
    cell = Cell(symmetry)
    z, r = cell.z, cell.r
    form = forms.nernst_planck(1 + z, r**2, ufl.as_vector((z, -r)), 2.0, 3.0, z * r, cell.metric)
    assert cell.volume(form) == close(cell.exact({(1, 1): 4.0, (2, 1): 4.0}))
    still = forms.nernst_planck(1 + z, r**2, None, 2.0, 3.0, z * r, cell.metric)
    assert cell.volume(still) == close(cell.exact({(1, 1): 4.0, (2, 1): 4.0}))


def test_nothing_is_made_inside() -> None:
    """Tested with a constant the transport of any field is zero, not only small."""
    cell = Cell("axisymmetric")
    v = cell.z - cell.z + 1.0  # constant, without being known as one
    form = forms.nernst_planck(
        ufl.exp(cell.z), ufl.sin(cell.r), ufl.as_vector((cell.r, cell.z)), 2.0, 3.0, v, cell.metric
    )
    assert cell.volume(form) == 0.0


@SYMMETRIES
def test_storage(symmetry: Symmetry) -> None:
    cell = Cell(symmetry)
    assert cell.volume(forms.storage(1 + cell.z, cell.r, cell.metric)) == close(cell.exact({(0, 1): 1.0, (1, 1): 1.0}))


@SYMMETRIES
def test_stokes(symmetry: Symmetry) -> None:
    """u = (r^2, z r), p = 1 + z, v = (z^2, r^2), q = r: e(u) : e(v) = 2 z r, div v = 2 z + 2 r, div u = z, and about an
    axis the hoop terms z r, r and z."""
    cell = Cell(symmetry)
    z, r = cell.z, cell.r
    form = forms.stokes(ufl.as_vector((r**2, z * r)), 1 + z, ufl.as_vector((z**2, r**2)), r, cell.metric)
    hoop = float(cell.shift)
    exact = cell.exact({
        (1, 1): 4.0 + 2.0 * hoop - (2.0 + hoop) - (1.0 + hoop), (1, 0): -2.0, (0, 1): -(2.0 + hoop), (2, 0): -2.0,
    })  # fmt: skip
    assert cell.volume(form) == close(exact)


@SYMMETRIES
def test_stokes_is_symmetric(symmetry: Symmetry) -> None:
    cell = Cell(symmetry)
    z, r = cell.z, cell.r
    one = ufl.as_vector((r**2, z * r)), 1 + z
    other = ufl.as_vector((z * r, r**2 - z * r)), r - z
    found = [cell.volume(forms.stokes(*a, *b, cell.metric)) for a, b in ((one, other), (other, one))]
    assert found[0] == close(found[1])


@SYMMETRIES
def test_osmotic_force(symmetry: Symmetry) -> None:
    """c - c_v = (z, 1 - r), mu = (z^2, r^2), v = (z, r): 2 z^3 + 2 r^2 - 2 r^3."""
    cell = Cell(symmetry)
    z, r = cell.z, cell.r
    form = forms.osmotic_force([1 + z, 2.0], [1.0, 1 + r], [z**2, r**2], ufl.as_vector((z, r)), cell.metric)
    assert cell.volume(form) == close(cell.exact({(3, 0): 2.0, (0, 2): 2.0, (0, 3): -2.0}))


@SYMMETRIES
def test_dielectric_force(symmetry: Symmetry) -> None:
    """phi = z^2 / 2 + r, eps = z + r^2, v = (1, r), coupling 3: (z^2 + 1)(1 + 2 r^2) / 6; nothing where eps is uniform."""
    cell = Cell(symmetry)
    z, r = cell.z, cell.r
    vector = ufl.as_vector((1.0 + 0.0 * r, r))
    form = forms.dielectric_force(0.5 * z**2 + r, z + r**2, 3.0, vector, cell.metric)
    assert cell.volume(form) == close(cell.exact({(2, 0): 1 / 6, (0, 0): 1 / 6, (2, 2): 1 / 3, (0, 2): 1 / 3}))


@SYMMETRIES
def test_stress_and_flow_at_a_terminal(symmetry: Symmetry) -> None:
    """At the edge z = 0 the normal is (-1, 0): what flows in is the first component."""
    cell = Cell(symmetry)
    normal = ufl.FacetNormal(cell.tagged.mesh)
    vector = ufl.as_vector((1 + cell.r, cell.r**2))
    assert cell.edge(forms.outflow(vector, normal, cell.metric)) == close(cell.exact_on_left({0: 1.0, 1: 1.0}))
    found = cell.edge(forms.terminal_stress(cell.r, vector, normal, cell.metric))
    assert found == close(cell.exact_on_left({1: -1.0, 2: -1.0}))


def test_slip() -> None:
    """At the edge r = 0 with the normal (0, -1): friction for tangential velocities, Nitsche's terms for normal ones."""
    cell, length = Cell("planar"), 0.4
    z = cell.z
    p, q = 1 + z, z

    def along(*of: Any) -> float:
        return cell.edge(forms.slip(*of, length, cell.metric, degree=2), "low")

    tangential = along(ufl.as_vector((1 + z, 0 * z)), p, ufl.as_vector((z, 0 * z)), q)
    assert tangential == close((WIDTH**2 / 2 + WIDTH**3 / 3) / length)
    # u = (0, 1 + r), v = (0, z): u_n = -1, v_n = -z, s(u, p) = 2 - p, s(v, q) = -q
    penalty = 20 * 2**2 / (HEIGHT / 2)  # area of the cell over the length of the edge
    normal = along(ufl.as_vector((0 * z, 1 + cell.r)), p, ufl.as_vector((0 * z, z)), q)
    square, cube = WIDTH**2 / 2, WIDTH**3 / 3
    assert normal == close(penalty * square + 2 * square - (square + cube) - square)


def test_charge_density() -> None:
    found = forms.charge_density([np.array([1.0, 2.0]), np.array([3.0, 4.0])], (2, -1))
    assert found.tolist() == [-1.0, 0.0]
