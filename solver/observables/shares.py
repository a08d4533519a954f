"""Shares of the ions in the current of the driven terminal."""

from __future__ import annotations

import numpy as np

from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity

ROUNDING = 1e-9
"""Part of the whole current below which that of a species is round-off."""

TRANSFERENCE = Quantity(
    "transference_{species}",
    "transference number of {species}",
    "Part of the driven terminal's conduction current that the species carries; empty where there is no current, and where"
    " the species carry current in both directions, so that there are no parts, or are in equilibrium with each other.",
)
SELECTIVITY = Quantity(
    "selectivity",
    "selectivity",
    "Ratio (cations - anions) / (cations + anions) of the magnitudes of their currents at the driven terminal; empty where"
    " species are in equilibrium with each other.",
)


class Shares(Observable):
    """Transference numbers and selectivity."""

    quantities = (TRANSFERENCE, SELECTIVITY)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Shares of the conduction current; nothing when an electrode is driven, NaN where there is no current and, for
        transference numbers, where species run against it."""
        if state.driven >= len(state.terminals):
            return {}
        currents, valences = state.currents[state.driven], state.valences
        total = currents.sum()
        # with equilibria between species the currents are those of totals, and a share is of no ion
        carried = abs(total) > state.noise_current and not state.found.problem.followers
        together = bool(np.all(currents * np.sign(total) >= -ROUNDING * abs(total)))
        row = {}
        for i, name in state.passing:
            row[TRANSFERENCE.of(species=name)] = currents[i] / total if carried and together else np.nan
        cations, anions = np.abs(currents[valences > 0]).sum(), np.abs(currents[valences < 0]).sum()
        row[SELECTIVITY.header] = (cations - anions) / (cations + anions) if carried else np.nan
        return row
