"""Strips of a mapped mesh: the rows of cells between two neighbouring grid lines, from one side of the device to another.

Splitting a strip lengthwise refines the mesh in one direction only and keeps it conforming and graded. Each edge of a
triangle lies across one strip; the diagonal of a mapped quadrilateral lies across two.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Strip(NamedTuple):
    """The cells between two grid lines of a family (positions as in `grading.Grading.positions`)."""

    family: str
    low: float
    high: float


@dataclass(frozen=True)
class StripTable:
    """Which strips the edges of a Gmsh mesh lie across.

    Attributes:
        strips: all strips.
        keys: the edges, each as smaller node times `nodes` plus larger node (input indices, from 0), sorted. Shape (n,).
        across: indices of the strips of each edge; -1 where there is only one. Shape (n, 2).
        nodes: number of nodes of the mesh.
    """

    strips: tuple[Strip, ...]
    keys: np.ndarray
    across: np.ndarray
    nodes: int

    def find(self, pairs: np.ndarray) -> np.ndarray:
        """Indices of the strips of edges given by their two nodes (input indices). Shape (m, 2), -1 for none."""
        keys = _keys(pairs, self.nodes)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where((self.keys[place] == keys)[:, None], self.across[place], -1)


def split(nodes: Mapping[str, Sequence[float]], strips: Iterable[Strip]) -> dict[str, tuple[float, ...]]:
    """Grid lines of the families with the given strips halved; `nodes` holds those of every family at present."""
    added: dict[str, set[float]] = {family: set(lines) for family, lines in nodes.items()}
    for strip in strips:
        added[strip.family].add((strip.low + strip.high) / 2)
    return {family: tuple(sorted(lines)) for family, lines in added.items()}


def grid_lines(strips: Iterable[Strip]) -> dict[str, tuple[float, ...]]:
    """The grid lines of every family of a mesh with these strips."""
    lines: dict[str, set[float]] = {}
    for strip in strips:
        lines.setdefault(strip.family, set()).update((strip.low, strip.high))
    return {family: tuple(sorted(values)) for family, values in lines.items()}


def table_of(gmsh: Any, curves: Mapping[int, Strip]) -> StripTable:
    """The strips of the mapped mesh in the current Gmsh model, from those of its curves.

    The mesh is made once more with quadrilaterals, which have the same nodes: opposite edges of a quadrilateral lie
    across the same strip. Where a fan collapses in a corner its triangles join the two edges at the corner.
    """
    mesh = gmsh.model.mesh
    triangles = _cells(mesh)[2]
    mesh.clear()
    gmsh.option.setNumber("Mesh.RecombineAll", 1)
    mesh.generate(2)
    cells = _cells(mesh)
    count = len(mesh.getNodes()[0])
    quads, collapsed = cells.get(3, np.empty((0, 4), dtype=np.int64)), cells.get(2, np.empty((0, 3), dtype=np.int64))
    named = {}
    for curve, strip in curves.items():
        _, _, nodes = mesh.getElements(1, curve)
        for pair in np.asarray(nodes[0], dtype=np.int64).reshape(-1, 2) - 1:
            named[int(_keys(pair[None, :], count)[0])] = strip
    mesh.clear()
    gmsh.option.setNumber("Mesh.RecombineAll", 0)
    mesh.generate(2)
    if not np.array_equal(_cells(mesh)[2], triangles):
        raise RuntimeError("Gmsh numbers the nodes of quadrilaterals and triangles differently")

    joined = [
        np.column_stack([_keys(quads[:, [0, 1]], count), _keys(quads[:, [3, 2]], count)]),
        np.column_stack([_keys(quads[:, [1, 2]], count), _keys(quads[:, [0, 3]], count)]),
    ]
    if len(collapsed):
        tips, uses = np.unique(collapsed, return_counts=True)
        tip = tips[uses > 2]  # the corner of a fan belongs to all of its collapsed cells
        order = np.argsort(~np.isin(collapsed, tip), axis=1, kind="stable")
        fan = np.take_along_axis(collapsed, order, axis=1)
        joined.append(np.column_stack([_keys(fan[:, [0, 1]], count), _keys(fan[:, [0, 2]], count)]))
    links = np.concatenate(joined)
    edges, flat = np.unique(np.concatenate([links.ravel(), np.array(list(named), dtype=np.int64)]), return_inverse=True)
    strip_of = _spread(flat[: links.size].reshape(links.shape), len(edges), edges, named)
    strips = sorted(set(named.values()))
    number = {strip: i for i, strip in enumerate(strips)}
    single = np.array([number[strip] for strip in strip_of], dtype=np.int32)
    across = np.column_stack([single, np.full_like(single, -1)])
    # both diagonals of each quadrilateral: one of them is an edge of the triangles
    place = [np.searchsorted(edges, _keys(quads[:, pair], count)) for pair in ([0, 1], [1, 2])]
    both = np.column_stack([single[p] for p in place])
    keys = np.concatenate([edges, _keys(quads[:, [0, 2]], count), _keys(quads[:, [1, 3]], count)])
    across = np.concatenate([across, both, both])
    keys, first = np.unique(keys, return_index=True)
    return StripTable(tuple(strips), keys, across[first], count)


def _spread(links: np.ndarray, count: int, edges: np.ndarray, named: Mapping[int, Strip]) -> list[Strip]:
    """The strip of every edge, from the named ones along the links."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    found: dict[int, Strip] = {}
    for edge, part in zip(map(int, edges), map(int, component), strict=True):
        strip = named.get(edge)
        if strip is not None and found.setdefault(part, strip) != strip:
            raise RuntimeError(f"a strip of the mesh has two names, {found[part]} and {strip}")
    return [found[int(part)] for part in component]


def _cells(mesh: Any) -> dict[int, np.ndarray]:
    """Nodes of the cells of each Gmsh type in the plane, counted from 0."""
    kinds, _, nodes = mesh.getElements(2)
    corners = {2: 3, 3: 4}
    return {
        int(kind): np.asarray(found, dtype=np.int64).reshape(-1, corners[int(kind)]) - 1
        for kind, found in zip(itertools.chain(kinds), nodes, strict=True)
    }


def _keys(pairs: np.ndarray, count: int) -> np.ndarray:
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    return np.asarray(low.astype(np.int64) * count + high)
