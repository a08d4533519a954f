"""Guesses of the next state from those before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuits.arrays import Array
from solver.nonlinear.continuation import extrapolated
from solver.studies.transient.stepper import KNOWN_STATES

LARGEST_WEIGHTS = 100.0
"""Largest sum of the weights' sizes with which states are extrapolated: 31 for equal steps and five states. Right behind a
jump every step is five times as long as the one before it; the parabola through three states then has 200, and multiplies
what has decayed in the meantime instead of following it."""


def guessed(known: Sequence[tuple[float, Array]], at: float) -> Array:
    """The state at a time from the last ones known, in ascending times: the polynomial through as many as say something."""
    chosen = known[-KNOWN_STATES:]
    while len(chosen) > 1 and _weights([time for time, _ in chosen], at) > LARGEST_WEIGHTS:
        chosen = chosen[1:]
    return extrapolated(chosen, at)


def _weights(times: Sequence[float], at: float) -> float:
    """Sum of the sizes of the weights of Lagrange's polynomial."""
    positions = np.array(times)
    apart = positions[:, None] - positions[None, :]
    np.fill_diagonal(apart, 1.0)
    away = np.where(np.eye(len(positions), dtype=bool), 1.0, at - positions[None, :])
    return float(np.abs((away / apart).prod(axis=1)).sum())
