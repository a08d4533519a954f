"""Circuits of devices with fields: pores and a capacitor in time, open circuits, a stack of membranes."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, pi

from circuits.description.circuit import Circuit
from circuits.description.loading import case_of, load_circuit
from circuits.studies.base import runner_of
from circuits.studies.session import Session
from circuits.studies.transient import TransientRunner
from solver.case.case import Case
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from solver.run import run
from solver.simulation.memory import MemorySink
from validation.checks import Check, Plot, Section, in_turn
from validation.pumps import pump
from validation.setting import Setting, shipped_cases

SECTION = "circuits"

CAPACITANCE, VOLTAGE, LENGTH, RADIUS = 5e-15, 0.05, 3e-6, 50e-9
"""Of cases/rc_check: F, V, and both pores together, m."""


def discharged(case: Case, time: float) -> float:
    """Voltage (V) of the capacitor of cases/rc_check at a time (s), from the resistance and the capacitance of its pores."""
    electrolyte, area = case.electrolyte, pi * RADIUS**2
    (concentration,) = set(case.bulk("left").values())
    diffusivities = sum(species.diffusivity for species in electrolyte.species.values())
    conductivity = FARADAY**2 / (GAS_CONSTANT * electrolyte.temperature) * concentration * diffusivities
    own = electrolyte.relative_permittivity * VACUUM_PERMITTIVITY * area / LENGTH
    tau = LENGTH / (conductivity * area) * (CAPACITANCE + own)
    return VOLTAGE * CAPACITANCE / (CAPACITANCE + own) * exp(-time / tau)


def discharge(setting: Setting) -> Iterator[Check | Plot]:
    """The shipped pores and capacitor in time."""
    circuit = load_circuit(shipped_cases() / "rc_check")
    runner = runner_of(circuit, setting.comm, Clock())
    assert isinstance(runner, TransientRunner)
    case, off = case_of(circuit, "short"), 0.0
    for row in runner.rows():
        if row is not None and row.columns["time [s]"] > 0.0:
            off = max(off, abs(row.columns["potential_top [V]"] - discharged(case, row.columns["time [s]"])))
    yield Check(
        SECTION, "two uncharged pores and a capacitor", "largest error of the voltage", "V", 0.0, off, 1e-6, "exact",
        "closed form, cases/rc_check/README.md", scale=VOLTAGE,
    )  # fmt: skip
    yield Check(
        SECTION, "two uncharged pores and a capacitor", "charge lost over charge passed", "", 1e-8,
        runner.summary()["charge_balance_error"], 0.0, "exact", "conservation", bound="<",
    )  # fmt: skip


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
    "The fields of devices inside Kirchhoff's equations: two uncharged pores that discharge a capacitor, against the closed"
    " form, and a stack of four membranes without current, against the reversal potentials of the single membranes;"
    " and a rectifying pore under square waves, against its steady currents.",
    in_turn(discharge, open_circuits, pump),
)
