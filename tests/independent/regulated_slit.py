"""A slit between two plates whose sites bind protons, by Chebyshev collocation: shares nothing with the program.

Across the slit, in units of its half-height h and of the thermal voltage, y'' = (h/lambda)^2 sinh y with y'(0) = 0 and, at
the wall, eps V_T / h y'(1) = sigma. The sites are behind a Stern layer: sigma = -e Gamma / (1 + 10^(pK - pH) exp(-psi_0/V_T))
with psi_0 = V_T y(1) + sigma / C. Newton's method on y at the nodes and sigma (Trefethen, Spectral Methods in MATLAB (2000),
for the differentiation matrix).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import constants

FARADAY = constants.e * constants.N_A


@dataclass(frozen=True)
class Plates:
    """Two plates in a 1:1 electrolyte. SI units; densities per m^2, `concentration` in mol/m^3.

    Attributes:
        pK: of each type of sites, which lose one proton each.
        densities: of each type of sites.
    """

    half_height: float
    concentration: float
    pH: float
    pK: tuple[float, ...] = (7.5,)
    densities: tuple[float, ...] = (8e18,)
    capacitance: float = 2.9
    relative_permittivity: float = 78.5
    temperature: float = 298.15

    @property
    def volt(self) -> float:
        """Thermal voltage, V."""
        return constants.k * self.temperature / constants.e

    def charge(self, potential: float) -> tuple[float, float]:
        """Charge (C/m^2) of the sites at their potential (V), and its slope."""
        total = slope = 0.0
        for pK, density in zip(self.pK, self.densities, strict=True):
            free = 1.0 / (1.0 + 10.0 ** (pK - self.pH) * np.exp(-potential / self.volt))
            total -= constants.e * density * free
            slope -= constants.e * density * free * (1.0 - free) / self.volt
        return total, slope


def charge_and_potential(plates: Plates, degree: int = 64) -> tuple[float, float]:
    """Charge of the plates (C/m^2) and potential of the liquid at them (V)."""
    x, d = chebyshev(degree)  # from 1, the wall, to -1
    x, d = 0.5 * (x + 1.0), 2.0 * d
    permittivity, volt = plates.relative_permittivity * constants.epsilon_0, plates.volt
    screening = 2.0 * FARADAY * plates.concentration * plates.half_height**2 / (permittivity * volt)
    field = permittivity * volt / plates.half_height
    second, y, sigma = d @ d, np.full(degree + 1, -1.0), 0.0
    for _ in range(200):
        found, slope = plates.charge(volt * y[0] + sigma / plates.capacitance)
        residual = np.concatenate([second @ y - screening * np.sinh(y), [found - sigma]])
        matrix = np.zeros((degree + 2, degree + 2))
        matrix[:-1, :-1] = second - np.diag(screening * np.cosh(y))
        matrix[-1, 0], matrix[-1, -1] = slope * volt, slope / plates.capacitance - 1.0
        residual[0], matrix[0, :-1], matrix[0, -1] = d[0] @ y - sigma / field, d[0], -1.0 / field
        residual[-2], matrix[-2, :-1] = d[-1] @ y, d[-1]
        step = np.linalg.solve(matrix, -residual)
        length = min(1.0, 1.0 / np.abs(step[:-1]).max())
        y, sigma = y + length * step[:-1], sigma + length * step[-1]
        if np.abs(step[:-1]).max() < 1e-11:
            return float(sigma), float(volt * y[0])
    raise ArithmeticError(f"no convergence: {plates}")


def chebyshev(degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes from 1 to -1 and the differentiation matrix."""
    nodes = np.cos(np.pi * np.arange(degree + 1) / degree)
    weights = np.concatenate([[2.0], np.ones(degree - 1), [2.0]]) * (-1.0) ** np.arange(degree + 1)
    gaps = nodes[:, None] - nodes + np.eye(degree + 1)
    matrix = np.outer(weights, 1.0 / weights) / gaps
    return nodes, matrix - np.diag(matrix.sum(axis=1))
