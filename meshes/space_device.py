"""From what a file of tetrahedra holds to the device that a case describes: its regions, its named boundaries and planes of
symmetry, and whether they fit.

Everything that does not fit is a `MeshError` with the numbers found in the file's own coordinates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from meshes.blocks.check import smallest_determinants
from meshes.blocks.mesh import EDGES, FACE_NODES, FACES, BlockMesh
from meshes.errors import MeshError
from meshes.imported import Box, File
from meshes.mirrors import SYMMETRY_PLANES
from meshes.plane import Floats, Group, Integers, Mask
from meshes.selecting import check_scale, chosen_regions, named_boundary
from meshes.sizes import UNIT
from meshes.space_formats import TETRAHEDRON, SpaceMesh

ON_A_PLANE = 1e-6
"""Distance from a plane of symmetry, in extents of the device, that is taken as none."""

FLAT = 1e-14
"""Volume of a cell, over that of the largest, that is taken as none."""

_TURNED = [0, 1, 3, 2, 4, 6, 5, 8, 7, 9]
"""Nodes of a tetrahedron of the other orientation."""


@dataclass(frozen=True)
class SpaceDevice:
    """A device in a file.

    Attributes:
        mesh: its cells with named regions and boundaries; walls may lie between liquid and solid.
        faces: cell and number of the face in it of each facet of the mesh. Shape (facets, 2).
        outer: the same of all faces where the device ends.
        solid: whether each cell has no liquid.
        rest: number of faces that the key `rest` takes.
        on_planes: names of walls with faces at a coordinate 0 where the device ends, without a plane of symmetry there.
        unused: names of groups of faces in the file of which the case says nothing.
        left_out: regions of the file that are no part of the device.
        source: the file as it was read.
    """

    mesh: BlockMesh
    faces: Integers
    outer: Integers
    solid: Mask
    rest: int
    on_planes: tuple[str, ...]
    unused: tuple[str, ...]
    left_out: tuple[str, ...]
    source: SpaceMesh


def device_in_space(source: SpaceMesh, geometry: File, regions: Sequence[str], solids: Collection[str]) -> SpaceDevice:
    """The device in a file; arguments and errors as those of `meshes.device.device_of`."""
    chosen, left_out = chosen_regions(source.regions, regions, ungrouped=source.ungrouped, cells="tetrahedra")
    in_file = np.concatenate([group.elements for group in chosen])
    used, numbers = np.unique(in_file, return_inverse=True)
    local = np.full(len(source.points), -1, dtype=np.int64)
    local[used] = np.arange(len(used))
    points, cells = source.points[used], numbers.reshape(in_file.shape).astype(np.int64)
    check_scale([float(size) for size in np.ptp(points, axis=0)], geometry.scale)
    names = (geometry.axial, *geometry.across)
    points = points[:, ["xyz".index(name) for name in names]]
    _check_channel(points, geometry)
    cells = _oriented(points, cells)
    if cells.shape[1] == TETRAHEDRON:
        points, cells = _with_middles(points, cells)
    solid = np.repeat([group.label in solids for group in chosen], [len(group.elements) for group in chosen])
    sides = _Sides(points, cells, names)
    sides.check_parts()
    surfaces = [Group(group.number, group.name, local[group.elements]) for group in source.surfaces]
    named, rest, unused = _boundaries(sides, solid, surfaces, geometry)
    sides.check_pockets(solid, named, geometry)
    points = _at_planes(sides, named, geometry)
    at = np.concatenate([*named.values()])
    factor = geometry.scale / UNIT
    mesh = BlockMesh(
        nodes=points if factor == 1.0 else points * factor,
        cells=cells,
        numbers=np.repeat(np.arange(1, len(chosen) + 1), [len(group.elements) for group in chosen]),
        regions={group.label: number for number, group in enumerate(chosen, 1)},
        facets=cells[at[:, :1], np.array(FACE_NODES)[at[:, 1]]],
        markers=np.repeat(np.arange(1, len(named) + 1), [len(faces) for faces in named.values()]),
        boundaries={name: number for number, name in enumerate(named, 1)},
    )
    _refuse_inverted(replace(mesh, nodes=points), sides)
    on_planes = _on_planes(sides, named, geometry)
    return SpaceDevice(mesh, at, sides.at(sides.outer), solid, rest, on_planes, unused, left_out, source)


# ------------------------------------------------------------------------------------------------ cells
def _oriented(points: Floats, cells: Integers) -> Integers:
    """Cells of positive volume, their nodes in another order where that is needed."""
    corners = points[cells[:, :4]]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    if np.any(bad := np.abs(volumes) <= FLAT * np.abs(volumes).max(initial=0.0)):
        raise MeshError(f"{int(bad.sum())} of its {len(cells)} cells have no volume")
    return np.where((volumes < 0.0)[:, None], cells[:, _TURNED[: cells.shape[1]]], cells)


def _with_middles(points: Floats, cells: Integers) -> tuple[Floats, Integers]:
    """Straight cells with nodes in the middles of their edges."""
    pairs = np.sort(cells[:, np.array(EDGES)].reshape(-1, 2), axis=1)
    edges, numbers = np.unique(pairs, axis=0, return_inverse=True)
    middles = len(points) + numbers.reshape(-1, len(EDGES))
    return np.concatenate([points, points[edges].mean(axis=1)]), np.concatenate([cells, middles], axis=1)


def _refuse_inverted(mesh: BlockMesh, sides: _Sides) -> None:
    """Refuse cells that are turned inside out; corners alone cannot be, so that mid nodes lie too far off."""
    bad = np.flatnonzero(~(smallest_determinants(mesh) > 0))
    if len(bad):
        raise MeshError(
            f"{len(bad)} of its {len(mesh.cells)} cells are inverted, the first at"
            f" {sides.where(mesh.cells[bad[:1]])}: their mid nodes bend them too far; write 'Mesh.HighOrderOptimize = 2;' in"
            " its script, or make the cells at curved walls smaller"
        )


def _check_channel(points: Floats, geometry: File) -> None:
    """Refuse a channel outside of the mesh."""
    if geometry.mouths is None:
        return
    low, high = (float(at) * geometry.scale for at in (points[:, 0].min(), points[:, 0].max()))
    start, stop = geometry.mouths
    if not low <= start < stop <= high:
        raise MeshError(
            f"its {geometry.axial} runs from {low:.6g} to {high:.6g} m, but geometry.channel from {start:.6g} to"
            f" {stop:.6g} m; write where in the mesh the channel lies, or another 'axial'"
        )


class _Sides:
    """The faces of cells, each with a number of its own.

    Attributes:
        points, cells: nodes, and those of the cells with mid nodes.
        ids: number of each face of each cell. Shape (cells, 4).
        count: cells at each face. first: one of its cell's faces, as 4 * cell + number. Shapes (faces,).
        outer: numbers of the faces where the mesh ends.
    """

    def __init__(self, points: Floats, cells: Integers, names: Sequence[str]) -> None:
        self.points, self.cells, self._names = points, cells, names
        self.triples = np.sort(cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
        self._known, first, ids, counts = np.unique(
            self.triples, axis=0, return_index=True, return_inverse=True, return_counts=True
        )
        self.ids, self.first, self.count = ids.reshape(-1, 4), first, counts
        if (counts > 2).any():
            raise MeshError(f"more than two cells meet at a face at {self.where(self._known[counts > 2][0])}")
        self.outer = np.flatnonzero(counts == 1)

    def corners(self, faces: Integers) -> Integers:
        """Corners of faces. Shape (n, 3)."""
        return np.asarray(self._known[faces])

    def at(self, faces: Integers) -> Integers:
        """Cell and number in it of faces. Shape (n, 2)."""
        return np.stack(np.divmod(self.first[faces], 4), axis=1)

    def of(self, corners: Integers) -> Integers:
        """Numbers of faces by their corners, without those that no cell has."""
        wanted = np.sort(corners[(corners >= 0).all(axis=1)], axis=1)
        both, numbers = np.unique(np.concatenate([self._known, wanted]), axis=0, return_inverse=True)
        of_known = np.full(len(both), -1, dtype=np.int64)
        of_known[numbers.ravel()[: len(self._known)]] = np.arange(len(self._known))
        found = np.unique(of_known[numbers.ravel()[len(self._known) :]])
        return np.asarray(found[found >= 0])

    def where(self, nodes: Integers) -> str:
        """Extent of some nodes in coordinates of the file."""
        low, high = (f(self.points[np.unique(nodes)], axis=0) for f in (np.min, np.max))
        found = sorted(zip(self._names, low, high, strict=True))
        return ", ".join(f"{n} = {a:.6g}" if a == b else f"{n} from {a:.6g} to {b:.6g}" for n, a, b in found)

    @property
    def tolerance(self) -> float:
        """Length that counts as none."""
        return ON_A_PLANE * float(np.ptp(self.points, axis=0).max())

    def parts(self, chosen: Mask) -> Integers:
        """Number of the part that each of some cells belongs to; cells of a part hang together by faces."""
        own = self.ids[chosen]
        owner = np.repeat(np.arange(len(own)), 4)
        links = coo_matrix((np.ones(len(owner)), (owner, own.ravel())), shape=(len(own), len(self.count))).tocsr()
        return np.asarray(connected_components(links @ links.T, directed=False)[1])

    def check_parts(self) -> None:
        """Refuse a mesh that falls apart."""
        number = self.parts(np.ones(len(self.cells), dtype=bool))
        if (count := int(number.max()) + 1) > 1:
            smallest = int(np.argmin(np.bincount(number)))
            raise MeshError(
                f"it falls into {count} parts that share no face, the smallest one at"
                f" {self.where(self.cells[number == smallest])}; make the volumes conformal (BooleanFragments, Coherence in"
                " Gmsh), or leave the parts out that are not connected to the device"
            )

    def check_pockets(self, solid: Mask, named: Mapping[str, Integers], geometry: File) -> None:
        """Refuse liquid that hangs together with no terminal of a device that has some."""
        if not geometry.terminals or solid.all():
            return
        opened = np.zeros(len(self.cells), dtype=bool)
        for name in geometry.terminals:
            opened[named[name][:, 0]] = True
        number = self.parts(~solid)
        closed = np.setdiff1d(number, number[opened[~solid]])
        if len(closed):
            cells = self.cells[~solid][number == closed[0]]
            raise MeshError(
                f"its liquid at {self.where(cells)} touches no terminal, so that nothing says what it holds; leave its region"
                " out, make it a solid, or open it"
            )


# ------------------------------------------------------------------------------------------------ boundaries
def _boundaries(
    sides: _Sides, solid: Mask, surfaces: Sequence[Group], geometry: File
) -> tuple[dict[str, Integers], int, tuple[str, ...]]:
    """Faces (cell and number, shape (n, 2)) of every boundary, number of those that `rest` takes, unused groups."""
    of_liquid = np.bincount(sides.ids[~solid].ravel(), minlength=len(sides.count))
    between = np.flatnonzero((sides.count == 2) & (of_liquid == 1))
    faces = np.concatenate([sides.outer, between])  # a wall may lie between liquid and solid
    on_boundary, owner = len(sides.outer), np.full(len(faces), -1)
    names = list(geometry.boundaries)
    for number, (name, wanted) in enumerate(geometry.boundaries.items()):
        mine = np.zeros(len(faces), dtype=bool)
        for each in wanted:
            mine |= _named(each, sides, faces, surfaces, geometry)
        if np.any(twice := mine & (owner >= 0)):
            raise MeshError(
                f"{int(twice.sum())} faces belong to both '{names[int(owner[twice][0])]}' and '{name}', at"
                f" {sides.where(sides.corners(faces[twice]))}; a face has one name"
            )
        if np.any(mine[on_boundary:]) and name not in geometry.wall_groups:
            inner = faces[on_boundary:][mine[on_boundary:]]
            raise MeshError(
                f"{len(inner)} faces of '{name}' lie between liquid and solid, at {sides.where(sides.corners(inner))}, where"
                " only a wall can be"
            )
        owner[mine] = number
    left = (owner < 0) & (np.arange(len(faces)) < on_boundary)
    used = {id(group) for wanted in geometry.boundaries.values() for each in wanted if isinstance(each, str)
            for group in named_boundary(surfaces, each)}  # fmt: skip
    unused = tuple(group.label for group in surfaces if id(group) not in used)
    taken = {name: [faces[owner == number]] for number, name in enumerate(names)}
    if np.any(left):
        if geometry.rest is None:
            raise MeshError(_unnamed(sides, faces[left], surfaces, geometry))
        taken.setdefault(geometry.rest, []).append(faces[left])
    elif geometry.rest is not None and geometry.rest not in taken:
        raise MeshError(f"nothing is left for 'rest: {geometry.rest}': every outer face has a name; leave the key out")
    at_liquid = np.zeros(len(sides.count), dtype=np.int64)  # the side of the liquid, where there is one
    cell_faces = 4 * np.arange(len(sides.cells))[:, None] + np.arange(4)
    for cells in (solid, ~solid):
        at_liquid[sides.ids[cells].ravel()] = cell_faces[cells].ravel()
    found = {name: np.stack(np.divmod(at_liquid[np.concatenate(each)], 4), axis=1) for name, each in taken.items()}
    return found, int(left.sum()), unused


def _named(wanted: str | Box, sides: _Sides, faces: Integers, surfaces: Sequence[Group], geometry: File) -> Mask:
    """Mask of the faces of a group of the file, or in a box."""
    if isinstance(wanted, Box):
        order = [(geometry.axial, *geometry.across).index(name) for name in ("x", "y", "z")]
        low, high = np.array(wanted.low), np.array(wanted.high)
        slack = 1e-9 * np.abs([low, high]).max()
        ends = sides.points[sides.corners(faces)][..., order]
        mine = np.asarray(((ends >= low - slack) & (ends <= high + slack)).all(axis=(1, 2)))
        if not np.any(mine):
            raise MeshError(f"no outer face lies in the {wanted}; the mesh has {sides.where(sides.cells)}")
        return mine
    corners = np.concatenate([group.elements for group in named_boundary(surfaces, wanted)])
    of_device = sides.of(corners)
    mine = np.isin(faces, of_device)
    if inside := int(len(of_device) - mine.sum()):
        within = sides.corners(np.setdiff1d(of_device, faces))
        raise MeshError(
            f"{inside} of the {len(corners)} faces of '{wanted}' lie inside the device, at {sides.where(within)}; conditions"
            " hold on its boundary, and between liquid and solid: cut the mesh there, or name the outer surface"
        )
    if not np.any(mine):
        raise MeshError(f"none of the {len(corners)} faces of '{wanted}' belongs to the regions of the device")
    return mine


def _unnamed(sides: _Sides, left: Integers, surfaces: Sequence[Group], geometry: File) -> str:
    """What is wrong with faces that the case does not mention: how many, where, how large."""
    pieces, nameless = [], left
    for group in surfaces:
        mine = np.intersect1d(nameless, sides.of(group.elements))
        nameless = np.setdiff1d(nameless, mine)
        if len(mine):
            pieces.append(f"{len(mine)} of '{group.label}' at {sides.where(sides.corners(mine))}")
    if len(nameless):
        pieces.append(f"{len(nameless)} without a group at {sides.where(sides.corners(nameless))}")
    a, b, c = np.moveaxis(sides.points[sides.corners(left)], 1, 0)
    area = 0.5 * float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) * geometry.scale**2
    return (
        f"{len(left)} of its {len(sides.outer)} outer faces, {area:.4g} m^2 together, are neither terminal, wall nor plane of"
        f" symmetry in the case: {'; '.join(pieces)}; name them, or write e.g. 'rest: wall' if they are an insulating wall"
    )


# ------------------------------------------------------------------------------------------------ planes of symmetry
def _at_planes(sides: _Sides, named: Mapping[str, Integers], geometry: File) -> Floats:
    """The points, those of planes of symmetry at 0 exactly there.

    Raises:
        MeshError: a plane of symmetry is bent or oblique, or there is none at 0, or one between the outermost.
    """
    points, near = sides.points.copy(), sides.tolerance
    for axis, name in enumerate(SYMMETRY_PLANES, 1):
        if name not in named:
            continue
        coordinate = geometry.across[axis - 1]
        faces = sides.cells[named[name][:, :1], np.array(FACE_NODES)[named[name][:, 1]]]
        at, low, high = points[faces, axis], float(points[:, axis].min()), float(points[:, axis].max())
        across = f"the plane of symmetry across {coordinate}"
        flat = np.ptp(at, axis=1) <= near
        if not flat.all():
            raise MeshError(
                f"{int((~flat).sum())} of the {len(faces)} faces of {across} do not lie at one {coordinate}, at"
                f" {sides.where(faces[~flat])}; give flat faces normal to {coordinate}"
            )
        if abs(low) > near or not (np.abs(at) <= near).any():
            raise MeshError(
                f"{across} lies at {sides.where(faces)}, and the mesh at {coordinate} from {low:.6g} to {high:.6g}; move it"
                f" so that it has its plane at {coordinate} = 0 and lies on the positive side"
            )
        middle = (np.abs(at[:, 0]) > near) & (np.abs(at[:, 0] - high) > near)
        if middle.any():
            raise MeshError(
                f"{across} has faces at {sides.where(faces[middle])}, between {coordinate} = 0 and {high:.6g}; planes of"
                " symmetry lie at the outermost"
            )
        points[np.abs(points[:, axis]) <= near, axis] = 0.0
    return points


def _on_planes(sides: _Sides, named: Mapping[str, Integers], geometry: File) -> tuple[str, ...]:
    """Walls with faces at a coordinate 0 where the device ends, across which there is no plane of symmetry."""
    found = []
    for axis, name in enumerate(SYMMETRY_PLANES, 1):
        if name in named or abs(float(sides.points[:, axis].min())) > sides.tolerance:
            continue
        for wall in geometry.walls:
            faces = sides.corners(sides.ids[tuple(named[wall].T)]) if wall in named else np.zeros((0, 3), np.int64)
            if (np.abs(sides.points[faces, axis]) <= sides.tolerance).all(axis=1).any():
                found.append(f"{wall} at {geometry.across[axis - 1]} = 0")
    return tuple(found)
