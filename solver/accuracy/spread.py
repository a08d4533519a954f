"""Sizes of what may cancel in the difference of a richer and a working number: a part of it stays in the error bar."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.observables.forces import ELECTRIC, FORCE, VISCOUS
from solver.observables.observer import Observed
from solver.observables.salt import RATIO, Salt
from solver.results import headers

COVERED, ADSORBED = "coverage_", "adsorbed_"


def spread_of(observed: Observed, better: Observed) -> dict[str, float]:
    """Sizes of what may cancel in the difference of a number, by its column."""
    found = _spread_of_salt(observed, better) | _spread_of_forces(observed.row, better.row)
    return found | _spread_of_coverages(observed, better)


def _spread_of_salt(observed: Observed, better: Observed) -> dict[str, float]:
    """Mean size of the differences of salt over the cross-sections of the channel."""
    if observed.profiles is None or better.profiles is None:
        return {}
    found: dict[str, float] = {}
    for quantity in Salt.quantities:
        header = headers.VIRTUAL_SALT if quantity.name.startswith("virtual") else headers.SALT
        pair = observed.profiles.in_channel(header), better.profiles.in_channel(header)
        found[quantity.header] = float(np.abs(pair[1] - pair[0]).mean())
    mean = observed.row[headers.SALT_MEAN]
    found[RATIO] *= observed.row[RATIO] / mean if mean else 0.0
    return found


def _spread_of_forces(row: Mapping[str, float], better: Mapping[str, float]) -> dict[str, float]:
    """Sizes of the differences of a force and of its other part, for each of its two parts: they oppose each other."""
    if FORCE not in row or FORCE not in better:
        return {}
    whole, *parts = (abs(better[name] - row[name]) for name in (FORCE, ELECTRIC, VISCOUS))
    return {ELECTRIC: whole + parts[1], VISCOUS: whole + parts[0]}


def _spread_of_coverages(observed: Observed, better: Observed) -> dict[str, float]:
    """Mean size of the differences of coverages along the axis, and of the amounts on the walls in proportion."""
    if observed.profiles is None or better.profiles is None:
        return {}
    found: dict[str, float] = {}
    for name, along in observed.profiles.columns.items():
        at_wall = np.isfinite(along)  # nowhere for a wall across the axis
        if name.startswith(COVERED) and observed.row.get(name) and at_wall.any():
            found[name] = float(np.abs(better.profiles.columns[name] - along)[at_wall].mean())
            amount = headers.header(name.replace(COVERED, ADSORBED, 1), "mol")
            found[amount] = found[name] * observed.row[amount] / observed.row[name]
    return found
