"""Uncharged channels: resistances that geometry alone decides; devices that symmetry forbids to rectify."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from validation.checks import Check, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, ratio_bar, row, rows
from validation.setting import Setting

NACL: dict[str, Any] = {
    "temperature": 298.15,
    "species": {"Na": {"diffusivity": 1.334e-9}, "Cl": {"diffusivity": 2.032e-9}},
    "concentration": 1000.0,
}
CONDUCTIVITY = 12.6406
"""S/m, of 1 M NaCl with these diffusivities."""

CONES = {(200e-9, 50e-9, 10e-6): 3.18327790e8, (50e-9, 5e-9, 1e-6): 1.27388380e9}
"""Resistance (ohm) at 1 S/m between spherical caps for (base radius, tip radius, length) in m."""


def pore(reservoir: float) -> dict[str, Any]:
    """The row of a pore of 2 nm radius and 13 nm length between reservoirs of a given size (m)."""
    return row(
        {
            "geometry": {
                "type": "cylinder",
                "length": 13e-9,
                "radius": 2e-9,
                "reservoirs": {"length": reservoir, "radius": reservoir},
            },
            "electrolyte": NACL,
            "terminals": {"left": {"potential": 0.1}},
            "solver": {"flow": "none"},
        }
    )


def access_resistance(setting: Setting) -> Iterator[Check | Plot]:
    """Pore of 2 nm radius, 13 nm long, in 1 M NaCl. Hall's access resistance 1/(4 kappa a) a side gives 9.8408 nS; it
    assumes an equipotential mouth. The exact end correction of a long flanged tube is 0.8217 a a side instead of
    pi a / 4 (King, Phil. Mag. 21, 128 (1936)), 0.9 % lower; finite reservoirs add about that much again / (size/a)."""
    a, length = 2e-9, 13e-9
    exact = CONDUCTIVITY * math.pi * a**2 / (length + 2 * 0.8217 * a)
    rounding = exact * (0.5e-4 * 2 * a / (length + 2 * 0.8217 * a) + 4e-6)  # of 0.8217 and of the conductivity
    found = {size: pore(size) for size in (50e-9, 100e-9, 200e-9)}
    conductance = {size: row["conductance [S]"] for size, row in found.items()}
    name = "pore, 2 nm radius, 13 nm long, 1 M NaCl"
    king = "end correction of a flanged tube: King, Phil. Mag. 21, 128 (1936)"

    def extrapolated(fine: float, coarse: float) -> tuple[float, float]:
        # what a reservoir leaves out falls like 1/size
        infinite = 1 / (2 / conductance[fine] - 1 / conductance[coarse])
        weights = {fine: 2 * (infinite / conductance[fine]) ** 2, coarse: (infinite / conductance[coarse]) ** 2}
        return infinite, sum(weight * bar(found[size], "conductance [S]") for size, weight in weights.items())

    infinite, error = extrapolated(200e-9, 100e-9)
    earlier, _ = extrapolated(100e-9, 50e-9)
    yield Check(
        "resistances", name, "conductance, reservoirs of 50 nm", "S", 9.8408e-9, conductance[50e-9], 1e-2, "model",
        "Hall, J. Gen. Physiol. 66, 531 (1975): equipotential mouths, infinite reservoirs",
        error=bar(found[50e-9], "conductance [S]"), note="the difference is the end correction less the reservoirs",
    )  # fmt: skip
    yield Check(
        "resistances", name, "conductance, extrapolated to infinite reservoirs", "S", exact, infinite, 5e-4, "exact", king,
        reference_uncertainty=rounding, error=error + abs(infinite - earlier),
        note="error bar: those of two sizes, and the change of the extrapolation with the sizes",
    )  # fmt: skip
    yield Check(
        "resistances", name, "the same from smaller reservoirs", "S", infinite, earlier, 5e-4, "refined",
        "extrapolation from larger reservoirs",
    )  # fmt: skip
    bias = 0.1
    for size, row_ in found.items():
        estimate = float(row_.get("current_reservoir_error [A]", math.nan))
        if math.isfinite(estimate):
            yield Check(
                "resistances", name, f"conductance, reservoirs of {size * 1e9:g} nm, with their estimated effect", "S",
                exact, conductance[size] + estimate / bias, 3e-3, "model", king, error=bar(row_, "conductance [S]"),
                note=f"the estimate for infinite reservoirs, {estimate / row_['current [A]']:+.2%}, is added",
            )  # fmt: skip


def cones(setting: Setting) -> Iterator[Check | Plot]:
    """Spherical-sector resistance; flat ends lie between it and the slender formula, 5e-4 lower at most."""
    for (base, tip, length), exact in CONES.items():
        found = row(
            {
                "geometry": {
                    "type": "cone", "length": length, "radius_base": base, "radius_tip": tip, "reservoirs": None,
                },
                "electrolyte": NACL,
                "terminals": {"base": {"potential": 0.1}},
                "solver": {"flow": "none"},
            }
        )  # fmt: skip
        resistance = CONDUCTIVITY / found["conductance [S]"]
        yield Check(
            "resistances", f"cone, {base * 1e9:g} to {tip * 1e9:g} nm radius, {length * 1e6:g} um long",
            "resistance at 1 S/m", "ohm m", exact, resistance, 6e-4, "model", "sector of a sphere between spherical caps",
            error=resistance * bar(found, "conductance [S]") / found["conductance [S]"],
            note="flat ends conduct up to 5e-4 better than spherical ones",
        )  # fmt: skip


SYMMETRIC: dict[str, dict[str, Any]] = {
    "cylinder": {"type": "cylinder", "length": 200e-9, "radius": 5e-9, "reservoirs": {"length": 1e-7, "radius": 1e-7}},
    "hourglass": {
        "type": "hourglass",
        "length": 200e-9,
        "radius_waist": 5e-9,
        "radius_ends": 15e-9,
        "reservoirs": {"length": 1e-7, "radius": 1e-7},
    },
    "slit": {
        "type": "slit",
        "length": 200e-9,
        "height": 10e-9,
        "width": 1e-6,
        "reservoirs": {"length": 1e-7, "half_height": 1e-7},
    },
}


def symmetric_devices(setting: Setting) -> Iterator[Check | Plot]:
    """A charged device that is its own mirror image conducts alike in both directions."""
    for name, geometry in SYMMETRIC.items():
        found = rows(
            {
                "geometry": geometry,
                "electrolyte": KCL_WATER | {"concentration": 10.0},
                "walls": {"channel": {"surface_charge": -20e-3}},
                "study": {"type": "sweep", "parameter": "terminals.left.potential", "values": [0.5, -0.5]},
            }
        )
        plus, minus = sorted(found, key=lambda r: -r["bias [V]"])
        yield Check(
            "resistances", f"symmetric {name}, 10 mM, -20 mC/m^2", "rectification ratio at 0.5 V", "", 1.0,
            abs(minus["current [A]"] / plus["current [A]"]), 1e-8, "exact", "mirror symmetry",
            reference_uncertainty=1e-9, error=ratio_bar(minus, plus),
        )  # fmt: skip


RESISTANCES = Section(
    "resistances",
    "Resistances and symmetry",
    "Uncharged pores, whose resistance follows from geometry alone: access resistance, extrapolated to infinite "
    "reservoirs, and cones. Charged devices with a plane of symmetry must not rectify.",
    in_turn(access_resistance, cones, symmetric_devices),
)
