"""Electroneutrality beside fixed charges: the potential of an ideal solution whose ions balance them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solver.laws.algebra import Algebra

BALANCING_STEPS = 7
"""Newton steps for ions of unlike valences: 1e-7 thermal voltages for four kinds of ions of valences from -3 to 3 whose
concentrations lie 20 orders of magnitude apart, rounding for three."""


def potential_beside(mu: Sequence[Any], fixed: Any, valences: Sequence[int], m: Algebra) -> Any:
    """Root y (thermal voltages) of sum_i z_i exp(mu_i - z_i y) + fixed = 0.

    Closed form (an area hyperbolic sine) where all cations have one valence and all anions its opposite. Otherwise Newton's
    method, written out, for ln(charge of the cations + fixed positive charge) = ln(charge of the anions + fixed negative
    charge), in which every branch is nearly linear; it begins at the neutral potential of one cation and one anion.
    """
    cations = [(mu_i, z) for mu_i, z in zip(mu, valences, strict=True) if z > 0]
    anions = [(mu_i, -z) for mu_i, z in zip(mu, valences, strict=True) if z < 0]
    if len(found := {z for _, z in (*cations, *anions)}) == 1:
        return _symmetric(cations, anions, fixed, found.pop(), m)
    negative = m.less(fixed, 0)
    plus, minus = m.where(negative, 0 * fixed, fixed), m.where(negative, -fixed, 0 * fixed)
    y = (cations[0][0] - anions[0][0]) / (cations[0][1] + anions[0][1])
    for _ in range(BALANCING_STEPS):
        of_cations = [z * m.exp(mu_i - z * y) for mu_i, z in cations]
        of_anions = [z * m.exp(mu_i + z * y) for mu_i, z in anions]
        above, below = sum(of_cations) + plus, sum(of_anions) + minus
        slope = sum(z * c for c, (_, z) in zip(of_cations, cations, strict=True)) / above
        slope += sum(z * c for c, (_, z) in zip(of_anions, anions, strict=True)) / below
        y = y + m.ln(above / below) / slope
    return y


def _symmetric(cations: Sequence[Any], anions: Sequence[Any], fixed: Any, z: int, m: Algebra) -> Any:
    """The closed form for the valences z and -z: y = (ln(P / N) / 2 + asinh(fixed / (2 z sqrt(P N)))) / z, with the sums P
    and N of exp(mu_i) over cations and anions. The sign of the fixed charge keeps the logarithm from cancelling."""
    p, n = (_logarithm([mu_i for mu_i, _ in ions], m) for ions in (cations, anions))
    half = fixed / (2 * z * m.exp((p + n) / 2))
    sign = m.where(m.less(fixed, 0), -1.0, 1.0)
    return ((p - n) / 2 + sign * m.ln(sign * half + m.sqrt(half * half + 1))) / z


def _logarithm(mu: Sequence[Any], m: Algebra) -> Any:
    """ln of the sum of exp(mu_i)."""
    return mu[0] if len(mu) == 1 else mu[0] + m.ln(1 + sum(m.exp(other - mu[0]) for other in mu[1:]))
