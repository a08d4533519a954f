"""Hexahedral blocks that share faces: counts of cells along their edges, nodes of their grids, names of their sides.

Points lie in a reference space, where all edges are straight, and one function takes it to the device, so that blocks that
share a face agree on it. The vertices of the grid of a block lie where its graded edges say, and the mid node of an edge of a
tetrahedron half way between its vertices in the reference space: the mid nodes of a round wall lie on it, the lines
inside bend with it, and what is straight in the device has straight cells.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from meshes.blocks.check import outer_facets, refuse_inverted
from meshes.blocks.mesh import EDGES, FACE_NODES, BlockMesh, Floats, Integers, Part
from meshes.blocks.tetrahedra import PER_HEXAHEDRON, split
from meshes.errors import MeshError
from meshes.grading import UNCHANGED, Coarsening, Grading, halved

_AGREE = 1e-9  # largest distance of a vertex from itself, as a part of its block


class Size(NamedTuple):
    """How large a mesh is: numbers of its tetrahedra, nodes and vertices, and of the hexahedra that are split into these."""

    cells: int
    nodes: int
    vertices: int
    hexahedra: int = 0


class Blocks:
    """Points, edges and blocks of a device; `mesh` makes cells of them.

    A block has eight corners, in the order of a (2, 2, 2) array of them, and a side has four, as one of a (2, 2) array.
    """

    def __init__(
        self, place: Callable[[Floats], Floats], refinement: int = 0, coarsening: Coarsening = UNCHANGED
    ) -> None:
        """Blocks in a reference space that `place` takes to the device (points of shape (n, 3) to such); `refinement` is
        how many times every cell is split in two along each edge, and `coarsening` what is taken from it then."""
        self._place = place
        self._refinement, self._coarsening = refinement, coarsening
        self._points: list[tuple[float, float, float]] = []
        self._edges: dict[tuple[int, int], tuple[int, Grading]] = {}
        self._blocks: list[tuple[tuple[int, ...], str]] = []
        self._names: dict[tuple[int, ...], str] = {}

    def point(self, x: float, y: float, z: float) -> int:
        """A new point of the reference space."""
        self._points.append((x, y, z))
        return len(self._points) - 1

    def place_of(self, point: int) -> Floats:
        """Where a point lies in the reference space. Shape (3,)."""
        return np.array(self._points[point])

    def distance(self, start: int, stop: int) -> float:
        """Distance of two points in the device."""
        ends = self._place(np.array([self._points[start], self._points[stop]]))
        return float(np.linalg.norm(ends[1] - ends[0]))

    def edge(self, start: int, stop: int, grading: Grading) -> None:
        """Say what cells lie along an edge, counted from its start. Edges of which nothing is said follow those opposite."""
        self._edges[min(start, stop), max(start, stop)] = start, grading

    def block(self, corners: Sequence[int], region: str) -> None:
        """A block with eight corners."""
        self._blocks.append((tuple(corners), region))

    def name(self, side: Sequence[int], name: str) -> None:
        """Name the side with four corners."""
        self._names[tuple(sorted(side))] = name

    def name_sides(self, name_of: Callable[[Floats], str | None]) -> None:
        """Name the sides that belong to one block alone, from the places of their corners in the reference space, shape
        (4, 3). None leaves a side without a name, which `mesh` refuses."""
        for side in self._single_sides():
            name = name_of(np.array([self._points[corner] for corner in side]))
            if name is not None:
                self._names[tuple(sorted(side))] = name

    def size(self) -> Size:
        """Numbers of cells, nodes and vertices of the mesh, without making it.

        Raises:
            MeshError: when counts of cells contradict each other or are missing.
        """
        self._follow()
        numbering = _Numbering(self._cells_along)
        grids = [numbering.grid(corners) for corners, _ in self._blocks]
        is_vertex = np.zeros(numbering.count, dtype=bool)
        for ids in grids:
            is_vertex[ids[::2, ::2, ::2].ravel()] = True
        hexahedra = sum(int(np.prod([size // 2 for size in ids.shape])) for ids in grids)
        return Size(PER_HEXAHEDRON * hexahedra, numbering.count, int(is_vertex.sum()), hexahedra)

    def mesh(self, part: Part) -> BlockMesh:
        """Number, place and split the cells, and check them.

        Raises:
            MeshError: when counts of cells contradict each other or are missing, blocks do not fit together, a cell is
                inverted or a side has no name.
        """
        self._follow()
        hexahedra, sides, numbers = [], [], []
        names = {name: tag for tag, name in enumerate(sorted(set(self._names.values())), 1)}
        regions = {name: tag for tag, name in enumerate(sorted({region for _, region in self._blocks}), 1)}
        numbering = _Numbering(self._cells_along)
        grids = [numbering.grid(corners) for corners, _ in self._blocks]
        nodes: Floats = np.full((numbering.count, 3), np.nan)
        for ids, (corners, region) in zip(grids, self._blocks, strict=True):
            _put(nodes, ids[::2, ::2, ::2].ravel(), self._vertices(corners).reshape(-1, 3))
            if self._left_handed(corners):
                ids = ids.swapaxes(1, 2)
                corners = tuple(np.array(corners).reshape(2, 2, 2).swapaxes(1, 2).ravel())
            cells = np.lib.stride_tricks.sliding_window_view(ids, (3, 3, 3))[::2, ::2, ::2]
            tags = np.zeros((*cells.shape[:3], 3, 2), dtype=np.int64)
            for axis, at, side in _sides(corners):
                name = self._names.get(tuple(sorted(side)))
                layer: list[slice | int] = [slice(None)] * 3
                layer[axis] = -at
                tags[(*layer, axis, at)] = 0 if name is None else names[name]
            hexahedra.append(cells.reshape(-1, 3, 3, 3))
            sides.append(tags.reshape(-1, 3, 2))
            numbers.append(np.full(len(hexahedra[-1]), regions[region]))
        tetrahedra = split(np.concatenate(hexahedra), np.concatenate(sides))
        for k, (one, other) in enumerate(EDGES, 4):
            ends = tetrahedra.cells[:, one], tetrahedra.cells[:, other]
            nodes[tetrahedra.cells[:, k]] = (nodes[ends[0]] + nodes[ends[1]]) / 2
        nodes = self._place(nodes)
        cell, face = outer_facets(nodes, tetrahedra)
        mesh = BlockMesh(
            nodes=nodes,
            cells=tetrahedra.cells,
            numbers=np.concatenate(numbers)[tetrahedra.parents],
            regions=regions,
            facets=tetrahedra.cells[cell[:, None], np.array(FACE_NODES)[face]],
            markers=tetrahedra.sides[cell, face],
            boundaries=names,
            part=part,
            cells_per_hexahedron=PER_HEXAHEDRON,
        )
        refuse_inverted(mesh)
        return mesh

    def _single_sides(self) -> Iterator[tuple[int, ...]]:
        """Sides that belong to one block alone."""
        every = [side for corners, _ in self._blocks for _, _, side in _sides(corners)]
        keys = [tuple(sorted(side)) for side in every]
        count = dict.fromkeys(keys, 0)
        for key in keys:
            count[key] += 1
        return (side for side, key in zip(every, keys, strict=True) if count[key] == 1)

    def _follow(self) -> None:
        """Give every edge cells, those of an opposite edge where nothing was said."""
        families = [family for corners, _ in self._blocks for family in _edges(corners)]
        changed = True
        while changed:
            changed = False
            for family in families:
                known = [pair for pair in family if (min(pair), max(pair)) in self._edges]
                counts = {self._cells(*pair) for pair in known}
                if len(counts) > 1:
                    raise MeshError(
                        f"edges of a block {self._between(family[0])} have different numbers of cells: {counts}"
                    )
                if not known or len(known) == len(family):
                    continue
                start, grading = self._edges[min(known[0]), max(known[0])]
                for first, last in family:
                    if (min(first, last), max(first, last)) not in self._edges:
                        self.edge(*((first, last) if start == known[0][0] else (last, first)), grading)
                        changed = True
        for family in families:
            if (min(family[0]), max(family[0])) not in self._edges:
                raise MeshError(f"no number of cells is given for the edges {self._between(family[0])}")

    def _cells(self, start: int, stop: int) -> int:
        return self._edges[min(start, stop), max(start, stop)][1].cells

    def _cells_along(self, start: int, stop: int) -> int:
        return len(self._nodes(self._cells(start, stop))) - 1

    def _nodes(self, cells: int) -> tuple[float, ...]:
        """Where vertices lie along an edge of so many cells, in cells."""
        return self._coarsening.thinned(halved(range(cells + 1), self._refinement))

    def _between(self, pair: tuple[int, int]) -> str:
        return "from {} to {}".format(*(tuple(round(value, 4) for value in self._points[at]) for at in pair))

    def _fractions(self, start: int, stop: int) -> Floats:
        """Where the vertices of an edge lie, as fractions of it."""
        first, grading = self._edges[min(start, stop), max(start, stop)]
        found = grading.positions(self._nodes(grading.cells))
        found[-1] = 1.0
        return found if first == start else 1.0 - found[::-1]

    def _vertices(self, corners: Sequence[int]) -> Floats:
        """Vertices of the grid of a block in the reference space: each lies where the surfaces through the fractions of the
        four edges of each direction meet. Shape (n, m, l, 3)."""
        along = []
        for axis, family in enumerate(_edges(corners)):
            values = np.array([self._fractions(*pair) for pair in family]).reshape(2, 2, -1)
            along.append(np.expand_dims(values, tuple(2 + other for other in range(3) if other != axis)))
        shape = tuple(along[axis].shape[2 + axis] for axis in range(3))
        at = [np.broadcast_to(each.mean(axis=(0, 1)), shape) for each in along]
        for _ in range(500):
            before = at.copy()
            for axis in range(3):
                one, other = (at[d] for d in range(3) if d != axis)
                ends = along[axis]
                low = (1 - other) * ends[0, 0] + other * ends[0, 1]
                high = (1 - other) * ends[1, 0] + other * ends[1, 1]
                at[axis] = (1 - one) * low + one * high
            if max(float(np.abs(new - old).max()) for new, old in zip(at, before, strict=True)) < 1e-15:
                break
        found = np.array([self._points[corner] for corner in corners]).reshape(2, 2, 2, 1, 1, 1, 3)
        for fraction in at:  # one direction after the other, so that sides in a plane are exactly in it
            found = found[0] + fraction[..., None] * (found[1] - found[0])
        return found

    def _left_handed(self, corners: Sequence[int]) -> bool:
        """Whether the three directions of a block are a left-handed system in the device, at its middle."""
        ends = np.array([self._points[corner] for corner in corners]).reshape(2, 2, 2, 3)
        middle, near = ends.mean(axis=(0, 1, 2)), 1e-3
        steps = [near * (ends.take(1, d) - ends.take(0, d)).mean(axis=(0, 1)) for d in range(3)]
        places = self._place(np.array([middle, *(middle + step for step in steps)]))
        return bool(np.linalg.det(places[1:] - places[0]) < 0)


def _edges(corners: Sequence[int]) -> list[list[tuple[int, int]]]:
    """The four edges of a block along each of its directions."""
    ids = np.array(corners).reshape(2, 2, 2)
    pairs = [np.stack([ids.take(0, axis), ids.take(1, axis)], axis=2).reshape(4, 2) for axis in range(3)]
    return [[(int(a), int(b)) for a, b in four] for four in pairs]


def _sides(corners: Sequence[int]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Direction, start (0) or stop (1), and four corners of each side of a block."""
    ids = np.array(corners).reshape(2, 2, 2)
    for axis, at in itertools.product(range(3), range(2)):
        yield axis, at, tuple(int(corner) for corner in ids.take(at, axis).ravel())


