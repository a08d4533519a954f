"""The netlist of a circuit for ngspice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from circuits.compact.spice import OPTIONS, identifier, number, subcircuit
from circuits.description.circuit import Circuit
from circuits.description.driving import value_of
from circuits.description.studies.impedance import CircuitImpedance
from circuits.description.studies.steady import OperatingPoint, Sweep
from circuits.description.studies.transient import CircuitTransient
from circuits.elements.capacitor import Capacitor
from circuits.elements.compact import Compact
from circuits.elements.device import Device
from circuits.netlist.sources import waveform
from meshes.quoting import quoted
from solver.inputs.errors import CaseError

STEPS = 1000
"""Rows of a run that are asked for; the steps follow from the tolerances."""

RESERVED = ("gnd",)
"""Names of nodes that mean the ground."""


def netlist(circuit: Circuit) -> str:
    """The netlist of a circuit, with the analysis that is its study.

    Raises:
        CaseError: an element or the study has no counterpart.
    """
    nodes = _nodes(circuit)
    duration = _duration(circuit)
    title = " ".join((circuit.title or circuit.name).split())
    lines = [
        f"* {title}",
        "* written by nanochannel for ngspice: ngspice -b -r FILE.raw FILE.cir",
        f".options {OPTIONS}",
        "",
    ]
    blocks: dict[str, str] = {}
    for name, element in circuit.elements.items():
        if not isinstance(element, Compact):
            continue
        text = subcircuit(element.loaded, "NAME")
        if text not in blocks:
            blocks[text] = f"model_{identifier(name)}"
            lines.append(text.replace("NAME", blocks[text]))
    for name, element in circuit.elements.items():
        key = ("circuit", "elements", name)
        at = [nodes[node] for node in element.at().values()]
        if isinstance(element, Device):
            text = (
                "a netlist has no fields; make a compact model of the device with 'nanochannel compact', and use that"
            )
            raise CaseError(text, key=(*key, "type"), file=circuit.file)
        if element.follows():
            text = "its concentrations follow from what passes, which a netlist does not; leave out the 'volume'"
            raise CaseError(text, key=key, file=circuit.file)
        if isinstance(element, Capacitor) and element.initial is not None:
            text = "a netlist starts at the operating point; leave out 'initial', or charge the capacitor by a source"
            raise CaseError(text, key=(*key, "initial"), file=circuit.file)
        if isinstance(element, Compact):
            block = blocks[subcircuit(element.loaded, "NAME")]
            lines.append(f"X{identifier(name)} {' '.join(at)} {block} scale={number(element.scale)}")
            continue
        driven = waveform(circuit.schedule, name, value_of(element), duration)
        if isinstance(circuit.study, CircuitImpedance) and circuit.study.source == name:
            driven = f"{driven} AC 1"
        found = element.spice(identifier(name), at, driven)
        if found is None:
            text = f"an element of type {quoted(element.kind())} has no counterpart in a netlist"
            raise CaseError(text, key=(*key, "type"), file=circuit.file)
        lines += found
    return "\n".join([*lines, "", *_analysis(circuit, duration), ".end"]) + "\n"


def _nodes(circuit: Circuit) -> Mapping[str, str]:
    """Names of the nodes in the netlist, which knows no capitals.

    Raises:
        CaseError: two of them would be the same.
    """
    found: dict[str, str] = {}
    for node in circuit.circuit.nodes:
        name = identifier(node)
        name = "0" if node == circuit.ground else f"{name}_" if name in RESERVED else name
        if name in found.values():
            text = (
                f"a netlist knows no capitals, and another node has the same name as {quoted(node)} in it; rename one"
            )
            raise CaseError(text, key=("circuit", "nodes", node), file=circuit.file)
        found[node] = name
    names: dict[str, str] = {}
    for element in circuit.elements:
        if (other := names.setdefault(identifier(element), element)) != element:
            text = f"a netlist knows no capitals, and {quoted(other)} has the same name in it; rename one"
            raise CaseError(text, key=("circuit", "elements", element), file=circuit.file)
    return found


def _duration(circuit: Circuit) -> float:
    """Of the run, s; 1 for a circuit without one."""
    study, schedule = circuit.study, circuit.schedule
    if isinstance(study, CircuitTransient) and study.duration is not None:
        return float(study.duration)
    return 1.0 if schedule is None else schedule.duration


def _analysis(circuit: Circuit, duration: float) -> Iterator[str]:
    """The line of the study.

    Raises:
        CaseError: it has no counterpart.
    """
    study = circuit.study
    if note := note_of(circuit):
        yield f"* {note}"
        yield ".op"
    elif isinstance(study, CircuitTransient):
        step = duration / STEPS
        largest = step if study.largest_step is None else study.largest_step
        yield f".tran {number(step)} {number(duration)} 0 {number(largest)}"
    elif isinstance(study, Sweep):
        yield _sweep(circuit, study)
    elif isinstance(study, CircuitImpedance):
        yield _spectrum(circuit, study)
    else:
        yield ".op"


def note_of(circuit: Circuit) -> str | None:
    """What a reader of the netlist has to know of its study; None where it is that of the circuit."""
    if type(circuit.study) in (
        CircuitTransient,
        Sweep,
        CircuitImpedance,
        OperatingPoint,
    ):  # not what is derived from them
        return None
    return f"a study of type {circuit.study.kind()} has no counterpart in a netlist, which computes the operating point"


def _spectrum(circuit: Circuit, study: CircuitImpedance) -> str:
    """At least as many frequencies a decade as the study has."""
    values = np.array(study.frequency_values())
    ratios = values[1:] / values[:-1]
    if len(values) < 2 or not (ratios > 1.0).all() or not np.allclose(ratios, ratios[0], rtol=1e-6):
        text = "a netlist has no list of frequencies; write a range with 'spacing: logarithmic'"
        raise CaseError(text, key=("study", "frequencies"), file=circuit.file)
    decade = int(np.ceil(1.0 / np.log10(ratios[0]) - 1e-6))
    return f".ac dec {decade} {number(values[0])} {number(values[-1])}"


def _sweep(circuit: Circuit, study: Sweep) -> str:
    elements = circuit.elements
    _, name, key = [*study.parameter.split("."), "", ""][:3]
    element = elements.get(name)
    letter = {"voltage": "V", "current": "I"}.get(key)
    values = np.array(study.si_values())
    even = len(values) > 1 and np.allclose(np.diff(values), values[1] - values[0], rtol=1e-9)
    if study.outer is not None or element is None or element.source_key != key or letter is None or not even:
        text = "a netlist sweeps the voltage or current of one source in even steps alone; write e.g. 'type: steady'"
        raise CaseError(text, key=("study", "parameter"), file=circuit.file)
    step = float(values[1] - values[0])
    return f".dc {letter}{identifier(name)} {number(values[0])} {number(values[-1])} {number(step)}"
