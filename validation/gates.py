"""Gates of bipolar membrane diodes: with the closed form of a diode, and with the fields of every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from circuits.analysis.gates import levels
from circuits.description.circuit import Circuit
from circuits.description.loading import load_circuit
from circuits.elements.bipolar_diode import BipolarDiode
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.setting import Setting, shipped_cases

SECTION = "gates"
CLOSED_FORM = "closed form of the diode (Donnan equilibria, Nernst-Planck) in Kirchhoff's law"

OR = {(0, 1): 0.96637071, (1, 1): 0.98818641}
AND = {(0, 0): 0.01181359, (0, 1): 0.03362929, (1, 1): 1.0}
"""Potential of the output (V) by the inputs (V)."""

CHAINS = {
    2: (0.948249, 0.914620),
    4: (0.924027, 0.858946, 0.807196, 0.773567),
    6: (0.906302, 0.820947, 0.744974, 0.679893, 0.628143, 0.594513),
}
"""Potentials (V) of the outputs of OR gates in a row, with 1 V at the first input and 0 at all others."""

WITH_RESISTOR = 0.84143380
"""OR(1, 0) with a resistor of one thermal voltage over F D c0 A / L in the place of the load, V."""


# ------------------------------------------------------------------------------------------------ circuits
def shipped(name: str, file: str = "case") -> Circuit:
    """A gate of the shipped ones. file: "case" with the closed form, "fields" with devices."""
    return load_circuit(shipped_cases() / name / f"{file}.yaml")


def changed(circuit: Circuit, elements: Mapping[str, Any]) -> Circuit:
    """The circuit with some elements in the place of those of their names, None for leaving one out."""
    data = circuit.model_dump(mode="json")
    data["study"] = {"type": "steady"}
    for name, element in elements.items():
        if element is None:
            del data["circuit"]["elements"][name]
        else:
            data["circuit"]["elements"][name] = element
    ends: set[str] = set()
    for element in data["circuit"]["elements"].values():
        at = element["terminals"]
        ends.update(at.values() if isinstance(at, dict) else at)
    data["circuit"]["nodes"] = {name: node for name, node in data["circuit"]["nodes"].items() if name in ends}
    return Circuit.model_validate(data, context={"file": circuit.file})


def chain(count: int, *, fields: bool = False) -> Circuit:
    """OR gates in a row: the first ones of the shipped six. fields: of every diode."""
    whole = shipped("or_chain")
    elements: dict[str, Any] = {}
    for name, element in whole.elements.items():
        gate = name.rpartition("_")[2]
        if gate.isdigit() and int(gate) > count:
            elements[name] = None
        elif fields and isinstance(element, BipolarDiode):
            left, right = element.terminals
            elements[name] = {
                "type": "device",
                "case": "../membrane_diode",
                "terminals": {"left": left, "right": right},
            }
    return changed(whole, elements)


def resistor_load(circuit: Circuit, diode: BipolarDiode) -> Circuit:
    """A gate with a resistor in the place of the load, one thermal voltage over the unit of current of a diode."""
    resistance = diode.thermal_voltage / diode.unit_current
    return changed(circuit, {"load": {"type": "resistor", "resistance": resistance, "terminals": ["out", "bath"]}})


def a_diode() -> BipolarDiode:
    """A diode of the shipped gates in closed form."""
    found = shipped("or_gate").elements["load"]
    assert isinstance(found, BipolarDiode)
    return found


def outputs(setting: Setting, circuit: Circuit, states: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Potentials of all nodes (V) for the voltages (V) of some sources, each from rest. Collective."""
    session, found = Session.of(circuit, setting.comm, Clock()), []
    for state in states:
        values = {**{name: getattr(e, "voltage", 0.0) for name, e in circuit.elements.items() if e.source_key}, **state}
        unknowns = session.settle(values, anew=True)
        found.append(dict(zip(session.network.nodes, map(float, unknowns), strict=False)))
    return found


def gate(setting: Setting, circuit: Circuit, inputs: Sequence[tuple[int, int]]) -> list[float]:
    """Potentials of the output (V) of a gate for its inputs (V)."""
    states = [{"a": float(a), "b": float(b)} for a, b in inputs]
    return [each["out"] for each in outputs(setting, circuit, states)]


# ------------------------------------------------------------------------------------------------ checks
def _check(name: str, quantity: str, reference: float, value: float, tolerance: float, note: str = "") -> Check:
    return Check(SECTION, name, quantity, "V", reference, value, tolerance, "exact", CLOSED_FORM, scale=1.0, note=note)


