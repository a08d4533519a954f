"""Time steps of a circuit: the Runge-Kutta method of the fields, in the charges of the nodes and what elements store.

With q and f of `circuits.network.equations`, and I(x) the currents into the devices, stage i of a step h solves

    q(x_i) - q_n - h sum_{j<i} a_ij K_j + h a_ii (f(x_i) + I_i) = 0,   K_i = -(f(x_i) + I_i),

so that what is stored goes on by the currents of the stages: what is on the capacitors is to rounding what has passed. The
devices take the same stages inside every iteration. Their fields hold charge at the terminals, too: its rate of change is
part of I, and part of what the error of a step is estimated from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from circuits.arrays import Array, Flags
from circuits.network.equations import Network
from circuits.solving.guesses import guessed
from circuits.solving.newton import CircuitFailure, CircuitNewton, Instantaneous, Linear
from circuits.solving.ported import NoDevices, Ported
from solver.studies.transient.step_control import StepControl, StepCounts, StepTooShort, rounded_step
from solver.studies.transient.stepper import KNOWN_STATES
from solver.studies.transient.tableau import DIAGONAL, EMBEDDED, NODES, STAGES, weighted

STAGE_TOLERANCE = 1e-4
"""Tolerance of a stage, as a part of that of a step."""

LARGEST_STAGE_TOLERANCE = 1e-7
"""The same, thermal voltages."""

KICK = 1e-5
"""Duration of the implicit step that takes a circuit over a jump, as a part of its shortest time."""

FIRST_AFTER_JUMP = 0.02
"""First step after a jump, as a part of the shortest time of the circuit."""

Values = Callable[[float, bool], Mapping[str, float]]
"""Values of the sources at a time (s), from the left, or (True) from the right."""


class Stages(Ported, Protocol):
    """Devices in time. Collective."""

    def begin_step(self, step: float) -> None:
        """Begin a step (s) from the last accepted states."""

    def begin_stage(self, time: float, unknowns: Array) -> None:
        """Begin the next stage with guessed unknowns of the network at its time, s."""

    def end_stage(self) -> None:
        """Keep the state of a stage that is solved."""

    def defects(self) -> tuple[Array, Array]:
        """By how much two methods differ in this step, as currents at the nodes (A), and the condensed derivatives, with the
        factors at hand. Shapes (n,) and (n, n)."""

    def slopes(self) -> Array:
        """Condensed derivatives of the currents with the factors at hand. Shape (n, n)."""

    def own_time(self) -> float:
        """Shortest time of a device itself, s."""

    def charges_passed(self) -> Array:
        """Charge that has left each node into the devices since the start, C. Shape (n,)."""

    def nodes(self) -> Flags:
        """Whether a device is connected to each node. Shape (n,)."""

    def error(self, change: Array) -> float:
        """Largest error of the step in the unknowns of a device (thermal voltages), for that of the network's."""

    def accept(self, time: float) -> None:
        """Take the states of the step for the last accepted ones."""

    def accepted(self) -> object:
        """The last accepted states, for `go_back`."""

    def go_back(self, accepted: object) -> None:
        """Take earlier states for the last accepted ones again."""

    def jump(self, step: float, time: float, unknowns: Array) -> None:
        """Begin one implicit Euler step of a duration (s) at an instant."""

    def land(self, time: float, *, rests: bool) -> None:
        """Take the states after such a step for the last accepted ones, which nothing before says anything about.

        rests: whether nothing has jumped in the step, so that the rates of change in it go on.
        """


