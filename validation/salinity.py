"""Salinity gradients: potentials without current of slits, membranes and a cone, and the largest power between unlike
solutions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.interpolate import make_interp_spline
from scipy.optimize import brentq, minimize_scalar

from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, row, simulated
from validation.long_channels import KT, LOG_RATIO, POISSON_BOLTZMANN, SLITS
from validation.setting import Setting

SECTION = "salinity"
VOLT = 25.692579e-3
"""Thermal voltage at 298.15 K, V."""

REVERSAL, POWER = "reversal_potential [V]", "osmotic_power [W]"
TMS = "Teorell (1935), Meyer and Sievers (1936), closed form"
THICKNESS, AREA = 100e-6, 1e-7

MEMBRANES = (
    ("KCl", 0.0, 100.0, -2.224593e-3),
    ("NaCl", 0.0, 100.0, -24.535488e-3),
    ("KCl", -10.0, 100.0, 56.681614e-3),
    ("NaCl", -10.0, 100.0, 41.109833e-3),
    ("KCl", -100.0, 100.0, 105.563972e-3),
    ("NaCl", -100.0, 100.0, 100.952006e-3),
    ("KCl", -1000.0, 1000.0, 164.720681e-3),
    ("NaCl", -1000.0, 1000.0, 160.107482e-3),
)
"""Salt, fixed charge and concentration on the right (mol/m^3; 1 on the left), potential of the left side without current
(V)."""

DIFFUSIVITY = {"KCl": 1.957e-9, "NaCl": 1.334e-9}
CHLORIDE = 2.032e-9


def slit(name: str) -> dict[str, Any]:
    """A long charged slit between slightly unlike solutions."""
    size, c, charge, _ = SLITS[name]
    return {
        "geometry": {"type": "slit", "length": 20 * size, "reservoirs": None, "height": size, "width": 1.0},
        "electrolyte": KCL_WATER,
        "terminals": {
            "left": {"concentration": c * math.exp(LOG_RATIO / 2)},
            "right": {"concentration": c * math.exp(-LOG_RATIO / 2)},
        },
        "walls": {"channel": {"surface_charge": charge}},
        "mesh": {"refinement": 1 if size > 50e-9 else 0},
        "study": {"type": "reversal"},
    }


def membrane(salt: str, fixed: float, left: float, right: float) -> dict[str, Any]:
    """An electroneutral membrane of 1e-7 m^2."""
    return {
        "geometry": {"type": "slit", "length": THICKNESS, "height": 1e-4, "width": 1e-3, "reservoirs": None},
        "electrolyte": {
            "temperature": 298.15,
            "relative_permittivity": 78.5,
            "species": {"K": {"diffusivity": DIFFUSIVITY[salt]}, "Cl": {"diffusivity": CHLORIDE}},
        },
        "regions": {"membrane": {"type": "membrane", "fixed_charge": fixed}},
        "terminals": {"left": {"concentration": left}, "right": {"concentration": right}},
        "solver": {"charge": "electroneutral", "flow": "none"},
        "mesh": {"axial_cells": 192},
        "study": {"type": "reversal", "driven_terminal": "left"},
    }


# ------------------------------------------------------------------------------------------------ quadrature
class Quadrature:
    """Current by voltage of an electroneutral membrane in KCl: the Nernst-Planck equations by quadrature over c+ between
    Donnan equilibria at both faces. Fluxes in mol/(m^2 s), concentrations in mol/m^3, voltages in V_T."""

    def __init__(self, fixed: float, left: float, right: float) -> None:
        self._fixed = fixed
        self._drops = [math.asinh(fixed / (2 * c)) for c in (left, right)]
        self._ends = [c * math.exp(-y) for c, y in zip((left, right), self._drops, strict=True)]

    def _slopes(self, c: float, cations: float, current: float) -> tuple[float, float]:
        """dc+/dx and dphi/dx of a flux of cations and a current over F."""
        d, other = DIFFUSIVITY["KCl"], CHLORIDE
        one, two = -cations / d, -(cations - current) / other
        anions = c + self._fixed
        return (one * anions + two * c) / (c + anions), (one - two) / (c + anions)

    def voltage(self, current: float) -> float:
        """Of the left side against the right one, at a current over F from left to right."""

        def integral(cations: float, which: int) -> float:
            def density(c: float) -> float:
                slopes = self._slopes(c, cations, current)
                return (1.0, slopes[1])[which] / slopes[0]

            return float(quad(density, *self._ends, epsabs=0.0, epsrel=1e-11, limit=200)[0])

        unit = CHLORIDE * max(self._ends) / THICKNESS
        # salt goes from right to left: the whole slope of c+ has one sign
        steep = [-unit * part for part in np.geomspace(1e2, 1e-4, 400)]
        inside = [
            j
            for j in steep
            if all(self._slopes(c, j, current)[0] > 0.0 for c in np.geomspace(self._ends[0], self._ends[1], 50))
        ]
        off = [integral(j, 0) - THICKNESS for j in inside]
        at = next(k for k in range(len(off) - 1) if off[k] * off[k + 1] < 0.0)
        cations = brentq(lambda j: integral(j, 0) - THICKNESS, inside[at], inside[at + 1], xtol=1e-300, rtol=1e-13)
        return self._drops[1] - self._drops[0] - integral(cations, 1)

    def best(self, most: float) -> tuple[float, float]:
        """Largest power (V_T mol/(m^2 s), current times voltage over F) and its voltage. most: the short-circuit current."""
        found = minimize_scalar(
            lambda part: -part * self.voltage(part * most), bounds=(0.1, 0.9), method="bounded", options={"xatol": 1e-9}
        )
        return -float(found.fun) * abs(most), self.voltage(float(found.x) * most)


# ------------------------------------------------------------------------------------------------ checks
def slits(setting: Setting) -> Iterator[Check]:
    """Potential by the logarithm of the concentration: the quotient of two exact coefficients."""
    for name, (size, c, charge, (_, _, _, _, drag, conductance)) in SLITS.items():
        found = row(slit(name))
        exact = -KT * drag / conductance
        yield Check(
            SECTION, f"{name}: slit of {size * 1e9:g} nm, {c:g} mM, {charge * 1e3:g} mC/m^2",
            "potential without current by ln c", "V", exact, found[REVERSAL] / LOG_RATIO, 1e-4, "exact", POISSON_BOLTZMANN,
            reference_uncertainty=1e-8 * abs(exact), error=bar(found, REVERSAL) / LOG_RATIO,
        )  # fmt: skip


def membranes(setting: Setting) -> Iterator[Check | Plot]:
    """Membrane potentials, the largest power of one of them, and the efficiency of a linear one."""
    for salt, fixed, right, exact in MEMBRANES:
        found = row(membrane(salt, fixed, 1.0, right))
        yield Check(
            SECTION, f"membrane of {fixed:g} mM, 1 | {right:g} mM {salt}", "potential without current", "V", exact,
            found[REVERSAL], 1e-5, "exact", TMS, reference_uncertainty=5e-10, error=bar(found, REVERSAL),
        )  # fmt: skip
    data = membrane("KCl", -10.0, 1.0, 100.0)
    result = simulated(data | {"study": {**data["study"], "loads": 9}})
    (found,) = result.table.to_dict("records")
    faraday = 96485.33212 * AREA
    quadrature = Quadrature(-10.0, 1.0, 100.0)
    power, voltage = quadrature.best(found["current [A]"] / faraday)
    name, source = "membrane of -10 mM, 1 | 100 mM KCl", "Nernst-Planck by quadrature between Donnan equilibria"
    for quantity, unit, exact, value, error in (
        ("largest power", "W", power * VOLT * faraday, found[POWER], bar(found, POWER)),
        ("its bias", "V", voltage * VOLT, found["osmotic_power_bias [V]"], math.nan),
    ):
        yield Check(
            SECTION, name, quantity, unit, exact, value, 1e-4, "exact", source, reference_uncertainty=1e-7 * abs(exact),
            error=error,
        )  # fmt: skip
    linear = row(membrane("KCl", -10.0, 10.0, 10.01))
    selective = linear["reversal_selectivity"] ** 2
    yield Check(
        SECTION, "membrane of -10 mM, 10 | 10.01 mM KCl", "efficiency", "", selective / (4 - 2 * selective),
        linear["osmotic_efficiency"], 1e-4, "exact", "linear response with L22 = L33/e^2, selectivity from the potential",
        reference_uncertainty=1e-6 * selective,         error=bar(linear, "osmotic_efficiency"),
    )  # fmt: skip
    loads = result.loads
    biases = np.linspace(0.05, 0.95, 19) * found["current [A]"] / faraday
    curve = [(quadrature.voltage(current) * VOLT, current) for current in biases]
    yield Plot(
        SECTION, "membrane_power", "Power of a membrane of -10 mM between 1 and 100 mM KCl", "bias [V]", "power [W]",
        (
            Line("quadrature", [v for v, _ in curve], [-v * i * faraday for v, i in curve], look="reference"),
            Line("this program", list(loads["bias [V]"]), list(loads["power [W]"]), list(loads["power_error [W]"])),
        ),
        "Power between short circuit and the potential without current.",
    )  # fmt: skip


def cone(setting: Setting) -> Iterator[Check]:
    """A cone against a fine sweep of the bias on the same mesh."""
    data: dict[str, Any] = {
        "geometry": {
            "type": "cone", "length": 200e-9, "radius_tip": 5e-9, "radius_base": 20e-9,
            "reservoirs": {"length": 100e-9, "radius": 100e-9},
        },
        "electrolyte": KCL_WATER,
        "terminals": {"base": {"concentration": 1.0}, "tip": {"concentration": 1000.0}},
        "walls": {"channel": {"surface_charge": -40e-3}},
        "mesh": {"growth": 3.0, "axial_cells": 8},
        "outputs": {"errors": "none", "fields": "none"},
    }  # fmt: skip
    found = row(data | {"study": {"type": "reversal", "driven_terminal": "base"}})
    most, points = 1.2 * found[REVERSAL], 25 if setting.quick else 61
    sweep = {
        "type": "sweep", "parameter": "terminals.base.potential",
        "range": {"start": 0.0, "stop": most, "points": points},
    }  # fmt: skip
    table = simulated(data | {"study": sweep}).table.sort_values("bias [V]")
    curve = make_interp_spline(table["bias [V]"], table["current [A]"], k=5)
    zero = float(brentq(lambda v: float(curve(v)), 0.5 * most, most, xtol=1e-14))
    best = minimize_scalar(
        lambda v: v * float(curve(v)), bounds=(0.0, zero), method="bounded", options={"xatol": 1e-12}
    )
    name, source = "cone of 20 to 5 nm, 1 mM | 1 M KCl", f"interpolated sweep of {points} biases on the same mesh"
    yield Check(
        SECTION, name, "potential without current", "V", zero, found[REVERSAL], 1e-5, "refined", source, scale=1.0,
        note="tolerance 0.01 mV",
    )  # fmt: skip
    yield Check(SECTION, name, "largest power", "W", float(-best.fun), found[POWER], 1e-4, "refined", source)


SALINITY = Section(
    SECTION,
    "Salinity gradients",
    "Potentials without current between unlike solutions, solved for: of slits against exact coefficients, of charged "
    "membranes against closed forms, of a cone against a fine sweep; the largest power, and the efficiency of a linear "
    "device.",
    in_turn(slits, membranes, cone),
)
