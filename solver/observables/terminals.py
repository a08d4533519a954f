"""Currents and flow rate of every terminal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results import headers
from solver.results.columns import IN_TIME, Quantity
from solver.results.headers import extended, header

TERMINAL, SPECIES = "{terminal}", "{species}"
CURRENT_BAR = "discretisation error (with a safety factor) and algebraic error"
FLOW_BAR = "discretisation error (with a safety factor), and what does not balance"


MOLAR_RATE = Quantity(
    header("molar_rate_{terminal}_{species}", "mol/s"),
    "rate of {species} at {terminal}",
    "Amount of a neutral species that enters the device at the terminal in a second; of ions see their currents.",
)


class Terminals(Observable):
    """What enters the device at each terminal."""

    quantities = (
        Quantity(
            extended(headers.CURRENT, TERMINAL),
            "current at {terminal}",
            "Current that enters the device at the terminal; in time with the displacement current.",
            error=CURRENT_BAR,
        ),
        Quantity(
            extended(headers.CONDUCTION_CURRENT, TERMINAL),
            "conduction current at {terminal}",
            "Part of the terminal's current that ions carry.",
            studies=(IN_TIME,),
        ),
        Quantity(
            extended(headers.DISPLACEMENT_CURRENT, TERMINAL),
            "displacement current at {terminal}",
            "Part of the terminal's current that changes the field.",
            studies=(IN_TIME,),
        ),
        Quantity(
            extended(headers.FLOW_RATE, TERMINAL),
            "flow rate at {terminal}",
            "Flow rate into the device at the terminal.",
            error=FLOW_BAR,
        ),
        Quantity(
            extended(headers.CURRENT, TERMINAL, SPECIES),
            "current of {species} at {terminal}",
            "Conduction current of the species at the terminal; where others follow from it by equilibria, with what they"
            " hold of it.",
            error=CURRENT_BAR,
        ),
        MOLAR_RATE,
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Currents (A), flow rates (m^3/s), and rates of neutral species (mol/s)."""
        row = {}
        for k, name in enumerate(state.terminals):
            row[extended(headers.CURRENT, name)] = state.totals[k]
            row |= parts_in_time(state, k, name)
            row[extended(headers.FLOW_RATE, name)] = state.flow_rates[k]
            row |= by_species(state, k, name, partial(MOLAR_RATE.of, terminal=name))
        return row


def parts_in_time(state: DeviceState, number: int, name: str) -> dict[str, float]:
    """Conduction and displacement current (A) at a port; nothing in a steady state."""
    if state.displacement is None:
        return {}
    return {
        extended(headers.CONDUCTION_CURRENT, name): state.conduction[number],
        extended(headers.DISPLACEMENT_CURRENT, name): state.displacement[number],
    }


def by_species(state: DeviceState, number: int, name: str, rate: Callable[..., str]) -> dict[str, float]:
    """Currents (A) of the species at a port, and the rates (mol/s) of neutral ones.

    rate: header of the rate of a `species`.
    """
    row = {}
    for i, species in state.passing:
        row[extended(headers.CURRENT, name, species)] = state.currents[number, i]
        if state.valences[i] == 0:
            row[rate(species=species)] = state.molar_rates[number, i]
    return row
