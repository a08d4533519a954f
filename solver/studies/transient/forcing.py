"""Drive and case at an instant of a protocol, without validating the case anew at every stage of every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solver.case.case import Case
from solver.discretization import build
from solver.discretization.parameters import Drive
from solver.discretization.problem import Problem
from solver.signals.schedule import Schedule

Change = Callable[[dict[str, np.ndarray], float], None]


class Forcing:
    """Values that a protocol holds, at any instant.

    Args:
        problem: of the case's structure.
        case: the case at rest before the protocol.
        schedule: its protocol.
    """

    def __init__(self, problem: Problem, case: Case, schedule: Schedule) -> None:
        self._case, self._schedule = case, schedule
        self._base = build.drive_of(problem, case)
        self._changes = {key: self._change(problem, key) for key in schedule.keys}

    def _change(self, problem: Problem, key: str) -> Change:
        """How a value of a key changes the arrays of a drive."""
        kind, name, what, *rest = key.split(".")
        scales = problem.scales
        if kind == "walls":
            k = [electrode for electrode, _ in problem.electrodes].index(name)
            return lambda arrays, value: arrays["electrode"].__setitem__(k, value / scales.potential)
        j = [terminal.name for terminal in problem.terminals].index(name)
        if what == "potential":
            return lambda arrays, value: arrays["potential"].__setitem__(j, value / scales.potential)
        if what == "pressure":
            return lambda arrays, value: arrays["pressure"].__setitem__(j, value / scales.pressure)
        species = [s.name for s in problem.species]
        counts = self._case.electrolyte.stoichiometry() or {}
        parts = {species.index(rest[0]): 1} if rest else {species.index(ion): n for ion, n in counts.items()}

        def concentrations(arrays: dict[str, np.ndarray], value: float) -> None:
            for i, count in parts.items():
                arrays["log_concentration"][j, i] = scales.chemical_potential(count * value)

        return concentrations

    def drive(self, time: float, after: bool = False) -> Drive:
        """The drive at a time in s; at a jump from the left, or (after) from the right."""
        names = ("potential", "pressure", "log_concentration", "electrode")
        arrays = {name: getattr(self._base, name).copy() for name in names}
        for key, value in self._schedule.values(time, after).items():
            self._changes[key](arrays, value)
        return replace(self._base, **arrays)

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
