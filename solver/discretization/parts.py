"""The parts into which solids and membranes without permeability divide the moving liquid, and which of them are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from solver.discretization.liquid import LiquidPart


@dataclass(frozen=True)
class Part:
    """Cells that are connected by facets.

    Attributes:
        cells: of this rank (owned ones only).
        is_open: whether it has a terminal, whose stress sets its pressure.
    """

    cells: np.ndarray
    is_open: bool

    def among(self, chosen: np.ndarray) -> np.ndarray:
        """Which of the chosen local cells (a flag for each) belong to the part."""
        found = np.zeros_like(chosen)
        found[self.cells] = chosen[self.cells]
        return found


def parts_of(liquid: LiquidPart, open_facets: np.ndarray) -> list[Part]:
    """The connected parts of the liquid, in the same order on all ranks. Collective.

    open_facets: local facets of the terminals.
    """
    labels = _labels(liquid)
    comm: MPI.Comm = liquid.mesh.comm
    distinct = sorted(set().union(*comm.allgather(set(labels[labels >= 0].tolist()))))
    at_terminals = np.zeros(len(labels), dtype=bool)
    cells_of = liquid.mesh.topology.connectivity(liquid.mesh.topology.dim - 1, liquid.mesh.topology.dim)
    for facet in open_facets:
        at_terminals[[cell for cell in cells_of.links(facet) if cell < len(labels)]] = True
    found = []
    for label in distinct:
        mine = labels == label
        is_open = comm.allreduce(bool((mine & at_terminals).any()), op=MPI.LOR)
        found.append(Part(np.flatnonzero(mine), is_open))
    return found


def _labels(liquid: LiquidPart) -> np.ndarray:
    """Smallest global number among the cells that are connected with each owned cell; -1 outside the liquid. Collective."""
    topology = liquid.mesh.topology
    cells, facets = topology.index_map(topology.dim), topology.index_map(topology.dim - 1)
    owned = cells.size_local
    inside = np.flatnonzero(liquid.inside[:owned])
    of_cell = topology.connectivity(topology.dim, topology.dim - 1).array.reshape(len(liquid.inside), -1)[inside]
    rows, columns = np.repeat(np.arange(len(inside)), of_cell.shape[1]), of_cell.ravel()
    at_facets = coo_array(
        (np.ones(len(rows)), (rows, columns)), shape=(len(inside), facets.size_local + facets.num_ghosts)
    ).tocsr()
    number, piece = connected_components(at_facets @ at_facets.T, directed=False)
    label = np.full(number, np.iinfo(np.int64).max)
    np.minimum.at(label, piece, cells.local_range[0] + inside)
    # pieces of several ranks meet at facets, each of which has one or two cells on all ranks together
    shared = la.vector(facets, bs=2)
    while True:
        mine = np.zeros((facets.size_local + facets.num_ghosts, 2))
        np.add.at(mine, columns, np.column_stack([label[piece[rows]], np.ones(len(rows))]))
        shared.array[:] = mine.ravel()
        shared.scatter_reverse(la.InsertMode.add)
        shared.scatter_forward()
        beyond, cells_beyond = (shared.array.reshape(-1, 2) - mine).T
        there = cells_beyond[columns] > 0.5
        changed = label.copy()
        np.minimum.at(changed, piece[rows[there]], np.round(beyond[columns[there]]).astype(np.int64))
        differs = bool((changed != label).any())
        label = changed
        if not liquid.mesh.comm.allreduce(differs, op=MPI.LOR):
            break
    found = np.full(owned, -1, dtype=np.int64)
    found[inside] = label[piece]
    return found


def closed_groups(parts: Sequence[Part], space: fem.FunctionSpace) -> list[int]:
    """Numbers of closed parts, one of each group of parts that share nodes of a continuous space and are all closed: what is
    continuous and enters by its gradient alone is fixed in each group by one value. Collective."""
    if all(part.is_open for part in parts):
        return []
    comm: MPI.Comm = space.mesh.comm
    nodes = []
    for part in parts:
        touched = fem.Function(space).x
        touched.array[space.dofmap.list[part.cells].ravel()] = 1.0
        touched.scatter_reverse(la.InsertMode.add)
        touched.scatter_forward()
        nodes.append(touched.array > 0.0)
    shared = np.array([[int((one & other).any()) for other in nodes] for one in nodes])
    _, group = connected_components(comm.allreduce(shared, op=MPI.SUM), directed=False)
    is_open = np.array([part.is_open for part in parts])
    return [int(np.flatnonzero(group == k)[0]) for k in range(group.max() + 1) if not is_open[group == k].any()]
