"""Rectification ratios and their error bars from rows of observables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from solver.analysis.curves import curves_along_bias
from solver.case.bias import means_bias
from solver.results.headers import (
    ALGEBRAIC_ERROR,
    BIAS,
    CONSERVATION_ERROR,
    CURRENT,
    CURRENT_ERROR,
    DISCRETISATION_ERROR,
)
from solver.results.rows import Row, parameter_columns


def rectification(rows: Sequence[Row], ports: int = 2) -> list[dict[str, Any]]:
    """Rectification ratio |I(-V)| / |I(+V)| of every pair of points that differ only in the sign of the bias.

    ports: number of terminals and electrodes; with more than two, curves along several biases at once have no ratio.

    `rows` are rows of observables.csv. Each entry holds the other swept parameters, `bias [V]` (positive), `ratio`,
    `larger` ("negative" or "positive" bias carries more current), `conservation_error` (sum of the two points') and
    `ratio_error`, the error bar of the ratio; NaN when the rows have no errors of the current.
    """
    found = []
    for shared, curve in curves_along_bias(rows):
        potential = next(
            (name for name in parameter_columns(list(curve[0]))[::-1] if name.endswith(".potential [V]")), BIAS
        )
        swept, biases = ([float(row[name]) for row in curve] for name in (potential, BIAS))
        if not means_bias(ports, swept, biases):
            continue
        plus, minus = ([row for row in curve if (row[BIAS] > 0) == positive] for positive in (True, False))
        for row in sorted(plus, key=lambda row: float(row[BIAS])):
            bias = float(row[BIAS])
            mirror = [r for r in minus if math.isclose(r[BIAS], -bias, rel_tol=1e-9)]
            currents = [abs(float(r[CURRENT])) for r in (*mirror[:1], row)]
            if len(currents) < 2 or currents[1] == 0:
                continue
            ratio = currents[0] / currents[1]
            found.append(
                {
                    **shared,
                    BIAS: bias,
                    "ratio": ratio,
                    "ratio_error": _ratio_error(mirror[0], row),
                    "larger": "negative" if ratio > 1 else "positive",
                    CONSERVATION_ERROR: sum(abs(r.get(CONSERVATION_ERROR, math.nan)) for r in (mirror[0], row)),
                }
            )
    return found


def _ratio_error(above: Row, below: Row) -> float:
    """Error bar of the ratio of two currents, from their signed discretization errors and their error bars.

    Each discretization error is taken to lie between nothing and its bar d, on the side of its estimate: errors at the two
    biases may cancel in the ratio, but nothing says how far they do. With q = I1 / I2 the ratio of the exact currents
    deviates by (D1 - q D2) / (I2 + D2), so that the larger of |d1| and |q d2| counts where they cancel and their sum
    where they do not; the algebraic rest a always adds up. Infinite when I2 may be zero.
    """
    (one, *bar_one), (two, *bar_two) = map(_error_parts, (above, below))
    return ratio_bar(one, two, (bar_one[0], bar_one[1]), (bar_two[0], bar_two[1]))


def ratio_bar(one: float, two: float, bar_one: tuple[float, float], bar_two: tuple[float, float]) -> float:
    """Error bar of one / two, each with the signed part d of its bar and the rest a (see `rectification`)."""
    quotient = one / two
    pull, push = bar_one[0], -quotient * bar_two[0]
    difference = max(abs(pull), abs(push)) if pull * push < 0.0 else abs(pull) + abs(push)
    difference += bar_one[1] + abs(quotient) * bar_two[1]
    least = abs(two) - abs(bar_two[0]) - bar_two[1]
    if math.isnan(difference):
        return math.nan
    return difference / least if least > 0.0 else math.inf


def _error_parts(row: Row) -> tuple[float, float, float]:
    """Current, discretization part of its error bar with the sign of the estimate, and the rest of the bar, all in A.

    Both parts are NaN without an error bar; without an estimate of the sign all of it is "the rest".
    """
    names = (CURRENT, CURRENT_ERROR, DISCRETISATION_ERROR, ALGEBRAIC_ERROR)
    current, bar, estimate, algebraic = (_known(row.get(name)) for name in names)
    if math.isnan(estimate) or estimate == 0.0:
        return current, 0.0 * bar, bar
    rest = 0.0 if math.isnan(algebraic) else min(algebraic, bar)
    return current, math.copysign(bar - rest, estimate), rest


def _known(value: Any) -> float:
    """A number, NaN for an empty or missing cell."""
    return math.nan if value is None or value == "" else float(value)
