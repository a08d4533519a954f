"""Hard spheres of one diameter (Carnahan and Starling, J. Chem. Phys. 51, 635 (1969)) as the excess of ions: di Caprio,
Borkowska and Stafiej, J. Electroanal. Chem. 540, 17 (2003).

With the filled part eta = v sum c, q = eta / (1 - eta) and v = pi a^3 N_A / 6,

    mu_ex = 8 q + 7 q^2 + 2 q^3 = (8 eta - 9 eta^2 + 3 eta^3) / (1 - eta)^3,
    Pi / (RT sum c) = 1 + 4 q + 6 q^2 + 2 q^3 = (1 + eta + eta^2 - eta^3) / (1 - eta)^3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from meshes.quantity import PositiveLength
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.packing import sphere_volume, too_full, too_small
from solver.physics.solution import Solution

STEPS = 7
"""Newton steps for ln q: rounding for all ln(v sum y) up to 100."""

FREEZING = 0.494
"""Filled part at which hard spheres freeze (Hoover and Ree, J. Chem. Phys. 49, 3609 (1968)): no reservoir is beyond."""


class CarnahanStarling(ElectrolyteModel):
    """Ions as hard spheres of one diameter."""

    takes_room: ClassVar[bool] = True

    type: Literal["carnahan_starling"] = "carnahan_starling"
    size: PositiveLength
    """Diameter of an ion with the water that it carries."""

    def _volume(self, scale: float) -> float:
        return sphere_volume(self.size, scale)

    def largest_concentrations(self, names: Sequence[str]) -> dict[str, float]:
        """Where spheres freeze."""
        return dict.fromkeys(names, FREEZING / self._volume(1.0))

    def diameters(self, names: Sequence[str]) -> dict[str, float]:
        """One for all."""
        return dict.fromkeys(names, self.size)

    def objection(self, solution: Solution) -> str | None:
        """Ions that would freeze."""
        volume = self._volume(1.0)
        return too_small({"size": self.size}) or too_full(
            volume * sum(solution.concentrations), FREEZING, "size", FREEZING / volume
        )

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """c_i = y_i exp(-mu_ex), y_i = exp(mu_i - z_i y)."""
        u = self._crowding(mu, potential, valences, scale, m)
        excess = excess_potential(m.exp(u))
        return [m.exp(mu_i - z * potential - excess) for mu_i, z in zip(mu, valences, strict=True)]

    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i = ln c_i + mu_ex."""
        eta = self._volume(scale) * sum(concentrations)
        excess = excess_potential(eta / (1.0 - eta))
        return [m.ln(c) + excess for c in concentrations]

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """Of hard spheres."""
        total = sum(concentrations)
        eta = self._volume(scale) * total
        return total * compressibility(eta / (1.0 - eta))

    def osmotic_pressure_at(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> Any:
        """The same by q."""
        q = m.exp(self._crowding(mu, potential, valences, scale, m))
        return q / (1.0 + q) * compressibility(q) / self._volume(scale)

    def unsolved(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float) -> Any:
        """ln eta + mu_ex - ln(v sum y)."""
        u = self._crowding(mu, potential, valences, scale, NUMBERS)
        return np.abs(_left(u, self._drive(mu, potential, valences, scale, NUMBERS), NUMBERS))

    def _drive(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """X = ln(v sum y)."""
        return m.ln(self._volume(scale) * sum(m.exp(e - z * potential) for e, z in zip(mu, valences, strict=True)))

    def _crowding(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """u = ln q with ln eta + mu_ex = X, by Newton's method, written out; the start is near the root for every X."""
        drive = self._drive(mu, potential, valences, scale, m)
        return packed(drive, m)


def packed(drive: Any, m: Algebra, steps: int = STEPS) -> Any:
    """u = ln(eta / (1 - eta)) with ln eta + mu_ex(eta) = drive."""
    dense = m.less(0.0, drive)
    low = m.where(dense, 0.0 * drive, drive)  # what is not chosen must not overflow either
    high = m.where(dense, drive, 0.0 * drive)
    u = m.where(dense, -1.6 + 0.9 * m.ln(1.0 + high / 2.0), low - 1.5 * m.ln(1.0 + 3.0 * m.exp(low)))
    for _ in range(steps):
        q = m.exp(u)
        u = u - _left(u, drive, m) / (1.0 / (1.0 + q) + q * (8.0 + q * (14.0 + 6.0 * q)))
    return u


def excess_potential(q: Any) -> Any:
    """mu_ex by q = eta / (1 - eta)."""
    return q * (8.0 + q * (7.0 + 2.0 * q))


def compressibility(q: Any) -> Any:
    """Pi / (RT sum c)."""
    return 1.0 + q * (4.0 + q * (6.0 + 2.0 * q))


def _left(u: Any, drive: Any, m: Algebra) -> Any:
    """ln eta + mu_ex - X."""
    q = m.exp(u)
    return u - m.ln(1.0 + q) + excess_potential(q) - drive
