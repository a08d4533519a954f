"""Drawings of plane faces (.step, .brep, .iges): read by Gmsh, and meshed with layers at the walls and fine corners.

Cells are as long as the controls say at charged walls, a fifth of the local width at the others, short at corners that
reach into the liquid and where the charge jumps, and grow with the distance from these places.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from meshes import plane
from meshes.device import Device, device_of
from meshes.errors import MeshError
from meshes.imported import File
from meshes.mirrors import AXIS
from meshes.plane import Floats, Integers, PlaneMesh
from meshes.sizes import UNIT

FIRST_MESH = 40
"""Cells along the drawing of the mesh from which its shape is measured."""
ACROSS = 5
"""Cells from wall to wall where no layer asks for more."""
RE_ENTRANT = 1.02 * np.pi
"""Angle inside the device from which a corner is one of the solid."""
MOST_CELLS = 2_000_000
"""Size from which a mesh is refused before it is made."""
SAMPLES = 200_000
"""Most points at which the distance to a curve is measured."""


@dataclass(frozen=True)
class DrawingSizes:
    """Cells of a drawing's mesh, in metres.

    Attributes:
        wall: length of the cells at charged walls. corner: at corners of the solid, and where the charge jumps.
        growth: largest ratio of neighbouring cells.
        charged: names of the walls that have a double layer.
    """

    wall: float
    corner: float
    growth: float
    charged: tuple[str, ...]


def mesh_drawing(
    gmsh: Any,
    path: Path,
    geometry: File,
    regions: Sequence[str],
    sizes: DrawingSizes,
    from_gmsh: Callable[[Any], PlaneMesh],
    solids: Collection[str] = (),
) -> Device:
    """The device in a drawing, with a mesh of the given sizes.

    from_gmsh: reads the mesh in the current model. solids: names of the regions without liquid.

    Raises:
        MeshError: the drawing cannot be read, or is not what the description says.
    """
    gmsh.option.setNumber("Geometry.OCCImportLabels", 1)
    try:
        gmsh.model.occ.importShapes(str(path))
        gmsh.model.occ.synchronize()
    except Exception as error:  # Gmsh raises bare Exception
        raise MeshError(f"Gmsh cannot read it: {' '.join(str(error).split())}") from None
    if gmsh.model.getEntities(3):
        raise MeshError(
            "it is a solid; the program computes in two dimensions: draw the face of the plane or half plane"
        )
    if not gmsh.model.getEntities(2):
        raise MeshError("it holds no face; close the lines and make a face of them")
    box = np.array(gmsh.model.getBoundingBox(-1, -1))
    extent = float(np.abs(box[3:] - box[:3]).max())
    for option in ("MeshSizeExtendFromBoundary", "MeshSizeFromPoints", "MeshSizeFromCurvature"):
        gmsh.option.setNumber(f"Mesh.{option}", 0)
    gmsh.option.setNumber("Mesh.MeshSizeMax", extent / FIRST_MESH)
    gmsh.model.mesh.generate(2)
    first = device_of(from_gmsh(gmsh), geometry, regions, solids)
    unit = UNIT / geometry.scale
    fields = _fields(gmsh, _shape(gmsh, first, sizes, unit), sizes, geometry.scale, extent)
    gmsh.model.mesh.clear()
    field = gmsh.model.mesh.field
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", fields)
    field.setAsBackgroundMesh(least)
    gmsh.option.setNumber("Mesh.MeshSizeMin", 0.1 * min(sizes.wall, sizes.corner) / geometry.scale)
    gmsh.model.mesh.generate(2)
    return device_of(from_gmsh(gmsh), geometry, regions, solids)


@dataclass(frozen=True)
class _Shape:
    """What has to be resolved, in the unit of the file.

    Attributes:
        curves: for each curve the length of the cells at it, and its own length.
        corners: points with short cells.
    """

    curves: dict[int, tuple[float, float]]
    corners: list[int]


def _shape(gmsh: Any, device: Device, sizes: DrawingSizes, unit: float) -> _Shape:
    """Curves and corners of a drawing, from a first mesh. unit: of the device, in units of the file."""
    points, count = device.points, len(device.points)
    outer, _ = plane.outer_edges(device.cells, count)
    inner = [
        edges[~np.isin(plane.keys(edges, count), plane.keys(outer, count))] for edges in device.boundaries.values()
    ]
    outer = np.concatenate([outer, *inner])  # walls between liquid and solid
    owner = {int(key): name for name, edges in device.boundaries.items() for key in plane.keys(edges, count)}
    numbers = {int(tag): k for k, tag in enumerate(_used_nodes(gmsh, device))}
    wall = sizes.wall / UNIT * unit
    curves: dict[int, tuple[float, float]] = {}
    names: dict[int, set[str]] = {}
    for _, curve in gmsh.model.getEntities(1):
        blocks = gmsh.model.mesh.getElements(1, curve)[2]
        nodes = np.concatenate([np.asarray(block) for block in blocks]) if blocks else np.zeros(0, dtype=int)
        found = np.array([numbers.get(int(node), -1) for node in nodes], dtype=np.int64).reshape(-1, 2)
        mine = np.isin(plane.keys(outer, count), plane.keys(found[(found >= 0).all(axis=1)], count))
        if not np.any(mine):
            continue
        names[curve] = {owner[int(key)] for key in plane.keys(outer[mine], count)}
        if names[curve] == {AXIS}:
            continue
        across = float(plane.distances_across(points, outer[mine], outer)[0].min()) * unit
        charged = any(name in sizes.charged for name in names[curve])
        length = float(plane.lengths(points, outer[mine]).sum()) * unit
        curves[curve] = (min(wall if charged else np.inf, across / ACROSS), length)
    angles = _angles(device)
    corners = []
    for _, tag in gmsh.model.getEntities(0):
        node = numbers.get(int(gmsh.model.mesh.getNodes(0, tag)[0][0]), -1)
        beside = [names[int(c)] for c in gmsh.model.getAdjacencies(0, tag)[0] if int(c) in names]
        around = set().union(*beside) if beside else set[str]()
        jump = len(around) > 1 and any(name in sizes.charged for name in around) and AXIS not in around
        if node >= 0 and around and (angles[node] > RE_ENTRANT or jump):
            corners.append(tag)
    return _Shape(curves, corners)


def _used_nodes(gmsh: Any, device: Device) -> Integers:
    """Gmsh's numbers of the nodes of a device that holds all faces, in its own order."""
    tags = np.unique(np.concatenate([np.asarray(block) for block in gmsh.model.mesh.getElements(2)[2]]))
    if len(tags) != len(device.points):
        raise MeshError("only some of its faces belong to the device; leave the others out of the drawing")
    return np.asarray(tags, dtype=np.int64)


