"""A slit or pore through a block between two reservoirs as a mesh file: a mapped mesh of liquid around a solid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import meshio
import numpy as np

from validation.mapped import both_ends, graded


def small_block(path: Path, first: float = 0.4) -> Path:
    """A slit of half height 5 and length 40 through a block that is 10 high, between reservoirs of length 30; cells at the
    block begin with a height."""
    reservoir = graded(first, 1.9, 30.0)
    z = np.concatenate([30.0 - reservoir[::-1], 30.0 + both_ends(first, 1.9, 40.0)[1:], 70.0 + reservoir[1:]])
    y = np.concatenate([5.0 - graded(first, 1.9, 5.0)[::-1], 5.0 + both_ends(first, 2.2, 10.0)[1:]])
    return write_block(path, z, y, (30.0, 70.0), 5.0)


def write_block(path: Path, z: Sequence[float], y: Sequence[float], block: tuple[float, float], height: float) -> Path:
    """Quadrilaterals between ascending positions; those beyond a height between two axial positions are the block. Regions
    "water" and "glass"; lines "axis", "wall" (between both regions), "outside" (of the block), "top" (of the liquid), "left"
    and "right"."""
    wide, high = len(z), len(y)
    points = np.array([[a, b, 0.0] for b in y for a in z])
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(wide - 1), np.arange(high - 1)))
    corner = wide * j + i
    cells = np.column_stack([corner, corner + 1, corner + 1 + wide, corner + wide])
    middles = 0.5 * (points[cells[:, 0]] + points[cells[:, 2]])
    inside = (middles[:, 1] > height) & (middles[:, 0] > block[0]) & (middles[:, 0] < block[1])
    edges = np.concatenate([cells[:, [k, (k + 1) % 4]] for k in range(4)])
    of_block = np.tile(inside, 4)
    found, first, which, count = np.unique(
        np.sort(edges, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    in_block = np.zeros(len(found), dtype=int)
    np.add.at(in_block, which.ravel(), of_block)
    centres = 0.5 * (points[found[:, 0]] + points[found[:, 1]])
    boundary = count == 1
    at = {
        "axis": boundary & (centres[:, 1] == y[0]),
        "wall": ~boundary & (in_block == 1),
        "outside": boundary & (in_block == 1),
        "top": boundary & (in_block == 0) & (centres[:, 1] == y[-1]),
        "left": boundary & (centres[:, 0] == z[0]),
        "right": boundary & (centres[:, 0] == z[-1]),
    }
    lines = [("line", edges[first[chosen]]) for chosen in at.values()]
    blocks = [("quad", cells[~inside]), ("quad", cells[inside]), *lines]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {"water": np.array([1, 2]), "glass": np.array([2, 2])}
    names |= {name: np.array([k, 1]) for k, name in enumerate(at, start=3)}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    meshio.write(
        path, meshio.Mesh(points, blocks, cell_data=data, field_data=names), file_format="gmsh22", binary=False
    )
    return path
