"""Small meshes as files: a strip of squares with named edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import meshio
import numpy as np

from meshes.imported import File

Edges = Sequence[Sequence[int]]


def strip(across: int = 4, along: int = 6, kind: str = "triangle") -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Nodes and cells of a rectangle of unit squares, `along` of them in x and `across` in y; and the edges of its sides
    "left", "right", "bottom" and "top"."""
    x, y = (a.ravel() for a in np.meshgrid(np.arange(along + 1.0), np.arange(across + 1.0)))
    row = along + 1
    cells = np.array([[row * j + i, row * j + i + 1, row * (j + 1) + i + 1, row * (j + 1) + i] for j in range(across)
                      for i in range(along)])  # fmt: skip
    if kind == "triangle":
        cells = np.concatenate([cells[:, [0, 1, 2]], cells[:, [0, 2, 3]]])
    sides = {
        "left": [[row * j, row * (j + 1)] for j in range(across)],
        "right": [[row * j + along, row * (j + 1) + along] for j in range(across)],
        "bottom": [[i, i + 1] for i in range(along)],
        "top": [[row * across + i, row * across + i + 1] for i in range(along)],
    }
    return np.column_stack([x, y, 0 * x]), cells, sides


def write(path: Path, points: np.ndarray, cells: np.ndarray, lines: Mapping[str, Edges], **options: Any) -> Path:
    """A mesh file with one region "liquid" and named edges; the numbers of the groups are 1 for the region, then 2, 3, ..."""
    kind = options.get("kind", "triangle" if np.shape(cells)[1] == 3 else "quad")
    blocks = [(kind, np.asarray(cells)), *(("line", np.asarray(edges)) for edges in lines.values())]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {"liquid": np.array([1, 2])} | {name: np.array([k, 1]) for k, name in enumerate(lines, start=2)}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    mesh = meshio.Mesh(points, blocks, cell_data=data, field_data=names)
    meshio.write(path, mesh, file_format="gmsh22", binary=False)
    return path


def description(**changes: Any) -> File:
    """The strip as a planar device in nanometres, open at both ends."""
    data = {
        "path": "strip.msh",
        "symmetry": "planar",
        "width": "1 um",
        "scale": "1 nm",
        "terminals": {"inlet": "left", "outlet": "right"},
        "walls": {"floor": "bottom", "lid": "top"},
    }
    return File.model_validate({**data, **changes})
