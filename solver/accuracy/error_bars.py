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
from dataclasses import dataclass, replace

import numpy as np

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.enriched import Enriched
from solver.accuracy.field_errors import FieldErrors
from solver.accuracy.goals import Goal
from solver.accuracy.rate_projection import RateProjection
from solver.accuracy.safety import safety_of
from solver.accuracy.sensitivity import reservoir_effect
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.potential import SLOWEST
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.jacobian import Jacobian
from solver.nonlinear.newton import NewtonFailure
from solver.observables.bias import Bias
from solver.observables.coverages import Coverages
from solver.observables.donnan import DonnanPotentials, names_of_faces
from solver.observables.electrodes import Electrodes
from solver.observables.forces import ELECTRIC, FORCE, VISCOUS, Forces
from solver.observables.held_flows import HeldFlows
from solver.observables.neutrality import Neutrality
from solver.observables.observer import Observed, Observer
from solver.observables.open_walls import WallRates
from solver.observables.salt import RATIO, Salt
from solver.observables.wall import WallPotential
from solver.observables.zeta_walls import ZetaWalls
from solver.parallel.logs import logger
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import IN_TIME, STEADY, Quantity
from solver.results.headers import error_header, extended

OF_PORTS = (HeldFlows, Electrodes, WallRates, ZetaWalls)
BY_DIFFERENCE = (*OF_PORTS, Salt, WallPotential, Coverages, Neutrality, DonnanPotentials, Forces)
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
    """

    slope: np.ndarray
    state: np.ndarray
    species: np.ndarray
    currents: np.ndarray


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


def _spread(observed: Observed, better: Observed) -> dict[str, float]:
    """Sizes of what may cancel in the difference of a number, by its column."""
    return _spread_of_salt(observed, better) | _spread_of_forces(observed.row, better.row)


def _spread_of_salt(observed: Observed, better: Observed) -> dict[str, float]:
    """Mean size of the differences of salt over the cross-sections of the channel."""
    if observed.profiles is None or better.profiles is None:
        return {}
    found: dict[str, float] = {}
    for quantity in Salt.quantities:
        header = headers.VIRTUAL_SALT if quantity.name.startswith("virtual") else headers.SALT
        pair = observed.profiles.in_channel(header), better.profiles.in_channel(header)
        found[quantity.header] = float(np.abs(pair[1] - pair[0]).mean())
    mean = observed.row[headers.SALT_MEAN]
    found[RATIO] *= observed.row[RATIO] / mean if mean else 0.0
    return found


def _spread_of_forces(row: Mapping[str, float], better: Mapping[str, float]) -> dict[str, float]:
    """Sizes of the differences of a force and of its other part, for each of its two parts: they oppose each other."""
    if FORCE not in row or FORCE not in better:
        return {}
    whole, *parts = (abs(better[name] - row[name]) for name in (FORCE, ELECTRIC, VISCOUS))
    return {ELECTRIC: whole + parts[1], VISCOUS: whole + parts[0]}


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
        self._safety = safety_of(case)
        self._storage = RateProjection(self._problem, enriched.problem) if self._problem.stores else None
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
        }
        names |= {"flow_terminal": case.flow_terminals, "open_wall": case.open_walls, **names_of_faces(case)}
        self._others = [h for o in by_difference for q in o.quantities if q.error for h, _ in q.columns(names)]
        self._others += [headers.BIAS] if case.galvanostatic else []
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
                rich = rich or self.corrected(point, found, None if in_time is None else in_time.slope)
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
                bar = differences.bars_of_species[k, i] + algebraic
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
        unknown, of_flow = np.full(found.rates.shape, np.nan), np.full(found.flow_rates.shape, np.nan)
        others = {error_header(name): np.nan for name in self._others if name in row} | self._fields.unknown()
        return _Differences(unknown, unknown, unknown, of_flow, of_flow, others, self._safety)

    def _differences(self, case: Case, found: Evaluation, observed: Observed, rich: Evaluation) -> _Differences:
        """Enriched minus working numbers of a state."""
        scales, row, safety = found.parameters.scales, observed.row, self._safety
        better = self._observer.observe(rich, case)
        spread = _spread(observed, better)
        others = {
            error_header(name): safety * abs(better.row[name] - row[name]) + (safety - 1.0) * spread.get(name, 0.0)
            for name in self._others
            if name in row and name in better.row
        }
        others |= self._fields.columns(found, rich)
        valences = np.array(self._problem.valences)
        elements = (self._enriched.flow_rates(found, rich) - found.flow_rates) * scales.flow_rate
        flows = (rich.flow_rates - found.flow_rates) * scales.flow_rate
        bulk = np.zeros(found.rates.shape)
        bulk[: len(self._problem.ports.terminals)] = np.nan_to_num(found.parameters.concentrations)
        carried = FARADAY * scales.concentration * valences * bulk * flows[:, None]
        unit = valences * scales.current
        species = (rich.rates - found.rates) * unit
        return _Differences(found.rates * unit, species, carried, flows, elements, others, safety)

    def _storage_of(self, found: Evaluation, parameters: Parameters, slope: np.ndarray | None) -> Storage:
        """Storage of the richer problem: the rates of change of the working one; a closed device also keeps its ions."""
        rich = self._enriched.problem
        source = None if slope is None or self._storage is None else self._storage.source(slope)
        if self._problem.ports.terminals:
            return NO_STORAGE if source is None else Storage(0.0, source, found.charging)
        rest = rich.at_rest(parameters.at_rest())[1]
        if source is None:
            return rest
        rate = max(rest.rate, SLOWEST * rich.mixing_rate)  # the source balances to some digits only
        kept = rich.species_content(self._enriched.prolonged(found), parameters)
        return Storage(rate, source - rate * kept, found.charging, settled=True)

    def _reservoir(self, case: Case, found: Evaluation) -> float:
        if self._adjoint is None:
            return np.nan
        with self._problem.clock("reservoir error", everything=True):
            try:
                self._adjoint.solve(found, TOLERANCE_OF_RESERVOIRS)
            except SingularMatrixError:
                return np.nan
            return reservoir_effect(self._adjoint, found, case)
