"""Where a circuit is in time, as numbers from which it goes on with the same steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from circuits.solving.stepper import CircuitInstant, CircuitStepper, Values
from circuits.studies.session import Session
from solver.studies.transient.step_control import StepControl, StepCounts

ARRAYS = ("unknowns", "stored", "slope", "charges", "charging", "flows", "conducted")
"""Arrays of an instant."""

COUNTS = ("accepted", "rejected", "failed")


def place_of(stepper: CircuitStepper) -> dict[str, Any]:
    """Numbers of the last accepted instant and of the stepper, without devices."""
    now = stepper.now
    return {
        "time": now.time,
        "step": now.step,
        "error": now.error,
        **{name: getattr(now, name).tolist() for name in ARRAYS},
        "past": [[time, unknowns.tolist()] for time, unknowns in stepper.past],
        "gross": now.gross,
        "initial": None if stepper.initial is None else stepper.initial.tolist(),
        "nominal": stepper.control.nominal,
        "iterations": stepper.newton.iterations,
        **{name: getattr(stepper.effort, name) for name in COUNTS},
    }


def resumed(
    session: Session, values: Values, control: StepControl, numbers: Mapping[str, Any], folder: Path
) -> CircuitStepper:
    """The stepper at a place whose devices were saved in a folder. Collective."""
    arrays = {name: np.array(numbers[name], dtype=np.float64) for name in ARRAYS}
    now = CircuitInstant(numbers["time"], numbers["step"], numbers["error"], **arrays, gross=numbers["gross"])
    if session.fields is not None:
        session.fields.resume(now.time, numbers["devices"], folder)
    session.newton.iterations = numbers["iterations"]
    control.nominal = numbers["nominal"]
    past = [(time, np.array(unknowns)) for time, unknowns in numbers["past"]]
    effort = StepCounts(*(numbers[name] for name in COUNTS))
    return CircuitStepper(
        session.newton, session.devices, values, control, now, past, np.array(numbers["initial"]), effort
    )
