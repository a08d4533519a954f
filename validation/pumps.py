"""The shipped ion pump under square waves: slow ones against steady states, and the fall with the frequency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log, pi

from circuits.analysis.periodic import Wave, periods
from circuits.description.loading import case_of, load_circuit
from circuits.studies.session import Session
from solver.case.loading import load_case
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY
from solver.run import run
from solver.simulation.memory import MemorySink
from validation.checks import Check, Plot
from validation.setting import Setting, shipped_cases

SECTION = "circuits"
SLOW, VOLTAGE, LENGTH = 0.1, 0.5, 1e-6
"""Hz, V, m."""
FAST = 1e6, 1e8
"""Hz."""


def pump(setting: Setting) -> Iterator[Check | Plot]:
    """Mean currents at 0.1 Hz and at half of 1/tau, tau = L^2/(pi^2 D)."""
    circuit = load_circuit(shipped_cases() / "ion_pump" / "frequencies.yaml")
    case, sink = case_of(circuit, "pore"), MemorySink()
    run(case, sink, setting.comm)
    session = Session.of(circuit, setting.comm, Clock())
    wave = Wave("drive", {"drive": 0.0}, "square", VOLTAGE, 1.0 / SLOW)
    slow = list(periods(session, wave, 1e-3, 1e-5, 10))[-1]
    charge = slow.passed.charges["pore", "tip"]
    found = {"current": charge * SLOW}
    for species in case.electrolyte.species:
        found[f"current of {species}"] = slow.passed.amounts["pore", "tip", species] * FARADAY * SLOW
    columns = {"current": "current_tip [A]", "current of K": "current_tip_K [A]", "current of Cl": "current_tip_Cl [A]"}
    signs = {"current of Cl": -1.0}
    for quantity, value in found.items():
        steady = signs.get(quantity, 1.0) * sum(row[columns[quantity]] for row in sink.rows) / 2.0
        yield Check(
            SECTION, "ion pump at 0.1 Hz", f"mean {quantity}", "A", steady, value, 1e-4, "exact",
            "mean of the steady currents at both voltages",
        )  # fmt: skip
    diffusivity = case.electrolyte.species["K"].diffusivity
    rate = pi**2 * diffusivity / LENGTH**2
    fast = list(periods(session, replace(wave, period=2.0 / rate), 1e-3, 1e-5, 40))[-1]
    part = abs(fast.passed.charges["pore", "tip"] * rate / 2.0 / found["current"])
    yield Check(
        SECTION, "ion pump at half of 1/tau", "mean current over that of slow waves", "", 0.1, part, 0.0, "exact",
        "tau = L^2/(pi^2 D) of potassium", bound="<",
        note="on the way through zero near 1/tau; beyond it the mouth of the tip pumps the other way up to some 10 MHz",
    )  # fmt: skip
    yield from high(session, wave, setting, found["current"])


def high(session: Session, wave: Wave, setting: Setting, slow: float) -> Iterator[Check | Plot]:
    """What is left of the mean at 1 and 100 MHz, less the current through the pore without any wave.

    slow: mean current of slow waves, A.
    """
    at_rest = MemorySink()
    run(
        load_case(shipped_cases() / "ion_pump" / "pore.yaml", ["study.values=[0 V]", "outputs.errors=none"]),
        at_rest,
        setting.comm,
    )
    leak, pumped = at_rest.rows[0]["current_tip [A]"], {}
    for frequency in FAST:
        last = list(periods(session, replace(wave, period=1.0 / frequency), 1e-3, 1e-3, 40))[-1]
        pumped[frequency] = abs(last.passed.charges["pore", "tip"] * frequency - leak)
    part = pumped[FAST[1]] / abs(slow - leak)
    yield Check(
        SECTION, "ion pump at 100 MHz", "pumped current over that of slow waves", "", 0.02, part, 0.0, "exact",
        "2000 times 1/tau, beyond the Debye frequency; pumped is what exceeds the leak at 0 V", bound="<",
    )  # fmt: skip
    power = log(pumped[FAST[1]] / pumped[FAST[0]]) / log(FAST[1] / FAST[0])
    yield Check(
        SECTION, "ion pump from 1 to 100 MHz", "power of the frequency by which it falls", "", -0.5, power, 0.0, "exact",
        "at least as a diffusion layer", bound="<",
    )  # fmt: skip
