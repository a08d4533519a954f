"""Seeded random devices over wide ranges, for `tests.benchmarks.robustness`: five geometries, mixtures with multivalent and
neutral species, unlike reservoirs, charges of both signs, pressures to 50 bar, slip."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SALTS: tuple[dict[str, dict[str, Any]], ...] = (
    {"K": {}, "Cl": {}},
    {"Li": {}, "Cl": {}},
    {"Mg": {}, "SO4": {}},
    {"X": {"valence": 3, "diffusivity": 5e-10}, "Cl": {}},
    {"X": {"valence": 5, "diffusivity": 1e-10}, "Cl": {}},
)
NEUTRAL: dict[str, dict[str, Any]] = {"U": {"valence": 0, "diffusivity": 1e-9}}
VALENCES = {"K": 1, "Li": 1, "Mg": 2, "Cl": -1, "SO4": -2, "U": 0}


def random_device(seed: int) -> dict[str, Any]:
    """The description of the device with this number. SI."""
    rng = np.random.default_rng([20, seed])

    def between(low: float, high: float) -> float:
        """A number whose logarithm is evenly distributed, with four digits."""
        return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")

    radius = between(2e-9, 300e-9)
    length = between(max(30e-9, radius), 10e-6)
    kind = str(rng.choice(["cone", "cylinder", "slit", "hourglass", "bullet"]))
    size = between(2 * radius, max(20 * radius, 1e-6))
    reach = "half_height" if kind == "slit" else "radius"
    reservoirs = {"length": size, reach: 4 * radius + size, "terminal": str(rng.choice(["all", "end"]))}
    geometry: dict[str, Any] = {"type": kind, "length": length, "reservoirs": reservoirs}
    if kind == "cylinder":
        geometry["radius"] = radius
    elif kind == "slit":
        geometry |= {"height": 2 * radius, "width": 1e-6}
    else:
        wide = radius * float(f"{rng.uniform(1.2, 4):.3g}")
        geometry |= {"hourglass": {"radius_waist": radius, "radius_ends": wide}}.get(
            kind, {"radius_tip": radius, "radius_base": wide}
        )
    if kind == "bullet":
        geometry["exponent"] = float(f"{rng.uniform(0.5, 5):.3g}")
    if kind in ("cone", "cylinder", "slit") and rng.random() < 0.2:
        geometry["reservoirs"] = None
    species = dict(SALTS[rng.integers(len(SALTS))])
    third, neutral = rng.random() < 0.3 and "Cl" in species, rng.random() < 0.2
    species |= {"Na": {}} if third else {}
    species |= NEUTRAL if neutral else {}
    names = ("base", "tip") if kind in ("cone", "bullet") else ("left", "right")
    terminals = {}
    for name in names:
        cation, anion = list(species)[:2]
        positive = species[cation].get("valence", VALENCES.get(cation))
        assert positive is not None
        salt = between(1e-2, 500.0)
        held = {cation: salt, anion: salt * positive / -VALENCES[anion]}
        if third:
            held["Na"] = between(1e-2, 500.0)
            held[anion] += held["Na"]
        if neutral:
            held["U"] = between(1e-2, 100.0)
        terminals[name] = {"concentrations": held}
    terminals[names[0]] |= {"potential": float(f"{rng.uniform(-1, 1) * 10 ** rng.uniform(-2, 0):.3g}")}
    if rng.random() < 0.5:
        terminals[names[0]] |= {"pressure": float(f"{rng.uniform(-1, 1) * 10 ** rng.uniform(3, 6.7):.3g}")}
    wall: dict[str, Any] = {"surface_charge": float(f"{rng.choice([-1, 1]) * between(1e-4, 0.2):.4g}")}
    if rng.random() < 0.3:
        wall["slip_length"] = between(1e-9, 50e-9)
    return {
        "geometry": geometry,
        "electrolyte": {"species": species},
        "terminals": terminals,
        "walls": {"channel": wall},
        "outputs": {"errors": "none"},
    }
