"""Debye and Hueckel's activity coefficients of ions with a closest approach (Phys. Z. 24, 185 (1923))."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from meshes.quantity import PositiveLength
from solver.laws.algebra import Algebra
from solver.laws.electrolytes.ionic_strength import (
    ByIonicStrength,
    screened,
    screened_integral,
    screened_slope,
)


class DebyeHueckel(ByIonicStrength):
    """Extended Debye-Hueckel: ln gamma = -A z^2 sqrt(I) / (1 + kappa a), for ionic strengths up to 0.1 mol/L."""

    meant_up_to: ClassVar[float] = 0.1

    type: Literal["debye_hueckel"] = "debye_hueckel"
    closest_approach: PositiveLength = 0.4e-9
    """Distance a between the centres of ions that touch."""

    @property
    def _screening(self) -> float:
        return self._constants[1] * self.closest_approach

    def coefficient(self, strength: Any, m: Algebra) -> Any:
        """-A sqrt(I) / (1 + kappa a)."""
        return -self._constants[0] * screened(strength, self._screening, m)

    def slope(self, strength: Any, m: Algebra) -> Any:
        """See `ByIonicStrength`."""
        return -self._constants[0] * screened_slope(strength, self._screening, m)

    def integral(self, strength: Any, m: Algebra) -> Any:
        """See `ByIonicStrength`."""
        return -self._constants[0] * screened_integral(strength, self._screening, m)
