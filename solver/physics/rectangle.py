"""One rectangular cross-section of a long channel with four charged walls: the exact Poisson-Boltzmann profile and the
transport matrix, as `solver.physics.cross_section` has them for plates and round pores.

Discretisation: products of the spectral elements there on a quarter of the section. Relative errors are about 1e-7, from the
corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import splu, spsolve

from solver.physics.constants import FARADAY
from solver.physics.cross_section import Array, Grid, forces_of, onsager, relaxed, shares_at
from solver.physics.double_layer import surface_potential
from solver.physics.solution import Solution


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


def rectangle(
    half_width: float, half_height: float, side_charge: float, plate_charge: float, solution: Solution
) -> Rectangle:
    """Solve one section: sizes in m, charges in C/m^2 of the walls at +-half_width and at +-half_height.

    Raises:
        ArithmeticError: Newton's method stalls.
    """
    charges, sizes = (side_charge, plate_charge), (half_width, half_height)
    unit, volt = half_height, solution.thermal_voltage
    thinnest = min(solution.edl_thickness(charge) for charge in charges)
    grids = [Grid.graded("planar", thinnest / size) for size in sizes]
    (a, b), lengths = grids, [size / unit for size in sizes]
    mass = lengths[0] * lengths[1] * np.kron(a.mass, b.mass)
    stiffness = (
        sparse.kron(sparse.csr_matrix(a.stiffness), sparse.diags(b.mass)) * (lengths[1] / lengths[0])
        + sparse.kron(sparse.diags(a.mass), sparse.csr_matrix(b.stiffness)) * (lengths[0] / lengths[1])
    ).tocsc()
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

    def solve(diagonal: Array, right: Array) -> Array:
        return np.asarray(spsolve((stiffness + sparse.diags(diagonal)).tocsc(), right))

    factor = FARADAY * unit**2 / (solution.permittivity * volt)
    y = relaxed(guess, stiffness, factor * mass, drives, solve, solution) if drives.any() else guess
    if y is None:
        text = f"{2 * half_width:g} m x {2 * half_height:g} m, charges {side_charge:g} and {plate_charge:g} C/m^2"
        raise ArithmeticError(f"the Poisson-Boltzmann profile of a rectangle did not converge: {text}")
    local = np.array(solution.at(y))
    forces = forces_of(local, solution)
    inner = np.flatnonzero(on_side + on_plate == 0.0)
    velocity = np.zeros_like(forces)
    velocity[:, inner] = splu(stiffness[inner][:, inner].tocsc()).solve((mass * forces)[:, inner].T).T
    velocity *= unit**2 / solution.viscosity
    weights = 4.0 * unit**2 * mass
    matrix = onsager(forces, velocity, local, weights, solution)
    nodes = half_width * a.nodes, half_height * b.nodes
    return Rectangle(half_width, half_height, *nodes, volt * y.reshape(len(a.nodes), len(b.nodes)), matrix)
