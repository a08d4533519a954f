"""Electrodes that react: the thin-film cell, kinetics of Marcus, Hush and Chidsey, held currents, impedances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from solver.laws.algebra import NUMBERS
from solver.laws.electrodes.marcus_hush_chidsey import oxidation_rate
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import bar, rows
from validation.setting import Setting
from validation.spectra import impedance_of
from validation.thin_film import (
    AREA,
    CONCENTRATION,
    DEBYE_LENGTH,
    DEPOSITION,
    DIFFUSIVITY,
    LIMITING,
    PERMITTIVITY,
    THERMAL,
    thin_film,
)

SECTION = "electrodes"
CURRENT, VOLTAGE = "current_left [A]", "potential_left [V]"
HELD_CURRENT, HELD_VOLTAGE = "walls.left.current", "walls.left.potential"
WITHOUT_BARS: dict[str, Any] = {"errors": "none"}


def sweep(key: str, values: Any) -> dict[str, Any]:
    """The keys of a sweep."""
    return {"type": "sweep", "parameter": key, "values": list(map(float, values))}


# ------------------------------------------------------------------------------------------------ the thin-film cell
CURRENTS = (0.1, 0.5, 0.9, 1.1)
VOLTAGES = {
    0.1: (0.48124928, 2.57790201, 5.88080254, 9.39502921),
    1.0: (0.48125628, 2.57876786, 5.88197610, 9.36449253),
}
"""Over the thermal voltage at CURRENTS over the limiting one, by the thickness of the Stern layers over the Debye length."""

THIN_FILM = "the equations of Bazant, Chu and Bayly (2005) in one dimension by another program"


def thin_film_cell(setting: Setting) -> Iterator[Check | Plot]:
    """Voltages at held currents, below and above the limiting one."""
    for delta, expected in VOLTAGES.items():
        found = voltages_of(delta, CURRENTS)
        for current, exact, own in zip(CURRENTS, expected, found, strict=True):
            yield Check(
                SECTION, f"thin-film cell, Stern layers of {delta:g} Debye lengths",
                f"voltage at {current:g} of the limiting current", "V", exact * THERMAL, own[VOLTAGE], 1e-4, "exact",
                THIN_FILM, reference_uncertainty=3e-7 * exact * THERMAL, error=bar(own, VOLTAGE),
            )  # fmt: skip
    curve = CURRENTS if setting.quick else (*np.linspace(0.1, 1.1, 11),)
    found = voltages_of(0.1, curve)
    below = np.linspace(0.0, 0.99, 100)
    yield Plot(
        SECTION, "thin_film", "Current of a thin-film cell", "voltage / thermal voltage", "current / limiting current",
        (
            Line("neutral liquid", list(neutral_voltage(below)), list(below), look="model"),
            Line("this program", [own[VOLTAGE] / THERMAL for own in found], list(curve)),
            Line("reference", list(VOLTAGES[0.1]), list(CURRENTS), look="points"),
        ),
        "Stern layers of a tenth of a Debye length. Dashed: a neutral liquid between thick Stern layers, whose current has a "
        "limit; with the double layers the current passes it as the space charge spreads.",
    )  # fmt: skip


def voltages_of(delta: float, currents: Sequence[float]) -> list[dict[str, Any]]:
    """Rows of the cell with Stern layers of so many Debye lengths at currents over the limiting one."""
    held = [current * LIMITING * AREA for current in currents]
    return rows(thin_film({"current": 0.0}, delta=delta, study=sweep(HELD_CURRENT, held)))


def neutral_voltage(current: np.ndarray) -> np.ndarray:
    """Voltage (thermal voltages) of the cell without space charge at currents j below the limiting one: the concentration is
    1 + j at the anode and 1 - j at the cathode, and each reaction 4 j = 10 (y - c / y) with y = exp(dS / 2)."""

    def metal(j: np.ndarray, c: np.ndarray) -> np.ndarray:
        return np.asarray(2.0 * np.log((4.0 * j + np.sqrt(16.0 * j**2 + 400.0 * c)) / 20.0))

    anode, cathode = 1.0 + current, 1.0 - current
    return np.asarray(np.log(anode / cathode) + metal(current, anode) - metal(-current, cathode))


# ------------------------------------------------------------------------------------------------ kinetics
RATES = {
    (10.0, 0.0): 0.21558371988,
    (10.0, 1.0): 0.34906801550,
    (10.0, 5.0): 1.6775970369,
    (10.0, 10.0): 5.6049912164,
    (2.0, 0.0): 1.1269788420,
    (2.0, 5.0): 4.3635675727,
}
"""Of oxidation by reorganisation energy and overpotential (thermal energies): Marcus' Gaussian over Fermi's distribution."""


def marcus_hush_chidsey(setting: Setting) -> Iterator[Check | Plot]:
    """Rates of oxidation, and their ratio to those of reduction."""
    for (energy, drive), exact in RATES.items():
        name = f"Marcus-Hush-Chidsey, {energy:g} kT, overpotential {drive:g} kT"
        own, back = (float(oxidation_rate(energy, sign * drive, NUMBERS)) for sign in (1.0, -1.0))
        yield Check(
            SECTION, name, "rate of oxidation, unit prefactor", "", exact, own, 1e-8, "exact",
            "adaptive quadrature of the integral", reference_uncertainty=1e-10 * exact,
        )  # fmt: skip
        yield Check(
            SECTION, name, "rate of oxidation over that of reduction", "", float(np.exp(drive)), own / back, 1e-12, "exact",
            "detailed balance",
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ held currents
PRECISE: dict[str, Any] = {
    "mesh": {"wall_size": 1e-9, "corner_size": 1e-9},
    "solver": {"flow": "none", "tolerance": 1e-12},
    "outputs": WITHOUT_BARS,
}
"""One mesh for all that is held, and states to rounding."""


def curve(left: dict[str, Any], key: str, values: Any) -> list[dict[str, Any]]:
    """Rows of the cell in the order of the values of a key."""
    found = rows(thin_film(left, study=sweep(key, values), **PRECISE))
    header = next(header for header in found[0] if header.startswith(key))
    return [min(found, key=lambda own: abs(own[header] - value)) for value in values]


def inverse_curves(setting: Setting) -> Iterator[Check | Plot]:
    """Currents at held voltages, held one by one: the voltages come back."""
    voltages = (-9.3, 2.0) if setting.quick else (-9.3, -0.4, 2.0, 5.0, 8.0)
    by_voltage = curve({"potential": 0.0}, HELD_VOLTAGE, [voltage * THERMAL for voltage in voltages])
    by_current = curve({"current": 0.0}, HELD_CURRENT, [own[CURRENT] for own in by_voltage])
    for voltage, own in zip(voltages, by_current, strict=True):
        yield Check(
            SECTION, "thin-film cell, held current", f"voltage of the current at {voltage:g} V_T", "V", voltage * THERMAL,
            own[VOLTAGE], 1e-8, "exact", "both curves are ours, and each is the inverse of the other",
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ impedance
LONG, EXCHANGE = 20e-6, 20.0
"""Distance of the electrodes (m), 4000 Debye lengths, and exchange current (A/m^2)."""


def randles(frequencies: np.ndarray) -> np.ndarray:
    """Impedance (ohm) of a neutral cell of a binary salt of equal diffusivities whose electrodes exchange the cation.

    With k = sqrt(i omega / D), in series L / sigma and, at each electrode, V_T / i0 + V_T tanh(k L / 2) / (2 F D c0 k)
    beside the capacitance of its layers: that of the liquid and that of Stern in series.
    """
    omega = 2.0 * np.pi * frequencies
    k = np.sqrt(1j * omega / DIFFUSIVITY)
    conductivity = 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / THERMAL
    warburg = THERMAL * np.tanh(0.5 * k * LONG) / (2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION * k)
    capacitance = PERMITTIVITY * VACUUM_PERMITTIVITY / (1.1 * DEBYE_LENGTH)
    electrode = 1.0 / (1.0 / (THERMAL / EXCHANGE + warburg) + 1j * omega * capacitance)
    return np.asarray((LONG / conductivity + 2.0 * electrode) / AREA)


def spectrum(setting: Setting) -> Iterator[Check | Plot]:
    """A cell at rest from diffusion across it to the charging of its layers."""
    points = 7 if setting.quick else 17
    study = {
        "type": "impedance",
        "frequencies": {"start": 0.02, "stop": 1e3, "points": points, "spacing": "logarithmic"},
    }
    slow = {**DEPOSITION, "exchange_current": EXCHANGE}
    data = thin_film({"potential": 0.0}, length=LONG, reaction=slow, outputs=WITHOUT_BARS, study=study)
    found = rows(data)
    frequencies = np.array([own["frequency [Hz]"] for own in found])
    ours, exact = np.array([impedance_of(own) for own in found]), randles(frequencies)
    off = np.abs(ours / exact - 1.0)
    worst = int(np.argmax(off))
    name = "cell with reacting electrodes, 20 mHz to 1 kHz"
    yield Check(
        SECTION, name, "largest relative deviation of the complex impedance", "", 0.0, float(off[worst]), 1e-3, "exact",
        "Randles' circuit with Warburg's impedance of finite length, neutral limit", scale=1.0, bound="<",
        note=f"at {frequencies[worst]:.3g} Hz, of {len(found)} frequencies",
    )  # fmt: skip
    yield Check(
        SECTION, name, "largest sum of the currents of both electrodes over one of them", "", 0.0,
        max(own["conservation_error"] for own in found), 1e-8, "exact", "conservation of charge", scale=1.0, bound="<",
    )  # fmt: skip
    dense = randles(np.geomspace(frequencies[0], frequencies[-1], 300))
    yield Plot(
        SECTION, "randles", "Impedance of a cell with reacting electrodes", "real part / Gohm", "- imaginary part / Gohm",
        (
            Line("Randles and Warburg", list(1e-9 * dense.real), list(-1e-9 * dense.imag), look="reference"),
            Line("this program", list(1e-9 * ours.real), list(-1e-9 * ours.imag)),
        ),
        "From the right: diffusion across the cell, then the semicircle of the reactions and the layers.",
    )  # fmt: skip


def slow_changes(setting: Setting) -> Iterator[Check | Plot]:
    """The limit of slow changes of the impedance at a voltage, and at the current that flows there."""
    volts, step = 4.0 * THERMAL, 2e-3 * THERMAL
    around = curve({"potential": volts}, HELD_VOLTAGE, [volts + part * step for part in (-1.0, -0.5, 0.0, 0.5, 1.0)])
    low, lower, middle, upper, high = (own[CURRENT] for own in around)
    slope = (4.0 * (upper - lower) / step - (high - low) / (2.0 * step)) / 3.0
    study = {"type": "impedance", "frequencies": [1e-3]}
    for what, left in (("voltage", {"potential": volts}), ("current", {"current": middle})):
        (own,) = rows(thin_film(left, study=study, **PRECISE))
        name, source = f"thin-film cell, held {what} at 4 V_T", "central differences of steady currents, extrapolated"
        yield Check(
            SECTION, name, "real part of the admittance at 1 mHz", "S", slope, own["admittance_real [S]"], 1e-6, "exact",
            source,
        )  # fmt: skip
        yield Check(
            SECTION, name, "differential conductance", "S", slope, own["differential_conductance [S]"], 1e-5, "exact",
            source, note="of a closed cell, whose matrix without storage is nearly singular: the last digits are rounding",
        )  # fmt: skip


ELECTRODES = Section(
    SECTION,
    "Electrodes that react",
    "A cell in which a metal dissolves at one electrode and is deposited at the other, with the double layers resolved: "
    "voltages at currents below and above the limiting one, held currents against held voltages, the impedance against "
    "that of Randles and Warburg and against the slope of the steady curve; rates of Marcus, Hush and Chidsey.",
    in_turn(thin_film_cell, marcus_hush_chidsey, inverse_curves, spectrum, slow_changes),
)
