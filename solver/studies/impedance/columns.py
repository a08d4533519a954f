"""Columns of observables.csv that only impedance spectra have."""

from __future__ import annotations

from solver.results import headers
from solver.results.columns import SPECTRUM, Quantity
from solver.results.headers import header

ERROR = header("impedance_error", "ohm")
ADMITTANCE_REAL, ADMITTANCE_IMAGINARY = header("admittance_real", "S"), header("admittance_imaginary", "S")

BOUND_REAL = header("bound_charge_admittance_real", "S")
BOUND_IMAGINARY = header("bound_charge_admittance_imaginary", "S")


def _of(name: str, label: str, description: str) -> Quantity:
    return Quantity(name, label, description, studies=(SPECTRUM,))


PORT_REAL = _of(
    header("admittance_{port}_real", "S"),
    "real part of the admittance of {port}",
    "Current that enters at the terminal or electrode over the modulated potential, in phase with it.",
)
PORT_IMAGINARY = _of(
    header("admittance_{port}_imaginary", "S"),
    "imaginary part of the admittance of {port}",
    "The same, a quarter of a period ahead of it.",
)
CONDUCTION_REAL = _of(
    header("conduction_admittance_{port}_real", "S"),
    "real part of the conduction admittance of {port}",
    "Part of the admittance that ions carry through the terminal, or reactions pass at the electrode, real part.",
)
CONDUCTION_IMAGINARY = _of(
    header("conduction_admittance_{port}_imaginary", "S"),
    "imaginary part of the conduction admittance of {port}",
    "The same, imaginary part. What is left of the admittance charges the electrode.",
)

COLUMNS = (
    _of(headers.FREQUENCY, "frequency", "Frequency of the modulation."),
    _of(
        headers.IMPEDANCE_REAL,
        "Re Z",
        "Real part of the impedance: modulated potential over the current that enters there. With exp(i omega t), so that a"
        " capacitor has a phase of -90 degrees.",
    ),
    _of(headers.IMPEDANCE_IMAGINARY, "Im Z", "Imaginary part of the impedance."),
    _of(headers.IMPEDANCE_MAGNITUDE, "|Z|", "Magnitude of the impedance."),
    _of(headers.IMPEDANCE_PHASE, "phase", "Phase of the impedance."),
    _of(
        ERROR,
        "error of the impedance",
        "Error bar: magnitude of the discretisation error of the complex impedance (with a safety factor).",
    ),
    _of(ADMITTANCE_REAL, "real part of the admittance", "Real part of one over the impedance."),
    _of(ADMITTANCE_IMAGINARY, "imaginary part of the admittance", "Imaginary part of one over the impedance."),
    _of(
        headers.DIFFERENTIAL_CONDUCTANCE,
        "differential conductance",
        "Slope of the steady current by the potential: the admittance at zero frequency. A closed cell has none.",
    ),
    _of(
        BOUND_REAL,
        "real part of the admittance of buffered walls",
        "Rate at which a buffer brings charge to walls with sites, over the modulated potential. No terminal brings it: all"
        " admittances of terminals and electrodes add up to its negative.",
    ),
    _of(
        BOUND_IMAGINARY,
        "imaginary part of the admittance of buffered walls",
        "The same, a quarter of a period ahead of it.",
    ),
    PORT_REAL,
    PORT_IMAGINARY,
    CONDUCTION_REAL,
    CONDUCTION_IMAGINARY,
)
