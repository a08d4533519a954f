"""The order of the time steps of circuits: errors of equal steps whose number is doubled again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import exp, log2, pi, sin
from typing import Any

import numpy as np

from circuits.description.circuit import Circuit
from circuits.description.loading import case_of
from circuits.solving.stepper import CircuitStepper
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from solver.studies.transient.step_control import StepControl
from solver.studies.transient.tableau import ORDER
from validation.checks import Check, Line, Plot
from validation.discharging import CAPACITANCE, of_pores
from validation.floating import CONE
from validation.lumped import VOLT, circuit, element, through_a_diode_alone
from validation.setting import Setting, shipped_cases

SECTION = "circuits"

ANY = 1e12
"""Tolerance that no step misses, so that all have the length that is asked for."""

Values = Callable[[float, bool], Mapping[str, float]]

SOURCE: dict[str, Any] = element("current_source", ("bath", "top"))


def at_the_end(session: Session, values: Values, duration: float, steps: int, start: np.ndarray | None = None) -> float:
    """Potential of the first node (V) after equal steps from the steady state, or from other unknowns.

    duration: s, a power of two, as is the number of steps: then their lengths are exact.
    """
    unknowns = session.settle(anew=True) if start is None else start
    if session.fields is not None:
        session.fields.settle(0.0)
    control = StepControl(ANY, 0.0, duration / steps, duration / steps)
    stepper = CircuitStepper.from_state(session.newton, session.devices, values, unknowns, control)
    while stepper.now.time < duration:
        stepper.advance(duration)
    assert stepper.effort.accepted == steps
    return float(stepper.now.unknowns[0])


def driven(amplitude: float, duration: float) -> Values:
    """Half a sine of the current of the source `I`, A."""
    return lambda time, after: {"I": amplitude * sin(pi * time / duration)}


def charged(duration: float, amplitude: float, resistance: float, capacitance: float) -> float:
    """Voltage (V) of a resistor beside a capacitor without charge at first, at the end of half a sine of current (A)."""
    omega, rate = pi / duration, 1.0 / (resistance * capacitance)
    return amplitude / capacitance / (rate**2 + omega**2) * omega * (1.0 + exp(-rate * duration))


def order(name: str, ends: Mapping[int, float], exact: float, source: str) -> tuple[Check, Line]:
    """The rate at which errors fall from half the steps to all of them, and the errors by the length of a step.

    ends: potentials (V) by the number of steps.
    """
    errors = {steps: abs(end - exact) for steps, end in ends.items()}
    *_, before, last = errors
    rate = log2(errors[before] / errors[last])
    check = Check(
        SECTION, name, f"order in time, from {before} to {last} steps", "", float(ORDER), rate, 0.1, "exact", source
    )
    return check, Line(name, [1.0 / steps for steps in errors], list(errors.values()), look="curve")


def of_lumped(setting: Setting) -> Iterator[tuple[Check, Line]]:
    """A resistor and a capacitor under a sine, and a diode that discharges a capacitor."""
    numbers, duration = (16, 32, 64, 128), 1.0
    linear = {
        "R": element("resistor", ("top", "bath"), resistance=1.0),
        "C": element("capacitor", ("top", "bath"), capacitance=0.25),
        "I": SOURCE,
    }
    session = Session.of(circuit(linear), setting.comm, Clock())
    ends = {steps: at_the_end(session, driven(1.0, duration), duration, steps) for steps in numbers}
    yield order("resistor and capacitor", ends, charged(duration, 1.0, 1.0, 0.25), "closed form")
    saturation, capacitance, first = 1e-3, 2e-3, 4.0 * VOLT
    steep = {
        "D": element("diode", ("top", "bath"), saturation_current=saturation, thermal_voltage=VOLT),
        "C": element("capacitor", ("top", "bath"), capacitance=capacitance),
    }
    session = Session.of(circuit(steep), setting.comm, Clock())
    duration, start = 2.0**-5, np.array([first])
    ends = {steps: at_the_end(session, lambda *_: {}, duration, steps, start) for steps in numbers}
    exact = through_a_diode_alone(duration, first, saturation, capacitance)
    yield order("diode and capacitor", ends, exact, "closed form")


def with_fields(device: Mapping[str, Any]) -> Circuit:
    """A device beside the capacitor of cases/rc_check and a source."""
    capacitor = element("capacitor", ("top", "bath"), capacitance=CAPACITANCE)
    elements = {"device": device, "C": capacitor, "I": SOURCE}
    data = {
        "circuit": {"nodes": {"top": {}, "bath": {"ground": True}}, "elements": elements},
        "study": {"type": "steady"},
    }
    return Circuit.model_validate(data, context={"file": shipped_cases() / "rc_check" / "case.yaml"})


def of_devices(setting: Setting) -> Iterator[tuple[Check, Line]]:
    """An uncharged pore, and a charged cone, whose solution is known by ever finer steps alone."""
    pore = with_fields({"type": "device", "case": "pore.yaml", "terminals": {"left": "top", "right": "bath"}})
    duration, amplitude = 2.0**-10, 1e-11
    session = Session.of(pore, setting.comm, Clock())
    numbers = (16, 32) if setting.quick else (16, 32, 64)
    ends = {steps: at_the_end(session, driven(amplitude, duration), duration, steps) for steps in numbers}
    exact = charged(duration, amplitude, *of_pores(case_of(pore, "device"), 1e-6, CAPACITANCE))
    yield order("uncharged pore and capacitor", ends, exact, "closed form")
    if setting.quick:
        return
    cone = with_fields(CONE | {"overrides": {**CONE["overrides"], "terminals.base.concentration": "0.1 mM"}})
    duration = 2.0**-9
    session = Session.of(cone, setting.comm, Clock())
    found = [at_the_end(session, driven(2.0 * amplitude, duration), duration, steps) for steps in (16, 32, 64)]
    best = found[2] + (found[2] - found[1]) / (2.0**ORDER - 1.0)
    source = "64 steps, extrapolated to none"
    yield order("charged cone and capacitor", dict(zip((16, 32), found, strict=False)), best, source)


def orders(setting: Setting) -> Iterator[Check | Plot]:
    """The order of circuits without fields and with them."""
    lines = []
    for part in (of_lumped, of_devices):
        for check, line in part(setting):
            yield check
            lines.append(line)
    yield Plot(
        SECTION, "circuit_orders", "Errors of equal time steps", "step over duration", "error of the potential [V]",
        tuple(lines), f"All fall with the power {ORDER} of the length of a step.", x_log=True, y_log=True,
    )  # fmt: skip
