"""What a model of the electrolyte has to tell: how concentrations and electrochemical potentials belong together.

Electrochemical potentials are divided by RT and refer to a concentration `scale` (mol/m^3): mu_i = ln(c_i / scale) + z_i y +
(excess), with the potential y in thermal voltages. The whole excess of a model is part of mu_i: then equilibrium is mu_i =
const on any mesh, and the body force -RT sum (c_i - c_v,i) grad mu_i needs no further term (Gibbs-Duhem).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from meshes.quantity import Description
from solver.laws.algebra import NUMBERS, Algebra
from solver.physics.solution import Solution

NEUTRAL_STEPS = 5
"""Newton steps for the neutral potential of more than two valences: 1e-12 thermal voltages for valences from -2 to 3."""

DONNAN_RANGE, DONNAN_STEPS = 80.0, 60
"""Thermal voltages in which a Donnan potential is sought: a fixed charge of 1e34 times the salt; steps to rounding."""

SLOPE_STEP = 1e-4
"""Step (thermal voltages) of the difference quotient for the slope of the charge."""

SMALL, GAUSS_POINTS = 0.05, 4
"""Thermal voltages below which osmotic pressures are integrals, and the nodes of these: 1e-12 of them."""


class ElectrolyteModel(Description):
    """Thermodynamics of the ions. A subclass is one model: its keys, its formulas, its source."""

    is_ideal: ClassVar[bool] = False
    """Whether closed forms of ideal solutions hold."""
    balances_fixed_charge: ClassVar[bool] = False
    """Whether `potential_beside` is known: electroneutral devices need it."""
    takes_room: ClassVar[bool] = False
    """Whether ions take room, so that no potential packs them beyond some concentration."""

    def of_species(self, names: Sequence[str]) -> Self:
        """The model for species of these names: what it knows of single ones is in their order, and complete.

        Raises:
            PydanticCustomError: with the key below that of the model, for what it lacks or does not know.
        """
        return self

    def of_electrolyte(self, valences: Mapping[str, int], relative_permittivity: float, temperature: float) -> Self:
        """The model for species of these names and valences in a solvent; see `of_species`."""
        return self.of_species(tuple(valences))

    @abstractmethod
    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """Concentration of each species in units of `scale` at electrochemical potentials mu and a potential (thermal
        voltages)."""

    @abstractmethod
    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i at zero potential of concentrations in units of `scale`: the inverse of `concentrations`."""

    def activities(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], m: Algebra) -> list[Any]:
        """Activity of each species in units of `scale`: in a free solution its concentration times its coefficient."""
        return [m.exp(mu_i - z * potential) for mu_i, z in zip(mu, valences, strict=True)]

    @abstractmethod
    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """Osmotic pressure of a solution, in RT times `scale`."""

    def osmotic_pressure_at(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> Any:
        """The same of the solution that `concentrations` gives, in a form that is right where the ions leave hardly any
        room."""
        return self.osmotic_pressure(self.concentrations(mu, potential, valences, scale, m), scale, m)

    def unsolved(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float) -> Any | None:
        """What is left of an equation that the model solves within `concentrations`, in thermal voltages: rounding. Numbers;
        None for a model without one."""
        return None

    def largest_concentrations(self, names: Sequence[str]) -> dict[str, float]:
        """mol/m^3 of each species alone at which the model has no room left; nothing for point ions."""
        return {}

    def diameters(self, names: Sequence[str]) -> dict[str, float]:
        """m of species that take room; nothing for point ions."""
        return {}

    def caution(self, solution: Solution) -> str | None:
        """For what the model was not made in a solution that it has; None where it was."""
        return None

    def objection(self, solution: Solution) -> str | None:
        """Why the model has no such solution, such as ions beyond close packing; None when it has."""
        return None

    def neutral_potential(self, mu: Sequence[Any], valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """Potential y_v (thermal voltages) of the neutral solution with the same mu: sum_i z_i c_i(mu, y_v) = 0.

        Of every model in which the species share one activity coefficient, as then sum_i z_i exp(mu_i - z_i y_v) = 0.
        Newton's method for ln(charge of the cations) = ln(charge of the anions), written out: the first step is exact when
        the cations have one valence and the anions one; otherwise the function is nearly linear, and a few steps do. It
        begins at the potential of the first cation and anion alone, so that no exponential is out of range, whatever the
        voltage against the potential's zero.
        """
        distinct = {z for z in valences if z}
        pairs = list(zip(mu, valences, strict=True))
        (cation, high), (anion, low) = next(pair for pair in pairs if pair[1] > 0), next(p for p in pairs if p[1] < 0)
        y = (cation - anion) / (high - low)
        for _ in range(1 if len(distinct) == 2 else NEUTRAL_STEPS):
            share = [z * m.exp(mu_i - z * y) for mu_i, z in zip(mu, valences, strict=True)]
            positive = sum(s for s, z in zip(share, valences, strict=True) if z > 0)
            negative = -sum(s for s, z in zip(share, valences, strict=True) if z < 0)
            slope = sum(s * z / (positive if z > 0 else negative) for s, z in zip(share, valences, strict=True))
            y = y + m.ln(positive / negative) / slope
        return y

    def neutral_slopes(self, mu: Sequence[Any], valences: Sequence[int], potential: Any, scale: float) -> list[Any]:
        """Derivatives of `neutral_potential` by each of mu, given its value: z_i c_v,i / sum_j z_j^2 c_v,j; of the same
        models."""
        exponents = [mu_i - z * potential for mu_i, z in zip(mu, valences, strict=True)]
        largest = np.max(exponents, axis=0)
        weights = [np.exp(exponent - largest) for exponent in exponents]
        total = sum(z * z * w for z, w in zip(valences, weights, strict=True))
        return [z * w / total for z, w in zip(valences, weights, strict=True)]

    def potential_beside(self, mu: Sequence[Any], fixed: Any, valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """Potential (thermal voltages) at which ions of electrochemical potentials mu balance a fixed charge (in units of
        `scale`), as a formula: sum_i z_i c_i(mu, y) + fixed = 0."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for the potential beside fixed charges")

    def donnan_potential(self, mu: Sequence[Any], fixed: Any, valences: Sequence[int], scale: float) -> Any:
        """Potential (thermal voltages) at which the ions balance fixed charges (in units of `scale`): the root of
        sum_i z_i c_i(mu, y) + fixed = 0, by bisection. Shape of `fixed`."""
        fixed = np.asarray(fixed, dtype=float)
        low, high = np.full(fixed.shape, -DONNAN_RANGE), np.full(fixed.shape, DONNAN_RANGE)
        for _ in range(DONNAN_STEPS):
            middle = (low + high) / 2
            ions = self.concentrations(list(mu), middle, valences, scale, NUMBERS)
            positive = sum(z * c for z, c in zip(valences, ions, strict=True)) + fixed > 0
            low, high = np.where(positive, middle, low), np.where(positive, high, middle)
        return (low + high) / 2

    # ---------------------------------------------------------------------- a mixture of solver.physics.mixture
    def in_equilibrium(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> list[Any]:
        """Concentrations (mol/m^3) where the potential against a bulk solution (mol/m^3) is `potential`, thermal voltages."""
        scale = float(max(bulk))
        mu = self.chemical_potentials([c / scale for c in bulk], scale, NUMBERS)
        return [scale * c for c in self.concentrations(mu, potential, valences, scale, NUMBERS)]

    def log_activities(self, bulk: Sequence[float]) -> list[float]:
        """Logarithm of the activity of each species in a solution, mol/m^3: the excess is part of it."""
        scale = float(max(bulk))
        mu = self.chemical_potentials([c / scale for c in bulk], scale, NUMBERS)
        return [float(each) + math.log(scale) for each in mu]

    def osmotic_excess(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """Osmotic pressure beyond that of the bulk, over RT (mol/m^3). At small potentials, where the difference would be
        rounding, it is minus the integral of the charge over the potential (Gibbs-Duhem)."""
        scale, y = float(max(bulk)), np.asarray(potential, dtype=float)
        mu = self.chemical_potentials([c / scale for c in bulk], scale, NUMBERS)
        of_bulk = self.osmotic_pressure([c / scale for c in bulk], scale, NUMBERS)
        difference = self.osmotic_pressure_at(mu, y, valences, scale, NUMBERS) - of_bulk
        integral = np.zeros_like(y)
        for node, weight in zip(*np.polynomial.legendre.leggauss(GAUSS_POINTS), strict=True):
            ions = self.concentrations(mu, 0.5 * (1.0 + node) * y, valences, scale, NUMBERS)
            integral -= 0.5 * weight * y * sum(z * c for z, c in zip(valences, ions, strict=True))
        return scale * np.maximum(np.where(np.abs(y) < SMALL, integral, difference), 0.0)

    def charge_slope(self, bulk: Sequence[float], potential: Any, valences: Sequence[int]) -> Any:
        """-d(sum z c)/dy (mol/m^3), by a central difference."""

        def charge(y: Any) -> Any:
            return sum(z * c for z, c in zip(valences, self.in_equilibrium(bulk, y, valences), strict=True))

        return (charge(potential - SLOPE_STEP) - charge(potential + SLOPE_STEP)) / (2 * SLOPE_STEP)
