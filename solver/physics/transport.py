"""Limiting currents, ambipolar diffusion, junction and membrane potentials in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence

from solver.physics.constants import BOLTZMANN, FARADAY
from solver.physics.solution import Solution


# ------------------------------------------------------------------------------------------------ transport
def limiting_current(sign: int, solution: Solution, shape: float) -> float:
    """A: the diffusion-limited current of all ions of a sign into a mouth that lets no others through.

    Sum of |z| F D c (1 + |z| / |z_co|) S, with the co-ions at rest, z_co their mean valence, and S (m) the mouth's access
    resistance times the conductivity, inverted: 4 R for a disc. Levich, Physicochemical Hydrodynamics; exact for two ions
    and for counter-ions of one diffusivity and valence, else an estimate.
    """
    rows = list(zip(solution.valences, solution.diffusivities, solution.concentrations, strict=True))
    co_ion = sum(z * z * c for z, _, c in rows if z * sign < 0) / sum(abs(z) * c for z, _, c in rows if z * sign < 0)
    counter_ions = ((abs(z), d, c) for z, d, c in rows if z * sign > 0)
    return FARADAY * shape * sum(z * d * c * (1.0 + z / co_ion) for z, d, c in counter_ions)


def transported_share(sign: int, solution: Solution, concentrations: Sequence[float]) -> float:
    """Share of the current that ions of a sign carry where the solution's ions have these concentrations (any unit)."""
    rows = zip(solution.valences, solution.diffusivities, concentrations, strict=True)
    carried = [(z * sign, z * z * d * c) for z, d, c in rows]
    return sum(part for z, part in carried if z > 0) / sum(part for _, part in carried)


def electroosmotic_peclet(zeta: float, voltage: float, solution: Solution) -> float:
    """eps |zeta V| / (eta D): electroosmotic velocity times length over the ambipolar diffusivity of the salt."""
    mobility = solution.permittivity * abs(zeta) / solution.viscosity
    return mobility * abs(voltage) / ambipolar_diffusivity(solution)


def ambipolar_diffusivity(solution: Solution) -> float:
    """m^2/s: (z_+ - z_-) D_+ D_- / (z_+ D_+ - z_- D_-) of a binary salt; with more ions, of their mean cation and anion
    weighted by charge."""
    mean = {}
    for sign in (1, -1):
        ions = [
            (abs(z) * c, abs(z), d)
            for z, c, d in zip(solution.valences, solution.concentrations, solution.diffusivities, strict=True)
            if z * sign > 0
        ]
        total = sum(weight for weight, _, _ in ions)
        mean[sign] = (sum(w * z for w, z, _ in ions) / total, sum(w * d for w, _, d in ions) / total)
    (z_plus, d_plus), (z_minus, d_minus) = mean[1], mean[-1]
    return (z_plus + z_minus) * d_plus * d_minus / (z_plus * d_plus + z_minus * d_minus)


def liquid_junction(left: Solution, right: Solution) -> float:
    """phi_left - phi_right in V of a junction with linear mixing (Henderson, Z. Phys. Chem. 59, 118 (1907))."""
    top = bottom_left = bottom_right = 0.0
    rows = zip(left.valences, left.diffusivities, left.concentrations, right.concentrations, strict=True)
    for z, d, a, b in rows:
        top += z * d * (b - a)
        bottom_left += z * z * d * a
        bottom_right += z * z * d * b
    if math.isclose(bottom_left, bottom_right, rel_tol=1e-12):
        return left.thermal_voltage * top / bottom_left
    return left.thermal_voltage * top / (bottom_right - bottom_left) * math.log(bottom_right / bottom_left)


def membrane_potential(fixed: float, left: Solution, right: Solution) -> float:
    """phi_left - phi_right in V across a membrane with fixed charge `fixed` (mol/m^3 of elementary charges, signed)
    between two concentrations of one 1:1 salt, without current.

    Two Donnan steps and the diffusion potential between them: Teorell, Proc. Soc. Exp. Biol. 33, 282 (1935); Meyer and
    Sievers, Helv. Chim. Acta 19, 649 (1936).
    """
    if sorted(left.valences) != [-1, 1]:
        raise ValueError("the membrane potential is implemented for one 1:1 salt")
    plus = left.valences.index(1)
    d_plus, d_minus = left.diffusivities[plus], left.diffusivities[1 - plus]
    u = (d_plus - d_minus) / (d_plus + d_minus)
    x = fixed
    c_left, c_right = left.concentrations[plus], right.concentrations[plus]
    # total ion concentration inside, and the Donnan step y (interior against reservoir)
    total_left, total_right = math.hypot(2.0 * c_left, x), math.hypot(2.0 * c_right, x)
    step_left, step_right = math.asinh(0.5 * x / c_left), math.asinh(0.5 * x / c_right)
    # no current: d phi = -u dS / (S - u X), from J+ = J- with c+ - c- = -X and S = c+ + c-
    diffusion = u * math.log((total_right - u * x) / (total_left - u * x))
    return left.thermal_voltage * (step_right - step_left + diffusion)


def stokes_einstein(radius: float, temperature: float, viscosity: float) -> float:
    """m^2/s: kT / (6 pi eta a), diffusivity of a sphere of radius a that sticks to the liquid (Einstein, Ann. Phys. 17, 549
    (1905))."""
    return BOLTZMANN * temperature / (6.0 * math.pi * viscosity * radius)
