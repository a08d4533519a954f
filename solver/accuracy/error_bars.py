"""The numerical error of every current and flow rate of a point: columns `<name>_error [unit]` of observables.csv.

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
from solver.discretization.evaluation import STEADY, Evaluation, Storage
from solver.linear.direct import SingularMatrixError
from solver.nonlinear.jacobian import Jacobian
from solver.nonlinear.newton import NewtonFailure
from solver.parallel.logs import logger
from solver.physics.constants import FARADAY

SAFETY = 1.5
"""The enriched numbers have errors of their own, up to a third of the working ones where corners dominate."""


class ErrorBars:
    """Error columns for the states of one problem. Collective.

    Args:
        enriched: the richer problem beside the one that is judged.
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
        point: Point,
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
        storage = STEADY
        if slope is not None and self._storage is not None:
            storage = Storage(0.0, self._storage.source(slope))
        names = [port.name for port in problem.ports.terminals]
        driven = names.index(case.driven_terminal)
        with problem.clock("error estimate", everything=True):
            currents, flows = self._differences(point, found, storage)
        totals = currents.sum(axis=1)
        imbalance = abs(sum(row[f"current_{name} [A]"] for name in names))
        # in time the current through the cut is another one
        routes = abs(row["current_cut [A]"] - row["current [A]"]) if "current_cut [A]" in row and slope is None else 0.0
        algebraic = max(imbalance, routes)
        leak = abs(sum(row[f"flow_rate_{name} [m^3/s]"] for name in names))
        columns = {
            "current_error [A]": SAFETY * abs(totals[driven]) + algebraic + abs(time_error or 0.0),
            "current_discretization_error [A]": totals[driven],
            "current_algebraic_error [A]": algebraic,
        }
        if time_error is None:
            columns["current_reservoir_error [A]"] = self._reservoir(case, found)
        else:
            columns["current_time_error [A]"] = time_error
        bias = row["bias [V]"]
        columns["conductance_error [S]"] = columns["current_error [A]"] / abs(bias) if bias else np.nan
        columns["flow_rate_error [m^3/s]"] = SAFETY * abs(flows[driven]) + leak
        for k, name in enumerate(names):
            columns[f"current_{name}_error [A]"] = SAFETY * abs(totals[k]) + algebraic
            columns[f"flow_rate_{name}_error [m^3/s]"] = SAFETY * abs(flows[k]) + leak
            for i, species in enumerate(problem.solutes):
                columns[f"current_{name}_{species.name}_error [A]"] = SAFETY * abs(currents[k, i]) + algebraic
        return columns

    def _differences(self, point: Point, found: Evaluation, storage: Storage) -> tuple[np.ndarray, np.ndarray]:
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
