"""Two uncharged pores that discharge a capacitor, as in cases/rc_check: in time, and their impedance."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, pi

from circuits.description.circuit import Circuit
from circuits.description.loading import case_of, load_circuit
from circuits.studies.base import runner_of
from circuits.studies.transient import TransientRunner
from solver.case.case import Case
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from validation.checks import Check, Plot
from validation.setting import Setting, shipped_cases

SECTION = "circuits"

CAPACITANCE, VOLTAGE, LENGTH, RADIUS = 5e-15, 0.05, 3e-6, 50e-9
"""Of cases/rc_check: F, V, and both pores together, m."""


FREQUENCIES = 1.0, 100.0, 1e4, 1e6, 1e8
"""Hz, from direct current to far beyond the Debye time."""


def of_pores(case: Case, length: float = LENGTH, beside: float = 0.0) -> tuple[float, float]:
    """Resistance (ohm) and capacitance (F) of the pores of cases/rc_check, by default of both together.

    length: m. beside: capacitance of another one beside them, F.
    """
    electrolyte, area = case.electrolyte, pi * RADIUS**2
    (concentration,) = set(case.bulk("left").values())
    diffusivities = sum(species.diffusivity for species in electrolyte.species.values())
    conductivity = FARADAY**2 / (GAS_CONSTANT * electrolyte.temperature) * concentration * diffusivities
    own = electrolyte.relative_permittivity * VACUUM_PERMITTIVITY * area / length
    return length / (conductivity * area), own + beside


def discharged(case: Case, time: float) -> float:
    """Voltage (V) of the capacitor of cases/rc_check at a time (s), from the resistance and the capacitance of its pores."""
    resistance, own = of_pores(case)
    tau = resistance * (CAPACITANCE + own)
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


def spectrum(setting: Setting) -> Iterator[Check | Plot]:
    """The impedance of the same circuit: all resistances and capacitances side by side."""
    shipped = load_circuit(shipped_cases() / "rc_check")
    case, data = case_of(shipped, "short"), shipped.model_dump(mode="json")
    data["circuit"]["elements"]["drive"] = {"type": "current_source", "terminals": ["bath", "top"]}
    data["circuit"]["elements"]["C"]["initial"] = None
    data["study"] = {"type": "impedance", "source": "drive", "frequencies": list(FREQUENCIES)}
    runner = runner_of(Circuit.model_validate(data, context={"file": shipped.file}), setting.comm, Clock())
    resistance, own = of_pores(case)
    for row, frequency in zip(runner.rows(), FREQUENCIES, strict=True):
        assert row is not None
        exact = resistance / (1.0 + 2j * pi * frequency * resistance * (CAPACITANCE + own))
        found = complex(row.columns["impedance_real [ohm]"], row.columns["impedance_imaginary [ohm]"])
        yield Check(
            SECTION, "two uncharged pores and a capacitor", f"error of the impedance at {frequency:g} Hz", "ohm", 0.0,
            abs(found - exact), 1e-6, "exact", "closed form, cases/rc_check/README.md", scale=abs(exact),
        )  # fmt: skip
