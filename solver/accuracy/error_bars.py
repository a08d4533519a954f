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
from contextlib import suppress
from dataclasses import replace

import numpy as np

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.bars import Bars, InTime
from solver.accuracy.differences import Differences
from solver.accuracy.enriched import Enriched
from solver.accuracy.field_errors import FieldErrors
from solver.accuracy.goals import Goal
from solver.accuracy.richer_storage import RicherStorage
from solver.accuracy.safety import safety_of
from solver.accuracy.sensitivity import reservoir_effect
from solver.accuracy.spread import spread_of
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build, coverages
from solver.discretization.evaluation import Evaluation
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.jacobian import Jacobian
from solver.nonlinear.newton import NewtonFailure
from solver.observables.observer import Observed, Observer

TOLERANCE_OF_RESERVOIRS = 1e-4
"""Relative residual of the adjoint states for the reservoirs' effect: it is an estimate, and small."""


class ErrorBars(Bars):
    """Error columns by the richer problem. Collective.

    Args:
        enriched: the richer problem beside the one whose error is asked for.
        jacobian: of the working problem, for adjoint states.
        case: for the driven terminal.
        reservoirs: whether to estimate what larger reservoirs would change.

    Attributes:
        storage: of the richer problem; what it remembers of a run in time belongs to the run.
    """

    def __init__(self, enriched: Enriched, jacobian: Jacobian, case: Case, *, reservoirs: bool = True) -> None:
        super().__init__(enriched.working, case, safety_of(case))
        self._enriched = enriched
        self._adjoint: Adjoint | None = None
        self.storage = RicherStorage(enriched)
        self._observer = Observer(enriched.problem, case, self.by_difference)
        self._fields = FieldErrors(enriched)
        if (
            reservoirs
            and case.driven_terminal in case.terminals
            and not any(terminal.exchange for terminal in case.terminals.values())
            and getattr(case.geometry, "open_to_infinity", False)
            and not self.problem.stores
        ):
            self._adjoint = Adjoint(self.problem, jacobian, Goal("current", case.driven_terminal))

    def estimated(
        self,
        point: Point[Case],
        found: Evaluation,
        observed: Observed,
        in_time: InTime | None,
        other: Evaluation | None,
    ) -> Differences:
        """From the state of the richer problem, which is found here where it is not known."""
        rich, case = other or self.corrected(point, found, in_time), point.case
        scales, row = found.parameters.scales, observed.row
        better = self._observer.observe(rich, case)
        others = self.of_others(case, row, better.row, spread_of(observed, better)) | self._fields.columns(found, rich)
        elements = (self._enriched.flow_rates(found, rich) - found.flow_rates) * scales.flow_rate
        flows = (rich.flow_rates - found.flow_rates) * scales.flow_rate
        forces = flows - elements  # what the richer forces bring, beside what the richer elements of the flow do
        cancelled = np.minimum(np.abs(forces), np.abs(elements)) * (forces * elements < 0.0)
        unit = np.array(self.problem.valences) * scales.current
        species = (rich.rates - found.rates) * unit
        carried = self.carried(found, flows)
        return Differences(found.rates * unit, species, carried, flows, cancelled, others, self.safety)

    def unknown(self, found: Evaluation, row: Mapping[str, float]) -> Differences:
        """Errors of the fields, too."""
        differences = super().unknown(found, row)
        return replace(differences, others={**differences.others, **self._fields.unknown()})

    def corrected(
        self, point: Point[Case], found: Evaluation, in_time: InTime | None = None, branch: int | None = None
    ) -> Evaluation:
        """The state of the richer problem beside one of the working problem.

        in_time: of a state in time, at the point's coordinate in s. branch: default that of the point.

        Raises:
            NewtonFailure: on all ranks.
        """
        parameters, slope = build.parameters_of(self._enriched.problem, point.case), None
        if in_time is not None and in_time.at_rest:
            parameters = coverages.held(parameters)
        elif in_time is not None:
            slope = in_time.slope
        storage = self.storage.of(found, parameters, slope, point.coordinate)
        number = point.branch if branch is None else branch
        rich = self._enriched.correct(found, parameters, storage, point.coordinate, number)
        if in_time is not None:
            self.storage.keep(found, rich, point.coordinate)
        return rich

    def follow(self, point: Point[Case], found: Evaluation, in_time: InTime) -> None:
        """Take notice of a state in time that has no row, for a storage that follows what the mesh leaves out."""
        with self.problem.clock("error estimate", everything=True), suppress(NewtonFailure):
            self.corrected(point, found, in_time)

    def reservoir_effect(self, case: Case, found: Evaluation) -> float:
        """By the adjoint state of the current."""
        if self._adjoint is None:
            return np.nan
        with self.problem.clock("reservoir error", everything=True):
            try:
                self._adjoint.solve(found, TOLERANCE_OF_RESERVOIRS)
            except SingularMatrixError:
                return np.nan
            return reservoir_effect(self._adjoint, found, case)
