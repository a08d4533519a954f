"""The numerical error of every current and flow rate of a point: error columns of observables.csv.

    discretization   number of the enriched problem minus the computed one (`solver.accuracy.enriched`), times a safety factor
    time             what the steps of a run in time left (`solver.studies.transient.stepper`)
    algebraic        what does not balance, or differs between the two routes of the current
    reservoir        what larger reservoirs would change (`solver.accuracy.sensitivity`): beside the bar, not in it

The bar of a number is discretization plus algebraic error, and in time that of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.accuracy.adjoint import Adjoint, Goal
from solver.accuracy.enriched import Enriched
from solver.accuracy.rate_projection import RateProjection
from solver.accuracy.sensitivity import reservoir_effect
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.jacobian import Jacobian
from solver.nonlinear.newton import NewtonFailure
from solver.parallel.logs import logger
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import IN_TIME, STEADY, Quantity
from solver.results.headers import error_header, extended

SAFETY = 1.5
"""The enriched numbers have errors of their own, up to a third of the working ones where corners dominate."""

PARTS = (
    Quantity(
        headers.DISCRETISATION_ERROR,
        "discretisation error of the current",
        "Signed estimate of what the computed current lacks: that of richer elements minus the computed one.",
    ),
    Quantity(
        headers.ALGEBRAIC_ERROR,
        "algebraic error of the current",
        "What does not balance, or differs between the two routes of the current, whichever is larger.",
    ),
    Quantity(
        headers.RESERVOIR_ERROR,
        "change of the current by larger reservoirs",
        "What extending the reservoirs to infinity (of slits: twice their size) would change; signed, not part of the error"
        " bar. Empty where the reservoirs have no size.",
        studies=(STEADY,),
    ),
    Quantity(
        headers.TIME_ERROR,
        "error of the current by time steps",
        "What the time steps so far may have left in the current; part of the error bar.",
        studies=(IN_TIME,),
    ),
)
"""Columns of the parts of the current's error; the error bars belong to the quantities themselves."""


class ErrorBars:
    """Error columns for the states of one problem. Collective.

    Args:
        enriched: the richer problem beside the one whose error is asked for.
        jacobian: of the working problem, for adjoint states.
        case: for the driven terminal.
    """

    def __init__(self, enriched: Enriched, jacobian: Jacobian, case: Case) -> None:
        self._enriched = enriched
        self._problem = enriched.working
        self._adjoint: Adjoint | None = None
        self._storage = RateProjection(self._problem, enriched.problem) if self._problem.stores else None
        if getattr(case.geometry, "open_to_infinity", False) and not self._problem.stores:
            self._adjoint = Adjoint(self._problem, jacobian, Goal("current", case.driven_terminal))

    def columns(
        self,
        point: Point[Case],
        found: Evaluation,
        row: Mapping[str, float],
        slope: np.ndarray | None = None,
        time_error: float | None = None,
    ) -> dict[str, float]:
        """Error columns of a point with its evaluated state; `row` are its observables. nan where the estimate fails.

        slope: of a state in time the rates of change of its contents; time_error: what the steps may have left in its
            current (A).
        """
        case, problem = point.case, self._problem
        storage = NO_STORAGE
        if slope is not None and self._storage is not None:
            storage = Storage(0.0, self._storage.source(slope))
        names = [port.name for port in problem.ports.terminals]
        driven = names.index(case.driven_terminal)
        with problem.clock("error estimate", everything=True):
            currents, flows = self._differences(point, found, storage)
        totals = currents.sum(axis=1)
        imbalance = abs(sum(row[extended(headers.CURRENT, name)] for name in names))
        cut = row.get(headers.CURRENT_CUT)
        # in time the current through the cut is another one
        routes = 0.0 if cut is None or slope is not None else abs(cut - row[headers.CURRENT])
        algebraic = max(imbalance, routes)
        leak = abs(sum(row[extended(headers.FLOW_RATE, name)] for name in names))
        columns = {
            headers.CURRENT_ERROR: SAFETY * abs(totals[driven]) + algebraic + abs(time_error or 0.0),
            headers.DISCRETISATION_ERROR: totals[driven],
            headers.ALGEBRAIC_ERROR: algebraic,
        }
        if time_error is None:
            columns[headers.RESERVOIR_ERROR] = self._reservoir(case, found)
        else:
            columns[headers.TIME_ERROR] = time_error
        bias = row[headers.BIAS]
        bar = columns[headers.CURRENT_ERROR]
        columns[error_header(headers.CONDUCTANCE)] = bar / abs(bias) if bias else np.nan
        columns[error_header(headers.FLOW_RATE)] = SAFETY * abs(flows[driven]) + leak
        for k, name in enumerate(names):
            columns[error_header(extended(headers.CURRENT, name))] = SAFETY * abs(totals[k]) + algebraic
            columns[error_header(extended(headers.FLOW_RATE, name))] = SAFETY * abs(flows[k]) + leak
            for i, species in enumerate(problem.solutes):
                bar = SAFETY * abs(currents[k, i]) + algebraic
                columns[error_header(extended(headers.CURRENT, name, species.name))] = bar
        return columns

    def _differences(self, point: Point[Case], found: Evaluation, storage: Storage) -> tuple[np.ndarray, np.ndarray]:
        """Enriched minus working: currents (ports, species) in A, flow rates (ports,) in m^3/s."""
        enriched, scales = self._enriched, found.parameters.scales
        try:
            parameters = build.parameters_of(enriched.problem, point.case)
            rich = enriched.correct(found, parameters, storage, point.coordinate, point.branch)
        except NewtonFailure as failure:
            logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
            return np.full(found.rates.shape, np.nan), np.full(found.flow_rates.shape, np.nan)
        currents = (rich.rates - found.rates) * np.array(self._problem.valences) * FARADAY * scales.molar_rate
        return currents, (rich.flow_rates - found.flow_rates) * scales.flow_rate

    def _reservoir(self, case: Case, found: Evaluation) -> float:
        if self._adjoint is None:
            return np.nan
        with self._problem.clock("reservoir error", everything=True):
            try:
                self._adjoint.solve(found)
            except SingularMatrixError:
                return np.nan
            return reservoir_effect(self._adjoint, found, case)
