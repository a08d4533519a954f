"""Checks of the species that terminals inject or absorb."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted
from solver.case.values import CaseValues
from solver.laws.algebra import NUMBERS
from solver.laws.pores.pore import PoreMouth

ROUNDING = 1e-9
"""Of weights and relative rates."""


def check_exchange(case: CaseValues) -> None:
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
    if exchanging:
        _check_supply(case)


def _check_supply(case: CaseValues) -> None:
    """Refuse species without a steady state of positive concentrations: nothing brings them, or nothing takes them away.

    A sum of amounts that no reaction changes, of species that no terminal holds and no wall passes, changes at the terminals
    alone: at rest its rates are, in sum, what is absorbed of it.
    """
    terminals = case.terminals
    ways = {each: [terminal.exchange.get(each) for terminal in terminals.values()] for each in case.electrolyte.species}
    rates = {each: sum(way.rate or 0.0 for way in own if way is not None) for each, own in ways.items()}
    from_walls = _from_walls(case)
    free = {each for each, own in ways.items() if None not in own and each not in from_walls}
    kept = {each for each in free if all(way is not None and way.rate is not None for way in ways[each])}
    if each := _lacking(case, kept, dict.fromkeys(kept, 0.0)):
        name = next(iter(terminals))
        raise misfit(
            ("terminals", name, "exchange", each, "rate"),
            f"no terminal holds or absorbs {quoted(each)}, so that it has no steady state; give another one"
            f" 'exchange: {{{each}: {{absorption: 1 mm/s}}}}', or let one hold it",
        )
    if each := _lacking(case, free, rates):
        name = next(iter(terminals))
        raise misfit(
            ("terminals", name, "exchange", each),
            f"nothing brings {quoted(each)}, which all terminals absorb or inject, so that none of it is left in a steady"
            f" state; let one terminal hold it, or inject it there: '{each}: {{rate: 1 fmol/s}}'",
        )


def _from_walls(case: CaseValues) -> set[str]:
    """The species that walls pass; what passes a pore stays in the device."""
    solution, found = case.solutions()[0], set[str]()
    for wall in case.walls.values():
        for law in wall.laws:
            if law.passes_ions and not isinstance(law, PoreMouth):
                found |= set(law.fluxes(law.in_solution(0.0, solution).with_metal(0.0), NUMBERS))
    return found


def _lacking(case: CaseValues, among: Collection[str], rates: Mapping[str, float]) -> str | None:
    """A species of a sum of amounts, of some species, that no reaction changes and whose rates (mol/s) add up to nothing or
    less; None when there is no such sum."""
    names = sorted(among)
    if not names:
        return None
    from scipy.optimize import linprog  # takes a while to import

    made = [law.stoichiometry(tuple(case.electrolyte.species)) for law in case.electrolyte.reaction_laws]
    unchanged = [[float(each.get(name, 0)) for name in names] for each in made]
    given = [rates[name] for name in names]
    unit = max(map(abs, given)) or 1.0
    # weights of the species, none negative and one in sum
    equations = [[1.0] * len(names), *unchanged]
    found = linprog([rate / unit for rate in given], A_eq=equations, b_eq=[1.0] + [0.0] * len(unchanged))
    if found.status != 0 or found.fun > ROUNDING:
        return None
    return next(name for name in case.electrolyte.species if name in among and found.x[names.index(name)] > ROUNDING)
