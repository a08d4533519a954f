"""Mesh files of rectangles: quadrilaterals between ascending coordinates, with named regions and lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import meshio
import numpy as np

Box = tuple[float, float, float, float]
"""First and last axial position, first and last height. Of a line one pair is equal."""


def graded(first: float, growth: float, length: float) -> np.ndarray:
    """Positions from 0 to a length whose distances grow from at most the first."""
    count = int(np.ceil(np.log1p(length / first * (growth - 1.0)) / np.log(growth)))
    steps = growth ** np.arange(count)
    return np.concatenate([[0.0], np.cumsum(steps)]) * length / steps.sum()


def both_ends(first: float, growth: float, length: float, last: float | None = None) -> np.ndarray:
    """The same from both ends of a length to its middle; `last` is the cell at the other end when it differs."""
    left, right = graded(first, growth, 0.5 * length), graded(last or first, growth, 0.5 * length)
    return np.concatenate([left, (length - right[::-1])[1:]])


def write(path: Path, z: np.ndarray, y: np.ndarray, regions: Mapping[str, Box], lines: Mapping[str, Box]) -> Path:
    """A mesh file of the cells between the coordinates.

    regions: boxes that cover all cells; where two overlap, the later one counts. lines: on edges of the cells.
    """
    wide = len(z)
    points = np.array([[a, b, 0.0] for b in y for a in z])
    corner = (wide * np.arange(len(y) - 1)[:, None] + np.arange(wide - 1)).ravel()
    cells = corner[:, None] + np.array([0, 1, wide + 1, wide])
    across, along = wide * np.arange(len(y) - 1), np.arange(wide - 1)
    vertical = (across[:, None] + np.arange(wide)).ravel()[:, None] + np.array([0, wide])
    horizontal = (wide * np.arange(len(y))[:, None] + along).ravel()[:, None] + np.array([0, 1])
    edges = np.concatenate([vertical, horizontal])
    number = np.full(len(cells), -1)
    for k, box in enumerate(regions.values()):
        number[_inside(points[cells].mean(axis=1), box)] = k
    if (number < 0).any():
        raise ValueError("the regions do not cover the mesh")
    blocks = [("quad", cells[number == k]) for k in range(len(regions))]
    blocks += [("line", edges[_inside(points[edges].mean(axis=1), box)]) for box in lines.values()]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {name: np.array([k, 2 if k <= len(regions) else 1]) for k, name in enumerate([*regions, *lines], start=1)}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    mesh = meshio.Mesh(points, blocks, cell_data=data, field_data=names)
    meshio.write(path, mesh, file_format="gmsh22", binary=False)
    return path


def _inside(points: np.ndarray, box: Box) -> np.ndarray:
    """Which points lie in a box, or on it where it has no extent."""
    near = 1e-9 * (1.0 + np.abs(points).max())
    x, y, _ = points.T
    return np.asarray((x > box[0] - near) & (x < box[1] + near) & (y > box[2] - near) & (y < box[3] + near))
