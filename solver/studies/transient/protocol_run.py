"""One run of a protocol: its instants, what is measured there, and how it goes on after an interruption."""

from __future__ import annotations

import time as wall
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from solver.accuracy.bars import InTime
from solver.accuracy.tables import beyond_tables
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.case.studies.transient import Transient, schedule_of
from solver.discretization.bound_charge import BoundCharge
from solver.discretization.evaluation import Evaluation, Storage
from solver.discretization.problem import Problem
from solver.nonlinear import reasons
from solver.nonlinear.continuation import ConvergenceError, Solved
from solver.observables.observer import Observed
from solver.parallel.logs import logger
from solver.results import effort, headers
from solver.results.units import plain_quantity
from solver.signals.schedule import Schedule, field_times, record_times
from solver.simulation.checkpoint import Checkpoint
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.studies.texts import current_text
from solver.studies.transient import columns
from solver.studies.transient.balances import Balances
from solver.studies.transient.bars_in_time import BarsInTime, bars_in_time
from solver.studies.transient.forcing import Forcing
from solver.studies.transient.instant import Instant, errors_of_currents
from solver.studies.transient.place import ARRAYS, EFFORT, Place
from solver.studies.transient.step_control import StepControl, StepTooShort
from solver.studies.transient.stepper import Effort, TimeStepper
from solver.studies.transient.times import layer_time, merged

FIRST_STEP = 1e-3
"""First step after a steady state, as a part of the way to the first corner."""

STEPS_PER_PERIOD = 32
"""Minimum number of steps per period of a sine or triangle; fewer would limit the accuracy of a loop's area."""

STEPS_PER_HOLD = 16
"""Minimum number of steps of a hold; fewer would limit the accuracy of the memory time."""

SMALLEST_TOLERANCE = 1e-6
"""Thermal voltages; stages are solved to a tenth of it."""


