"""Conductance of a device."""

from __future__ import annotations

import numpy as np

from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results import headers
from solver.results.columns import Quantity


class Conductance(Observable):
    """Current over bias."""

    quantities = (
        Quantity(
            headers.CONDUCTANCE,
            "conductance",
            "Current over bias; empty at zero bias, and in a closed cell that only charges.",
            error="that of the current over the bias",
        ),
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """The conductance (S)."""
        known = state.bias != 0.0 and state.case.passes_current
        return {headers.CONDUCTANCE: state.totals[state.driven] / state.bias if known else np.nan}
