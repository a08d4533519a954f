"""Pressures of the terminals that hold a flow rate."""

from __future__ import annotations

from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header

PRESSURE = Quantity(
    header("pressure_{flow_terminal}", "Pa"),
    "pressure at {flow_terminal}",
    "Pressure in the reservoir of the terminal, at which its given flow rate enters.",
    error=BAR,
)


class HeldFlows(Observable):
    """Pressures that follow from given flow rates."""

    quantities = (PRESSURE,)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Pressures (Pa)."""
        found = state.found.parameters
        return {
            PRESSURE.of(flow_terminal=name): found[f"terminals.{name}.pressure"]
            for name in state.terminals
            if state.case.terminals[name].flow_rate is not None
        }
