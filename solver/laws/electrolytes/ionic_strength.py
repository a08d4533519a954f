"""Activity coefficients that follow from the ionic strength alone.

With one excess free energy f(I) per volume (over RT) of the ionic strength I = sum z_i^2 c_i / 2,

    ln gamma_i = z_i^2 f'(I) / 2 = z_i^2 h(I),      Pi / RT = sum c_i + I f'(I) - f(I),      f = 2 integral of h,

which obey Gibbs and Duhem, d Pi = RT sum c_i d mu_i. A subclass is one h. The inverse, c_i = exp(mu_i - z_i y - z_i^2
h(I)), is one equation for L = ln I: bisections from the range of h, then Newton's method, both written out.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import PrivateAttr
from typing_extensions import Self

from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.physics.salts.activity import debye_hueckel_constant, inverse_debye_length
from solver.physics.solution import Solution

CLOSE, STEPS = 0.15, 4
"""Width of the bracket of ln I at which Newton's method takes over, and its steps: rounding."""

STRENGTHS = np.geomspace(1e-8, 1e3, 400)
"""mol/L, among which extremes are sought."""

LEAST_SLOPE = 0.05
"""Least d(ln I - ln S)/d ln I of a stable solution in which the iteration is certain."""

SERIES = 0.02
"""Screening below which the integral of the limiting law is a series, since its terms would cancel."""


