"""Fields of a device in three dimensions, and the surfaces in it: sections, level surfaces and the boundary.

Curved tetrahedra with ten nodes are split into eight flat ones at their mid nodes, and those that a plane or a level surface
cuts into 64, whose corners have the places and values of the curved ones; faces with six nodes into four triangles. In
between all is linear.

The mesh may hold the half of a device where y > 0, or the quarter where x > 0, too, as the result says. What is taken out of
it is completed by its mirror images, in which vectors change the sign of their part across the plane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyvista

from postprocess.pictures.planes import AXES, Plane
from postprocess.pictures.state import State, distinct, rounded
from postprocess.pictures.tetrahedra import AROUND, EIGHT, FACES, FOUR, OPPOSITE, finer
from postprocess.tables.units import quantity
from solver.results.field_names import REGION
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TEN_NODES = (pyvista.CellType.LAGRANGE_TETRAHEDRON, pyvista.CellType.QUADRATIC_TETRA)
SIX, CELL, LEVEL = "nodes of faces", "cell", "vtk_level"
MIRRORS = {"quarter": (1, 2), "half": (2,), "full": ()}
"""Numbers of the coordinates at whose zero a device is mirrored, by the part of it that has a mesh."""
FEW = 5_000
"""Cells of a level surface up to which they are split twice as finely: of more, eight parts are fine enough for the eye."""
ON = 1e-7
"""How far a node may lie from a plane that it is on, in extents of the device."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Point data over a part of a device, SI.

    points: (n, 3), along the axis and across; cells: (m, 10); data: name -> (n,) or (n, 3); regions: (m,), as of `State`;
    mirrors: numbers of the coordinates at whose zero the device is mirrored.
    """

    points: Array
    cells: Integers
    data: dict[str, Array]
    regions: Integers
    mirrors: tuple[int, ...] = ()

    @classmethod
    def of(cls, mesh: pyvista.UnstructuredGrid, part: str | None = None) -> Volume:
        """Those of a dataset. part: of the device that it holds, as of `MIRRORS`; None: as the coordinates say.

        Raises:
            ResultError: it has cells that are no tetrahedra with ten nodes.
        """
        kinds = [cells for kind in TEN_NODES if (cells := mesh.cells_dict.get(kind)) is not None]
        if sum(map(len, kinds)) < mesh.n_cells:
            raise ResultError("fields in three dimensions are drawn on tetrahedra with ten nodes only")
        cells = np.concatenate(kinds).astype(np.int64)
        found = mesh.cell_data.get(REGION)
        regions = np.zeros(len(cells), np.int64) if found is None else np.round(np.asarray(found)).astype(np.int64)
        points = np.asarray(mesh.points, dtype=float)
        data = {name: np.asarray(mesh.point_data[name], dtype=float) for name in mesh.point_data if name[:3] != "vtk"}
        # Pieces of several ranks repeat the points on their common border, and cells of one region that of each other.
        of_point = np.zeros(len(points))
        of_point[cells] = regions[:, None]
        first, same = distinct(np.column_stack([rounded(points), of_point]))
        low, high = points.min(axis=0), points.max(axis=0)
        mirrors = tuple(k for k in (1, 2) if abs(low[k]) <= ON * high[k]) if part is None else MIRRORS[part]
        return cls(points[first], same[cells], {name: values[first] for name, values in data.items()}, regions, mirrors)

    @cached_property
    def extents(self) -> tuple[Array, Array]:
        """Least and largest coordinates of the part in the mesh. Shapes (3,)."""
        return self.points.min(axis=0), self.points.max(axis=0)

    def axis(self, mouths: Sequence[float] | None) -> Array:
        """A point on the middle line of the channel between two mouths (m), 0 in mirrored directions and where it nearly
        is. Of a device without mouths that is the origin, or the middle of what does not reach there. Shape (3,)."""
        z = self.points[:, 0]
        near = ON * float(np.ptp(z))
        inside = np.ones(len(z), bool) if not mouths else (z > mouths[0] + near) & (z < mouths[1] - near)
        low, high = self.points[inside].min(axis=0), self.points[inside].max(axis=0)
        found: Array = (low + high) / 2.0
        found[(low <= 0.0) & (high >= 0.0) if not mouths else np.abs(found) < 0.01 * (high - low)] = 0.0
        found[[0, *self.mirrors]] = 0.0
        return found

    @cached_property
    def tetrahedra(self) -> Integers:
        """Flat tetrahedra (8 m, 4)."""
        return np.asarray(self.cells[:, EIGHT].reshape(-1, 4))

    @cached_property
    def outer(self) -> Integers:
        """Faces (k, 6) of one cell only, with their corners counter-clockwise from outside."""
        faces = self.cells[:, FACES].reshape(-1, 6)
        corners = np.sort(faces[:, :3], axis=1)
        keys = (corners[:, 0] * len(self.points) + corners[:, 1]) * len(self.points) + corners[:, 2]
        _, first, times = np.unique(keys, return_index=True, return_counts=True)
        single = np.sort(first[times == 1])
        found = faces[single]
        a, b, c, opposite = self.points[
            np.column_stack([found[:, :3], self.cells[single // 4, OPPOSITE[single % 4]]])
        ].transpose(1, 0, 2)
        inwards = np.einsum("ni,ni->n", np.cross(b - a, c - a), opposite - a) > 0.0
        found[inwards] = found[inwards][:, [0, 2, 1, 5, 4, 3]]
        return np.asarray(found)

    def owners(self, faces: Integers) -> Integers:
        """Number of the cell of each of some outer faces (k, 6)."""
        of_cells = np.sort(self.cells[:, FACES[:, :3]].reshape(-1, 3), axis=1)
        _, same = distinct(np.concatenate([of_cells, np.sort(faces[:, :3], axis=1)]))
        cell = np.empty(same.max() + 1, dtype=np.int64)
        cell[same[: len(of_cells)]] = np.arange(len(of_cells)) // len(FACES)
        return np.asarray(cell[same[len(of_cells) :]])

    @cached_property
    def boundary(self) -> Integers:
        """Those that are no planes of symmetry."""
        near = ON * np.ptp(self.points, axis=0)
        symmetric = np.zeros(len(self.outer), dtype=bool)
        for k in self.mirrors:
            symmetric |= (np.abs(self.points[self.outer, k]) <= near[k]).all(axis=1)
        return np.asarray(self.outer[~symmetric])

    def surface(self, faces: Integers, names: Iterable[str] | None = None) -> pyvista.PolyData:
        """Triangles of faces (k, 6), with the fields, or some of them."""
        used, numbers = np.unique(faces, return_inverse=True)
        nodes = np.asarray(numbers).reshape(-1, 6)
        found = pyvista.PolyData.from_regular_faces(self.points[used], nodes[:, FOUR].reshape(-1, 3))
        for name in self.data if names is None else names:
            found.point_data[name] = self.data[name][used]
        found.cell_data[REGION] = np.zeros(4 * len(nodes), dtype=np.int64)
        found.field_data[SIX] = nodes
        return found

    def level(self, values: Array, at: float, names: Iterable[str] | None = None) -> pyvista.PolyData:
        """Triangles where values at the nodes have a value, with the fields, or some of them."""
        ranges = values[self.cells]
        with np.errstate(invalid="ignore"):
            crossed = (ranges.min(axis=1) < at) & (ranges.max(axis=1) >= at)
        if not crossed.any():
            return pyvista.PolyData()
        data = {name: self.data[name] for name in (self.data if names is None else names)}
        part = replace(self, data={**data, LEVEL: values})
        if crossed.sum() <= FEW:
            fine, flat = part.finer(crossed)
        else:
            used, cells = np.unique(self.cells[crossed], return_inverse=True)
            data = {name: each[used] for name, each in part.data.items()}
            fine = Volume(self.points[used], cells.reshape(-1, 10), data, self.regions[crossed], self.mirrors)
            flat = fine.tetrahedra
        return fine.contour(flat, fine.data.pop(LEVEL), at)

    def contour(self, tetrahedra: Integers, values: Array, at: float) -> pyvista.PolyData:
        """Triangles where values at the nodes have a value, in flat tetrahedra, of which each cell has as many; with the
        fields, and the regions and numbers of the cells."""
        grid = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: tetrahedra}, self.points)
        for name, of_nodes in self.data.items():
            grid.point_data[name] = of_nodes
        grid.point_data[LEVEL] = values
        parts = len(tetrahedra) // len(self.cells)
        grid.cell_data[REGION] = np.repeat(self.regions, parts)
        grid.cell_data[CELL] = np.repeat(np.arange(len(self.cells)), parts)
        found = grid.contour([at], scalars=LEVEL, compute_scalars=False)
        # Where the value is that of nodes, each edge that ends there has brought a point of its own.
        return welded(found, 1e-10 * float(np.ptp(self.points, axis=0).max()))

    def finer(self, chosen: npt.NDArray[np.bool_], names: Iterable[str] | None = None) -> tuple[Volume, Integers]:
        """Some of the cells (mask) with the fields, or some of them, at the places of a splitting twice as fine; and its flat
        tetrahedra. The cells of it are without meaning but for their number."""
        shapes, flat = finer()
        cells = self.cells[chosen]
        count = len(shapes)
        numbers = count * np.arange(len(cells))[:, None]
        points = np.einsum("pn,cni->cpi", shapes, self.points[cells]).reshape(-1, 3)
        data = {
            name: np.einsum("pn,cn...->cp...", shapes, self.data[name][cells]).reshape(-1, *self.data[name].shape[1:])
            for name in (self.data if names is None else names)
        }
        of_point = np.repeat(self.regions[chosen], count)
        first, same = distinct(np.column_stack([rounded(points), of_point]))
        tetrahedra = same[(numbers[:, :, None] + flat).reshape(-1, 4)]
        found = {name: values[first] for name, values in data.items()}
        return Volume(points[first], same[numbers + np.arange(10)], found, self.regions[chosen]), tetrahedra

    def cut(self, plane: Plane, names: Iterable[str] | None = None) -> pyvista.PolyData:
        """Triangles of the mesh in a plane, with the fields, or some of them; across a mirror those of the image.

        Raises:
            ResultError: the plane does not meet the device.
        """
        k = plane.normal
        at = abs(plane.at) if k in self.mirrors else plane.at
        low, high = (float(end[k]) for end in self.extents)
        near = ON * (high - low)
        if not low - near <= at <= high + near:
            raise ResultError(f"the plane {plane.text} does not meet the device, which has {self.ranges}")
        distance = _apart(self.points[:, k], at, near)
        if distance.min() < 0.0 < distance.max():
            ranges = distance[self.cells]
            fine, flat = self.finer((ranges.min(axis=1) <= 0.0) & (ranges.max(axis=1) >= 0.0), names)
            return fine.contour(flat, _apart(fine.points[:, k], at, near), 0.0)
        return self.surface(self._faces_in(distance), names)

    def _faces_in(self, distance: Array) -> Integers:
        return np.asarray(self.outer[(distance[self.outer] == 0.0).all(axis=1)])

    def section(self, plane: Plane) -> State:
        """The fields in a plane; of one along the axis only one half where the device is mirrored.

        Raises:
            ResultError: the plane does not meet the device.
        """
        surface, other = self.cut(plane), plane.inside[1]
        order = [*plane.inside, plane.normal]
        state = State(
            np.asarray(surface.points, dtype=float)[:, plane.inside],
            np.asarray(surface.regular_faces, dtype=np.int64),
            {name: _turned(np.asarray(surface[name]), order) for name in self.data},
            self._sides(surface),
            np.asarray(surface.cell_data[REGION], dtype=np.int64),
            plane.axes,
            plane.normal != 0 and other in self.mirrors,
            plane.text,
            plane.at,
        )
        if plane.normal == 0:
            for across in self.mirrors:
                state = _with_image(state, across - 1)
        return state

    def _sides(self, surface: pyvista.PolyData) -> Integers:
        """Sides of the cells in a plane as of `State`: of faces where it is one of the mesh, else cut by it."""
        if SIX in surface.field_data:
            of_faces = np.asarray(surface.field_data[SIX])[:, AROUND].reshape(-1, 3)
            return np.asarray(of_faces[distinct(np.sort(of_faces[:, [0, 2]], axis=1))[0]])
        edges = np.sort(np.asarray(surface.regular_faces)[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        owner = np.repeat(np.asarray(surface.cell_data[CELL]), 3)
        first, same = distinct(edges)
        times = np.bincount(same)
        shared = np.zeros(len(first), dtype=bool)  # with another cell
        shared[same[owner != owner[first][same]]] = True
        return np.asarray(edges[first[shared | (times == 1)]][:, [0, 0, 1]])

    @property
    def ranges(self) -> str:
        """Extents of the whole device in words."""
        low, high = (end.copy() for end in self.extents)
        for k in self.mirrors:
            low[k] = -high[k]
        near = ON * (high - low)
        low, high = (np.where(np.abs(end) <= near, 0.0, end) for end in (low, high))
        return ", ".join(
            f"{name} from {quantity(a, 'm')} to {quantity(b, 'm')}" for name, a, b in zip(AXES, low, high, strict=True)
        )


def _apart(values: Array, at: float, near: float) -> Array:
    """Differences of values from one; 0 where they are near it."""
    found: Array = values - at
    found[np.abs(found) <= near] = 0.0
    return found


def whole(surface: pyvista.PolyData, mirrors: tuple[int, ...]) -> pyvista.PolyData:
    """A surface of triangles with its mirror images: vectors change the sign of their part across the plane."""
    if not surface.n_cells:
        return surface
    points, triangles = np.asarray(surface.points, dtype=float), surface.regular_faces
    data = {name: np.asarray(surface.point_data[name]) for name in surface.point_data}
    for k in mirrors:
        flip = np.ones(3)
        flip[k] = -1.0
        triangles = np.concatenate([triangles, triangles[:, ::-1] + len(points)])
        points = np.concatenate([points, points * flip])
        data = {n: np.concatenate([v, v * flip if v.ndim == 2 else v]) for n, v in data.items()}
    found = pyvista.PolyData.from_regular_faces(points, triangles)
    for name, values in data.items():
        found.point_data[name] = values
    return found


def welded(surface: pyvista.PolyData, near: float, name: str | None = None) -> pyvista.PolyData:
    """A surface as triangles with every point once, also those up to about `near` from each other; but not those where a
    field, such as the charge of walls that meet, has several values.

    VTK's own filter is slow where many points are close to each other.
    """
    surface = surface.triangulate()
    if not surface.n_cells:
        return pyvista.PolyData()
    points = np.asarray(surface.points, dtype=float)
    keys = np.round(points / near + 0.377)
    if name is not None:
        keys = np.column_stack([keys, np.asarray(surface[name])])
    first, same = distinct(keys)
    triangles = same[surface.regular_faces]
    a, b, c = triangles.T
    kept = (a != b) & (b != c) & (c != a)
    found = pyvista.PolyData.from_regular_faces(points[first], triangles[kept])
    for name in surface.point_data:
        found.point_data[name] = np.asarray(surface.point_data[name])[first]
    for name in surface.cell_data:
        found.cell_data[name] = np.asarray(surface.cell_data[name])[kept]
    return found


def _turned(values: Array, order: list[int]) -> Array:
    """Vectors with their parts in the plane first; scalars as they are."""
    return values[:, order] if values.ndim == 2 else values


def _with_image(state: State, k: int) -> State:
    """A section with its mirror image at the zero of a coordinate in it."""
    count, flip = len(state.points), np.ones(3)
    flip[k] = -1.0
    points = np.concatenate([state.points, state.points * flip[:2]])
    first, same = distinct(rounded(points))
    data = {
        name: np.concatenate([values, values * flip if values.ndim == 2 else values])[first]
        for name, values in state.data.items()
    }
    return replace(
        state,
        points=points[first],
        triangles=same[np.concatenate([state.triangles, state.triangles + count])],
        data=data,
        sides=same[np.concatenate([state.sides, state.sides + count])],
        regions=np.tile(state.regions, 2),
    )
