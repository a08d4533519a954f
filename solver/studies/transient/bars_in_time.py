"""Error bars of the instants of one run: by the richer problem beside each, or by a run on a coarser mesh that goes along."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from solver.accuracy.bars import InTime
from solver.accuracy.coarser import Coarser
from solver.accuracy.coarser_bars import CoarserBars
from solver.accuracy.error_bars import ErrorBars
from solver.accuracy.richer_storage import Difference
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization.evaluation import Evaluation
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.observables.observer import Observed
from solver.parallel.logs import logger
from solver.parallel.ranks import clear_frames
from solver.simulation.checkpoint import Checkpoint
from solver.simulation.simulation import Simulation
from solver.studies.transient.forcing import Forcing
from solver.studies.transient.instant import Instant
from solver.studies.transient.step_control import StepTooShort
from solver.studies.transient.stepper import JUMP, TimeStepper

DIFFERENCE = "difference"
"""Name of the difference of the richer problem in a checkpoint."""

STATE, SLOPE = "coarser_state", "coarser_slope"
"""Names of the arrays of a run on a coarser mesh in a checkpoint."""


class BarsInTime(ABC):
    """Error bars of the instants of one run. Collective."""

    follows = True
    """Whether it has to know of instants without a row."""

    @abstractmethod
    def begin(self, point: Point[Case], *, settled: bool) -> None:
        """Start with the run of a point. settled: whether it starts from a steady state."""

    @abstractmethod
    def columns(self, point: Point[Case], found: Evaluation, observed: Observed, in_time: InTime) -> dict[str, float]:
        """Error columns of an instant as a point, from its evaluated state and what is observed of it."""

    @abstractmethod
    def follow(self, point: Point[Case], found: Evaluation, in_time: InTime) -> None:
        """Take notice of an instant that has no row."""

    def corner(self, *, jumps: bool) -> None:
        """Take notice that the drive has a corner, or jumps, at the last instant."""
        return

    @property
    @abstractmethod
    def numbers(self) -> dict[str, Any]:
        """What of it run.json holds in a checkpoint."""

    @property
    @abstractmethod
    def arrays(self) -> Mapping[str, np.ndarray]:
        """Arrays of the other problem's nodes in a checkpoint; owned entries."""

    @abstractmethod
    def restore(self, checkpoint: Checkpoint) -> None:
        """Take up what a checkpoint holds."""


def bars_in_time(simulation: Simulation, forcing: Forcing, debye_time: float) -> BarsInTime | None:
    """The error bars of a run with a simulation; None without.

    forcing: of the run. debye_time: s, the unit of the steps over jumps.
    """
    bars, coarser = simulation.bars, simulation.coarser
    if isinstance(bars, ErrorBars):
        return _Richer(bars, debye_time)
    if isinstance(bars, CoarserBars) and coarser is not None:
        return _Coarser(bars, coarser, forcing.of(coarser.problem), debye_time)
    return None


class _Richer(BarsInTime):
    """By the richer problem, which changes at the rates of the working one."""

    def __init__(self, bars: ErrorBars, debye_time: float) -> None:
        self._bars, self._debye_time = bars, debye_time
        self.follows = bars.storage.follows

    def begin(self, point: Point[Case], *, settled: bool) -> None:
        self._bars.storage.begin(None if settled else -JUMP * self._debye_time)

    def columns(self, point: Point[Case], found: Evaluation, observed: Observed, in_time: InTime) -> dict[str, float]:
        return self._bars.columns(point, found, observed, in_time)

    def follow(self, point: Point[Case], found: Evaluation, in_time: InTime) -> None:
        self._bars.follow(point, found, in_time)

    @property
    def numbers(self) -> dict[str, Any]:
        last = self._bars.storage.last
        return {} if last is None else {DIFFERENCE: [last.time, *last.charges.tolist()]}

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        last = self._bars.storage.last
        return {} if last is None else {DIFFERENCE: last.contents}

    def restore(self, checkpoint: Checkpoint) -> None:
        contents, numbers = checkpoint.richer.get(DIFFERENCE), checkpoint.numbers.get(DIFFERENCE)
        self._bars.storage.last = None
        if contents is not None and numbers is not None:
            self._bars.storage.last = Difference(numbers[0], contents, np.array(numbers[1:]))


