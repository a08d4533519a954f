"""Solutions in which species are in equilibrium: what the totals and the pH of a case mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.reactions.base import ReactionLaw, dependences
from solver.laws.reactions.mass_action import Equilibrium
from solver.physics.acids import ACIDS
from solver.physics.speciation import Array, Dependences
from solver.physics.water import HYDROXIDE, PKW, PROTON, protons

MOST_TITRATIONS = 60
"""Of the ion that brings neutrality."""

NEUTRAL = 1e-15
"""Net charge over the sum of all charges that is less than rounding."""

ALMOST_NEUTRAL = 1e-11
"""The same that is left after all steps where rounding is larger."""


class Solutes(Protocol):
    """What solutions are made of: an `Electrolyte`."""

    model: ElectrolyteModel

    @property
    def dependences(self) -> Dependences:
        """Which species follow from others."""

    @property
    def valences(self) -> dict[str, int]:
        """Of all species."""

    def titrant(self, excess: float) -> str:
        """The ion that an acid or a base brings."""


def acid_equilibria(buffers: Iterable[str]) -> tuple[Equilibrium, ...]:
    """The equilibria of acids of the table; the form without protons is the component."""
    steps = [step for name in buffers for step in ACIDS[name].steps]
    return tuple(Equilibrium(equation=equation, pK=pK) for equation, pK in steps)


def is_of_water(law: ReactionLaw, species: Collection[str]) -> bool:
    """Whether a reaction makes H+ and OH- of water."""
    try:
        counts = law.stoichiometry(species)
    except ValueError:  # refused elsewhere
        return False
    return set(counts) == {PROTON, HYDROXIDE} and counts[PROTON] == counts[HYDROXIDE]


def contradiction(
    reactions: Sequence[ReactionLaw], species: Iterable[str], free: bool, buffers: Iterable[str]
) -> str | None:
    """Why the equilibria among reactions cannot all hold, or contradict what the pH or the totals of buffers say; None when
    they can.

    free: whether the pH says how much H+ there is.
    """
    try:
        found = dependences(reactions, tuple(species))
    except ValueError as error:
        return f"{error}; each is solved for one species that no other one is solved for: leave one of them out"
    if free and PROTON in found.dependents:
        return "an equilibrium is solved for H, which follows from pH; leave one of them out"
    for name in buffers:
        if (base := ACIDS[name].forms[-1]) in found.dependents:
            return (
                f"an equilibrium is solved for {base}, of which 'buffers' gives the total as {name}; leave it out, or write"
                " the forms of that acid as species with equilibria of your own"
            )
    return None


def ion_product(reactions: Sequence[ReactionLaw], species: Collection[str]) -> float | None:
    """Of the activities of H+ and OH-, (mol/m^3)^2, with which the first reaction between these and water rests; the usual
    one without such a reaction, and None for one that never rests."""
    law = next((law for law in reactions if is_of_water(law, species)), None)
    if law is None:
        return protons(PKW / 2.0) ** 2
    logarithm = law.logarithm_at_rest(species)
    return None if logarithm is None else math.exp(logarithm / law.stoichiometry(species)[PROTON])


def acidified(electrolyte: Solutes, ions: Mapping[str, float], water: Mapping[str, float]) -> dict[str, float]:
    """Concentration in mol/m^3 of every species of a solution of ions with H+ and OH- of given activities (mol/m^3), without
    other equilibria: what an acid or base brings of the first anion or cation.

    Raises:
        ValueError: no ion of the salt could be brought.
    """
    valences, model, own = electrolyte.valences, electrolyte.model, dict(water)
    for _ in range(MOST_TITRATIONS):
        excess, found = sum(valences[name] * c for name, c in own.items()), dict(ions)
        titrant = electrolyte.titrant(excess)
        found[titrant] += abs(excess / valences[titrant])
        solution = {name: own.get(name, found.get(name, 0.0)) for name in valences}
        if model.is_ideal or not all(c > 0.0 for c in solution.values()):
            break  # what is zero is refused elsewhere, and so is what has no room
        with np.errstate(all="ignore"):
            logs = dict(zip(solution, model.log_activities(tuple(solution.values())), strict=True))
        off = {name: math.log(activity) - logs[name] for name, activity in water.items()}
        if not max(map(abs, off.values())) >= ALMOST_NEUTRAL or not all(map(math.isfinite, off.values())):
            break
        own = {name: c * math.exp(off[name]) for name, c in own.items()}
    return solution


def in_equilibrium(
    electrolyte: Solutes, totals: Mapping[str, float], water: Mapping[str, float], ions: Mapping[str, float] | None
) -> dict[str, float]:
    """Concentration in mol/m^3 of every species of a solution in equilibrium.

    totals: of the components, mol/m^3. water: H+ and OH- where pH says them. ions: those of the salt, to whose charge an acid
        or base adds a counter-ion; None where there is nothing to add.

    Raises:
        ValueError: no solution has these totals.
    """
    found, model = electrolyte.dependences, electrolyte.model
    valences = [electrolyte.valences[name] for name in found.species]

    def concentrations(logs: Array) -> list[float]:
        if model.is_ideal:
            return list(np.exp(logs))
        return list(model.concentrations(list(logs), 0.0, valences, 1.0, NUMBERS))

    held = {name: value for name, value in water.items() if name not in found.dependents}
    wanted, titrant = dict(totals), ""
    for _ in range(MOST_TITRATIONS):
        solution = found.speciated(wanted, held, concentrations)
        if ions is None:
            return solution
        charges = [electrolyte.valences[name] * c for name, c in solution.items()]
        excess = sum(charges) - sum(electrolyte.valences[name] * c for name, c in ions.items())
        if abs(excess) <= NEUTRAL * sum(map(abs, charges)):
            return solution
        titrant = titrant or electrolyte.titrant(excess)
        wanted[titrant] -= excess / electrolyte.valences[titrant]
        if not wanted[titrant] > 0.0:
            break
    if titrant and wanted[titrant] > 0.0 and abs(excess) <= ALMOST_NEUTRAL * sum(map(abs, charges)):
        return solution
    raise ValueError(f"no amount of '{titrant}' makes the solution neutral")
