"""Measured transference numbers of cations in aqueous solutions of one salt at 298.15 K.

Source: L. G. Longsworth, J. Am. Chem. Soc. 54, 2741 (1932) and 57, 1185 (1935), moving boundaries, as tabulated by D.
A. MacInnes, The Principles of Electrochemistry, Reinhold (1939), and by Robinson and Stokes, Electrolyte Solutions. The
numbers were transcribed without these at hand; what supports them is that they tend to those of the table of ions at
infinite dilution: the formula reproduces both to 0.002.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from solver.physics.ions import ION_TABLE
from solver.physics.salts.fits import Functions, Pair, fitted, up_to

_EQUIVALENTS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""mol/L of charge."""


@dataclass(frozen=True)
class Transference:
    """Transference numbers of the cation of a salt at 0.01 to 0.2 mol/L of charge."""

    ions: Pair
    numbers: tuple[float, ...]

    @property
    def at_infinite_dilution(self) -> float:
        """From the diffusivities of the table of ions."""
        cation, anion = (abs(ION_TABLE[name].valence) * ION_TABLE[name].diffusivity for name in self.ions)
        return cation / (cation + anion)

    @property
    def end(self) -> float:
        """Largest concentration of the table, mol/m^3 of charge."""
        return 1e3 * _EQUIVALENTS[len(self.numbers) - 1]

    @cached_property
    def _fit(self) -> tuple[float, ...]:
        root = np.sqrt(1e3 * np.array(_EQUIVALENTS[: len(self.numbers)]))
        values = np.array(self.numbers) - self.at_infinite_dilution
        return fitted([root, root**2], values, np.ones(len(root)))

    def of_cation(self, equivalents: Any, m: Functions) -> Any:
        """Number at an equivalent concentration (mol/m^3); that at the end of the table beyond it."""
        first, second = self._fit
        root = m.sqrt(up_to(self.end, equivalents, m))
        return self.at_infinite_dilution + root * (first + second * root)


TRANSFERENCE: Mapping[Pair, Transference] = {
    ions: Transference(ions, numbers)
    for ions, numbers in {
        ("H", "Cl"): (0.8251, 0.8266, 0.8292, 0.8314, 0.8337),
        ("Li", "Cl"): (0.3289, 0.3261, 0.3211, 0.3168, 0.3112),
        ("Na", "Cl"): (0.3918, 0.3902, 0.3876, 0.3854, 0.3821),
        ("K", "Cl"): (0.4902, 0.4901, 0.4899, 0.4898, 0.4894),
        ("K", "NO3"): (0.5084, 0.5087, 0.5093, 0.5103, 0.5120),
        ("Ag", "NO3"): (0.4648, 0.4652, 0.4664, 0.4682),
        ("Ca", "Cl"): (0.4264, 0.4220, 0.4140, 0.4060, 0.3953),
        ("Na", "SO4"): (0.3848, 0.3836, 0.3829, 0.3828, 0.3828),
    }.items()
}
"""By the names of cation and anion."""
