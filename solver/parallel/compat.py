"""Differences between DOLFINx 0.9, 0.10 and 0.11 and their companions, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import common, fem
from dolfinx.graph import adjacencylist

try:
    import adios4dolfinx as _checkpoint
except ImportError:  # its name from DOLFINx 0.10 on
    import io4dolfinx as _checkpoint


TAG = 1
"""Of the messages in which ranks find their neighbours."""


def expression(value: Any, space: fem.FunctionSpace) -> fem.Expression:
    """A UFL expression ready to be interpolated into a space."""
    points = space.element.interpolation_points
    return fem.Expression(value, points() if callable(points) else points)  # a method in 0.9, a property since


def with_dofs(
    space: fem.FunctionSpace, table: np.ndarray, owned: int, ghosts: np.ndarray, owners: np.ndarray
) -> fem.FunctionSpace:
    """A space of the same element with unknowns of its own in each cell. Collective.

    Args:
        table: local numbers of the unknowns of each cell, the owned ones first. Shape (cells, unknowns of a cell).
        owned: number of unknowns of this rank.
        ghosts, owners: global numbers of the others, and their ranks. Shapes (ghosts,).
    """
    mesh, of_cells, whole = space.mesh, space.dofmap._cpp_object, space._cpp_object
    try:
        numbers = common.IndexMap(mesh.comm, owned, ghosts, owners)
    except TypeError:  # 0.11
        numbers = common.IndexMap(mesh.comm, owned, ghosts, owners, TAG)
    links = adjacencylist(table.astype(np.int32))
    found = type(of_cells)(of_cells.dof_layout, numbers, 1, getattr(links, "_cpp_object", links), 1)
    shape = (list(whole.value_shape),) if hasattr(whole, "value_shape") else ()  # until 0.9
    return fem.FunctionSpace(mesh, space.ufl_element(), type(whole)(mesh._cpp_object, whole.element, found, *shape))


def write_state(path: Path, function: fem.Function, name: str) -> None:
    """Append a function to a file (made when missing) in the order of the mesh generator's cells, independent of the
    partition. Collective."""
    _checkpoint.write_function_on_input_mesh(path, function, name=name)


def read_state(path: Path, function: fem.Function, name: str) -> None:
    """Read a function that `write_state` wrote on the same mesh, maybe partitioned otherwise. Collective."""
    _checkpoint.read_function(path, function, name=name)
