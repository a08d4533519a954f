"""Flow rate of a device, and how well the flow rates of all terminals balance."""

from __future__ import annotations

import numpy as np

from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import Quantity

NOISE_FLOW_FRACTION = 1e-3
"""Flows below this fraction of the volume that holds the current's ions are rounding."""


class FlowRate(Observable):
    """Flow rate at the driven terminal."""

    quantities = (
        Quantity(
            headers.FLOW_RATE,
            "flow rate",
            "Flow rate into the device at the driven terminal; zero without flow, empty when an electrode is driven.",
            error="discretisation error (with a safety factor), and what does not balance",
        ),
        Quantity(
            headers.FLOW_CONSERVATION_ERROR,
            "conservation error of the flow rate",
            "Sum of the flow rates of all terminals and of walls that water passes, over the largest.",
        ),
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Flow rate (m^3/s), and its conservation error; nothing of a closed cell."""
        driven, unit = state.driven, state.scales.flow_rate
        flows = state.found.flow_rates * unit  # with those at walls that water passes
        if not state.terminals:
            return {}
        largest = max(float(np.abs(flows).max()), NOISE_FLOW_FRACTION * carrying_flow(state))
        return {
            headers.FLOW_RATE: flows[driven] if driven < len(state.terminals) else np.nan,
            headers.FLOW_CONSERVATION_ERROR: abs(flows.sum()) / largest if largest else 0.0,
        }


def carrying_flow(state: DeviceState) -> float:
    """Flow rate (m^3/s) of the volume that holds the ions of the current: without charge or pressure there is no flow, and
    errors of it are compared with this one."""
    solution = state.case.solution(state.case.driven_terminal)
    return abs(float(state.totals[state.driven])) / (FARADAY * solution.equivalents)
