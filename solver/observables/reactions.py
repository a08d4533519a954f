"""What reactions at electrodes pass."""

from __future__ import annotations

from functools import partial

from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.observables.terminals import CURRENT_BAR, SPECIES, by_species, parts_in_time
from solver.results import headers
from solver.results.columns import IN_TIME, Quantity
from solver.results.headers import error_header, extended, header

REACTING = "{reacting}"

MOLAR_RATE = Quantity(
    header("molar_rate_{reacting}_{species}", "mol/s"),
    "rate of {species} at {reacting}",
    "Amount of a neutral species that the reactions at the electrode make in a second; of ions see their currents.",
)


class Reactions(Observable):
    """Currents of the species at each electrode with reactions."""

    quantities = (
        Quantity(
            error_header(extended(headers.CURRENT, REACTING)),
            "error of current at {reacting}",
            f"Error bar of the current at an electrode with reactions: {CURRENT_BAR}.",
        ),
        Quantity(
            extended(headers.CONDUCTION_CURRENT, REACTING),
            "conduction current at {reacting}",
            "Part of the electrode's current that reactions pass.",
            studies=(IN_TIME,),
        ),
        Quantity(
            extended(headers.DISPLACEMENT_CURRENT, REACTING),
            "displacement current at {reacting}",
            "Part of the electrode's current that charges it.",
            studies=(IN_TIME,),
        ),
        Quantity(
            extended(headers.CURRENT, REACTING, SPECIES),
            "current of {species} at {reacting}",
            "Current that enters the liquid as this species: the integral of the laws of the reactions over the electrode.",
            error=CURRENT_BAR,
        ),
        MOLAR_RATE,
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Currents (A), and rates of neutral species (mol/s)."""
        row: dict[str, float] = {}
        for k, name in enumerate((*state.terminals, *state.electrodes)):
            if name not in state.case.reacting:
                continue
            row |= parts_in_time(state, k, name)
            row |= by_species(state, k, name, partial(MOLAR_RATE.of, reacting=name))
        return row
