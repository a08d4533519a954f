"""Slender charged channels R(z) of circular cross-section with flow: the space-charge model of leading order in R/L.

Every cross-section is in equilibrium with a virtual reservoir of a 1:1 salt c_v(z) at the potential phi_v(z) and the
pressure p_v(z). With y the potential of the section against it in kT/e, n = exp(-+y) and x = (r/R)^2,

    (4/R^2) (x y')' = sinh(y) / lambda^2,                      (2/R) y'(1) = sigma / (eps V_T)
    eta (4/R^2) (x u')' = dp_v/dz + 2 RT c_v (cosh y - 1) dln c_v/dz - 2 F c_v sinh y dphi_v/dz,    u(1) = 0
    J_i = integral of c_v n_i (u - D_i (dln c_v/dz + z_i dphi_v/dz / V_T))

so that the flow rate Q, the ions J_s = J_+ + J_- and the current I = F (J_+ - J_-) follow linearly from the three
gradients; all three are constant along z, and both ends are in equilibrium with reservoirs outside. (Gross and Osterle,
J. Chem. Phys. 49, 228 (1968); Fair and Osterle, J. Chem. Phys. 54, 3307 (1971).)

Sections are solved by Chebyshev collocation in x, all nodes of a table in R and ln c_v at once; the boundary value
problem along z by collocation with adaptive nodes (scipy).

Needs numpy and scipy only, and shares nothing with the program that it checks. SI units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy import constants
from scipy.integrate import solve_bvp

Array = NDArray[Any]
FARADAY = constants.e * constants.N_A

_LARGEST_STEP = 2.0  # of a Newton update, in thermal voltages
_LAST_UPDATE = 1e-7  # convergence is quadratic
_MOST_STEPS = 100


@dataclass(frozen=True)
class Salt:
    """A 1:1 salt in its solvent: diffusivities in m^2/s, viscosity in Pa s, permittivity in F/m, temperature in K."""

    cation_diffusivity: float
    anion_diffusivity: float
    viscosity: float
    permittivity: float
    temperature: float

    @property
    def thermal_voltage(self) -> float:
        """kT/e in V."""
        return float(constants.k * self.temperature / constants.e)


def _collocation(points: int) -> tuple[Array, Array, Array]:
    """Chebyshev nodes on 0 <= x <= 1 (ascending), the matrix of differentiation, and weights of integration."""
    theta = np.pi * np.arange(points) / (points - 1)
    x = 0.5 * (1 - np.cos(theta))
    values = chebyshev.chebvander(2 * x - 1, points - 1)
    inverse = np.linalg.inv(values)
    unit = np.eye(points)
    slopes = np.array([2 * chebyshev.chebval(2 * x - 1, chebyshev.chebder(column)) for column in unit]).T
    moments = np.array([0.5 * (2 / (1 - k * k)) if k % 2 == 0 else 0.0 for k in range(points)])
    return x, slopes @ inverse, moments @ inverse


class Sections:
    """Cross-sections of radius R (m) and virtual concentration c (mol/m^3), arrays of one shape, with a surface charge
    in C/m^2.

    Attributes:
        x: (r/R)^2 at the nodes. y: potential in kT/e, the last axis along x.
        matrix: (..., 3, 3) from (-dp_v/dz, -dln c_v/dz, -dphi_v/dz) to (Q in m^3/s, J_s in mol/s, I in A).
    """

    def __init__(self, salt: Salt, charge: float, radius: Array, concentration: Array, points: int = 48) -> None:
        self.x, self._d, self._weights = _collocation(points)
        self._salt = salt
        # the operator 4 (x y')', with the boundary condition at the wall in its last row
        self._laplacian = 4 * self._d @ (self.x[:, None] * self._d)
        volt = salt.thermal_voltage
        debye = np.sqrt(salt.permittivity * volt / (2 * FARADAY * concentration))
        self.y = self._potential((radius / debye) ** 2, charge * radius / (salt.permittivity * volt))
        self.matrix = self._transport(np.asarray(radius)[..., None], np.asarray(concentration)[..., None])

    def _potential(self, strength: Array, slope: Array) -> Array:
        """Newton for 4 (x y')' = strength sinh y with 2 y'(1) = slope, on all sections at once."""
        strength, slope = strength[..., None], slope[..., None]
        # the charge spread over the section, if it were uniform there
        y = np.arcsinh(2 * slope / strength) * np.ones(len(self.x))
        for _ in range(_MOST_STEPS):
            residual = y @ self._laplacian.T - strength * np.sinh(y)
            residual[..., -1:] = 2 * (y @ self._d[-1])[..., None] - slope
            jacobian = self._laplacian - (strength * np.cosh(y))[..., None, :] * np.eye(len(self.x))
            jacobian[..., -1, :] = 2 * self._d[-1]
            step = -np.linalg.solve(jacobian, residual[..., None])[..., 0]
            largest = np.abs(step).max(axis=-1, keepdims=True)
            y = y + step * np.minimum(1, _LARGEST_STEP / np.maximum(largest, 1e-300))
            if largest.max() < _LAST_UPDATE:
                return y
        raise RuntimeError("no convergence of the potential in a cross-section")

    def _transport(self, radius: Array, c: Array) -> Array:
        salt, y = self._salt, self.y
        volt, thermal = salt.thermal_voltage, constants.R * salt.temperature
        operator = self._laplacian.copy()
        operator[-1] = np.eye(len(self.x))[-1]
        area = np.pi * radius**2 * self._weights  # of integration over the section
        forces = (np.ones_like(y), 2 * thermal * c * (np.cosh(y) - 1), -2 * FARADAY * c * np.sinh(y))
        cation, anion = c * np.exp(-y), c * np.exp(y)
        d_plus, d_minus = salt.cation_diffusivity, salt.anion_diffusivity
        diffusive = ((0.0, 0.0), (d_plus, d_minus), (d_plus / volt, -d_minus / volt))
        columns = []
        for force, (plus, minus) in zip(forces, diffusive, strict=True):
            source = -force * radius**2 / salt.viscosity
            source[..., -1] = 0.0
            u = np.linalg.solve(operator, source[..., None])[..., 0]
            j_plus, j_minus = cation * (u + plus), anion * (u + minus)
            fluxes = (u, j_plus + j_minus, FARADAY * (j_plus - j_minus))
            columns.append(np.stack([np.sum(area * flux, axis=-1) for flux in fluxes], axis=-1))
        return np.stack(columns, axis=-1)


@dataclass(frozen=True)
class Fluxes:
    """Constant along the channel, positive from the base (z = 0) to the tip: Q in m^3/s, ions in mol/s, current in A."""

    flow_rate: float
    ions: float
    current: float

    @property
    def cation_current(self) -> float:
        """A."""
        return float(0.5 * (self.current + FARADAY * self.ions))

    @property
    def anion_current(self) -> float:
        """A."""
        return float(0.5 * (self.current - FARADAY * self.ions))


@dataclass(frozen=True)
class Channel:
    """A slender channel.

    Attributes:
        salt, charge (C/m^2): as everywhere along the wall.
        radius: m, at fractions 0 to 1 of the length from the base (array to array). length: m.
        concentrations: mol/m^3, smallest and largest virtual concentration of the table.
        points: of the table, in R and in ln c.
    """

    salt: Salt
    charge: float
    radius: Callable[[Array], Array]
    length: float
    concentrations: tuple[float, float]
    points: tuple[int, int] = (14, 24)

    @cached_property
    def _range(self) -> tuple[float, float, float, float]:
        radii = self.radius(np.linspace(0.0, 1.0, 1001))
        low, high = np.log(self.concentrations)
        return float(radii.min()), max(float(radii.max()), float(radii.min()) * (1 + 1e-6)), float(low), float(high)

    @cached_property
    def _table(self) -> Array:
        """Chebyshev coefficients of the transport matrix over R^4 in 1/R and ln c, in units of `_scales`."""
        r0, r1, l0, l1 = self._range
        s = [np.cos(np.pi * (np.arange(n) + 0.5) / n) for n in self.points]
        inverse_radius = 1 / r1 + 0.5 * (s[0] + 1) * (1 / r0 - 1 / r1)
        logs = l0 + 0.5 * (s[1] + 1) * (l1 - l0)
        radius, concentration = np.meshgrid(1 / inverse_radius, np.exp(logs), indexing="ij")
        sections = Sections(self.salt, self.charge, radius, concentration)
        matrix = sections.matrix / self._shape(radius, concentration)
        inverses = [np.linalg.inv(chebyshev.chebvander(nodes, n - 1)) for nodes, n in zip(s, self.points, strict=True)]
        return np.einsum("ai,bj,ijkl->klab", *inverses, matrix)

    def _shape(self, radius: Array, concentration: Array) -> Array:
        """Rough size of each coefficient, so that the table holds smooth numbers of order one. Shape (..., 3, 3)."""
        fluid = np.pi * radius**4 / (8 * self.salt.viscosity)
        ions = np.pi * radius**2 * concentration * self.salt.cation_diffusivity
        surface = np.pi * radius * abs(self.charge) / FARADAY * self.salt.cation_diffusivity
        volt = self.salt.thermal_voltage
        mobile = ions + surface
        eof = np.pi * radius**2 * self.salt.permittivity * volt / self.salt.viscosity
        rows = [
            [fluid, eof * volt, eof],
            [2 * concentration * fluid, mobile, mobile / volt],
            [eof, FARADAY * mobile, FARADAY * mobile / volt],
        ]
        return np.moveaxis(np.array(rows), (0, 1), (-2, -1))

    def matrix(self, s: Array, log_concentration: Array) -> Array:
        """The transport matrix (see `Sections`) at fractions s of the length. Shape (points, 3, 3)."""
        r0, r1, l0, l1 = self._range
        radius = self.radius(s)
        one = np.clip(2 * (1 / radius - 1 / r1) / (1 / r0 - 1 / r1) - 1, -1, 1)
        two = 2 * (log_concentration - l0) / (l1 - l0) - 1
        basis_one = chebyshev.chebvander(one, self.points[0] - 1)
        basis_two = chebyshev.chebvander(np.clip(two, -1, 1), self.points[1] - 1)
        rows = np.matmul(self._table, basis_two.T)  # (3, 3, a, points)
        values = np.einsum("pa,klap->pkl", basis_one, rows, optimize=True)
        return values * self._shape(radius, np.exp(log_concentration))

    def sweep(
        self,
        voltages: Sequence[float],
        pressure: float = 0.0,
        base: float = 1.0,
        tip: float = 1.0,
        tolerance: float = 1e-8,
    ) -> list[Fluxes]:
        """Fluxes at voltages (V) and a pressure (Pa) of the base against the tip, between reservoirs of base and tip
        concentration (mol/m^3); outwards from no voltage, each from the one before.

        Raises RuntimeError when a boundary value problem is not solved, or leaves the table.
        """
        found: dict[float, Fluxes] = {}
        for sign in (1, -1):
            guess: tuple[Array, Array, Array] | None = None
            for voltage in sorted({v for v in voltages if v * sign >= 0}, key=abs):
                found[voltage], guess = self._point(voltage, pressure, base, tip, tolerance, guess)
        return [found[v] for v in voltages]

    def _point(
        self, voltage: float, pressure: float, base: float, tip: float, tolerance: float, guess: Any
    ) -> tuple[Fluxes, Any]:
        volt = self.salt.thermal_voltage
        middle = self.matrix(np.array([0.5]), np.array([0.5 * math.log(base * tip)]))[0] / self.length
        # unknowns and fluxes of order one: pressure in its osmotic unit, fluxes by what one unit of each force drives
        osmotic = constants.R * self.salt.temperature * math.sqrt(base * tip)
        force = np.array([osmotic, 1.0, volt])
        unit = np.abs(middle * force).max(axis=1)
        start, end = np.array([pressure / osmotic, math.log(base), voltage / volt]), np.array([0.0, math.log(tip), 0.0])

        def slopes(s: Array, state: Array, fluxes: Array) -> Array:
            matrix = self.matrix(s, state[1]) / self.length * force / unit[:, None]
            return -np.linalg.solve(matrix, np.broadcast_to(fluxes[:, None], (len(s), 3, 1)))[..., 0].T

        def ends(left: Array, right: Array, fluxes: Array) -> Array:
            return np.concatenate([left - start, right - end])

        if guess is None:
            s = np.linspace(0.0, 1.0, 101)
            guess = (s, start[:, None] + (end - start)[:, None] * s, (middle * force / unit[:, None]) @ (start - end))
        solution = solve_bvp(slopes, ends, *guess, tol=tolerance, max_nodes=5000)
        if solution.status != 0:
            raise RuntimeError(f"at {voltage} V: {solution.message}")
        low, high = self._range[2:]
        if solution.y[1].min() < low or solution.y[1].max() > high:
            raise RuntimeError(
                f"at {voltage} V the concentration runs from {math.exp(solution.y[1].min()):g} to "
                f"{math.exp(solution.y[1].max()):g} mol/m^3, beyond the table"
            )
        return Fluxes(*map(float, solution.p * unit)), (solution.x, solution.y, solution.p)


def cone(base: float, tip: float) -> Callable[[Array], Array]:
    """Radius (m) of a cone at fractions of its length, from base to tip."""
    return lambda s: base + (tip - base) * s
