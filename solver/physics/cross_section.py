"""One cross-section of a long charged channel: the exact Poisson-Boltzmann profile and the transport matrix.

Across the section every electrochemical potential is uniform, so it is in equilibrium with a (virtual) reservoir of
concentrations c_i and

    lap psi = -(F / eps) sum z_i c_i exp(-z_i psi / V_T),    eps d_n psi = sigma at the wall.

Gradients along the channel of the virtual pressure p, of ln c (all species alike: a salt of fixed composition) and of
the virtual potential phi drive the flow eta lap u = dp - RT sum c_i dln c + RT sum c_i(psi) dmu_i and the ion fluxes
c_i(psi) (u - D_i dmu_i), with dmu_i = dln c + z_i dphi / V_T; any overlap of the double layers, any valences. Fluxes
(Q, J_s - sum c_i Q, I), with J_s the number of ions, follow from (-dp/dx, -kT dln c/dx, -dphi/dx) by a symmetric 3x3
matrix, Onsager's. (The space-charge model of Gross and Osterle, J. Chem. Phys. 49, 228 (1968).)

Discretisation: spectral elements of degree 12 that shrink geometrically towards the wall, in the weak form; the
potential by Newton with a line search on the convex free energy. Relative errors are about 1e-10.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from solver.physics.constants import AVOGADRO, ELEMENTARY_CHARGE, FARADAY
from solver.physics.double_layer import surface_potential
from solver.physics.solution import Solution

if TYPE_CHECKING:
    pass


Array = NDArray[np.floating[Any]]

DEGREE = 12
_LAST_UPDATE = 1e-7  # of Newton, in thermal voltages: convergence is quadratic, so the next one would be rounding
_LARGEST_STEP = 4.0  # of a Newton update, in thermal voltages
_MOST_STEPS = 200


@dataclass(frozen=True)
class CrossSection:
    """The solved section. Arrays run over the nodes, from the axis or mid-plane to the wall.

    Attributes:
        symmetry: "axisymmetric" (radius `half_size`) or "planar" (two walls, height 2 `half_size`; everything per metre
            of width).
        half_size: m. surface_charge: C/m^2. solution: the (virtual) reservoir.
        nodes: m from the axis or mid-plane. weights: m^2, or m^2 per metre of width; their sum is the area.
        psi: V against the reservoir.
        matrix: 3x3, rows (Q in m^3/s, J_s - sum c_i Q in ions/s, I in A) against columns (-dp/dx in Pa/m,
            -kT dln c/dx in N, -dphi/dx in V/m); planar: of both halves, per metre of width.
        convective_conductance: S m, the part of matrix[2, 2] that the electroosmotic flow carries.
        electroosmotic_mobility: m^2/(V s) at the axis: velocity over field.
    """

    symmetry: Literal["axisymmetric", "planar"]
    half_size: float
    surface_charge: float
    solution: Solution
    nodes: Array
    weights: Array
    psi: Array
    matrix: Array
    convective_conductance: float
    electroosmotic_mobility: float

    @property
    def area(self) -> float:
        """m^2, or m^2 per metre of width."""
        return math.pi * self.half_size**2 if self.symmetry == "axisymmetric" else 2.0 * self.half_size

    @property
    def wall_potential(self) -> float:
        """V against the reservoir."""
        return float(self.psi[-1])

    @property
    def middle_potential(self) -> float:
        """V against the reservoir, on the axis or mid-plane."""
        return float(self.psi[0])

    @property
    def wall_concentrations(self) -> tuple[float, ...]:
        """mol/m^3 of every species at the wall."""
        return tuple(map(float, self.solution.at(self.wall_potential / self.solution.thermal_voltage)))

    @property
    def mean_concentrations(self) -> tuple[float, ...]:
        """mol/m^3 of every species, averaged over the area."""
        local = self.solution.at(self.psi / self.solution.thermal_voltage)
        return tuple(float(self.weights @ c) / self.area for c in local)

    @property
    def conductance(self) -> float:
        """Current over field in A m/V = S m (planar: per metre of width); over a length, the conductance in S."""
        return float(self.matrix[2, 2])

    def potential(self, position: Array) -> Array:
        """psi in V at distances in metres from the axis or mid-plane (sign and any shape allowed)."""
        nodes, shares = shares_at(self.nodes, position)
        return np.asarray((shares * self.psi[nodes]).sum(-1))


def cross_section(
    symmetry: Literal["axisymmetric", "planar"],
    half_size: float,
    surface_charge: float,
    solution: Solution,
    slip_length: float = 0.0,
) -> CrossSection:
    """Solve one section.

    half_size: radius, or half the height between two walls of the same charge (m). surface_charge: C/m^2.
    slip_length: Navier slip length at the wall (m).
    Raises ArithmeticError if Newton's method stalls, which no physical input has made it do.
    """
    grid = Grid.graded(symmetry, solution.edl_thickness(surface_charge) / half_size)
    y = _poisson_boltzmann(grid, half_size, surface_charge, solution)
    psi = y * solution.thermal_voltage
    local = np.array(solution.at(psi / solution.thermal_voltage))
    # measure of the whole section, from integrals over 0 <= r/half_size <= 1
    scale = 2.0 * math.pi * half_size**2 if symmetry == "axisymmetric" else 2.0 * half_size
    weights = scale * grid.mass
    matrix, mobility, convective = _transport(grid, half_size, local, weights, solution, slip_length)
    return CrossSection(
        symmetry,
        half_size,
        surface_charge,
        solution,
        half_size * grid.nodes,
        weights,
        psi,
        matrix,
        convective,
        mobility,
    )


# ------------------------------------------------------------------------------------------------ discretisation
@functools.cache
def element_of_nodes() -> tuple[Array, Array, Array, Array]:
    """Gauss-Lobatto nodes on [-1, 1], their weights, the differentiation matrix, the barycentric weights."""
    legendre = np.polynomial.legendre.Legendre.basis(DEGREE)
    nodes = np.concatenate([[-1.0], np.sort(legendre.deriv().roots().real), [1.0]])
    weights = 2.0 / (DEGREE * (DEGREE + 1) * legendre(nodes) ** 2)
    gaps = nodes[:, None] - nodes
    np.fill_diagonal(gaps, 1.0)
    barycentric = 1.0 / gaps.prod(axis=1)
    derivative = barycentric / barycentric[:, None] / gaps
    np.fill_diagonal(derivative, 0.0)
    np.fill_diagonal(derivative, -derivative.sum(axis=1))
    return nodes, weights, derivative, barycentric


def shares_at(nodes: Array, position: Array) -> tuple[NDArray[np.int64], Array]:
    """Numbers of the nodes of the element around each position, and their shares in what is interpolated there.

    position: distances from the axis or mid-plane (sign and any shape allowed). Shapes (*shape, degree + 1).
    """
    x = np.minimum(np.abs(np.asarray(position, dtype=float)), nodes[-1])
    edges = nodes[::DEGREE]
    element = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    start, stop = edges[element], edges[element + 1]
    local = (2.0 * x - start - stop) / (stop - start)
    reference, _, _, barycentric = element_of_nodes()
    offset = local[..., None] - reference
    hit = np.abs(offset) < 1e-14
    share = np.where(hit.any(-1, keepdims=True), hit, barycentric / np.where(hit, 1.0, offset))
    return element[..., None] * DEGREE + np.arange(DEGREE + 1), share / share.sum(-1, keepdims=True)


@dataclass(frozen=True)
class Grid:
    """Spectral elements on 0 <= x <= 1: nodes, lumped mass and stiffness with the weight x if axisymmetric."""

    nodes: Array
    mass: Array
    stiffness: Array

    @classmethod
    def graded(cls, symmetry: str, layer: float) -> Grid:
        """Elements that double in length from the wall (x = 1), the first as long as `layer`."""
        distances = [0.0, min(layer, 0.5)]
        while distances[-1] < 0.5:
            distances.append(distances[-1] * 2.0)
        distances[-1] = 0.5
        edges = np.array([0.0, 0.25, *(1.0 - d for d in reversed(distances))])
        reference, weights, derivative, _ = element_of_nodes()
        count = len(edges) - 1
        nodes, mass = np.zeros(count * DEGREE + 1), np.zeros(count * DEGREE + 1)
        stiffness = np.zeros((len(nodes), len(nodes)))
        for k, (start, stop) in enumerate(itertools.pairwise(edges)):
            span = slice(k * DEGREE, (k + 1) * DEGREE + 1)
            half = 0.5 * (stop - start)
            x = start + half * (reference + 1.0)
            w = weights * (x if symmetry == "axisymmetric" else 1.0)
            nodes[span] = x
            mass[span] += half * w
            stiffness[span, span] += derivative.T @ (w[:, None] * derivative) / half
        return cls(nodes, mass, stiffness)


# ------------------------------------------------------------------------------------------------ the profile
def _poisson_boltzmann(grid: Grid, half_size: float, surface_charge: float, solution: Solution) -> Array:
    """psi / V_T at the nodes."""
    drive = surface_charge * half_size / (solution.permittivity * solution.thermal_voltage)
    if drive == 0.0:
        return np.zeros_like(grid.nodes)
    # (h/lambda)^2 of each species' share
    factor = FARADAY * half_size**2 / (solution.permittivity * solution.thermal_voltage)
    drives = np.zeros_like(grid.nodes)
    drives[-1] = drive

    def solve(diagonal: Array, right: Array) -> Array:
        return np.asarray(np.linalg.solve(grid.stiffness + np.diag(diagonal), right))

    found = relaxed(
        _guess(grid, half_size, surface_charge, solution), grid.stiffness, factor * grid.mass, drives, solve, solution
    )
    if found is None:
        raise ArithmeticError(
            f"the Poisson-Boltzmann profile did not converge: half size {half_size:g} m, charge {surface_charge:g} C/m^2"
        )
    return found


def relaxed(
    y: Array,
    stiffness: Any,
    factors: Array,
    drives: Array,
    solve: Callable[[Array, Array], Array],
    solution: Solution,
) -> Array | None:
    """psi / V_T of least free energy, from a guess y; None where Newton's method stalls.

    stiffness: matrix of the Laplacian. factors: lumped mass times F h^2 / (eps V_T). drives: of the walls' charges.
    solve: gives the solution of (stiffness + a diagonal) x = right from the diagonal and the right side.
    """
    bulk, valences, mixture = solution.concentrations, solution.valences, solution.mixture

    def energy(y: Array) -> float:
        return float(0.5 * y @ (stiffness @ y) + factors @ mixture.osmotic_excess(bulk, y, valences) - drives @ y)

    for _ in range(_MOST_STEPS):
        charge = sum(z * c for z, c in zip(valences, mixture.in_equilibrium(bulk, y, valences), strict=True))
        residual = stiffness @ y - factors * charge - drives
        step = -solve(factors * mixture.charge_slope(bulk, y, valences), residual)
        largest = float(np.abs(step).max())
        if largest < _LAST_UPDATE:
            return y + step
        length = min(1.0, _LARGEST_STEP / largest)
        slope, before = float(residual @ step), energy(y)
        # rounding of the energy hides the decrease near the solution, where full steps are safe
        while largest > 1e-3 and energy(y + length * step) > before + 1e-4 * length * slope and length > 1e-8:
            length *= 0.5
        y = y + length * step
    return None


def _guess(grid: Grid, half_size: float, surface_charge: float, solution: Solution) -> Array:
    """The larger of an isolated wall's Gouy-Chapman profile and the uniform Donnan potential."""
    z = max(abs(valence) for valence in solution.valences)
    wall = surface_potential(surface_charge, solution) / solution.thermal_voltage
    decay = math.tanh(0.25 * abs(wall)) * np.exp(-(1.0 - grid.nodes) * half_size / solution.debye_length)
    isolated = 4.0 * np.arctanh(np.minimum(decay, math.tanh(0.25 * abs(wall))))
    volume = half_size * grid.mass.sum()
    donnan = math.asinh(abs(surface_charge) / (2.0 * FARADAY * solution.equivalents * volume)) / z
    guess: Array = np.copysign(np.maximum(isolated, donnan), surface_charge)
    return guess


