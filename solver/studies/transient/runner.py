"""A run of a protocol: which instants are landed on, what is measured there, and how it goes on after an interruption."""

from __future__ import annotations

import time as wall
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from solver.case.case import Case
from solver.case.studies.points import Point
from solver.case.studies.transient import Transient
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import ConvergenceError, Solved
from solver.physics.constants import FARADAY
from solver.physics.solution import equivalent_concentration
from solver.results import effort, headers
from solver.results.headers import parameter_header
from solver.signals.schedule import Schedule, field_times, record_times, schedule_of
from solver.simulation.checkpoint import Kept
from solver.simulation.simulation import Record, Session
from solver.studies.transient import columns
from solver.studies.transient.forcing import Driving
from solver.studies.transient.stepper import Effort, Instant, StepFailure, TimeStepper

SMALL_PART = 1e-3
"""First step after a steady state, as a part of the way to the first corner."""

STEPS_OF_A_PERIOD = 32
"""At least, of a sine or triangle: with fewer rows the area of a loop is uncertain, not its currents."""

NEARLY_NOTHING = 1e-5
"""Part of what is in the device below which what has passed is too little to compare a loss with."""

STEPS_OF_A_HOLD = 16
"""At least, for the time in which the salt comes to rest."""

TIME_SAFETY = 3.0
"""On the error that the embedded solutions have left in the current: at large steps it is less than the true one."""

NUMBERS = ("passed", "traffic", "charge", "displacement", "rates", "charge_passed")
EFFORT = ("accepted", "rejected", "failed")


