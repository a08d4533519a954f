"""Ions of different sizes on a lattice of solvent molecules (Lu and Zhou, Biophys. J. 100, 2475 (2011)).

With the volumes v_i = a_i^3 N_A of ions and v_0 of solvent, r_i = v_i / v_0, and the part s = 1 - sum v_i c_i that the
solvent fills,

    mu_i = ln c_i - r_i ln s,      Pi / RT = sum (1 - r_i) c_i - (ln s) / v_0,

which obey Gibbs and Duhem, d Pi = RT sum c_i d mu_i. With ions of the solvent's size it is Bikerman's model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from meshes.quantity import PositiveLength
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrolytes.by_species import SizesBySpecies
from solver.laws.electrolytes.packing import lattice_volume, too_full, too_small
from solver.physics.solution import Solution

STEPS = 8
"""Newton steps for ln s: rounding for ions of up to 30 times the volume of the solvent's molecules."""


class LatticeGas(SizesBySpecies):
    """Ions of different sizes among solvent molecules: each takes a cube of its diameter."""

    type: Literal["lattice_gas"] = "lattice_gas"
    solvent_size: PositiveLength = 0.311e-9
    """Edge of the cube that a molecule of the solvent takes: the default is that of water."""

    def _volumes(self, scale: float) -> list[float]:
        return [lattice_volume(size, scale) for size in self.sizes.values()]

    @property
    def _ratios(self) -> list[float]:
        """r_i."""
        return [(size / self.solvent_size) ** 3 for size in self.sizes.values()]

    def largest_concentrations(self, names: Sequence[str]) -> dict[str, float]:
        """1 / v_i."""
        return {name: 1.0 / v for name, v in zip(names, self._volumes(1.0), strict=True)}

    def objection(self, solution: Solution) -> str | None:
        """Ions that have no room."""
        filled = sum(v * c for v, c in zip(self._volumes(1.0), solution.concentrations, strict=True))
        return too_small({**self.sizes, "solvent_size": self.solvent_size}) or too_full(
            filled, 1.0, "sizes", sum(solution.concentrations) / filled
        )

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """c_i = y_i s^r_i, y_i = exp(mu_i - z_i y)."""
        exponents = [mu_i - z * potential for mu_i, z in zip(mu, valences, strict=True)]
        free = self._free(exponents, scale, m)
        return [m.exp(e + r * free) for e, r in zip(exponents, self._ratios, strict=True)]

    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i = ln c_i - r_i ln s."""
        free = m.ln(1.0 - sum(v * c for v, c in zip(self._volumes(scale), concentrations, strict=True)))
        return [m.ln(c) - r * free for c, r in zip(concentrations, self._ratios, strict=True)]

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """See above."""
        free = m.log1p(-sum(v * c for v, c in zip(self._volumes(scale), concentrations, strict=True)))
        return self._pressure(concentrations, free, scale)

    def osmotic_pressure_at(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> Any:
        """The same by ln s, which is rounding in dilute solutions and follows from the ions there."""
        exponents = [mu_i - z * potential for mu_i, z in zip(mu, valences, strict=True)]
        free = self._free(exponents, scale, m)
        ions = [m.exp(e + r * free) for e, r in zip(exponents, self._ratios, strict=True)]
        filled = sum(v * c for v, c in zip(self._volumes(scale), ions, strict=True))
        dilute = m.less(filled, 0.5)
        free = m.where(dilute, m.log1p(-m.where(dilute, filled, 0.0 * filled)), free)
        return self._pressure(ions, free, scale)

    def _pressure(self, ions: Sequence[Any], free: Any, scale: float) -> Any:
        parts = sum((1.0 - r) * c for c, r in zip(ions, self._ratios, strict=True))
        return parts - free / lattice_volume(self.solvent_size, scale)

    def unsolved(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float) -> Any:
        """ln(s + sum v_i c_i)."""
        exponents = [mu_i - z * potential for mu_i, z in zip(mu, valences, strict=True)]
        free = self._free(exponents, scale, NUMBERS)
        return np.abs(np.log(sum(_parts(exponents, free, self._ratios, self._volumes(scale), NUMBERS))))

    def _free(self, exponents: Sequence[Any], scale: float, m: Algebra) -> Any:
        """ln s, from s + sum v_i y_i s^r_i = 1: Newton's method, written out, for the logarithm of the left side, which is
        convex and increasing in ln s; from the start above the root it comes down to it."""
        ratios, volumes = self._ratios, self._volumes(scale)
        free = 0.0 * sum(exponents)
        for e, v, r in zip(exponents, volumes, ratios, strict=True):
            free = _smaller(free, -(e + math.log(v)) / r, m)
        for _ in range(STEPS):
            solvent, *ions = _parts(exponents, free, ratios, volumes, m)
            slope = solvent + sum(r * part for r, part in zip(ratios, ions, strict=True))
            whole = solvent + sum(ions)
            free = free - m.ln(whole) * whole / slope
        return free

    # ---------------------------------------------------------------------- the neutral solution
    def neutral_potential(self, mu: Sequence[Any], valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """At each ln s the ions have the electrochemical potentials mu_i + r_i ln s of an ideal solution, whose neutral
        potential is known; the same iteration for ln s goes along it."""
        ratios, volumes = self._ratios, self._volumes(scale)

        def neutral(free: Any) -> tuple[Any, list[Any]]:
            raised = [e + r * free for e, r in zip(mu, ratios, strict=True)]
            y = super(LatticeGas, self).neutral_potential(raised, valences, scale, m)
            return y, [m.exp(e - z * y) for e, z in zip(raised, valences, strict=True)]

        def rates(ions: Sequence[Any]) -> list[Any]:
            """d ln c_i / d ln s."""
            whole = sum(z * z * c for z, c in zip(valences, ions, strict=True))
            slope = sum(z * r * c for z, r, c in zip(valences, ratios, ions, strict=True)) / whole
            return [r - z * slope for r, z in zip(ratios, valences, strict=True)]

        _, ions = neutral(0.0 * sum(mu))
        free, least = 0.0 * sum(mu), min(ratios)
        for c, v, rate in zip(ions, volumes, rates(ions), strict=True):
            free = _smaller(free, -m.ln(v * c) / m.where(m.less(rate, least), least + 0.0 * rate, rate), m)
        for _ in range(STEPS):
            _, ions = neutral(free)
            parts = [v * c for v, c in zip(volumes, ions, strict=True)]
            whole = m.exp(free) + sum(parts)
            slope = m.exp(free) + sum(rate * part for rate, part in zip(rates(ions), parts, strict=True))
            free = free - m.ln(whole) * whole / slope
        return neutral(free)[0]


def _smaller(a: Any, b: Any, m: Algebra) -> Any:
    return m.where(m.less(a, b), a, b)


def _parts(
    exponents: Sequence[Any], free: Any, ratios: Sequence[float], volumes: Sequence[float], m: Algebra
) -> list[Any]:
    """s, then v_i c_i."""
    ions = zip(exponents, ratios, volumes, strict=True)
    return [m.exp(free), *(m.exp(e + math.log(v) + r * free) for e, r, v in ions)]
