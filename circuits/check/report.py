"""Numbers and warnings of a circuit before it is computed.

Conductances and capacitances are those at rest: all potentials zero, sources at their first values. A node's time constant is
that of its capacitance with its conductance while its neighbours are held.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from circuits.arrays import Array
from circuits.check.numbers import CircuitNumbers, DeviceNumbers, ElementNumbers, NodeNumbers
from circuits.check.text import render
from circuits.description.circuit import Circuit
from circuits.description.driving import value_of
from circuits.description.initial import sharing
from circuits.description.loading import case_of, devices_of
from circuits.elements.base import Element
from circuits.elements.compact import Compact
from circuits.elements.device import Device
from meshes.quantity import Unit
from solver.check.numbers import CheckNumbers
from solver.check.report import check
from solver.inputs.text import si
from solver.signals.waveforms import Step


@dataclass(frozen=True, repr=False)
class CircuitCheck(CircuitNumbers):
    """Numbers and warnings of a circuit; printed as text."""

    def __repr__(self) -> str:
        return render(self)


def check_circuit(circuit: Circuit, checks: Mapping[str, CheckNumbers] | None = None) -> CircuitCheck:
    """Numbers and warnings of a circuit.

    checks: of the cases of its devices, by the names of these; made here where they are not given.

    Raises:
        CaseError: a device is wrong.
    """
    known = checks or {name: check(case_of(circuit, name)) for name in devices_of(circuit)}
    devices = tuple(_device(name, each) for name, each in known.items())
    conductances = {device.name: device.conductance for device in devices}
    nodes = tuple(_node(circuit, name, conductances) for name in circuit.circuit.nodes)
    of_devices = [f"{device.name}: {text}" for device in devices for text in device.warnings]
    return CircuitCheck(
        name=circuit.name,
        title=circuit.title,
        nodes=nodes,
        elements=elements_of(circuit),
        devices=devices,
        study=_study(circuit),
        unknowns=circuit.network.size,
        warnings=(*warnings_of(circuit), *_slow(circuit, nodes), *of_devices),
    )


# ------------------------------------------------------------------------------------------------ parts
def _node(circuit: Circuit, name: str, devices: Mapping[str, float]) -> NodeNumbers:
    there, conductance, capacitance = [], 0.0, 0.0
    for label, element in circuit.elements.items():
        nodes = list(element.at().values())
        if name not in nodes:
            continue
        there.append(label)
        if isinstance(element, Device):
            conductance += devices[label]
            continue
        at = [k for k, node in enumerate(nodes) if node == name]
        flows, stored = _at_rest(element)
        conductance += float(flows[np.ix_(at, at)].sum())
        capacitance += float(stored[np.ix_(at, at)].sum())
    ground = circuit.circuit.nodes[name].ground
    return NodeNumbers(name, tuple(there), conductance, capacitance, ground)


def _at_rest(element: Element) -> tuple[Array, Array]:
    """Derivatives of the currents and of the charges at the terminals of an element by their potentials, its own unknowns
    following. Shapes (terminals, terminals)."""
    count = len(element.at())
    potentials, own = np.zeros(count), element.start()
    slopes = element.flows(potentials, own, value_of(element)).slopes
    held = element.stored(potentials, own)
    stored = np.zeros((count, count)) if held is None else held.slopes[:count, :count]
    if not len(own):
        return slopes, stored
    try:
        inner = np.linalg.solve(slopes[count:, count:], slopes[count:, :count])
    except np.linalg.LinAlgError:  # its current is free: it fixes the voltage
        return np.diag(np.full(count, np.inf)), stored
    return slopes[:count, :count] - slopes[:count, count:] @ inner, stored


def elements_of(circuit: Circuit) -> tuple[ElementNumbers, ...]:
    """The elements as text."""
    return tuple(_element(name, element) for name, element in circuit.elements.items())


def _element(name: str, element: Element) -> ElementNumbers:
    if isinstance(element, Device):
        terminals = ", ".join(f"{port}: {node}" for port, node in element.terminals.items())
        changed = ", ".join(f"{key}={value}" for key, value in element.overrides.items())
        return ElementNumbers(name, element.kind(), terminals, f"{element.case}{f' ({changed})' if changed else ''}")
    unread = ("case",) if isinstance(element, Compact) else ()
    said = [text for key in type(element).model_fields if key not in unread and (text := _said(element, key))]
    if isinstance(element, Compact):
        said.append(f"conductance at rest {si(element.scale * element.loaded.steady_conductance(0.0)[0], 'S')}")
    if steps := getattr(element, "protocol", ()):
        said.append(f"protocol: {', '.join(str(step.type) for step in steps[:6])}{' ...' if len(steps) > 6 else ''}")
    return ElementNumbers(name, element.kind(), " - ".join(element.at().values()), ", ".join(said))


def _said(element: Element, key: str) -> str:
    """A value of an element as text; "" for what needs no word."""
    value: Any = getattr(element, key)
    field = type(element).model_fields[key]
    if key in ("type", "terminals", "protocol") or value is None or value == field.default:
        return ""
    unit = next((item.symbol for item in field.metadata if isinstance(item, Unit)), _unit_within(field.annotation))
    name = key.replace("_", " ")
    if isinstance(value, tuple):
        return f"{name} " + ", ".join(si(each, unit).strip() for each in value) if value else ""
    if isinstance(value, bool) or not isinstance(value, float | int):
        return f"{name} {value}"
    return f"{name} {si(float(value), unit) if unit else f'{value:g}'}"


def _unit_within(annotation: Any) -> str:
    """Unit of an optional value, or of the entries of a tuple."""
    for part in getattr(annotation, "__args__", ()):
        for item in getattr(part, "__metadata__", ()):
            if isinstance(item, Unit):
                return item.symbol
        if found := _unit_within(part):
            return found
    return ""


def _device(name: str, found: CheckNumbers) -> DeviceNumbers:
    conductance = found.devices[0].device if found.devices else float("nan")
    memory = found.times.memory if found.times is not None and found.times.memory is not None else float("nan")
    unknowns = 0 if found.mesh is None else int(found.mesh.unknowns)
    return DeviceNumbers(name, found.case_name, unknowns, float(conductance), float(memory), tuple(found.warnings))


def _study(circuit: Circuit) -> str:
    study = circuit.study
    data = study.model_dump(mode="json")
    if study.kind() == "transient":
        schedule = circuit.schedule
        duration = data["duration"] if data["duration"] is not None else (schedule.duration if schedule else 0.0)
        return f"transient of {si(float(duration), 's')}"
    return study.kind() if study.size() <= 1 else f"{study.kind()} of {study.size():.0f} points"


# ------------------------------------------------------------------------------------------------ warnings
def warnings_of(circuit: Circuit) -> list[str]:
    """What a circuit says that has no effect, or another one than it seems; nothing is computed of its devices."""
    found = []
    data, schedule = circuit.study.model_dump(mode="json"), circuit.schedule
    kind, in_time = circuit.study.kind(), circuit.study.follows_protocols
    if (
        in_time
        and data["duration"] is not None
        and schedule is not None
        and schedule.duration > data["duration"] * 1.0001
    ):
        found.append(
            f"the longest protocol takes {si(schedule.duration, 's')}, of which the study runs {si(data['duration'], 's')}"
        )
    if in_time and schedule is None and not (circuit.study.starts_charged and _begins(circuit)):
        found.append("nothing changes in time: no source has a protocol, and no capacitor an initial voltage")
    if not in_time and schedule is not None:
        found.append(
            f"protocols of sources and changes of switches are not used in a {kind} study: what it does not drive itself"
            " keeps the value before its protocol"
        )
    charged = [name for name, element in circuit.elements.items() if getattr(element, "initial", None) is not None]
    if charged and not circuit.study.starts_charged:
        found.append(f"the initial voltage of {charged[0]} is not used: a {kind} study starts from the operating point")
    elif charged:
        found += [
            f"{other} takes part of the charge of {name} at once, which then is not at its initial voltage"
            for name, other in sharing(circuit.elements)
        ]
    found += [
        f"step {k + 1} of the protocol of {name} has no effect: the next one is at the same instant; put a 'hold' in between"
        for name, element in circuit.elements.items()
        for k, (one, other) in enumerate(itertools.pairwise(getattr(element, "protocol", ())))
        if isinstance(one, Step) and isinstance(other, Step)
    ]
    for name, element in circuit.elements.items():
        if isinstance(element, Compact) and not element.loaded.is_within(0.0):
            found.append(f"the tables of {name} do not contain 0 V, where its numbers at rest are taken")
    found += [
        f"the volume of {name} follows from what flows, its pressure does not: a rising level does not push back"
        for name, compartment in circuit.circuit.compartments.items()
        if compartment.expands
    ]
    return found


def _slow(circuit: Circuit, nodes: tuple[NodeNumbers, ...]) -> list[str]:
    """Nodes that do not settle within a run."""
    data, found = circuit.study.model_dump(mode="json"), []
    if circuit.study.follows_protocols and data["duration"] is not None:
        slow = [node for node in nodes if not node.ground and node.time > 10.0 * data["duration"]]
        if slow:
            told = f"{slow[0].name} takes {si(slow[0].time, 's')} to settle"
            found.append(f"{told}, far more than the run of {si(data['duration'], 's')}")
    return found


def _begins(circuit: Circuit) -> bool:
    """Whether the run starts from no steady state."""
    if circuit.network.compartments.count:
        return True
    return any(getattr(element, "initial", None) is not None for element in circuit.elements.values())
