"""Coefficients of the time steps: ESDIRK3(2)4L[2]SA.

Kennedy and Carpenter, Appl. Numer. Math. 44, 139 (2003), implicit part of ARK3(2)4L[2]SA: order 3, stage order 2, L-stable,
stiffly accurate (the last stage is the new state), with an embedded solution of order 2. All implicit stages have one
coefficient, so that one factorisation serves them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

DIAGONAL = 1767732205903 / 4055673282236
STAGES = (
    (0.0,),
    (DIAGONAL, DIAGONAL),
    (2746238789719 / 10658868560708, -640167445237 / 6845629431997, DIAGONAL),
    (1471266399579 / 7840856788654, -4482444167858 / 7529755066697, 11266239266428 / 11593286722821, DIAGONAL),
)
"""Coefficients a_ij; the last row is also that of the new state."""
EMBEDDED = (
    2756255671327 / 12835298489170,
    -10771552573575 / 22201958757719,
    9247589265047 / 10645013368117,
    2193209047091 / 5459859503100,
)
NODES = tuple(sum(row) for row in STAGES)
ORDER = 3


def _beyond_parabola() -> tuple[float, ...]:
    """Weights of the stages in what the last has beyond the parabola through those before it."""
    *before, last = NODES
    weights = [-prod((last - b) / (a - b) for b in before if b != a) for a in before]
    return (*weights, 1.0)


BEYOND_PARABOLA = _beyond_parabola()


def weighted(weights: Sequence[float], values: Sequence[np.ndarray]) -> np.ndarray:
    """Sum of arrays, each times its weight."""
    return np.asarray(np.sum([weight * value for weight, value in zip(weights, values, strict=True)], axis=0))
