"""One rectangular cross-section of a long channel with four charged walls: the exact Poisson-Boltzmann profile and the
transport matrix, as `solver.physics.cross_section` has them for plates and round pores.

Discretisation: products of the spectral elements there on a quarter of the section. Relative errors are about 1e-7, from the
corners.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from solver.physics.constants import FARADAY
from solver.physics.cross_section import Array, Grid, forces_of, onsager, relaxed, shares_at
from solver.physics.double_layer import surface_potential
from solver.physics.solution import Solution

THINNEST = 1e-6
"""Thickness of a double layer, over half of the longer side, below which the iteration takes minutes: those of real walls are
thicker."""


@dataclass(frozen=True)
class _Modes:
    """Eigenvectors of the Laplacian along one side, of unit mass, and eigenvalues."""

    vectors: Array
    values: Array

    @classmethod
    def of(cls, stiffness: Array, mass: Array, factor: float) -> _Modes:
        root = 1.0 / np.sqrt(mass)
        values, vectors = np.linalg.eigh(stiffness * root * root[:, None])
        return cls(vectors * root[:, None], factor * values)


def _separated(one: _Modes, other: _Modes, right: Array, shift: float) -> Array:
    """Solution of Laplace's equation with a term `shift` times the mass, by separation of the variables."""
    found = one.vectors.T @ right @ other.vectors / (one.values[:, None] + other.values + shift)
    return np.asarray(one.vectors @ found @ other.vectors.T)


@dataclass(frozen=True)
class Rectangle:
    """The solved section. Arrays run over the nodes of a quarter, from the middle to the walls.

    Attributes:
        half_width, half_height: m.
        across, up: m from the middle, of the nodes along the width and along the height. Shapes (n,) and (m,).
        psi: V against the reservoir. Shape (n, m).
        matrix: 3x3 of the whole section, see `CrossSection`.
    """

    half_width: float
    half_height: float
    across: Array
    up: Array
    psi: Array
    matrix: Array

    @property
    def area(self) -> float:
        """m^2."""
        return 4.0 * self.half_width * self.half_height

    @property
    def conductance(self) -> float:
        """Current over field in A m/V = S m."""
        return float(self.matrix[2, 2])

    def potential(self, across: Array, up: Array) -> Array:
        """psi in V at distances in metres from the middle along the width and the height (signs allowed). Shape (points,)."""
        (i, of_width), (j, of_height) = shares_at(self.across, across), shares_at(self.up, up)
        values = self.psi[i[:, :, None], j[:, None, :]]
        return np.asarray(np.einsum("pij,pi,pj->p", values, of_width, of_height))


@functools.lru_cache(maxsize=32)
def rectangle(
    half_width: float, half_height: float, side_charge: float, plate_charge: float, solution: Solution
) -> Rectangle:
    """Solve one section: sizes in m, charges in C/m^2 of the walls at +-half_width and at +-half_height.

    Raises:
        ArithmeticError: Newton's method stalls, or a layer is too thin to try.
    """
    charges, sizes = (side_charge, plate_charge), (half_width, half_height)
    unit, volt = half_height, solution.thermal_voltage
    thinnest = min(solution.edl_thickness(charge) for charge in charges)
    if thinnest < THINNEST * max(sizes):
        raise ArithmeticError(
            f"the layer of {max(charges, key=abs):g} C/m^2, {thinnest:.2g} m thick, is too thin for a rectangle of"
            f" {2 * half_width:g} m x {2 * half_height:g} m"
        )
    grids = [Grid.graded("planar", thinnest / size) for size in sizes]
    (a, b), lengths = grids, [size / unit for size in sizes]
    mass = lengths[0] * lengths[1] * np.kron(a.mass, b.mass)
    shape = len(a.nodes), len(b.nodes)
    ratios = lengths[1] / lengths[0], lengths[0] / lengths[1]

    def laplacian(y: Array) -> Array:
        y = y.reshape(shape)
        along = ratios[0] * (a.stiffness @ y) * b.mass + ratios[1] * a.mass[:, None] * (y @ b.stiffness)
        return np.asarray(along.ravel())

    def operator(apply: Callable[[Array], Array]) -> LinearOperator:
        return LinearOperator((len(mass), len(mass)), matvec=apply, dtype=float)

    stiffness = operator(laplacian)
    last = [np.arange(len(grid.nodes)) == len(grid.nodes) - 1 for grid in grids]
    on_side, on_plate = lengths[1] * np.kron(last[0], b.mass), lengths[0] * np.kron(a.mass, last[1])
    fields = [charge * unit / (solution.permittivity * volt) for charge in charges]
    drives = fields[0] * on_side + fields[1] * on_plate
    guess = np.full(len(mass), 0.0)
    if drives.any():
        mean = (side_charge * half_height + plate_charge * half_width) / (half_width * half_height)  # C/m^3
        z = max(abs(valence) for valence in solution.valences)
        donnan = np.arcsinh(mean / (2.0 * FARADAY * solution.equivalents)) / z
        isolated = min((surface_potential(charge, solution) / volt for charge in charges), key=abs)
        guess += min(donnan, isolated, key=abs)

    modes = _Modes.of(a.stiffness, a.mass, ratios[0]), _Modes.of(b.stiffness, b.mass, ratios[1])

    def solve(diagonal: Array, right: Array) -> Array:
        shift = lengths[0] * lengths[1] * float(diagonal.sum() / mass.sum())
        nearby = operator(lambda r: _separated(*modes, r.reshape(shape), shift).ravel())
        found, _ = cg(operator(lambda y: laplacian(y) + diagonal * y), right, rtol=1e-11, maxiter=500, M=nearby)
        return np.asarray(found)

    factor = FARADAY * unit**2 / (solution.permittivity * volt)
    y = relaxed(guess, stiffness, factor * mass, drives, solve, solution) if drives.any() else guess
    if y is None:
        text = f"{2 * half_width:g} m x {2 * half_height:g} m, charges {side_charge:g} and {plate_charge:g} C/m^2"
        raise ArithmeticError(f"the Poisson-Boltzmann profile of a rectangle did not converge: {text}")
    local = np.array(solution.at(y))
    forces = forces_of(local, solution)
    one, other = (_Modes.of(g.stiffness[:-1, :-1], g.mass[:-1], ratio) for g, ratio in zip(grids, ratios, strict=True))
    moving = np.zeros((3, *shape))
    for number, load in enumerate((mass * forces).reshape(3, *shape)):
        moving[number, :-1, :-1] = _separated(one, other, load[:-1, :-1], 0.0)
    velocity = unit**2 / solution.viscosity * moving.reshape(3, -1)
    weights = 4.0 * unit**2 * mass
    matrix = onsager(forces, velocity, local, weights, solution)
    nodes = half_width * a.nodes, half_height * b.nodes
    return Rectangle(half_width, half_height, *nodes, volt * y.reshape(len(a.nodes), len(b.nodes)), matrix)
