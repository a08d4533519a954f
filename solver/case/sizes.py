"""What the mesh of a device that the program draws has to resolve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meshes.sizes import Face, MeshSizes
from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.case.layout import plate_size, sized_layout
from solver.case.walls import Wall


def mesh_sizes(case: Case, points: Iterable[Case]) -> MeshSizes:
    """What the mesh has to resolve: sizes in Debye lengths refer to the thinnest double layer of all points."""
    points = list(points)
    return sizes_for(case, points, min(layer_thickness(point) for point in points))


def sizes_for(case: Case, points: Sequence[Case], thinnest: float) -> MeshSizes:
    """The same, with the thinnest double layer (m) that is to be resolved."""
    channel = case.walls.get("channel")
    return MeshSizes(
        wall=case.mesh.wall_size.metres(thinnest),
        corner=min(case.mesh.corner_size.metres(thinnest), plate_size(case)),
        growth=case.mesh.growth,
        axial_cells=case.mesh.axial_cells,
        refinement=case.mesh.refinement,
        stations=() if channel is None else channel.breaks,
        sharp_ends=case.has_sharp_ends,
        layered=tuple(name for name in case.walls if any(_has_layer(point.walls[name]) for point in (case, *points))),
        faces={terminal: _face(name, case.walls[name]) for terminal, name in case.faces.items()},
        layout=sized_layout(case, points),
    )


def _face(name: str, wall: Wall) -> Face:
    return Face(name, _has_layer(wall), wall.breaks)


def _has_layer(wall: Wall) -> bool:
    return wall.is_charged or wall.is_electrode
