"""A slit with a membrane in its middle, between glass with a gate on it, as a mesh file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.support.tiled import halved, write
from tests.support.walled_slit import geometry
from validation.mapped import both_ends

HALF, GLASS, LENGTH, START, STOP = 5.0, 10.0, 180.0, 60.0, 120.0
"""Half height of the slit, outer side of the glass, length, and ends of the membrane, nm."""

LIQUID = np.array([0.0, 2.0, 3.4, 4.3, 4.8, HALF])


def write_plug(path: Path, refinement: int = 0, *, glass: bool = True, coarse: float = 1.5) -> Path:
    """The mesh: regions "water", "plug" and (with glass) "glass"; lines "axis", "wall", "gate", "left", "right", "sides".

    refinement: how often all cells are halved. coarse: first cell (nm) at the ends of the membrane and of the slit.
    """
    third = both_ends(coarse, 1.6, LENGTH / 3)
    z = np.concatenate([third, START + third[1:], STOP + third[1:]])
    y = np.concatenate([LIQUID, [6.0, GLASS]]) if glass else LIQUID
    for _ in range(refinement):
        z, y = halved(z), halved(y)
    regions = {
        "plug": lambda a, b: (b < HALF) & (a > START) & (a < STOP),
        "water": lambda a, b: b < HALF,
        "glass": lambda a, b: b > HALF,
    }
    lines = {
        "axis": lambda a, b: b == 0.0,
        "wall": lambda a, b: b == HALF,
        "gate": lambda a, b: b == GLASS,
        "left": lambda a, b: (a == 0.0) & (b < HALF),
        "right": lambda a, b: (a == LENGTH) & (b < HALF),
        "sides": lambda a, b: ((a == 0.0) | (a == LENGTH)) & (b > HALF),
    }
    if not glass:
        regions.pop("glass")
        lines = {name: lines[name] for name in ("axis", "wall", "left", "right")}
    return write(path, z, y, regions, lines)


def plug_case(path: Path, *, glass: bool = True, **changes: Any) -> dict[str, Any]:
    """Its case: 30 and 10 mM KCl, 0.1 V, a membrane of -50 mM."""
    regions: dict[str, Any] = {
        "water": "fluid",
        "plug": {
            "type": "membrane",
            "fixed_charge": -50.0,
            "diffusivity_factor": 0.3,
            "partition": {"Cl": 0.5},
            "relative_permittivity": 40.0,
            "permeability": 1e-18,
        },
    }
    walls: dict[str, Any] = {"wall": {"surface_charge": -2e-3}}
    if glass:
        regions["glass"] = {"type": "dielectric", "relative_permittivity": 3.9}
        walls["gate"] = {"potential": 0.5}
    return {
        "geometry": geometry(
            path,
            {"wall": "wall"} | ({"gate": "gate"} if glass else {}),
            **({"rest": "sides"} if glass else {}),
            channel={"start": 0.0, "stop": LENGTH * 1e-9},
        ),
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
        "terminals": {"left": {"potential": 0.1, "concentration": 30.0}, "right": {}},
        "walls": walls,
        "regions": regions,
        **changes,
    }
