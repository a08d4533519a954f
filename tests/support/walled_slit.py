"""A slit or pore in a solid as a mesh file: a mapped mesh of two regions with a named wall between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import meshio
import numpy as np


def graded(first: float, growth: float, length: float) -> np.ndarray:
    """Positions from 0 to a length whose distances grow from about the first."""
    count = 1
    while first * (growth**count - 1) / (growth - 1) < length:
        count += 1
    steps = growth ** np.arange(count)
    return np.concatenate([[0.0], np.cumsum(steps)]) * length / steps.sum()


def both_ends(first: float, growth: float, length: float) -> np.ndarray:
    """The same from both ends of a length to its middle."""
    half = graded(first, growth, 0.5 * length)
    return np.concatenate([half, (length - half[::-1])[1:]])


def write(path: Path, z: Sequence[float], liquid: Sequence[float], solid: Sequence[float]) -> Path:
    """Quadrilaterals between ascending axial positions z and ascending heights: those of the liquid, and beyond its last one
    those of the solid. Regions "water" and "glass"; lines "axis", "wall" (between them), "outside" (of the solid), and
    "left", "right" of the liquid, "left_glass", "right_glass" of the solid."""
    y = np.concatenate([liquid, np.asarray(solid)[1:]])
    wide, split = len(z), len(liquid) - 1
    points = np.array([[a, b, 0.0] for b in y for a in z])
    cells = np.array(
        [[wide * j + i, wide * j + i + 1, wide * (j + 1) + i + 1, wide * (j + 1) + i]
         for j in range(len(y) - 1) for i in range(wide - 1)]
    )  # fmt: skip
    in_glass = np.repeat(np.arange(len(y) - 1) >= split, wide - 1)
    rows, columns = np.arange(wide - 1), np.arange(len(y) - 1)
    along = {name: np.column_stack([wide * j + rows, wide * j + rows + 1])
             for name, j in (("axis", 0), ("wall", split), ("outside", len(y) - 1))}  # fmt: skip
    ends = {}
    for name, i in (("left", 0), ("right", wide - 1)):
        every = np.column_stack([wide * columns + i, wide * (columns + 1) + i])
        ends[name], ends[f"{name}_glass"] = every[:split], every[split:]
    lines = {**along, **ends}
    blocks = [("quad", cells[~in_glass]), ("quad", cells[in_glass]), *(("line", edges) for edges in lines.values())]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {"water": np.array([1, 2]), "glass": np.array([2, 2])}
    names |= {name: np.array([k, 1]) for k, name in enumerate(lines, start=3)}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    meshio.write(
        path, meshio.Mesh(points, blocks, cell_data=data, field_data=names), file_format="gmsh22", binary=False
    )
    return path
