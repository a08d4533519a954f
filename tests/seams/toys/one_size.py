"""Ions of one size on a lattice (Bikerman; Kilic, Bazant, Ajdari, Phys. Rev. E 75, 021502 (2007))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from meshes.quantity import PositiveLength
from solver.laws.algebra import Algebra
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.physics.constants import AVOGADRO
from solver.physics.solution import Solution


class OneSize(ElectrolyteModel):
    """Ions that exclude each other from volumes of a cubed diameter."""

    type: Literal["one_size"] = "one_size"
    diameter: PositiveLength
    """Diameter of an ion with its water."""

    def _volume(self, scale: float) -> float:
        return AVOGADRO * self.diameter**3 * scale

    def objection(self, solution: Solution) -> str | None:
        """Ions that have no room."""
        filled = self._volume(1.0) * sum(solution.concentrations)
        return f"the ions of the solution fill {filled:.0%} of it" if filled >= 1.0 else None

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """c_i = y_i / (1 + v sum y), y_i = exp(mu_i - z_i y)."""
        y = [m.exp(mu_i - z * potential) for mu_i, z in zip(mu, valences, strict=True)]
        return [y_i / (1.0 + self._volume(scale) * sum(y)) for y_i in y]

    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i = ln(c_i / (1 - v sum c))."""
        free = 1.0 - self._volume(scale) * sum(concentrations)
        return [m.ln(c / free) for c in concentrations]

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """-ln(1 - v sum c) / v."""
        volume = self._volume(scale)
        return -m.ln(1.0 - volume * sum(concentrations)) / volume
