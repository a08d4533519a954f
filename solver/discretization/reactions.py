"""What reactions between species add to the transport equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solver.discretization import forms
from solver.discretization.boundary import Solute
from solver.discretization.coordinates import Metric
from solver.discretization.symbols import SYMBOLS
from solver.laws.reactions.base import ReactionLaw
from solver.physics.scales import Scales


def made_by_reactions(
    reactions: Sequence[ReactionLaw],
    solutes: Sequence[Solute],
    c: Sequence[Any],
    scales: Scales,
    test: Any,
    metric: Metric,
) -> Any:
    """Integrand of what reactions make: -R v of every species.

    c: concentrations in units of their scale. test: test function of all transport unknowns.
    """
    scale = scales.concentration
    concentrations = {s.name: scale * ci for s, ci in zip(solutes, c, strict=True)}
    found: Any = 0
    for reaction in reactions:
        events = reaction.rate(concentrations, SYMBOLS) * (scales.time / scale)
        for name, count in reaction.stoichiometry().items():
            number = [solute.name for solute in solutes].index(name)
            found += forms.source(count * events, test[1 + number], metric)
    return found
