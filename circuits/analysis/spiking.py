"""Spikes of a node under a source that is switched on: how often they come, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from circuits.analysis.course import Driven, Scheduled, Trace, course
from circuits.arrays import Array
from circuits.network.equations import Network
from circuits.solving.stepper import CircuitInstant
from circuits.studies.session import Session


@dataclass(frozen=True)
class Observed:
    """How a run is looked at.

    Attributes:
        node: whose potential counts as a spike when it rises through the level.
        level: V.
        duration: of a run, s.
        settle: spikes before this time (s) are not counted in periods and energies.
        tolerance: of a time step, thermal voltages.
        largest: step, s.
    """

    node: str
    level: float
    duration: float
    settle: float
    tolerance: float
    largest: float


@dataclass(frozen=True)
class Spiking:
    """What a run shows.

    Attributes:
        spikes: times of all spikes, s.
        settled: of those after the settling.
        peak: largest potential of the node, V.
        energies: energy (J) that each source has delivered at the settled spikes. Shape (settled,).
    """

    spikes: tuple[float, ...]
    settled: tuple[float, ...]
    peak: float
    energies: Mapping[str, Array]

    @property
    def intervals(self) -> Array:
        """Between settled spikes, s."""
        return np.diff(self.settled)

    @property
    def period(self) -> float:
        """Mean interval, s; NaN with fewer than two settled spikes."""
        return float(self.intervals.mean()) if len(self.settled) > 1 else float("nan")

    @property
    def spread(self) -> float:
        """Half the difference of the longest and the shortest interval, s."""
        return float(np.ptp(self.intervals)) / 2.0 if len(self.settled) > 1 else float("nan")

    @property
    def frequency(self) -> float:
        """Hz; 0 with fewer than two settled spikes."""
        return 1.0 / self.period if len(self.settled) > 1 else 0.0

    @property
    def energy_per_spike(self) -> dict[str, float]:
        """Energy that each source delivers between two spikes in the mean, J."""
        found = {}
        for name, energies in self.energies.items():
            found[name] = float(energies[-1] - energies[0]) / (len(energies) - 1) if len(energies) > 1 else float("nan")
        return found


@dataclass
class Meter:
    """Energy (J) that sources have delivered, by the trapezoidal rule.

    Attributes:
        network: of the circuit.
        names: of the sources.
        energies: so far. Shape (sources,).
    """

    network: Network
    names: tuple[str, ...]
    energies: Array = field(init=False)
    _last: tuple[float, Array] | None = None

    def __post_init__(self) -> None:
        self.energies = np.zeros(len(self.names))

    @classmethod
    def of(cls, network: Network) -> Meter:
        """Of all batteries and sources."""
        return cls(
            network, tuple(name for name, e in network.elements.items() if e.source_key in ("voltage", "current"))
        )

    def add(self, now: CircuitInstant, values: Mapping[str, float]) -> None:
        """Go on to an instant with some values of the sources."""
        power = np.array([self._power(name, now.unknowns, values) for name in self.names])
        if self._last is not None:
            before, earlier = self._last
            self.energies = self.energies + (now.time - before) * (power + earlier) / 2.0
        self._last = now.time, power

    def _power(self, name: str, unknowns: Array, values: Mapping[str, float]) -> float:
        """That a source delivers, W."""
        potentials, own = self.network.of(name, unknowns)
        terms = self.network.elements[name].flows(potentials, own, values.get(name, 0.0))
        return -float(potentials @ terms.values[: len(potentials)])


def spiking(session: Session, observed: Observed, driven: Driven | Scheduled | None = None) -> Spiking:
    """Spikes of a run from the operating point. Collective.

    driven: the values of the sources; by default their protocols.

    Raises:
        CircuitFailure, StepTooShort: on all ranks; a state is not reached.
    """
    driven = driven or Scheduled.of(session.circuit)
    run = course(session, driven, observed.duration, observed.tolerance, observed.largest)
    return watched(run, driven, session.network, observed)


def watched(run: Iterable[CircuitInstant], driven: Driven | Scheduled, network: Network, observed: Observed) -> Spiking:
    """Spikes of a run whose instants come one after another."""
    trace, meter = Trace(network.node_of(observed.node), observed.level), Meter.of(network)
    energies, settled = [], []
    for now in run:
        before, earlier = meter.energies, trace.last_time
        meter.add(now, driven(now.time, after=True))
        if trace.add(now) and trace.crossings[-1] >= observed.settle:
            part = (trace.crossings[-1] - earlier) / (now.time - earlier)
            energies.append(before + part * (meter.energies - before))
            settled.append(trace.crossings[-1])
    columns = np.array(energies).reshape(len(energies), len(meter.names)).T
    return Spiking(tuple(trace.crossings), tuple(settled), trace.peak, dict(zip(meter.names, columns, strict=True)))
