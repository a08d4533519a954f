"""Marcus-Hush-Chidsey kinetics: electrons of all energies of the metal, weighted with Fermi's distribution.

Chidsey, Science 251, 919 (1991). With the reorganisation energy lam and the driving force x in kT the rate of oxidation is

    S(x) = int exp(-(y - lam + x)^2/(4 lam)) / (1 + exp(y)) dy,

from which exp(-x) S(x) is that of reduction. Shifted by x, the Gaussian is the same for all x:

    S(x) = int exp(-y^2/(4 lam) - lam/4 + y/2) / (1 + exp(y - x)) dy.

The trapezoidal rule with the step h converges exponentially fast until the poles of Fermi's function at
y = x +- i pi (2m + 1) limit it. What a pole adds is known in closed form (its residue times 1/(exp(-2 pi i y/h) - 1)) and
taken off for those next to the real axis: Trefethen and Weideman, SIAM Review 56, 385 (2014).

The approximation in closed form is that of Zeng, Smith, Bai and Bazant, J. Electroanal. Chem. 735, 77 (2014); it is up to
11 % off at small reorganisation energies, and exact at large driving forces.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import misfit
from solver.laws.algebra import Algebra
from solver.laws.electrodes.base import Interface
from solver.laws.electrodes.marcus import ReorganizingKinetics, out_of_range

SMALLEST_ENERGY, LARGEST_ENERGY = 2.0, 80.0
"""Reorganisation energies in kT between which the sum below is exact to 1e-8."""

STEP = 1.9
"""Of the sum: at most 1.35 times the root of the smallest energy."""

NODES = 65
"""Of the sum on each side of 0: for driving forces up to 40, at the largest energy."""

POLES = 2
"""Pairs of poles that are taken off."""


def oxidation_rate(energy: Any, drive: Any, m: Algebra) -> Any:
    """S(x) to 1e-8 for |x| <= 40.

    energy, drive: reorganisation energy and driving force in kT.
    """
    fermi = m.exp(-drive)
    total: Any = 0.0
    for y in STEP * np.arange(-NODES, NODES + 1.0):
        weight = STEP * m.exp(float(0.5 * y) - float(y * y) / (4.0 * energy) - 0.25 * energy)
        total = total + weight / (1.0 + fermi * math.exp(y))
    for k in range(POLES):
        pole = math.pi * (2 * k + 1)
        decay = math.exp(-2.0 * math.pi * pole / STEP)
        a, b = 2.0 * math.pi / STEP * drive, pole / (2.0 * energy) * drive
        residue = m.exp(pole * pole / (4.0 * energy) - 0.25 * energy - drive * drive / (4.0 * energy) + 0.5 * drive)
        oscillation = (decay * m.cos(a - b) - decay**2 * m.cos(b)) / (1.0 - 2.0 * decay * m.cos(a) + decay**2)
        total = total - (-1) ** k * 4.0 * math.pi * residue * oscillation
    return total


def approximate_oxidation_rate(energy: Any, drive: Any, m: Algebra) -> Any:
    """Closed form near S(x)."""
    root = m.sqrt(energy)
    bound = (energy - m.sqrt(1.0 + root + drive * drive)) / (2.0 * root)
    return m.sqrt(math.pi * energy) / (1.0 + m.exp(-drive)) * (1.0 - m.erf(bound))


class MarcusHushChidsey(ReorganizingKinetics):
    """Marcus-Hush-Chidsey: k(x) = S(x)/S(0), an integral over the energies of the electrons in the metal."""

    type: Literal["marcus_hush_chidsey"] = "marcus_hush_chidsey"
    integral: Literal["exact", "approximate"] = "exact"
    """Exact to 1e-8, or the closed form of Zeng et al. (2014), up to 11 % off at small reorganisation energies."""

    @model_validator(mode="after")
    def _is_in_the_range(self) -> Self:
        text = out_of_range(self.reorganization_energy, SMALLEST_ENERGY, LARGEST_ENERGY)
        if self.integral == "exact" and text:
            raise misfit("reorganization_energy", f"{text}; write e.g. '0.4 eV', or 'integral: approximate'")
        return self

    @property
    def form(self) -> object:
        """Which of both formulas."""
        return self.integral

    def constant(self, s: Interface, m: Algebra) -> Any:
        """S(x)/S(0)."""
        rate = oxidation_rate if self.integral == "exact" else approximate_oxidation_rate
        return rate(self.energy(s), s.drive, m) / rate(self.energy(s), 0.0 * s.drive, m)
