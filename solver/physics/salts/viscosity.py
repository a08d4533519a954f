"""Measured viscosities of aqueous solutions of one salt at 298.15 K, over that of water.

ln(eta / eta_0) = B c + D c^2 + E c^3 with the concentration c of the salt (mol/L). B: Jones and Dole's coefficient, the
sum of those of the ions in H. D. B. Jenkins and Y. Marcus, Chem. Rev. 95, 2695 (1995). D and E: fitted to the rows
below, which are values of the correlation of 10700 measurements by M. Laliberte, J. Chem. Eng. Data 52, 321 (2007) and
54, 1725 (2009), at molalities for which densities are from the same source. The term in the square root of c (below 0.2
% at 0.1 mol/L, 0.5 % for salts of divalent ions) is left out.

Second source: the viscosities of PHREEQC 3.8 are the same to 0.3 % for NaCl and KCl, 3 % for CaCl2, MgCl2 and LiCl.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from solver.physics.ions import ION_TABLE
from solver.physics.salts.fits import Functions, Pair, fitted, up_to

JONES_DOLE: Mapping[str, float] = {
    "H": 0.068, "Li": 0.146, "Na": 0.085, "K": -0.009, "NH4": -0.008, "Ag": 0.090, "Mg": 0.385, "Ca": 0.284, "Sr": 0.261,
    "Ba": 0.216, "Cl": -0.005, "Br": -0.033, "I": -0.073, "NO3": -0.043, "ClO4": -0.058, "OH": 0.122, "SO4": 0.206,
}  # fmt: skip
"""B of ions, L/mol."""


@dataclass(frozen=True)
class Viscosities:
    """Viscosities of one salt.

    Attributes:
        ions: names of cation and anion.
        concentrations: of the salt, mol/L.
        relative: viscosities over these, over that of water.
    """

    ions: Pair
    concentrations: tuple[float, ...]
    relative: tuple[float, ...]

    @property
    def charges(self) -> int:
        """Of either sign in the formula unit."""
        cation, anion = self._valences
        return cation * anion if cation != anion else cation

    @property
    def _valences(self) -> tuple[int, int]:
        return abs(ION_TABLE[self.ions[0]].valence), abs(ION_TABLE[self.ions[1]].valence)

    @property
    def end(self) -> float:
        """Largest equivalent concentration of the table, mol/m^3."""
        return 1e3 * self.concentrations[-1] * self.charges

    @property
    def jones_dole(self) -> float:
        """B of the salt, L/mol."""
        cation, anion = self._valences
        counts = (1, 1) if cation == anion else (anion, cation)
        return sum(count * JONES_DOLE[name] for count, name in zip(counts, self.ions, strict=True))

    @cached_property
    def _fit(self) -> tuple[float, ...]:
        c, values = np.array(self.concentrations), np.log(self.relative)
        return fitted([c**2, c**3], values - self.jones_dole * c, np.ones(len(c)))

    def logarithm(self, equivalents: Any, m: Functions) -> Any:
        """ln(eta / eta_0) at an equivalent concentration (mol/m^3); that at the end of the table beyond it."""
        square, cube = self._fit
        c = up_to(self.end, equivalents, m) / (1e3 * self.charges)
        return c * (self.jones_dole + c * (square + c * cube))


VISCOSITIES: Mapping[Pair, Viscosities] = {
    ions: Viscosities(ions, tuple(rows), tuple(rows.values()))
    for ions, rows in {
        ("H", "Cl"): {0.4938: 1.0284, 0.9784: 1.0569, 1.9200: 1.1142, 2.8260: 1.1714, 3.6974: 1.2282, 5.3417: 1.3422},
        ("Li", "Cl"): {0.4942: 1.0599, 0.9792: 1.1329, 1.9213: 1.2829, 2.8265: 1.4464, 3.6964: 1.6392, 5.3373: 2.1509},
        ("Na", "Cl"): {0.4940: 1.0426, 0.9789: 1.0916, 1.9203: 1.2072, 2.8231: 1.3462, 3.6872: 1.5134, 5.3017: 1.9605},
        ("K", "Cl"): {0.4915: 0.9967, 0.9691: 0.9962, 1.8828: 1.0043, 2.7424: 1.0238, 3.5502: 1.0534, 4.3: 1.0906},
        ("K", "Br"): {0.4899: 0.9808, 0.9629: 0.9656, 1.8596: 0.9539, 2.6942: 0.9612, 3.4713: 0.9820, 4.8716: 1.0520},
        ("K", "I"): {0.4873: 0.9644, 0.9527: 0.9375, 1.8221: 0.9079, 2.6167: 0.9052, 3.3446: 0.9220, 4.6296: 0.9939},
        ("K", "NO3"): {0.4888: 0.9839, 0.9584: 0.9787, 1.8423: 0.9942, 2.6569: 1.0295},
        ("Na", "NO3"): {0.4912: 1.0355, 0.9679: 1.0757, 1.8777: 1.1744, 2.7314: 1.2981, 3.5317: 1.4464, 4.9866: 1.8130},
        ("K", "OH"): {0.4969: 1.0619, 0.9897: 1.1241, 1.9594: 1.2496, 2.9033: 1.3789, 3.8179: 1.5169, 5.5532: 1.8490},
        ("Mg", "Cl"): {0.4937: 1.1982, 0.9771: 1.4519, 1.9088: 2.1654, 2.7894: 3.3254, 3.6162: 5.3152},
        ("Ca", "Cl"): {1.8949: 1.8003, 2.7599: 2.4767, 3.5662: 3.6472, 5.0043: 8.6501},
        ("Sr", "Cl"): {0.4931: 1.1427, 0.9733: 1.3046, 1.8802: 1.7479, 2.6804: 2.4533},
        ("Ba", "Cl"): {0.4915: 1.1252, 0.9676: 1.2707, 1.8681: 1.6295},
        ("Na", "SO4"): {0.4937: 1.2326, 0.9744: 1.5430, 1.8851: 2.4568},
    }.items()
}
"""By the names of cation and anion."""