class March:
    """One run of the protocol of a transient case. Collective.

    Args:
        session: mesh, problem and solvers; it holds the steady state at the begin, or anything when `kept` is given.
        point: the case with its outer value.
        first: number of the first row.
        kept: what an interrupted run of the same case left (see `left`), None to begin.
        settled: whether the state at the begin is a steady one; otherwise the fields first follow the ions.
    """

    def __init__(
        self, session: Session, point: Point, first: int, kept: Kept | None = None, *, settled: bool = True
    ) -> None:
        study = point.case.study
        assert isinstance(study, Transient)
        self._session, self._point, self._study = session, point, study
        self._schedule: Schedule = schedule_of(point.case)
        self._problem: Problem = session.problem
        self._holds = self._schedule.holds()
        self._field_times = field_times(study, self._schedule.duration)
        self._driving = Driving(self._problem, point.case, self._schedule)
        self._number = first
        self._seconds, self._before = 0.0, (0, 0)
        limits = {
            "tolerance": study.tolerance,
            "debye_time": debye_time(point.case),
            "largest": self._largest_step(0.0),
        }
        newton = session.continuation.newton
        if kept is None:
            start = self._schedule.corners()[0].time or self._schedule.duration
            self._stepper = TimeStepper.from_rest(
                self._problem,
                newton,
                self._driving.drive,
                first=SMALL_PART * start,
                judged=session.bars is not None,
                **limits,
            )
            self._initial = self._amounts()
        else:
            self._stepper = self._continued(kept, limits)
        self._first_factorisation = newton.factorisations
        self._recorded: tuple[float, float, int, int] = (
            self._stepper.now.time, session.clock.elapsed, *self._effort(),
        )  # fmt: skip
        self._begun, self._settled = kept is not None, settled

    # ------------------------------------------------------------------ rows
    def records(self) -> Iterator[Record | None]:
        """The rows, each when its instant is reached; None after other steps. Collective.

        Raises:
            ConvergenceError: no step was short enough; the state is the last accepted one.
        """
        stepper, end = self._stepper, self._schedule.duration
        corners = {corner.time: corner.jump for corner in self._schedule.corners()}
        marks = [*record_times(self._study, end), *self._field_times]
        landings = merged(list(corners), marks, end)
        if not self._begun:
            yield self._record()
        if not (self._settled or self._begun):
            self._guarded(stepper.jump)
        else:
            self._turn(corners)  # a checkpoint is always written before the turn at its instant
        every = self._study.record_every is None
        for landing in (time for time in landings if time > stepper.now.time):
            while stepper.now.time < landing:
                stepper.largest = self._largest_step(stepper.now.time)
                begin = wall.perf_counter()
                self._guarded(lambda target=landing: stepper.advance(target))
                self._seconds += wall.perf_counter() - begin
                yield self._record() if every or stepper.now.time == landing else None
            self._turn(corners)

    def _largest_step(self, time: float) -> float:
        """Longest step (s) at an instant: as many in a period or a hold as its loop or relaxation needs to be drawn."""
        if self._study.largest_step is not None:
            return self._study.largest_step
        waves = [c for c in self._schedule.cycles() if c.start <= time < c.start + c.periods / c.frequency]
        longest = [self._schedule.duration, *(1 / cycle.frequency / STEPS_OF_A_PERIOD for cycle in waves)]
        longest += [(stop - start) / STEPS_OF_A_HOLD for start, stop in self._holds if start <= time < stop]
        return float(min(longest))

    def _turn(self, corners: Mapping[float, bool]) -> None:
        """Follow the drive around the corner at this instant, if there is one."""
        time = self._stepper.now.time
        if time not in corners or time >= self._schedule.duration:
            return
        if corners[time]:
            self._guarded(self._stepper.jump)
        else:
            self._stepper.bend()

    def _guarded(self, action: Any) -> None:
        try:
            action()
        except StepFailure as failure:
            where = f"{self._point.name}: t = {self._stepper.now.time:.6g} s"
            hint = "make the drive smoother (rise_time, ramp), or refine the mesh (mesh.refinement: 1)"
            raise ConvergenceError(where, str(failure), hint, Solved(self._stepper.effort.report, [])) from None

    def _effort(self) -> tuple[int, int]:
        newton = self._session.continuation.newton
        return len(self._stepper.effort.report.iterations), newton.factorisations

    def _record(self) -> Record:
        """The row of the instant that the problem holds; its effort is all since the row before."""
        session, now, problem = self._session, self._stepper.now, self._problem
        values = self._schedule.values(now.time)
        case = self._driving.case(now.time)
        displacement = now.displacement / problem.scales.time * problem.scales.electric_flux
        with session.clock("observables"):
            observed = session.observer.observe(case, displacement)
            balances = self._balances(case)
        errors = self._errors(case, observed.row)
        head: dict[str, object] = {headers.POINT: self._number}
        head.update({parameter_header(case, name): value for name, value in self._point.values})
        head[headers.TIME] = now.time
        head.update({parameter_header(case, key): value for key, value in values.items()})
        time, wall_time, *counts = self._recorded
        self._recorded = (now.time, session.clock.elapsed, *self._effort())
        tail = {
            columns.STEP_SIZE: now.step,
            columns.STEP_ERROR: now.error,
            effort.ITERATIONS: self._recorded[2] - counts[0],
            effort.FACTORISATIONS: self._recorded[3] - counts[1],
            effort.WALL_TIME: self._recorded[1] - wall_time,
        }
        profile = [{headers.POINT: self._number, **line} for line in observed.profile]
        row = {**head, **observed.row, **errors, **balances, **tail}
        self._number += 1
        text = f"t = {now.time:.6g} s, step {now.step:.2g} s: I = {observed.row[headers.CURRENT]:.6g} A"
        wanted = any(abs(now.time - at) <= 1e-12 * self._schedule.duration for at in self._field_times)
        return Record(row, text, now.time - time, wanted, profile)

    def _errors(self, case: Case, row: Mapping[str, float]) -> dict[str, float]:
        """Error columns of the instant."""
        bars, now, problem = self._session.bars, self._stepper.now, self._problem
        if bars is None:
            return {}
        valences = np.array([s.valence for s in problem.species])
        driven = problem.ports.index(case.driven_terminal)
        drift = abs(float(self._stepper.rate_errors()[driven] @ valences)) * problem.scales.current
        # conductances follow concentrations, whose relative errors are those of the potentials in thermal voltages
        left = TIME_SAFETY * drift + abs(row[headers.CONDUCTION_CURRENT]) * now.recent
        instant = replace(self._point, case=case, coordinate=now.time, branch=self._point.number)
        return bars.columns(instant, row, now.slope, left)

    # ------------------------------------------------------------------ balances
    def _amounts(self) -> np.ndarray:
        """mol of each species in the device. Shape (species,)."""
        return self._problem.amounts() * self._problem.scales.amount

    def _balances(self, case: Case) -> dict[str, float]:
        """What is in the device, what has passed, and how well the two agree."""
        problem, now, scales = self._problem, self._stepper.now, self._problem.scales
        valences = np.array([s.valence for s in problem.species])
        amounts = self._amounts()
        entered, traffic = (part.sum(axis=0) * scales.amount for part in (now.passed, now.traffic))
        missing = amounts - self._initial - entered
        scale = np.where(traffic > 0.0, np.maximum(traffic, NEARLY_NOTHING * self._initial), self._initial)
        charge = now.charge_passed * scales.electric_flux
        carried = float(np.abs(valences) @ scale)
        return {
            columns.CHARGE_PASSED: float(charge[problem.ports.index(case.driven_terminal)]),
            columns.SALT_INVENTORY: float(equivalent_concentration(valences, amounts)),
            columns.CHARGE_INVENTORY: FARADAY * float(valences @ amounts),
            columns.SALT_BALANCE_ERROR: float(np.abs(missing / scale).max()),
            columns.CHARGE_BALANCE_ERROR: float(abs(valences @ missing) / carried),
        }

    # ------------------------------------------------------------------ interruptions
    @property
    def number(self) -> int:
        """Of the run among those of the outer values."""
        return self._point.number

    def left(self) -> Kept:
        """What the run needs to go on with the same steps: numbers for run.json and arrays for the checkpoint. The state
        itself is that of the problem."""
        stepper, jacobian = self._stepper, self._session.continuation.newton.jacobian
        now = stepper.now
        arrays = {name: np.zeros(len(now.state)) for name in ("slope", "drift")}
        for name, values in arrays.items():
            values[: len(now.slope)] = getattr(now, name)
        arrays.update({f"past_{k}": state for k, (_, state) in enumerate(stepper.past[:-1])})
        factored = jacobian.factored if self._session.continuation.newton.usable else None
        if factored is not None:
            arrays["factored"] = factored.state
        numbers: dict[str, Any] = {
            "run": self._point.number,
            "point": self._number - 1,
            "time": now.time,
            "step": now.step,
            "error": now.error,
            "recent": now.recent,
            "nominal": stepper.nominal,
            "past": [time for time, _ in stepper.past],
            "factored": None if factored is None else factored.storage_rate,
            "initial": self._initial.tolist(),
            "seconds": self._seconds,
            **{name: getattr(stepper.effort, name) for name in EFFORT},
            "iterations": self._iterations,
            "factorisations": self._factorisations,
            **{name: getattr(now, name).tolist() for name in NUMBERS},
        }
        return Kept(numbers, arrays)

    def _continued(self, kept: Kept, limits: dict[str, Any]) -> TimeStepper:
        """The stepper as it was when `left` was called; the problem holds its state."""
        problem, newton, numbers = self._problem, self._session.continuation.newton, kept.numbers
        terminals, species = len(problem.terminals), len(problem.species)
        shapes = {"passed": (terminals, species), "traffic": (terminals, species), "rates": (terminals, species)}
        fixed = {name: np.array(numbers[name]).reshape(shapes.get(name, (-1,))) for name in NUMBERS}
        state, content = problem.state.x.array.copy(), problem.content()
        now = Instant(
            time=numbers["time"], step=numbers["step"], error=numbers["error"], recent=numbers["recent"], state=state,
            content=content,
            slope=kept.arrays["slope"][: len(content)].copy(), drift=kept.arrays["drift"][: len(content)].copy(), **fixed,
        )  # fmt: skip
        past = [(time, kept.arrays.get(f"past_{k}", state)) for k, time in enumerate(numbers["past"])]
        effort = Effort(**{name: numbers[name] for name in EFFORT})
        problem.set_drive(self._driving.drive(now.time))
        if numbers["factored"] is not None:
            problem.state.x.array[:] = kept.arrays["factored"]
            problem.storage_rate.value = numbers["factored"]
            newton.factorise()
            problem.state.x.array[:] = state
        self._initial, self._seconds = np.array(numbers["initial"]), numbers["seconds"]
        self._before = numbers["iterations"], numbers["factorisations"]
        return TimeStepper(
            problem,
            newton,
            self._driving.drive,
            now=now,
            nominal=numbers["nominal"],
            effort=effort,
            past=past,
            judged=self._session.bars is not None,
            **limits,
        )

    @property
    def _iterations(self) -> int:
        return self._before[0] + len(self._stepper.effort.report.iterations)

    @property
    def _factorisations(self) -> int:
        return self._before[1] + self._session.continuation.newton.factorisations - self._first_factorisation

    def cost(self) -> dict[str, float]:
        """What the steps cost, with the outer value: numbers, and their time in units of one factorisation."""
        effort, newton, clock = self._stepper.effort, self._session.continuation.newton, self._session.clock
        count = newton.factorisations + (1 if self._problem.flow else 0)
        unit = clock.seconds["factorisation"] / max(count, 1)
        return {
            **dict(self._point.values),
            "accepted_steps": effort.accepted,
            "rejected_steps": effort.rejected,
            "failed_steps": effort.failed,
            "newton_iterations": self._iterations,
            "factorisations": self._factorisations,
            "time_of_steps [s]": round(self._seconds, 4),
            "time_of_a_factorisation [s]": round(unit, 6),
            "cost_in_factorisations": round(self._seconds / max(unit, 1e-9), 1),
        }


def debye_time(case: Case) -> float:
    """lambda^2 / D of the thinnest double layer and the slowest ion, s."""
    slowest = min(species.diffusivity for species in case.electrolyte.species.values())
    return float(case.layer_thickness() ** 2 / slowest)


def merged(corners: list[float], marks: list[float], duration: float) -> list[float]:
    """Sorted times; of those that differ by rounding one, a corner if there is one."""
    found: list[tuple[float, bool]] = []
    for time, mark in sorted([(time, False) for time in corners] + [(time, True) for time in marks]):
        if found and time - found[-1][0] <= 1e-12 * duration:
            if found[-1][1] and not mark:
                found[-1] = (time, mark)
            continue
        found.append((time, mark))
    return [time for time, _ in found]
