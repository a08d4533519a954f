"""Cross-sections of meshes in three dimensions: the cells are cut, so that whatever shape a channel has is integrated over.

A plane cuts a tetrahedron in a triangle or in two; on each there are three points, whose rule is exact for fields of second
order. Axial positions are linear in each cell of a block mesh, so that the pieces lie on the plane although the cells are
curved. In front of a mouth, where no cell ends at its edge, the points are those of a rule for the shape of the mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from dolfinx import geometry as dgeometry
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.compat import nodes_of_cells
from meshes.geometry import ChannelGeometry, Geometry
from meshes.imported import File
from meshes.mirrors import SYMMETRY_PLANES
from meshes.tagged import TaggedMesh
from solver.discretization.cell_points import placed
from solver.observables.level_cuts import cut_at_levels
from solver.observables.profiles import AxialSections, positions_along

ACROSS, AROUND = 24, 4
"""Gauss points from the axis of a mouth to its wall, and around it in a quadrant."""

BOX, OUTSIDE, SAME = 1e-6, 0.02, 1e-9
"""What is added to the boxes around cells, as a part of the device; by how much of a cell a point may lie outside of it; and
what of that is rounding."""

NEARBY, NEWTON_STEPS, ROUNDING = 0.5, 8, 1e-12
"""By how much of a straight cell a point of a curved one may lie outside of it, and how its place is found."""

Piece = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Section, weight, point, cell and point in the reference cell of each of some points."""


def sections_of(
    tagged: TaggedMesh, geometry: Geometry, count: int, copies: float, liquid: np.ndarray | None = None
) -> AxialSections | None:
    """Cross-sections of a device; None where they are not described. Collective.

    copies: of a mesh in three dimensions in the device. liquid: whether each local cell holds liquid; all of them by default.
    """
    if tagged.mesh.topology.dim < 3:
        return AxialSections.along(tagged, geometry, count, liquid)
    found = positions_along(geometry, count)
    if found is None or not isinstance(geometry, ChannelGeometry | File):
        return None
    if isinstance(geometry, File):
        return _joined(tagged, *found, [_cut(tagged, found[0], np.flatnonzero(found[1]), liquid)], (), copies)
    position, inside = found
    start, _ = geometry.mouths
    in_front = [position < start, ~inside & (position > start)]
    mouths = [_mouth(tagged, geometry, terminal) for terminal in geometry.terminals]
    dropped = [beyond for beyond, mouth in zip(in_front, mouths, strict=True) if mouth is None]
    kept = ~np.any(dropped, axis=0) if dropped else np.ones(len(position), dtype=bool)
    position, inside, in_front = position[kept], inside[kept], [beyond[kept] for beyond in in_front]

    pieces = [_cut(tagged, position, np.flatnonzero(inside), liquid)]
    for beyond, mouth in zip(in_front, mouths, strict=True):
        if mouth is not None:
            pieces.append(_in_front(tagged, position, np.flatnonzero(beyond), mouth, liquid))
    return _joined(tagged, position, inside, pieces, in_front, copies)


def _joined(
    tagged: TaggedMesh,
    position: np.ndarray,
    inside: np.ndarray,
    pieces: Sequence[Piece],
    in_front: Sequence[np.ndarray],
    copies: float,
) -> AxialSections:
    """Cross-sections of pieces; in front of mouths their area is that of the mouth. Collective."""
    section, weight, points, cells, reference = (np.concatenate(each) for each in zip(*pieces, strict=True))
    comm = tagged.mesh.comm
    total = comm.allreduce(np.bincount(section, weight, minlength=len(position)), op=MPI.SUM)
    first, *_, last = np.flatnonzero(inside)
    of_mouths = np.select(in_front, [total[first], total[last]], total) if in_front else total
    area = of_mouths * copies * tagged.unit**2
    scaled = weight / np.maximum(total, 1e-300)[section]
    return AxialSections(position, inside, area, section, scaled, points, cells, comm, reference)


def _cut(tagged: TaggedMesh, position: np.ndarray, wanted: np.ndarray, liquid: np.ndarray | None) -> Piece:
    """Points in the cells of this rank at wanted positions (their indices, ascending), weighted with areas."""
    mesh = tagged.mesh
    owned = np.arange(mesh.topology.index_map(3).size_local)
    owned = owned if liquid is None else owned[liquid[owned]]
    levels = position[wanted] / tagged.unit
    heights = mesh.geometry.x[nodes_of_cells(mesh)[owned][:, :4], 0]
    found = cut_at_levels(mesh, owned, heights, levels)
    assert found.at.reference is not None
    return wanted[found.level], np.abs(found.areas[:, 0]), found.at.points, found.at.cells, found.at.reference


