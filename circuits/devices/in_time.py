"""A device with fields in time: the stages and jumps of its steps, what has passed, and from where it can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from circuits.devices.field_device import FieldDevice
from circuits.solving.guesses import guessed
from solver.discretization.evaluation import Evaluation, Storage
from solver.studies.transient.instant import Instant, first_instant
from solver.studies.transient.stages import Stages
from solver.studies.transient.stepper import KNOWN_STATES
from solver.studies.transient.tableau import DIAGONAL

NUMBERS = "displacement", "rates", "passed"
"""Numbers of an instant that a checkpoint keeps as they are."""

Accepted = tuple[Instant, list[tuple[float, np.ndarray]]]
"""An accepted state, and those before from which the next are guessed: times (s), states with ghosts."""


class DeviceInTime:
    """What the steps of a circuit know of one device between the solutions of its equations. Collective on the ranks of the
    device.

    A step is `begin_step`, then `begin_stage` and `end_stage` for every stage, between which the circuit solves the equations
    of `device`, then `accept`, or nothing where the step is not taken. A jump is `jump`, a solution and `land`.

    Args:
        device: its fields at one instant; the state at hand becomes the first accepted one.

    Attributes:
        now: the last accepted state.
    """

    def __init__(self, device: FieldDevice) -> None:
        self.device = device
        self.settle(0.0)

    def settle(self, time: float) -> None:
        """Take the steady state at hand for the first accepted one in time (s)."""
        device = self.device
        self.now = first_instant(device.problem, device.found, time)
        device.found = self.now.found
        self._first_amounts, self._first_charges = device.found.amounts, self.now.charge
        self._past = [(time, device.found.state)]

    # ------------------------------------------------------------------ what has passed
    @property
    def charges_passed(self) -> np.ndarray:
        """Charge (C) that has entered at the connected ports since the start, displacement included. Shape (connected,)."""
        now, device = self.now, self.device
        scales = now.found.parameters.scales
        found = now.charge - self._first_charges
        found = found + scales.charge_coupling * (now.passed @ np.array(device.problem.valences))
        return np.asarray(found[device.connected] * scales.electric_flux)

    def charges_by_port(self) -> dict[str, float]:
        """The same by the names of the connected ports."""
        names = [self.device.problem.ports.all[number].name for number in self.device.connected]
        charges = self.charges_passed
        return {name: float(charges[k]) for k, name in enumerate(names)}

    @property
    def amounts_passed(self) -> dict[str, dict[str, float]]:
        """Amounts (mol) that have entered since the start, by connected terminal and species."""
        device, problem = self.device, self.device.problem
        amount = self.now.found.parameters.scales.amount
        # of species that follow by equilibria the totals of components count
        species = [(i, name) for i, name in enumerate(device.case.electrolyte.species) if i not in problem.followers]
        return {
            problem.ports.all[k].name: {name: float(self.now.passed[k, i] * amount) for i, name in species}
            for k in device.connected
            if problem.ports.all[k].passes_ions
        }

    def lost(self) -> dict[str, float]:
        """Amount (mol) of each species that has entered the device since the beginning and is not in it."""
        passed = self.now.passed.sum(axis=0) - (self.now.found.amounts - self._first_amounts)
        base = self.device.base
        return dict(zip(base.slots.species, (passed * base.scales.amount).tolist(), strict=True))

    # ------------------------------------------------------------------ steps
    def begin_step(self, step: float) -> None:
        """Begin a step in time, s."""
        self._h = step / self.device.problem.scales.time
        self._run = Stages(self.now, self._h)
        self._known = list(self._past)

    def begin_stage(self, time: float, potentials: np.ndarray) -> None:
        """Begin the next stage at a time (s) with guessed potentials of the connected ports, V."""
        rate, content, charges = self._run.next()
        guess = self.device.stages.trusted(guessed(self._known, time), self._known[-1][1])
        self._time = time
        self.device.begin(guess, potentials, Storage(rate, -rate * content, -rate * charges))

    def end_stage(self) -> None:
        """Keep the state of a stage that is solved."""
        self._run.add(self.device.found, 0.0)
        self._known.append((self._time, self.device.found.state))

    def defect(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much two methods differ in this step, as currents (A) at the connected ports, and the derivatives."""
        problem, scales = self.device.problem, self.device.found.parameters.scales
        own = self._h * DIAGONAL
        right = self._run.defect / own
        right[problem.boundary_values.owned_entries] = 0.0
        of_ports = self._run.charge_defect[list(problem.ports.floating)] / (own * scales.charge_coupling)
        return self.device.condense_defect(right, of_ports)

    def accept(self, time: float) -> None:
        """Take the state of the step for the last accepted one."""
        run = self._run
        self._take(time, run.slopes[-1], run.displacements[-1], self.now.passed + run.passed)
        self._past = [*self._past, (time, self.device.found.state)][-KNOWN_STATES:]

    def _take(self, time: float, slope: np.ndarray, displacement: np.ndarray, passed: np.ndarray) -> None:
        found = self.device.found
        self.now = replace(
            self.now, time=time, found=found, slope=slope, displacement=displacement, rates=found.rates, passed=passed
        )

    @property
    def accepted(self) -> Accepted:
        """The last accepted state, and those before from which the next are guessed."""
        return self.now, self._past

    def go_back(self, accepted: Accepted) -> None:
        """Take an earlier state for the last accepted one again."""
        self.now, self._past = accepted
        self.device.found = self.now.found
        self.device.newton.forget()

    # ------------------------------------------------------------------ slow changes
    @property
    def contents(self) -> tuple[np.ndarray, np.ndarray]:
        """What is stored at the last accepted instant: contents (owned entries), and charges of the ports."""
        return self.now.found.content, self.now.charge

    def slow_change(
        self, rest: Evaluation, gained: tuple[np.ndarray, np.ndarray], duration: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """By how much a state has to change so that it gains nothing any more, to first order about a steady state: as
        currents (A) at the connected ports, and the derivatives. `slow_state` has the change itself.

        rest: the steady state. gained: in a duration (s), as of `contents`.

        Raises:
            SingularMatrixError: on all ranks of the device.
        """
        problem, scales = self.device.problem, self.device.found.parameters.scales
        length = duration / scales.time
        self.device.newton.factorise(rest)
        right = gained[0] / length
        right[problem.boundary_values.owned_entries] = 0.0
        of_ports = gained[1][list(problem.ports.floating)] / (length * scales.charge_coupling)
        return self.device.condense_defect(right, of_ports)

    def slow_state(self, change: np.ndarray) -> np.ndarray:
        """The change of the state, ghosts included, for that of the potentials, V."""
        unknowns, state = self.device.problem.unknowns, self.now.found.state.copy()
        changed = unknowns.minus(state, -self.device.completed(change)[: unknowns.owned])
        return np.asarray(changed - state)

    # ------------------------------------------------------------------ jumps
    def jump(self, step: float, potentials: np.ndarray) -> None:
        """Begin one implicit step of a duration (s) at an instant."""
        now, device = self.now, self.device
        self._h = step / device.problem.scales.time
        rate = 1.0 / self._h
        device.newton.forget()
        device.begin(now.found.state, potentials, Storage(rate, -rate * now.found.content, -rate * now.charge))

    def land(self, time: float, *, rests: bool) -> None:
        """Take the state after such a step for the last accepted one.

        rests: whether nothing has jumped in the step, so that the rates of change in it go on.
        """
        found, now = self.device.found, self.now
        slope = (found.content - now.found.content) / self._h
        displacement = (found.charges - now.charge) / self._h
        if not rests:
            slope[self.device.problem.boundary_values.owned_species] = 0.0
            displacement = np.zeros_like(displacement)
        self._take(time, slope, displacement, now.passed + self._h * found.rates)
        self._past = [(time, found.state)]
        self.device.newton.forget()

    # ------------------------------------------------------------------ interruptions
    def place(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Numbers and arrays (ghosts included) from which the device goes on with the same steps."""
        now, device, newton = self.now, self.device, self.device.newton
        numbers: dict[str, Any] = {name: getattr(now, name).tolist() for name in NUMBERS}
        numbers["first_amounts"] = self._first_amounts.tolist()
        numbers["first_charges"] = self._first_charges.tolist()
        numbers["past"] = [time for time, _ in self._past]
        numbers["potentials"] = device.potentials_of(now.found)
        slope = np.zeros_like(now.found.state)
        slope[: len(now.slope)] = now.slope
        arrays = {"state": now.found.state, "slope": slope}
        arrays |= {f"past_{k}": state for k, (_, state) in enumerate(self._past)}
        factorised = newton.jacobian.at if newton.usable else None
        numbers["factorised"] = None if factorised is None else factorised.storage.rate
        if factorised is not None:
            arrays["factorised"] = factorised.state
            numbers["factorised_potentials"] = device.potentials_of(factorised)
        return numbers, arrays

    def resume(self, time: float, numbers: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from a `place` at a time, s."""
        device, owned = self.device, self.device.problem.unknowns.owned
        device.resume(arrays["state"], np.array(numbers["potentials"]))
        fixed: dict[str, Any] = {name: np.array(numbers[name]) for name in NUMBERS}
        self.now = replace(self.now, time=time, found=device.found, slope=arrays["slope"][:owned].copy(), **fixed)
        self._first_amounts, self._first_charges = (
            np.array(numbers[f"first_{name}"]) for name in ("amounts", "charges")
        )
        self._past = [(before, arrays[f"past_{k}"]) for k, before in enumerate(numbers["past"])]
        device.newton.forget()
        if numbers["factorised"] is not None:
            at = Storage(numbers["factorised"], charges=np.zeros_like(self.now.displacement))
            parameters = device.with_potentials(device.base, np.array(numbers["factorised_potentials"]))
            device.newton.factorise(device.problem.evaluate(arrays["factorised"], parameters, at))
