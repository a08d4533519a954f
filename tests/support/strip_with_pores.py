"""Two slabs of liquid with a membrane between them, whose faces are the mouths of pores; nothing varies across."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from validation import mapped

BOX = 5.0
"""nm."""

BLOCKED = {
    "type": "single_occupancy",
    "species": {"K": {"k_on": 1e5, "k_off": 1e7}, "B": {"k_on": 1e3, "k_off": 2e3, "enters": "first"}},
}


LEFT_END, ABOVE_LEFT = (-10.0, -10.0, 0.0, BOX), (-10.0, -2.0, BOX, BOX)
"""Places of the left terminal; the second one meets a mouth."""


def strip(folder: Path, left: mapped.Box = LEFT_END, **pore: Any) -> dict[str, Any]:
    """Keys of a case without a study, whose mesh is written into a folder; `left` is where its left terminal is."""
    points = np.array([-10.0, -5.0, -3.0, -2.0, 0.0, 2.0, 3.0, 5.0, 10.0])
    lines: Mapping[str, mapped.Box] = {
        "axis": (-10.0, 10.0, 0.0, 0.0),
        "left": left,
        "right": (10.0, 10.0, 0.0, BOX),
        "left face": (-2.0, -2.0, 0.0, BOX),
        "right face": (2.0, 2.0, 0.0, BOX),
    }
    boxes = {
        "left liquid": (-10.0, -2.0, 0.0, BOX),
        "membrane": (-2.0, 2.0, 0.0, BOX),
        "right liquid": (2.0, 10.0, 0.0, BOX),
    }
    path = mapped.write(folder / "strip.msh", points, np.array([0.0, BOX]), boxes, lines)
    salt = {"K": 100.0, "B": 1.0, "Cl": 101.0}
    return {
        "geometry": {
            "type": "file",
            "path": str(path),
            "symmetry": "planar",
            "width": 5e-9,
            "scale": 1e-9,
            "axis": "axis",
            "terminals": {"left": "left", "right": "right"},
            "walls": {"left_face": "left face", "right_face": "right face"},
            "rest": "sides",
        },
        "regions": {
            "left liquid": "fluid",
            "right liquid": "fluid",
            "membrane": {"type": "dielectric", "relative_permittivity": 2.0},
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}, "B": {"valence": 1, "diffusivity": 1e-9}}},
        "terminals": {"left": {"potential": 0.1, "concentrations": salt}, "right": {"concentrations": salt}},
        "pores": {"pore": {"mouths": ["left_face", "right_face"], "kinetics": BLOCKED, **pore}},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
    }
