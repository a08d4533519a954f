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
    """An operating point with a value of the key. unknowns: of the network. Shape (n,)."""

    value: float
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


def limits(at: Callable[[float, Found | None], Found], values: Sequence[float]) -> Iterator[Limit]:
    """All limits between neighbouring values, in their order.

    at: the operating point with a value of the key that follows from another one, or from nothing.

    Raises:
        CircuitFailure: an operating point is not reached, or its growth jumps where it changes its sign.
    """
    from scipy.optimize import brentq

    before: Found | None = None
    for value in values:
        here = at(value, before)
        if before is not None and before.stability.is_stable != here.stability.is_stable:
            start = before
            root = float(
                brentq(
                    lambda x, start=start: at(x, start).stability.growth, start.value, value,
                    xtol=ACCURACY * abs(value - start.value), rtol=1e-14,
                )
            )  # fmt: skip
            found = at(root, start)
            largest = max(abs(start.stability.growth), abs(here.stability.growth))
            if abs(found.stability.growth) > 1e-3 * largest or not np.isfinite(largest):
                text = f"the operating point jumps to another state near {root:.6g}; ask for more values around it"
                raise CircuitFailure(text)
            yield Limit(root, found, becomes_stable=here.stability.is_stable)
        before = here


__all__ = ["Found", "Limit", "limits"]
