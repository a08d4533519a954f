"""The shipped ion pump under square waves: slow ones against steady states, and the fall with the frequency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import pi

from circuits.analysis.periodic import Wave, periods
from circuits.description.loading import case_of, load_circuit
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY
from solver.run import run
from solver.simulation.memory import MemorySink
from validation.checks import Check, Plot
from validation.setting import Setting, shipped_cases

SECTION = "circuits"
SLOW, VOLTAGE, LENGTH = 0.1, 0.5, 1e-6
"""Hz, V, m."""


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
        note="the mean changes its sign near 1/tau: at 100 kHz it is -0.25 of that of slow waves, so this is no fall to zero",
    )  # fmt: skip
