"""The layout of the unknowns: every view, position and expression means the same entry."""

from __future__ import annotations

import numpy as np
import pytest
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from solver.discretization.unknowns import POTENTIAL, Unknowns, electrochemical
from tests.support.cells import integral, triangle

COMM = MPI.COMM_WORLD
K, CL = electrochemical("K"), electrochemical("Cl")


def square() -> Unknowns:
    """Two species on 2 x 3 x 3 triangles."""
    return Unknowns(dmesh.create_unit_square(COMM, 3, 3), ("K", "Cl"), 2)


def numbered(unknowns: Unknowns) -> np.ndarray:
    """A state whose unknowns are 1 + x, 2 + x y and 3 + y^2."""
    x, y, _ = unknowns.scalar.tabulate_dof_coordinates().T
    state = unknowns.empty()
    for name, values in ((POTENTIAL, 1 + x), (K, 2 + x * y), (CL, 3 + y**2)):
        unknowns.part(state, name)[:] = values
    return state


def test_names_and_sizes() -> None:
    unknowns = square()
    assert unknowns.names == (POTENTIAL, K, CL)
    assert unknowns.global_size == 3 * 49
    assert COMM.allreduce(unknowns.owned) == unknowns.global_size
    assert len(unknowns.empty()) == unknowns.size >= unknowns.owned
    assert [unknowns.index(name) for name in unknowns.names] == [0, 1, 2]
    assert unknowns.idle.size == 0


def test_views_and_positions_mean_the_same_entries() -> None:
    unknowns = square()
    state = numbered(unknowns)
    nodes = np.arange(0, unknowns.nodes, 2)
    for name in unknowns.names:
        np.testing.assert_array_equal(state[unknowns.entries(nodes, name)], unknowns.part(state, name)[nodes])
    np.testing.assert_array_equal(unknowns.potential(state), unknowns.part(state, POTENTIAL))
    np.testing.assert_array_equal(unknowns.electrochemical(state)[:, 1], unknowns.part(state, CL))
    unknowns.potential(state)[:] = 7.0
    assert (unknowns.table(state)[:, 0] == 7.0).all(), "a view and no copy"


@pytest.mark.serial
def test_expressions_mean_the_same_entries_as_views() -> None:
    """Integrals over a triangle of the three unknowns, which the elements hold exactly."""
    mesh = triangle(1.0, 1.0, "planar")
    unknowns = Unknowns(mesh.mesh, ("K", "Cl"), 2)
    function = fem.Function(unknowns.space)
    function.x.array[:] = numbered(unknowns)
    phi, (mu_k, mu_cl) = unknowns.split(function)
    dx = ufl.Measure("dx", mesh.mesh)
    assert integral(phi * dx) == pytest.approx(1 / 2 + 1 / 6, rel=1e-13)
    assert integral(mu_k * dx) == pytest.approx(2 / 2 + 1 / 24, rel=1e-13)
    assert integral(mu_cl * dx) == pytest.approx(3 / 2 + 1 / 12, rel=1e-13)


def test_a_change_of_owned_entries_reaches_the_ghosts() -> None:
    unknowns = square()
    state = numbered(unknowns)
    found = unknowns.minus(state, 0.25 * state[: unknowns.owned])
    np.testing.assert_allclose(found, 0.75 * state, rtol=1e-15)
    np.testing.assert_allclose(unknowns.with_ghosts(state[: unknowns.owned]), state, rtol=1e-15)
    assert (state == numbered(unknowns)).all(), "the state itself stays"


def test_the_largest_entry_of_all_ranks() -> None:
    unknowns = square()
    change = np.zeros(unknowns.owned)
    if COMM.rank == COMM.size - 1:
        change[3] = -5.0
    assert unknowns.largest(change) == 5.0
    assert unknowns.largest(np.zeros(0)) == 0.0


def test_unknowns_are_idle_away_from_their_support() -> None:
    """A species that lives in the left third: its entries at all nodes that touch no cell there are idle, others never."""
    mesh = dmesh.create_unit_square(COMM, 3, 3)
    everywhere = Unknowns(mesh, ("K", "Cl"), 2)
    cells = np.arange(mesh.topology.index_map(2).size_local + mesh.topology.index_map(2).num_ghosts, dtype=np.int32)
    left = cells[dmesh.compute_midpoints(mesh, 2, cells)[:, 0] < 1 / 3]
    unknowns = Unknowns(mesh, ("K", "Cl"), 2, {K: left})
    away = np.flatnonzero(everywhere.scalar.tabulate_dof_coordinates()[:, 0] > 1 / 3 + 1e-9)
    np.testing.assert_array_equal(unknowns.idle, np.sort(unknowns.entries(away, K)))
