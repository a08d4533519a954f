"""Runs in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.driving import values_of
from circuits.description.studies.transient import CircuitTransient
from circuits.elements.capacitor import Capacitor
from circuits.solving.corners import begin, follow, step_control
from circuits.solving.stepper import CircuitStepper
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.effort import Effort
from circuits.studies.place import place_of, resumed
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from solver.results.headers import POINT, TIME
from solver.results.units import plain_quantity
from solver.signals.schedule import SAME_INSTANT, field_times, record_times
from solver.studies.transient.columns import AMOUNT_PASSED
from solver.studies.transient.step_control import StepControl
from solver.studies.transient.times import merged

STEPS = 50
"""Smallest number of steps of a run."""

STEP_SIZE, STEP_ERROR = "step_size [s]", "step_error"


class TransientRunner(CircuitRunner):
    """Runs a circuit in time, with a row at every instant that is recorded."""

    def __init__(self, circuit: Circuit, comm: MPI.Comm, clock: Clock) -> None:
        super().__init__(circuit, comm, clock)
        study = circuit.study
        assert isinstance(study, CircuitTransient)
        self._study, self._schedule = study, circuit.schedule
        schedule = 0.0 if self._schedule is None else self._schedule.duration
        self.duration = float(schedule if study.duration is None else study.duration)
        self._rest = values_of(circuit.elements)
        self._largest = self.duration / STEPS if study.largest_step is None else study.largest_step
        self.stepper: CircuitStepper | None = None
        self._effort = Effort()
        self._place: tuple[Mapping[str, Any], Path] | None = None

    @property
    def unit(self) -> str:
        return "s"

    def size(self) -> float:
        return self.duration

    def values(self, time: float, after: bool = False) -> Mapping[str, float]:
        """Values of the sources at a time, s; at a jump from the left, or (after) from the right."""
        return self._rest if self._schedule is None else {**self._rest, **self._schedule.values(time, after)}

    def marks(self) -> list[float]:
        """Instants (s) at which rows are asked for, beside the corners of the protocols."""
        return [*record_times(self._study, self.duration), *field_times(self._study, self.duration)]

    # ------------------------------------------------------------------ rows
    def rows(self) -> Iterator[CircuitRow | None]:
        corners, stepper = self._corners(), self._begun()
        marks = self.marks()
        if stepper.now.time == 0.0:
            if not self.done:
                yield replace(self._counted(stepper, 0.0), fields=self._wants_fields(0.0, 0.0))
            jumps = self._release(stepper) or corners.get(0.0, False)
            with self._effort():
                begin(stepper, jumps=jumps)
            if jumps:
                yield self._counted(stepper, 0.0)
        elif self._follow(stepper, corners):  # a checkpoint is always written before that of its instant
            yield self._counted(stepper, stepper.now.time)
        every, told = self._study.record_every is None, stepper.now.time
        for landing in merged([*corners, self.duration], marks, self.duration):
            while stepper.now.time < landing:
                with self._effort():
                    now = stepper.advance(landing)
                if every or now.time == landing:
                    row = replace(self._counted(stepper, told), fields=self._wants_fields(now.time, landing))
                    told = now.time
                    yield row
                else:
                    yield None
            if self._follow(stepper, corners):
                row = self._counted(stepper, told)
                told = stepper.now.time
                yield row

    def _wants_fields(self, time: float, landing: float) -> bool:
        """Whether the fields are kept at an instant before the next landing, s."""
        wanted = self.circuit.outputs.fields
        if wanted == "all" or (wanted == "extremes" and time == landing == self.duration):
            return True
        return any(abs(time - at) <= SAME_INSTANT * self.duration for at in field_times(self._study, self.duration))

    def _counted(self, stepper: CircuitStepper, since: float) -> CircuitRow:
        """The next row, which tells of the time since an instant, s."""
        row = self._row(stepper, self.done, stepper.now.time - since)
        self.done += 1
        return row

    def _begun(self) -> CircuitStepper:
        """The stepper at the operating point, or where an interrupted run was."""
        session = self.session = Session.of(self.circuit, self.comm, self.clock)
        if self._place is not None:
            self.stepper = resumed(session, self.values, self._control(), *self._place)
            self._effort = Effort(session.fields, self._place[0])
            return self.stepper
        self._effort = Effort(session.fields)
        unknowns = session.settle(self._rest)
        if session.fields is not None:
            session.fields.settle(0.0)
        control = self._control()
        self.stepper = CircuitStepper.from_state(session.newton, session.devices, self.values, unknowns, control)
        return self.stepper

    def _control(self) -> StepControl:
        return step_control(self._study.tolerance, self._largest)

    def _follow(self, stepper: CircuitStepper, corners: Mapping[float, bool]) -> bool:
        """Follow the sources around the corner at this instant, if there is one; whether they jump there."""
        if stepper.now.time not in corners or stepper.now.time >= self.duration:
            return False
        jumps = corners[stepper.now.time]
        with self._effort():
            follow(stepper, jumps=jumps)
        return jumps

    def _corners(self) -> dict[float, bool]:
        """Instants at which a source jumps (True) or bends."""
        if self._schedule is None:
            return {}
        return {corner.time: corner.jump for corner in self._schedule.corners() if corner.time <= self.duration}

    def _release(self, stepper: CircuitStepper) -> bool:
        """Charge the capacitors with an initial voltage; whether there are any."""
        capacitors = {name: e for name, e in self.circuit.elements.items() if isinstance(e, Capacitor)}
        given = {name: e.initial for name, e in capacitors.items() if e.initial is not None}
        stepper.charge(given)
        return bool(given)

    def _row(self, stepper: CircuitStepper, number: int, passed: float = 0.0) -> CircuitRow:
        assert self.session is not None
        now = stepper.now
        values = self.values(now.time) if stepper.driven is None else stepper.driven
        row = self.session.row(now.unknowns, values, now.charging)
        amounts = {} if self.session.fields is None else self.session.fields.amounts_passed()
        passed_columns = {
            AMOUNT_PASSED.of(terminal=f"{name}_{port}", species=species): amount
            for name, ports in amounts.items()
            for port, of_species in ports.items()
            for species, amount in of_species.items()
        }
        of_step = {STEP_SIZE: now.step, STEP_ERROR: now.error}
        columns: dict[str, Any] = {POINT: number, TIME: now.time, **row, **passed_columns, **of_step}
        first = self.session.network.nodes[0]
        text = f"{plain_quantity(now.time, 's')}: {first} {plain_quantity(float(now.unknowns[0]), 'V')}"
        return CircuitRow(columns, f"{text}, step {plain_quantity(now.step, 's', 2)}", passed, keys=(TIME,))

    # ------------------------------------------------------------------ interruptions
    def save(self, folder: Path) -> dict[str, Any] | None:
        if self.stepper is None or self.session is None or not self.done:
            return None
        numbers = place_of(self.stepper)
        fields = self.session.fields
        numbers["devices"] = {} if fields is None else fields.save(folder)
        if fields is not None:
            numbers |= self._effort.numbers(fields)
        return {**numbers, "rows": self.done}

    def resume(self, done: int, numbers: Mapping[str, Any] | None, folder: Path | None) -> None:
        super().resume(done, numbers, folder)
        if numbers is None or folder is None:
            self.done = 0
        else:
            self._place, self.done = (numbers, folder), int(numbers["rows"])

    def completed(self) -> float:
        return 0.0 if self._place is None else float(self._place[0]["time"])

    def summary(self) -> dict[str, Any]:
        """Numbers of steps, what was lost on the way of what compartments exchange, and what devices with fields cost."""
        if self.stepper is None:
            return {}
        effort = self.stepper.effort
        fields = None if self.session is None else self.session.fields
        cost = {} if fields is None else self._effort.cost(fields, self.stepper.now.time, self.clock, self.comm)
        return {
            **self._lost(),
            "charge_balance_error": self.stepper.charge_balance_error(),
            "accepted_steps": effort.accepted,
            "rejected_steps": effort.rejected,
            "failed_steps": effort.failed,
            "newton_iterations": self.stepper.newton.iterations,
            **cost,
        }

    def _lost(self) -> dict[str, float]:
        """Part of each species in finite compartments that neither they nor the devices have at the end. Collective."""
        assert self.stepper is not None
        assert self.session is not None
        compartments, now = self.session.network.compartments, self.stepper.now
        contents, fields = compartments.contents(), self.session.fields
        lacking = compartments.lacking(now.unknowns, now.stored)
        in_devices = {} if fields is None or not contents else fields.lost()
        return {
            f"lost_of_{species}": abs(lacking[species] + in_devices.get(species, 0.0)) / content
            for species, content in contents.items()
        }
