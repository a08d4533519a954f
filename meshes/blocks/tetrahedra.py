"""Hexahedra of 27 nodes, each split into six tetrahedra of ten.

The lowest of the eight vertices is joined to the three faces that do not contain it, and every face is split by the diagonal
from the lowest of its own four: a face looks the same from both its sides, whatever the blocks, and so the cells conform
(Dompierre, Labbe, Vallet, Camarero, 8th International Meshing Roundtable, 1999).
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from meshes.blocks.mesh import EDGES, FACES, Integers

PER_HEXAHEDRON = 6
"""Tetrahedra of one hexahedron; they follow one another."""

_CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))


class Tetrahedra(NamedTuple):
    """What hexahedra are split into.

    Attributes:
        cells: nodes of each cell. Shape (n, 10).
        sides: tag of each face of each cell, as of the side of the hexahedron that it lies in; 0 inside. Shape (n, 4).
        parents: the hexahedron of each cell, ascending. Shape (n,).
    """

    cells: Integers
    sides: Integers
    parents: Integers


def split(hexahedra: Integers, sides: Integers) -> Tetrahedra:
    """Split right-handed hexahedra, with nodes of shape (n, 3, 3, 3) and tags of their sides of shape (n, 3, 2): along
    coordinate d, at its start and stop."""
    vertices = hexahedra[:, ::2, ::2, ::2].reshape(-1, 8)
    lowest = vertices.argmin(axis=1)
    cells, tags, parents = [], [], []
    for apex, axis in itertools.product(range(8), range(3)):
        face = _face(axis, 1 - int(_CORNERS[apex, axis]))
        begin = vertices[:, face].argmin(axis=1)
        for first in range(4):
            chosen = np.flatnonzero((lowest == apex) & (begin == first))
            if not len(chosen):
                continue
            for one, other in ((1, 2), (2, 3)):
                corners = _oriented([apex, face[first], face[(first + one) % 4], face[(first + other) % 4]])
                at = _CORNERS[corners]
                places = np.vstack([2 * at, *(at[a] + at[b] for a, b in EDGES)])
                cells.append(hexahedra[chosen[:, None], places[:, 0], places[:, 1], places[:, 2]])
                tags.append(np.column_stack([_tags(at[list(triple)], sides[chosen]) for triple in FACES]))
                parents.append(chosen)
    parent = np.concatenate(parents)
    order = np.argsort(parent, kind="stable")
    return Tetrahedra(np.concatenate(cells)[order], np.concatenate(tags)[order], parent[order])


def _face(axis: int, side: int) -> list[int]:
    """Corners of a side of the cube, around it."""
    one, other = (d for d in range(3) if d != axis)
    found = []
    for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)):
        at = np.zeros(3, dtype=int)
        at[axis], at[one], at[other] = side, a, b
        found.append(int(at @ (4, 2, 1)))
    return found


def _oriented(corners: list[int]) -> list[int]:
    """The corners of a tetrahedron in the cube, in the order of a positive volume."""
    at = _CORNERS[corners]
    if np.linalg.det(at[1:] - at[0]) < 0:
        return [corners[0], corners[1], corners[3], corners[2]]
    return corners


def _tags(triple: Integers, sides: Integers) -> Integers:
    """Tags of the side of the cube in which a triangle between three of its corners lies; 0 inside."""
    for axis in range(3):
        level = int(triple[0, axis])
        if (triple[:, axis] == level).all():
            return np.asarray(sides[:, axis, level])
    return np.zeros(len(sides), dtype=np.int64)
