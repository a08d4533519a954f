"""Differences between DOLFINx 0.9, 0.10 and 0.11 and their companions, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dolfinx import fem

try:
    import adios4dolfinx as _checkpoint
except ImportError:  # its name from DOLFINx 0.10 on
    import io4dolfinx as _checkpoint


def expression(value: Any, space: fem.FunctionSpace) -> fem.Expression:
    """A UFL expression ready to be interpolated into a space."""
    points = space.element.interpolation_points
    return fem.Expression(value, points() if callable(points) else points)  # a method in 0.9, a property since


def write_state(path: Path, function: fem.Function, name: str) -> None:
    """Append a function to a file (made when missing) in the order of the mesh generator's cells, independent of the
    partition. Collective."""
    _checkpoint.write_function_on_input_mesh(path, function, name=name)


def read_state(path: Path, function: fem.Function, name: str) -> None:
    """Read a function that `write_state` wrote on the same mesh, maybe partitioned otherwise. Collective."""
    _checkpoint.read_function(path, function, name=name)
