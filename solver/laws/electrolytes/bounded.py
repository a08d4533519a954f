"""Formulas of activity coefficients with terms that grow with the ionic strength, which hold up to some strength."""

from __future__ import annotations

from typing import Any

from solver.laws.algebra import Algebra
from solver.laws.electrolytes.ionic_strength import (
    ByIonicStrength,
    screened,
    screened_integral,
    screened_slope,
)


class Bounded(ByIonicStrength):
    """h = -A sqrt(I) / (1 + b sqrt(I)) + p I + q I^(3/2) up to an ionic strength; beyond it h keeps its value there, so
    that ions crowded at walls do not get coefficients that nobody has measured."""

    @property
    def _terms(self) -> tuple[float, float, float, float]:
        """b, p, q and the ionic strength (mol/L) where the formula ends."""
        raise NotImplementedError

    def coefficient(self, strength: Any, m: Algebra) -> Any:
        """See above."""
        screening, p, q, end = self._terms
        inside = m.where(m.less(strength, end), strength, end + 0.0 * strength)
        found = p * inside - self._constants[0] * screened(inside, screening, m)
        return found + q * inside * m.sqrt(inside) if q else found

    def slope(self, strength: Any, m: Algebra) -> Any:
        """See `ByIonicStrength`."""
        screening, p, q, end = self._terms
        found = p * strength - self._constants[0] * screened_slope(strength, screening, m)
        found = found + 1.5 * q * strength * m.sqrt(strength) if q else found
        return m.where(m.less(strength, end), found, 0.0 * strength)

    def integral(self, strength: Any, m: Algebra) -> Any:
        """See `ByIonicStrength`."""
        screening, p, q, end = self._terms
        inside = m.where(m.less(strength, end), strength, end + 0.0 * strength)
        found = 0.5 * p * inside**2 - self._constants[0] * screened_integral(inside, screening, m)
        found = found + 0.4 * q * inside * inside * m.sqrt(inside) if q else found
        return found + (strength - inside) * self.coefficient(inside, m)
