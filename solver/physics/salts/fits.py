"""Formulas that are fitted to tables: what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

TEMPERATURE = 298.15
"""K, of all tables."""
SAME_TEMPERATURE = 0.5
"""K within which they hold: conductivities change by 2 % a kelvin."""

Pair = tuple[str, str]
"""Names of a cation and an anion."""


class Functions(Protocol):
    """What the formulas need of an algebra (`solver.laws.algebra`)."""

    def exp(self, x: Any) -> Any:
        """Exponential."""

    def sqrt(self, x: Any) -> Any:
        """Square root."""

    def less(self, a: Any, b: Any) -> Any:
        """Condition a < b."""

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Choice by a condition."""


def up_to(end: float, value: Any, m: Functions) -> Any:
    """A value that stays at `end` beyond it."""
    return m.where(m.less(value, end), value, end)


def fitted(columns: Sequence[Any], values: Any, scales: Any) -> tuple[float, ...]:
    """Coefficients of columns whose sum has the least squares of differences from values over scales."""
    found, *_ = np.linalg.lstsq(np.stack(columns, axis=1) / scales[:, None], values / scales, rcond=None)
    return tuple(float(each) for each in found)
