"""What a sweep of a gate says of a device as a transistor: on and off currents, transconductance, threshold, slopes.

The bias stays while the potential of a wall is swept (a gate, or a conducting wall of the channel itself). Numbers between
the points come from a cubic spline through them, the threshold from the tangent where the transconductance is largest
(extrapolation in the linear region: Ortiz-Conde et al., Microelectronics Reliability 42, 583 (2002), section 2.2).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.analysis.curves import curves_along, number
from solver.results.headers import BIAS, CURRENT, CURRENT_ERROR, error_header, header
from solver.results.rows import Row, parameter_columns

ON_CURRENT = header("on_current", "A")
OFF_CURRENT = header("off_current", "A")
ON_OFF_RATIO = "on_off_ratio"
TRANSCONDUCTANCE = header("transconductance", "S")
AT_TRANSCONDUCTANCE = header("transconductance_at", "V")
THRESHOLD = header("threshold_voltage", "V")
SUBTHRESHOLD_SLOPE = header("subthreshold_slope", "V")

LEAST_POINTS = 4
"""Of a curve whose slope means something."""

SUBDIVISIONS = 32
"""Places between two points at which slopes are looked at."""

Array = NDArray[np.float64]


def transfers(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """An entry for every curve along the potential of a wall at one bias: the other swept keys, and the numbers; NaN where
    the curve does not tell.

    rows: of observables.csv of a steady study. Ratios and currents have the errors of their points.
    """
    return [{**shared, "gate": gate, **_numbers(*curve)} for gate, shared, curve in _curves(rows)]


def _curves(rows: Sequence[Row]) -> Iterator[tuple[str, dict[str, float], tuple[Array, Array, Array, float]]]:
    """Gate, other swept keys, and potentials, currents, error bars and bias of every curve."""
    parameters = parameter_columns(list(rows[0])) if rows else []
    gates = [name for name in parameters if name.startswith("walls.") and name.endswith(".potential [V]")]
    if len(gates) != 1 or CURRENT not in rows[0]:
        return
    (gate,) = gates
    name = gate.removesuffix(".potential [V]").removeprefix("walls.")
    for shared, found in curves_along(rows, gate):
        ordered = sorted(found, key=lambda row: number(row[gate]))
        potentials, currents, bars, biases = (
            np.array([number(row.get(name)) for row in ordered]) for name in (gate, CURRENT, CURRENT_ERROR, BIAS)
        )
        same_bias = np.allclose(biases, biases[0], rtol=1e-9, atol=0.0) and biases[0] != 0.0
        if same_bias and len(np.unique(potentials)) == len(potentials) >= LEAST_POINTS:
            yield name, shared, (potentials, currents, bars, float(biases[0]))


def _numbers(potentials: Array, currents: Array, bars: Array, bias: float) -> dict[str, float]:
    """Numbers of one curve with increasing potential of the gate (V), at a bias (V)."""
    from scipy.interpolate import make_interp_spline

    sizes = np.abs(currents)
    on, off = int(np.argmax(sizes)), int(np.argmin(sizes))
    ratio = sizes[on] / sizes[off] if sizes[off] > 0.0 else math.nan
    relative = bars[on] / sizes[on] + bars[off] / sizes[off] if sizes[off] > 0.0 else math.nan
    curve = make_interp_spline(potentials, sizes, k=3)
    pairs = itertools.pairwise(potentials)
    fine = np.unique(np.concatenate([np.linspace(low, high, SUBDIVISIONS + 1) for low, high in pairs]))
    slopes = curve.derivative()(fine)
    best = int(np.argmax(np.abs(slopes)))
    steepest, at = float(slopes[best]), float(fine[best])
    # near the threshold I = g (V_g - V_d / 2 - V_t): the middle of the channel is at half the bias
    threshold = at - float(curve(at)) / steepest - 0.5 * bias if steepest else math.nan
    decades = 0.0  # a volt
    if np.all(sizes > 0.0):
        decades = float(np.abs(make_interp_spline(potentials, np.log10(sizes), k=3).derivative()(fine)).max())
    return {
        ON_CURRENT: float(currents[on]),
        error_header(ON_CURRENT): float(bars[on]),
        OFF_CURRENT: float(currents[off]),
        error_header(OFF_CURRENT): float(bars[off]),
        ON_OFF_RATIO: float(ratio),
        error_header(ON_OFF_RATIO): float(ratio * relative),
        TRANSCONDUCTANCE: steepest,
        AT_TRANSCONDUCTANCE: at,
        THRESHOLD: threshold,
        SUBTHRESHOLD_SLOPE: 1.0 / decades if decades > 0.0 else math.nan,
    }
