"""The ideal solution: point ions without interactions other than the mean electric field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from solver.laws.algebra import Algebra
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.neutrality import potential_beside
from solver.physics.mixture import IDEAL, ideal_concentration


class Ideal(ElectrolyteModel):
    """Ideal solution: electrochemical potentials ln c + z y, osmotic pressure RT times the sum of the concentrations."""

    is_ideal: ClassVar[bool] = True
    balances_fixed_charge: ClassVar[bool] = True

    type: Literal["ideal"] = "ideal"

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """c_i = exp(mu_i - z_i y)."""
        return [ideal_concentration(mu_i, potential, z, m.exp) for mu_i, z in zip(mu, valences, strict=True)]

    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i = ln c_i."""
        return [m.ln(c) for c in concentrations]

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """sum_i c_i (van 't Hoff)."""
        return sum(concentrations)

    def potential_beside(self, mu: Sequence[Any], fixed: Any, valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """See `solver.laws.electrolytes.neutrality`."""
        return potential_beside(mu, fixed, valences, m)

    def in_equilibrium(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> list[Any]:
        """c_i,bulk exp(-z_i y) (Boltzmann), without detour."""
        return IDEAL.in_equilibrium(bulk, potential, valences)

    def osmotic_excess(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """Without cancellation at small potentials."""
        return IDEAL.osmotic_excess(bulk, potential, valences)

    def charge_slope(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """In closed form."""
        return IDEAL.charge_slope(bulk, potential, valences)
