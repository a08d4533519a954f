"""Currents of the open walls: those at which species enter, or whose charge follows from their zeta potential."""

from __future__ import annotations

from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.observables.terminals import CURRENT_BAR, FLOW_BAR
from solver.results import headers
from solver.results.columns import Quantity
from solver.results.headers import extended, header

WALL, SPECIES = "{open_wall}", "{species}"

MOLAR_RATE = Quantity(
    header("molar_rate_{open_wall}_{species}", "mol/s"),
    "rate of {species} at {open_wall}",
    "Amount of the species that enters the device at the wall in a second; of walls that species pass.",
    error=BAR,
)


class OpenWalls(Observable):
    """What enters the device at each open wall."""

    quantities = (
        Quantity(
            extended(headers.CURRENT, WALL),
            "current at {open_wall}",
            "Current that enters the device at the wall: carried by ions, and in time also what changes a charge that follows"
            " from a zeta potential.",
            error=CURRENT_BAR,
        ),
        Quantity(
            extended(headers.CURRENT, WALL, SPECIES),
            "current of {species} at {open_wall}",
            "Current of the species at the wall; of walls that species pass.",
            error=CURRENT_BAR,
        ),
        Quantity(
            extended(headers.FLOW_RATE, WALL),
            "flow rate at {open_wall}",
            "Flow rate into the device at the wall; of walls that water passes.",
            error=FLOW_BAR,
        ),
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Currents (A)."""
        row = {}
        for name in state.open_walls:
            k = state.found.problem.ports.index(name)
            row[extended(headers.CURRENT, name)] = state.totals[k]
            if state.case.walls[name].passes_water:
                row[extended(headers.FLOW_RATE, name)] = state.found.flow_rates[k] * state.scales.flow_rate
            if state.case.walls[name].passes_ions:
                for i, species in state.passing:
                    row[extended(headers.CURRENT, name, species)] = state.currents[k, i]
        return row


class WallRates(Observable):
    """Amounts of species that enter at walls."""

    quantities = (MOLAR_RATE,)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Rates (mol/s)."""
        rates, ports = state.molar_rates, state.found.problem.ports
        return {
            MOLAR_RATE.of(open_wall=name, species=species): rates[ports.index(name), i]
            for name in state.open_walls
            if state.case.walls[name].passes_ions
            for i, species in state.passing
        }
