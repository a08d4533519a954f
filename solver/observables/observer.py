"""Rows of the states of a problem: every quantity of the table, and the profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from solver.case.case import Case
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.observable import Observable
from solver.observables.profiles import Profiles
from solver.observables.quantities import QUANTITIES
from solver.observables.state import StateReader


@dataclass(frozen=True)
class Observed:
    """One row of observables.csv (headers carry the units), and the averages over cross-sections; None where these are not
    described."""

    row: Mapping[str, float]
    profiles: Profiles | None

    @property
    def profile(self) -> list[dict[str, float]]:
        """The rows of profiles.csv."""
        return [] if self.profiles is None else self.profiles.rows()


class Observer:
    """Measures states of one problem. Collective.

    Args:
        problem: whose states are measured.
        case: for names, the driven terminal and where the channel lies.
        observables: what is measured; everything by default.
    """

    def __init__(self, problem: Problem, case: Case, observables: Sequence[type[Observable]] = QUANTITIES) -> None:
        self._reader = StateReader(problem, case)
        with problem.clock("compile"):
            self._observables = [observable(problem, case) for observable in observables]

    def observe(
        self,
        found: Evaluation,
        case: Case,
        displacement: np.ndarray | None = None,
        charging: float | None = None,
    ) -> Observed:
        """All quantities of an evaluated state of a case.

        displacement: of a state in time, the displacement current (A) that enters at each port. The
            currents of ports are then the sum of both kinds.
        charging: of such a state, the rate of change (A) of a bound charge that is driven.
        """
        state = self._reader.read(found, case, displacement, charging)
        row: dict[str, float] = {}
        for observable in self._observables:
            row |= observable.measure(state)
        return Observed(row, state.profiles)
