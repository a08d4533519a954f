"""The second Wien effect: a field helps to dissociate pairs of ions, and does not change how these find each other.

With the Bjerrum length l_B = e^2/(4 pi eps k T), a pair of valences z_1 and z_2 dissociates faster in the field E by

    F(b) = I_1(sqrt(8 b)) / sqrt(2 b) = sum_n (2 b)^n / (n! (n + 1)!) = 1 + b + b^2/3 + b^3/18 + ...,
    b = |z_1 z_2| l_B/2 * |z_1 D_1 - z_2 D_2| / (D_1 + D_2) * e E / (k T),

for ions of one valence e^3 E / (8 pi eps (k T)^2): Onsager, J. Chem. Phys. 2, 599 (1934). I_1 is the modified Bessel
function.
"""

from __future__ import annotations

import math
from typing import Any

from solver.laws.algebra import Algebra
from solver.laws.reactions.base import Field

TERMS, LARGEST = 48, 60.0
"""Terms of the sum, which are enough for rounding up to this b; beyond it the asymptotic series of the Bessel function,
to 1e-9."""

ASYMPTOTIC_TERMS = 6
"""Of that series."""

SMALLEST_FIELD = 1.0
"""Thermal voltages per metre: rounds off the cusp of |E| at zero."""


def enhancement(b: Any, m: Algebra) -> Any:
    """Onsager's factor F(b)."""
    x = 2 * m.where(m.less(b, LARGEST), b, LARGEST)
    series: Any = 1.0
    for n in range(TERMS, 0, -1):
        series = 1.0 + x / (n * (n + 1)) * series
    y = m.sqrt(8 * m.where(m.less(b, LARGEST), LARGEST, b))
    tail, term = 1.0 + 0 * y, 1.0 + 0 * y
    for k in range(1, ASYMPTOTIC_TERMS + 1):
        term = term * ((2 * k - 1) ** 2 - 4) / (8 * k * y)
        tail = tail + term
    far = m.exp(y) / m.sqrt(2 * math.pi * y) * tail / (y / 2)
    return m.where(m.less(b, LARGEST), series, far)


def field_energy(first: str, second: str, field: Field, m: Algebra) -> Any:
    """b of the pair of two ions."""
    z1, z2 = field.valences[first], field.valences[second]
    d1, d2 = field.diffusivities[first], field.diffusivities[second]
    drift = abs(z1) * d1 + abs(z2) * d2  # valences of unlike sign
    strength = m.sqrt(field.square + SMALLEST_FIELD**2)
    return abs(z1 * z2) * field.bjerrum_length / 2 * drift / (d1 + d2) * strength
