"""Measured molar conductivities of aqueous solutions of one salt at 298.15 K.

Concentrations and conductivities are per mole of charge (equivalents), as the sources have them: for calcium chloride
those of half a formula unit. Rows of numbers: 1e-4 S m^2/mol; keys: mol/L.

Sources:
    CRC: P. Vanysek, "Equivalent Conductivity of Electrolytes in Aqueous Solution", CRC Handbook of Chemistry and Physics:
        the rows up to 0.1 mol/L.
    RS: R. A. Robinson and R. H. Stokes, Electrolyte Solutions, 2nd ed., Butterworths (1959), appendix 6.3; the chlorides of
        sodium and potassium by J. F. Chambers, J. M. Stokes and R. H. Stokes, J. Phys. Chem. 60, 985 (1956): the rows of
        HCl, NaCl and KCl beyond.
    CRC20: "Electrical Conductivity of Aqueous Solutions", CRC Handbook (mass fractions at 20 C): the rows of LiCl, CaCl2
        and MgCl2 beyond. They are no measurements at 25 C, but scaled by the ratio that the transport model of PHREEQC 3.8
        gives (D. L. Parkhurst and C. A. J. Appelo, U.S. Geological Survey Techniques and Methods 6-A43 (2013)), 1.09 to 1.12.

Transcribed without the original at hand, so that the citation was not compared with the page: KCl above 1 mol/L (agrees
with PHREEQC's model to 1.3 %, and with CRC20 to 1 %), HCl at 0.5 and 1 mol/L (agrees with PHREEQC's model to 3 %), and the
rows of SrCl2, BaCl2, KNO3, AgNO3, NaClO4 and LiClO4, which agree with Onsager's limiting law and the ions' conductivities
(a test, as of all dilute rows) and have no second source. NaCl agrees with PHREEQC's model to 0.4 % at 0.5 to 5 mol/L,
and with CRC20 to 2 %. What is from CRC20 is good to 2 % for LiCl, 3 % for CaCl2, and 5 % for MgCl2, for
which PHREEQC's model is 9 % above.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from solver.physics.constants import AVOGADRO, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from solver.physics.ions import ION_TABLE
from solver.physics.salts.fits import TEMPERATURE, Functions, Pair, fitted, up_to

WATER_PERMITTIVITY, WATER_VISCOSITY = 78.4, 0.890e-3
"""Relative, and Pa s, at 298.15 K: those of the limiting law."""
ROUGH = 4.0
"""How much less certain values brought from 20 C are than the others."""


@dataclass(frozen=True)
class Conductivities:
    """Conductivities of one salt.

    Attributes:
        ions: names of cation and anion. formula: of the salt. charges: of either sign in its formula unit.
        source: of the values.
        concentrations: equivalents, mol/m^3, ascending from 0.
        molar: conductivities over these, S m^2/mol.
    """

    ions: Pair
    formula: str
    charges: int
    source: str
    concentrations: tuple[float, ...]
    molar: tuple[float, ...]

    @property
    def end(self) -> float:
        """Largest equivalent concentration of the table, mol/m^3."""
        return self.concentrations[-1]

    @property
    def at_infinite_dilution(self) -> float:
        """Sum of the conductivities of the ions of the table of ions, S m^2/mol."""
        return sum(_of_ion(name) for name in self.ions)

    @cached_property
    def limiting_slope(self) -> float:
        """What Onsager's limiting law takes from the molar conductivity by the root of mol/m^3 (Phys. Z. 28, 277 (1927)):
        relaxation and electrophoresis."""
        (a, b), (z, y) = (_of_ion(name) for name in self.ions), (abs(ION_TABLE[name].valence) for name in self.ions)
        permittivity, thermal = WATER_PERMITTIVITY * VACUUM_PERMITTIVITY, GAS_CONSTANT * TEMPERATURE / AVOGADRO
        inverse_debye = math.sqrt(AVOGADRO * ELEMENTARY_CHARGE**2 * (z + y) / (permittivity * thermal))
        q = z * y * (a + b) / ((z + y) * (z * b + y * a))
        relaxation = z * y * ELEMENTARY_CHARGE**2 / (12 * math.pi * permittivity * thermal) * q / (1 + math.sqrt(q))
        return inverse_debye * (
            (a + b) * relaxation + FARADAY * ELEMENTARY_CHARGE * (z + y) / (6 * math.pi * WATER_VISCOSITY)
        )

    @cached_property
    def _fit(self) -> tuple[float, tuple[float, ...]]:
        """Screening (root of m^3/mol) and coefficients of the powers 2, 3, .. of the root of the concentration."""
        screening = (1.0 if self.charges == 1 else 1.5) / math.sqrt(1e3)
        c, measured = np.array(self.concentrations[1:]), np.array(self.molar[1:])
        root = np.sqrt(c)
        powers = 3 if len(c) < len(_DILUTE) + 2 else 4 + self.charges
        rest = measured - self.at_infinite_dilution + self.limiting_slope * root / (1.0 + screening * root)
        certain = 1.0 if self.source == _RS else ROUGH
        scales = np.where(np.arange(len(c)) < len(_DILUTE) - 1, 1.0, certain) * measured
        return screening, fitted([root**k for k in range(2, 2 + powers)], rest, scales)

    def molar_conductivity(self, equivalents: Any, m: Functions) -> Any:
        """S m^2/mol at an equivalent concentration (mol/m^3, above 0): the limiting law, screened, and powers of the
        root of the concentration that are fitted to the table; as at its end beyond it."""
        screening, coefficients = self._fit
        root = m.sqrt(up_to(self.end, equivalents, m))
        found: Any = 0.0
        for coefficient in reversed(coefficients):
            found = root * (found + coefficient)
        return self.at_infinite_dilution + root * (found - self.limiting_slope / (1.0 + screening * root))

    def conductivity(self, equivalents: float) -> float:
        """S/m at an equivalent concentration (mol/m^3), see `molar_conductivity`.

        Raises:
            ValueError: the concentration is beyond the table.
        """
        if not 0.0 <= equivalents <= self.end:
            raise ValueError(f"{equivalents:g} mol/m^3 is beyond the table, which ends at {self.end:g}")
        return equivalents * float(self.molar_conductivity(equivalents, _Numbers()))


class _Numbers:
    """Functions of numbers."""

    def exp(self, x: Any) -> Any:
        return np.exp(x)

    def sqrt(self, x: Any) -> Any:
        return np.sqrt(x)

    def less(self, a: Any, b: Any) -> Any:
        return np.less(a, b)

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        return np.where(condition, then, otherwise)


def _of_ion(name: str) -> float:
    """Conductivity of an ion at infinite dilution, S m^2/mol of charge."""
    ion = ION_TABLE[name]
    return abs(ion.valence) * FARADAY**2 / (GAS_CONSTANT * TEMPERATURE) * ion.diffusivity


_DILUTE = (0.0, 0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1)


def _of(
    ions: Pair, formula: str, charges: int, source: str, dilute: tuple[float, ...], strong: Mapping[float, float]
) -> Conductivities:
    concentrations = tuple(1e3 * c for c in (*_DILUTE, *strong))
    molar = tuple(1e-4 * value for value in (*dilute, *strong.values()))
    return Conductivities(ions, formula, charges, source, concentrations, molar)


_CRC = "CRC Handbook"
_RS = "CRC Handbook; Robinson and Stokes"

CONDUCTIVITIES: Mapping[Pair, Conductivities] = {
    salt.ions: salt
    for salt in (
        _of(("H", "Cl"), "HCl", 1, _RS, (425.95, 422.53, 421.15, 415.59, 411.80, 407.04, 398.89, 391.13),
            {0.5: 359.2, 1.0: 332.8}),
        _of(("Li", "Cl"), "LiCl", 1, _CRC, (114.97, 113.09, 112.34, 109.35, 107.27, 104.60, 100.06, 95.81),
            {0.4759: 81.49, 1.21: 70.07, 2.4877: 56.53, 3.8347: 44.67, 5.2541: 35.71, 6.7507: 26.95, 8.3312: 19.32}),
        _of(("Na", "Cl"), "NaCl", 1, _RS, (126.39, 124.44, 123.68, 120.59, 118.45, 115.70, 111.01, 106.69),
            {0.5: 93.62, 1.0: 85.76, 2.0: 74.71, 3.0: 65.57, 4.0: 57.23, 5.0: 49.46}),
        _of(("K", "Cl"), "KCl", 1, _RS, (149.79, 147.74, 146.88, 143.48, 141.20, 138.27, 133.30, 128.90),
            {0.5: 117.27, 1.0: 111.87, 2.0: 105.2, 3.0: 99.4, 4.0: 93.4}),
        _of(("Mg", "Cl"), "MgCl2", 2, _CRC, (129.34, 125.55, 124.15, 118.25, 114.49, 109.99, 103.03, 97.05),
            {0.4259: 81.40, 1.0911: 68.06, 2.2731: 52.70, 3.551: 40.30, 4.9296: 30.20, 6.412: 21.19, 7.9983: 13.69}),
        _of(("Ca", "Cl"), "CaCl2", 2, _CRC, (135.77, 131.86, 130.30, 124.19, 120.30, 115.59, 108.42, 102.41),
            {0.3653: 89.19, 0.936: 79.05, 1.9505: 65.93, 3.0498: 56.41, 4.2403: 45.71, 5.5284: 36.32, 6.9192: 27.40,
             10.0162: 11.78}),
        _of(("Sr", "Cl"), "SrCl2", 2, _CRC, (135.73, 131.84, 130.27, 124.18, 120.23, 115.48, 108.20, 102.14), {}),
        _of(("Ba", "Cl"), "BaCl2", 2, _CRC, (139.91, 135.89, 134.27, 127.96, 123.88, 119.03, 111.42, 105.14), {}),
        _of(("K", "NO3"), "KNO3", 1, _CRC, (144.89, 142.70, 141.77, 138.41, 135.75, 132.34, 126.25, 120.34), {}),
        _of(("Ag", "NO3"), "AgNO3", 1, _CRC, (133.29, 131.29, 130.45, 127.14, 124.70, 121.35, 115.18, 109.09), {}),
        _of(("Na", "ClO4"), "NaClO4", 1, _CRC, (117.42, 115.58, 114.82, 111.70, 109.54, 106.91, 102.35, 98.38), {}),
        _of(("Li", "ClO4"), "LiClO4", 1, _CRC, (105.93, 104.13, 103.39, 100.52, 98.56, 96.13, 92.15, 88.52), {}),
        _of(("Na", "SO4"), "Na2SO4", 2, _CRC, (129.80, 125.68, 124.09, 117.09, 112.38, 106.73, 97.70, 89.94), {}),
    )
}  # fmt: skip
"""By the names of cation and anion."""
