"""The conductance at rest, g_inf(V), and the reversal potential, from current-voltage curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from circuits.compact.model import CompactModel, ModelError
from exploration.compact.data import Steady
from solver.results.rows import ResultError

Array = NDArray[np.float64]

LEAST = 6
"""Points of a curve."""

AROUND = 8
"""Points through which the polynomial goes whose root is the reversal potential."""

NEAR = 0.3
"""Points nearer to the reversal potential than this part of the spacing there say nothing of a conductance: current and
driving voltage vanish together."""


def steady_models(curves: Sequence[Steady], terminals: tuple[str, str]) -> list[CompactModel]:
    """A model without memory of every curve, all on the same voltages. Curves of one value of the parameter are one.

    Raises:
        ResultError: there is no curve, or one that no positive conductance can have.
    """
    from scipy.interpolate import CubicSpline

    if not curves:
        raise ResultError("no steady sweep of the voltage is among the results; a compact model needs one for g_inf(V)")
    merged = [
        _merged([curve for curve in curves if curve.place == place]) for place in dict.fromkeys(c.place for c in curves)
    ]
    tables = [_table(curve) for curve in merged]
    if len(tables) == 1:
        voltages = tables[0][0]
    else:
        # the points of the finest curve, as far as all of them reach
        low, high = max(t[0][0] for t in tables), min(t[0][-1] for t in tables)
        finest = max((curve.voltages for curve in merged), key=len)
        voltages = finest[(finest >= low) & (finest <= high)]
        if len(voltages) < LEAST:
            raise ResultError("the steady curves have too few voltages in common; sweep the same range at every value")
    found = []
    for curve, (places, conductances, reversal) in zip(merged, tables, strict=True):
        values = conductances if len(tables) == 1 else np.exp(CubicSpline(places, np.log(conductances))(voltages))
        pairs = [(float(v), float(g)) for v, g in zip(voltages, values, strict=True)]
        try:
            model = CompactModel(terminals, tuple(v for v, _ in pairs), tuple(g for _, g in pairs), reversal=reversal)
        except ModelError as error:
            raise ResultError(f"{curve.source}: the model {error}") from None
        found.append(model)
    return found


def _merged(curves: Sequence[Steady]) -> Steady:
    """Curves of the same device as one; where voltages are the same the first counts."""
    voltages = np.concatenate([curve.voltages for curve in curves])
    currents = np.concatenate([curve.currents for curve in curves])
    if len(curves) == 1:
        return curves[0]
    span = float(np.ptp(voltages)) or 1.0
    order = np.argsort(voltages, kind="stable")
    kept = order[np.append(True, np.diff(voltages[order]) > 1e-9 * span)]
    return Steady(curves[0].source, curves[0].place, voltages[kept], currents[kept])


def _table(curve: Steady) -> tuple[Array, Array, float]:
    """Voltages, conductances there, and the reversal potential.

    Raises:
        ResultError: the curve has too few points, no reversal potential or several, or another sign than the voltage.
    """
    voltages, currents = curve.voltages, curve.currents
    if len(voltages) < LEAST:
        raise ResultError(f"{curve.source}: {len(voltages)} voltages are too few for a table; give {LEAST} or more")
    reversal = _reversal(curve)
    spacing = np.gradient(voltages)
    away = np.abs(voltages - reversal)
    kept = away > NEAR * spacing
    conductances = currents[kept] / (voltages - reversal)[kept]
    if not (conductances > 0.0).all():
        raise ResultError(
            f"{curve.source}: the current has another sign than voltage - reversal potential ({reversal:.4g} V) somewhere; no"
            " conductance describes it"
        )
    return voltages[kept], conductances, reversal


def _reversal(curve: Steady) -> float:
    """The voltage without current (V), by the polynomial through the nearest points."""
    from scipy.interpolate import BarycentricInterpolator
    from scipy.optimize import brentq

    voltages, currents = curve.voltages, curve.currents
    # rounding of a current that vanishes by symmetry is none
    small = np.abs(currents) <= 1e-9 * np.abs(currents).max()
    if small.sum() == 1:
        return float(voltages[small][0])
    crossings = np.flatnonzero(np.diff(np.sign(currents)) != 0.0)
    if len(crossings) != 1:
        raise ResultError(
            f"{curve.source}: the current changes its sign {len(crossings)} times in the sweep, not once; a conductance times"
            " the distance from a reversal potential has to describe it: sweep a range around that"
        )
    k = int(crossings[0])
    first = min(max(k + 1 - AROUND // 2, 0), max(len(voltages) - AROUND, 0))
    nearest = slice(first, first + AROUND)
    course = BarycentricInterpolator(voltages[nearest], currents[nearest] / np.abs(currents).max())
    return float(brentq(lambda v: float(course(v)), voltages[k], voltages[k + 1], xtol=1e-14))