class ByIonicStrength(ElectrolyteModel):
    """Thermodynamics of ions whose activity coefficients are functions of the ionic strength."""

    meant_up_to: ClassVar[float] = math.inf
    """Ionic strength (mol/L) up to which the coefficients are those of real solutions."""

    _valences: tuple[int, ...] = PrivateAttr(default=())
    _constants: tuple[float, float] = PrivateAttr(default=(0.0, 0.0))

    def of_electrolyte(self, valences: Mapping[str, int], relative_permittivity: float, temperature: float) -> Self:
        """The model for ions of these valences in a solvent."""
        found = self.of_species(tuple(valences)).model_copy()
        found._valences = tuple(valences.values())
        found._constants = (
            debye_hueckel_constant(relative_permittivity, temperature),
            inverse_debye_length(relative_permittivity, temperature),
        )
        return found

    # ---------------------------------------------------------------------- what a model gives; I in mol/L
    @abstractmethod
    def coefficient(self, strength: Any, m: Algebra) -> Any:
        """h."""

    @abstractmethod
    def slope(self, strength: Any, m: Algebra) -> Any:
        """I dh/dI."""

    @abstractmethod
    def integral(self, strength: Any, m: Algebra) -> Any:
        """Integral of h from 0 to I, mol/L."""

    @property
    def _range(self) -> tuple[float, float]:
        """Least and largest h of all ionic strengths."""
        values = np.append(np.asarray(self.coefficient(STRENGTHS, NUMBERS)), 0.0)
        return float(values.min()), float(values.max())

    def objection(self, solution: Solution) -> str | None:
        """Ions of so many charges that solutions of them would come apart."""
        largest = max(z * z for z in solution.valences)
        if 1.0 + largest * float(np.min(self.slope(STRENGTHS, NUMBERS))) < LEAST_SLOPE:
            return (
                f"its activity coefficients make solutions of ions of valence {math.isqrt(largest)} unstable; write 'ideal',"
                " or a model of ions of finite size"
            )
        return None

    def caution(self, solution: Solution) -> str | None:
        """Too strong a solution."""
        strength = 0.5e-3 * solution.strength
        if strength <= self.meant_up_to * (1.0 + 1e-9):
            return None
        return (
            f"the activity coefficients of this model hold up to an ionic strength of {self.meant_up_to:g} mol/L, and this"
            f" solution has {strength:.3g} mol/L; 'measured' has those of single salts"
        )

    # ---------------------------------------------------------------------- the relation of concentrations and potentials
    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """ln c_i + z_i^2 h."""
        h = self.coefficient(self._strength(concentrations, scale), m)
        return [m.ln(c) + z * z * h for c, z in zip(concentrations, self._valences, strict=True)]

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """exp(mu_i - z_i y - z_i^2 h)."""
        exponents = [mu_i - z * potential for mu_i, z in zip(mu, valences, strict=True)]
        return _lowered(exponents, valences, self._coefficient_at(exponents, valences, scale, m), m)

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """sum c_i + 2 (I h - integral of h)."""
        strength = self._strength(concentrations, scale)
        excess = strength * self.coefficient(strength, m) - self.integral(strength, m)
        return sum(concentrations) + (2e3 / scale) * excess

    def unsolved(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float) -> Any:
        """ln I - ln(sum z^2 c / 2)."""
        exponents = [mu_i - z * potential for mu_i, z in zip(mu, valences, strict=True)]
        log = self._solved(exponents, valences, scale, NUMBERS, lambda h: (exponents, 0.0))
        ions = _lowered(exponents, valences, self.coefficient(np.exp(log), NUMBERS), NUMBERS)
        return np.abs(log - np.log(_strength_of(ions, valences, scale)))

    def _strength(self, concentrations: Sequence[Any], scale: float) -> Any:
        return _strength_of(concentrations, self._valences, scale)

    def _coefficient_at(self, exponents: Sequence[Any], valences: Sequence[int], scale: float, m: Algebra) -> Any:
        log = self._solved(exponents, valences, scale, m, lambda h: (exponents, 0.0))
        return self.coefficient(m.exp(log), m)

    def _solved(
        self,
        exponents: Sequence[Any],
        valences: Sequence[int],
        scale: float,
        m: Algebra,
        moved: Callable[[Any], tuple[Sequence[Any], float]],
    ) -> Any:
        """ln I, from I = S(h(I)) with S the sum of z^2 exp(e - z^2 h) / 2.

        moved: gives, for an h, the exponents e there, and 1 where these follow a potential that keeps the solution
        neutral (so that S changes less with h).
        """

        def sums(h: Any) -> tuple[Any, Any]:
            """ln S, and -d ln S/dh."""
            places, neutral = moved(h)
            ions = _lowered(places, valences, h, m)
            second, third, fourth = (
                sum(z**k * c for c, z in zip(ions, valences, strict=True) if z) for k in (2, 3, 4)
            )  # fmt: skip
            rate = fourth / second
            if neutral:
                rate = rate - (third / second) ** 2
            return m.ln((0.5e-3 * scale) * second), rate

        low, high = self._range
        zero = 0.0 * exponents[0]
        bottom, top = sums(zero + high)[0], sums(zero + low)[0]
        log, half = 0.5 * (bottom + top), 0.25 * (top - bottom)
        width = max(z * z for z in valences) * (high - low)
        for _ in range(max(0, math.ceil(math.log2(width / CLOSE))) if width > 0.0 else 0):
            above = m.less(sums(self.coefficient(m.exp(log), m))[0], log)
            log, half = log + m.where(above, -half, half), 0.5 * half
        for _ in range(STEPS):
            strength = m.exp(log)
            value, rate = sums(self.coefficient(strength, m))
            log = log - (log - value) / (1.0 + rate * self.slope(strength, m))
        return log

    # ---------------------------------------------------------------------- the neutral solution
    def neutral_potential(self, mu: Sequence[Any], valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """That of ions which share their activity coefficient where all have as many charges; otherwise the same iteration
        goes along the neutral potential of ideal ions of electrochemical potentials mu_i - z_i^2 h."""
        if len({abs(z) for z in valences if z}) == 1:
            return super().neutral_potential(mu, valences, scale, m)

        def potential(h: Any) -> Any:
            lowered = [mu_i - z * z * h for mu_i, z in zip(mu, valences, strict=True)]
            return super(ByIonicStrength, self).neutral_potential(lowered, valences, scale, m)

        def moved(h: Any) -> tuple[Sequence[Any], float]:
            y = potential(h)
            return [mu_i - z * y for mu_i, z in zip(mu, valences, strict=True)], 1.0

        log = self._solved(list(mu), valences, scale, m, moved)
        return potential(self.coefficient(m.exp(log), m))

    def neutral_slopes(self, mu: Sequence[Any], valences: Sequence[int], potential: Any, scale: float) -> list[Any]:
        """From the derivatives of both equations: that the solution is neutral, and that of the ionic strength."""
        exponents = [np.asarray(mu_i - z * potential) for mu_i, z in zip(mu, valences, strict=True)]
        log = self._solved(exponents, valences, scale, NUMBERS, lambda h: (exponents, 0.0))
        ions = _lowered(exponents, valences, self.coefficient(np.exp(log), NUMBERS), NUMBERS)
        second, third, fourth = (sum(z**k * c for c, z in zip(ions, valences, strict=True)) for k in (2, 3, 4))
        rate = self.slope(np.exp(log), NUMBERS)
        # second dy + rate third dL = sum z c dmu;  third dy + (second + rate fourth) dL = sum z^2 c dmu
        lower = second + rate * fourth
        determinant = second * lower - rate * third * third
        pairs = zip(valences, ions, strict=True)
        return [np.asarray((z * c * lower - rate * third * z * z * c) / determinant) for z, c in pairs]


def _lowered(exponents: Sequence[Any], valences: Sequence[int], h: Any, m: Algebra) -> list[Any]:
    """exp(e_i - z_i^2 h)."""
    return [m.exp(e - z * z * h) if z else m.exp(e) for e, z in zip(exponents, valences, strict=True)]


def _strength_of(concentrations: Sequence[Any], valences: Sequence[int], scale: float) -> Any:
    """I in mol/L of concentrations in units of `scale`."""
    return (0.5e-3 * scale) * sum(z * z * c for c, z in zip(concentrations, valences, strict=True) if z)


def screened(strength: Any, screening: float, m: Algebra) -> Any:
    """sqrt(I) / (1 + b sqrt(I))."""
    root = m.sqrt(strength)
    return root / (1.0 + screening * root)


def screened_slope(strength: Any, screening: float, m: Algebra) -> Any:
    """I d/dI of that."""
    root = m.sqrt(strength)
    return 0.5 * root / (1.0 + screening * root) ** 2


def screened_integral(strength: Any, screening: float, m: Algebra) -> Any:
    """Integral of that from 0 to I: 2 (x^2 / 2 - x + ln(1 + x)) / b^3 with x = b sqrt(I)."""
    x = screening * m.sqrt(strength)
    series: Any = 0.0
    for k in range(9, 2, -1):
        series = (1.0 if k % 2 else -1.0) / k + x * series
    whole = m.where(m.less(x, SERIES), x * x * x * series, 0.5 * x * x - x + m.ln(1.0 + x))
    return (2.0 / screening**3) * whole
