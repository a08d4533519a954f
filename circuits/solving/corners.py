"""How a run in time begins, and how it follows its sources around their corners."""

from __future__ import annotations

from circuits.solving.stepper import CircuitStepper
from solver.studies.transient.step_control import StepControl, rounded_step

FIRST_STEP = 1e-2
"""First step after the operating point, as a part of the shortest time of the circuit."""

SHORTEST = 1e-12
"""Smallest step, as a part of the longest allowed, before the run is given up."""


def step_control(tolerance: float, largest: float) -> StepControl:
    """Of a run whose longest step (s) is given. tolerance: largest error of a step, thermal voltages."""
    return StepControl(tolerance, SHORTEST * largest, largest, rounded_step(largest))


def begin(stepper: CircuitStepper, *, jumps: bool) -> None:
    """Leave the operating point. jumps: whether a source or the charge of a capacitor jumps there. Collective.

    Raises:
        StepTooShort: on all ranks.
    """
    shortest = stepper.shortest_time()
    stepper.restart_at_corner(FIRST_STEP * shortest)
    if jumps:
        stepper.jump(shortest)


def follow(stepper: CircuitStepper, *, jumps: bool) -> None:
    """Follow the sources around a corner at the last accepted instant. jumps: whether one jumps there. Collective.

    Raises:
        StepTooShort: on all ranks.
    """
    shortest = stepper.shortest_time()
    if jumps:
        stepper.jump(shortest)
    else:
        stepper.restart_at_corner(shortest)
