"""Mesh files of devices of several materials: a grid of triangles whose regions and lines are chosen by position."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import meshio
import numpy as np

Chooses = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Which points belong to something, by their axial positions and heights."""


def halved(positions: Sequence[float]) -> np.ndarray:
    """Ascending positions with the middle between each two of them."""
    found = np.asarray(positions, dtype=float)
    return np.sort(np.concatenate([found, 0.5 * (found[1:] + found[:-1])]))


def write(
    path: Path, z: Sequence[float], y: Sequence[float], regions: Mapping[str, Chooses], lines: Mapping[str, Chooses]
) -> Path:
    """Two triangles in every rectangle between ascending axial positions z and heights y. A cell belongs to the first region
    that chooses the middle of its rectangle, an edge of the grid to the first line that chooses its own."""
    z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
    wide, high = len(z), len(y)
    number = np.arange(wide * high).reshape(high, wide)
    corners = [part.ravel() for part in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1])]
    edges = np.concatenate(
        [np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
         np.column_stack([number[:-1].ravel(), number[1:].ravel()])]
    )  # fmt: skip
    points = np.column_stack([np.tile(z, high), np.repeat(y, wide), np.zeros(wide * high)])
    middles = points[np.column_stack(corners)].mean(axis=1), points[edges].mean(axis=1)
    blocks, names = [], {}
    for dimension, chosen, middle in ((2, regions, middles[0]), (1, lines, middles[1])):
        free = np.ones(len(middle), dtype=bool)
        for name, chooses in chosen.items():
            mine = np.flatnonzero(free & chooses(middle[:, 0], middle[:, 1]))
            free[mine] = False
            if dimension == 1:
                blocks.append(("line", edges[mine]))
            else:
                a, b, c, d = (part[mine] for part in corners)
                blocks.append(("triangle", np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])))
            names[name] = np.array([len(blocks), dimension])
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    mesh = meshio.Mesh(points, blocks, cell_data=data, field_data=names)
    meshio.write(path, mesh, file_format="gmsh22", binary=False)
    return path
