"""Walls whose charge follows from pH and bound ions, by finite elements, against solutions of their algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import bar, row, rows
from validation.fronts import front
from validation.setting import Setting

TEMPERATURE, PERMITTIVITY = 298.15, 78.5
VOLT = thermal_voltage(TEMPERATURE)
SECTION = "regulated_walls"

CHARGE, ZETA, SURFACE = "surface_charge_mean [C/m^2]", "zeta_potential_mean [V]", "surface_potential_mean [V]"

STERN = 2.9
SILICA: dict[str, Any] = {"groups": "silica", "stern": {"capacitance": STERN}}
"""SiOH = SiO- + H+ with 8 sites per nm^2 and a pK of 7.5."""

BEHRENS = "Behrens and Grier, J. Chem. Phys. 115, 6716 (2001): basic Stern model and Grahame, solved independently"
SPECTRAL = "spectral Poisson-Boltzmann solution of the cross-section, solved independently"
ALGEBRA = "mass action, Stern layer and Grahame's equation by bracketed root finding"

SINGLE: dict[float, dict[float, tuple[float, float, float]]] = {
    0.1: {
        5.5: (-1.496865, -55.143, -54.627),
        7.0: (-5.021535, -112.714, -110.982),
        9.0: (-21.718195, -193.070, -185.581),
    },
    10.0: {
        5.5: (-5.115235, -23.498, -21.734),
        7.0: (-20.807122, -75.871, -68.696),
        9.0: (-77.214176, -159.323, -132.698),
    },
    1e3: {
        5.5: (-9.521382, -7.446, -4.163),
        7.0: (-61.636617, -47.124, -25.870),
        9.0: (-194.752531, -132.916, -65.760),
    },
}
"""Of one wall, by concentration (mol/m^3) and pH: charge (mC/m^2), potential of the sites and of the liquid (mV)."""

SLITS = {(1.0, 7.0): (-9.282788, -93.6408), (10.0, 8.0): (-41.718414, -102.3418)}
"""Of both walls of a slit 10 nm high, by concentration and pH: charge (mC/m^2) and potential of the liquid there (mV)."""


def electrolyte(concentration: float, pH: float) -> dict[str, Any]:
    """Potassium chloride at a pH that a buffer keeps."""
    return {
        "temperature": TEMPERATURE,
        "relative_permittivity": PERMITTIVITY,
        "species": {"K": {}, "Cl": {}},
        "concentration": concentration,
        "pH": pH,
    }


# ------------------------------------------------------------------------------------------------ the algebra
def flat_wall(charge_of: Callable[[float], float], capacitance: float, concentration: float) -> float:
    """Charge (C/m^2) of a flat wall behind a Stern layer in a 1:1 salt (mol/m^3).

    charge_of: charge (C/m^2) at the potential of the sites (V).
    """
    debye = np.sqrt(PERMITTIVITY * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY * concentration))
    grahame = 2 * PERMITTIVITY * VACUUM_PERMITTIVITY * VOLT / debye

    def excess(potential: float) -> float:
        charge = charge_of(potential)
        return grahame * float(np.sinh((potential - charge / capacitance) / (2 * VOLT))) - charge

    return charge_of(float(brentq(excess, -0.6, 0.6, xtol=1e-16, rtol=1e-15)))


def silanols(pH: float) -> Callable[[float], float]:
    """Charge (C/m^2) of SILICA by the potential of the sites (V)."""
    return lambda potential: -8e18 * ELEMENTARY_CHARGE / (1 + 10 ** (7.5 - pH) * float(np.exp(-potential / VOLT)))


AMPHOTERIC: dict[str, Any] = {
    "groups": [
        {"site": "acid", "density": 3e18, "charge": -1, "binds": [{"H": 1, "pK": 6.5}, {"K": 1, "pK": 0.4}]},
        {"site": "base", "density": 1.5e18, "charge": 0, "binds": [{"H": 1, "pK": 9.0}, {"H": 1, "Cl": 1, "pK": 9.8}]},
    ],
    "stern": {"capacitance": 0.8},
}
"""An acid that a proton or a potassium ion neutralises, and a base that takes a proton, alone or with a chloride."""


def amphoteric(concentration: float, pH: float) -> Callable[[float], float]:
    """Charge (C/m^2) of AMPHOTERIC by the potential of the sites (V)."""

    def charge(potential: float) -> float:
        factor = float(np.exp(-potential / VOLT))
        proton, potassium, chloride = 10.0**-pH * factor, concentration / 1e3 * factor, concentration / 1e3 / factor
        acid = 1 / (1 + 10**6.5 * proton + 10**0.4 * potassium)
        held = 10**9.0 * proton
        base = held / (1 + held + 10**9.8 * proton * chloride)
        return ELEMENTARY_CHARGE * (1.5e18 * base - 3e18 * acid)

    return charge


# ------------------------------------------------------------------------------------------------ finite elements
def device(setting: Setting, wall: dict[str, Any], concentration: float, pH: float, cells: int) -> dict[str, Any]:
    """A wall 25 Debye lengths in front of a reservoir, without a study."""
    debye = np.sqrt(PERMITTIVITY * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY * concentration))
    points = 25 * debye * 1e9 * np.expm1(6 * np.linspace(0, 1, cells + 1)) / np.expm1(6.0)
    return {
        "geometry": front(setting.scratch / "regulated.msh", points),
        "electrolyte": electrolyte(concentration, pH),
        "walls": {"wall": wall},
        "solver": {"flow": "none", "tolerance": 1e-10},
    }


def single_walls(setting: Setting) -> Iterator[Check | Plot]:
    """Silica in front of a reservoir at all concentrations and pH of the reference, and its titration curves."""
    lines: list[Line] = []
    for concentration, expected in SINGLE.items():
        study = {"type": "sweep", "parameter": "electrolyte.pH", "values": list(expected)}
        found = rows(device(setting, SILICA, concentration, 7.0, 40) | {"study": study})
        for (pH, exact), own in zip(expected.items(), found, strict=True):
            name = f"silica in {concentration:g} mM, pH {pH:g}"
            yield Check(
                SECTION, name, "charge", "C/m^2", 1e-3 * exact[0], own[CHARGE], 1e-4, "exact", BEHRENS,
                reference_uncertainty=6e-10, error=bar(own, CHARGE),
            )  # fmt: skip
            for quantity, header, value in (
                ("potential of the sites", SURFACE, exact[1]),
                ("potential of the liquid at the wall", ZETA, exact[2]),
            ):
                yield Check(
                    SECTION, name, quantity, "V", 1e-3 * value, own[header], 1e-4, "exact", BEHRENS,
                    reference_uncertainty=6e-7, error=bar(own, header), scale=VOLT, note="relative to the thermal voltage",
                )  # fmt: skip
        dense = np.linspace(4.0, 10.0, 61)
        curve = [1e3 * flat_wall(silanols(pH), STERN, concentration) for pH in dense]
        label = f"{concentration:g} mM"
        lines += [
            Line(f"algebra, {label}", list(dense), curve, look="reference"),
            Line(f"this program, {label}", list(expected), [1e3 * own[CHARGE] for own in found]),
        ]
    yield Plot(
        SECTION, "silica", "Charge of silica", "pH", "charge / (mC/m^2)", tuple(lines),
        "More salt screens the wall, which then loses more protons.",
    )  # fmt: skip


def two_types(setting: Setting) -> Iterator[Check | Plot]:
    """Two types of sites of three states each, as precisely as finite elements go; the order at which they come there."""
    cells = (40, 80, 160)
    for concentration, pH in ((30.0, 8.0),) if setting.quick else ((30.0, 8.0), (1e3, 6.0), (1.0, 10.5)):
        exact = flat_wall(amphoteric(concentration, pH), 0.8, concentration)
        found = [row(device(setting, AMPHOTERIC, concentration, pH, count)) for count in cells]
        name = f"acids and bases in {concentration:g} mM, pH {pH:g}"
        yield Check(
            SECTION, name, f"charge, {cells[-1]} cells", "C/m^2", exact, found[-1][CHARGE], 1e-8, "exact", ALGEBRA,
            reference_uncertainty=1e-13 * abs(exact), error=bar(found[-1], CHARGE),
        )  # fmt: skip
        yield order(name, [own[CHARGE] - exact for own in found], cells, "cells", 0.1)


def order(name: str, off: Sequence[float], meshes: Sequence[int], what: str, allowed: float) -> Check:
    """The check of the order at which the charge converges, from the first two errors.

    meshes: number of each, and `what` it counts. allowed: how much less than the order is.
    """
    rate = float(np.log2(abs(off[0] / off[1])))
    return Check(
        SECTION, name, "order of convergence of the charge", "", 4.0, rate, allowed, "exact",
        "quadratic elements: integrals of the solution converge with the fourth power of the cells", scale=1.0, bound=">",
        note=f"errors {', '.join(f'{x:.1e}' for x in np.abs(off))} C/m^2 with {', '.join(map(str, meshes))} {what}",
    )  # fmt: skip


def slit(concentration: float, pH: float, refinement: int, **others: Any) -> dict[str, Any]:
    """A slit of silica 10 nm high whose ends hold the equilibrium with reservoirs."""
    mesh = {"axial_cells": 4, "wall_size": "0.1 debye_length", "growth": 1.5, "refinement": refinement}
    return {
        "geometry": {"type": "slit", "length": 10e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None},
        "electrolyte": electrolyte(concentration, pH),
        "walls": {"channel": SILICA},
        "mesh": mesh,
        "solver": {"flow": "none", "tolerance": 1e-10},
        **others,
    }


def slits(setting: Setting) -> Iterator[Check | Plot]:
    """A slit of silica whose layers overlap, and the order at which its charge converges with halved cells."""
    for (concentration, pH), (charge, zeta) in SLITS.items():
        name, own = f"slit of silica, 10 nm, {concentration:g} mM, pH {pH:g}", row(slit(concentration, pH, 0))
        yield Check(
            SECTION, name, "charge", "C/m^2", 1e-3 * charge, own[CHARGE], 1e-4, "exact", SPECTRAL,
            reference_uncertainty=6e-10, error=bar(own, CHARGE),
        )  # fmt: skip
        yield Check(
            SECTION, name, "potential of the liquid at the wall", "V", 1e-3 * zeta, own[ZETA], 1e-4, "exact", SPECTRAL,
            reference_uncertainty=6e-8, error=bar(own, ZETA),
        )  # fmt: skip
        levels = (1, 2, 3)
        finer = [row(slit(concentration, pH, k, outputs={"errors": "none"}))[CHARGE] for k in levels]
        # differences of meshes: the digits of the reference end before theirs
        yield order(name, [finer[0] - finer[1], finer[1] - finer[2]], levels[:2], "halvings of the cells", 0.6)


REGULATED = Section(
    SECTION,
    "Walls with sites",
    "Charge and potentials of walls whose sites bind protons and ions, behind a Stern layer: single walls in front of a "
    "reservoir, two types of sites of three states each, and slits whose layers overlap. Both sides of each comparison hold "
    "the same model; the references are solved without finite elements.",
    in_turn(single_walls, two_types, slits),
)
