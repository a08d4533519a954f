"""Bias of a case."""

from __future__ import annotations

import math
from collections.abc import Sequence

from solver.case.studies.studied import StudiedCase


def means_bias(ports: int, potentials: Sequence[float], biases: Sequence[float]) -> bool:
    """Whether people call a swept potential (V) of the driven terminal the bias: with two terminals or electrodes always,
    with more of them (`ports`) where the others add nothing to it, since there are several biases then."""
    pairs = zip(potentials, biases, strict=True)
    return ports <= 2 or all(math.isclose(v, bias, rel_tol=1e-9, abs_tol=1e-12) for v, bias in pairs)


def bias_of(case: StudiedCase) -> float:
    """Potential (V) of the driven terminal or electrode against the first of the others."""
    driven = case.driven_terminal
    others = [name for name in (*case.terminals, *case.electrodes) if name != driven]
    return case.potential_of(driven) - (case.potential_of(others[0]) if others else 0.0)
