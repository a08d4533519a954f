"""Real solutions: measured conductivities in reservoirs and in a channel, activity coefficients, a junction, equilibrium."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from solver.case.electrolyte import Electrolyte
from solver.laws.algebra import NUMBERS
from solver.physics.ions import ION_TABLE
from solver.physics.salts.activity import ACTIVITIES
from solver.physics.salts.conductivity import CONDUCTIVITIES
from solver.physics.salts.fits import Pair
from solver.results.headers import CURRENT
from validation.checks import Check, Line, Plot, Section
from validation.devices import bar, row
from validation.setting import Setting

SECTION = "real_solutions"
LENGTH, RADIUS, VOLTAGE = 100e-9, 5e-9, 0.01
JUNCTION = 2e-6
"""Length (m) of a junction: two thousand Debye lengths, so that it is electroneutral to 1e-5."""
HELD = (1.0, 10.0, 100.0, 500.0, 1000.0, 2000.0, 3000.0)
"""mol/m^3 at which conductivities are compared; all are values of the tables."""
TABLES = "CRC Handbook; Robinson and Stokes, Electrolyte Solutions"
SALTS: tuple[Pair, ...] = (("K", "Cl"), ("Na", "Cl"))


def measured(salt: Pair, concentration: float) -> float:
    """S/m, the value of the table itself."""
    table = CONDUCTIVITIES[salt]
    return concentration * table.molar[table.concentrations.index(concentration)]


def electrolyte(salt: Pair, concentration: float, **keys: Any) -> dict[str, Any]:
    """Its keys."""
    return {"species": {name: {} for name in salt}, "concentration": concentration, **keys}


def channel(liquid: dict[str, Any], length: float = LENGTH, **terminals: dict[str, Any]) -> dict[str, Any]:
    """An uncharged cylinder without reservoirs."""
    return {
        "geometry": {"type": "cylinder", "length": length, "radius": RADIUS, "reservoirs": None},
        "electrolyte": liquid,
        "terminals": {"left": {}, "right": {}} | terminals,
        "mesh": {"wall_size": 1e-9, "axial_cells": 20},
    }


# ------------------------------------------------------------------------------------------------ conductivities
def reservoirs() -> Iterator[Check | Plot]:
    """What `nanochannel check` says of a reservoir."""
    for salt in SALTS:
        liquid, ideal = (
            Electrolyte.model_validate(electrolyte(salt, 1.0, **keys)) for keys in ({"properties": "measured"}, {})
        )
        for c in HELD:
            yield Check(
                SECTION,
                f"{CONDUCTIVITIES[salt].formula}, {c / 1e3:g} M, in a reservoir",
                "conductivity",
                "S/m",
                measured(salt, c),
                liquid.solution(liquid.salt(c)).conductivity,
                1e-2,
                "published",
                TABLES,
            )
        table, at = CONDUCTIVITIES[salt], np.geomspace(0.1, 3000.0, 60)

        def molar(of: Electrolyte, at: np.ndarray = at) -> list[float]:
            return [of.solution(of.salt(float(c))).conductivity / float(c) for c in at]

        yield Plot(
            SECTION,
            f"conductivity_{table.formula}",
            f"Molar conductivity of {table.formula} at 25 C",
            "concentration [mol/m^3]",
            "molar conductivity [S m^2/mol]",
            (
                Line("properties: measured", list(at), molar(liquid), look="reference"),
                Line("ideal", list(at), molar(ideal), look="model"),
                Line("measured", list(table.concentrations[1:]), list(table.molar[1:]), look="points"),
            ),
            "The formula that the program evaluates, through the measured values; the ideal solution of the default keeps "
            "the conductivities of infinite dilution.",
            x_log=True,
        )


def uncharged_channels(setting: Setting) -> Iterator[Check]:
    """Conductance of an uncharged channel between two reservoirs of one solution, over that of the measured conductivity."""
    for salt in SALTS:
        for c in (HELD[0], HELD[2], HELD[-1]) if setting.quick else HELD:
            found = row(channel(electrolyte(salt, c, properties="measured"), left={"potential": VOLTAGE}))
            area = math.pi * RADIUS**2
            yield Check(
                SECTION,
                f"{CONDUCTIVITIES[salt].formula}, {c / 1e3:g} M, uncharged cylinder",
                "conductance",
                "S",
                measured(salt, c) * area / LENGTH,
                abs(found[CURRENT]) / VOLTAGE,
                1e-2,
                "published",
                TABLES,
                error=bar(found, CURRENT) / VOLTAGE,
            )


def limiting_law() -> Iterator[Check]:
    """Molar conductivities of dilute solutions."""
    for salt, table in CONDUCTIVITIES.items():
        c = 1e-3
        limit = table.at_infinite_dilution - table.limiting_slope * math.sqrt(c)
        yield Check(
            SECTION,
            f"{table.formula}, 1 uM of charge",
            "molar conductivity",
            "S m^2/mol",
            limit,
            float(table.molar_conductivity(c, NUMBERS)),
            2e-5,
            "model",
            "Onsager's limiting law (Phys. Z. 28, 277 (1927))",
            note=f"{'-'.join(salt)}, from the conductivities of the ions",
        )


# ------------------------------------------------------------------------------------------------ activity coefficients
DAVIES = {0.01: 0.90, 0.05: 0.82, 0.1: 0.78, 0.5: 0.73}
"""Of 1:1 salts at ionic strengths in mol/L, as tabulated with A = 0.509."""


def activities() -> Iterator[Check | Plot]:
    """Mean activity coefficients of the scale of concentrations."""
    for strength, value in DAVIES.items():
        yield Check(
            SECTION,
            f"1:1 salt, ionic strength {strength:g} mol/L",
            "activity coefficient, davies",
            "",
            value,
            coefficient("davies", ("K", "Cl"), strength),
            1e-2,
            "published",
            "Davies, Ion Association (1962)",
        )
    for salt in (("K", "Cl"), ("Na", "Cl"), ("H", "Cl"), ("Ca", "Cl")):
        table, name = ACTIVITIES[salt], "-".join(salt)
        for c, value in zip(table.concentrations, table.of_concentrations, strict=True):
            yield Check(
                SECTION,
                f"{name}, {c:g} M",
                "mean activity coefficient, measured",
                "",
                value,
                coefficient("measured", salt, c),
                1e-2,
                "published",
                "Hamer and Wu (1972); Robinson and Stokes (1959)",
                note="the fit against its table"
                + (", transcribed without the original at hand" if salt == ("H", "Cl") else ""),
            )
    at, table = list(np.geomspace(1e-3, 3.0, 50)), ACTIVITIES["Na", "Cl"]
    kinds: dict[str, Literal["model", "reference"]] = {
        "debye_hueckel": "model",
        "davies": "model",
        "measured": "reference",
    }
    yield Plot(
        SECTION,
        "activity_coefficients",
        "Mean activity coefficient of NaCl",
        "concentration [mol/L]",
        "activity coefficient",
        (
            *(
                Line(kind, at, [coefficient(kind, ("Na", "Cl"), c) for c in at], look=look)
                for kind, look in kinds.items()
            ),
            Line("table", list(table.concentrations[:6]), list(table.of_concentrations[:6]), look="points"),
        ),
        "The three models of the program, and the table. Davies' formula ends at 1 mol/L.",
        x_log=True,
    )


def coefficient(kind: str, salt: Pair, concentration: float) -> float:
    """Mean activity coefficient of a salt (mol/L)."""
    liquid = Electrolyte.model_validate(electrolyte(salt, 1.0, model=kind))
    bulk = list(liquid.salt(1e3 * concentration).values())
    logs = np.array(liquid.model.log_activities(bulk)) - np.log(bulk)
    return float(np.exp(np.dot(bulk, logs) / sum(bulk)))


def junction(setting: Setting) -> Iterator[Check]:
    """Potential of a channel between two solutions of one salt without current: V_T (D- - D+)/(D- + D+) ln(a/a'), with the
    mean activities a."""
    for salt, kind in ((("Na", "Cl"), "measured"), (("K", "Cl"), "davies"), (("Na", "Cl"), "ideal")):
        low, high = 100.0, 1000.0
        liquid = Electrolyte.model_validate(electrolyte(salt, 1.0, model=kind))
        left, right = (liquid.solution(liquid.salt(c)) for c in (low, high))
        cation, anion = (ION_TABLE[name].diffusivity for name in salt)
        logs = [np.mean(list(each.potentials.values())) for each in (left, right)]
        expected = left.thermal_voltage * (anion - cation) / (anion + cation) * (logs[0] - logs[1])
        ends = {"left": {"concentration": low, "current": 0.0}, "right": {"concentration": high}}
        found = row(channel(electrolyte(salt, low, model=kind), JUNCTION, **ends))
        (header,) = (key for key in found if key.startswith("potential_left ["))
        yield Check(
            SECTION,
            f"{'-'.join(salt)}, {low:g} | {high:g} mM, {kind}",
            "potential without current",
            "V",
            float(expected),
            found[header],
            1e-4,
            "exact",
            "closed form of an electroneutral junction",
            reference_uncertainty=2e-5 * abs(float(expected)),
            error=bar(found, header),
        )
        if setting.quick:
            return


def membrane() -> Iterator[Check]:
    """Potential across a membrane that lets only cations through: Nernst's, with activities. The salt that leaks through a
    fixed charge of 2000 M changes the solutions beside it by less than a thousandth."""
    low, high = 10.0, 100.0
    liquid = Electrolyte.model_validate(electrolyte(("Na", "Cl"), 1.0, model="davies"))
    left, right = (liquid.solution(liquid.salt(c)) for c in (low, high))
    expected = left.thermal_voltage * (right.potentials["Na"] - left.potentials["Na"])
    ends = {"left": {"concentration": low, "current": 0.0}, "right": {"concentration": high}}
    device = channel(electrolyte(("Na", "Cl"), low, model="davies"), 2 * LENGTH, **ends)
    device["regions"] = {"membrane": {"type": "membrane", "from": 80e-9, "to": 120e-9, "fixed_charge": -2e6}}
    found = row(device)
    (header,) = (key for key in found if key.startswith("potential_left ["))
    yield Check(
        SECTION,
        f"Na-Cl, {low:g} | {high:g} mM, davies, cation-exchange membrane",
        "potential without current",
        "V",
        expected,
        found[header],
        2e-3,
        "exact",
        "Nernst's equation with activities",
        reference_uncertainty=1e-3 * expected,
        error=bar(found, header),
    )


def equilibrium(setting: Setting) -> Iterator[Check]:
    """Flow through a charged cone in equilibrium, over the electroosmotic flow of 0.1 V."""
    for model, properties in (("measured", "measured"), ("davies", "constant"), ("debye_hueckel", "constant")):
        rates = []
        for voltage in (0.0, 0.1):
            cone = {
                "geometry": {
                    "type": "cone",
                    "length": 60e-9,
                    "radius_tip": 3e-9,
                    "radius_base": 8e-9,
                    "reservoirs": {"length": 40e-9, "radius": 40e-9},
                },
                "electrolyte": electrolyte(("K", "Cl"), 100.0, model=model, properties=properties),
                "terminals": {"base": {"potential": voltage}, "tip": {}},
                "walls": {"channel": {"surface_charge": -20e-3}},
                "mesh": {
                    "growth": 4.0,
                    "axial_cells": 4,
                    "wall_size": "1 debye_length",
                    "corner_size": "0.2 debye_length",
                },
            }
            rates.append(abs(row(cone)["flow_rate [m^3/s]"]))
        yield Check(
            SECTION,
            f"charged cone in equilibrium, model {model}, properties {properties}",
            "flow over that of 0.1 V",
            "",
            0.0,
            rates[0] / rates[1],
            1e-10,
            "exact",
            "no flow without a gradient of an electrochemical potential",
            scale=1.0,
        )
        if setting.quick:
            return


def real_solutions(setting: Setting) -> Iterator[Check | Plot]:
    """All of it."""
    yield from reservoirs()
    yield from limiting_law()
    yield from activities()
    yield from uncharged_channels(setting)
    yield from junction(setting)
    yield from membrane()
    yield from equilibrium(setting)


REAL_SOLUTIONS = Section(
    SECTION,
    "Real solutions",
    "Conductivities of potassium and sodium chloride from 1 mM to 3 M with measured properties, in reservoirs and as the "
    "conductance of an uncharged channel without reservoirs; the limiting law; activity coefficients; a junction and a "
    "membrane between two concentrations of a salt; and that nothing flows in equilibrium.",
    real_solutions,
)
