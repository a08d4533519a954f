"""A slit with a plug in its middle, in a solid or without, as a mesh file of three regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.support.walled_slit import geometry
from validation import mapped
from validation.mapped import both_ends, graded

HALF, PLUG, LENGTH, OUTSIDE = 10.0, (60.0, 140.0), 200.0, 30.0
"""nm: half-height of the slit, from where to where the plug is, length, outer side of the solid."""


def write(path: Path, *, solid: bool) -> Path:
    """Quadrilaterals in nanometres. Regions "water", "plug" and "glass"; lines "axis", "wall", "outside" (of the glass),
    "left" and "right" of the water."""
    before = PLUG[0] - graded(1.0, 1.5, PLUG[0])[::-1]
    z = np.concatenate([before, PLUG[0] + both_ends(1.0, 1.5, PLUG[1] - PLUG[0])[1:], LENGTH - before[::-1][1:]])
    y = np.array([0.0, 3.0, 6.0, 8.0, 9.0, 9.6, HALF])
    y = np.concatenate([y, [14.0, 22.0, OUTSIDE]]) if solid else y
    regions = {"water": (0.0, LENGTH, 0.0, HALF), "plug": (*PLUG, 0.0, HALF)}
    lines = {
        "axis": (0.0, LENGTH, 0.0, 0.0),
        "wall": (0.0, LENGTH, HALF, HALF),
        "left": (0.0, 0.0, 0.0, HALF),
        "right": (LENGTH, LENGTH, 0.0, HALF),
    }
    if solid:
        regions["glass"] = (0.0, LENGTH, HALF, OUTSIDE)
        lines["outside"] = (0.0, LENGTH, OUTSIDE, OUTSIDE)
    return mapped.write(path, z, y, regions, lines)


def values(path: Path, *, solid: bool, **changes: Any) -> dict[str, Any]:
    """A cation-selective plug in the slit between 10 and 50 mM KCl; with a gate on the solid."""
    gated = {"gate": "outside"} if solid else {}
    regions: dict[str, Any] = {
        "water": "fluid",
        "plug": {
            "type": "membrane",
            "fixed_charge": -100.0,
            "diffusivity_factor": 0.1,
            "partition": {"Cl": 0.5},
            "relative_permittivity": 40.0,
            "permeability": 1e-18,
        },
    }
    walls: dict[str, Any] = {"wall": {}}
    if solid:
        regions["glass"] = {"type": "dielectric", "relative_permittivity": 3.9}
        walls["gate"] = {"potential": 1.0}
    return {
        "geometry": geometry(
            path,
            {"wall": "wall", **gated},
            **({"rest": "sides"} if solid else {}),
            channel={"start": 0.0, "stop": 200e-9},
        ),
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
        "terminals": {"left": {"potential": 0.1}, "right": {"concentration": 50.0}},
        "walls": walls,
        "regions": regions,
        "outputs": {"errors": "none"},
        **changes,
    }
