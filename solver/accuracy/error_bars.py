"""The numerical errors of a point: error columns of observables.csv.

    discretization   number of the enriched problem minus the computed one (`solver.accuracy.enriched`), times a safety
                     factor; of currents also a part of what cancels between the species
    time             what the steps of a run in time left (`solver.studies.transient.stepper`)
    algebraic        what does not balance, or differs between the two routes of the current
    reservoir        what larger reservoirs would change (`solver.accuracy.sensitivity`): beside the bar, not in it

The bar of a number is discretization plus algebraic error, and in time that of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from solver.accuracy.adjoint import Adjoint
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
from solver.observables.bias import Bias
from solver.observables.coverages import Coverages
from solver.observables.donnan import DonnanPotentials, names_of_faces
from solver.observables.electrodes import Electrodes
from solver.observables.forces import Forces
from solver.observables.held_flows import HeldFlows
from solver.observables.neutrality import Neutrality
from solver.observables.observer import Observed, Observer
from solver.observables.open_walls import WallRates
from solver.observables.salt import Salt
from solver.observables.trace import Traces, trace_leaks
from solver.observables.wall import WallPotential
from solver.observables.zeta_walls import ZetaWalls
from solver.parallel.logs import logger
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import IN_TIME, STEADY, Quantity
from solver.results.headers import error_header, extended

OF_PORTS = (HeldFlows, Electrodes, WallRates, ZetaWalls)
BY_DIFFERENCE = (*OF_PORTS, Salt, WallPotential, Coverages, Neutrality, DonnanPotentials, Forces, Traces)
"""What is measured from the richer state as from the working one; its errors are the differences."""

TIME_SAFETY = 3.0
"""Factor on the error that the steps have left: an exponential has 0.75 to 1.7 times its estimate, what follows a curved
drive more."""

TOLERANCE_OF_RESERVOIRS = 1e-4
"""Relative residual of the adjoint states for the reservoirs' effect: it is an estimate, and small."""

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
class InTime:
    """What the steps of a run in time tell of its state.

    Attributes:
        slope: rates of change of the contents; owned entries.
        state: what the steps may have left in the unknowns; owned entries.
        species, currents: the same of the currents of the species and of the ports, A, with a safety factor. Shapes
            (ports, species) and (ports,).
        at_rest: whether the state is the steady one at the start, in which coverages that are given are held.
    """

    slope: np.ndarray
    state: np.ndarray
    species: np.ndarray
    currents: np.ndarray
    at_rest: bool = False


@dataclass(frozen=True)
class _Steps:
    """What the steps of a run in time add to bars: currents of species and of ports (A), flow rates (m^3/s)."""

    species: np.ndarray
    currents: np.ndarray
    flow_rates: np.ndarray


@dataclass(frozen=True)
class _Differences:
    """Enriched minus working numbers. What cancels in a difference need not cancel in the error, so that a part of it is
    added to the bars.

    Attributes:
        values: working currents of the species, A. Shape (ports, species).
        species, carried: differences of these, and what of them the neutral liquid carries, A. Shape (ports, species).
        flow_rates: m^3/s. Shape (ports,).
        elements: what of these the elements of the flow bring, at the forces of the working state. Shape (ports,).
        others: bars of what else is measured, and errors of the fields, by their headers.
        safety: factor on the differences (see `solver.accuracy.safety`).
        steps: in time, what the steps add to the bars.
    """

    values: np.ndarray
    species: np.ndarray
    carried: np.ndarray
    flow_rates: np.ndarray
    elements: np.ndarray
    others: Mapping[str, float]
    safety: float
    steps: _Steps | None = None

    @property
    def currents(self) -> np.ndarray:
        """Of the currents (A). Shape (ports,)."""
        return np.asarray(self.species.sum(axis=1))

    @property
    def bars_of_currents(self) -> np.ndarray:
        """Discretization part of the bars of the currents: of each species a part may be left. Shape (ports,)."""
        moved = self.species - self.carried  # what the liquid carries is neutral and cancels for good
        signs = np.maximum(moved, 0.0).sum(axis=1), np.maximum(-moved, 0.0).sum(axis=1)
        bars = self.safety * np.abs(self.currents) + (self.safety - 1.0) * np.minimum(*signs)
        return np.asarray(bars if self.steps is None else bars + self.steps.currents)

    @property
    def bars_of_species(self) -> np.ndarray:
        """The same of the currents of the species: the other ions tell how well such a current is known. Shape
        (ports, species)."""
        sizes, wholes = np.abs(self.species).sum(axis=1), np.abs(self.values).sum(axis=1)
        alike = np.abs(self.values) * (sizes / np.maximum(wholes, 1e-300))[:, None]
        bars = self.safety * np.abs(self.species) + (self.safety - 1.0) * alike
        return np.asarray(bars if self.steps is None else bars + self.steps.species)

    @property
    def bars_of_flow_rates(self) -> np.ndarray:
        """The same of the flow rates: the elements of the flow, and the forces. Shape (ports,)."""
        forces = self.flow_rates - self.elements
        cancelled = np.minimum(np.abs(forces), np.abs(self.elements)) * (forces * self.elements < 0.0)
        bars = self.safety * np.abs(self.flow_rates) + (self.safety - 1.0) * cancelled
        return np.asarray(bars if self.steps is None else bars + self.steps.flow_rates)


