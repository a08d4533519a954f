"""Measured static permittivities of aqueous solutions of one salt at 25 C, over that of water.

eps / eps_0 = 1 / (1 + a c) with the concentration c of the salt (mol/L). a is chosen so that at 1 mol/L the formula
gives the permittivity of the source: of sodium chloride 78.4 - 15.45 c + 3.76 c^1.5 (R. Buchner, G. T. Hefter and P. M.
May, J. Phys. Chem. A 103, 1 (1999)), which it follows to 1.5 % up to 5 mol/L; of the others the decrements of J. B.
Hasted, D. M. Ritson and C. H. Collie, J. Chem. Phys. 16, 1 (1948), measured up to 1.5 mol/L (1 mol/L for divalent cations).

The formula and the decrements were transcribed without the originals at hand, and compared with no second source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solver.physics.ions import ION_TABLE
from solver.physics.salts.fits import Functions, Pair, up_to

WATER = 78.4
"""Relative permittivity of water at 25 C."""


@dataclass(frozen=True)
class Permittivities:
    """Permittivities of one salt.

    Attributes:
        ions: names of cation and anion.
        decrement: of the relative permittivity at 1 mol/L.
        last: largest concentration of the salt of the measurements, mol/L.
    """

    ions: Pair
    decrement: float
    last: float

    @property
    def charges(self) -> int:
        """Of either sign in the formula unit."""
        cation, anion = (abs(ION_TABLE[name].valence) for name in self.ions)
        return cation * anion if cation != anion else cation

    @property
    def end(self) -> float:
        """Largest equivalent concentration of the measurements, mol/m^3."""
        return 1e3 * self.last * self.charges

    def excess(self, equivalents: Any, m: Functions) -> Any:
        """eps_0 / eps - 1 = a c at an equivalent concentration (mol/m^3); that at the end of the measurements beyond it."""
        slope = self.decrement / (WATER - self.decrement)
        return slope * up_to(self.end, equivalents, m) / (1e3 * self.charges)


PERMITTIVITIES: Mapping[Pair, Permittivities] = {
    ions: Permittivities(ions, decrement, last)
    for ions, (decrement, last) in {
        ("Na", "Cl"): (11.7, 5.0),
        ("K", "Cl"): (10.0, 1.5),
        ("Li", "Cl"): (14.0, 1.5),
        ("H", "Cl"): (20.0, 1.0),
        ("Mg", "Cl"): (30.0, 1.0),
        ("Ba", "Cl"): (28.0, 1.0),
        ("K", "I"): (16.0, 1.5),
        ("Na", "I"): (15.0, 1.5),
        ("Na", "OH"): (21.0, 1.0),
        ("Na", "SO4"): (22.0, 1.0),
    }.items()
}
"""By the names of cation and anion."""
