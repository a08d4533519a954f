"""From a case to its mesh: what has to be resolved, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mpi4py import MPI

from meshes.blocks.building import block_mesh
from meshes.build import build
from meshes.distributed import distributed
from meshes.file import read, read_in_space
from meshes.grading import Coarsening
from meshes.imported import File
from meshes.refine import refined
from meshes.sizes import COARSENINGS, MeshSizes
from meshes.survey import MeshSurvey
from meshes.tagged import MeshError, TaggedMesh
from solver.case.case import Case
from solver.case.drawing import drawing_sizes
from solver.case.layers import layer_thickness
from solver.case.layout import plate_size
from solver.case.regions import solids_of
from solver.case.sizes import mesh_sizes as mesh_sizes
from solver.discretization.breaks import check_breaks, check_fixed_charges
from solver.parallel.logs import logger


def make_mesh(
    case: Case,
    points: Iterable[Case],
    comm: MPI.Comm,
    grid_lines: Mapping[str, tuple[float, ...]] | None = None,
    coarsening: Coarsening | None = None,
) -> TaggedMesh:
    """The mesh of a case, fine enough for all the points of its study; or, with `grid_lines` (of some or no families of
    strips), the coarse mesh from which adaptation begins, with these lines. Collective.

    coarsening: for a coarser mesh of the same family; mesh files have none.

    Raises:
        MeshError: on all ranks.
    """
    geometry = case.geometry
    if isinstance(geometry, File):
        if coarsening is not None:
            raise MeshError("a mesh file has no coarser mesh beside it")
        if geometry.in_space:
            return _file_in_space(case, geometry, geometry.path, case.mesh.refinement, comm)
        points = list(points)
        thinnest = min(layer_thickness(point) for point in points)
        of_a_drawing = drawing_sizes(case, thinnest)
        path, solids = case.directory / geometry.path, solids_of(case.regions)
        tagged, found = read(path, geometry, tuple(case.regions), of_a_drawing, comm, solids)
        _tell(geometry.path, found)
        check_breaks(case, tagged)
        check_fixed_charges(case, tagged)
        for _ in range(case.mesh.refinement):
            tagged = refined(tagged)
        return tagged
    if geometry.dimension == 3:
        sizes = mesh_sizes(case, points)
        sizes = sizes if coarsening is None else replace(sizes, coarsening=coarsening)
        return distributed(lambda: block_mesh(geometry, sizes), comm)
    sizes = mesh_sizes(case, points) if grid_lines is None else coarse_sizes(case, points, grid_lines)
    sizes = sizes if coarsening is None else replace(sizes, coarsening=coarsening)
    tagged = build(geometry, sizes, comm)
    check_fixed_charges(case, tagged)
    return tagged


def coarser_mesh(case: Case, points: Iterable[Case], own: TaggedMesh) -> tuple[TaggedMesh, float]:
    """A coarser mesh of a device in three dimensions, and how many times as long its cells are: of the same family where the
    program draws it, of a file the mesh before its last refinement, or another file. Collective.

    own: the mesh of the device.

    Raises:
        MeshError: on all ranks; there is none.
    """
    geometry, comm = case.geometry, own.mesh.comm
    if isinstance(geometry, File):
        refinement = case.mesh.refinement
        if geometry.coarser is None:
            if not refinement:
                raise MeshError(NO_COARSER)
            return _file_in_space(case, geometry, geometry.path, refinement - 1, comm, of_errors=True), 2.0
        tagged = _file_in_space(case, geometry, geometry.coarser, refinement, comm, of_errors=True)
        fine, coarse = (each.mesh.topology.index_map(3).size_global for each in (own, tagged))
        ratio = float((fine / coarse) ** (1.0 / 3.0))
        if ratio < LEAST_RATIO:
            raise MeshError(
                f"the {coarse} cells of {geometry.coarser} are {ratio:.3g} times as long as the {fine} of {geometry.path} in"
                f" the mean; a factor of {LEAST_RATIO:g} is needed, a third of the cells best"
            )
        return tagged, ratio
    points = list(points)
    for coarsening in COARSENINGS:
        try:
            return make_mesh(case, points, comm, coarsening=coarsening), coarsening.ratio
        except MeshError:
            if coarsening == COARSENINGS[-1]:
                raise
    raise AssertionError("there are coarsenings")


NO_COARSER = (
    "a mesh file has none by itself; write the file of one as geometry.coarser, 'mesh: {refinement: 1}', or 'outputs:"
    " {errors: none}'"
)

LEAST_RATIO = 1.2
"""Lengths of the cells of a coarser mesh file over those of the finer one."""


def _file_in_space(
    case: Case, geometry: File, path: str, refinement: int, comm: MPI.Comm, *, of_errors: bool = False
) -> TaggedMesh:
    """A file of tetrahedra, refined.

    of_errors: whether it is for error bars alone, so that of a file that was read before nothing has to be said again.
    """
    tagged, found = read_in_space(
        case.directory / path, geometry, tuple(case.regions), refinement, comm, solids_of(case.regions)
    )
    if not of_errors or path != geometry.path:
        _tell(path, found)
    check_breaks(case, tagged)
    check_fixed_charges(case, tagged)
    return tagged


def _tell(path: str, found: MeshSurvey) -> None:
    """What was found in a file."""
    for text in found.notes:
        logger.info("%s: %s", path, text)
    for text in found.doubts:
        logger.warning("warning: %s: %s", path, text)


def coarse_sizes(case: Case, points: Iterable[Case], grid_lines: Mapping[str, tuple[float, ...]]) -> MeshSizes:
    """Sizes of the mesh from which adaptation begins: one cell in the double layer, a tenth of it at corners."""
    points = list(points)
    thinnest = min(layer_thickness(point) for point in points)
    sizes = mesh_sizes(case, points)
    return replace(
        sizes,
        wall=thinnest,
        corner=min(0.1 * thinnest, plate_size(case)),
        growth=4.0,
        axial_cells=4,
        refinement=0,
        layers=3,
        fan=3,
        nodes=grid_lines,
    )
