"""What differs between the versions of DOLFINx works in the one that runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from solver.parallel import compat

COMM = MPI.COMM_WORLD


def space() -> fem.FunctionSpace:
    """Quadratic elements on a square of 4 x 4 x 2 triangles."""
    return fem.functionspace(dmesh.create_unit_square(COMM, 4, 4), ("Lagrange", 2))


def test_an_expression_is_interpolated_at_the_points_of_the_elements() -> None:
    function = fem.Function(space())
    x = ufl.SpatialCoordinate(function.function_space.mesh)
    function.interpolate(compat.expression(x[0] ** 2 - 3 * x[0] * x[1], function.function_space))
    points = function.function_space.tabulate_dof_coordinates()
    np.testing.assert_allclose(function.x.array, points[:, 0] ** 2 - 3 * points[:, 0] * points[:, 1], atol=1e-14)


@pytest.mark.skipif(COMM.size == 1, reason="nothing is distributed")
def test_a_square_is_on_all_ranks() -> None:
    assert 0 < space().dofmap.index_map.size_local < 81


@pytest.mark.serial  # on other numbers of ranks: runs that are resumed, in tests/command_line
def test_states_come_back_from_a_file_that_holds_several(tmp_path: Path) -> None:
    path = tmp_path / "states.bp"
    first = fem.Function(space())
    second = fem.Function(first.function_space)
    first.interpolate(lambda x: np.exp(x[0]) * x[1])
    second.interpolate(lambda x: x[0] - x[1])
    compat.write_state(path, first, "first")
    compat.write_state(path, second, "second")
    found = fem.Function(space())  # the same mesh made anew
    for name, function in (("second", second), ("first", first)):
        compat.read_state(path, found, name)
        found.x.scatter_forward()
        np.testing.assert_array_equal(found.x.array, function.x.array)