class _Coarser(BarsInTime):
    """By a run on a coarser mesh that takes the same steps: what differs has had the same time to develop."""

    def __init__(self, bars: CoarserBars, coarser: Coarser, forcing: Forcing, debye_time: float) -> None:
        self._bars, self._coarser, self._forcing, self._debye_time = bars, coarser, forcing, debye_time
        self._stepper: TimeStepper | None = None

    def begin(self, point: Point[Case], *, settled: bool) -> None:
        self._stepper = None
        if not settled:
            logger.warning(
                "warning: %s: no error bars of the device: the state of another result is not known on a coarser mesh",
                point.name,
            )
            return
        try:
            self._stepper = self._from(self._coarser.reach(point), 0.0)
        except (ConvergenceError, SingularMatrixError) as failure:
            self._lose(failure)

    def _from(self, found: Evaluation, time: float) -> TimeStepper:
        """Steps from a steady state; they have no length of their own."""
        return TimeStepper.from_state(
            found,
            self._coarser.newton,
            self._forcing.parameters,
            tolerance=np.inf,
            debye_time=self._debye_time,
            largest=np.inf,
            first=np.inf,
            time=time,
            estimates_error=False,
        )

    def _lose(self, failure: Exception) -> None:
        """Go on without the coarser mesh."""
        clear_frames(failure)
        self._stepper = None
        logger.warning("warning: no estimate of the discretization error from here on (%s)", failure)

    def _reach(self, time: float) -> Evaluation | None:
        """The state at a time (s); None where it is not known."""
        with self._bars.problem.clock("error estimate", everything=True):
            try:
                while self._stepper is not None and self._stepper.now.time < time:
                    self._stepper.control.nominal = np.inf
                    self._stepper.advance(time)
            except StepTooShort as failure:
                self._lose(failure)
        return None if self._stepper is None else self._stepper.now.found

    def columns(self, point: Point[Case], found: Evaluation, observed: Observed, in_time: InTime) -> dict[str, float]:
        return self._bars.columns(point, found, observed, in_time, self._reach(point.coordinate))

    def follow(self, point: Point[Case], found: Evaluation, in_time: InTime) -> None:
        self._reach(point.coordinate)

    def corner(self, *, jumps: bool) -> None:
        stepper = self._stepper
        if stepper is not None and not jumps:
            stepper.past = [(stepper.now.time, stepper.now.state)]
        elif stepper is not None:
            with self._bars.problem.clock("error estimate", everything=True):
                try:
                    stepper.jump()
                except StepTooShort as failure:
                    self._lose(failure)

    @property
    def numbers(self) -> dict[str, Any]:
        if self._stepper is None:
            return {}
        now = self._stepper.now
        of_ports = {name: getattr(now, name).tolist() for name in ("displacement", "rates")}
        return {"coarser": {"time": now.time, **of_ports}}

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        if self._stepper is None:
            return {}
        now = self._stepper.now
        return {STATE: now.state[: self._coarser.problem.unknowns.owned], SLOPE: now.slope}

    def restore(self, checkpoint: Checkpoint) -> None:
        numbers, problem = checkpoint.numbers.get("coarser"), self._coarser.problem
        if numbers is None or STATE not in checkpoint.richer:
            return
        unknowns, parameters = problem.unknowns, self._forcing.parameters(numbers["time"])
        state = unknowns.with_ghosts(checkpoint.richer[STATE])
        self._stepper = self._from(problem.evaluate(state, parameters), numbers["time"])
        now: Instant = self._stepper.now
        displacement, rates = (np.array(numbers[name]) for name in ("displacement", "rates"))
        slope = checkpoint.richer[SLOPE].copy()
        self._stepper.now = replace(now, slope=slope, displacement=displacement, rates=rates.reshape(now.rates.shape))
