"""Closed forms of flat charged walls: Grahame's equation, its inverse, concentrations, dimensionless numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from solver.physics.constants import AVOGADRO, FARADAY, HYDRATED_DIAMETER
from solver.physics.solution import Solution


# ------------------------------------------------------------------------------------------------ charged walls
def surface_charge(potential: float, solution: Solution) -> float:
    """Charge in C/m^2 of a flat wall at `potential` (V against the bulk), for any electrolyte (Grahame equation).

    sigma = sign(psi) sqrt(2 eps RT sum c_i (exp(-z_i psi/V_T) - 1)); Israelachvili, Intermolecular and Surface Forces.
    """
    y = potential / solution.thermal_voltage
    osmotic = float(solution.mixture.osmotic_excess(solution.concentrations, y, solution.valences))
    return math.copysign(math.sqrt(2.0 * solution.permittivity * solution.thermal_energy * osmotic), potential)


def surface_potential(charge: float, solution: Solution) -> float:
    """Potential in V of an isolated flat wall with `charge` in C/m^2: the inverse of `surface_charge`.

    Closed (asinh) for two ions of opposite valence, by bisection otherwise.
    """
    linear = charge * solution.debye_length / solution.permittivity
    if solution.mixture.is_ideal and len(solution.valences) == 2 and sum(solution.valences) == 0:
        z = abs(solution.valences[0])
        return 2.0 * solution.thermal_voltage / z * math.asinh(0.5 * z * linear / solution.thermal_voltage)
    if charge == 0.0:
        return 0.0
    low, high = 0.0, math.copysign(solution.thermal_voltage, charge)
    while abs(surface_charge(high, solution)) < abs(charge):
        low, high = high, 2.0 * high
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if abs(surface_charge(middle, solution)) < abs(charge) else (low, middle)
    return 0.5 * (low + high)


def of_ions(concentrations: Iterable[float], valences: Iterable[int]) -> float:
    """Sum of the concentrations of all that is charged."""
    return sum(c for c, z in zip(concentrations, valences, strict=True) if z)


def wall_concentrations(charge: float, solution: Solution) -> tuple[float, ...]:
    """Concentration in mol/m^3 of every species at an isolated flat wall with `charge` in C/m^2."""
    return tuple(map(float, solution.at(surface_potential(charge, solution) / solution.thermal_voltage)))


def close_packing(diameter: float = HYDRATED_DIAMETER) -> float:
    """Concentration in mol/m^3 of spheres on a cubic lattice at contact, 1/(N_A d^3): the steric limit of Bikerman
    models (Kilic, Bazant, Ajdari, Phys. Rev. E 75, 021502 (2007))."""
    return 1.0 / (AVOGADRO * diameter**3)


def dukhin_number(charge: float, half_size: float, solution: Solution, symmetry: str) -> float:
    """|sigma|/(F c R) for a radius R, |sigma|/(2 F c H) for a slit of height H = 2 half_size, with c the concentration
    of charges of one sign (the salt concentration of a 1:1 electrolyte). Definitions differ between papers."""
    size = half_size if symmetry == "axisymmetric" else 4.0 * half_size
    return abs(charge) / (FARADAY * solution.equivalents * size)
