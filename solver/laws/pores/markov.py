"""States between which there are rates: probabilities at rest and how fast these are reached, however much rates differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DECADES = 8.0
"""Half of those of rates that floating-point numbers tell apart in one matrix."""


def settled_parts(rates: Array) -> Array:
    """Probabilities that do not change, by an elimination without differences (Grassmann, Taksar and Heyman, Oper. Res. 33,
    1107 (1985)).

    rates: from the state of the row to that of the column, 1/s; the diagonal does not matter. Shape (..., states, states).
    Shape of the result: (..., states).
    """
    rates = rates.copy()
    count = rates.shape[-1]
    for n in range(count - 1, 0, -1):
        rates[..., :n, n] /= rates[..., n, :n].sum(axis=-1)[..., None]
        rates[..., :n, :n] += rates[..., :n, n, None] * rates[..., None, n, :n]
    weights = [np.ones(rates.shape[:-2])]
    for n in range(1, count):
        weights.append(np.asarray(sum(weights[k] * rates[..., k, n] for k in range(n)), dtype=np.float64))
    return np.stack(weights / np.sum(weights, axis=0), axis=-1)


def passage_times(rates: Array, target: int) -> Array:
    """Mean time (s) from each state until a target is first reached, by the same elimination. Shape (states,)."""
    others = [k for k in range(len(rates)) if k != target]
    order = [target, *others]
    rates = rates[np.ix_(order, order)]
    np.fill_diagonal(rates, 0.0)
    stays, count = np.ones(len(rates)), len(rates)
    for n in range(count - 1, 1, -1):
        shares = rates[n, :n] / rates[n, :n].sum()
        time = stays[n] / rates[n, :n].sum()
        stays[:n] += rates[:n, n] * time
        rates[:n, :n] += rates[:n, n, None] * shares
        np.fill_diagonal(rates[:n, :n], 0.0)
        rates[n, :n], stays[n] = shares, time
    found = np.zeros(count)
    found[1] = stays[1] / rates[1, 0]
    for n in range(2, count):
        found[n] = stays[n] + rates[n, :n] @ found[:n]
    times = np.zeros(count)
    times[order] = found
    return times


def relaxation_rates(rates: Array) -> Array:
    """Rates (1/s) at which the probabilities go to those that do not change, ascending. Shape (states - 1,).

    They are eigenvalues of the matrix of rates, whose rounding is that of the fast ones. The slow ones are the inverses of
    the eigenvalues of D_ij = p_j (sum_k p_k m_kj - m_ij), the integral over time of how much more probable state j is after
    a start in i than at rest, with the probabilities p at rest and the mean times m of first passage, known to all digits
    (Coolen-Schrijner and van Doorn, Probab. Eng. Inf. Sci. 16, 351 (2002)).
    """
    parts, count = settled_parts(rates), len(rates)
    times = np.column_stack([passage_times(rates, target) for target in range(count)])
    integrals = np.linalg.eigvals((parts @ times - times) * parts)
    integrals = integrals[np.argsort(-np.abs(integrals))[: count - 1]]  # one is zero
    changes = rates - np.diag(np.diagonal(rates))
    fast = np.sort(-np.linalg.eigvals(changes - np.diag(changes.sum(axis=1))).real)[1:]
    is_slow = np.abs(integrals) > 10.0**-DECADES * np.abs(integrals[0])
    return np.sort(np.where(is_slow, (1.0 / np.where(is_slow, integrals, 1.0)).real, fast))
