"""Points on the surfaces in which tetrahedra are cut at levels of a function that is linear between the vertices of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as dmesh

from solver.discretization.cell_points import CellPoints, placed
from solver.observables.cuts import crossed, pieces_of_tetrahedra

TRIANGLE = np.array([[4.0, 1.0, 1.0], [1.0, 4.0, 1.0], [1.0, 1.0, 4.0]]) / 6.0
"""Barycentric coordinates of points of equal weight, exact to degree 2."""

CORNERS = np.vstack([np.zeros(3), np.eye(3)])
"""Of the reference tetrahedron."""


@dataclass(frozen=True)
class LevelCuts:
    """Points on the levels, three on each triangle of a surface.

    Attributes:
        at: the points, with the cells of this rank in which they lie.
        simplex: number of each point's cell among those that were cut. level: that of its level.
        areas: normals of either orientation, times the part of the surface that a point stands for. Shape (points, 3).
        jacobians: of the cells there. Shape (points, 3, 3).
    """

    at: CellPoints
    simplex: np.ndarray
    level: np.ndarray
    areas: np.ndarray
    jacobians: np.ndarray


def cut_at_levels(mesh: dmesh.Mesh, cells: np.ndarray, heights: np.ndarray, levels: np.ndarray) -> LevelCuts:
    """Cut cells of this rank, curved or not, at levels (ascending).

    heights: the function at the vertices of the cells. Shape (cells, 4).
    """
    which, number = crossed(heights, levels)
    of_pair, corners = pieces_of_tetrahedra(heights[which], levels[number])
    triangles = corners @ CORNERS
    reference = np.einsum("qc,tcd->tqd", TRIANGLE, triangles).reshape(-1, 3)
    simplex = np.repeat(which[of_pair], len(TRIANGLE))
    of_points = cells[simplex].astype(np.int32)
    points, jacobians = placed(mesh, of_points, reference)
    sides = np.repeat(triangles[:, 1:] - triangles[:, :1], len(TRIANGLE), axis=0)
    along = np.einsum("pid,psd->psi", jacobians, sides)
    areas = np.cross(along[:, 0], along[:, 1]) / (2 * len(TRIANGLE))
    level = np.repeat(number[of_pair], len(TRIANGLE))
    return LevelCuts(CellPoints(points, of_points, reference), simplex, level, areas, jacobians)
