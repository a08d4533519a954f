"""Mixed spaces of which one part is constant in groups of cells: one unknown a group instead of one a cell."""

from __future__ import annotations

import numpy as np
from dolfinx import fem

from solver.parallel import compat


def constant_in_groups(space: fem.FunctionSpace, part: int, size: int) -> fem.FunctionSpace:
    """The same mixed space with one unknown of a part of degree 0 for every `size` successive cells of the input. All cells
    of a group lie on one rank, and there are no ghost cells. Collective."""
    dofmap, comm = space.dofmap, space.mesh.comm
    groups = np.asarray(space.mesh.topology.original_cell_index) // size
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
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
    table[:, column] = of_cells[first[group.ravel()], None]
    return compat.with_dofs(space, local[table], count, ghosts, np.asarray(owners, dtype=np.int32))
