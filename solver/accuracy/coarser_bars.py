"""Error bars by a coarser mesh: in three dimensions, where richer elements would have 3.4 times as many unknowns."""

from __future__ import annotations

import numpy as np

from solver.accuracy.bars import Bars, InTime
from solver.accuracy.coarser import Coarser
from solver.accuracy.differences import Differences, relative_sizes
from solver.accuracy.spread import spread_of
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.observables.observer import Observed, Observer
from solver.observables.trace import trace_leaks
from solver.parallel.logs import logger
from solver.parallel.ranks import clear_frames
from solver.results import headers
from solver.results.headers import error_header

SAFETY = 2.0
"""Factor on what a number is taken to lack: with the order of `solver.accuracy.coarser` a bar is two thirds of what the
coarser mesh changes, which is the error where corners dominate, whose order is 4/3."""


class CoarserBars(Bars):
    """Error columns by the problem on a coarser mesh. Collective.

    Args:
        working: the problem whose states are judged.
        coarser: the one beside it.
        case: for the driven terminal.
    """

    def __init__(self, working: Problem, coarser: Coarser, case: Case) -> None:
        super().__init__(working, case)
        self._coarser = coarser
        self._observer = Observer(coarser.problem, case, self.by_difference)

    def columns(
        self,
        point: Point[Case],
        found: Evaluation,
        observed: Observed,
        in_time: InTime | None = None,
        coarse: Evaluation | None = None,
    ) -> dict[str, float]:
        """Error columns of a point with its evaluated state and what is observed of it. nan where the estimate fails.

        in_time: of a state in time what its steps tell. coarse: the state on the coarser mesh then; None where it is not
            known.
        """
        row, beside = observed.row, {headers.RESERVOIR_ERROR: np.nan}
        with self.problem.clock("error estimate", everything=True):
            differences = self.unknown(found, row, SAFETY)
            try:
                other = coarse if in_time is not None else self._coarser.reach(point)
                if other is not None:
                    differences = self._differences(point.case, found, observed, other)
            except (ConvergenceError, SingularMatrixError) as failure:
                clear_frames(failure)
                logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
            if in_time is not None:
                differences = self.with_steps(differences, point.case, found, row, in_time)
                driven = self.problem.ports.index(point.case.driven_terminal)
                beside = {headers.TIME_ERROR: float(in_time.currents[driven])}
        return self.composed(point.case, row, differences, beside, in_time=in_time is not None)

    def _differences(self, case: Case, found: Evaluation, observed: Observed, coarse: Evaluation) -> Differences:
        """What the numbers of a state lack, from those of the coarser mesh."""
        scales, row, share = found.parameters.scales, observed.row, self._coarser.share
        other = self._observer.observe(coarse, case)
        spread = spread_of(other, observed)
        others = {
            error_header(name): share
            * (SAFETY * abs(row[name] - other.row[name]) + (SAFETY - 1.0) * spread.get(name, 0.0))
            for name in self.others
            if name in row and name in other.row
        }
        for name, leak in trace_leaks(row, case).items():
            others[error_header(name)] += leak
        unit = np.array(self.problem.valences) * scales.current
        values = found.rates * unit
        species = share * (values - coarse.rates * unit)
        flows = share * (found.flow_rates - coarse.flow_rates) * scales.flow_rate
        # where a flow rate passes that of the coarser mesh the currents tell how well it is known
        alike = np.abs(found.flow_rates) * scales.flow_rate * relative_sizes(species, values)
        return Differences(values, species, self.carried(found, flows), flows, alike, others, SAFETY)
