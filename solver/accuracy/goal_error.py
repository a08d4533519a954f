"""The error of the number that an adapted mesh is made for, at one state, and where on the mesh it comes from."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from meshes.errors import MeshError
from solver.accuracy.enriched import Contributions, Enriched
from solver.accuracy.error_bars import ErrorBars
from solver.accuracy.goals import Goal, goal_of_column
from solver.accuracy.safety import safety_of
from solver.case.case import Case
from solver.case.mesh import GOALS_OF_THE_DRIVEN
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.evaluation import NO_STORAGE, Evaluation
from solver.nonlinear.jacobian import Jacobian
from solver.observables.observer import Observer
from solver.results.headers import error_header, split_header


@dataclass(frozen=True)
class GoalError:
    """The error of the goal at one point.

    Attributes:
        value: the goal, in any unit.
        estimate: signed estimate of what it lacks, with a safety factor.
        rest: what adds to the size of that.
        contributions: where the error comes from, in the unit of `value`.
    """

    value: float
    estimate: float
    rest: float
    contributions: Contributions

    @property
    def bar(self) -> float:
        """The error bar."""
        return abs(self.estimate) + self.rest


class GoalErrors(ABC):
    """Estimates the error of a goal on one mesh. Collective."""

    @abstractmethod
    def at(self, point: Point[Case], found: Evaluation, number: int) -> GoalError:
        """The error at a converged state of a point; `number` is another one for every point.

        Raises:
            NewtonFailure, SingularMatrixError: on all ranks; there is no estimate on this mesh.
            MeshError: on all ranks; the goal is not measured.
        """


def goal_errors(case: Case, enriched: Enriched, jacobian: Jacobian) -> GoalErrors:
    """What estimates the error of a case's goal.

    jacobian: of the working problem.
    """
    if case.mesh.goal in GOALS_OF_THE_DRIVEN:
        return _OfTheDriven(case, enriched)
    return _OfAColumn(case, enriched, jacobian)


class _OfTheDriven(GoalErrors):
    """Current or flow rate of the driven terminal: the error is localised by an adjoint state."""

    def __init__(self, case: Case, enriched: Enriched) -> None:
        self._goal = Goal("flow_rate" if case.mesh.goal == "flow_rate" else "current", case.driven_terminal)
        self._driven = enriched.working.ports.index(case.driven_terminal)
        self._enriched = enriched

    def at(self, point: Point[Case], found: Evaluation, number: int) -> GoalError:
        value, enriched = self._value(found), self._enriched
        rich = build.parameters_of(enriched.problem, point.case)
        corrected = enriched.correct(found, rich, NO_STORAGE, point.coordinate, number)
        estimate = safety_of(point.case) * (self._value(corrected) - value)
        # what is left in the sum over all ports is rounding, which must not pass for a small error
        rest = float(abs(self._numbers(corrected).sum()))
        return GoalError(value, estimate, rest, enriched.contributions(found, rich, self._goal))

    def _numbers(self, found: Evaluation) -> np.ndarray:
        return found.flow_rates if self._goal.kind == "flow_rate" else found.currents

    def _value(self, found: Evaluation) -> float:
        return float(self._numbers(found)[self._driven])


class _OfAColumn(GoalErrors):
    """A column of observables.csv that has an error bar: its size is that of the bar, and an adjoint state of a functional
    near the column (see `solver.accuracy.goals.goal_of_column`) tells where it comes from."""

    def __init__(self, case: Case, enriched: Enriched, jacobian: Jacobian) -> None:
        self._name, self._goal = case.mesh.goal, goal_of_column(case.mesh.goal, case)
        self._enriched = enriched
        self._observer = Observer(enriched.working, case)
        self._bars = ErrorBars(enriched, jacobian, case, reservoirs=False)

    def at(self, point: Point[Case], found: Evaluation, number: int) -> GoalError:
        observed = self._observer.observe(found, point.case)
        row = observed.row
        rich = self._bars.corrected(point, found, branch=number)
        bars = self._bars.columns(point, found, observed, other=rich)
        header = next((name for name in row if split_header(name)[0] == self._name), None)
        if header is None or error_header(header) not in bars or not math.isfinite(row[header]):
            raise MeshError(f"{point.name}: no {self._name} with an error bar is measured there; see mesh.goal")
        value, bar = float(row[header]), float(bars[error_header(header)])
        shares = self._enriched.contributions(found, rich.parameters, self._goal, rich.storage)
        comm = self._enriched.problem.mesh.comm
        whole = float(np.abs(shares.edges).sum() + np.abs(shares.cells).sum())
        whole = comm.allreduce(whole, op=MPI.SUM)
        part = bar / whole if whole else 0.0
        return GoalError(value, bar, 0.0, Contributions(part * shares.edges, part * shares.cells))
