"""From a case to its mesh: what has to be resolved, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mpi4py import MPI

from meshes.blocks.building import block_mesh
from meshes.build import build
from meshes.distributed import distributed
from meshes.file import read
from meshes.grading import Coarsening
from meshes.imported import File
from meshes.refine import refined
from meshes.sizes import MeshSizes
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
        points = list(points)
        thinnest = min(layer_thickness(point) for point in points)
        of_a_drawing = drawing_sizes(case, thinnest)
        path, solids = case.directory / geometry.path, solids_of(case.regions)
        tagged, found = read(path, geometry, tuple(case.regions), of_a_drawing, comm, solids)
        for text in found.notes:
            logger.info("%s: %s", geometry.path, text)
        for text in found.doubts:
            logger.warning("warning: %s: %s", geometry.path, text)
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
