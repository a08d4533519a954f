"""Terminals that inject or absorb a species: diffusion through a tube in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from validation.checks import Check, Plot, Section
from validation.devices import KCL_WATER, row
from validation.setting import Setting

SECTION = "exchange"
SERIES = "diffusion and uptake in series, c A / (L / D + 1 / k)"
LENGTH, RADIUS, DIFFUSIVITY, HELD, RATE = 200e-9, 10e-9, 6e-10, 1e-3, 1e-21


def tube(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """An uncharged tube with a neutral solute beside a salt, at rest."""
    species = KCL_WATER["species"] | {"dopamine": {"valence": 0, "diffusivity": DIFFUSIVITY}}
    held = {"K": 10.0, "Cl": 10.0, "dopamine": HELD}
    ends = {"left": left, "right": right}
    return {
        "geometry": {"type": "cylinder", "length": LENGTH, "radius": RADIUS, "reservoirs": None},
        "electrolyte": KCL_WATER | {"species": species},
        "terminals": {
            name: {"concentrations": held, **({"exchange": {"dopamine": how}} if how else {})}
            for name, how in ends.items()
        },
        "solver": {"flow": "none"},
    }


def exchanging(setting: Setting) -> Iterator[Check | Plot]:
    """Held and absorbed, injected and absorbed, injected and held."""
    area = math.pi * RADIUS**2
    rate = "molar_rate_{}_dopamine [mol/s]"
    for velocity in (1e-2,) if setting.quick else (1e-4, 1e-2, 1.0):
        own = row(tube({}, {"absorption": velocity}))
        exact = HELD * area / (LENGTH / DIFFUSIVITY + 1.0 / velocity)
        name = f"held and absorbed at {velocity:g} m/s"
        tolerance = 1e-6 if velocity < 1.0 else 1e-2  # next to a sink the logarithm of a linear profile is steep
        yield Check(SECTION, name, "rate at left", "mol/s", exact, own[rate.format("left")], tolerance, "exact", SERIES)
        total = own[rate.format("left")] + own[rate.format("right")]
        yield Check(
            SECTION, name, "sum of the rates", "mol/s", 0.0, total, 1e-8, "exact", "conservation", scale=abs(exact)
        )
    for name, right in (("injected and absorbed", {"absorption": 1e-2}), ("injected and held", {})):
        own = row(tube({"rate": RATE}, right))
        for end, sign in (("left", 1.0), ("right", -1.0)):
            yield Check(
                SECTION,
                name,
                f"rate at {end}",
                "mol/s",
                sign * RATE,
                own[rate.format(end)],
                1e-8,
                "exact",
                "conservation",
            )


EXCHANGE = Section(
    SECTION,
    "Injecting and absorbing terminals",
    "A neutral solute diffuses through a tube from a terminal that holds or injects it to one that absorbs it: the rate is "
    "that of both resistances in series, and what enters leaves.",
    exchanging,
)