def closed_form(setting: Setting) -> Iterator[Check | Plot]:
    """Levels of gates and chains of the closed form."""
    for title, exact, name in (("OR", OR, "or_gate"), ("AND", AND, "and_gate")):
        for state, found in zip(exact, gate(setting, shipped(name), list(exact)), strict=True):
            yield _check(f"{title} gate", f"output at {state[0]}, {state[1]} V", exact[state], found, 1e-6)
    found = gate(setting, resistor_load(shipped("or_gate"), a_diode()), [(1, 0)])[0]
    yield _check("OR gate with a resistor as load", "output at 1, 0 V", WITH_RESISTOR, found, 1e-6)
    lines = []
    for count, exact_levels in CHAINS.items():
        potentials = outputs(setting, chain(count), [{"input": 1.0}])[0]
        found_levels = [potentials[f"out_{k}"] for k in range(1, count + 1)]
        for k, (reference, value) in enumerate(zip(exact_levels, found_levels, strict=True), 1):
            yield _check(f"chain of {count} OR gates", f"output of gate {k}", reference, value, 1e-6)
        lines.append(Line(f"{count} gates", [float(k) for k in range(1, count + 1)], found_levels, look="curve"))
    yield Plot(
        SECTION, "or_chain", "OR gates of membrane diodes in a row", "gate", "output at 1 V [V]", tuple(lines),
        "Every gate loses a part of the level, and loads the one before: six leave 59 %.",
    )  # fmt: skip


def no_gain(setting: Setting) -> Iterator[Check | Plot]:
    """The slope of the transfer curve of an OR gate: below one, so that nothing restores levels."""
    circuit = shipped("or_gate")
    inputs = np.linspace(0.0, 1.0, 21 if setting.quick else 101)
    states = [{"a": float(v), "b": 0.0} for v in inputs]
    found = [each["out"] for each in outputs(setting, circuit, states)]
    slope = float(np.max(np.diff(found) / np.diff(inputs)))
    yield Check(
        SECTION, "OR gate", "largest slope of the transfer curve", "", 1.0 + 1e-9, slope, 0.0, "exact",
        "passive elements", bound="<",
    )  # fmt: skip
    worst = levels([*found[-1:], *found[:1]], 0.5)
    yield _check("OR gate", "swing at one input", OR[0, 1], float(worst.swing or np.nan), 1e-6)
    with_resistor = resistor_load(circuit, a_diode())
    soft = [each["out"] for each in outputs(setting, with_resistor, states)]
    yield Plot(
        SECTION, "or_transfer", "Transfer curve of an OR gate", "one input [V]", "output [V]",
        (
            Line("reversed diode as load", list(map(float, inputs)), found, look="curve"),
            Line("resistor as load", list(map(float, inputs)), soft, look="curve"),
        ),
        "The output follows the input at the voltage at which a diode passes the current of the load.",
    )  # fmt: skip


def with_fields(setting: Setting) -> Iterator[Check | Plot]:
    """The same gates with the electroneutral fields of every diode."""
    note = "every diode a device with fields, cases/membrane_diode"
    for title, exact, name in (("OR", OR, "or_gate"), ("AND", AND, "and_gate")):
        for state, found in zip(exact, gate(setting, shipped(name, "fields"), list(exact)), strict=True):
            yield _check(
                f"{title} gate with fields", f"output at {state[0]}, {state[1]} V", exact[state], found, 1e-6, note
            )
    if setting.quick:
        return
    found = gate(setting, resistor_load(shipped("or_gate", "fields"), a_diode()), [(1, 0)])[0]
    yield _check("OR gate with fields, a resistor as load", "output at 1, 0 V", WITH_RESISTOR, found, 1e-6, note)
    potentials = outputs(setting, chain(2, fields=True), [{"input": 1.0}])[0]
    for k, reference in enumerate(CHAINS[2], 1):
        name = "chain of 2 OR gates with fields"
        yield _check(name, f"output of gate {k}", reference, potentials[f"out_{k}"], 1e-6, note)


SIZES = {"a quarter of the axial cells, growth 4": {"mesh.axial_cells": 4, "mesh.growth": 4.0}, "as shipped": {}}
FINER = {"refined once": {"mesh.refinement": 1}}


def refined(setting: Setting) -> Iterator[Check | Plot]:
    """Levels of the OR gate with fields against those of the closed form, on coarse and fine meshes."""
    closed = gate(setting, shipped("or_gate"), list(OR))
    meshes = SIZES if setting.quick else SIZES | FINER
    off = []
    for mesh, overrides in meshes.items():
        circuit = shipped("or_gate", "fields")
        data = circuit.model_dump(mode="json")["circuit"]["elements"]
        devices = {name: {**each, "overrides": overrides} for name, each in data.items() if each["type"] == "device"}
        found = gate(setting, changed(circuit, devices), list(OR))
        off.append(max(abs(a - b) for a, b in zip(found, closed, strict=True)))
        yield Check(
            SECTION, f"OR gate with fields, mesh {mesh}", "largest difference to the closed form", "V", 0.0, off[-1],
            1e-6 if overrides.get("mesh.growth") else 1e-7, "exact", CLOSED_FORM, scale=1.0,
        )  # fmt: skip
    yield Check(
        SECTION, "OR gate with fields", "difference on the finest mesh over that on the coarsest", "", 0.5, off[-1] / off[0],
        0.0, "exact", "convergence to the closed form", bound="<",
    )  # fmt: skip


GATES = Section(
    SECTION,
    "Gates of membrane diodes",
    "OR and AND gates of three bipolar membranes with 0 and 1 V as inputs (X/c0 = 4.151348, 298.15 K), chains of OR gates,"
    " and a resistor as load: with diodes in closed form, with the fields of every diode inside Kirchhoff's equations, and"
    " the difference of both as the mesh is refined.",
    in_turn(closed_form, no_gain, with_fields, refined),
)
