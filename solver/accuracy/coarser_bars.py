"""Error bars by a coarser mesh: in three dimensions, where richer elements would have 3.4 times as many unknowns."""

from __future__ import annotations

import numpy as np

from solver.accuracy.bars import Bars, InTime
from solver.accuracy.coarser import SAFETY, Coarser
from solver.accuracy.differences import Differences, relative_sizes
from solver.accuracy.spread import spread_of
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.observer import Observed, Observer


class CoarserBars(Bars):
    """Error columns by the problem on a coarser mesh. Collective.

    Args:
        working: the problem whose states are judged.
        coarser: the one beside it.
        case: for the driven terminal.
    """

    def __init__(self, working: Problem, coarser: Coarser, case: Case) -> None:
        super().__init__(working, case, SAFETY)
        self._coarser = coarser
        self._observer = Observer(coarser.problem, case, self.by_difference)

    def estimated(
        self,
        point: Point[Case],
        found: Evaluation,
        observed: Observed,
        in_time: InTime | None,
        other: Evaluation | None,
    ) -> Differences | None:
        """From the state on the coarser mesh, which is reached here unless it is one in time."""
        coarse = self._coarser.reach(point) if in_time is None else other
        if coarse is None:
            return None
        scales, row, share = found.parameters.scales, observed.row, self._coarser.shares.of_rates
        there = self._observer.observe(coarse, point.case)
        others = self.of_others(point.case, row, there.row, spread_of(there, observed), self._coarser.shares.of_means)
        unit = np.array(self.problem.valences) * scales.current
        values = found.rates * unit
        species = share * (values - coarse.rates * unit)
        flows = share * (found.flow_rates - coarse.flow_rates) * scales.flow_rate
        # where a flow rate passes that of the coarser mesh the currents tell how well it is known
        alike = np.abs(found.flow_rates) * scales.flow_rate * relative_sizes(species, values)
        return Differences(values, species, self.carried(found, flows), flows, alike, others, SAFETY)
