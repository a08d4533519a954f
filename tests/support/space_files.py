"""Small meshes of tetrahedra as files: a box of cubes with named sides."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import meshio
import numpy as np

from meshes.blocks.mesh import FACES
from meshes.imported import File

SIDES = ("left", "right", "front", "back", "bottom", "top")
"""At the least and largest x, y and z."""

Region = Callable[[np.ndarray], np.ndarray]


def box(lengths: tuple[float, float, float], counts: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and cells of a box between 0 and its lengths, six tetrahedra for each of its bricks."""
    axes = [np.linspace(0.0, length, count + 1) for length, count in zip(lengths, counts, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    number = np.arange(len(points)).reshape([count + 1 for count in counts])
    starts = np.stack(np.meshgrid(*(np.arange(count) for count in counts), indexing="ij"), axis=-1).reshape(-1, 3)
    cells = []
    for way in itertools.permutations(range(3)):  # Kuhn's split: from corner to corner along the axes in any order
        at, path = starts.copy(), [starts]
        for axis in way:
            at = at + np.eye(3, dtype=int)[axis]
            path.append(at)
        cells.append(np.stack([number[tuple(each.T)] for each in path], axis=1))
    return points, np.concatenate(cells)


def sides_of(points: np.ndarray, cells: np.ndarray) -> dict[str, np.ndarray]:
    """The triangles on each side of a box, by name."""
    triples = np.sort(cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
    faces, counts = np.unique(triples, axis=0, return_counts=True)
    outer, found = faces[counts == 1], {}
    for name, (axis, last) in zip(SIDES, itertools.product(range(3), (False, True)), strict=True):
        level = points[outer, axis].max() if last else points[outer, axis].min()
        found[name] = outer[(points[outer, axis] == level).all(axis=1)]
    return found


def write(
    path: Path,
    points: np.ndarray,
    regions: Mapping[str, np.ndarray],
    surfaces: Mapping[str, np.ndarray],
    kinds: tuple[str, str] = ("tetra", "triangle"),
) -> Path:
    """A Gmsh file with named volumes and surfaces."""
    groups = [(3, kinds[0], name, cells) for name, cells in regions.items()]
    groups += [(2, kinds[1], name, faces) for name, faces in surfaces.items()]
    tags = [np.full(len(cells), number) for number, (*_, cells) in enumerate(groups, 1)]
    mesh = meshio.Mesh(
        points,
        [(kind, cells) for _, kind, _, cells in groups],
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data={name: np.array([number, dim]) for number, (dim, _, name, _) in enumerate(groups, 1)},
    )
    meshio.write(path, mesh, file_format="gmsh22", binary=False)
    return path


def description(**changes: Any) -> File:
    """A box in nanometres, open at both ends along x."""
    data = {
        "path": "box.msh",
        "dimension": 3,
        "axial": "x",
        "scale": "1 nm",
        "terminals": {"inlet": "left", "outlet": "right"},
        "walls": {"floor": "bottom", "lid": "top"},
        "symmetry_planes": {"y": ["front", "back"]},
        "copies": 1,
    }
    return File.model_validate({**data, **changes})
