"""The charge of a wall from the potential in the cells beside it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyvista

from postprocess.pictures.derived import slopes_at_nodes
from postprocess.pictures.stage import SHARP
from postprocess.pictures.state import distinct
from postprocess.pictures.tetrahedra import EDGES, FOUR
from postprocess.pictures.volume import Volume

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SHEETS = 3
"""Smooth walls that meet in a corner; each has values of its own there."""


def wall_charge(volume: Volume, faces: Integers, permittivity: float, name: str) -> pyvista.PolyData:
    """Triangles of faces with what the normal derivative of the potential stands for, where there is no field behind them.

    Each cell gives its own derivative at its nodes on the wall. At a node the mean of those of one smooth wall is taken.

    Args:
        volume: with the potential. faces: some of its outer ones, shape (k, 6).
        permittivity: of the liquid, F/m. name: of the values, C/m^2.
    """
    derivatives, normals = _derivatives(volume, faces)
    sheets = _sheets(faces, normals)
    first, vertices = distinct(np.column_stack([faces.ravel(), sheets.ravel()]))
    count = np.bincount(vertices)
    found = pyvista.PolyData.from_regular_faces(
        volume.points[faces.ravel()[first]], vertices.reshape(-1, 6)[:, FOUR].reshape(-1, 3)
    )
    found[name] = permittivity * np.bincount(vertices, derivatives.ravel()) / count
    return found


def _derivatives(volume: Volume, faces: Integers) -> tuple[Array, Array]:
    """Derivatives of the potential outwards at the nodes of faces, shape (k, 6), and normals there, (k, 6, 3)."""
    cells = volume.cells[volume.owners(faces)]
    local = (cells[:, None, :] == faces[:, :, None]).argmax(axis=2)
    opposite = 6 - local[:, :3].sum(axis=1)  # of the corners 0, 1, 2, 3
    slopes = slopes_at_nodes(EDGES)[local]  # (k, 6, 10, 3)
    jacobians = np.einsum("kni,kpna->kpai", volume.points[cells], slopes)
    inwards = np.vstack([-np.ones(3), np.eye(3)])[opposite]  # reference gradient of the opposite corner's coordinate
    right = np.stack(
        [
            np.einsum("kn,kpna->kpa", volume.data["potential"][cells], slopes),
            np.broadcast_to(-inwards[:, None, :], (*slopes.shape[:2], 3)),
        ],
        axis=-1,
    )
    gradients = np.linalg.solve(jacobians, right)
    normals = gradients[..., 1] / np.linalg.norm(gradients[..., 1], axis=2)[:, :, None]
    return np.einsum("kpi,kpi->kp", gradients[..., 0], normals), normals


def _sheets(faces: Integers, normals: Array) -> Integers:
    """Numbers (k, 6), from 0 on, of the smooth walls that meet at a node."""
    nodes, directions = faces.ravel(), normals.reshape(-1, 3)
    found = np.full(len(nodes), -1, dtype=np.int64)
    for sheet in range(SHEETS):
        left = np.flatnonzero(found < 0)
        _, first, same = np.unique(nodes[left], return_index=True, return_inverse=True)
        along = np.einsum("ni,ni->n", directions[left], directions[left][first][same])
        found[left[(along > math.cos(math.radians(SHARP))) | (sheet == SHEETS - 1)]] = sheet
    return found.reshape(faces.shape)
