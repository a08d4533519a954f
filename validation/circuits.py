"""Circuits of lumped elements and of devices with fields: what is held against exact solutions and other studies."""

from __future__ import annotations

from collections.abc import Iterator

from circuits.description.circuit import Circuit
from circuits.description.loading import case_of, load_circuit
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from solver.run import run
from solver.simulation.memory import MemorySink
from validation import floating, lumped
from validation.checks import Check, Plot, Section, in_turn
from validation.circuit_orders import orders
from validation.discharging import discharge, spectrum
from validation.pumps import pump
from validation.setting import Setting, shipped_cases

SECTION = "circuits"


def _settled(circuit: Circuit, setting: Setting) -> dict[str, float]:
    session = Session.of(circuit, setting.comm, Clock())
    unknowns = session.settle()
    return {node: float(unknowns[k]) for k, node in enumerate(session.network.nodes)}


def open_circuits(setting: Setting) -> Iterator[Check | Plot]:
    """Potentials without current of the shipped stack, against those of its membranes by another study."""
    stack = load_circuit(shipped_cases() / "osmotic_stack").with_value("elements.load.resistance", 1e15)
    found, sums = _settled(stack, setting), []
    for name in ("cation_1", "anion_1"):
        sink = MemorySink()
        run(case_of(stack, name), sink, setting.comm)
        sums.append(sink.rows[0]["reversal_potential [V]"])
    cation, anion = sums
    source = "reversal potential of the membranes (study: reversal)"
    checks = (
        ("one membrane", found["dilute_1"], cation),
        ("one cell", found["salt_1"], cation - anion),
        ("two cells", found["salt_2"], 2.0 * (cation - anion)),
    )
    for quantity, value, reference in checks:
        yield Check(
            SECTION, "open circuit of a stack of membranes", quantity, "V", reference, value, 1e-5, "exact", source,
            scale=1.0,
        )  # fmt: skip


CIRCUITS = Section(
    SECTION,
    "Devices in circuits",
    "Lumped elements against exact formulas: coils, switches, diodes, batteries and membranes, also 175 of these in series."
    " The fields of devices inside Kirchhoff's equations: two uncharged pores that discharge a capacitor, against the closed"
    " form in time and frequency; a cone and membranes without current, a cone with a current that is held, and a stack of"
    " four membranes, against the devices by themselves; a rectifying pore under square waves, against its steady currents."
    " The order of the time steps, without fields and with them.",
    in_turn(
        lumped.ringing,
        lumped.switched,
        lumped.through_a_diode,
        lumped.resting,
        lumped.stacked,
        discharge,
        spectrum,
        floating.cone,
        floating.membranes,
        floating.loaded,
        open_circuits,
        orders,
        pump,
    ),
)
