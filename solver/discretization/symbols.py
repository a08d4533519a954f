"""The functions in which laws are written, for symbolic expressions."""

from __future__ import annotations

from typing import Any

import ufl

from solver.laws.algebra import Algebra

SMALL, TERMS = 0.2, 8
"""|x| below which ln(1 + x) is a series, and its terms: rounding."""


class _Symbols:
    """Functions of UFL expressions."""

    def exp(self, x: Any) -> Any:
        return ufl.exp(x)

    def ln(self, x: Any) -> Any:
        return ufl.ln(x)

    def log1p(self, x: Any) -> Any:
        near = ufl.lt(abs(x), SMALL)
        t = ufl.conditional(near, x / (2.0 + x), 0.0)  # ln(1 + x) = 2 artanh(t)
        series: Any = 0.0
        for k in range(2 * TERMS - 1, 0, -2):
            series = 1.0 / k + t * t * series
        return ufl.conditional(near, 2.0 * t * series, ufl.ln(1.0 + ufl.conditional(near, 0.0, x)))

    def sqrt(self, x: Any) -> Any:
        return ufl.sqrt(x)

    def tanh(self, x: Any) -> Any:
        return ufl.tanh(x)

    def sin(self, x: Any) -> Any:
        return ufl.sin(x)

    def cos(self, x: Any) -> Any:
        return ufl.cos(x)

    def tan(self, x: Any) -> Any:
        return ufl.tan(x)

    def erf(self, x: Any) -> Any:
        return ufl.erf(x)

    def less(self, a: Any, b: Any) -> Any:
        return ufl.lt(a, b)

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        return ufl.conditional(condition, then, otherwise)


SYMBOLS: Algebra = _Symbols()
"""The functions of UFL expressions."""


def product(*factors: Any) -> Any:
    """Product of factors, of which None and 1.0 count as none; 1.0 without any."""
    found: Any = 1.0
    for factor in factors:
        if factor is None or (isinstance(factor, float) and factor == 1.0):
            continue
        found = factor if isinstance(found, float) and found == 1.0 else found * factor
    return found
