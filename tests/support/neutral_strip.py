"""Strips of membranes and water as mesh files: long and thin, so that nothing varies across them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import meshio
import numpy as np


def write(path: Path, z: np.ndarray, height: float, regions: Mapping[str, float]) -> Path:
    """Triangles between ascending axial positions and two rows of heights up to `height`, mirrored from row to row. Regions
    by the position at which they end; lines "left", "right", "axis" and "wall"."""
    y, wide = np.array([0.0, 0.5 * height, height]), len(z)
    points = np.array([[a, b, 0.0] for b in y for a in z])
    corners = np.array([[[wide * j + i, wide * j + i + 1, wide * (j + 1) + i + 1, wide * (j + 1) + i]
                         for i in range(wide - 1)] for j in range(2)])  # fmt: skip
    halves = [[0, 1, 3], [1, 2, 3]], [[0, 1, 2], [0, 2, 3]]
    triangles = np.concatenate([corners[j][:, half] for j in range(2) for half in halves[j]])
    middle = points[triangles, 0].mean(axis=1)
    number = np.searchsorted(list(regions.values()), middle)
    along = {
        name: [[wide * j + i, wide * j + i + 1] for i in range(wide - 1)] for name, j in (("axis", 0), ("wall", 2))
    }
    across = {
        name: [[wide * j + i, wide * (j + 1) + i] for j in range(2)] for name, i in (("left", 0), ("right", wide - 1))
    }
    lines: Mapping[str, Sequence[Sequence[int]]] = {**along, **across}
    blocks = [*(("triangle", triangles[number == k]) for k in range(len(regions))),
              *(("line", np.array(edges)) for edges in lines.values())]  # fmt: skip
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {name: np.array([k, 2]) for k, name in enumerate(regions, start=1)}
    names |= {name: np.array([k, 1]) for k, name in enumerate(lines, start=len(regions) + 1)}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    mesh = meshio.Mesh(points, blocks, cell_data=data, field_data=names)
    meshio.write(path, mesh, file_format="gmsh22", binary=False)
    return path
