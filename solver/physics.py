"""Constants, the ion table and closed forms of electrolytes near charged walls (numpy only beside scipy's constants).

Everything is in SI units: potentials in V, concentrations in mol/m^3, surface charges in C/m^2, diffusivities in m^2/s.
A `Solution` is the bulk of one reservoir, with any number of species of any valence; the closed forms take one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import constants  # type: ignore[import-untyped,unused-ignore]

ELEMENTARY_CHARGE: float = constants.e
BOLTZMANN: float = constants.k
AVOGADRO: float = constants.N_A
FARADAY: float = constants.e * constants.N_A
GAS_CONSTANT: float = constants.R
VACUUM_PERMITTIVITY: float = constants.epsilon_0


@dataclass(frozen=True)
class Ion:
    """Valence, and diffusivity in m^2/s at infinite dilution in water at 298.15 K."""

    valence: int
    diffusivity: float
    source: str


_CRC = "CRC Handbook of Chemistry and Physics, 'Ionic Conductivity and Diffusion at Infinite Dilution' (25 C)"


def _table(rows: str) -> dict[str, Ion]:
    words = [row.split() for row in rows.strip().splitlines()]
    return {name: Ion(int(valence), float(value) * 1e-9, _CRC) for name, valence, value in words}


# name, valence, D in 1e-9 m^2/s. D = R T lambda / (|z| F^2) of the molar ionic conductivities of the same table.
ION_TABLE: dict[str, Ion] = _table("""
    H       1  9.311
    Li      1  1.029
    Na      1  1.334
    K       1  1.957
    Rb      1  2.072
    Cs      1  2.056
    Ag      1  1.648
    NH4     1  1.957
    TMA     1  1.196
    TEA     1  0.868
    TBA     1  0.519
    Mg      2  0.706
    Ca      2  0.792
    Sr      2  0.791
    Ba      2  0.847
    Mn      2  0.712
    Co      2  0.732
    Ni      2  0.661
    Cu      2  0.714
    Zn      2  0.703
    Cd      2  0.719
    Pb      2  0.945
    Al      3  0.541
    La      3  0.619
    OH     -1  5.273
    F      -1  1.475
    Cl     -1  2.032
    Br     -1  2.080
    I      -1  2.045
    NO3    -1  1.902
    ClO4   -1  1.792
    HCO3   -1  1.185
    H2PO4  -1  0.959
    acetate -1 1.089
    SO4    -2  1.065
    CO3    -2  0.923
    HPO4   -2  0.759
    PO4    -3  0.824