def _angles(device: Device) -> Floats:
    """Sum of the angles of the cells at each node."""
    corners = device.points[device.cells]
    angles = np.zeros(len(device.points))
    for k in range(corners.shape[1]):
        one = corners[:, k - 1] - corners[:, k]
        other = corners[:, (k + 1) % corners.shape[1]] - corners[:, k]
        cross = other[:, 0] * one[:, 1] - other[:, 1] * one[:, 0]
        np.add.at(angles, device.cells[:, k], np.arctan2(cross, np.sum(one * other, axis=1)))
    return angles


def _fields(gmsh: Any, shape: _Shape, sizes: DrawingSizes, scale: float, extent: float) -> list[int]:
    """Gmsh's size fields: a length at every curve and corner that grows with the distance from it."""
    field, slope = gmsh.model.mesh.field, sizes.growth - 1.0
    corner = sizes.corner / scale
    # a graded layer of isotropic cells has about 1/slope rows, the first with length/size cells
    expected = sum(2.0 * length / size / min(slope, 1.0) for size, length in shape.curves.values())
    if expected > MOST_CELLS:
        raise MeshError(
            f"cells of {sizes.wall * 1e9:.3g} nm along its walls would be some {expected:.1g} in number; write a larger"
            " mesh.wall_size, or a mesh of your own with flat cells at the walls"
        )
    found = []
    for curve, (size, length) in shape.curves.items():
        distance = field.add("Distance")
        field.setNumbers(distance, "CurvesList", [curve])
        field.setNumber(distance, "Sampling", int(min(SAMPLES, max(20, 2.0 * length / size))))
        found.append(_growing(field, distance, size, slope))
    if shape.corners:
        distance = field.add("Distance")
        field.setNumbers(distance, "PointsList", shape.corners)
        found.append(_growing(field, distance, corner, slope))
    whole = field.add("MathEval")
    field.setString(whole, "F", f"{extent / FIRST_MESH:.17g}")
    return [*found, whole]


def _growing(field: Any, distance: int, size: float, slope: float) -> int:
    """A field that is `size` where the distance is zero, and grows with it."""
    growing = field.add("MathEval")
    field.setString(growing, "F", f"{size:.17g} + {slope:.17g} * F{distance}")
    return int(growing)
