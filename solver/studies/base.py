"""How the points of a study become rows: the interface that every kind of study implements."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from solver.accuracy.resolution import unreliable
from solver.accuracy.traces import doubtful_traces
from solver.case.case import Case
from solver.case.studies.base import Study
from solver.case.studies.points import Point, plan
from solver.parallel.progress import Extent
from solver.results.columns import Quantity
from solver.results.headers import CURRENT
from solver.results.section_flows import doubtful_velocities
from solver.simulation.checkpoint import Checkpoint
from solver.simulation.earlier import Earlier
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows


class Runner(ABC):
    """Computes the points of one kind of study; one object serves one run of a case. Collective, but for what is said of
    rows.

    Args:
        case: the case as a whole.

    Attributes:
        columns: columns of observables.csv that only studies of this kind have.
        points: of its study, in the order of computing.
        earlier: results that are continued.
    """

    columns: ClassVar[tuple[Quantity, ...]] = ()

    def __init__(self, case: Case) -> None:
        self.case, self.points = case, plan(case)
        self.earlier = Earlier()

    def resume(self, earlier: Earlier) -> None:
        """Go on from the results of an earlier run. Called before everything else."""
        self.earlier = earlier

    # ------------------------------------------------------------------ while the study runs
    def is_done(self, point: Point[Case]) -> bool:
        """Whether the earlier run has all rows of a point."""
        return point.number in self.earlier.rows

    def points_left(self) -> Iterator[Point[Case]]:
        """The points that are not done yet."""
        return (point for point in self.points if not self.is_done(point))

    @abstractmethod
    def records(self, simulation: Simulation, point: Point[Case]) -> Iterator[Record | None]:
        """Rows of a point, each when it is there; None where the run may be interrupted without a row. Collective.

        Raises:
            ConvergenceError: a state is not reached.
            ResultError: on all ranks; another result that the study starts from does not fit.
        """

    def checkpoint(self, simulation: Simulation) -> Checkpoint | None:
        """What is needed to go on from the state of the simulation; None when it holds none. Collective."""
        return None if simulation.last is None else Checkpoint(simulation.last.number)

    def information(self) -> dict[str, Any]:
        """Entries of run.json about the points that are complete."""
        return {}

    @property
    def extent(self) -> Extent:
        """Size of the study, and how much of it the earlier run did."""
        study = self.case.study
        return Extent(sum(study.size(point) for point in self.points), self.completed(), study.progress_unit)

    def completed(self) -> float:
        """Part of the study that the earlier run did, in the unit of its progress."""
        return len(self.earlier.rows)

    # ------------------------------------------------------------------ at the end, on the first rank
    def summary(self, rows: Rows) -> dict[str, Any]:
        """Entries of summary.json: what all rows show together."""
        return {"rectification": []}

    def warnings(self, rows: Rows, simulation: Simulation | None) -> Iterable[str]:
        """Texts of what the rows show to be doubtful. simulation: of the last points; None when nothing was left to do."""
        held = self.case.driven_terminal in self.case.galvanostatic
        table = list(rows)
        yield from unreliable(table, not self.case.is_electroneutral, [CURRENT] if held else [])
        yield from doubtful_traces(table, self.case.electrolyte.trace)
        yield from doubtful_velocities(table)


def runner_of(case: Case) -> Runner:
    """The runner of a case's study, from the module that the study names."""
    return runner_class(type(case.study))(case)


def runner_class(study: type[Study]) -> type[Runner]:
    """The class that carries out a kind of study."""
    module, name = study.runner.split(":")
    found: type[Runner] = getattr(importlib.import_module(module), name)
    return found
