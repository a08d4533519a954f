"""Files with tetrahedra as arrays: what Gmsh's model or meshio holds, with names of volumes and surfaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from meshes import plane
from meshes.blocks.mesh import EDGES
from meshes.errors import MeshError
from meshes.formats import groups_of, labels_of, nodes_of, read_with_meshio
from meshes.plane import Floats, Group, Integers

OF_GMSH = ((0, 1), (1, 2), (0, 2), (0, 3), (2, 3), (1, 3))
OF_VTK = ((0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3))
"""Edges of a tetrahedron in the order of its mid nodes, as Gmsh and as VTK (and meshio) have them."""

TETRAHEDRON, WITH_MIDDLES = 4, 10
"""Nodes of the cells that are taken."""

RECOMBINED = "take 'Recombine' out of its script, also out of 'Extrude', and 'Mesh.RecombineAll'"

Blocks = list[tuple[int, str, list[Integers]]]


@dataclass(frozen=True)
class SpaceMesh:
    """A mesh in space as a file has it.

    Attributes:
        points: coordinates of the nodes in the unit of the file. Shape (nodes, 3).
        regions: groups of tetrahedra of 4 nodes, or of 10 in the order of Basix.
        surfaces: groups of triangles, their corners alone.
        ungrouped: whether the file has no groups of cells, so that the regions are its volumes.
    """

    points: Floats
    regions: tuple[Group, ...]
    surfaces: tuple[Group, ...]
    ungrouped: bool = False

    @property
    def curved(self) -> bool:
        """Whether cells have mid nodes."""
        return any(group.elements.shape[1] == WITH_MIDDLES for group in self.regions)


def space_mesh_of_gmsh(gmsh: Any) -> SpaceMesh:
    """The mesh in Gmsh's current model; MeshError for one without tetrahedra, or with other cells, too."""
    sorted_tags, points = nodes_of(gmsh)
    mesh = gmsh.model.mesh

    def elements(dimension: int, entities: list[int]) -> list[Integers]:
        found = []
        for entity in entities:
            for kind, nodes in zip(*mesh.getElements(dimension, entity)[::2], strict=True):
                name, _, degree, count, _, corners = mesh.getElementProperties(kind)
                rows = np.searchsorted(sorted_tags, np.asarray(nodes).reshape(-1, count)).astype(np.int64)
                if dimension == 3:
                    _check_cell(name.lower(), degree, corners)
                    rows = _in_order(rows, OF_GMSH)
                elif corners != 3:
                    continue
                found.append(rows if dimension == 3 else rows[:, :3])
        return found

    regions, ungrouped = groups_of(gmsh, 3)
    cells = [(number, name, elements(3, entities)) for number, name, entities in regions]
    surfaces = [(number, name, elements(2, entities)) for number, name, entities in groups_of(gmsh, 2)[0]]
    return _assembled(points, cells, surfaces, ungrouped=ungrouped)


def space_mesh_of_meshio(path: Path) -> SpaceMesh:
    """The mesh of a file in a format of meshio; errors as of `space_mesh_of_gmsh`."""
    mesh = read_with_meshio(path)
    found: dict[int, dict[tuple[int, str], list[Integers]]] = {2: {}, 3: {}}
    kept = [(index, block) for index, block in enumerate(mesh.cells) if block.dim in found]
    whole = []
    for (_, block), numbers in zip(kept, labels_of(mesh, kept), strict=True):
        rows = np.asarray(block.data, dtype=np.int64)
        if block.dim == 3:
            nodes = rows.shape[1]
            is_tetrahedron = block.type.startswith("tetra")
            degree = {TETRAHEDRON: 1, WITH_MIDDLES: 2}.get(nodes, 3) if is_tetrahedron else 1
            _check_cell(block.type, degree, TETRAHEDRON if is_tetrahedron else nodes)
            rows = _in_order(rows, OF_VTK)
            whole.append(rows)
        elif not block.type.startswith("triangle"):
            continue
        else:
            rows = rows[:, :3]
        for (number, name), mask in numbers.items():
            found[block.dim].setdefault((number, name), []).append(rows[mask])
    ungrouped = not found[3]
    if ungrouped and whole:
        found[3] = {(1, ""): whole}
    cells, surfaces = (
        [(number, name, blocks) for (number, name), blocks in found[dimension].items()] for dimension in (3, 2)
    )
    return _assembled(plane.as_points(mesh.points), cells, surfaces, ungrouped=ungrouped)


def _check_cell(name: str, degree: int, corners: int) -> None:
    """Refuse cells that are no tetrahedra of first or second order."""
    if corners != TETRAHEDRON:
        kind = name.split()[0].rstrip("0123456789")
        raise MeshError(f"it has cells of type {kind}, and only tetrahedra are taken: {RECOMBINED}, and mesh it again")
    if degree > 2:
        raise MeshError("its tetrahedra have an order above 2; write 'Mesh.ElementOrder = 2;' in its script")


def _in_order(rows: Integers, edges: Sequence[tuple[int, int]]) -> Integers:
    """Cells with their mid nodes in the order of Basix."""
    if rows.shape[1] == TETRAHEDRON:
        return rows
    return rows[:, [0, 1, 2, 3, *(4 + edges.index((min(pair), max(pair))) for pair in EDGES)]]


def _assembled(points: Floats, cells: Blocks, surfaces: Blocks, *, ungrouped: bool) -> SpaceMesh:
    """A mesh of one kind of cells, without empty groups."""
    if points.shape[1] < 3 or not any(len(block) for _, _, blocks in cells for block in blocks):
        raise MeshError("it has no tetrahedra; write 'dimension: 2' for a mesh in the plane")
    kinds = {block.shape[1] for _, _, blocks in cells for block in blocks if len(block)}
    if len(kinds) > 1:
        raise MeshError(
            "some of its tetrahedra have 4 nodes and others 10; write 'Mesh.ElementOrder = 2;' in its script"
        )
    return SpaceMesh(points, tuple(_groups(cells)), tuple(_groups(surfaces)), ungrouped)


def _groups(blocks_of: Blocks) -> Iterable[Group]:
    for number, name, blocks in blocks_of:
        if filled := [block for block in blocks if len(block)]:
            yield Group(number, name, np.concatenate(filled))
