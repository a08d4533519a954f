"""Davies' activity coefficients (C. W. Davies, Ion Association, Butterworths (1962))."""

from __future__ import annotations

from typing import ClassVar, Literal

from solver.laws.electrolytes.bounded import Bounded

LAST = 1.0
"""Ionic strength (mol/L) from which on the coefficients stay."""


class Davies(Bounded):
    """Davies: ln gamma = -A z^2 (sqrt(I) / (1 + sqrt(I)) - 0.3 I), for ionic strengths up to 0.5 mol/L; constant from 1
    mol/L on."""

    meant_up_to: ClassVar[float] = 0.5

    type: Literal["davies"] = "davies"

    @property
    def _terms(self) -> tuple[float, float, float, float]:
        return 1.0, 0.3 * self._constants[0], 0.0, LAST
