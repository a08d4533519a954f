"""Parameters and case at an instant of a protocol, without validating the case anew at every stage of every step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.case.case import Case
from solver.discretization import build
from solver.discretization.parameters import Parameters, concentration_at
from solver.discretization.problem import Problem
from solver.signals.schedule import Schedule


class Forcing:
    """Values that a protocol holds, at any instant.

    Args:
        problem: of the case's structure.
        case: the case at rest before the protocol.
        schedule: its protocol.
    """

    def __init__(self, problem: Problem, case: Case, schedule: Schedule) -> None:
        self._case, self._schedule = case, schedule
        self._base = build.parameters_of(problem, case)
        self._names = {key: self._parameters_of(key) for key in schedule.keys}

    def _parameters_of(self, key: str) -> dict[str, float]:
        """Names of the parameters that follow a driven key, each with its factor: a salt brings all of its ions."""
        words = key.split(".")
        if words[0] == "terminals" and words[2:] == ["concentration"]:
            counts = self._case.electrolyte.stoichiometry() or {}
            return {concentration_at(words[1], ion): float(count) for ion, count in counts.items()}
        return {key: 1.0}

    def parameters(self, time: float, after: bool = False) -> Parameters:
        """The parameters at a time in s; at a jump from the left, or (after) from the right."""
        return self._with(self._schedule.values(time, after))

    def size(self) -> float:
        """Largest change of a potential (thermal voltages) or of the logarithm of a concentration from the values at the
        start, at most 1; 1 where pressures are driven, or nothing."""
        ends = [self._with(values) for values in self._schedule.extremes()]
        if any(np.any(end.pressures != self._base.pressures) for end in ends):
            return 1.0
        return min(1.0, max(ends[0].distance(end) for end in ends)) or 1.0

    def _with(self, held: Mapping[str, float]) -> Parameters:
        """The parameters with values of the driven keys."""
        values = {}
        for key, value in held.items():
            values.update({name: factor * value for name, factor in self._names[key].items()})
        return self._base.with_values(values)

    def case(self, time: float, after: bool = False) -> Case:
        """The case with the values of that instant, for its observables."""
        terminals, walls = dict(self._case.terminals), dict(self._case.walls)
        for key, value in self._schedule.values(time, after).items():
            kind, name, what, *species = key.split(".")
            if kind == "walls":
                walls[name] = walls[name].model_copy(update={what: value})
                continue
            update: object = {**getattr(terminals[name], what), species[0]: value} if species else value
            terminals[name] = terminals[name].model_copy(update={what: update})
        return self._case.model_copy(update={"terminals": terminals, "walls": walls})
