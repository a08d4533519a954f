"""Checks of the species that terminals inject or absorb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted

if TYPE_CHECKING:
    from solver.case.case import Case


def check_exchange(case: Case) -> None:
    """Raise a misfit (path below the case) when the species that terminals inject or absorb do not fit the rest of a case."""
    exchanging = {name: terminal.exchange for name, terminal in case.terminals.items() if terminal.exchange}
    species = case.electrolyte.species
    for name, exchange in exchanging.items():
        path = ("terminals", name, "exchange")
        for each in exchange:
            if each not in species:
                raise misfit((*path, each), f"unknown species; {did_you_mean(each, species, 'the species are')}")
        if not any(each not in exchange for each in species if species[each].valence):
            raise misfit(path, "the terminal has to hold at least one ion, whose concentration refers to its potential")
        if any(law.is_equilibrium for law in case.electrolyte.reaction_laws):
            raise misfit(path, "species in fast equilibrium with others are held by terminals; leave out one of both")
        if not case.electrolyte.model.is_ideal:
            raise misfit(
                path,
                "needs 'electrolyte: {model: ideal}': in others the concentrations that follow change the electrochemical"
                " potentials of the species that the terminal holds",
            )
        if not case.study.allows_exchange:
            raise misfit(
                path,
                f"is part of steady studies and runs in time, and not of a study of type {quoted(case.study.kind())}",
            )
        if case.galvanostatic:
            raise misfit(
                path, f"'{case.galvanostatic[0]}' holds a current, which needs terminals that hold all species"
            )
        if case.outputs.sensitivities or case.mesh.tolerance is not None:
            key = ("outputs", "sensitivities") if case.outputs.sensitivities else ("mesh", "tolerance")
            raise misfit(key, "needs terminals that hold all species; leave one of both out")
    for name, exchange in exchanging.items():
        for each, how in exchange.items():
            sinks = (t.exchange.get(each) for t in case.terminals.values())
            if how.rate is not None and all(other is not None and other.rate is not None for other in sinks):
                raise misfit(
                    ("terminals", name, "exchange", each, "rate"),
                    f"no terminal holds or absorbs {quoted(each)}, so that it has no steady state; give another one"
                    f" 'exchange: {{{each}: {{absorption: 1 mm/s}}}}', or let one hold it",
                )
