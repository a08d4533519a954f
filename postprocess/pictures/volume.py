"""Fields of a device in three dimensions, and the surfaces in it: sections, level surfaces and the boundary.

Curved tetrahedra with ten nodes are split into eight flat ones at their mid nodes, faces with six nodes into four triangles:
exact at all nodes, and fine enough for the eye. The fields are interpolated linearly in between.

The mesh may hold the half or the quarter of a device that begins at the planes x = 0 or y = 0. What is taken out of it is
completed by its mirror images, in which vectors change the sign of their part across the plane.
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
from postprocess.tables.units import quantity
from solver.results.field_names import REGION
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TEN_NODES = (pyvista.CellType.LAGRANGE_TETRAHEDRON, pyvista.CellType.QUADRATIC_TETRA)
# Nodes in VTK's order: the corners, and the middles of 01, 12, 20, 03, 13, 23.
EIGHT = np.array(
    [[0, 4, 6, 7], [4, 1, 5, 8], [6, 5, 2, 9], [7, 8, 9, 3], [4, 9, 5, 6], [4, 9, 6, 7], [4, 9, 7, 8], [4, 9, 8, 5]]
)
FACES = np.array([[0, 2, 1, 6, 5, 4], [0, 1, 3, 4, 8, 7], [1, 2, 3, 5, 9, 8], [0, 3, 2, 7, 9, 6]])
"""Nodes of the faces: corners, and the middles that follow them."""
OPPOSITE = np.array([3, 2, 0, 1])
"""The corner opposite to each face."""
FOUR = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])
AROUND = np.array([[0, 3, 1], [1, 4, 2], [2, 5, 0]])
SIX, CELL = "nodes of faces", "cell"
ON = 1e-7
"""How far a node may lie from a plane that it is on, in extents of the device."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Point data over a part of a device, SI.

    points: (n, 3), along the axis and across; cells: (m, 10); data: name -> (n,) or (n, 3); regions: (m,), as of `State`.
    """

    points: Array
    cells: Integers
    data: dict[str, Array]
    regions: Integers

    @classmethod
    def of(cls, mesh: pyvista.UnstructuredGrid) -> Volume:
        """Those of a dataset.

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
        return cls(points[first], same[cells], {name: values[first] for name, values in data.items()}, regions)

    @cached_property
    def extents(self) -> tuple[Array, Array]:
        """Least and largest coordinates of the part in the mesh. Shapes (3,)."""
        return self.points.min(axis=0), self.points.max(axis=0)

    @cached_property
    def mirrors(self) -> tuple[int, ...]:
        """Numbers of the coordinates at whose zero the device is mirrored."""
        low, high = self.extents
        return tuple(k for k in (1, 2) if abs(low[k]) <= ON * high[k])

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
        flat = self.cells[crossed][:, EIGHT].reshape(-1, 4)
        if not len(flat):
            return pyvista.PolyData()
        used, nodes = np.unique(flat, return_inverse=True)
        grid = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: nodes.reshape(-1, 4)}, self.points[used])
        for name in self.data if names is None else names:
            grid.point_data[name] = self.data[name][used]
        grid.point_data["vtk_level"] = values[used]
        grid.cell_data[REGION] = np.repeat(self.regions[crossed], len(EIGHT))
        grid.cell_data[CELL] = np.repeat(np.arange(crossed.sum()), len(EIGHT))
        found = grid.contour([at], scalars="vtk_level", compute_scalars=False)
        # Where the value is that of nodes, each edge that ends there has brought a point of its own.
        return welded(found, 1e-10 * float(np.ptp(self.points, axis=0).max()))

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
        distance = self.points[:, k] - at
        distance[np.abs(distance) <= near] = 0.0
        if distance.min() < 0.0 < distance.max():
            return self.level(distance, 0.0, names)
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
        return ", ".join(
            f"{name} from {quantity(a, 'm')} to {quantity(b, 'm')}" for name, a, b in zip(AXES, low, high, strict=True)
        )


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


def welded(surface: pyvista.PolyData, near: float) -> pyvista.PolyData:
    """A surface as triangles with every point once, also those up to about `near` from each other.

    VTK's own filter is slow where many points are close to each other.
    """
    surface = surface.triangulate()
    if not surface.n_cells:
        return pyvista.PolyData()
    points = np.asarray(surface.points, dtype=float)
    first, same = distinct(np.round(points / near + 0.377))
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
