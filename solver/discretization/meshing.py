"""From a case to its mesh: what has to be resolved, and where."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mpi4py import MPI

from meshes.build import Face, MeshSizes, build
from meshes.file import read
from meshes.imported import File
from meshes.layout import Layout, Plug
from meshes.refine import refined
from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.case.drawing import drawing_sizes
from solver.case.regions import solids_of
from solver.case.walls import Wall
from solver.discretization.breaks import check_breaks
from solver.parallel.logs import logger


def make_mesh(
    case: Case, points: Iterable[Case], comm: MPI.Comm, grid_lines: Mapping[str, tuple[float, ...]] | None = None
) -> TaggedMesh:
    """The mesh of a case, fine enough for all the points of its study; or, with `grid_lines` (of some or no families of
    strips), the coarse mesh from which adaptation begins, with these lines. Collective.

    Raises:
        MeshError: on all ranks.
    """
    geometry = case.geometry
    if isinstance(geometry, File):
        points = list(points)
        thinnest = min(point.layer_thickness() for point in points)
        of_a_drawing = drawing_sizes(case, thinnest)
        path, solids = case.directory / geometry.path, solids_of(case.regions)
        tagged, found = read(path, geometry, tuple(case.regions), of_a_drawing, comm, solids)
        for text in found.notes:
            logger.info("%s: %s", geometry.path, text)
        for text in found.doubts:
            logger.warning("warning: %s: %s", geometry.path, text)
        check_breaks(case, tagged)
        for _ in range(case.mesh.refinement):
            tagged = refined(tagged)
        return tagged
    sizes = mesh_sizes(case, points) if grid_lines is None else coarse_sizes(case, points, grid_lines)
    return build(geometry, sizes, comm)


def coarse_sizes(case: Case, points: Iterable[Case], grid_lines: Mapping[str, tuple[float, ...]]) -> MeshSizes:
    """Sizes of the mesh from which adaptation begins: one cell in the double layer, a tenth of it at corners."""
    points = list(points)
    thinnest = min(point.layer_thickness() for point in points)
    sizes = mesh_sizes(case, points)
    return replace(
        sizes,
        wall=thinnest,
        corner=0.1 * thinnest,
        growth=4.0,
        axial_cells=4,
        refinement=0,
        layers=3,
        fan=3,
        nodes=grid_lines,
    )


def mesh_sizes(case: Case, points: Iterable[Case]) -> MeshSizes:
    """What the mesh has to resolve: sizes in Debye lengths refer to the thinnest double layer of all points."""
    points = list(points)
    thinnest = min(point.layer_thickness() for point in points)
    channel = case.walls.get("channel")
    return MeshSizes(
        wall=case.mesh.wall_size.metres(thinnest),
        corner=case.mesh.corner_size.metres(thinnest),
        growth=case.mesh.growth,
        axial_cells=case.mesh.axial_cells,
        refinement=case.mesh.refinement,
        stations=() if channel is None else channel.breaks,
        sharp_ends=case.has_sharp_ends,
        faces={terminal: _face(name, case.walls[name]) for terminal, name in case.faces.items()},
        layout=sized_layout(case, points),
    )


def sized_layout(case: Case, points: Iterable[Case]) -> Layout:
    """The materials of a channel with the cells that they want at their ends and at the wall, at all points of the study."""
    layout, points = case.layout, list(points)
    if not layout.plugs:
        return layout
    return replace(layout, plugs=tuple(_sized(plug, points) for plug in layout.plugs))


def _sized(plug: Plug, points: Iterable[Case]) -> Plug:
    """The ends of a plug want cells of the thinnest of the double layers on both sides, or shorter ones where the mesh controls
    ask for them; flow in it wants cells of the square root of its permeability at the wall."""
    layers = [
        min(law.debye_length(solution), solution.debye_length)
        for point in points
        for law in point.regions.values()
        for solution in point.solutions()
        if law.holds_ions
    ]
    (first, *_), thinnest = points, min(layers)
    drag = first.regions[plug.name].drag() if first.solver.flow != "none" else 0.0
    wall = 1.0 / math.sqrt(drag) if 0.0 < drag < math.inf else math.inf
    return replace(plug, end_size=min(thinnest, first.mesh.wall_size.metres(thinnest)), wall_size=wall)


def _face(name: str, wall: Wall) -> Face:
    return Face(name, wall.is_charged or wall.is_electrode, wall.breaks)
