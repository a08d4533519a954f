"""Numbers of pores that the mesh does not resolve: what is in them at rest, how fast that changes, what passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from solver.case.case import Case
from solver.inputs.text import number, si, table
from solver.laws.algebra import NUMBERS
from solver.laws.pores.base import Mouths
from solver.laws.pores.pore import Passage
from solver.physics.constants import ELEMENTARY_CHARGE
from solver.physics.solution import Solution

STEP = 1e-3
"""Thermal voltages of the difference by which the conductance is found."""


@dataclass(frozen=True)
class PoreNumbers:
    """Pores between two solutions without an electric potential between these.

    Attributes:
        name: of the pores. solutions: names of the terminals in front of the first and of the second mouth.
        occupancies: of each state, the empty one first, by name.
        relaxation: s of each mode, the slowest first.
        current: A through all pores. conductance: S of all pores, by a small change of the voltage.
    """

    name: str
    solutions: tuple[str, str]
    occupancies: dict[str, float]
    relaxation: tuple[float, ...]
    current: float
    conductance: float


def pore_numbers(case: Case) -> tuple[PoreNumbers, ...]:
    """Every kind of pores between the solutions of the first and of the last terminal, both ways, and within each."""
    return tuple(
        _numbers(pore.passage(name), case, sides) for name, pore in case.pores.items() for sides in _sides(case)
    )


def _sides(case: Case) -> list[tuple[str, str]]:
    """Terminals whose solutions may be in front of the mouths: which is, only the mesh knows."""
    first, last = next(iter(case.terminals)), next(reversed(case.terminals))
    alike = case.bulk(first) == case.bulk(last)
    return [(first, first)] if alike else [(first, last), (last, first)]


def _numbers(passage: Passage, case: Case, sides: tuple[str, str]) -> PoreNumbers:
    first, second = (case.solution(side) for side in sides)
    at, kinetics = _between(passage, first, second, 0.0), passage.kinetics
    settled = [float(each) for each in kinetics.settled(at)]
    currents = [_current(passage, first, second, drop) for drop in (0.0, -STEP, STEP)]
    return PoreNumbers(
        passage.name,
        sides,
        {"empty": 1.0 - sum(settled), **dict(zip(kinetics.states, settled, strict=True))},
        tuple(float(1.0 / rate) for rate in kinetics.relaxation_rates(at)),
        currents[0],
        (currents[2] - currents[1]) / (2.0 * STEP * first.thermal_voltage),
    )


def _current(passage: Passage, first: Solution, second: Solution, voltage: float) -> float:
    """Steady current (A) through all pores at a voltage in thermal voltages."""
    at = _between(passage, first, second, voltage)
    passing = passage.kinetics.transport(at, passage.kinetics.settled(at), NUMBERS)
    charges = sum(at.valences[name] * float(np.asarray(rate)) for name, rate in passing.items())
    return passage.number * ELEMENTARY_CHARGE * charges


def _between(passage: Passage, first: Solution, second: Solution, voltage: float) -> Mouths:
    """Two solutions in front of the mouths."""
    sides = []
    for solution in (first, second):
        sides.append({name: 1e3 * float(np.exp(mu)) for name, mu in solution.potentials.items()})
    return Mouths((sides[0], sides[1]), voltage, first.valences_by_name, passage.kinetics.coefficients())


def text(found: Sequence[PoreNumbers]) -> Iterator[str]:
    """A table for the pores of each name."""
    for name in dict.fromkeys(each.name for each in found):
        own = [each for each in found if each.name == name]
        rows: list[tuple[str, Callable[[PoreNumbers], str]]] = [
            (f"pores with {which}" if which != "empty" else "empty pores", partial(_part, which))
            for which in own[0].occupancies
        ]
        rows += [
            ("times of relaxation", lambda r: ", ".join(si(time, "s") for time in r.relaxation[:4])),
            ("current without a voltage", lambda r: si(r.current, "A")),
            ("conductance, without the mouths", lambda r: si(r.conductance, "S")),
        ]
        names = [f"{r.solutions[0]} | {r.solutions[1]}" for r in own]
        yield table(f"pores '{name}', no voltage", own, rows, names=names)


def _part(which: str, pores: PoreNumbers) -> str:
    """Part of the pores in a state."""
    return number(pores.occupancies[which])
