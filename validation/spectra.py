"""Impedance: a cell with blocking electrodes against its closed form, a conical channel against steady currents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from solver.case.loading import load_case
from solver.physics.constants import VACUUM_PERMITTIVITY
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import rows
from validation.in_time import (
    CELL,
    DEBYE_LENGTH,
    DIFFUSIVITY,
    HALF_GAP,
    PERMITTIVITY,
    PLATE,
    STERN,
    Array,
)
from validation.setting import Setting, shipped_cases


def impedance_of(row: dict[str, Any]) -> complex:
    """ohm."""
    return complex(row["impedance_real [ohm]"], row["impedance_imaginary [ohm]"])


def cell_impedance(frequencies: Array) -> Array:
    """Impedance (ohm) of the blocking cell at zero bias and frequencies in Hz: linear Poisson-Nernst-Planck equations with
    Stern layers, symmetric ions.

    Plates at x = -L and L. With i omega for d/dt the charge density rho obeys D (rho'' - rho / lambda^2) = i omega rho, so
    rho = A sinh(k x) with k^2 = 1/lambda^2 + i omega/D, and eps phi'' = -rho gives phi = -A sinh(k x) / (eps k^2) + B x.
    No current at the plates, rho' + eps phi' / lambda^2 = 0 at x = L, gives B = -A cosh(k L) i omega lambda^2 / (D eps k).
    Behind the Stern layer of thickness delta the plate has the potential phi + delta phi' at x = L. The current per area
    that charges it is i omega eps phi', so that

        Z = 2 (phi + delta phi') / (i omega eps phi' area)   at x = L.
    """
    omega = 2 * np.pi * np.asarray(frequencies)
    permittivity = PERMITTIVITY * VACUUM_PERMITTIVITY
    k = np.sqrt(1 / DEBYE_LENGTH**2 + 1j * omega / DIFFUSIVITY)
    linear = -1j * omega * DEBYE_LENGTH**2 / (DIFFUSIVITY * k)  # eps B / (A cosh(k L))
    potential = -np.tanh(k * HALF_GAP) / k**2 + linear * HALF_GAP
    slope = -1 / k + linear
    return np.asarray(
        2 * (potential + STERN * DEBYE_LENGTH * slope) / (1j * omega * permittivity * slope * PLATE), dtype=complex
    )


def blocking_cell_spectrum(setting: Setting) -> Iterator[Check | Plot]:
    """From the capacitance of the double layers to that of the gap, over six decades."""
    study = {
        "type": "impedance",
        "frequencies": {"start": 1e3, "stop": 1e9, "points": 13 if setting.quick else 37, "spacing": "logarithmic"},
    }
    found = rows(CELL | {"study": study})
    frequencies = np.array([row["frequency [Hz]"] for row in found])
    ours, exact = np.array([impedance_of(row) for row in found]), cell_impedance(frequencies)
    off = np.abs(ours / exact - 1)
    worst = int(np.argmax(off))
    name, source = "blocking cell, 1 kHz to 1 GHz", "closed form of the linear equations"
    yield Check(
        "impedance", name, "largest relative deviation of the complex impedance", "", 0.0, float(off[worst]), 1e-3, "exact",
        source, scale=1.0, bound="<", note=f"at {frequencies[worst]:.3g} Hz, of {len(found)} frequencies",
    )  # fmt: skip
    for part in ("real", "imag"):
        off = np.abs(getattr(ours, part) / getattr(exact, part) - 1)
        yield Check(
            "impedance", name, f"largest relative deviation of its {part}{'inary' * (part == 'imag')} part", "", 0.0,
            float(off.max()), 1e-3, "exact", source, scale=1.0, bound="<", note=f"at {frequencies[np.argmax(off)]:.3g} Hz",
        )  # fmt: skip
    yield Check(
        "impedance", name, "largest sum of the currents of both plates over one of them", "", 0.0,
        max(row["conservation_error"] for row in found), 1e-8, "exact", "conservation of charge", scale=1.0, bound="<",
    )  # fmt: skip
    dense = np.geomspace(frequencies[0], frequencies[-1], 200)
    smooth = cell_impedance(dense)
    yield Plot(
        "impedance", "cell_impedance", "Impedance of a cell with blocking electrodes", "frequency / Hz",
        "real part and minus the imaginary part / ohm",
        (
            Line("closed form, real part", list(dense), list(smooth.real), look="reference"),
            Line("closed form, imaginary part", list(dense), list(-smooth.imag), look="model"),
            Line("this program, real part", list(frequencies), list(ours.real)),
            Line("this program, imaginary part", list(frequencies), list(-ours.imag)),
        ),
        "The plateau of the real part is the resistance of the liquid; the imaginary part is the double layers at low "
        "frequencies and the gap at high ones.",
        x_log=True, y_log=True,
    )  # fmt: skip


def slow_limit(setting: Setting) -> Iterator[Check | Plot]:
    """A conical channel at low frequencies against the slope of its steady current, at rest and at a bias."""
    data = load_case(shipped_cases() / "conical_microchannel").model_dump(mode="json")
    data["mesh"] = {"axial_cells": 16 if setting.quick else 96}
    data["outputs"] = {"errors": "none", "fields": "none"}
    biases, step, slowest = (0.0, 0.5), 0.02, 0.01
    frequencies = [slowest, *np.geomspace(1.0, 1e5, 6 if setting.quick else 21)]
    study = {"type": "impedance", "terminal": "base", "frequencies": list(map(float, frequencies)), "at": list(biases)}
    found = rows(data | {"study": study})
    around = [bias + part * step for bias in biases for part in (-1.0, -0.5, 0.5, 1.0)]
    sweep = {"type": "sweep", "parameter": "terminals.base.potential", "values": around}
    current = {row["terminals.base.potential [V]"]: row["current [A]"] for row in rows(data | {"study": sweep})}
    lines = []
    for bias in biases:
        wide = (current[bias + step] - current[bias - step]) / (2 * step)
        narrow = (current[bias + step / 2] - current[bias - step / 2]) / step
        slope = (4 * narrow - wide) / 3
        mine = [row for row in found if row["terminals.base.potential [V]"] == bias]
        name, source = f"conical microchannel at {bias:g} V", "central differences of steady currents, extrapolated"
        rest = abs(narrow - wide) / 15  # a bound of what the extrapolation leaves
        for quantity, value in (
            ("differential conductance", mine[0]["differential_conductance [S]"]),
            (f"real part of the admittance at {slowest:g} Hz", mine[0]["admittance_real [S]"]),
        ):
            yield Check(
                "impedance", name, quantity, "S", float(slope), float(value), 1e-5, "exact", source,
                reference_uncertainty=float(rest),
            )  # fmt: skip
        yield Check(
            "impedance", name, "largest sum of the currents of both terminals over one of them", "", 0.0,
            max(row["conservation_error"] for row in mine), 1e-8, "exact", "conservation of charge", scale=1.0, bound="<",
        )  # fmt: skip
        ratio = [row["admittance_real [S]"] / slope for row in mine]
        lines.append(Line(f"{bias:g} V", [row["frequency [Hz]"] for row in mine], ratio, look="curve"))
    yield Plot(
        "impedance", "cone_admittance", "Admittance of a conical channel over its slope of the steady current",
        "frequency / Hz", "real part of the admittance / slope of the steady current", tuple(lines),
        "Beyond 30 Hz, 1 / (2 pi L^2 / 12 D), the salt no longer follows: at a bias the slope is another one.", x_log=True,
    )  # fmt: skip


SIZES = {"K": 0.7e-9, "Cl": 0.5e-9}
MODELS: dict[str, dict[str, Any]] = {
    "Bikerman": {"model": {"type": "bikerman", "size": 0.6e-9}},
    "lattice gas": {"model": {"type": "lattice_gas", "sizes": SIZES}},
    "Carnahan-Starling": {"model": {"type": "carnahan_starling", "size": 0.6e-9}},
    "BMCSL": {"model": {"type": "bmcsl", "sizes": SIZES}},
    "Davies": {"model": "davies"},
    "measured": {"properties": "measured", "model": "measured"},
    "water and glycerol": {"properties": "water_glycerol"},
}
"""Electrolytes that are not ideal."""


def slow_limit_of_models(setting: Setting) -> Iterator[Check]:
    """A small cone at 500 mM under a bias, with flow, for every model; the second solvent has a gradient."""
    step, bias, fractions = 2e-3, 0.1, {"base": 0.3, "tip": 0.05}
    chosen = ("Carnahan-Starling", "measured") if setting.quick else tuple(MODELS)
    for name in chosen:
        mixed = {key: {"solvent_fraction": x} if name == "water and glycerol" else {} for key, x in fractions.items()}
        data = {
            "geometry": {
                "type": "cone", "length": 30e-9, "radius_tip": 2e-9, "radius_base": 5e-9,
                "reservoirs": {"length": 20e-9, "radius": 20e-9},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 500.0, **MODELS[name]},
            "terminals": {"base": {"potential": bias, **mixed["base"]}, "tip": mixed["tip"]},
            "walls": {"channel": {"surface_charge": -0.05}},
            "mesh": {"growth": 3.0, "wall_size": "1 debye_length", "corner_size": "0.5 debye_length", "axial_cells": 6},
            "solver": {"tolerance": 1e-10},
            "outputs": {"errors": "none", "fields": "none"},
        }  # fmt: skip
        values = [bias + part * step for part in (-1.0, -0.5, 0.5, 1.0)]
        sweep = {"type": "sweep", "parameter": "terminals.base.potential", "values": values}
        low, lower, higher, high = (row["current [A]"] for row in rows(data | {"study": sweep}))
        slope = (4 * (higher - lower) / step - (high - low) / (2 * step)) / 3
        (found,) = rows(data | {"study": {"type": "impedance", "frequencies": [1.0]}})
        yield Check(
            "impedance", f"cone, {name}", "real part of the admittance at 1 Hz", "S", slope, found["admittance_real [S]"],
            1e-7, "exact", "central differences of steady currents, extrapolated",
        )  # fmt: skip


IMPEDANCE = Section(
    "impedance",
    "Impedance",
    "Small-signal response: the blocking cell of the section above in closed form; and a conical channel, whose response to "
    "slow changes has to be the slope of its steady current, with every model of the electrolyte.",
    in_turn(blocking_cell_spectrum, slow_limit, slow_limit_of_models),
)
