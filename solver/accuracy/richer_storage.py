"""What the richer problem stores beside a state of the working one: rates of change, and how the difference of both develops.

Beside a state in time the richer problem changes at the same rates (`solver.accuracy.rate_projection`), as though the
difference had had the time to develop. Where walls have coverages it has not: these may follow more slowly than the run. With
D = C+(W) - C+(I w), the contents of the richer state W less those of the working state w carried over, the richer problem
then solves

    (D - D') / h + F+(W) + (k, V) = 0,

with D' the difference at the instant before, a time h ago: what the mesh leaves out adds up on the wall, and fades as fast as
the wall forgets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.accuracy.enriched import Enriched
from solver.accuracy.rate_projection import RateProjection
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.potential import SLOWEST


@dataclass(frozen=True)
class Difference:
    """How much more the richer problem has than the working one at an instant.

    Attributes:
        time: s.
        contents: of each test function; owned entries of the richer problem.
        charges: of the ports, dimensionless. Shape (ports,).
    """

    time: float
    contents: np.ndarray
    charges: np.ndarray


class RicherStorage:
    """Storage of the richer problem beside states of the working one. Collective.

    Attributes:
        last: the difference at the last instant of a run in time; None where it is not followed, or not known yet.
    """

    def __init__(self, enriched: Enriched) -> None:
        self._enriched, working = enriched, enriched.working
        self._rates = RateProjection(working, enriched.problem) if working.stores else None
        self.follows = working.stores and bool(working.unknowns.of_walls)
        """Whether the difference needs time to develop."""
        self.last: Difference | None = None

    def of(self, found: Evaluation, parameters: Parameters, slope: np.ndarray | None, time: float) -> Storage:
        """That of the richer problem beside a state.

        parameters: of the richer problem. slope: rates of change of the working contents at a time (s); None for a steady
            state.
        """
        if slope is None or self._rates is None:
            return self._at_rest(parameters)
        source = self._rates.source(slope)
        if self.last is not None and time > self.last.time:
            rate = found.parameters.scales.time / (time - self.last.time)
            history = source - rate * (self.last.contents + self._carried(found, parameters))
            return Storage(rate, history, found.charging - rate * (self.last.charges + found.charges))
        if self._enriched.working.ports.terminals:
            return Storage(0.0, source, found.charging)
        # the source balances to some digits only
        rate = max(self._at_rest(parameters).rate, SLOWEST * self._enriched.problem.mixing_rate)
        kept = self._enriched.problem.species_content(self._enriched.prolonged(found), parameters)
        return Storage(rate, source - rate * kept, found.charging, settled=True)

    def begin(self, time: float | None) -> None:
        """Forget earlier runs. time: s, at which there is no difference yet; None for a run from a steady state, whose
        difference has developed."""
        rich = self._enriched.problem
        none = np.zeros(rich.unknowns.owned), np.zeros(len(rich.ports.all))
        self.last = Difference(time, *none) if self.follows and time is not None else None

    def keep(self, found: Evaluation, rich: Evaluation, time: float) -> None:
        """Remember the difference at an instant (s), where it needs time to develop."""
        if self.follows:
            contents = rich.content - self._carried(found, rich.parameters)
            self.last = Difference(time, contents, rich.charges - found.charges)

    def _carried(self, found: Evaluation, parameters: Parameters) -> np.ndarray:
        """Contents of a working state in the richer problem; owned entries."""
        return self._enriched.problem.content(self._enriched.prolonged(found), parameters)

    def _at_rest(self, parameters: Parameters) -> Storage:
        """That of a steady state: a closed device keeps its ions."""
        if self._enriched.working.ports.terminals:
            return NO_STORAGE
        return self._enriched.problem.at_rest(parameters.at_rest())[1]
