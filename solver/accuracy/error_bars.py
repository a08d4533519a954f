"""The numerical errors of a point: error columns of observables.csv.

    discretization   number of the enriched problem minus the computed one (`solver.accuracy.enriched`), times a safety
                     factor; of currents also a part of what cancels between the species
    time             what the steps of a run in time left (`solver.studies.transient.stepper`)
    algebraic        what does not balance, or differs between the two routes of the current
    reservoir        what larger reservoirs would change (`solver.accuracy.sensitivity`): beside the bar, not in it

The bar of a number is discretization plus algebraic error, and in time that of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.enriched import Enriched
from solver.accuracy.field_errors import FieldErrors
from solver.accuracy.goals import Goal
from solver.accuracy.rate_projection import RateProjection
from solver.accuracy.sensitivity import reservoir_effect
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.jacobian import Jacobian
from solver.nonlinear.newton import NewtonFailure
from solver.observables.electrodes import Electrodes
from solver.observables.observer import Observer
from solver.observables.salt import Salt
from solver.observables.wall import WallPotential
from solver.parallel.logs import logger
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import IN_TIME, STEADY, Quantity
from solver.results.headers import error_header, extended

BY_DIFFERENCE = (Electrodes, Salt, WallPotential)
"""What is measured from the richer state as from the working one; its errors are the differences."""

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


@dataclass(frozen=True)
class _Differences:
    """Enriched minus working numbers.

    Attributes:
        species, carried: currents of the species, and what of them the neutral liquid carries, A. Shape (ports, species).
        flow_rates: m^3/s. Shape (ports,).
        others: bars of what else is measured, and errors of the fields, by their headers.
    """

    species: np.ndarray
    carried: np.ndarray
    flow_rates: np.ndarray
    others: Mapping[str, float]

    @property
    def currents(self) -> np.ndarray:
        """Of the currents (A). Shape (ports,)."""
        return np.asarray(self.species.sum(axis=1))

    @property
    def bars_of_currents(self) -> np.ndarray:
        """Discretization part of the bars of the currents: of each species a third may be left, and what cancels between
        them need not cancel there. Shape (ports,)."""
        moved = self.species - self.carried  # what the liquid carries is neutral and cancels for good
        signs = np.maximum(moved, 0.0).sum(axis=1), np.maximum(-moved, 0.0).sum(axis=1)
        return np.asarray(SAFETY * np.abs(self.currents) + (SAFETY - 1.0) * np.minimum(*signs))


class ErrorBars:
    """Error columns for the states of one problem. Collective.

    Args:
        enriched: the richer problem beside the one whose error is asked for.
        jacobian: of the working problem, for adjoint states.
        case: for the driven terminal.
        reservoirs: whether to estimate what larger reservoirs would change.
    """

    def __init__(self, enriched: Enriched, jacobian: Jacobian, case: Case, *, reservoirs: bool = True) -> None:
        self._enriched = enriched
        self._problem = enriched.working
        self._adjoint: Adjoint | None = None
        self._storage = RateProjection(self._problem, enriched.problem) if self._problem.stores else None
        self._observer = Observer(enriched.problem, case, BY_DIFFERENCE)
        self._fields = FieldErrors(enriched)
        names = {"electrode": case.electrodes}
        self._others = [h for o in BY_DIFFERENCE for q in o.quantities if q.error for h, _ in q.columns(names)]
        if (
            reservoirs
            and case.driven_terminal in case.terminals
            and getattr(case.geometry, "open_to_infinity", False)
            and not self._problem.stores
        ):
            self._adjoint = Adjoint(self._problem, jacobian, Goal("current", case.driven_terminal))

    def columns(
        self,
        point: Point[Case],
        found: Evaluation,
        row: Mapping[str, float],
        slope: np.ndarray | None = None,
        time_error: float | None = None,
        rich: Evaluation | None = None,
    ) -> dict[str, float]:
        """Error columns of a point with its evaluated state; `row` are its observables. nan where the estimate fails.

        slope: of a state in time the rates of change of its contents; time_error: what the steps may have left in its
            current (A); rich: its correction, where it is known.
        """
        with self._problem.clock("error estimate", everything=True):
            try:
                rich = rich or self.corrected(point, found, slope)
                differences = self._differences(point.case, found, row, rich)
            except NewtonFailure as failure:
                logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
                differences = self._unknown(found, row)
        columns = dict(differences.others)
        if point.case.driven_terminal in point.case.terminals:
            columns |= self._of_the_driven(point.case, found, row, differences, time_error)
        return columns | self._of_terminals(row, differences, self._algebraic(row, time_error))

    def _algebraic(self, row: Mapping[str, float], time_error: float | None) -> float:
        """What does not balance, or differs between the routes of the current, A."""
        names = [port.name for port in self._problem.ports.terminals]
        imbalance = abs(sum(row[extended(headers.CURRENT, name)] for name in names))
        cut = row.get(headers.CURRENT_CUT)
        # in time the current through the cut is another one
        return max(imbalance, 0.0 if cut is None or time_error is not None else abs(cut - row[headers.CURRENT]))

    def _leak(self, row: Mapping[str, float]) -> float:
        """Sum of the flow rates, m^3/s."""
        return abs(sum(row[extended(headers.FLOW_RATE, port.name)] for port in self._problem.ports.terminals))

    def _of_the_driven(
        self,
        case: Case,
        found: Evaluation,
        row: Mapping[str, float],
        differences: _Differences,
        time_error: float | None,
    ) -> dict[str, float]:
        """Error columns of the current, the conductance and the flow rate."""
        driven, algebraic = self._problem.ports.index(case.driven_terminal), self._algebraic(row, time_error)
        bar = float(differences.bars_of_currents[driven]) + algebraic + abs(time_error or 0.0)
        columns = {
            headers.CURRENT_ERROR: bar,
            headers.DISCRETISATION_ERROR: float(differences.currents[driven]),
            headers.ALGEBRAIC_ERROR: algebraic,
        }
        if time_error is None:
            columns[headers.RESERVOIR_ERROR] = self._reservoir(case, found)
        else:
            columns[headers.TIME_ERROR] = time_error
        columns[error_header(headers.CONDUCTANCE)] = bar / abs(row[headers.BIAS]) if row[headers.BIAS] else np.nan
        columns[error_header(headers.FLOW_RATE)] = SAFETY * abs(float(differences.flow_rates[driven])) + self._leak(row)
        return columns

    def _of_terminals(self, row: Mapping[str, float], differences: _Differences, algebraic: float) -> dict[str, float]:
        """Error columns of what enters at the terminals."""
        columns, leak = {}, self._leak(row)
        for k, port in enumerate(self._problem.ports.terminals):
            columns[error_header(extended(headers.CURRENT, port.name))] = differences.bars_of_currents[k] + algebraic
            columns[error_header(extended(headers.FLOW_RATE, port.name))] = (
                SAFETY * abs(differences.flow_rates[k]) + leak
            )
            for i, species in enumerate(self._problem.solutes):
                bar = SAFETY * abs(differences.species[k, i]) + algebraic
                columns[error_header(extended(headers.CURRENT, port.name, species.name))] = bar
        return columns

    def corrected(
        self, point: Point[Case], found: Evaluation, slope: np.ndarray | None = None, branch: int | None = None
    ) -> Evaluation:
        """The state of the richer problem beside one of the working problem.

        branch: default that of the point.

        Raises:
            NewtonFailure: on all ranks.
        """
        parameters = build.parameters_of(self._enriched.problem, point.case)
        storage = self._storage_of(found, parameters, slope)
        number = point.branch if branch is None else branch
        return self._enriched.correct(found, parameters, storage, point.coordinate, number)

    def _unknown(self, found: Evaluation, row: Mapping[str, float]) -> _Differences:
        """Differences of a state without an estimate."""
        unknown = np.full(found.rates.shape, np.nan)
        others = {error_header(name): np.nan for name in self._others if name in row} | self._fields.unknown()
        return _Differences(unknown, unknown, np.full(found.flow_rates.shape, np.nan), others)

    def _differences(self, case: Case, found: Evaluation, row: Mapping[str, float], rich: Evaluation) -> _Differences:
        """Enriched minus working numbers of a state."""
        scales = found.parameters.scales
        better = self._observer.observe(rich, case).row
        others = {
            error_header(name): SAFETY * abs(better[name] - row[name])
            for name in self._others
            if name in row and name in better
        }
        others |= self._fields.columns(found, rich)
        valences = np.array(self._problem.valences)
        flows = (rich.flow_rates - found.flow_rates) * scales.flow_rate
        bulk = np.zeros(found.rates.shape)
        bulk[: len(self._problem.ports.terminals)] = np.nan_to_num(found.parameters.concentrations)
        carried = FARADAY * scales.concentration * valences * bulk * flows[:, None]
        return _Differences((rich.rates - found.rates) * valences * scales.current, carried, flows, others)

    def _storage_of(self, found: Evaluation, parameters: Parameters, slope: np.ndarray | None) -> Storage:
        """Storage of the richer problem: the rates of change of the working one; a closed device also keeps its ions."""
        rich = self._enriched.problem
        source = None if slope is None or self._storage is None else self._storage.source(slope)
        if self._problem.ports.terminals:
            return NO_STORAGE if source is None else Storage(0.0, source)
        _, rest = rich.at_rest(parameters.at_rest())
        if source is None:
            return rest
        return Storage(rest.rate, source - rest.rate * rich.content(self._enriched.prolonged(found), parameters))

    def _reservoir(self, case: Case, found: Evaluation) -> float:
        if self._adjoint is None:
            return np.nan
        with self._problem.clock("reservoir error", everything=True):
            try:
                self._adjoint.solve(found)
            except SingularMatrixError:
                return np.nan
            return reservoir_effect(self._adjoint, found, case)
