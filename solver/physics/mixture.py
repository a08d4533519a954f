"""How the ions of a solution are distributed in an electric potential: the closure that closed forms and profiles use.

Potentials are in thermal voltages, concentrations in mol/m^3 or in units of a scale. The ideal mixture is here; other models
are laws of their own (`solver.laws.electrolytes`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


def ideal_concentration(mu: Any, potential: Any, valence: int, exp: Callable[[Any], Any] = np.exp) -> Any:
    """c = exp(mu - z y): concentration at an electrochemical potential mu (over RT) and a potential y (thermal voltages)."""
    return exp(mu - valence * potential)


class Mixture(Protocol):
    """Distribution of ions about a bulk solution (mol/m^3) in a potential against it (thermal voltages, any shape)."""

    @property
    def is_ideal(self) -> bool:
        """Whether closed forms of ideal solutions hold."""

    @property
    def takes_room(self) -> bool:
        """Whether ions take room, so that no potential packs them beyond some concentration."""

    def in_equilibrium(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> list[Any]:
        """Concentration of each species, mol/m^3."""

    def log_activities(self, bulk: Sequence[float]) -> list[float]:
        """Logarithm of the activity of each species in a solution, mol/m^3."""

    def osmotic_excess(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """Osmotic pressure beyond that of the bulk, over RT (mol/m^3)."""

    def charge_slope(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """-d(sum z c)/dy, mol/m^3."""


@dataclass(frozen=True)
class IdealMixture:
    """Boltzmann's distribution of point ions."""

    is_ideal: bool = True
    takes_room: bool = False

    def in_equilibrium(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> list[Any]:
        """c_i exp(-z_i y)."""
        return [ideal_concentration(np.log(c), potential, z) if c > 0.0 else 0.0 * potential
                for c, z in zip(bulk, valences, strict=True)]  # fmt: skip

    def log_activities(self, bulk: Sequence[float]) -> list[float]:
        """ln c_i."""
        return [math.log(c) if c > 0.0 else -math.inf for c in bulk]

    def osmotic_excess(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """sum c_i (exp(-z_i y) - 1). The linear terms sum to zero by neutrality; without them small potentials do not
        cancel."""
        found: Any = 0.0
        for c, z in zip(bulk, valences, strict=True):
            x = -z * np.asarray(potential, dtype=float)
            found = found + c * np.where(np.abs(x) < 1e-4, 0.5 * x * x * (1.0 + x / 3.0), np.expm1(x) - x)
        return found

    def charge_slope(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """sum z_i^2 c_i exp(-z_i y)."""
        local = self.in_equilibrium(bulk, potential, valences)
        return sum(z * z * c for z, c in zip(valences, local, strict=True))


IDEAL = IdealMixture()
"""The ideal mixture."""