class NoDevicesInTime(NoDevices):
    """Of a circuit of lumped elements; `Stages`."""

    def begin_step(self, step: float) -> None:
        pass

    def begin_stage(self, time: float, unknowns: Array) -> None:
        pass

    def end_stage(self) -> None:
        pass

    def defects(self) -> tuple[Array, Array]:
        return self.condensed(fresh=False)

    def slopes(self) -> Array:
        return self.condensed(fresh=False)[1]

    def own_time(self) -> float:
        return np.inf

    def charges_passed(self) -> Array:
        return np.zeros(self._unknowns)

    def nodes(self) -> Flags:
        return np.zeros(self._unknowns, dtype=bool)

    def error(self, change: Array) -> float:
        return 0.0

    def accept(self, time: float) -> None:
        pass

    def accepted(self) -> object:
        return None

    def go_back(self, accepted: object) -> None:
        pass

    def jump(self, step: float, time: float, unknowns: Array) -> None:
        pass

    def land(self, time: float, *, rests: bool) -> None:
        pass


@dataclass(frozen=True)
class CircuitInstant:
    """An accepted state of the network.

    Attributes:
        time, step: s; the step that ended here.
        error: of the step, in thermal voltages or the scales of the unknowns.
        unknowns: x. Shape (n,).
        stored: q, as it was carried forward. Shape (n,).
        slope: its rate of change. Shape (n,).
        charges: at the terminals of all elements, see `Network.charges`.
        charging: their rates of change, A.
        flows: f, A at the nodes. Shape (n,).
        conducted: what has left each node through the elements since the start, without what charges them and without
            devices, C. Shape (n,).
        gross: the same of all nodes together, whatever the direction, and at least what a thermal voltage would have driven.
    """

    time: float
    step: float
    error: float
    unknowns: Array
    stored: Array
    slope: Array
    charges: Array
    charging: Array
    flows: Array
    conducted: Array
    gross: float = 0.0


