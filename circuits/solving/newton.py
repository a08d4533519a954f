"""Newton's method for the unknowns of a network and the fields of its devices together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from circuits.arrays import Array, Flags
from circuits.elements.base import Terms
from circuits.network.equations import Network
from circuits.solving.ported import Ported

CAP = 4.0
"""Largest change of a potential in one step where currents grow exponentially, thermal voltages."""

MOST_STEPS = 80
"""Steps before the iteration is given up."""

BALANCED = 1e-9
"""Part of the largest current at a node that its currents may lack."""

MOST_FURTHER_STEPS = 8
"""Steps after convergence, until the currents balance."""


class CircuitFailure(Exception):
    """The equations of a circuit that were not solved; the text says why."""


@dataclass(frozen=True)
class Instantaneous:
    """The equations of a network at one instant: f(x) + rate (q(x) - base) and the currents of devices.

    Attributes:
        values: of the sources, by the names of their elements.
        rate: 1/s; 0 in a steady state, in which compartments keep what they hold.
        base: of q. Shape (n,).
    """

    values: Mapping[str, float]
    rate: float
    base: Array


@dataclass(frozen=True)
class Evaluated:
    """The equations of a network, without devices, at some unknowns.

    Attributes:
        unknowns: x. Shape (n,).
        values: of the sources.
        flows, stored: f and q.
    """

    unknowns: Array
    values: Mapping[str, float]
    flows: Terms
    stored: Terms

    def residual(self, at: Instantaneous) -> Array:
        """f + rate (q - base). Shape (n,)."""
        if at.rate == 0.0:
            return self.flows.values
        return np.asarray(self.flows.values + at.rate * (self.stored.values - at.base))

    def matrix(self, rate: float) -> Array:
        """Its derivative. Shape (n, n)."""
        return np.asarray(self.flows.slopes + rate * self.stored.slopes)

    @property
    def stores(self) -> Flags:
        """Whether each equation has a derivative in time. Shape (n,)."""
        return np.asarray(self.stored.slopes.any(axis=1))


@dataclass(frozen=True)
class Linear:
    """The linearised equations of the nodes and all that is condensed into them.

    Attributes:
        matrix: derivatives of the equations. Shape (n, n).
        sizes: largest entry of each row, with which rows are compared. Shape (n,).
    """

    matrix: Array
    sizes: Array

    @classmethod
    def of(cls, matrix: Array) -> Linear:
        """The equations of a matrix.

        Raises:
            CircuitFailure: a row is empty or not finite.
        """
        sizes = np.abs(matrix).max(axis=1, initial=0.0)
        if not (np.isfinite(sizes).all() and (sizes > 0.0).all()):
            raise CircuitFailure("the linear system is singular")
        return cls(matrix, sizes)

    def solve(self, right: Array) -> Array:
        """Solution for a right side.

        Raises:
            CircuitFailure: the matrix is singular.
        """
        scaled = self.matrix / self.sizes[:, None]
        columns = np.abs(scaled).max(axis=0, initial=0.0)
        columns[columns == 0.0] = 1.0
        try:
            found = np.linalg.solve(scaled / columns, right / self.sizes) / columns
        except np.linalg.LinAlgError:
            raise CircuitFailure("the linear system is singular") from None
        if not np.isfinite(found).all():
            raise CircuitFailure("the linear system is singular")
        return np.asarray(found)


@dataclass
class CircuitNewton:
    """The nonlinear solver of one circuit. Collective.

    Attributes:
        network: its nodes and elements.
        devices: with fields.
        scales: size of each unknown.
        iterations: so far.
        linear: equations of the last iteration.
    """

    network: Network
    devices: Ported
    scales: Array
    iterations: int = 0
    linear: Linear | None = None
    _last: Evaluated | None = None

    def __post_init__(self) -> None:
        self._nodes = np.arange(len(self.network.nodes))
        limited = any(element.limits_steps for element in self.network.elements.values())
        self._kept = self.network.compartments.rows
        self._limited = np.append(self._nodes, np.arange(self._kept.start, self._kept.stop))
        self._cap = CAP if limited or self.network.compartments.count else np.inf

    def at(self, unknowns: Array, at: Instantaneous) -> Evaluated:
        """The equations at some unknowns; those evaluated last are not evaluated again."""
        last = self._last
        if last is None or last.unknowns is not unknowns or last.values is not at.values:
            flows, stored = self.network.at(unknowns, at.values), self.network.stored(unknowns)
            last = self._last = Evaluated(unknowns, at.values, flows, stored)
        return last

    def solve(self, unknowns: Array, at: Instantaneous, tolerance: float) -> Array:
        """The solution near some unknowns; the devices hold theirs. Shape (n,).

        tolerance: of potentials, in thermal voltages, and of other unknowns in their scales.

        Raises:
            CircuitFailure: on all ranks; there is none near.
        """
        previous, undamped_before, further, balanced_before, stuck = np.inf, False, 0, np.inf, 0
        converged, fresh = False, False
        for _ in range(MOST_STEPS + MOST_FURTHER_STEPS):
            here = self.at(unknowns, at)
            change = self._change(here.residual(at), here.matrix(at.rate), fresh=fresh, keeps=at.rate == 0.0)
            fresh = False
            own = self._size(change)
            size = max(own, self.devices.size)
            if not np.isfinite(size):
                raise CircuitFailure("the residual is not a number")
            limiting = max(float(np.abs((change / self.scales)[self._limited]).max(initial=0.0)), self.devices.size)
            part = min(1.0, self._cap / max(limiting, 1e-300))
            self.devices.apply(part)
            unknowns = unknowns - part * change
            self.iterations += 1
            undamped = part == 1.0
            if undamped:
                rate = min(size / previous, 0.9) if np.isfinite(previous) else 0.9
                small = size * rate / (1.0 - rate) < tolerance and (undamped_before or size < tolerance)
                converged = converged or small or size == 0.0
            if converged:
                balance = max(self._imbalance(unknowns, at), self.devices.loss())
                if balance <= 1.0 or further >= MOST_FURTHER_STEPS:
                    self.devices.check(unknowns)
                    return unknowns
                fresh = balance > 0.2 * balanced_before
                balanced_before, further = balance, further + 1
            stuck = stuck + 1 if undamped and size > 0.9 * previous and not converged else 0
            if stuck > 12:
                raise CircuitFailure("the updates do not shrink")
            previous, undamped_before = size, undamped
        raise CircuitFailure(f"no convergence in {MOST_STEPS} steps (last update {previous:.2e} thermal voltages)")

    def _change(self, residual: Array, matrix: Array, *, fresh: bool, keeps: bool) -> Array:
        """The step of the network's unknowns, with which those of the devices are completed. keeps: whether compartments keep
        theirs."""
        while True:
            rest, slopes = self.devices.condensed(fresh=fresh)
            right, whole = residual + rest, matrix + slopes
            if keeps:
                right[self._kept], whole[self._kept] = 0.0, np.eye(len(whole))[self._kept]
            self.linear = Linear.of(whole)
            change = self.linear.solve(right)
            if self.devices.propose(change):
                return change
            fresh = False

    def _size(self, change: Array) -> float:
        return float(np.abs(change / self.scales).max(initial=0.0))

    def _imbalance(self, unknowns: Array, at: Instantaneous) -> float:
        """What currents lack at a node, over what is allowed."""
        here, into, nodes = self.at(unknowns, at), self.devices.currents(), self._nodes
        total = np.abs((here.residual(at) + into)[nodes])
        # at least that of a current which a thermal voltage drives, through the devices, too
        assert self.linear is not None
        slopes = self.linear.sizes[nodes]
        sizes = slopes * self.scales[nodes] + np.abs(into[nodes])
        allowed = BALANCED * np.maximum(sizes, 1e-300)
        return float((total / allowed).max(initial=0.0))
