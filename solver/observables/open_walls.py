"""Currents of the open walls: those at which species enter, or whose charge follows from their zeta potential."""

from __future__ import annotations

from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results import headers
from solver.results.columns import Quantity
from solver.results.headers import extended

WALL = "{open_wall}"


class OpenWalls(Observable):
    """What enters the device at each open wall."""

    quantities = (
        Quantity(
            extended(headers.CURRENT, WALL),
            "current at {open_wall}",
            "Current that enters the device at the wall: carried by ions, and in time also what changes a charge that follows"
            " from a zeta potential.",
        ),
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Currents (A)."""
        row = {}
        for name in state.open_walls:
            k = state.found.problem.ports.index(name)
            row[extended(headers.CURRENT, name)] = state.totals[k]
        return row
