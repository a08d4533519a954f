"""Functions in which formulas of weak forms are written."""

from __future__ import annotations

import math
from typing import Any

import pytest
import ufl

from solver.discretization.symbols import SYMBOLS


def value(expression: Any) -> float:
    """Of an expression without fields."""
    return float(expression(()))


@pytest.mark.parametrize("x", [-0.999, -0.21, -0.1999, -1e-3, -1e-11, 0.0, 1e-16, 1e-7, 0.1999, 0.21, 40.0])
def test_log1p_keeps_its_digits_and_so_does_its_derivative(x: float) -> None:
    at = ufl.variable(ufl.as_ufl(x))
    found = SYMBOLS.log1p(at)
    assert value(found) == pytest.approx(math.log1p(x), rel=4e-15)
    slope = ufl.algorithms.expand_derivatives(ufl.diff(found, at))
    assert value(slope) == pytest.approx(1.0 / (1.0 + x), rel=4e-15)
