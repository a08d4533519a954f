"""What a mesh file holds for a case, in numbers: for `nanochannel check` and the warnings of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from meshes import plane
from meshes.device import Device
from meshes.imported import File
from meshes.mirrors import AXIS
from meshes.sizes import UNIT


@dataclass(frozen=True)
class BoundarySurvey:
    """One boundary of a mesh.

    Attributes:
        name: in the case.
        edges: their number, of faces in three dimensions. length: of all together, m; there their area, m^2.
        least_cell, largest_cell: extent of the cells at it, normal to it, m.
        touches_liquid: whether there is liquid at it.
        half_size: least distance from it to the axis or mid-plane, or half that to the other side, m; infinite when there is
            none.
        regions: names of the regions beside it.
    """

    name: str
    edges: int
    length: float
    least_cell: float
    largest_cell: float
    half_size: float
    touches_liquid: bool = True
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeshSurvey:
    """A mesh that was read for a case.

    Attributes:
        path: of the file.
        kind: "triangles", "quadrilaterals" or "tetrahedra".
        cells, edges, vertices: their numbers.
        first, second: extents of the coordinates x and y in the file, in its own unit.
        axial, transverse: extents along and across the axis, m.
        regions: number of cells of each region.
        boundaries: terminals, walls and the axis.
        notes: what was done with the file. doubts: what its author may not have meant. Sentences without a stop.
    """

    path: str
    kind: str
    cells: int
    edges: int
    vertices: int
    first: tuple[float, float]
    second: tuple[float, float]
    axial: tuple[float, float]
    transverse: tuple[float, float]
    regions: dict[str, int]
    boundaries: tuple[BoundarySurvey, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    faces: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of each region that meets another one with liquid: largest extent normal to their border of the cells in it, and of
    those on the other side, m."""
    third: tuple[float, float] | None = None
    """Extent of the coordinate z in the file, in three dimensions."""
    beside: tuple[float, float] | None = None
    """Extent across the axis along the other coordinate, m, in three dimensions."""
    outer: int = 0
    """Number of faces where a mesh in three dimensions ends."""

    @property
    def in_space(self) -> bool:
        """Whether the mesh is one in three dimensions."""
        return self.kind == "tetrahedra"

    def boundary(self, name: str) -> BoundarySurvey:
        """The boundary of that name."""
        return next(each for each in self.boundaries if each.name == name)


def survey_of(device: Device, geometry: File, path: Path) -> MeshSurvey:
    """The numbers of a device."""
    points, cells = device.points, device.cells
    outer, owners = plane.outer_edges(cells, len(points))
    around_liquid, of_liquid = plane.outer_edges(device.cells[~device.solid], len(points))
    inner = ~np.isin(plane.keys(around_liquid, len(points)), plane.keys(outer, len(points)))
    liquid = np.flatnonzero(~device.solid)
    outer = np.concatenate([outer, around_liquid[inner]])  # walls between liquid and solid, seen from the liquid
    owners = np.concatenate([owners, liquid[of_liquid[inner]]])
    order = np.argsort(keys := plane.keys(outer, len(points)))
    on_axis = np.isin(keys, plane.keys(device.boundaries[AXIS], len(points))) if AXIS in device.boundaries else None
    boundaries = []
    for name, edges in device.boundaries.items():
        if not len(edges):
            boundaries.append(BoundarySurvey(name, 0, 0.0, math.nan, math.nan, math.inf))
            continue
        rows = order[np.searchsorted(keys[order], plane.keys(edges, len(points)))]
        heights = plane.heights(points, cells[owners[rows]], outer[rows]) * UNIT
        across, met = plane.distances_across(points, outer[rows], outer)
        halves = np.where(on_axis[met] if on_axis is not None else False, across, 0.5 * across) * UNIT
        boundaries.append(
            BoundarySurvey(
                name,
                len(edges),
                float(plane.lengths(points, edges).sum()) * UNIT,
                float(heights.min()),
                float(heights.max()),
                float(halves.min()),
                bool(np.any(~device.solid[owners[rows]])),
                tuple(region for region, cells_of in device.regions.items() if np.isin(owners[rows], cells_of).any()),
            )
        )
    axial, transverse = plane.extents(points)
    factor = UNIT / geometry.scale
    along, across_range = [(low * factor, high * factor) for low, high in (axial, transverse)]
    first, second = (along, across_range) if geometry.axial == "x" else (across_range, along)
    return MeshSurvey(
        path=str(path),
        kind="triangles" if cells.shape[1] == 3 else "quadrilaterals",
        cells=len(cells),
        edges=len(np.unique(plane.keys(plane.edges_of(cells), len(points)))),
        vertices=len(points),
        first=first,
        second=second,
        axial=(axial[0] * UNIT, axial[1] * UNIT),
        transverse=(transverse[0] * UNIT, transverse[1] * UNIT),
        regions={name: len(rows) for name, rows in device.regions.items()},
        boundaries=tuple(boundaries),
        notes=tuple(_notes(device, geometry)),
        doubts=tuple(_doubts(device, geometry)),
        faces=_faces(device),
    )


def _faces(device: Device) -> dict[str, tuple[float, float]]:
    """See `MeshSurvey.faces`."""
    points, cells, found = device.points, device.cells, dict[str, tuple[float, float]]()
    if len(device.regions) < 2:
        return found
    for name, own in device.regions.items():
        others = np.setdiff1d(np.flatnonzero(~device.solid), own)
        if device.solid[own].any() or not len(others):
            continue
        sides = [plane.outer_edges(cells[part], len(points)) for part in (own, others)]
        mine, theirs = (plane.keys(edges, len(points)) for edges, _ in sides)
        shared = np.intersect1d(mine, theirs)
        largest = []
        for part, (edges, owners) in zip((own, others), sides, strict=True):
            at = np.isin(plane.keys(edges, len(points)), shared)
            largest.append(plane.heights(points, cells[part[owners[at]]], edges[at]).max(initial=0.0) * UNIT)
        if len(shared):
            found[name] = (float(largest[0]), float(largest[1]))
    return found


def _notes(device: Device, geometry: File) -> list[str]:
    """What was done with the file."""
    notes = []
    if device.rest:
        notes.append(f"{device.rest} boundary edges of which the case says nothing belong to '{geometry.rest}' (rest)")
    if device.on_axis:
        notes.append(f"{device.on_axis} edges at radius 0 were taken for the axis")
    if device.left_out:
        notes.append(f"the regions {', '.join(device.left_out)} of the file are left out")
    if device.unused and not device.source.ungrouped:
        notes.append(f"the case does not use the groups {', '.join(device.unused)} of the file")
    if device.source.curved:
        notes.append("curved edges are taken as straight: only the corners of the cells are kept")
    return notes


def _doubts(device: Device, geometry: File) -> list[str]:
    """What the author of the file may not have meant."""
    if geometry.symmetry != "axisymmetric" or AXIS in device.boundaries:
        return []
    least = float(device.points[:, 1].min()) * UNIT
    return [f"nothing lies at radius 0: the device is a ring around a hole of {least * 1e9:.6g} nm in radius"]
