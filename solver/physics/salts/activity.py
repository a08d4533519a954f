"""Measured mean activity coefficients of aqueous solutions of one salt at 298.15 K.

Rows: molality (mol/kg) and mean activity coefficient of the molality scale, W. J. Hamer and Y.-C. Wu, J. Phys. Chem.
Ref. Data 1, 1047 (1972) for 1:1 salts, R. A. Robinson and R. H. Stokes, Electrolyte Solutions (1959), for the others;
and the concentration (mol/L), with densities of M. Laliberte and W. E. Cooper, J. Chem. Eng. Data 49, 1141 (2004). The
coefficient of the scale of concentrations is y = gamma m rho_0 / c. Second source: the parameters of Pitzer's equations
in P. M. May, D. Rowland, G. Hefter and E. Koenigsberger, J. Chem. Eng. Data 56, 5066 (2011), give the same to 1 %,
except for CaCl2 at 2 mol/kg (3 %) and beyond (8 %).

The coefficients of LiCl, HCl, KNO3, NaNO3, KOH, KBr and KI were transcribed without the original at hand; what supports
them is that they agree with this second source.

Formula: ln y = |z+ z-| h(I) with the ionic strength I (mol/L) and

    h = -A sqrt(I) / (1 + b sqrt(I)) + p I + q I^(3/2),

A that of Debye and Hueckel for water; b, p and q are fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.physics.constants import AVOGADRO, BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from solver.physics.ions import ION_TABLE
from solver.physics.salts.fits import TEMPERATURE, Pair, fitted

WATER_PERMITTIVITY, WATER_DENSITY = 78.4, 0.99705
"""Relative, and kg/L, at 298.15 K."""

SCREENINGS = np.arange(0.8, 2.5, 0.05)
"""Values of b among which the best is taken, root of L/mol."""


def debye_hueckel_constant(relative_permittivity: float, temperature: float) -> float:
    """A of ln gamma = -A z^2 sqrt(I), with I in mol/L: half of the Bjerrum length times the inverse Debye length at 1
    mol/L."""
    thermal = relative_permittivity * VACUUM_PERMITTIVITY * BOLTZMANN * temperature
    bjerrum = ELEMENTARY_CHARGE**2 / (4.0 * np.pi * thermal)
    return float(0.5 * bjerrum * inverse_debye_length(relative_permittivity, temperature))


def inverse_debye_length(relative_permittivity: float, temperature: float) -> float:
    """1/m at an ionic strength of 1 mol/L."""
    thermal = relative_permittivity * VACUUM_PERMITTIVITY * BOLTZMANN * temperature
    return float(np.sqrt(2.0 * AVOGADRO * ELEMENTARY_CHARGE**2 * 1e3 / thermal))


@dataclass(frozen=True)
class Activities:
    """Mean activity coefficients of one salt.

    Attributes:
        ions: names of cation and anion.
        molalities (mol/kg), coefficients: mean activity coefficients over them.
        concentrations: of the salt, mol/L.
    """

    ions: Pair
    molalities: tuple[float, ...]
    coefficients: tuple[float, ...]
    concentrations: tuple[float, ...]

    @property
    def charge_product(self) -> int:
        """|z+ z-|."""
        cation, anion = (abs(ION_TABLE[name].valence) for name in self.ions)
        return cation * anion

    @property
    def strengths(self) -> tuple[float, ...]:
        """Ionic strengths of the rows, mol/L."""
        cation, anion = (abs(ION_TABLE[name].valence) for name in self.ions)
        divisor = np.gcd(cation, anion)
        return tuple(0.5 * cation * anion * (cation + anion) / divisor * c for c in self.concentrations)

    @property
    def of_concentrations(self) -> tuple[float, ...]:
        """Mean activity coefficients of the scale of concentrations."""
        rows = zip(self.molalities, self.coefficients, self.concentrations, strict=True)
        return tuple(gamma * molality * WATER_DENSITY / c for molality, gamma, c in rows)

    @cached_property
    def fit(self) -> tuple[float, float, float]:
        """b, p and q."""
        strengths, limit = np.array(self.strengths), debye_hueckel_constant(WATER_PERMITTIVITY, TEMPERATURE)
        root, best = np.sqrt(strengths), (np.inf, (0.0, 0.0, 0.0))
        for screening in SCREENINGS:
            rest = np.log(self.of_concentrations) / self.charge_product + limit * root / (1.0 + screening * root)
            p, q = fitted([strengths, root**3], rest, np.ones(len(root)))
            off = float(np.abs(p * strengths + q * root**3 - rest).max())
            best = min(best, (off, (float(screening), p, q)))
        return best[1]


ACTIVITIES: Mapping[Pair, Activities] = {
    ions: Activities(ions, *(tuple(column) for column in zip(*rows, strict=True)))
    for ions, rows in {
        ("K", "Cl"): ((0.1, 0.770, 0.0994), (0.2, 0.718, 0.1983), (0.5, 0.649, 0.4915), (1.0, 0.604, 0.9691),
                      (2.0, 0.573, 1.8828), (3.0, 0.569, 2.7424), (4.0, 0.577, 3.5502)),
        ("Na", "Cl"): ((0.1, 0.778, 0.0995), (0.2, 0.735, 0.1987), (0.5, 0.681, 0.4940), (1.0, 0.657, 0.9789),
                       (2.0, 0.668, 1.9203), (3.0, 0.714, 2.8231), (4.0, 0.783, 3.6872), (5.0, 0.874, 4.5131),
                       (6.0, 0.986, 5.3017)),
        ("Li", "Cl"): ((0.1, 0.790, 0.0995), (0.2, 0.757, 0.1987), (0.5, 0.739, 0.4942), (1.0, 0.774, 0.9792),
                       (2.0, 0.921, 1.9213), (3.0, 1.156, 2.8265), (4.0, 1.510, 3.6964)),
        ("H", "Cl"): ((0.1, 0.796, 0.0995), (0.2, 0.767, 0.1987), (0.5, 0.757, 0.4938), (1.0, 0.809, 0.9784),
                      (2.0, 1.009, 1.9200), (3.0, 1.316, 2.8260), (4.0, 1.762, 3.6974)),
        ("K", "NO3"): ((0.1, 0.739, 0.0993), (0.2, 0.663, 0.1978), (0.5, 0.545, 0.4888), (1.0, 0.443, 0.9584),
                       (2.0, 0.333, 1.8423), (3.0, 0.269, 2.6569)),
        ("Na", "NO3"): ((0.1, 0.762, 0.0994), (0.2, 0.703, 0.1982), (0.5, 0.617, 0.4912), (1.0, 0.548, 0.9679),
                        (2.0, 0.478, 1.8777), (3.0, 0.437, 2.7314), (4.0, 0.408, 3.5317), (6.0, 0.371, 4.9866)),
        ("K", "OH"): ((0.1, 0.776, 0.0996), (0.2, 0.739, 0.1992), (0.5, 0.712, 0.4969), (1.0, 0.735, 0.9897),
                      (2.0, 0.863, 1.9594), (3.0, 1.051, 2.9033), (4.0, 1.314, 3.8179)),
        ("K", "Br"): ((0.1, 0.772, 0.0994), (0.2, 0.722, 0.1980), (0.5, 0.657, 0.4899), (1.0, 0.617, 0.9629),
                      (2.0, 0.593, 1.8596), (3.0, 0.595, 2.6942), (4.0, 0.608, 3.4713)),
        ("K", "I"): ((0.1, 0.778, 0.0993), (0.2, 0.733, 0.1976), (0.5, 0.676, 0.4873), (1.0, 0.645, 0.9527),
                     (2.0, 0.637, 1.8221), (3.0, 0.652, 2.6167), (4.0, 0.673, 3.3446)),
        ("Ca", "Cl"): ((0.1, 0.518, 0.0995), (0.2, 0.472, 0.1985), (0.5, 0.448, 0.4928), (1.0, 0.500, 0.9734),
                       (2.0, 0.792, 1.8949)),
        ("Mg", "Cl"): ((0.1, 0.529, 0.0995), (0.2, 0.489, 0.1987), (0.5, 0.481, 0.4937), (1.0, 0.570, 0.9771),
                       (2.0, 1.053, 1.9088)),
        ("Na", "SO4"): ((0.1, 0.445, 0.0995), (0.2, 0.365, 0.1987), (0.5, 0.266, 0.4937), (1.0, 0.201, 0.9744),
                        (2.0, 0.155, 1.8851)),
    }.items()
}  # fmt: skip
"""By the names of cation and anion."""