@dataclass
class CircuitStepper:
    """Integrates a circuit in time. Collective.

    Attributes:
        newton: of its equations.
        devices: the same as of `newton`, in time.
        values: of the sources.
        control: chooses the steps.
        now: the last accepted instant.
        past: unknowns at earlier instants, from which the next are guessed.
    """

    newton: CircuitNewton
    devices: Stages
    values: Values
    control: StepControl
    now: CircuitInstant
    past: list[tuple[float, Array]] = field(default_factory=list)
    initial: Array | None = None
    """q at the start, with the given charges of capacitors; that of the present state by default."""
    effort: StepCounts = field(default_factory=StepCounts)
    driven: Mapping[str, float] | None = None
    """Values of the sources at the last instant, behind a jump those behind it; None before any step."""
    _landing: float = np.inf

    def __post_init__(self) -> None:
        if self.initial is None:
            self.initial = self.now.stored

    @property
    def network(self) -> Network:
        """The equations."""
        return self.newton.network

    @classmethod
    def from_state(
        cls,
        newton: CircuitNewton,
        devices: Stages,
        values: Values,
        unknowns: Array,
        control: StepControl,
        time: float = 0.0,
    ) -> CircuitStepper:
        """From a steady state, or one whose derivative follows from the equations."""
        here = newton.at(unknowns, Instantaneous(values(time, False), 0.0, np.zeros_like(unknowns)))
        slope = np.where(here.stores, -(here.flows.values + devices.currents()), 0.0)
        charges = newton.network.charges(unknowns)
        resting = np.zeros_like(charges), here.flows.values, np.zeros_like(unknowns)
        now = CircuitInstant(time, 0.0, 0.0, unknowns, here.stored.values, slope, charges, *resting)
        return cls(newton, devices, values, control, now, [(time, unknowns)])

    # ------------------------------------------------------------------ steps
    def advance(self, until: float) -> CircuitInstant:
        """One accepted step that ends at `until` or before. Collective.

        Raises:
            StepTooShort: the last accepted instant stays.
        """
        advance, counts, self._landing = self.control.advance, self.effort, until
        self.now = advance(self.now.time, until, self._attempt, CircuitFailure, lambda: None, counts)
        self.devices.accept(self.now.time)
        self.past = [*self.past, (self.now.time, self.now.unknowns)][-KNOWN_STATES:]
        return self.now

    def _attempt(self, step: float, end: float) -> CircuitInstant:
        now = self.now
        slopes, known, unknowns = [now.slope], list(self.past), now.unknowns
        flows = [now.flows]
        charging, charges = [now.charging], now.charges
        tolerance = min(STAGE_TOLERANCE * self.control.tolerance, LARGEST_STAGE_TOLERANCE)
        self.devices.begin_step(step)
        for row, node in zip(STAGES[1:], NODES[1:], strict=True):
            base = now.stored + weighted([step * a for a in row[:-1]], slopes)
            time = end if row is STAGES[-1] else now.time + node * step
            guess = guessed(known, time)
            self.devices.begin_stage(time, guess)
            # from the left where a corner may be; right behind a jump, from the right: it may count for the same instant
            self.driven = self.values(time, time < self._landing)
            at = Instantaneous(self.driven, 1.0 / (step * row[-1]), base)
            unknowns = self.newton.solve(guess, at, tolerance)
            self.devices.end_stage()
            slopes.append(self._slope(unknowns, at))
            flows.append(self.newton.at(unknowns, at).flows.values)
            known.append((time, unknowns))
            charges = self.network.charges(unknowns)
            earlier = now.charges + weighted([step * a for a in row[:-1]], charging)
            charging.append((charges - earlier) / (step * row[-1]))
        stored = now.stored + weighted([step * b for b in STAGES[-1]], slopes)
        error = self._error(step, at, slopes, unknowns)
        moved = weighted([step * b for b in STAGES[-1]], flows)
        of_all = flows[-1], now.conducted + moved, now.gross + self._gross(step, at, unknowns)
        return CircuitInstant(end, step, error, unknowns, stored, slopes[-1], charges, charging[-1], *of_all)

    def _gross(self, step: float, at: Instantaneous, unknowns: Array) -> float:
        """What passes the nodes in a step, about, and at least what a thermal voltage would drive through what is there: the
        currents of a circuit at rest are rounding."""
        nodes, here = slice(len(self.network.nodes)), self.newton.at(unknowns, at)
        assert self.newton.linear is not None
        conductances = np.diag(self.newton.linear.matrix - at.rate * here.stored.slopes)[nodes]
        passing = np.abs(here.flows.values[nodes]) + np.abs(self.devices.currents()[nodes])
        return float(step * np.maximum(passing, np.abs(conductances) * self.newton.scales[nodes]).sum())

    def _slope(self, unknowns: Array, at: Instantaneous) -> Array:
        """Rate of change of what is stored."""
        here = self.newton.at(unknowns, at)
        return np.where(here.stores, -(here.flows.values + self.devices.currents()), 0.0)

    def _error(self, step: float, at: Instantaneous, slopes: Sequence[Array], unknowns: Array) -> float:
        """Estimated error of a step."""
        weights = [(b - e) / DIAGONAL for b, e in zip(STAGES[-1], EMBEDDED, strict=True)]
        defect = weighted(weights, slopes)
        of_devices, condensed = self.devices.defects()
        matrix = self.newton.at(unknowns, at).matrix(1.0 / (step * DIAGONAL))
        change = Linear.of(matrix + condensed).solve(defect + of_devices)
        own = float(np.abs(change / self.newton.scales).max(initial=0.0))
        return max(own, self.devices.error(change))

    # ------------------------------------------------------------------ conservation
    def charge_balance_error(self) -> float:
        """Largest charge that a node has lost or gained since the start: what the elements hold there by their potentials,
        what has left through them, and what the fields of the devices have taken up. Over all that has passed nodes or is
        stored, at least what a thermal voltage would have driven. Collective."""
        assert self.initial is not None
        now, nodes = self.now, slice(len(self.network.nodes))
        held = self.network.stored(now.unknowns).values - self.initial
        lost = held + now.conducted + self.devices.charges_passed()
        size = max(now.gross, float(np.abs(now.charges).sum()))
        return float(np.abs(lost[nodes]).max(initial=0.0) / size) if size else 0.0

    # ------------------------------------------------------------------ corners and jumps
    def restart_at_corner(self, first: float) -> None:
        """Shorten the next step at a corner of a source; the states before it say nothing about those behind. first: longest
        step, s."""
        self.past = [(self.now.time, self.now.unknowns)]
        self.control.nominal = min(self.control.nominal, rounded_step(first))

    def charge(self, voltages: Mapping[str, float]) -> None:
        """Bring the charge of capacitors to that of some voltages (V), which the next jump takes the circuit to.

        voltages: by the names of the elements.
        """
        network, stored = self.network, np.append(self.now.stored, 0.0)
        for name, voltage in voltages.items():
            potentials, own = network.of(name, self.now.unknowns)
            now = network.elements[name].stored(potentials, own)
            then = network.elements[name].stored(np.array([voltage, 0.0]), own)
            assert now is not None
            assert then is not None
            np.add.at(stored, network.places[name], then.values - now.values)
        self.now = replace(self.now, stored=stored[:-1])
        self.initial = self.now.stored

    def jump(self, shortest: float) -> None:
        """Take the circuit over a jump of the sources at this instant by two implicit steps, far shorter than any time of the
        circuit: after the first the sources are where they go, and the second tells how fast everything changes then.
        Collective.

        shortest: time of the circuit, s.

        Raises:
            StepTooShort: the last accepted instant stays.
        """
        before, of_devices, step = self.now, self.devices.accepted(), KICK * shortest
        try:
            for rests in (False, True):
                self._kick(step, rests=rests)
        except CircuitFailure as failure:
            self.now = before
            self.devices.go_back(of_devices)
            raise StepTooShort(str(failure)) from None
        self.past = [(self.now.time, self.now.unknowns)]
        self.control.nominal = rounded_step(FIRST_AFTER_JUMP * shortest)

    def _kick(self, step: float, *, rests: bool) -> None:
        """One implicit Euler step (s). rests: whether nothing jumps in it."""
        now = self.now
        self.devices.jump(step, now.time, now.unknowns)
        self.driven = self.values(now.time, True)
        at = Instantaneous(self.driven, 1.0 / step, now.stored)
        unknowns = self.newton.solve(now.unknowns, at, LARGEST_STAGE_TOLERANCE)
        slope = self._slope(unknowns, at)
        charges = self.network.charges(unknowns)
        charging = np.asarray((charges - now.charges) / step, dtype=np.float64)
        time = now.time + step
        flows = self.newton.at(unknowns, at).flows.values
        of_all = flows, now.conducted + step * flows, now.gross + self._gross(step, at, unknowns)
        stored = now.stored + step * slope
        self.now = CircuitInstant(time, step, 0.0, unknowns, stored, slope, charges, charging, *of_all)
        self.devices.land(time, rests=rests)

    def shortest_time(self) -> float:
        """Shortest time (s) in which the circuit follows a change, by its linearised equations; the longest step where
        nothing is stored."""
        from scipy.linalg import eigvals

        at = Instantaneous(self.values(self.now.time, True), 0.0, np.zeros_like(self.now.unknowns))
        here = self.newton.at(self.now.unknowns, at)
        matrix, stored = here.matrix(0.0) + self.devices.slopes(), here.stored.slopes
        sizes = np.abs(matrix).max(axis=1)
        sizes[sizes == 0.0] = 1.0
        scales = np.where(np.isfinite(self.newton.scales), self.newton.scales, 1.0)
        times = eigvals((stored / sizes[:, None]) * scales, (matrix / sizes[:, None]) * scales)
        found = np.abs(times[np.isfinite(times)])
        found = found[found > 1e-12 * found.max(initial=0.0)]
        # a node that holds no charge but that of a device follows as fast as its layers
        of_devices = self.devices.own_time() if (self.devices.nodes() & ~here.stores).any() else np.inf
        return float(min(found.min(initial=self.control.largest), of_devices, self.control.largest))


__all__ = ["CircuitInstant", "CircuitStepper", "Stages"]
