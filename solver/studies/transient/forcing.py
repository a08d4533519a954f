"""Parameters and case at an instant of a protocol, without validating the case anew at every stage of every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from solver.case.case import Case
from solver.discretization import build
from solver.discretization.parameter_names import PH, concentration_at
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.signals.schedule import Schedule

CHARGES = ("walls.", "regions.")
"""Beginnings of the keys of charges, besides potentials of electrodes."""


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
        self._titrated = self._titrated_terminals() if case.electrolyte.protons == "free" else ()

    def _parameters_of(self, key: str) -> dict[str, float]:
        """Names of the parameters that follow a driven key, each with its factor: a salt brings all of its ions."""
        words = key.split(".")
        if words[0] == "terminals" and words[2:] == ["concentration"]:
            counts = self._case.electrolyte.stoichiometry() or {}
            return {concentration_at(words[1], ion): float(count) for ion, count in counts.items()}
        return {key: 1.0}

    def _titrated_terminals(self) -> tuple[str, ...]:
        """Terminals with free protons whose solution is driven: there an acid or a base brings ions of the salt, too."""
        words = [key.split(".") for key in self._schedule.keys]
        driven = [w[1] for w in words if w[0] == "terminals" and w[2] in ("pH", "concentration", "concentrations")]
        return tuple(dict.fromkeys(driven))

    def of(self, problem: Problem) -> Forcing:
        """The same of another problem of the case's structure."""
        return Forcing(problem, self._case, self._schedule)

    def parameters(self, time: float, after: bool = False) -> Parameters:
        """The parameters at a time in s; at a jump from the left, or (after) from the right."""
        return self._with(self._schedule.values(time, after))

    @property
    def drives_charges(self) -> bool:
        """Whether charges of walls or regions are driven."""
        return any(key.startswith(CHARGES) for key in self._schedule.keys if not key.endswith(".potential"))

    def size(self) -> float:
        """Largest change of a potential (thermal voltages) or of the logarithm of a concentration from the values at the
        start, at most 1; 1 where pressures, flow rates, charges or a pH are driven, or nothing."""
        ends = [self._with(values) for values in self._schedule.extremes()]
        flows = [np.concatenate([of.pressures, of.flow_rates]) for of in (self._base, *ends)]
        driven = self.drives_charges or PH in self._schedule.keys
        if driven or any(np.any(flow != flows[0]) for flow in flows):
            return 1.0
        return min(1.0, max(ends[0].distance(end) for end in ends)) or 1.0

    def _with(self, held: Mapping[str, float]) -> Parameters:
        """The parameters with values of the driven keys."""
        values = {}
        for key, value in held.items():
            if key.split(".")[1] not in self._titrated or key.endswith((".potential", ".pressure")):
                values.update({name: factor * value for name, factor in self._names[key].items()})
        for name in self._titrated:
            bulk = self._held_by(held).bulk(name)
            values |= {concentration_at(name, species): c for species, c in bulk.items()}
        return self._base.with_values(values)

    def case(self, time: float, after: bool = False) -> Case:
        """The case with the values of that instant, for its observables."""
        return self._held_by(self._schedule.values(time, after))

    def _held_by(self, held: Mapping[str, float]) -> Case:
        """The case with values of the driven keys, not validated."""
        case = self._case
        for key, value in held.items():
            case = _with_value(case, key.split("."), value)
        return case


def _with_value(node: Any, words: Sequence[str], value: float) -> Any:
    """A part of a case with one number replaced, not validated."""
    if not words:
        return value
    first, *rest = words
    if isinstance(node, BaseModel):
        return node.model_copy(update={first: _with_value(getattr(node, first), rest, value)})
    if isinstance(node, tuple):
        return tuple(_with_value(part, rest, value) if i == int(first) else part for i, part in enumerate(node))
    return {**node, first: _with_value(node[first], rest, value)}
