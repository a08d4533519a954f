"""A wall in front of a reservoir: a strip of liquid in which nothing varies along the wall, as a mesh file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from solver.parallel.ranks import on_root
from validation import mapped

NM, WIDTH, HALF = 1e-9, 1e-6, 5.0
"""m, width (m) and half height (nm) of the strip."""

AREA = 2 * HALF * NM * WIDTH
"""Of the wall, m^2."""


def front(path: Path, points: np.ndarray) -> dict[str, Any]:
    """The geometry of a case: the wall "wall" at the first of ascending distances (nm), the terminal "bulk" at the last; the
    mesh is written to `path`. Collective."""
    start, stop = float(points[0]), float(points[-1])
    lines = {
        "axis": (start, stop, 0.0, 0.0),
        "wall": (start, start, 0.0, HALF),
        "bulk": (stop, stop, 0.0, HALF),
    }
    heights = np.array([0.0, HALF])
    on_root(MPI.COMM_WORLD, lambda: mapped.write(path, points, heights, {"water": (start, stop, 0.0, HALF)}, lines))
    return {
        "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": NM, "axis": "axis",
        "terminals": {"bulk": "bulk"}, "walls": {"wall": "wall"}, "rest": "sides",
    }  # fmt: skip
