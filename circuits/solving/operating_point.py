"""Steady states of circuits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuits.arrays import Array
from circuits.solving.newton import CircuitFailure, CircuitNewton, Instantaneous

SMALLEST_PART = 1 / 256
"""Of the sources, by which they have to be raised at least."""

TOLERANCE = 1e-11
"""Of a steady state, thermal voltages."""


def operating_point(
    newton: CircuitNewton, values: Mapping[str, float], start: Array, before: Mapping[str, float] | None = None
) -> Array:
    """The steady state with some values of the sources: in one go, else with sources raised step by step. Shape (n,).

    start: a steady state with the values `before`; by default nothing at all, without sources.

    Raises:
        CircuitFailure: it is not reached.
    """
    elements = newton.network.elements
    rest = {name: 0.0 if elements[name].is_ramped else value for name, value in values.items()}
    origin = rest if before is None else dict(before)
    newton.devices.keep()

    def solved(unknowns: Array, part: float) -> Array:
        at = {name: origin[name] + part * (value - origin[name]) for name, value in values.items()}
        try:
            found = newton.solve(unknowns, Instantaneous(at, 0.0, np.zeros_like(unknowns)), TOLERANCE)
        except CircuitFailure:
            newton.devices.restore()
            raise
        newton.devices.keep()
        return found

    try:
        return solved(start, 1.0)
    except CircuitFailure:
        done, step, good = 0.0, 0.25, start
    while done < 1.0:
        ahead = min(1.0, done + step)
        try:
            good = solved(good, ahead)
            done, step = ahead, 2.0 * step
        except CircuitFailure as failure:
            step = (ahead - done) / 2.0
            if step < SMALLEST_PART:
                text = f"the sources cannot be raised beyond {done:.3g} of their values ({failure})"
                raise CircuitFailure(text) from None
    return good
