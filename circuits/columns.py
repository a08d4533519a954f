"""What the results of circuits are told by, and what their columns mean."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from circuits.description.circuit import Circuit
from circuits.elements.device import Device
from solver.inputs.keys import numeric_key
from solver.results.columns import Column
from solver.results.headers import split_header

KIND = "circuit"
"""Entry `kind` of run.json, by which results of circuits are told from those of single devices."""

DEVICES = "devices"
"""Folder of a result in which those of the devices with fields are."""

GROWTH = "growth_rate [1/s]"
"""Column with the largest real part of an eigenvalue: a state with a positive one is not stable."""

POTENTIAL, CURRENT, CONDUCTANCE = "potential_", "current_", "conductance_"
"""Beginnings of the columns of nodes and elements, whose names follow."""

PARAMETERS = "elements."
"""Beginning of the columns of swept keys."""


@dataclass(frozen=True)
class Meaning:
    """A column, or one for each node or element.

    Attributes:
        header: name and SI unit; NODE, ELEMENT and TERMINAL stand for names of the circuit.
        text: its meaning.
        studies: whose rows have it; "" for all.
    """

    header: str
    text: str
    studies: str = ""


COLUMNS = (
    Meaning("point", "number of the row"),
    Meaning("time [s]", "instant", "transient"),
    Meaning("frequency [Hz]", "of the harmonic change", "impedance"),
    Meaning("frequency [Hz]", "of the source that alternates", "periodic, stall"),
    Meaning("mean_current_ELEMENT_TERMINAL [A]", "mean of a period of the current into a device", "periodic"),
    Meaning("amount_per_period_ELEMENT_TERMINAL_SPECIES [mol]", "what enters a device in a period", "periodic"),
    Meaning("mean_rate_ELEMENT_TERMINAL_SPECIES [mol/s]", "the same over the period", "periodic"),
    Meaning("periods", "number of them that were computed", "periodic"),
    Meaning("settled", "whether the state repeats itself (that in all runs)", "periodic, stall"),
    Meaning("stall_concentration_ELEMENT_TERMINAL [mol/m^3]", "at which the species stalls; nan without any", "stall"),
    Meaning("stall_concentration_ELEMENT_TERMINAL_uncertainty [mol/m^3]", "how far it may be off", "stall"),
    Meaning(
        "rate_part_first_ELEMENT_TERMINAL_SPECIES",
        "charge of the species that enters in a period over that which passes back and forth, at the first concentration",
        "stall",
    ),
    Meaning("rate_part_last_ELEMENT_TERMINAL_SPECIES", "the same at the last one", "stall"),
    Meaning("runs", "number of concentrations", "stall"),
    Meaning("elements.NAME.KEY", "swept keys, the outer one first, with their unit", "sweep"),
    Meaning("potential_NODE [V]", "potential of a node above the ground", "steady, sweep, transient"),
    Meaning(
        "current_ELEMENT [A]",
        "current through an element from its first node to the second, what charges it included",
        "steady, sweep, transient",
    ),
    Meaning(
        "current_ELEMENT_TERMINAL [A]", "current into a device with fields at a terminal", "steady, sweep, transient"
    ),
    Meaning("conductance_ELEMENT [S]", "momentary conductance of a compact model", "steady, sweep, transient"),
    Meaning(
        "concentration_COMPARTMENT_SPECIES [mol/m^3]", "concentration in a compartment of finite volume", "transient"
    ),
    Meaning("volume_COMPARTMENT [m^3]", "volume of a compartment that expands", "transient"),
    Meaning(
        "amount_passed_ELEMENT_TERMINAL_SPECIES [mol]", "amount that has entered a device since the start", "transient"
    ),
    Meaning(GROWTH, "largest real part of an eigenvalue; above zero the state is not stable", "steady, sweep"),
    Meaning("curve", "0 in the states of the table, else the number of the transfer curve", "truth_table"),
    Meaning("state", "number of the state, whose bits are those of the inputs; -1 along a curve", "truth_table"),
    Meaning("voltage_SOURCE [V]", "voltage of an input", "truth_table, logic_sequence"),
    Meaning("bit_NODE", "whether the potential of an output reaches the threshold", "truth_table"),
    Meaning("power [W]", "what all sources deliver", "truth_table, logic_sequence"),
    Meaning("step_size [s]", "time step that led to the instant", "transient"),
    Meaning("step_error", "estimated error of that step over the tolerance's scale", "transient"),
    Meaning("curve", "0 for the states of the table, else the number of a transfer curve", "truth_table"),
    Meaning("state", "number of the state in the table, -1 along curves", "truth_table"),
    Meaning("voltage_INPUT [V]", "of an input", "truth_table, logic_sequence"),
    Meaning("bit_NODE", "whether an output is above the threshold", "truth_table"),
    Meaning("power [W]", "that all sources deliver together", "truth_table"),
    Meaning("width [s]", "of the pulse", "threshold"),
    Meaning("threshold", "smallest value of the source that makes a spike, in its unit", "threshold"),
    Meaning("threshold_uncertainty", "how far it may be off", "threshold"),
    Meaning("frequency [Hz]", "of spikes", "frequency_current"),
    Meaning("period [s]", "mean time from one spike to the next", "frequency_current"),
    Meaning("spikes", "number of them", "frequency_current"),
    Meaning("peak_NODE [V]", "largest potential", "frequency_current"),
    Meaning("energy_per_spike [J]", "that all sources deliver from one spike to the next", "frequency_current"),
    Meaning("energy_per_spike_SOURCE [J]", "that one of them delivers", "frequency_current"),
    Meaning("impedance_real [ohm]", "real part of the impedance that the source sees", "impedance"),
    Meaning("impedance_imaginary [ohm]", "its imaginary part", "impedance"),
    Meaning("impedance_magnitude [ohm]", "its magnitude", "impedance"),
    Meaning("impedance_phase [deg]", "its phase", "impedance"),
    Meaning("response_NODE_real", "real part of the potential's change by a unit change of the source", "impedance"),
    Meaning("response_NODE_imaginary", "its imaginary part", "impedance"),
    Meaning("width [s]", "of the pulse", "threshold"),
    Meaning("threshold [A]", "smallest amplitude that is enough, in the unit of the source", "threshold"),
    Meaning("threshold_uncertainty [A]", "half the distance of the amplitudes on both its sides", "threshold"),
    Meaning("peak_below_NODE [V]", "largest potential under the last pulse that is not enough", "threshold"),
    Meaning("runs", "in time, for the bisection", "threshold"),
    Meaning("frequency [Hz]", "of the spikes; 0 where the circuit comes to rest", "frequency_current"),
    Meaning("frequency [Hz]", "of the oscillation that begins or ends", "stability_limits"),
    Meaning("period [s]", "mean time from spike to spike", "frequency_current, spike_map, monte_carlo"),
    Meaning("period_spread [s]", "half the difference of the longest and the shortest period", "frequency_current"),
    Meaning("spikes", "number of all spikes of the run", "frequency_current, spike_map, monte_carlo"),
    Meaning("peak_NODE [V]", "largest potential in the run", "frequency_current, spike_map, monte_carlo"),
    Meaning("energy_per_spike [J]", "what all sources deliver from spike to spike", "frequency_current"),
    Meaning("energy_per_spike_ELEMENT [J]", "the part of one source", "frequency_current"),
    Meaning("rest_NODE [V]", "potential at the operating point", "spike_map, monte_carlo"),
    Meaning("first_spike [s]", "its instant", "spike_map, monte_carlo"),
    Meaning("hopf", "whether an oscillation begins or ends there", "stability_limits"),
    Meaning("stable_beyond", "whether the operating point is stable behind it", "stability_limits"),
)
"""Columns of observables.csv of circuits, for docs/results.md."""

PLACES = ("COMPARTMENT", "ELEMENT", "TERMINAL", "SPECIES", "SOURCE", "INPUT", "NODE", "NAME")
"""Words in headers that stand for names of the circuit."""


def columns_of(circuit: Circuit) -> dict[str, dict[str, Column]]:
    """Labels and descriptions of the columns that observables.csv of a circuit can have, by file and header."""
    names, kind = _names(circuit), circuit.study.kind()
    found: dict[str, Column] = {}
    for meaning in COLUMNS:
        of = [each.strip() for each in meaning.studies.split(",")]
        if not meaning.studies or kind in of or (kind == "logic_sequence" and "transient" in of):
            for header, chosen in _filled(meaning.header, names):
                found.setdefault(header, Column(_label(meaning.header, chosen), meaning.text))
    for key, header in _swept(circuit):
        _, name, word = key.split(".", 2)
        found[header] = Column(f"{word.replace('_', ' ')} of {name}", "swept key")
    return {"observables.csv": found}


def _names(circuit: Circuit) -> Mapping[str, Sequence[str]]:
    devices = [each for each in circuit.elements.values() if isinstance(each, Device)]
    solutions = circuit.solutions
    species = dict.fromkeys(name for each in solutions.values() for name in each.concentrations)
    elements, terminals = list(circuit.elements), list(dict.fromkeys(at for each in devices for at in each.at()))
    return {
        "NODE": list(circuit.circuit.nodes),
        "ELEMENT": elements,
        "SOURCE": elements,
        "INPUT": elements,
        "TERMINAL": terminals,
        "COMPARTMENT": list(solutions),
        "SPECIES": list(species),
    }


def _filled(header: str, names: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Headers with names in the place of words, and which names these are."""
    words = [word for word in PLACES if word in header]
    for chosen in itertools.product(*(names.get(word, ()) for word in words)):
        found, own = header, dict(zip(words, chosen, strict=True))
        for word, name in own.items():
            found = found.replace(word, name)
        yield found, own


def _label(header: str, names: Mapping[str, str]) -> str:
    """Name of a column for people: "potential of membrane"."""
    word = split_header(header)[0]
    for place in names:
        word = word.replace(f"_{place}", "")
    text = word.replace("_", " ")
    return f"{text} of {' '.join(names.values())}" if names else text


def _swept(circuit: Circuit) -> Iterator[tuple[str, str]]:
    """Swept keys with their headers."""
    for axis in getattr(circuit.study, "axes", tuple)():
        unit = numeric_key({"elements": circuit.elements}, axis.parameter).symbol
        yield axis.parameter, f"{axis.parameter} [{unit}]" if unit else axis.parameter
