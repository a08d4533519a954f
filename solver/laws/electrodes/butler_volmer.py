"""Butler-Volmer kinetics with the concentrations and the potential at the plane of reaction.

Frumkin's correction as in Bazant, Chu and Bayly, SIAM J. Appl. Math. 65, 1463 (2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from meshes.quantity import PlainNumber
from solver.laws.algebra import Algebra
from solver.laws.electrodes.base import ActivatedKinetics, Interface


class ButlerVolmer(ActivatedKinetics):
    """Butler-Volmer: i = i0 [a_red exp((1 - alpha) x) - a_ox exp(-alpha x)]."""

    type: Literal["butler_volmer"] = "butler_volmer"
    transfer_coefficient: Annotated[PlainNumber, Field(ge=0.0, le=1.0)] = 0.5
    """alpha of the reduction; that of the oxidation is 1 - alpha."""

    @property
    def values(self) -> Mapping[str, float]:
        """Both numbers."""
        return {**super().values, "transfer_coefficient": self.transfer_coefficient}

    def constant(self, s: Interface, m: Algebra) -> Any:
        """exp((1 - alpha) x)."""
        return m.exp((1.0 - s.coefficients["transfer_coefficient"]) * s.drive)
