"""Faces of materials: where a region with ions other than free liquid meets another one or a terminal, with points on them.

A face of a region has a side, by where the region's outward normal points: left or right along the axis; else inner
(towards the axis) or outer in axisymmetric devices, lower or upper in planar ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import la
from dolfinx import mesh as dmesh

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition
from solver.laws.regions.fluid import Fluid

LEFT, RIGHT = "left", "right"
SIDES = (LEFT, RIGHT, "inner", "outer", "lower", "upper")
"""All sides of regions."""

GAUSS_POINTS = 3


@dataclass(frozen=True)
class Faces:
    """Points on the faces of the regions of a device, each on the rank that owns its cell.

    Attributes:
        names: region and side of each face, the same on all ranks.
        face: number of the face of each local point. Shape (points,).
        inside, beyond: number of the region in which a point lies, and of that on the other side, -1 for the reservoir of a
            terminal. Shape (points,).
        points: in units of the mesh. Shape (points, 3).
        cells: the cell of each point, in the region. Shape (points,).
        weights: area that belongs to each point, up to a common factor. Shape (points,).
    """

    names: tuple[tuple[str, str], ...]
    face: np.ndarray
    inside: np.ndarray
    beyond: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    weights: np.ndarray


def materials_of(regions: Iterable[RegionCondition]) -> list[str]:
    """Names of the regions with ions that are no free liquid."""
    return [each.name for each in regions if each.name and each.law.holds_ions and each.law != Fluid()]


def faces_of(tagged: TaggedMesh, regions: Sequence[RegionCondition], terminals: Sequence[str]) -> Faces | None:
    """The faces of all materials of a device; None without any. Collective.

    terminals: names of the boundaries with a reservoir.
    """
    chosen = materials_of(regions)
    mesh, topology = tagged.mesh, tagged.mesh.topology
    if not chosen or tagged.cells is None or topology.dim != 2:
        return None
    topology.create_connectivity(2, 1)
    owned = topology.index_map(2).size_local
    numbers = np.full(owned, -1)
    for k, region in enumerate(regions):
        cells = np.zeros(0, dtype=np.int32) if region.name is None else tagged.cells.find(tagged.regions[region.name])
        numbers[cells[cells < owned]] = k
    facets = topology.connectivity(2, 1).array.reshape(-1, 4 if topology.cell_name() == "quadrilateral" else 3)[:owned]
    sums, counts = (_around(mesh, facets, values) for values in (numbers.astype(float), np.ones(owned)))
    open_facets = np.isin(facets, tagged.facets_of(*terminals))
    other = np.where(counts[facets] > 1.5, np.round(sums[facets]) - numbers[:, None], -1).astype(int)
    holds = np.array([each.law.holds_ions for each in regions] + [False])
    is_material = np.array([each.name in chosen for each in regions] + [False])
    at_face = is_material[numbers][:, None] & (((other != numbers[:, None]) & holds[other]) | open_facets)
    cells, columns = np.nonzero(at_face)
    return _faces(
        tagged, regions, cells.astype(np.int32), facets[cells, columns], numbers[cells], other[cells, columns]
    )


def _around(mesh: dmesh.Mesh, facets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum of values of the cells of all ranks at each local facet. Collective."""
    found = la.vector(mesh.topology.index_map(1))
    found.array[:] = 0.0
    np.add.at(found.array, facets, values[:, None])
    found.scatter_reverse(la.InsertMode.add)
    found.scatter_forward()
    return np.asarray(found.array.copy())


def _faces(
    tagged: TaggedMesh,
    regions: Sequence[RegionCondition],
    cells: np.ndarray,
    facets: np.ndarray,
    inside: np.ndarray,
    beyond: np.ndarray,
) -> Faces:
    """Faces made of facets of local cells. Collective."""
    mesh = tagged.mesh
    mesh.topology.create_connectivity(1, 2)
    ends = np.zeros((0, 2, 3))
    if len(facets):  # the library does not take none
        ends = mesh.geometry.x[dmesh.entities_to_geometry(mesh, 1, facets.astype(np.int32)).reshape(-1, 2)]
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    normal = np.column_stack([along[:, 1], -along[:, 0]])
    middles = dmesh.compute_midpoints(mesh, 2, cells).reshape(-1, 3) if len(cells) else np.zeros((0, 3))
    outward = (ends.mean(axis=1) - middles)[:, :2]
    normal *= np.sign((normal * outward).sum(axis=1))[:, None]
    axial = np.abs(normal[:, 0]) >= np.abs(normal[:, 1])
    across = 2 if tagged.symmetry == "axisymmetric" else 4
    side = np.where(axial, 0, across) + (np.where(axial, normal[:, 0], normal[:, 1]) > 0)
    here = {(int(k), int(s)) for k, s in zip(inside, side, strict=True)}
    there = sorted(set().union(*mesh.comm.allgather(here)))
    number = {pair: i for i, pair in enumerate(there)}
    face = np.array([number[int(k), int(s)] for k, s in zip(inside, side, strict=True)], dtype=int)
    nodes, weights = np.polynomial.legendre.leggauss(GAUSS_POINTS)
    points = (start[:, None] + 0.5 * (1.0 + nodes)[:, None] * along[:, None]).reshape(-1, 3)
    area = (np.linalg.norm(along, axis=1)[:, None] * 0.5 * weights).ravel()
    if tagged.symmetry == "axisymmetric":
        area = area * points[:, 1]
    face, inside, beyond, cells = (np.repeat(each, GAUSS_POINTS) for each in (face, inside, beyond, cells))
    names = tuple((str(regions[k].name), SIDES[s]) for k, s in there)
    return Faces(names, face, inside, beyond, points, cells, area)