def _in_front(
    tagged: TaggedMesh,
    position: np.ndarray,
    wanted: np.ndarray,
    mouth: tuple[np.ndarray, np.ndarray],
    liquid: np.ndarray | None,
) -> Piece:
    """The points of a mouth at positions in front of it, those that this rank evaluates. Collective."""
    across, weights = mouth
    points: Any = np.zeros((len(wanted), len(across), 3))
    points[:, :, 0] = position[wanted, None] / tagged.unit
    points[:, :, 1:] = across
    points = points.reshape(-1, 3)
    mine, cells, reference = located(tagged, points, liquid)
    return (
        np.repeat(wanted, len(across))[mine],
        np.tile(weights, len(wanted))[mine],
        points[mine],
        cells,
        reference,
    )


def _mouth(tagged: TaggedMesh, geometry: ChannelGeometry, terminal: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Points (n, 2) across the axis in coordinates of the mesh that integrate over the part of a mouth in the mesh, and their
    weights, 1 in sum; None for a mouth whose shape is not known."""
    shape = geometry.mouth(terminal)
    if shape is None:
        return None
    mirrored = [plane in tagged.boundaries for plane in SYMMETRY_PLANES]
    half, centre = np.array(shape.half) / tagged.unit, np.array(shape.centre) / tagged.unit
    nodes: Any
    weights: Any
    nodes, weights = np.polynomial.legendre.leggauss(ACROSS)
    nodes, weights = (nodes + 1) / 2, weights / 2
    if shape.rectangular:
        y, z = (nodes if is_half else 2 * nodes - 1 for is_half in mirrored)
        across = np.array(np.meshgrid(y, z, indexing="ij")).reshape(2, -1).T
        of_points = np.outer(weights, weights).ravel()
    else:
        around, of_angle = np.polynomial.legendre.leggauss(AROUND)
        quadrants = 4 // 2 ** sum(mirrored)
        angle = (np.arange(quadrants)[:, None] + (around + 1) / 2).ravel() * np.pi / 2
        across = np.stack([np.outer(nodes, np.cos(angle)), np.outer(nodes, np.sin(angle))], axis=2).reshape(-1, 2)
        of_points = np.outer(2 * nodes * weights, np.tile(of_angle / (2 * quadrants), quadrants)).ravel()
    return centre + half * across, of_points


def located(
    tagged: TaggedMesh, points: np.ndarray, liquid: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the points that this rank evaluates, their cells, and the points in the reference cell; every point in the
    liquid is evaluated once. Collective."""
    mesh = tagged.mesh
    owned = np.arange(mesh.topology.index_map(3).size_local, dtype=np.int32)
    owned = owned if liquid is None else owned[liquid[owned]]
    around = BOX * tagged.extent()
    found = np.full(len(points), -1, dtype=np.int32)
    reference, off = np.zeros((len(points), 3)), np.full(len(points), np.inf)
    if len(owned):
        tree = dgeometry.bb_tree(mesh, 3, entities=owned, padding=around)
        near = dgeometry.compute_collisions_points(tree, points)
        which, cells = np.repeat(np.arange(len(points)), np.diff(near.offsets)), near.array
        at = _pulled_back(mesh, cells, points[which])
        beyond = _outside(at)
        best = np.lexsort((cells, beyond, which))
        first = best[np.unique(which[best], return_index=True)[1]]
        found[which[first]], reference[which[first]], off[which[first]] = cells[first], at[first], beyond[first]
    off = np.maximum(off, 0.0)
    least = np.empty_like(off)
    mesh.comm.Allreduce(off, least, op=MPI.MIN)
    claim = np.where((off <= OUTSIDE) & (off <= least + SAME), mesh.comm.rank, mesh.comm.size)
    winner = np.empty_like(claim)
    mesh.comm.Allreduce(claim, winner, op=MPI.MIN)
    mine = np.flatnonzero((claim == winner) & (claim < mesh.comm.size))
    return mine, found[mine], reference[mine]


def _outside(reference: np.ndarray) -> np.ndarray:
    """By how much points lie outside of the reference cell. Shape (n,)."""
    beyond = np.maximum(-reference.min(axis=1, initial=np.inf), reference.sum(axis=1) - 1)
    return np.where(np.isfinite(beyond), beyond, np.inf)


def _pulled_back(mesh: dmesh.Mesh, cells: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points in the reference cell, of those that lie in the cells or near them; NaN of others. Shape (n, 3)."""
    found = np.full((len(cells), 3), np.nan)
    corners = mesh.geometry.x[nodes_of_cells(mesh)[cells][:, :4]]
    sides = np.moveaxis(corners[:, 1:] - corners[:, :1], 1, 2)
    straight = np.linalg.solve(sides, (points - corners[:, 0])[:, :, None])[:, :, 0]
    near = np.flatnonzero(_outside(straight) < NEARBY)
    at = straight[near]
    for _ in range(NEWTON_STEPS):
        there, jacobians = placed(mesh, cells[near], at)
        change = np.linalg.solve(jacobians, (points[near] - there)[:, :, None])[:, :, 0]
        at = at + change
        if np.abs(change).max(initial=0.0) < ROUNDING:
            break
    found[near] = at
    return found
