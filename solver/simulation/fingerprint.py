"""Fingerprints of meshes: the same on any number of ranks, another for any other mesh."""

from __future__ import annotations

import numpy as np
from dolfinx.mesh import Mesh
from mpi4py import MPI

from meshes.compat import nodes_of_cells

DIGITS = 1e9
"""Coordinates are told apart to this part of the largest one: another processor may round them otherwise."""

OFFSET = 0.1234567
"""Away from zero and from round numbers, which rounding would move over the border between two integers."""

MULTIPLIERS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""Odd numbers that mix the bits of integers (Steele, Lea and Flood, OOPSLA 2014)."""


def fingerprint(mesh: Mesh, regions: np.ndarray | None = None) -> str:
    """Digest of nodes and cells in the numbering of the mesh generator, in which checkpoints are written. Collective.

    regions: number of the region of each local cell; None for a device of one.
    """
    geometry, topology = mesh.geometry, mesh.topology
    owned = geometry.index_map().size_local
    extent = mesh.comm.allreduce(float(np.abs(geometry.x).max(initial=0.0)), op=MPI.MAX)
    places = np.floor(geometry.x[:owned] / (extent or 1.0) * DIGITS + OFFSET).astype(np.int64).view(np.uint64)
    numbers = geometry.input_global_indices.astype(np.uint64)
    nodes = _mixed(numbers[:owned])
    for column in places.T:
        nodes = _mixed(nodes ^ column)
    count = topology.index_map(topology.dim).size_local
    cells = _mixed(topology.original_cell_index[:count].astype(np.uint64))
    cells = cells ^ _mixed(numbers[nodes_of_cells(mesh)[:count]]).sum(axis=1, dtype=np.uint64)
    if regions is not None:
        cells = _mixed(cells ^ _mixed(regions[:count].astype(np.uint64)))
    own = int(nodes.sum(dtype=np.uint64)) + int(_mixed(cells).sum(dtype=np.uint64))
    return f"{sum(mesh.comm.allgather(own)) % 2**64:016x}"


def _mixed(values: np.ndarray) -> np.ndarray:
    """Integers of 64 bits whose bits depend on all bits of the given ones."""
    found = np.asarray(values, dtype=np.uint64) + np.uint64(MULTIPLIERS[0])  # arrays of integers wrap around
    for shift, multiplier in zip((30, 27), MULTIPLIERS[1:], strict=True):
        found = (found ^ (found >> np.uint64(shift))) * np.uint64(multiplier)
    return np.asarray(found ^ (found >> np.uint64(31)))
