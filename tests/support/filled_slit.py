"""A slit with a plug in its middle, in a solid or without, as a mesh file of three regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshio
import numpy as np

from tests.support.walled_slit import both_ends, graded

HALF, PLUG, LENGTH, OUTSIDE = 10.0, (60.0, 140.0), 200.0, 30.0
"""nm: half-height of the slit, from where to where the plug is, length, outer side of the solid."""


def write(path: Path, *, solid: bool) -> Path:
    """Quadrilaterals in nanometres. Regions "water", "plug" and "glass"; lines "axis", "wall", "outside" (of the glass),
    "left" and "right" of the water."""
    before = PLUG[0] - graded(1.0, 1.5, PLUG[0])[::-1]
    z = np.concatenate([before, PLUG[0] + both_ends(1.0, 1.5, PLUG[1] - PLUG[0])[1:], LENGTH - before[::-1][1:]])
    y = np.array([0.0, 3.0, 6.0, 8.0, 9.0, 9.6, HALF])
    split = len(y) - 1
    y = np.concatenate([y, [14.0, 22.0, OUTSIDE]]) if solid else y
    wide, rows, layers = len(z), np.arange(len(z) - 1), np.arange(len(y) - 1)
    points = np.array([[a, b, 0.0] for b in y for a in z])
    cells = np.array(
        [[wide * j + i, wide * j + i + 1, wide * (j + 1) + i + 1, wide * (j + 1) + i] for j in layers for i in rows]
    )
    middle = points[cells].mean(axis=1)
    in_plug = (middle[:, 0] > PLUG[0]) & (middle[:, 0] < PLUG[1])
    parts = {"water": (middle[:, 1] < HALF) & ~in_plug, "plug": (middle[:, 1] < HALF) & in_plug}
    lines = {"axis": 0, "wall": split}
    if solid:
        parts["glass"] = middle[:, 1] > HALF
        lines["outside"] = len(y) - 1
    edges = {name: np.column_stack([wide * j + rows, wide * j + rows + 1]) for name, j in lines.items()}
    for name, i in (("left", 0), ("right", wide - 1)):
        edges[name] = np.column_stack([wide * layers[:split] + i, wide * (layers[:split] + 1) + i])
    blocks = [("quad", cells[mask]) for mask in parts.values()] + [("line", each) for each in edges.values()]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {name: np.array([k, 2]) for k, name in enumerate(parts, start=1)}
    names |= {name: np.array([k, 1]) for k, name in enumerate(edges, start=len(parts) + 1)}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    meshio.write(
        path, meshio.Mesh(points, blocks, cell_data=data, field_data=names), file_format="gmsh22", binary=False
    )
    return path


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
        "geometry": {
            "type": "file",
            "path": str(path),
            "symmetry": "planar",
            "width": 1e-6,
            "scale": 1e-9,
            "axis": "axis",
            "terminals": {"left": "left", "right": "right"},
            "walls": {"wall": "wall", **gated},
            **({"rest": "sides"} if solid else {}),
            "channel": {"start": 0.0, "stop": 200e-9},
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
        "terminals": {"left": {"potential": 0.1}, "right": {"concentration": 50.0}},
        "walls": walls,
        "regions": regions,
        "outputs": {"errors": "none"},
        **changes,
    }
