"""Interface of the classes that measure quantities from states."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.observables.state import DeviceState
from solver.results.columns import Quantity

BAR = "discretization error (with a safety factor); in time also what the steps may have left"
"""Error bar of what is measured from richer elements, too."""


class Observable(ABC):
    """Something that is measured from the states of a problem. Collective.

    Args:
        problem: whose states are measured. A subclass with integrals compiles them here.
        case: for the geometry and the walls.
    """

    quantities: ClassVar[tuple[Quantity, ...]]
    """The columns that it can report."""

    def __init__(self, problem: Problem, case: Case) -> None:  # noqa: B027
        pass

    @abstractmethod
    def measure(self, state: DeviceState) -> dict[str, float]:
        """Columns of a row, SI: values by their headers. Columns that do not apply to the device are left out."""
