"""Fields of a result as datasets, and as half-plane triangles that can be drawn: ghosts dropped, quadratic cells split."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista

from postprocess.pictures.planes import Plane
from postprocess.pictures.state import State, rounded
from postprocess.pictures.volume import TEN_NODES, Volume
from postprocess.tables.result import Result
from solver.results.field_list import field_files
from solver.results.field_names import REGION, concentration_field
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Derive = Callable[[int, pyvista.UnstructuredGrid], Array]

SIX_NODES = (pyvista.CellType.LAGRANGE_TRIANGLE, pyvista.CellType.QUADRATIC_TRIANGLE)
NINE_NODES = (pyvista.CellType.LAGRANGE_QUADRILATERAL, pyvista.CellType.BIQUADRATIC_QUAD)
# Quadratic cells are drawn as flat triangles: exact at the nodes, and fine enough for the eye.
PARTS = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])
SIDES = np.array([[0, 3, 1], [1, 4, 2], [2, 5, 0]])
PARTS_OF_NINE = np.array(
    [[0, 4, 7], [4, 1, 5], [5, 2, 6], [6, 3, 7], [4, 8, 7], [4, 5, 8], [5, 6, 8], [6, 7, 8]], dtype=np.int64
)
SIDES_OF_NINE = np.array([[0, 4, 1], [1, 5, 2], [2, 6, 3], [3, 7, 0]])
SPLIT = {
    **dict.fromkeys(SIX_NODES, (PARTS, SIDES)),
    **dict.fromkeys(NINE_NODES, (PARTS_OF_NINE, SIDES_OF_NINE)),
}
NAMES = {"charge": "charge_density"}


class Fields(Mapping[int, pyvista.UnstructuredGrid], ABC):
    """Fields of a result by point number, each made when it is asked for.

    A dataset is the mesh of the half plane (m), of cells with 6 nodes, or of a part of a device in three dimensions, of
    tetrahedra with 10 nodes, with point data (SI) such as "potential" and "salt".
    In a device of several regions each cell has points of its own and the number of its region as cell data "region".
    """

    part: str | None = None
    """What of a device in three dimensions the datasets hold; None where that is not known."""

    @property
    @abstractmethod
    def points(self) -> list[int]:
        """Numbers of the points that have fields."""

    @abstractmethod
    def dataset(self, point: int) -> pyvista.UnstructuredGrid:
        """Dataset of a point that is among `points`."""

    def __getitem__(self, point: int) -> pyvista.UnstructuredGrid:
        if point not in self.points:
            there = f"there are those of {', '.join(map(str, self.points))}" if self.points else "there are none"
            raise KeyError(f"no fields of point {point}; {there}; 'outputs.fields: all' keeps those of all points")
        return self.dataset(point)

    def __iter__(self) -> Iterator[int]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"Fields(points {', '.join(map(str, self.points)) or 'none'})"

    def read(self, point: int, derive: Mapping[str, Derive] | None = None, plane: Plane | None = None) -> State:
        """Fields of a point that is among `points`, as triangles; with further ones that follow from them.

        Of a device in three dimensions those in a plane, y = 0 by default; `whole` has all of them.

        Raises:
            ResultError: the plane does not meet the device, or the fields are those of a half plane.
        """
        found = self.whole(point, derive)
        if isinstance(found, Volume):
            return found.section(plane or Plane())
        if plane is not None:
            raise ResultError(
                "planes are chosen in three dimensions, and this device is in two; --cut draws curves along a line"
            )
        return found

    def whole(self, point: int, derive: Mapping[str, Derive] | None = None) -> State | Volume:
        """The same, of a device in three dimensions as tetrahedra."""
        mesh = self.dataset(point)
        for name, values in {name: make(point, mesh) for name, make in (derive or {}).items()}.items():
            mesh.point_data[name] = values
        return Volume.of(mesh, self.part) if np.isin(mesh.celltypes, TEN_NODES).any() else _triangles(mesh)


def _triangles(mesh: pyvista.UnstructuredGrid) -> State:
    """Triangles of a dataset of the half plane."""
    corners, sides, regions = _split(mesh)
    if not corners:  # other cells than the solver writes: VTK splits them
        mesh = mesh.extract_surface(nonlinear_subdivision=2, algorithm="dataset_surface").triangulate()
        corners = [mesh.faces.reshape(-1, 4)[:, 1:]]
        sides = [np.repeat(corners[0][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), [1, 2], axis=1)]
        regions = [_region_of(mesh)]
    points, data = np.asarray(mesh.points, dtype=float)[:, :2], mesh.point_data
    triangles, region = np.concatenate(corners), np.concatenate(regions)
    # Pieces of several ranks repeat the points on their common border, and cells of one region that of each other.
    of_point = np.zeros(len(points))
    of_point[triangles] = region[:, None]
    _, first, same = np.unique(
        np.column_stack([rounded(points), of_point]), axis=0, return_index=True, return_inverse=True
    )
    return State(
        points[first],
        same.reshape(-1)[triangles],
        {name: np.asarray(data[name], dtype=float)[first] for name in data if not name.startswith("vtk")},
        _once(same.reshape(-1)[np.concatenate(sides)]),
        region,
    )


def _split(mesh: pyvista.UnstructuredGrid) -> tuple[list[Integers], list[Integers], list[Integers]]:
    """Triangles and sides of the quadratic cells of a dataset, and the regions of the triangles; of each kind of cells."""
    of_cells = _region_of(mesh)
    offsets = pyvista.convert_array(mesh.GetCells().GetOffsetsArray())
    corners, sides, regions = [], [], []
    for kind, (parts, around) in SPLIT.items():
        there = np.flatnonzero(mesh.celltypes == kind)
        if not len(there):
            continue
        nodes = mesh.cell_connectivity[offsets[there][:, None] + np.arange(parts.max() + 1)]
        corners.append(nodes[:, parts].reshape(-1, 3))
        sides.append(nodes[:, around].reshape(-1, 3))
        regions.append(np.repeat(of_cells[there], len(parts)))
    return corners, sides, regions


def _region_of(mesh: pyvista.DataSet) -> Integers:
    """Number of the region of each cell; 0 where the dataset does not say it."""
    found = mesh.cell_data.get(REGION)
    return np.zeros(mesh.n_cells, dtype=np.int64) if found is None else np.round(np.asarray(found)).astype(np.int64)


def _once(sides: Integers) -> Integers:
    """Sides that two cells share, once."""
    ends = np.sort(sides[:, [0, 2]], axis=1)
    _, first = np.unique(ends, axis=0, return_index=True)
    return np.asarray(sides[first])


class FieldFiles(Fields):
    """Fields in the files of a directory, without ghost cells; none when it has no such files.

    Pieces that several ranks have written repeat the points on their common borders.
    """

    def __init__(self, directory: Path | None, part: str | None = None) -> None:
        self._files, self.part = field_files(directory), part

    @property
    def points(self) -> list[int]:
        return list(self._files)

    def dataset(self, point: int) -> pyvista.UnstructuredGrid:
        """Dataset of a point that is among `points`.

        Raises:
            ResultError: the file is missing or cannot be read.
        """
        file = self._files[point]
        if not file.is_file():
            raise ResultError(f"{file} is missing, although fields.pvd names it")
        mesh = pyvista.read(file)
        if mesh.n_cells == 0:
            raise ResultError(f"{file} cannot be read or is empty")
        ghosts = mesh.cell_data.get("vtkGhostType")
        if ghosts is not None and np.any(ghosts):
            mesh = mesh.extract_cells(np.flatnonzero(np.asarray(ghosts) == 0))
        return mesh


class FieldArrays(Fields):
    """Fields in memory: `points`, `cells` and `cell_types` as VTK has unstructured grids, and `values` by name."""

    def __init__(self, values: Mapping[int, Any], part: str | None = None) -> None:
        self._values, self.part = values, part

    @property
    def points(self) -> list[int]:
        return list(self._values)

    def dataset(self, point: int) -> pyvista.UnstructuredGrid:
        found = self._values[point]
        mesh = pyvista.UnstructuredGrid(found.cells, found.cell_types, found.points)
        for name, array in found.values.items():
            mesh.point_data[name] = array
        if found.regions is not None:
            mesh.cell_data[REGION] = found.regions
        return mesh


def fields_of(result: Result) -> Fields:
    """Fields of a result, in memory or on disk; of a run on several ranks in memory those of this rank's part."""
    planes = ((result.run.get("case") or {}).get("geometry") or {}).get("symmetry_planes")
    part = None if planes else result.geometry.get("part")  # of a mesh file they say which
    return FieldArrays(result.field_values, part) if result.field_values else FieldFiles(result.path, part)


def fields_to_draw(result: Result) -> Fields:
    """Fields of a result.

    Raises:
        ResultError: there are none, or each rank has its own part of them.
    """
    if result.field_values and int(result.run.get("ranks") or 1) > 1:
        raise ResultError("of fields in memory each rank has its own part; simulate into a directory to draw them")
    fields = fields_of(result)
    if not fields:
        raise ResultError(
            f"{result.place_of_all} has no {'field files' if result.path else 'fields'}; run the case with 'outputs.fields:"
            " extremes' or 'all', a transient one with 'study.fields_at'"
        )
    return fields


def full_name(name: str, known: Iterable[str]) -> str:
    """Name of the point data that a user's word means: "charge", "K" (a concentration), or the name itself."""
    known = list(known)
    for candidate in (NAMES.get(name, name), concentration_field(name)):
        if candidate in known:
            return candidate
    short = [next((k for k, v in NAMES.items() if v == n), n).removeprefix("concentration_") for n in known]
    raise ResultError(f"there is no field '{name}'; there are {', '.join(short)}")