class ProtocolRun:
    """One run of the protocol of a transient case. Collective.

    Args:
        simulation: mesh, problem and solvers; it holds the state at the start, or at the checkpoint.
        point: the case with its outer value.
        first: number of the first row.
        checkpoint: what an interrupted run of the same case has left (see `checkpoint`); None to start.
        settled: whether the state at the start is a steady one; otherwise the fields first follow the ions.
    """

    def __init__(
        self,
        simulation: Simulation,
        point: Point[Case],
        first: int,
        checkpoint: Checkpoint | None = None,
        *,
        settled: bool = True,
    ) -> None:
        self._simulation, self._point, self._study = simulation, point, Transient.of(point.case)
        self._schedule: Schedule = schedule_of(point.case)
        self._problem: Problem = simulation.problem
        self._newton = simulation.continuation.newton
        self._holds = self._schedule.holds()
        self._field_times = field_times(self._study, self._schedule.duration)
        self._forcing = Forcing(self._problem, point.case, self._schedule)
        self._number = first
        self._bars: BarsInTime | None
        self._seconds, self._before = 0.0, (0, 0)
        driven = self._forcing.drives_charges
        self._bound = BoundCharge(self._problem) if driven else BoundCharge.of_buffer(self._problem)
        limits = {
            "tolerance": self._tolerance(settled),
            "debye_time": layer_time(point.case, self._problem),
            "largest": self._largest_step(0.0),
        }
        if checkpoint is None:
            self._bars = bars_in_time(simulation, self._forcing, limits["debye_time"])
            if self._bars is not None:
                self._bars.begin(point, settled=settled)
            start = self._schedule.corners()[0].time or self._schedule.duration
            self._stepper = TimeStepper.from_state(
                self._state(),
                self._newton,
                self._forcing.parameters,
                first=FIRST_STEP * start,
                estimates_error=self._bars is not None,
                bound_charge=self._bound,
                **limits,
            )
            self._balances = Balances(self._problem, self._stepper.now)
        else:
            self._stepper = self._continued(checkpoint, limits)
        self._first_factorisation = self._newton.factorisations
        self._recorded: tuple[float, float, int, int] = (
            self._stepper.now.time, simulation.clock.elapsed, *self._effort(),
        )  # fmt: skip
        self._continues, self._settled, self._was_beyond = checkpoint is not None, settled, False
        self._place: Place | None = None if checkpoint is None else self._here()

    def _tolerance(self, settled: bool) -> float:
        """Largest error of a step, thermal voltages: what the study asks for, relative to signals smaller than one."""
        asked = self._study.tolerance
        return min(asked, max(asked * self._forcing.size(), SMALLEST_TOLERANCE)) if settled else asked

    def _state(self) -> Evaluation:
        """The state that the simulation holds."""
        if self._simulation.state is None:
            raise RuntimeError("a protocol starts from a state")
        return self._simulation.state

    # ------------------------------------------------------------------ rows
    def records(self) -> Iterator[Record | None]:
        """The rows, each when its instant is reached; None after other steps. Collective.

        Raises:
            ConvergenceError: no step was short enough; the state is the last accepted one.
        """
        for record in self._steps():
            self._place = self._here()
            yield record

    def _steps(self) -> Iterator[Record | None]:
        """What `records` gives."""
        stepper, end = self._stepper, self._schedule.duration
        corners = {corner.time: corner.jump for corner in self._schedule.corners()}
        marks = [*record_times(self._study, end), *self._field_times]
        landings = merged(list(corners), marks, end)
        if not self._continues:
            yield self._record()
        if not (self._settled or self._continues):
            self._jump()
        else:
            self._follow_corner(corners)  # a checkpoint is always written before that of its instant
        every = self._study.record_every is None
        for landing in (time for time in landings if time > stepper.now.time):
            while stepper.now.time < landing:
                stepper.control.largest = self._largest_step(stepper.now.time)
                start = wall.perf_counter()
                with self._translated():
                    stepper.advance(landing)
                self._seconds += wall.perf_counter() - start
                if every or stepper.now.time == landing:
                    yield self._record()
                else:
                    self._follow()
                    yield None
            self._follow_corner(corners)

    def _largest_step(self, time: float) -> float:
        """Upper bound on the step (s) at an instant, for the loop of a period or the relaxation in a hold."""
        if self._study.largest_step is not None:
            return self._study.largest_step
        waves = [c for c in self._schedule.cycles() if c.start <= time < c.start + c.periods / c.frequency]
        longest = [self._schedule.duration, *(1 / cycle.frequency / STEPS_PER_PERIOD for cycle in waves)]
        longest += [(stop - start) / STEPS_PER_HOLD for start, stop in self._holds if start <= time < stop]
        return float(min(longest))

    def _follow_corner(self, corners: Mapping[float, bool]) -> None:
        """Follow the drive around the corner at this instant, if there is one."""
        time = self._stepper.now.time
        if time not in corners or time >= self._schedule.duration:
            return
        if corners[time]:
            self._jump()
        else:
            self._stepper.restart_at_corner()
            if self._bars is not None:
                self._bars.corner(jumps=False)

    def _jump(self) -> None:
        """Take the state over a jump of the drive at this instant."""
        with self._translated():
            self._stepper.jump()
        if self._bars is not None:
            self._bars.corner(jumps=True)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Context in which a failure of the stepper becomes a ConvergenceError that names the instant."""
        try:
            yield
        except StepTooShort as failure:
            where = f"{self._point.name}: t = {self._stepper.now.time:.6g} s"
            hint = reasons.hint_in_time(self._problem)
            raise ConvergenceError(where, str(failure), hint, Solved(self._stepper.effort.report, [])) from None
        finally:
            self._simulation.state = self._stepper.now.found

    def _effort(self) -> tuple[int, int]:
        """Newton iterations and factorisations so far."""
        return len(self._stepper.effort.report.iterations), self._newton.factorisations

    def _record(self) -> Record:
        """The row of the last accepted instant; its effort is all since the row before."""
        simulation, now = self._simulation, self._stepper.now
        values, scales = self._schedule.values(now.time), now.found.parameters.scales
        case = self._forcing.case(now.time)
        displacement = now.displacement / scales.time * scales.electric_flux
        charging = None if self._bound is None else now.charging / scales.time * scales.electric_flux
        with simulation.clock("observables"):
            observed = simulation.observer.observe(now.found, case, displacement, charging)
            balances = self._balances.columns(now, case)
        errors = self._errors(case, observed)
        self._warn_beyond_tables(case)
        head: dict[str, object] = {headers.POINT: self._number, **self._point.columns, headers.TIME: now.time}
        head.update({case.header(key): value for key, value in values.items()})
        time, wall_time, *counts = self._recorded
        self._recorded = (now.time, simulation.clock.elapsed, *self._effort())
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
        text = f"{plain_quantity(now.time, 's')}: {current_text(observed.row)}, step {plain_quantity(now.step, 's', 2)}"
        wanted = any(abs(now.time - at) <= 1e-12 * self._schedule.duration for at in self._field_times)
        return Record(row, text, now.time - time, wanted, profile)

    def _warn_beyond_tables(self, case: Case) -> None:
        """Say at the first row at which the state is beyond what the properties of the liquid know."""
        if self._was_beyond:
            return
        now = self._stepper.now
        if text := beyond_tables(self._problem, now.found, case.electrolyte.properties):
            self._was_beyond = True
            logger.warning("warning: %s, from t = %.6g s on: %s", self._point.name, now.time, text)

    def _errors(self, case: Case, observed: Observed) -> dict[str, float]:
        """Error columns of the instant."""
        if self._bars is None:
            return {}
        return self._bars.columns(self._instant(case), self._stepper.now.found, observed, self._in_time())

    def _follow(self) -> None:
        """Let error bars that follow the run know of an instant without a row."""
        if self._bars is not None and self._bars.follows:
            case = self._forcing.case(self._stepper.now.time)
            self._bars.follow(self._instant(case), self._stepper.now.found, self._in_time())

    def _instant(self, case: Case) -> Point[Case]:
        """The last accepted instant as a point."""
        return replace(self._point, case=case, coordinate=self._stepper.now.time, branch=self._point.number)

    def _in_time(self) -> InTime:
        """What the steps tell of the last accepted instant."""
        now = self._stepper.now
        of_currents = errors_of_currents(now, self._schedule.angular_frequency(now.time))
        return InTime(now.slope, now.accumulated_error, *of_currents, at_rest=self._settled and now.step == 0.0)

    # ------------------------------------------------------------------ interruptions
    def _here(self) -> Place:
        """The place at which the run is."""
        stepper, newton = self._stepper, self._newton
        effort = {name: getattr(stepper.effort, name) for name in EFFORT}
        effort |= {"iterations": self._iterations, "factorisations": self._factorisations, "seconds": self._seconds}
        factorised = newton.jacobian.at if newton.usable else None
        bars, split = self._bars, self._problem.split
        past = tuple(stepper.past), tuple(stepper.flows) if split else ()
        remembered = ({}, {}) if bars is None else (bars.numbers, bars.arrays)
        return Place(stepper.now, stepper.control.nominal, *past, factorised, *remembered, self._number - 1, effort)

    def checkpoint(self) -> Checkpoint | None:
        """What the run needs to go on from the last place where it may be interrupted, besides the state, which the
        simulation then holds; None when it has come to none."""
        place = self._place
        if place is None:
            return None
        self._simulation.state = place.now.found
        numbers = {**place.numbers, "initial": self._balances.initial.tolist()}
        return Checkpoint(self._point.number, numbers, place.arrays, place.bars_arrays, place.flows)

    def _continued(self, checkpoint: Checkpoint, limits: dict[str, Any]) -> TimeStepper:
        """The stepper as it was when `checkpoint` was called; the simulation holds its state."""
        problem, newton, arrays = self._problem, self._newton, checkpoint.arrays
        by_species = (len(problem.ports.all), len(problem.solutes))
        unknown = {
            "rate_errors": np.zeros(by_species),
            "current_errors": np.zeros(by_species[0]),
        }  # to earlier versions
        numbers = unknown | dict(checkpoint.numbers)
        shapes = dict.fromkeys(("passed", "gross_amount", "rates", "rate_errors"), by_species)
        fixed = {name: np.array(numbers[name]).reshape(shapes.get(name, (-1,))) for name in ARRAYS}
        parameters, state = self._forcing.parameters(numbers["time"]), self._state().state
        flows = [(time, checkpoint.flows[f"flow_{k}"]) for k, time in enumerate(numbers.get("past_flows", ()))]
        owned = {name: arrays[name][: problem.unknowns.owned].copy() for name in ("slope", "accumulated_error")}
        now = Instant(
            time=numbers["time"],
            step=numbers["step"],
            error=numbers["error"],
            recent=numbers["recent"],
            found=(found := problem.evaluate(state, parameters, flow=flows[-1][1] if flows else None)),
            bound=0.0 if self._bound is None else self._bound.of(found),
            charging=numbers.get("charging", 0.0),
            **owned,
            **fixed,
        )
        past = [(time, arrays.get(f"past_{k}", state)) for k, time in enumerate(numbers["past"])]
        counts = Effort(**{name: numbers[name] for name in EFFORT})
        if numbers["factorised"] is not None:
            flow = checkpoint.flows.get("factorised_flow")
            newton.factorise(problem.evaluate(arrays["factorised"], parameters, Storage(numbers["factorised"]), flow))
        self._balances, self._seconds = Balances(problem, now, np.array(numbers["initial"])), numbers["seconds"]
        self._before = numbers["iterations"], numbers["factorisations"]
        self._bars = bars_in_time(self._simulation, self._forcing, limits["debye_time"])
        if self._bars is not None:
            self._bars.restore(checkpoint)
        stepper = TimeStepper(
            problem,
            newton,
            self._forcing.parameters,
            StepControl.of(**limits, nominal=numbers["nominal"]),
            limits["debye_time"],
            now,
            effort=counts,
            past=past,
            estimates_error=self._bars is not None,
            bound_charge=self._bound,
        )
        stepper.flows = flows or stepper.flows
        return stepper

    # ------------------------------------------------------------------ cost
    @property
    def _iterations(self) -> int:
        return self._before[0] + len(self._stepper.effort.report.iterations)

    @property
    def _factorisations(self) -> int:
        return self._before[1] + self._newton.factorisations - self._first_factorisation

    def cost(self) -> dict[str, float]:
        """Cost of the steps, with the outer value: numbers, and their time in units of one factorisation."""
        counts, newton, clock = self._stepper.effort, self._newton, self._simulation.clock
        count = newton.factorisations + (1 if self._problem.flow else 0)
        unit = clock.seconds["factorisation"] / max(count, 1)
        return {
            **dict(self._point.values),
            "accepted_steps": counts.accepted,
            "rejected_steps": counts.rejected,
            "failed_steps": counts.failed,
            "newton_iterations": self._iterations,
            "factorisations": self._factorisations,
            "time_of_steps [s]": round(self._seconds, 4),
            "time_of_a_factorisation [s]": round(unit, 6),
            "cost_in_factorisations": round(self._seconds / max(unit, 1e-9), 1),
        }