""")

HYDRATED_DIAMETER = 0.66e-9
"""Diameter in metres of hydrated K+ and Cl- (Nightingale, J. Phys. Chem. 63, 1381 (1959)), for the steric limit."""

WATER_ELECTROLYSIS = 1.23
"""Least potential difference in V that splits water (298.15 K, standard state)."""


def thermal_voltage(temperature: float) -> float:
    """kT/e in V."""
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE


@dataclass(frozen=True)
class Solution:
    """The bulk of one reservoir.

    Attributes:
        relative_permittivity, temperature (K), viscosity (Pa s): of the solvent.
        valences, concentrations (mol/m^3), diffusivities (m^2/s): one entry a species, in the same order.
    """

    relative_permittivity: float
    temperature: float
    viscosity: float
    valences: tuple[int, ...]
    concentrations: tuple[float, ...]
    diffusivities: tuple[float, ...]

    @property
    def permittivity(self) -> float:
        """F/m."""
        return self.relative_permittivity * VACUUM_PERMITTIVITY

    @property
    def thermal_voltage(self) -> float:
        """kT/e in V."""
        return thermal_voltage(self.temperature)

    @property
    def thermal_energy(self) -> float:
        """RT in J/mol."""
        return GAS_CONSTANT * self.temperature

    @property
    def strength(self) -> float:
        """sum z^2 c in mol/m^3, twice the ionic strength."""
        return sum(z * z * c for z, c in zip(self.valences, self.concentrations, strict=True))

    @property
    def equivalents(self) -> float:
        """Charge of one sign over F, in mol/m^3: sum |z| c / 2, the salt concentration of a 1:1 electrolyte."""
        return 0.5 * sum(abs(z) * c for z, c in zip(self.valences, self.concentrations, strict=True))

    @property
    def conductivity(self) -> float:
        """Bulk conductivity in S/m: F^2/(RT) sum z^2 D c (Nernst-Einstein)."""
        rows = zip(self.valences, self.diffusivities, self.concentrations, strict=True)
        return FARADAY**2 / self.thermal_energy * sum(z * z * d * c for z, d, c in rows)

    @property
    def debye_length(self) -> float:
        """m: sqrt(eps kT / (e F sum z^2 c))."""
        return math.sqrt(self.permittivity * self.thermal_voltage / (FARADAY * self.strength))

    def edl_thickness(self, charge: float) -> float:
        """m: decay length of the field at a wall with `charge` in C/m^2, see `edl_thickness`."""
        gouy_chapman = gouy_chapman_length(self.relative_permittivity, self.temperature, charge)
        return self.debye_length / math.hypot(1.0, self.debye_length / gouy_chapman)


def debye_length(
    relative_permittivity: float,
    temperature: float,
    valences: Mapping[str, int],
    concentrations: Mapping[str, float],
) -> float:
    """Debye length in metres of concentrations in mol/m^3 (mappings from the species' names)."""
    strength = sum(valences[name] ** 2 * c for name, c in concentrations.items())
    permittivity = relative_permittivity * VACUUM_PERMITTIVITY
    return math.sqrt(permittivity * thermal_voltage(temperature) / (FARADAY * strength))


def gouy_chapman_length(relative_permittivity: float, temperature: float, charge: float) -> float:
    """m: 2 eps V_T / |sigma|, the thickness of the layer of ions that a high charge holds; inf without charge."""
    if charge == 0.0:
        return math.inf
    return 2.0 * relative_permittivity * VACUUM_PERMITTIVITY * thermal_voltage(temperature) / abs(charge)


def edl_thickness(
    relative_permittivity: float,
    temperature: float,
    valences: Mapping[str, int],
    concentrations: Mapping[str, float],
    charge: float,
) -> float:
    """m: lambda / sqrt(1 + (lambda / l_GC)^2), the length over which the field decays at the wall itself.

    The Debye length lambda at low charge, the Gouy-Chapman length l_GC at high charge. (In the 1:1 Gouy-Chapman layer
    the field E has E / |dE/dx| = lambda / cosh(psi / 2 V_T) at the wall, which is this.)
    """
    debye = debye_length(relative_permittivity, temperature, valences, concentrations)
    return debye / math.hypot(1.0, debye / gouy_chapman_length(relative_permittivity, temperature, charge))


# ------------------------------------------------------------------------------------------------ charged walls
def surface_charge(potential: float, solution: Solution) -> float:
    """Charge in C/m^2 of a flat wall at `potential` (V against the bulk), for any electrolyte (Grahame equation).

    sigma = sign(psi) sqrt(2 eps RT sum c_i (exp(-z_i psi/V_T) - 1)); Israelachvili, Intermolecular and Surface Forces.
    """
    y = potential / solution.thermal_voltage
    osmotic = 0.0
    for z, c in zip(solution.valences, solution.concentrations, strict=True):
        # the linear terms sum to zero by neutrality; without them small potentials do not cancel
        x = -z * y
        osmotic += c * (0.5 * x * x * (1.0 + x / 3.0) if abs(x) < 1e-4 else math.expm1(x) - x)
    return math.copysign(math.sqrt(2.0 * solution.permittivity * solution.thermal_energy * osmotic), potential)


def surface_potential(charge: float, solution: Solution) -> float:
    """Potential in V of an isolated flat wall with `charge` in C/m^2: the inverse of `surface_charge`.

    Closed (asinh) for two ions of opposite valence, by bisection otherwise.
    """
    linear = charge * solution.debye_length / solution.permittivity
    if len(solution.valences) == 2 and sum(solution.valences) == 0:
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


def wall_concentrations(charge: float, solution: Solution) -> tuple[float, ...]:
    """Concentration in mol/m^3 of every species at an isolated flat wall with `charge` in C/m^2."""
    y = surface_potential(charge, solution) / solution.thermal_voltage
    return tuple(c * math.exp(-z * y) for z, c in zip(solution.valences, solution.concentrations, strict=True))


def close_packing(diameter: float = HYDRATED_DIAMETER) -> float:
    """Concentration in mol/m^3 of spheres on a cubic lattice at contact, 1/(N_A d^3): the steric limit of Bikerman
    models (Kilic, Bazant, Ajdari, Phys. Rev. E 75, 021502 (2007))."""
    return 1.0 / (AVOGADRO * diameter**3)


def dukhin_number(charge: float, half_size: float, solution: Solution, symmetry: str) -> float:
    """|sigma|/(F c R) for a radius R, |sigma|/(2 F c H) for a slit of height H = 2 half_size, with c the concentration
    of charges of one sign (the salt concentration of a 1:1 electrolyte). Definitions differ between papers."""
    size = half_size if symmetry == "axisymmetric" else 4.0 * half_size
    return abs(charge) / (FARADAY * solution.equivalents * size)


# ------------------------------------------------------------------------------------------------ resistances
def access_resistance(conductivity: float, radius: float) -> float:
    """ohm of a circular mouth towards an infinite reservoir: 1/(4 kappa R); Hall, J. Gen. Physiol. 66, 531 (1975)."""
    return 1.0 / (4.0 * conductivity * radius)


def planar_access_resistance(conductivity: float, height: float, width: float, reach: float) -> float:
    """ohm of one slit mouth towards a half-disc electrode of radius `reach` >= height / 2.

    Confocal ellipses about the mouth: acosh(2 reach / height) / (pi kappa w). It grows without bound with the reach.
    """
    return math.acosh(max(1.0, 2.0 * reach / height)) / (math.pi * conductivity * width)


def pore_resistance(conductivity: float, length: float, radius: float) -> float:
    """ohm of an uncharged cylinder with its two mouths: (L + pi R / 2) / (pi R^2 kappa) (Maxwell, Hall)."""
    return (length + 0.5 * math.pi * radius) / (math.pi * radius**2 * conductivity)


def cone_resistance(conductivity: float, length: float, radius_base: float, radius_tip: float) -> float:
    """ohm of an uncharged cone between two spherical caps, exact: (1/r_tip - 1/r_base)/(2 pi kappa (1 - cos alpha)).

    The slender formula L/(pi kappa R_base R_tip) is its limit for a small opening angle alpha.
    """
    slope = (radius_base - radius_tip) / length
    # 1 - cos(alpha) without cancellation; sin and tan divide out against the distances from the apex
    sine = slope / math.hypot(1.0, slope)
    one_minus_cosine = sine**2 / (1.0 + 1.0 / math.hypot(1.0, slope))
    if slope == 0.0:
        return length / (math.pi * conductivity * radius_base * radius_tip)
    return sine * (1.0 / radius_tip - 1.0 / radius_base) / (2.0 * math.pi * conductivity * one_minus_cosine)


def gauss_integral(value: Callable[[float], float], start: float, stop: float, points: int = 16) -> float:
    """Integral of a smooth function by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
    return float(sum(half * w * value(middle + half * x) for x, w in zip(nodes, weights, strict=True)))


# ------------------------------------------------------------------------------------------------ transport
def limiting_current(counter: int, solution: Solution, shape: float) -> float:
    """A: the diffusion-limited current of species number `counter` into an ideally selective mouth.

    |z| F D c (1 + |z| / |z_co|) S, with the co-ions at rest and S (m) the mouth's access resistance times the
    conductivity, inverted: 4 R for a disc. Levich, Physicochemical Hydrodynamics; two ions, else an estimate.
    """
    z = solution.valences[counter]
    co_ions = [abs(other) for other in solution.valences if other * z < 0]
    factor = 1.0 + abs(z) / max(co_ions)
    return abs(z) * FARADAY * solution.diffusivities[counter] * solution.concentrations[counter] * factor * shape


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
