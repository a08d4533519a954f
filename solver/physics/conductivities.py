"""Measured molar conductivities of aqueous solutions of one salt at 298.15 K.

Concentrations and conductivities are per mole of charge (equivalents), as the sources have them: for calcium chloride
those of half a formula unit. Rows of numbers: 1e-4 S m^2/mol; keys: mol/L.

Sources:
    CRC: P. Vanysek, "Equivalent Conductivity of Electrolytes in Aqueous Solution", CRC Handbook of Chemistry and Physics.
    RS: R. A. Robinson and R. H. Stokes, Electrolyte Solutions, 2nd ed., Butterworths (1959), appendix 6.3; the chlorides of
        sodium and potassium by J. F. Chambers, J. M. Stokes and R. H. Stokes, J. Phys. Chem. 60, 985 (1956).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TEMPERATURE = 298.15
"""K, of all measurements."""


@dataclass(frozen=True)
class Measured:
    """Conductivities of one salt.

    Attributes:
        formula: of the salt. charges: of either sign in its formula unit.
        source: of the values.
        concentrations: equivalents, mol/m^3, ascending from 0.
        molar: conductivities over these, S m^2/mol.
    """

    formula: str
    charges: int
    source: str
    concentrations: tuple[float, ...]
    molar: tuple[float, ...]

    @property
    def end(self) -> float:
        """Largest equivalent concentration of the table, mol/m^3."""
        return self.concentrations[-1]

    def conductivity(self, equivalents: float) -> float:
        """S/m at an equivalent concentration (mol/m^3), linear in its square root between the values of the table.

        Raises:
            ValueError: the concentration is beyond the table.
        """
        if not 0.0 <= equivalents <= self.end:
            raise ValueError(f"{equivalents:g} mol/m^3 is beyond the table, which ends at {self.end:g}")
        roots = np.sqrt(self.concentrations)
        return equivalents * float(np.interp(np.sqrt(equivalents), roots, self.molar))


_CRC = "CRC Handbook"
_RS = "CRC Handbook; Robinson and Stokes"
_DILUTE = (0.0, 0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1)


def _of(formula: str, charges: int, dilute: tuple[float, ...], strong: Mapping[float, float] | None = None) -> Measured:
    more = strong or {}
    concentrations = tuple(1e3 * c for c in (*_DILUTE, *more))
    molar = tuple(1e-4 * value for value in (*dilute, *more.values()))
    return Measured(formula, charges, _RS if more else _CRC, concentrations, molar)


MEASURED: Mapping[tuple[str, str], Measured] = {
    ("H", "Cl"): _of("HCl", 1, (425.95, 422.53, 421.15, 415.59, 411.80, 407.04, 398.89, 391.13)),
    ("Li", "Cl"): _of("LiCl", 1, (114.97, 113.09, 112.34, 109.35, 107.27, 104.60, 100.06, 95.81)),
    ("Na", "Cl"): _of(
        "NaCl",
        1,
        (126.39, 124.44, 123.68, 120.59, 118.45, 115.70, 111.01, 106.69),
        {0.5: 93.62, 1.0: 85.76, 2.0: 74.71, 3.0: 65.57, 4.0: 57.23, 5.0: 49.46},
    ),
    ("K", "Cl"): _of(
        "KCl", 1, (149.79, 147.74, 146.88, 143.48, 141.20, 138.27, 133.30, 128.90), {0.5: 117.27, 1.0: 111.87}
    ),
    ("Mg", "Cl"): _of("MgCl2", 2, (129.34, 125.55, 124.15, 118.25, 114.49, 109.99, 103.03, 97.05)),
    ("Ca", "Cl"): _of("CaCl2", 2, (135.77, 131.86, 130.30, 124.19, 120.30, 115.59, 108.42, 102.41)),
}
"""By the names of cation and anion."""