def _put(nodes: Floats, ids: Integers, places: Floats) -> None:
    """Write the places of the vertices of a block; raise a mesh error where another block has put one elsewhere."""
    apart = np.nan_to_num(np.abs(nodes[ids] - places)).max()
    if apart > _AGREE * np.ptp(places, axis=0).max():
        raise MeshError(f"two blocks place a vertex that they share {apart:.3g} apart")
    nodes[ids] = places


class _Numbering:
    """Numbers of nodes, with mid nodes: those of points, edges and sides are the same in all blocks that share them."""

    def __init__(self, cells_along: Callable[[int, int], int]) -> None:
        self.count = 0
        self._cells_along = cells_along
        self._points: dict[int, int] = {}
        self._lines: dict[tuple[int, int], Integers] = {}
        self._sheets: dict[tuple[int, int, int, int], Integers] = {}

    def grid(self, corners: Sequence[int]) -> Integers:
        """Numbers of the nodes of a block. Shape (2 n + 1, 2 m + 1, 2 l + 1) for n, m, l cells."""
        shape = [2 * self._cells_along(*family[0]) + 1 for family in _edges(corners)]
        found = np.empty(shape, dtype=np.int64)
        for axis, at, side in _sides(corners):
            layer: list[slice | int] = [slice(None)] * 3
            layer[axis] = -at
            found[tuple(layer)] = self._sheet(side)
        found[1:-1, 1:-1, 1:-1] = self._new(*(size - 2 for size in shape))
        return found

    def _new(self, *shape: int) -> Integers:
        size = int(np.prod(shape))
        self.count += size
        return np.arange(self.count - size, self.count, dtype=np.int64).reshape(shape)

    def _line(self, start: int, stop: int) -> Integers:
        """Numbers along an edge, ends included."""
        key = min(start, stop), max(start, stop)
        if key not in self._lines:
            for at in key:
                if at not in self._points:
                    self._points[at] = int(self._new(1)[0])
            ends = [self._points[at] for at in key]
            between = self._new(2 * self._cells_along(*key) - 1)
            self._lines[key] = np.concatenate([ends[:1], between, ends[1:]])
        line = self._lines[key]
        return line if start == key[0] else line[::-1]

    def _sheet(self, side: Sequence[int]) -> Integers:
        """Numbers of a side with corners (2, 2), as seen from them."""
        ids = np.array(side).reshape(2, 2)
        flips = []
        for axis in range(2):  # the lowest corner first, then the lower of its neighbours along the first direction
            lowest = np.unravel_index(int(ids.argmin()), (2, 2))[axis]
            flips.append(bool(lowest))
        turned = np.flip(ids, [axis for axis in range(2) if flips[axis]])
        swap = bool(turned[0, 1] < turned[1, 0])
        a, b, c, d = (int(at) for at in (turned.T if swap else turned).ravel())
        key = a, b, c, d
        if key not in self._sheets:
            first, last = self._line(a, b), self._line(c, d)
            sheet = np.empty((2 * self._cells_along(a, c) + 1, len(first)), dtype=np.int64)
            sheet[0], sheet[-1] = first, last
            sheet[:, 0], sheet[:, -1] = self._line(a, c), self._line(b, d)
            sheet[1:-1, 1:-1] = self._new(sheet.shape[0] - 2, sheet.shape[1] - 2)
            self._sheets[key] = sheet
        found = self._sheets[key].T if swap else self._sheets[key]
        return np.flip(found, [axis for axis in range(2) if flips[axis]])
