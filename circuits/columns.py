"""What the results of circuits are told by, and what their columns mean."""

from __future__ import annotations

from dataclasses import dataclass

KIND = "circuit"
"""Entry `kind` of run.json, by which results of circuits are told from those of single devices."""

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
    Meaning(GROWTH, "largest real part of an eigenvalue; above zero the state is not stable", "steady, sweep"),
    Meaning("curve", "0 in the states of the table, else the number of the transfer curve", "truth_table"),
    Meaning("state", "number of the state, whose bits are those of the inputs; -1 along a curve", "truth_table"),
    Meaning("voltage_SOURCE [V]", "voltage of an input", "truth_table, logic_sequence"),
    Meaning("bit_NODE", "whether the potential of an output reaches the threshold", "truth_table"),
    Meaning("power [W]", "what all sources deliver", "truth_table, logic_sequence"),
    Meaning("step_size [s]", "time step that led to the instant", "transient"),
    Meaning("step_error", "estimated error of that step over the tolerance's scale", "transient"),
    Meaning("impedance_real [ohm]", "real part of the impedance that the source sees", "impedance"),
    Meaning("impedance_imaginary [ohm]", "its imaginary part", "impedance"),
    Meaning("impedance_magnitude [ohm]", "its magnitude", "impedance"),
    Meaning("impedance_phase [deg]", "its phase", "impedance"),
    Meaning("response_NODE_real", "real part of the potential's change by a unit change of the source", "impedance"),
    Meaning("response_NODE_imaginary", "its imaginary part", "impedance"),
)
"""Columns of observables.csv of circuits, for docs/results.md."""
