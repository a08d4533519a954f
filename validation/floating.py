"""Devices with fields whose potential follows: without current, and with a current that is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from circuits.description.circuit import Circuit
from circuits.description.loading import case_of
from circuits.studies.session import Session
from solver.case.case import Case
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY
from solver.run import run
from solver.simulation.memory import MemorySink
from validation.checks import Check, Plot
from validation.salinity import CHLORIDE, DIFFUSIVITY, MEMBRANES, THICKNESS, TMS, VOLT
from validation.setting import Setting, shipped_cases

SECTION = "circuits"
MILLIVOLT, AREA = 1e-3, 1e-6
"""V, and m^2 of the shipped membrane."""

CONE: dict[str, Any] = {
    "type": "device",
    "case": "../conical_microchannel",
    "terminals": {"base": "top", "tip": "bath"},
    "overrides": {"mesh.axial_cells": 24, "solver.flow": "none", "terminals.base.concentration": "1 mM"},
}
"""The shipped cone between 1 mM and 0.1 mM."""

BRACKET = 0.01
"""V on either side of the potential without current, between which it is interpolated."""

HELD = -2e-12, 2e-12
"""Currents that are held, A."""


def with_device(device: dict[str, Any], current: float | None = None) -> Circuit:
    """A device between `top` and the ground, alone or with a source of current (A) into `top`."""
    elements: dict[str, Any] = {"device": device}
    if current is not None:
        elements["source"] = {"type": "current_source", "current": current, "terminals": ["bath", "top"]}
    nodes = {"top": {"open": current is None}, "bath": {"ground": True}}
    data = {"circuit": {"nodes": nodes, "elements": elements}, "study": {"type": "steady"}}
    return Circuit.model_validate(data, context={"file": shipped_cases() / "rc_check" / "case.yaml"})


def voltage(circuit: Circuit, setting: Setting) -> float:
    """Potential of `top` in the steady state, V."""
    return float(Session.of(circuit, setting.comm, Clock()).settle()[0])


def swept(case: Case, voltages: Sequence[float], setting: Setting) -> list[float]:
    """Currents (A) into the base of a cone that is held at voltages (V), by the sweep of the case itself."""
    data = case.model_dump(mode="json")
    data["study"] = {"type": "sweep", "parameter": "terminals.base.potential", "values": list(voltages)}
    data["outputs"]["errors"], data["solver"]["tolerance"] = "none", 1e-10
    sink = MemorySink()
    run(Case.model_validate(data), sink, setting.comm)
    return [float(row["current [A]"]) for row in sink.rows]


def cone(setting: Setting) -> Iterator[Check | Plot]:
    """Between two concentrations: without current, and with currents that are held."""
    circuit = with_device(CONE)
    found, case = voltage(circuit, setting), case_of(circuit, "device")
    nodes = [found + BRACKET * part for part in (-1.1, 0.2, 0.9)]  # not centred: the zero is to be found
    currents = swept(case, nodes, setting)
    interpolated = float(np.polyval(np.polyfit(currents, nodes, 2), 0.0))
    name = "cone between 1 mM and 0.1 mM"
    yield Check(
        SECTION, name, "potential without current", "V", interpolated, found, 0.01 * MILLIVOLT, "exact",
        "zero of the parabola through three points of the current-voltage curve", scale=1.0,
    )  # fmt: skip
    held = [voltage(with_device(CONE, current), setting) for current in HELD]
    for current, value in zip(HELD, swept(case, held, setting), strict=True):
        yield Check(
            SECTION, name, f"current at the voltage that holds {current * 1e12:g} pA", "A", current, value, 1e-8, "exact",
            "the held current: galvanostatic is the inverse of potentiostatic",
        )  # fmt: skip


LARGEST_POWER, AT = 144.342065, 1.1582
"""Of a membrane of -10 mM between 1 and 100 mM KCl: in V_T F (1e-9 m^2/s) mM / thickness, by area, and its voltage in V_T."""


def membrane(fixed: float, right: float, ends: tuple[str, str], **more: Any) -> dict[str, Any]:
    """The shipped membrane with another fixed charge and concentration on the right, mol/m^3; 1 on the left."""
    overrides = {
        "regions.membrane.fixed_charge": fixed,
        "terminals.left.concentration": 1.0,
        "terminals.right.concentration": right,
        "mesh.axial_cells": 192,
        **more,
    }
    terminals = dict(zip(("left", "right"), ends, strict=True))
    return {"type": "device", "case": "../osmotic_stack/membrane.yaml", "terminals": terminals, "overrides": overrides}


def loaded(setting: Setting) -> Iterator[Check | Plot]:
    """Two membranes in series with the load that takes the most from them."""
    ions = {"electrolyte.species.Na.diffusivity": DIFFUSIVITY["KCl"], "electrolyte.species.Cl.diffusivity": CHLORIDE}
    power = LARGEST_POWER * VOLT * FARADAY * 1e-9 / THICKNESS * AREA
    load = 2.0 * (AT * VOLT) ** 2 / power
    elements = {
        "one": membrane(-10.0, 100.0, ("middle", "bath"), **ions),
        "other": membrane(-10.0, 100.0, ("top", "middle"), **ions),
        "load": {"type": "resistor", "resistance": load, "terminals": ["top", "bath"]},
    }
    nodes = {"top": {}, "middle": {}, "bath": {"ground": True}}
    data = {"circuit": {"nodes": nodes, "elements": elements}, "study": {"type": "steady"}}
    circuit = Circuit.model_validate(data, context={"file": shipped_cases() / "rc_check" / "case.yaml"})
    volts = voltage(circuit, setting)
    yield Check(
        SECTION, "two membranes of -10 mM, 1 | 100 mM KCl, with the matched load", "power", "W", 2.0 * power,
        volts**2 / load, 1e-4, "exact", "Nernst-Planck by quadrature between Donnan equilibria",
    )  # fmt: skip


def membranes(setting: Setting) -> Iterator[Check | Plot]:
    """Electroneutral membranes without current."""
    wanted = [(fixed, right, exact) for salt, fixed, right, exact in MEMBRANES if salt == "NaCl"]
    for fixed, right, exact in wanted[1:2] if setting.quick else wanted:
        device = membrane(fixed, right, ("top", "bath"))
        yield Check(
            SECTION, f"membrane of {fixed:g} mM, 1 | {right:g} mM NaCl, in a circuit", "potential without current", "V",
            exact, voltage(with_device(device), setting), 0.01 * MILLIVOLT, "exact", TMS, scale=1.0,
        )  # fmt: skip
