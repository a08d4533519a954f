"""The potential of sites behind a Stern layer, psi_0 = psi_d + sigma(psi_0) / C, written out in so many steps that it is
solved to rounding from anywhere.

Newton's method from psi_d, or from any other plain guess, cycles for some walls, and the outer iteration then converges to a
wrong charge without a complaint. Hence two ways that cannot fail: a start on the side from which Newton's method is monotone,
where a wall has one type of sites with one bound state; otherwise bisection between the charges that the wall can have, until
Newton's method is in its range. What is left is measured after each solve all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from solver.laws.algebra import Algebra

NEWTON_STEPS, STEEP = 7, 500.0
"""Steps from the monotone start to rounding for walls up to this steepness A; each doubling of A takes one more."""

POLISHING_STEPS, RANGE = 4, 0.25
"""Newton steps to rounding from a bracket of this width, in thermal voltages over the largest step of a site's charge."""

NO_PART = 500.0
"""Logarithm of a part of the sites that is none; its inverse can be computed."""

Slope = Callable[[Any], tuple[Any, Any]]
"""Charge over C V_T, and its derivative, at a potential of the 0-plane (thermal voltages)."""


def newton_steps(steepness: float) -> int:
    """Steps of `two_state` for x + A / (1 + exp(-x)) = b."""
    return NEWTON_STEPS + max(0, math.ceil(math.log2(max(steepness, 1e-300) / STEEP)))


def bisections(span: float, largest_step: int) -> int:
    """Bisections of `several_states`; span: of the charges that a wall can have, over C V_T."""
    return max(0, math.ceil(math.log2(max(span, 1e-300) * max(largest_step, 1) / RANGE)))


def two_state(steepness: Any, b: Any, steps: int, m: Algebra) -> Any:
    """Root x of x + A / (1 + exp(-x)) = b, with A > 0.

    The left side is convex below x = 0 and concave above. The start is the nearer of asymptote and tangent at 0 that
    lies beyond the root, from where Newton's method is monotone.
    """
    tangent = (b - steepness / 2) / (1 + steepness / 4)
    below = m.where(m.less(b, tangent), b, tangent)
    above = m.where(m.less(tangent, b - steepness), b - steepness, tangent)
    x = m.where(m.less(b, steepness / 2), below, above)
    for _ in range(steps):
        part = 1 / (1 + m.exp(m.where(m.less(x, -NO_PART), NO_PART + 0 * x, -x)))
        x = x - (x + steepness * part - b) / (1 + steepness * part * (1 - part))
    return x


def several_states(y: Any, low: Any, high: Any, charge: Slope, halvings: int, m: Algebra) -> Any:
    """Root x of x = y + s(x), with a charge s (over C V_T) that falls with x and lies between low and high."""
    x, step = y + (low + high) / 2, (high - low) / 4
    for _ in range(halvings):
        s, _ = charge(x)
        x = x + m.where(m.less(x - y - s, 0.0), step, -step)
        step = step / 2
    for _ in range(POLISHING_STEPS):
        s, slope = charge(x)
        x = x - (x - y - s) / (1 - slope)
    return x
