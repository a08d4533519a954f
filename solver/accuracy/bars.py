"""Error bars of the numbers of a state, whatever estimates what they lack.

The bar of a number is its discretization error times a safety factor, plus what does not balance or differs between the two
routes of the current (the algebraic error), and in time what the steps have left. `solver.accuracy.error_bars` estimates
the discretization error by richer elements, `solver.accuracy.coarser_bars` by a coarser mesh.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solver.accuracy.differences import Differences, Steps
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.nonlinear.newton import NewtonFailure
from solver.observables.bias import Bias
from solver.observables.coverages import Coverages
from solver.observables.donnan import DonnanPotentials, names_of_faces
from solver.observables.electrodes import Electrodes
from solver.observables.forces import Forces
from solver.observables.held_flows import HeldFlows
from solver.observables.neutrality import Neutrality
from solver.observables.observable import Observable
from solver.observables.observer import Observed, Observer
from solver.observables.open_walls import WallRates
from solver.observables.salt import Salt
from solver.observables.trace import Traces, trace_leaks
from solver.observables.wall import WallPotential
from solver.observables.zeta_walls import ZetaWalls
from solver.parallel.logs import logger
from solver.parallel.ranks import clear_frames
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import IN_TIME, STEADY, Quantity
from solver.results.headers import error_header, extended

OF_PORTS = (HeldFlows, Electrodes, WallRates, ZetaWalls)
BY_DIFFERENCE = (*OF_PORTS, Salt, WallPotential, Coverages, Neutrality, DonnanPotentials, Forces, Traces)
"""What is measured from the other state as from the working one; its errors follow from the differences."""

PARTS = (
    Quantity(
        headers.DISCRETISATION_ERROR,
        "discretisation error of the current",
        "Signed estimate of what the computed current lacks: that of richer elements minus the computed one; in three"
        " dimensions a part of what a coarser mesh changes.",
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


TIME_SAFETY = 3.0
"""Factor on the error that the steps have left: an exponential has 0.75 to 1.7 times its estimate, what follows a curved
drive more."""


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


class Bars(ABC):
    """Error columns for the states of one problem. Collective.

    Attributes:
        problem: whose states are judged.
        safety: factor on what the numbers of a state lack.
        by_difference: what is measured of another state, too.
        others: headers of these columns.
    """

    def __init__(self, problem: Problem, case: Case, safety: float) -> None:
        self.problem, self.safety = problem, safety
        self.by_difference: Sequence[type[Observable]] = (*BY_DIFFERENCE, Bias) if case.galvanostatic else BY_DIFFERENCE
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
        self.others = [h for o in self.by_difference for q in o.quantities if q.error for h, _ in q.columns(names)]
        self.others += [headers.BIAS] if case.galvanostatic else []
        self._beside = Observer(problem, case, self.by_difference) if problem.stores else None

    def columns(
        self,
        point: Point[Case],
        found: Evaluation,
        observed: Observed,
        in_time: InTime | None = None,
        other: Evaluation | None = None,
    ) -> dict[str, float]:
        """Error columns of a point with its evaluated state and what is observed of it. nan where the estimate fails.

        in_time: of a state in time what its steps tell. other: the state that it is compared with, where that is known.
        """
        row = observed.row
        with self.problem.clock("error estimate", everything=True):
            differences = None
            try:
                differences = self.estimated(point, found, observed, in_time, other)
            except (NewtonFailure, ConvergenceError, SingularMatrixError) as failure:
                clear_frames(failure)
                logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
            differences = differences or self.unknown(found, row)
            if in_time is not None:
                differences = self.with_steps(differences, point.case, found, row, in_time)
        beside = {}
        if in_time is not None:
            driven = self.problem.ports.index(point.case.driven_terminal)
            beside = {headers.TIME_ERROR: float(in_time.currents[driven])}
        elif self.passes_ions(point.case):
            beside = {headers.RESERVOIR_ERROR: self.reservoir_effect(point.case, found)}
        return self.composed(point.case, row, differences, beside, in_time=in_time is not None)

    @abstractmethod
    def estimated(
        self,
        point: Point[Case],
        found: Evaluation,
        observed: Observed,
        in_time: InTime | None,
        other: Evaluation | None,
    ) -> Differences | None:
        """What the numbers of a state lack; None where there is nothing to compare it with.

        Raises:
            NewtonFailure, ConvergenceError, SingularMatrixError: on all ranks; what it is compared with is not found.
        """

    def reservoir_effect(self, case: Case, found: Evaluation) -> float:
        """What larger reservoirs would change of the current, A; NaN where that is not estimated."""
        return np.nan

    def composed(
        self,
        case: Case,
        row: Mapping[str, float],
        differences: Differences,
        beside: Mapping[str, float],
        *,
        in_time: bool = False,
    ) -> dict[str, float]:
        """Error columns of a row from what its numbers lack.

        beside: other parts of the error of the driven port's current. in_time: whether the row is an instant.
        """
        algebraic = self._algebraic(row, in_time)
        columns = dict(differences.others)
        if self.passes_ions(case):
            columns |= self._of_the_driven(case, row, differences, algebraic, beside)
        return columns | self._of_terminals(row, differences, algebraic)

    def with_steps(
        self, differences: Differences, case: Case, found: Evaluation, row: Mapping[str, float], in_time: InTime
    ) -> Differences:
        """With what the steps may have left."""
        state = self.problem.unknowns.minus(found.state, in_time.state)
        beside = self.problem.evaluate(state, found.parameters, found.storage)
        assert self._beside is not None  # a run in time is one of a problem that stores
        other = self._beside.observe(beside, case).row
        others = dict(differences.others)
        for name in self.others:
            if name in other and error_header(name) in others:
                others[error_header(name)] += TIME_SAFETY * abs(other[name] - row[name])
        flows = TIME_SAFETY * np.abs(beside.flow_rates - found.flow_rates) * found.parameters.scales.flow_rate
        return replace(differences, others=others, steps=Steps(in_time.species, in_time.currents, flows))

    def passes_ions(self, case: Case) -> bool:
        """Whether ions enter at the driven port."""
        return bool(self.problem.ports.all[self.problem.ports.index(case.driven_terminal)].passes_ions)

    def of_others(
        self,
        case: Case,
        row: Mapping[str, float],
        other: Mapping[str, float],
        spread: Mapping[str, float],
        share: float = 1.0,
    ) -> dict[str, float]:
        """Bars of what is measured by difference.

        other: the same numbers of the state that it is compared with. spread: what may cancel in their differences.
        share: part of a difference that a number lacks.
        """
        others = {
            error_header(name): share
            * (self.safety * abs(other[name] - row[name]) + (self.safety - 1.0) * spread.get(name, 0.0))
            for name in self.others
            if name in row and name in other
        }
        for name, leak in trace_leaks(row, case).items():
            others[error_header(name)] += leak
        return others

    def unknown(self, found: Evaluation, row: Mapping[str, float]) -> Differences:
        """Differences of a state without an estimate."""
        unknown, of_flow = np.full(found.rates.shape, np.nan), np.full(found.flow_rates.shape, np.nan)
        others = {error_header(name): np.nan for name in self.others if name in row}
        return Differences(unknown, unknown, unknown, of_flow, of_flow, others, self.safety)

    def carried(self, found: Evaluation, flows: np.ndarray) -> np.ndarray:
        """Currents (A) that the neutral liquid of the terminals carries at flow rates (m^3/s). Shape (ports, species)."""
        scales, bulk = found.parameters.scales, np.zeros(found.rates.shape)
        totals = self.problem.equilibria.dependences.totals_matrix  # rates are of these
        bulk[: len(self.problem.ports.terminals)] = np.nan_to_num(found.parameters.concentrations) @ totals.T
        return np.asarray(FARADAY * scales.concentration * np.array(self.problem.valences) * bulk * flows[:, None])

    def _algebraic(self, row: Mapping[str, float], in_time: bool) -> float:
        """What does not balance, or differs between the routes of the current, A."""
        names = [port.name for port in self.problem.ports.all]
        currents = sum(row[extended(headers.CURRENT, name)] for name in names)
        imbalance = abs(currents + row.get(headers.BOUND_CHARGE_RATE, 0.0))
        cut = row.get(headers.CURRENT_CUT)
        # in time the current through the cut is another one
        return max(imbalance, 0.0 if cut is None or in_time else abs(cut - row[headers.CURRENT]))

    def _leak(self, row: Mapping[str, float]) -> float:
        """Sum of the flow rates, m^3/s."""
        names = [port.name for port in self.problem.ports.all if port.passes_flow]
        return abs(sum(row[extended(headers.FLOW_RATE, name)] for name in names))

    def _of_the_driven(
        self,
        case: Case,
        row: Mapping[str, float],
        differences: Differences,
        algebraic: float,
        beside: Mapping[str, float],
    ) -> dict[str, float]:
        """Error columns of the current, the conductance and the flow rate."""
        driven = self.problem.ports.index(case.driven_terminal)
        bar = float(differences.bars_of_currents[driven]) + algebraic
        columns = {
            headers.CURRENT_ERROR: bar,
            headers.DISCRETISATION_ERROR: float(differences.currents[driven]),
            headers.ALGEBRAIC_ERROR: algebraic,
            **beside,
        }
        bias, of_bias = abs(row[headers.BIAS]), differences.others.get(error_header(headers.BIAS), 0.0)
        of_current = bar + (abs(row[headers.CURRENT]) * of_bias / bias if bias else 0.0)
        columns[error_header(headers.CONDUCTANCE)] = of_current / bias if bias else np.nan
        if self.problem.ports.all[driven].passes_flow:
            columns[error_header(headers.FLOW_RATE)] = float(differences.bars_of_flow_rates[driven]) + self._leak(row)
        return columns

    def _of_terminals(self, row: Mapping[str, float], differences: Differences, algebraic: float) -> dict[str, float]:
        """Error columns of what enters at the terminals, reacting electrodes and walls that species pass."""
        columns, leak = {}, self._leak(row)
        for k, port in enumerate(self.problem.ports.all):
            if port.passes_flow:
                columns[error_header(extended(headers.FLOW_RATE, port.name))] = differences.bars_of_flow_rates[k] + leak
            if not (port.passes_ions or self.problem.rates.at(port.name)):
                continue
            columns[error_header(extended(headers.CURRENT, port.name))] = differences.bars_of_currents[k] + algebraic
            for i, species in enumerate(self.problem.solutes):
                if i in self.problem.followers:
                    continue
                bar = differences.bars_of_species[k, i] + algebraic
                columns[error_header(extended(headers.CURRENT, port.name, species.name))] = bar
        return columns