# ------------------------------------------------------------------------------------------------ the fluxes
def _transport(
    grid: Grid, half_size: float, local: Array, weights: Array, solution: Solution, slip_length: float
) -> tuple[Array, float, float]:
    """The 3x3 matrix, the electroosmotic mobility at the axis, and the convective part of the conductance."""
    forces = forces_of(local, solution)
    loads = grid.mass * forces
    velocity = np.zeros_like(forces)
    inner = slice(0, -1)
    velocity[:, inner] = np.linalg.solve(grid.stiffness[inner, inner], loads[:, inner].T).T
    # with slip the wall moves at slip_length times the shear rate there: the whole load over the wall's measure, 1 here
    velocity += (slip_length / half_size) * loads.sum(axis=1)[:, None]
    velocity *= half_size**2 / solution.viscosity
    matrix = onsager(forces, velocity, local, weights, solution)
    return matrix, float(velocity[2, 0]), float((forces[2] * weights) @ velocity[2])


def forces_of(local: Array, solution: Solution) -> Array:
    """Body force per unit drive where the concentrations are `local` (mol/m^3): 1, the excess of ions (number density), the
    charge density. Shapes (3, nodes) and (species, nodes)."""
    valences = np.array(solution.valences, dtype=float)[:, None]
    bulk = np.array(solution.concentrations)[:, None]
    return np.array(
        [np.ones_like(local[0]), AVOGADRO * (local - bulk).sum(axis=0), FARADAY * (valences * local).sum(axis=0)]
    )


def onsager(forces: Array, velocity: Array, local: Array, weights: Array, solution: Solution) -> Array:
    """The 3x3 matrix of a section from the forces and velocities of unit drives. Shapes (3, nodes), weights (nodes,)."""
    convection = (forces * weights) @ velocity.T
    # ions move by their own potential's gradient: number density times D/kT times (1, z e) of the drives
    counts = AVOGADRO * (local @ weights)
    kt = solution.thermal_voltage * ELEMENTARY_CHARGE
    mobility = np.array(solution.diffusivities) * counts / kt
    charges = ELEMENTARY_CHARGE * np.array(solution.valences, dtype=float)
    matrix = convection.copy()
    matrix[1, 1] += mobility.sum()
    matrix[1, 2] += mobility @ charges
    matrix[2, 1] += mobility @ charges
    matrix[2, 2] += mobility @ charges**2
    return matrix
