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

RELAXED, SLOWEST, MOST_RELAXATIONS = 1e-6, 1e-5, 200
"""Of steps in time towards a steady state: their tolerance in thermal voltages, the rate (over that of the fastest change)
below which a steady state is tried, and their number."""


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
                found = _relaxed(newton, values, good)
                if found is not None:
                    return found
                text = f"the sources cannot be raised beyond {done:.3g} of their values ({failure})"
                raise CircuitFailure(text) from None
    return good


def _relaxed(newton: CircuitNewton, values: Mapping[str, float], start: Array) -> Array | None:
    """The steady state to which implicit steps in time lead that become ever longer: across a fold, where the state that was
    followed ends. None where they lead to none."""
    here = newton.at(start, Instantaneous(values, 0.0, np.zeros_like(start)))
    flows, stored = (np.abs(terms.slopes).max(axis=1) for terms in (here.flows, here.stored))
    keeping = stored > 0.0
    if not keeping.any():
        return None
    fastest = float((flows[keeping] / stored[keeping]).max())
    rate, unknowns = fastest, start
    for _ in range(MOST_RELAXATIONS):
        base = newton.network.stored(unknowns).values
        try:
            unknowns = newton.solve(unknowns, Instantaneous(values, rate, base), RELAXED)
        except CircuitFailure:
            newton.devices.restore()
            rate *= 8.0
            continue
        newton.devices.keep()
        rate /= 2.0
        if rate < SLOWEST * fastest:
            try:
                return newton.solve(unknowns, Instantaneous(values, 0.0, base), TOLERANCE)
            except CircuitFailure:
                newton.devices.restore()
    return None
