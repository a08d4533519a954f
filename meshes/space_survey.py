"""What a file of tetrahedra holds for a case, in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from meshes.blocks.mesh import FACES, BlockMesh
from meshes.imported import File
from meshes.mirrors import SYMMETRY_PLANES
from meshes.plane import RAYS, Floats, Integers
from meshes.sizes import UNIT
from meshes.space_device import SpaceDevice
from meshes.survey import BoundarySurvey, MeshSurvey

SMOOTH = (math.radians(1.0), math.radians(50.0))
"""Angle between neighbouring faces of a wall that is curved, and cut into flat pieces."""

BENT = 0.2
"""Part of the edges of a wall with such an angle from which it counts as curved."""


def survey_in_space(device: SpaceDevice, geometry: File, path: Path) -> MeshSurvey:
    """The numbers of a device."""
    mesh = device.mesh
    nodes = mesh.nodes
    extents = [(float(low), float(high)) for low, high in zip(nodes.min(axis=0), nodes.max(axis=0), strict=True)]
    factor = UNIT / geometry.scale
    in_file = {
        name: (low * factor, high * factor)
        for name, (low, high) in zip((geometry.axial, *geometry.across), extents, strict=True)
    }
    axial, first, second = ((low * UNIT, high * UNIT) for low, high in extents)
    return MeshSurvey(
        path=str(path),
        kind="tetrahedra",
        cells=len(mesh.cells),
        edges=len(nodes) - mesh.vertices,
        vertices=mesh.vertices,
        first=in_file["x"],
        second=in_file["y"],
        third=in_file["z"],
        axial=axial,
        transverse=first,
        beside=second,
        outer=len(device.outer),
        regions={name: int((mesh.numbers == number).sum()) for name, number in mesh.regions.items()},
        boundaries=tuple(_boundaries(device)),
        notes=tuple(_notes(device, geometry)),
        doubts=tuple(_doubts(device, geometry)),
        faces=_faces(device),
    )


def _boundaries(device: SpaceDevice) -> Iterator[BoundarySurvey]:
    mesh = device.mesh
    mirrors = [name in mesh.boundaries for name in SYMMETRY_PLANES]
    outer = _of_the_device(device, mirrors)
    names = {number: name for name, number in mesh.regions.items()}
    for name, number in mesh.boundaries.items():
        faces = device.faces[mesh.markers == number]
        if not len(faces):
            yield BoundarySurvey(name, 0, 0.0, math.nan, math.nan, math.inf)
            continue
        heights = _heights(mesh, faces) * UNIT
        touches = bool(np.any(~device.solid[faces[:, 0]]))
        half_size = math.inf
        if name not in SYMMETRY_PLANES and touches:
            half_size = _half_size(mesh, faces, outer) * UNIT
        yield BoundarySurvey(
            name,
            len(faces),
            mesh.area(name) * UNIT**2,
            float(heights.min()),
            float(heights.max()),
            half_size,
            touches,
            tuple(names[int(each)] for each in np.unique(mesh.numbers[faces[:, 0]])),
        )


def _corners(mesh: BlockMesh, faces: Integers) -> Floats:
    """Corners of faces, given by cell and number. Shape (n, 3, 3)."""
    return np.asarray(mesh.nodes[mesh.cells[faces[:, :1], np.array(FACES)[faces[:, 1]]]])


def _normals(corners: Floats) -> Floats:
    """Unit normals of triangles, of no certain sign. Shape (n, 3)."""
    found = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(found / np.linalg.norm(found, axis=1)[:, None])


def _heights(mesh: BlockMesh, faces: Integers) -> Floats:
    """Extent of cells normal to one of their faces. Shape (n,)."""
    corners = _corners(mesh, faces)
    away = mesh.nodes[mesh.cells[faces[:, 0], faces[:, 1]]] - corners[:, 0]
    return np.asarray(np.abs(np.einsum("ni,ni->n", away, _normals(corners))))


def _of_the_device(device: SpaceDevice, mirrors: Sequence[bool]) -> Floats:
    """Corners of all faces where the device or its liquid ends, with their images at planes of symmetry. Shape (n, 3, 3)."""
    mesh = device.mesh
    walls = ~np.isin(mesh.markers, [mesh.boundaries[name] for name in SYMMETRY_PLANES if name in mesh.boundaries])
    found = _corners(mesh, device.faces[walls])
    for axis, is_mirror in enumerate(mirrors, 1):
        if is_mirror:
            image = found.copy()
            image[:, :, axis] *= -1.0
            found = np.concatenate([found, image])
    return found


def _half_size(mesh: BlockMesh, faces: Integers, outer: Floats) -> float:
    """Half the least distance to the other side along the normal into the mesh; infinite when there is none."""
    chosen = faces[np.unique(np.linspace(0, len(faces) - 1, min(RAYS, len(faces))).astype(int))]
    corners = _corners(mesh, chosen)
    start, normals = corners.mean(axis=1), _normals(corners)
    inside = mesh.nodes[mesh.cells[chosen[:, 0], chosen[:, 1]]] - start
    normals *= np.sign(np.einsum("ni,ni->n", inside, normals))[:, None]
    sizes = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    base, one, other = outer[:, 0], outer[:, 1] - outer[:, 0], outer[:, 2] - outer[:, 0]
    least = math.inf
    for k in range(len(chosen)):  # Moeller and Trumbore, J. Graphics Tools 2, 21 (1997)
        across = np.cross(normals[k], other)
        determinant = np.einsum("ni,ni->n", one, across)
        away = start[k] - base
        turned = np.cross(away, one)
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v = np.einsum("ni,ni->n", away, across) / determinant, turned @ normals[k] / determinant
            reach = np.einsum("ni,ni->n", other, turned) / determinant
            hit = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1.0 + 1e-9) & (reach > 1e-3 * sizes[k])
        least = min(least, 0.5 * float(np.min(reach[hit], initial=math.inf)))
    return least


def _faces(device: SpaceDevice) -> dict[str, tuple[float, float]]:
    """See `MeshSurvey.faces`."""
    mesh, found = device.mesh, dict[str, tuple[float, float]]()
    if len(mesh.regions) < 2:
        return found
    triples = np.sort(mesh.cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
    _, ids = np.unique(triples, axis=0, return_inverse=True)
    ids = ids.reshape(-1, 4)
    for name, number in mesh.regions.items():
        own = mesh.numbers == number
        others = ~own & ~device.solid
        if device.solid[own].any() or not others.any():
            continue
        shared = np.intersect1d(ids[own], ids[others])
        if not len(shared):
            continue
        largest = []
        for part in (own, others):
            cells, numbers = np.nonzero(np.isin(ids, shared) & part[:, None])
            largest.append(float(_heights(mesh, np.stack([cells, numbers], axis=1)).max()) * UNIT)
        found[name] = (largest[0], largest[1])
    return found


def _notes(device: SpaceDevice, geometry: File) -> Iterator[str]:
    """What was done with the file."""
    if device.rest:
        yield f"{device.rest} outer faces of which the case says nothing belong to '{geometry.rest}' (rest)"
    if device.left_out:
        yield f"the regions {', '.join(device.left_out)} of the file are left out"
    if device.unused and not device.source.ungrouped:
        yield f"the case does not use the groups {', '.join(device.unused)} of the file"
    if geometry.copies > 1:
        yield f"results are those of {geometry.copies} copies of the mesh"
    if device.on_planes:
        yield (
            f"the device ends at faces of {', '.join(device.on_planes)}: where that is a plane of symmetry, write"
            " geometry.symmetry_planes"
        )


def _doubts(device: SpaceDevice, geometry: File) -> Iterator[str]:
    """What the author of the file may not have meant."""
    if device.source.curved:
        return
    for wall in geometry.walls:
        if wall in device.mesh.boundaries and (angle := _bend(device.mesh, wall)):
            yield (
                f"the cells at wall '{wall}' are straight, and it bends by {math.degrees(angle):.2g} degrees from one to the"
                f" next: a round cross-section of such pieces is too small by {100 * angle**2 / 6:.2g} %, its resistance to"
                f" flow too large by {100 * angle**2 / 3:.2g} %; write 'Mesh.ElementOrder = 2;' in the script of the mesh"
            )


def _bend(mesh: BlockMesh, wall: str) -> float:
    """Typical angle (rad) between neighbouring faces of a curved wall; 0 of one that consists of flat pieces."""
    facets = mesh.facets_of(wall)
    normals = _normals(mesh.nodes[facets[:, :3]])
    pairs = np.sort(facets[:, np.array([(0, 1), (1, 2), (0, 2)])].reshape(-1, 2), axis=1)
    order = np.lexsort(pairs.T[::-1])
    same = np.flatnonzero((pairs[order[1:]] == pairs[order[:-1]]).all(axis=1))
    one, other = order[same] // 3, order[same + 1] // 3
    cosine = np.clip(np.abs(np.einsum("ni,ni->n", normals[one], normals[other])), 0.0, 1.0)
    angles = np.arccos(cosine)
    smooth = (angles > SMOOTH[0]) & (angles < SMOOTH[1])
    return float(np.median(angles[smooth])) if len(angles) and smooth.mean() > BENT else 0.0