class ErrorBars:
    """Error columns for the states of one problem. Collective.

    Args:
        enriched: the richer problem beside the one whose error is asked for.
        jacobian: of the working problem, for adjoint states.
        case: for the driven terminal.
        reservoirs: whether to estimate what larger reservoirs would change.

    Attributes:
        storage: of the richer problem; what it remembers of a run in time belongs to the run.
    """

    def __init__(self, enriched: Enriched, jacobian: Jacobian, case: Case, *, reservoirs: bool = True) -> None:
        self._enriched = enriched
        self._problem = enriched.working
        self._adjoint: Adjoint | None = None
        self._safety = safety_of(case)
        self.storage = RicherStorage(enriched)
        by_difference = (*BY_DIFFERENCE, Bias) if case.galvanostatic else BY_DIFFERENCE
        self._observer = Observer(enriched.problem, case, by_difference)
        self._beside = Observer(self._problem, case, by_difference) if self._problem.stores else None
        self._fields = FieldErrors(enriched)
        names: dict[str, Sequence[str]] = {
            "electrode": case.electrodes,
            "floating": (*case.galvanostatic, *case.conductors),
            "zeta_wall": case.zeta_walls,
            "wall": case.holders,
            "species": list(case.electrolyte.species),
            "terminal": list(case.terminals),
            "trace": list(case.electrolyte.trace),
        }
        names |= {"flow_terminal": case.flow_terminals, "open_wall": case.open_walls, **names_of_faces(case)}
        self._others = [h for o in by_difference for q in o.quantities if q.error for h, _ in q.columns(names)]
        self._others += [headers.BIAS] if case.galvanostatic else []
        if (
            reservoirs
            and case.driven_terminal in case.terminals
            and not any(terminal.exchange for terminal in case.terminals.values())
            and getattr(case.geometry, "open_to_infinity", False)
            and not self._problem.stores
        ):
            self._adjoint = Adjoint(self._problem, jacobian, Goal("current", case.driven_terminal))

    def columns(
        self,
        point: Point[Case],
        found: Evaluation,
        observed: Observed,
        in_time: InTime | None = None,
        rich: Evaluation | None = None,
    ) -> dict[str, float]:
        """Error columns of a point with its evaluated state and what is observed of it. nan where the estimate fails.

        in_time: of a state in time what its steps tell; rich: the correction of the state, where it is known.
        """
        row = observed.row
        with self._problem.clock("error estimate", everything=True):
            try:
                rich = rich or self.corrected(point, found, in_time)
                differences = self._differences(point.case, found, observed, rich)
            except NewtonFailure as failure:
                logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
                differences = self._unknown(found, row)
            if in_time is not None:
                differences = self._with_steps(differences, point.case, found, row, in_time)
        columns = dict(differences.others)
        algebraic = self._algebraic(row, in_time is not None)
        if self._problem.ports.all[self._problem.ports.index(point.case.driven_terminal)].passes_ions:
            columns |= self._of_the_driven(point.case, found, row, differences, algebraic, in_time)
        return columns | self._of_terminals(row, differences, algebraic)

    def _with_steps(
        self, differences: _Differences, case: Case, found: Evaluation, row: Mapping[str, float], in_time: InTime
    ) -> _Differences:
        """With what the steps may have left."""
        state = self._problem.unknowns.minus(found.state, in_time.state)
        beside = self._problem.evaluate(state, found.parameters, found.storage)
        assert self._beside is not None  # a run in time is one of a problem that stores
        other = self._beside.observe(beside, case).row
        others = dict(differences.others)
        for name in self._others:
            if name in other and error_header(name) in others:
                others[error_header(name)] += TIME_SAFETY * abs(other[name] - row[name])
        flows = TIME_SAFETY * np.abs(beside.flow_rates - found.flow_rates) * found.parameters.scales.flow_rate
        return replace(differences, others=others, steps=_Steps(in_time.species, in_time.currents, flows))

    def _algebraic(self, row: Mapping[str, float], in_time: bool) -> float:
        """What does not balance, or differs between the routes of the current, A."""
        names = [port.name for port in self._problem.ports.all]
        currents = sum(row[extended(headers.CURRENT, name)] for name in names)
        imbalance = abs(currents + row.get(headers.BOUND_CHARGE_RATE, 0.0))
        cut = row.get(headers.CURRENT_CUT)
        # in time the current through the cut is another one
        return max(imbalance, 0.0 if cut is None or in_time else abs(cut - row[headers.CURRENT]))

    def _leak(self, row: Mapping[str, float]) -> float:
        """Sum of the flow rates, m^3/s."""
        names = [port.name for port in self._problem.ports.all if port.passes_flow]
        return abs(sum(row[extended(headers.FLOW_RATE, name)] for name in names))

    def _of_the_driven(
        self,
        case: Case,
        found: Evaluation,
        row: Mapping[str, float],
        differences: _Differences,
        algebraic: float,
        in_time: InTime | None,
    ) -> dict[str, float]:
        """Error columns of the current, the conductance and the flow rate."""
        driven = self._problem.ports.index(case.driven_terminal)
        bar = float(differences.bars_of_currents[driven]) + algebraic
        columns = {
            headers.CURRENT_ERROR: bar,
            headers.DISCRETISATION_ERROR: float(differences.currents[driven]),
            headers.ALGEBRAIC_ERROR: algebraic,
        }
        if in_time is None:
            columns[headers.RESERVOIR_ERROR] = self._reservoir(case, found)
        else:
            columns[headers.TIME_ERROR] = float(in_time.currents[driven])
        bias, of_bias = abs(row[headers.BIAS]), differences.others.get(error_header(headers.BIAS), 0.0)
        of_current = bar + (abs(row[headers.CURRENT]) * of_bias / bias if bias else 0.0)
        columns[error_header(headers.CONDUCTANCE)] = of_current / bias if bias else np.nan
        if self._problem.ports.all[driven].passes_flow:
            columns[error_header(headers.FLOW_RATE)] = float(differences.bars_of_flow_rates[driven]) + self._leak(row)
        return columns

    def _of_terminals(self, row: Mapping[str, float], differences: _Differences, algebraic: float) -> dict[str, float]:
        """Error columns of what enters at the terminals, reacting electrodes and walls that species pass."""
        columns, leak = {}, self._leak(row)
        for k, port in enumerate(self._problem.ports.all):
            if port.passes_flow:
                columns[error_header(extended(headers.FLOW_RATE, port.name))] = differences.bars_of_flow_rates[k] + leak
            if not (port.passes_ions or self._problem.rates.at(port.name)):
                continue
            columns[error_header(extended(headers.CURRENT, port.name))] = differences.bars_of_currents[k] + algebraic
            for i, species in enumerate(self._problem.solutes):
                if i in self._problem.followers:
                    continue
                bar = differences.bars_of_species[k, i] + algebraic
                columns[error_header(extended(headers.CURRENT, port.name, species.name))] = bar
        return columns

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
        with self._problem.clock("error estimate", everything=True), suppress(NewtonFailure):
            self.corrected(point, found, in_time)

    def _unknown(self, found: Evaluation, row: Mapping[str, float]) -> _Differences:
        """Differences of a state without an estimate."""
        unknown, of_flow = np.full(found.rates.shape, np.nan), np.full(found.flow_rates.shape, np.nan)
        others = {error_header(name): np.nan for name in self._others if name in row} | self._fields.unknown()
        return _Differences(unknown, unknown, unknown, of_flow, of_flow, others, self._safety)

    def _differences(self, case: Case, found: Evaluation, observed: Observed, rich: Evaluation) -> _Differences:
        """Enriched minus working numbers of a state."""
        scales, row, safety = found.parameters.scales, observed.row, self._safety
        better = self._observer.observe(rich, case)
        spread = spread_of(observed, better)
        others = {
            error_header(name): safety * abs(better.row[name] - row[name]) + (safety - 1.0) * spread.get(name, 0.0)
            for name in self._others
            if name in row and name in better.row
        }
        for name, leak in trace_leaks(row, case).items():
            others[error_header(name)] += leak
        others |= self._fields.columns(found, rich)
        valences = np.array(self._problem.valences)
        elements = (self._enriched.flow_rates(found, rich) - found.flow_rates) * scales.flow_rate
        flows = (rich.flow_rates - found.flow_rates) * scales.flow_rate
        bulk = np.zeros(found.rates.shape)
        totals = self._problem.equilibria.dependences.totals_matrix  # rates are of these
        bulk[: len(self._problem.ports.terminals)] = np.nan_to_num(found.parameters.concentrations) @ totals.T
        carried = FARADAY * scales.concentration * valences * bulk * flows[:, None]
        unit = valences * scales.current
        species = (rich.rates - found.rates) * unit
        return _Differences(found.rates * unit, species, carried, flows, elements, others, safety)

    def _reservoir(self, case: Case, found: Evaluation) -> float:
        if self._adjoint is None:
            return np.nan
        with self._problem.clock("reservoir error", everything=True):
            try:
                self._adjoint.solve(found, TOLERANCE_OF_RESERVOIRS)
            except SingularMatrixError:
                return np.nan
            return reservoir_effect(self._adjoint, found, case)
