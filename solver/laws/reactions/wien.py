"""The second Wien effect: a field helps to dissociate pairs of ions, and alone does not change how these find each other.

With the Bjerrum length l_B = e^2/(4 pi eps k T), a pair of valences z_1 and z_2 dissociates faster in the field E by

    F(b) = I_1(sqrt(8 b)) / sqrt(2 b) = sum_n (2 b)^n / (n! (n + 1)!) = 1 + b + b^2/3 + b^3/18 + ...,
    b = |z_1 z_2| l_B/2 * |z_1 D_1 - z_2 D_2| / (D_1 + D_2) * e E / (k T),

for ions of one valence e^3 E / (8 pi eps (k T)^2): Onsager, J. Chem. Phys. 2, 599 (1934). I_1 is the modified Bessel
function. That is for a uniform solution. Where all rests, as in a double layer, gradients of concentrations hold up the
field, and detailed balance wants that ions find each other faster by the same factor. In between the field counts for the
association as far as it is held up: the ions of a pair part with w = -D_1 grad mu_1 + D_2 grad mu_2 (electrochemical
potentials in k T), which is w_E in the field alone, and

    rate = F(b) k_d a_pair - F(b') k_a a_1 a_2,    b' = b (1 - w . w_E / w_E^2), between 0 and b,

is a closure of our own that is exact in both limits.
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

SMALLEST_DRIFT = 1.0
"""1/m: rounds off the cusp at zero."""


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


def factors(first: str, second: str, field: Field, m: Algebra) -> tuple[Any, Any]:
    """Factors of the dissociation into two ions and of their association."""
    z1, z2 = field.valences[first], field.valences[second]
    d1, d2 = field.diffusivities[first], field.diffusivities[second]
    share = d1 / (d1 + d2)
    by_field = [(z1 * share - z2 * (1 - share)) * slope for slope in field.potential_slope]
    slopes = zip(field.slopes[first], field.slopes[second], strict=True)
    parting = [share * one - (1 - share) * other for one, other in slopes]
    strength = m.sqrt(sum(each * each for each in by_field) + SMALLEST_DRIFT**2)
    along = sum(a * b for a, b in zip(parting, by_field, strict=True)) / strength
    held = strength - m.where(m.less(along, 0.0), 0.0, along)
    held = m.where(m.less(held, 0.0), 0.0, held)
    unit = abs(z1 * z2) * field.bjerrum_length / 2
    return enhancement(unit * strength, m), enhancement(unit * held, m)
