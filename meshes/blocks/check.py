"""What every mesh has to fulfil before it is used: no inverted cell, no open face, one name for each outer facet."""

from __future__ import annotations

import numpy as np

from meshes.blocks.mesh import (
    EDGES,
    FACES,
    BlockMesh,
    Floats,
    Integers,
    determinants_at,
    tetrahedron_gradients,
    tetrahedron_rule,
)
from meshes.blocks.tetrahedra import Tetrahedra
from meshes.errors import MeshError


def smallest_determinants(mesh: BlockMesh) -> Floats:
    """Smallest determinant of the Jacobian of each cell at its nodes and quadrature points, as a part of the cell's mean
    one; negative or zero where a cell is inverted. Shape (cells,)."""
    corners = np.vstack([np.zeros(3), np.eye(3)])
    nodes = np.vstack([corners, *((corners[a] + corners[b]) / 2 for a, b in EDGES)])
    points, weights = tetrahedron_rule()
    gradients = tetrahedron_gradients(np.vstack([nodes, points]))
    found = []
    for determinants in determinants_at(mesh, mesh.cells, gradients):
        mean = np.abs(determinants[:, len(nodes) :] @ weights) / weights.sum()
        found.append(determinants.min(axis=1) / np.where(mean > 0, mean, 1.0))
    return np.concatenate(found)


def refuse_inverted(mesh: BlockMesh) -> None:
    """Raise a mesh error when the Jacobian of a cell is not positive at its nodes and quadrature points."""
    smallest = smallest_determinants(mesh)
    bad = np.flatnonzero(~(smallest > 0))
    if len(bad):
        raise MeshError(
            f"{len(bad)} of {len(mesh.cells)} cells of the mesh are inverted, the first near"
            f" {_place(mesh.nodes[mesh.cells[bad[0]]].mean(axis=0))}; ask for more cells along the channel, for larger"
            " cells at walls and corners, or for less growth"
        )


def outer_facets(nodes: Floats, split: Tetrahedra) -> tuple[Integers, Integers]:
    """The faces that bound the cells: cell and number of the face in it. Shapes (n,).

    Raises:
        MeshError: when more than two cells meet at a face, an edge has two mid nodes, an outer face has no tag or an inner
            one has.
    """
    cells = split.cells
    triples = np.sort(cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
    order, groups, counts = _groups(triples)
    if (counts > 2).any():
        at = order[np.flatnonzero(counts[groups] > 2)[0]]
        raise MeshError(f"more than two cells meet at a face near {_place(nodes[triples[at]].mean(axis=0))}")
    tags = split.sides.reshape(-1)
    outer = np.zeros(len(triples), dtype=bool)
    outer[order] = counts[groups] == 1
    for bad, what in (
        (outer & (tags == 0), "faces are open inside the mesh or have no name"),
        (~outer & (tags != 0), "faces with the name of a boundary lie inside the mesh"),
    ):
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            raise MeshError(f"{int(bad.sum())} {what}, the first near {_place(nodes[triples[first]].mean(axis=0))}")
    _refuse_split_edges(nodes, cells)
    found = np.flatnonzero(outer)
    return found // 4, found % 4


def _refuse_split_edges(nodes: Floats, cells: Integers) -> None:
    """Raise a mesh error when cells that share an edge do not share its mid node."""
    pairs = np.sort(cells[:, np.array(EDGES)].reshape(-1, 2), axis=1)
    order, groups, _ = _groups(pairs)
    middles = cells[:, 4:].reshape(-1)[order]
    apart = np.flatnonzero((np.diff(groups) == 0) & (np.diff(middles) != 0))
    if len(apart):
        at = nodes[pairs[order[apart[0]]]].mean(axis=0)
        raise MeshError(f"{len(apart)} edges have more than one mid node, the first near {_place(at)}")


def _groups(rows: Integers) -> tuple[Integers, Integers, Integers]:
    """An order of the rows in which equal ones follow each other, the number of the group of each, and sizes of groups."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    new = np.concatenate([[False], (ordered[1:] != ordered[:-1]).any(axis=1)])
    groups = np.cumsum(new).astype(np.int64)
    return order.astype(np.int64), groups, np.bincount(groups).astype(np.int64)


def _place(at: Floats) -> str:
    return "({:.4g}, {:.4g}, {:.4g}) nm".format(*at)
