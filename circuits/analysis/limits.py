"""Where an operating point loses its stability along a key: Hopf points, and points at which it begins to run away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from circuits.analysis.stability import Stability
from circuits.arrays import Array
from circuits.solving.newton import CircuitFailure

ACCURACY = 1e-10
"""Of a limit, as a part of the distance of the values on both its sides."""


@dataclass(frozen=True)
class Found:
    """An operating point. unknowns: of the network. Shape (n,)."""

    unknowns: Array
    stability: Stability


@dataclass(frozen=True)
class Limit:
    """A value at which the largest real part of the eigenvalues passes zero.

    Attributes:
        value: of the key.
        found: the operating point there.
        becomes_stable: whether the state is stable beyond, at larger values of the list.
    """

    value: float
    found: Found
    becomes_stable: bool

    @property
    def is_hopf(self) -> bool:
        """Whether a pair of complex eigenvalues passes: an oscillation begins, rather than a change to another state."""
        return self.found.stability.frequency > 0.0


def limits(at: Callable[[float], Found], values: Sequence[float]) -> Iterator[Limit]:
    """All limits between neighbouring values, in their order.

    at: the operating point with a value of the key.

    Raises:
        CircuitFailure: an operating point is not reached, or its growth jumps where it changes its sign.
    """
    from scipy.optimize import brentq

    before: tuple[float, float] | None = None
    for value in values:
        growth = at(value).stability.growth
        if before is not None and (before[1] < 0.0) != (growth < 0.0):
            last = before[0]
            root = float(
                brentq(lambda x: at(x).stability.growth, last, value, xtol=ACCURACY * abs(value - last), rtol=1e-14)
            )
            found = at(root)
            largest = max(abs(before[1]), abs(growth))
            if abs(found.stability.growth) > 1e-3 * largest or not np.isfinite(largest):
                text = f"the growth of the operating point jumps near {root:.6g}, where another state begins"
                raise CircuitFailure(text)
            yield Limit(root, found, becomes_stable=growth < 0.0)
        before = value, growth


__all__ = ["Found", "Limit", "limits"]
