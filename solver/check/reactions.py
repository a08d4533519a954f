"""What `check` says of reactions in the liquid: solutions that do not rest, other liquids, doubtful equations."""

from __future__ import annotations

import math
from collections.abc import Iterator

from solver.case.case import Case
from solver.physics.ions import TABLE_TEMPERATURE

LARGEST_REST = 0.01
"""Of the equilibrium constant, by which a reservoir may miss it."""

WARM = 2.0
"""K beside the temperature of the constants."""


def reaction_warnings(case: Case) -> Iterator[tuple[str, str]]:
    """(kind, text) of the reactions between dissolved species."""
    electrolyte = case.electrolyte
    for name, law in electrolyte.reactions_by_name.items():
        if text := law.caution(electrolyte.valences):
            yield f"equation {name}", f"the reaction '{name}', {text}"
    yield from _at_rest(case)
    tabulated = bool(electrolyte.buffers) or electrolyte.protons == "free"
    if tabulated and abs(electrolyte.temperature - TABLE_TEMPERATURE) > WARM:
        yield (
            "temperature of constants",
            f"pKa of buffers and the ion product of water are those at {TABLE_TEMPERATURE} K, but the electrolyte is at"
            f" {electrolyte.temperature:g} K; write equilibria with their own pK as 'reactions' where that matters",
        )
    solvent = electrolyte.properties.solvent
    if solvent is not None and electrolyte.reaction_laws:
        yield (
            "solvent of constants",
            f"pK, rate constants and the ion product of water are the same in any mixture with {solvent}, and the activity of"
            " water is one; in real mixtures they change by decades, so write those of your mixture as 'reactions'",
        )


def _at_rest(case: Case) -> Iterator[tuple[str, str]]:
    """Solutions in which a reaction with rates does not rest."""
    electrolyte = case.electrolyte
    names = {id(law): name for name, law in electrolyte.reactions_by_name.items()}
    for terminal in list(case.terminals) or [""]:
        bulk = case.bulk(terminal)
        activities = dict(zip(bulk, electrolyte.model.log_activities(tuple(bulk.values())), strict=True))
        for law in electrolyte.reaction_laws:
            logarithm = None if law.is_equilibrium else law.logarithm_at_rest(activities)
            if logarithm is None:
                continue
            off = sum(count * activities[name] for name, count in law.stoichiometry(activities).items()) - logarithm
            if abs(off) <= LARGEST_REST:
                continue
            name = names.get(id(law), "water")
            where = f"the reservoir at '{terminal}'" if terminal else "the solution of the cell"
            yield (
                f"rest {name}",
                f"the reaction '{name}' does not rest in {where}: the product of its activities there is"
                f" {math.exp(min(off, 700.0)):.4g} times its equilibrium constant, so that it goes on there;"
                " write concentrations in equilibrium, or other constants",
            )
