"""Mixed spaces with unknowns of their own numbering: one part constant in groups of cells, or one part after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from dolfinx import fem

from solver.parallel import compat


def constant_in_groups(space: fem.FunctionSpace, part: int, size: int) -> fem.FunctionSpace:
    """The same mixed space with one unknown of a part of degree 0 for every `size` successive cells of the input. All cells
    of a group lie on one rank, and there are no ghost cells. Collective."""
    dofmap, comm = space.dofmap, space.mesh.comm
    _, first, group = _groups(space, size)
    of_cells = np.asarray(space.sub(part).dofmap.list)[:, 0]
    owned, owners = dofmap.index_map.size_local, dofmap.index_map.owners
    kept = np.ones(owned, dtype=bool)
    kept[of_cells] = False
    kept[of_cells[first]] = True
    count, number = int(kept.sum()), np.cumsum(kept) - 1
    before = comm.exscan(count) or 0
    numbers = fem.Function(space)
    numbers.x.array[:owned] = before + number
    numbers.x.scatter_forward()
    ghosts = np.round(numbers.x.array[owned:]).astype(np.int64)
    local = np.concatenate([number, count + np.arange(len(ghosts))])
    table = np.array(dofmap.list)
    column = np.flatnonzero((table == of_cells[:, None]).all(axis=0))
    table[:, column] = of_cells[first[group]][:, None]
    return compat.with_dofs(space, local[table], count, ghosts, np.asarray(owners, dtype=np.int32))


def one_after_the_other(
    space: fem.FunctionSpace, parts: tuple[fem.FunctionSpace, ...], size: int = 0
) -> fem.FunctionSpace:
    """The same mixed space whose owned unknowns are those of its parts one after the other, each numbered as in a space of
    its own; behind them, with a `size`, one for every so many successive cells of the input, as in `constant_in_groups`, for
    a last part of degree 0 that has no space of its own in `parts`. Collective."""
    comm, maps = space.mesh.comm, [each.dofmap.index_map for each in parts]
    widths = [each.dofmap.index_map_bs for each in parts]
    counts = [width * numbers.size_local for width, numbers in zip(widths, maps, strict=True)]
    groups, _, group = _groups(space, size) if size else (np.zeros(0, dtype=int),) * 3
    owned = sum(counts) + len(groups)
    before = comm.exscan(owned) or 0
    tables: list[np.ndarray] = []
    ghosts: list[np.ndarray] = []
    owners: list[np.ndarray] = []
    start, behind = 0, owned
    for each, width, numbers, count in zip(parts, widths, maps, counts, strict=True):
        function = fem.Function(each)
        function.x.array[:count] = before + start + np.arange(count)
        function.x.scatter_forward()
        of_ghosts = np.round(function.x.array[count:]).astype(np.int64)
        local = np.concatenate([start + np.arange(count), behind + np.arange(len(of_ghosts))])
        tables.append(local[_unrolled(each.dofmap.list, width)])
        ghosts.append(of_ghosts)
        owners.append(np.repeat(np.asarray(numbers.owners), width))
        start, behind = start + count, behind + len(of_ghosts)
    if size:
        tables.append((sum(counts) + group)[:, None])
    every: Any = np.concatenate(owners).astype(np.int32)
    return compat.with_dofs(space, np.hstack(tables), owned, np.concatenate(ghosts), every)


def _groups(space: fem.FunctionSpace, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups of successive cells of the input on this rank, a local cell of each, and the number of the group of each local
    cell."""
    numbers = np.asarray(space.mesh.topology.original_cell_index) // size
    groups, first, group = np.unique(numbers, return_index=True, return_inverse=True)
    return groups, first, group.ravel()


def _unrolled(table: np.ndarray, width: int) -> np.ndarray:
    """Entries of the nodes of each cell, the components of a node one after the other."""
    return (width * np.asarray(table)[:, :, None] + np.arange(width)).reshape(len(table), -1)
