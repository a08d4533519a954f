"""A slit or pore in a solid as a mesh file: a mapped mesh of two regions with a named wall between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from validation import mapped


def write(path: Path, z: Sequence[float], liquid: Sequence[float], solid: Sequence[float]) -> Path:
    """Quadrilaterals between ascending axial positions z and ascending heights: those of the liquid, and beyond its last one
    those of the solid. Regions "water" and "glass"; lines "axis", "wall" (between them), "outside" (of the solid), and
    "left", "right" of the liquid, "left_glass", "right_glass" of the solid."""
    start, stop, wall, top = z[0], z[-1], liquid[-1], solid[-1]
    regions = {"water": (start, stop, liquid[0], wall), "glass": (start, stop, wall, top)}
    lines = {name: (start, stop, y, y) for name, y in (("axis", liquid[0]), ("wall", wall), ("outside", top))}
    for name, at in (("left", start), ("right", stop)):
        lines[name], lines[f"{name}_glass"] = (at, at, liquid[0], wall), (at, at, wall, top)
    heights = np.concatenate([liquid, np.asarray(solid)[1:]])
    return mapped.write(path, np.asarray(z), heights, regions, lines)


def geometry(path: Path, walls: dict[str, str], **more: object) -> dict[str, object]:
    """The geometry of a case with such a file, in nanometres and one micrometre wide; `walls` by their lines."""
    return {
        "type": "file",
        "path": str(path),
        "symmetry": "planar",
        "width": 1e-6,
        "scale": 1e-9,
        "axis": "axis",
        "terminals": {"left": "left", "right": "right"},
        "walls": walls,
        **more,
    }
