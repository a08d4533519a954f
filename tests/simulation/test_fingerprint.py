"""Fingerprints of meshes: the same on any number of ranks, another for another mesh."""

from __future__ import annotations

import basix.ufl
import numpy as np
import pytest
import ufl
from dolfinx import mesh
from mpi4py import MPI

from solver.simulation.fingerprint import fingerprint

pytestmark = pytest.mark.fast

SQUARE = "bad57dc41e190fee"
"""Of the square on one rank."""


def square(points: np.ndarray | None = None) -> mesh.Mesh:
    """A unit square of triangles that the first rank has made. Collective."""
    comm = MPI.COMM_WORLD
    corners = np.array([[j * 5 + i for j in range(4) for i in range(4)]]).T + np.array([[0, 1, 6, 5]])
    cells = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    points = moved(0.0) if points is None else points
    element = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
    given = (cells, points) if comm.rank == 0 else (cells[:0], points[:0])
    return mesh.create_mesh(comm, given[0].astype(np.int64), x=given[1], e=element)


def moved(by: float) -> np.ndarray:
    """Nodes of the square with one of them moved."""
    points = np.array([[x, y] for y in range(5) for x in range(5)], dtype=float) / 4
    points[12, 0] += by
    return points


def test_it_is_the_same_on_any_number_of_ranks() -> None:
    assert fingerprint(square()) == SQUARE


def test_rounding_does_not_change_it() -> None:
    assert fingerprint(square(moved(1e-15))) == SQUARE


def test_another_mesh_has_another() -> None:
    assert fingerprint(square(moved(1e-6))) != SQUARE
    assert fingerprint(square(2 * moved(0.0) + 1.0)) != SQUARE


def test_it_is_another_one_where_a_cell_belongs_to_another_region() -> None:
    of = square()
    cells = of.topology.index_map(2)
    regions = np.ones(cells.size_local + cells.num_ghosts, dtype=np.int64)
    other = regions.copy()
    other[np.asarray(of.topology.original_cell_index)[: len(other)] == 7] = 2
    assert len({fingerprint(of), fingerprint(of, regions), fingerprint(of, other)}) == 3
