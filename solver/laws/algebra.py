"""The functions that formulas of laws are written in: one set for numbers and arrays, another one for weak forms.

A law calls `m.exp(x)` and not `numpy.exp(x)`, so that the same formula gives numbers (for checks, profiles, cross-sections)
and symbolic expressions (for weak forms, whose derivatives follow from it). The symbolic set belongs to the compiled rooms.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Algebra(Protocol):
    """Functions of one kind of operand. Arithmetic is that of the operands themselves."""

    def exp(self, x: Any) -> Any:
        """Exponential."""

    def ln(self, x: Any) -> Any:
        """Natural logarithm."""

    def log1p(self, x: Any) -> Any:
        """ln(1 + x), without a loss of digits where x is small."""

    def sqrt(self, x: Any) -> Any:
        """Square root."""

    def tanh(self, x: Any) -> Any:
        """Hyperbolic tangent."""

    def sin(self, x: Any) -> Any:
        """Sine."""

    def cos(self, x: Any) -> Any:
        """Cosine."""

    def tan(self, x: Any) -> Any:
        """Tangent."""

    def erf(self, x: Any) -> Any:
        """Error function."""

    def less(self, a: Any, b: Any) -> Any:
        """Condition a < b, for `where`."""

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """`then` where the condition holds, `otherwise` elsewhere."""


class _Numbers:
    """Functions of numbers and numpy arrays."""

    def exp(self, x: Any) -> Any:
        return np.exp(x)

    def ln(self, x: Any) -> Any:
        return np.log(x)

    def log1p(self, x: Any) -> Any:
        return np.log1p(x)

    def sqrt(self, x: Any) -> Any:
        return np.sqrt(x)

    def tanh(self, x: Any) -> Any:
        return np.tanh(x)

    def sin(self, x: Any) -> Any:
        return np.sin(x)

    def cos(self, x: Any) -> Any:
        return np.cos(x)

    def tan(self, x: Any) -> Any:
        return np.tan(x)

    def erf(self, x: Any) -> Any:
        from scipy.special import erf  # here, since it takes longer to import than most formulas to evaluate

        return erf(x)

    def less(self, a: Any, b: Any) -> Any:
        return np.less(a, b)

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        return np.where(condition, then, otherwise)


NUMBERS: Algebra = _Numbers()
"""The functions of numbers and numpy arrays."""
