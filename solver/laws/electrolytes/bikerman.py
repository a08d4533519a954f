"""Ions of one size that exclude each other from sites of a lattice (Bikerman, Philos. Mag. 33, 384 (1942); Kilic, Bazant and
Ajdari, Phys. Rev. E 75, 021502 (2007), Eqs. 4 to 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from meshes.quantity import PositiveLength
from solver.laws.algebra import Algebra
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.neutrality import potential_beside
from solver.laws.electrolytes.packing import lattice_volume, too_full, too_small
from solver.physics.solution import Solution


class Bikerman(ElectrolyteModel):
    """Ions of one size on a lattice, in closed form: the excess is -ln(1 - v sum c) for each, with v = a^3 N_A."""

    takes_room: ClassVar[bool] = True
    balances_fixed_charge: ClassVar[bool] = True

    type: Literal["bikerman"] = "bikerman"
    size: PositiveLength
    """Diameter of an ion with the water that it carries: at close packing each fills a cube of this edge."""

    def _volume(self, scale: float) -> float:
        return lattice_volume(self.size, scale)

    def largest_concentrations(self, names: Sequence[str]) -> dict[str, float]:
        """1 / v."""
        return dict.fromkeys(names, 1.0 / self._volume(1.0))

    def diameters(self, names: Sequence[str]) -> dict[str, float]:
        """One for all."""
        return dict.fromkeys(names, self.size)

    def objection(self, solution: Solution) -> str | None:
        """Ions that have no room."""
        return too_small({"size": self.size}) or too_full(
            self._volume(1.0) * sum(solution.concentrations), 1.0, "size", 1.0 / self._volume(1.0)
        )

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """c_i = y_i / (1 + v sum y), y_i = exp(mu_i - z_i y)."""
        y = [m.exp(mu_i - z * potential) for mu_i, z in zip(mu, valences, strict=True)]
        crowd = 1.0 + self._volume(scale) * sum(y)
        return [y_i / crowd for y_i in y]

    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i = ln c_i - ln(1 - v sum c)."""
        free = 1.0 - self._volume(scale) * sum(concentrations)
        return [m.ln(c) - m.ln(free) for c in concentrations]

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """-ln(1 - v sum c) / v."""
        volume = self._volume(scale)
        return -m.log1p(-volume * sum(concentrations)) / volume

    def osmotic_pressure_at(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> Any:
        """ln(1 + v sum y) / v."""
        volume = self._volume(scale)
        return m.log1p(volume * sum(m.exp(e - z * potential) for e, z in zip(mu, valences, strict=True))) / volume

    def potential_beside(self, mu: Sequence[Any], fixed: Any, valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """That of an ideal solution: sum z_i c_i + X = 0 is sum (z_i + v X) y_i + X = 0."""
        volume, pairs = self._volume(scale), list(zip(mu, valences, strict=True))
        raised = [mu_i + m.ln(1.0 + volume / z * fixed) for mu_i, z in pairs if z]
        solutes = sum(m.exp(mu_i) for mu_i, z in pairs if not z)
        return potential_beside(raised, fixed * (1.0 + volume * solutes), [z for z in valences if z], m)
