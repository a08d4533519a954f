"""Pores that ions pass one after the other over barriers: a master equation for what a pore holds.

A pore is empty or in one of a few other states, each with certain ions at its sites. Whenever an ion crosses a barrier, from
a mouth to a site, from site to site or from a site to a mouth, the state changes. With the probability t_s of state s, the
electrical distances x of mouths (0 and 1), sites and peaks of the barriers, and v = (phi_first - phi_second) / V_T, a step
from state s and place x_a over the peak x_p to state r and place x_b happens at the net rate (rate theory of pores, Hille,
Ionic Channels of Excitable Membranes, 1992, ch. 14)

    J = k_f exp(z v (x_p - x_a)) t_s - k_b exp(-z v (x_b - x_p)) t_r,    dt_r/dt = sum of J into r - sum of J out of it,

with k_f or k_b times the activity at a mouth where the ion comes from there. A kind of kinetics gives the rate constants such
that none of its closed loops turns at equilibrium (detailed balance): then a pore between two solutions of the same
electrochemical potentials passes no current, whatever its barriers.

An ion that moves from x_a to x_b inside the pore moves the charge z (x_b - x_a) in the circuit outside (the theorem of
Shockley and Ramo in a uniform field). So what a species brings from the first mouth to the second is

    T = sum of (x_b - x_a) J,

and of an ion at x the part 1 - x is counted at the first mouth and x at the second: what leaves the liquid at the first mouth
is T + d/dt sum (1 - x) t, and what leaves it at the second one -T + d/dt sum x t. Both are exactly what crosses the barriers
there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meshes.quantity import Description
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.pores import markov

Array = NDArray[np.float64]

MOST_STATES = 16
"""States of a pore: each but the empty one is an unknown."""


@dataclass(frozen=True)
class Mouths:
    """The liquid at both mouths of a pore as numbers, arrays or symbolic expressions.

    Attributes:
        activities: of each species at the first and at the second mouth, mol/m^3.
        voltage: potential at the first mouth against that at the second, in thermal voltages.
        valences: of the species.
        coefficients: values of the kinetics' coefficients by name, SI.
    """

    activities: tuple[Mapping[str, Any], Mapping[str, Any]]
    voltage: Any
    valences: Mapping[str, int]
    coefficients: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """An ion crosses a barrier.

    Attributes:
        species: of the ion.
        source, target: numbers of the states before and after; 0 is the empty pore.
        start, peak, stop: electrical distances of the place that it leaves, of the barrier and of its new place.
        forward, backward: rate constants without a voltage, 1/s; with the activity where it comes from a mouth.
    """

    species: str
    source: int
    target: int
    start: float
    peak: float
    stop: float
    forward: Any
    backward: Any

    def rates(self, mouths: Mouths, m: Algebra) -> tuple[Any, Any]:
        """Rates of the step and of its reverse at the voltage, 1/s."""
        drive = mouths.valences[self.species] * mouths.voltage
        return (
            self.forward * m.exp((self.peak - self.start) * drive),
            self.backward * m.exp((self.peak - self.stop) * drive),
        )


class PoreKinetics(Description):
    """Kinetics of one pore. A subclass is one kind: its keys, its rate constants, its source."""

    # ------------------------------------------------------------------ what a kind says
    @property
    @abstractmethod
    def ions(self) -> tuple[str, ...]:
        """The species that enter."""

    @property
    @abstractmethod
    def states(self) -> Mapping[str, Sequence[tuple[str, float]]]:
        """The states but the empty one by name: the ions in each, with their electrical distances."""

    @abstractmethod
    def steps(self, mouths: Mouths, m: Algebra) -> list[Step]:
        """All that can happen."""

    @abstractmethod
    def coefficients(self) -> dict[str, float]:
        """Names below the kinetics and SI values of all numbers that may change without new forms."""

    @property
    def structure(self) -> object:
        """Everything of it that is no coefficient."""
        return (type(self).__name__, tuple((name, tuple(held)) for name, held in self.states.items()))

    # ------------------------------------------------------------------ what follows
    def rates(self, mouths: Mouths, occupied: Sequence[Any], m: Algebra) -> list[Any]:
        """Rate of change (1/s) of the probability of each state but the empty one, whose probabilities are given."""
        changes: list[Any] = [0.0] * (1 + len(occupied))
        for step, flow in self._flows(mouths, occupied, m):
            changes[step.source] = changes[step.source] - flow
            changes[step.target] = changes[step.target] + flow
        return changes[1:]

    def transport(self, mouths: Mouths, occupied: Sequence[Any], m: Algebra) -> dict[str, Any]:
        """T of each species, 1/s."""
        found: dict[str, Any] = {}
        for step, flow in self._flows(mouths, occupied, m):
            found[step.species] = found.get(step.species, 0.0) + (step.stop - step.start) * flow
        return found

    def leaving(self, mouths: Mouths, occupied: Sequence[Any], m: Algebra) -> dict[str, Any]:
        """Rate (1/s) at which each species leaves the pore at the second mouth."""
        found: dict[str, Any] = {}
        for step, flow in self._flows(mouths, occupied, m):
            if 1.0 in (step.start, step.stop):
                sign = 1.0 if step.stop == 1.0 else -1.0
                found[step.species] = found.get(step.species, 0.0) + sign * flow
        return found

    def held(self, occupied: Sequence[Any], first: bool) -> dict[str, Any]:
        """Number of ions of each species in a pore that is counted at its first or at its second mouth."""
        found: dict[str, Any] = {}
        for probability, ions in zip(occupied, self.states.values(), strict=True):
            for species, distance in ions:
                part = (1.0 - distance if first else distance) * probability
                found[species] = found.get(species, 0.0) + part
        return found

    def _flows(self, mouths: Mouths, occupied: Sequence[Any], m: Algebra) -> list[tuple[Step, Any]]:
        """Each step with its net rate, 1/s."""
        probabilities = [1.0 - sum(occupied), *occupied]
        found = []
        for step in self.steps(mouths, m):
            forward, backward = step.rates(mouths, m)
            found.append((step, forward * probabilities[step.source] - backward * probabilities[step.target]))
        return found

    def matrix(self, mouths: Mouths) -> Array:
        """M (1/s) of dt/dt = M t for numbers or arrays, the empty state first. Shape (..., states, states)."""
        parts = [(step, step.rates(mouths, NUMBERS)) for step in self.steps(mouths, NUMBERS)]
        shape = np.broadcast_shapes(*(np.shape(rate) for _, rates in parts for rate in rates))
        count = 1 + len(self.states)
        found = np.zeros((*shape, count, count))
        for step, (forward, backward) in parts:
            found[..., step.target, step.source] += forward
            found[..., step.source, step.source] -= forward
            found[..., step.source, step.target] += backward
            found[..., step.target, step.target] -= backward
        return found

    def settled(self, mouths: Mouths) -> list[Array]:
        """Probability of each state but the empty one that does not change."""
        parts = markov.settled_parts(np.swapaxes(self.matrix(mouths), -1, -2))
        return [parts[..., k] for k in range(1, parts.shape[-1])]

    def relaxation_rates(self, mouths: Mouths) -> Array:
        """Rates (1/s) at which the probabilities go to those that do not change, ascending. Shape (states - 1,)."""
        return markov.relaxation_rates(self.matrix(mouths).T)


def between(start: float, stop: float) -> float:
    """Electrical distance of a barrier between two places: midway."""
    return 0.5 * (start + stop)
