"""From what a mesh file holds to the device that a case describes: its regions, its named boundaries, and whether they fit.

Everything that does not fit is a `MeshError` with the numbers found in the file's own coordinates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meshes import plane
from meshes.errors import MeshError
from meshes.imported import Box, File
from meshes.mirrors import AXIS
from meshes.plane import Floats, Group, Integers, Mask, PlaneMesh
from meshes.selecting import check_scale, chosen_regions, named_boundary
from meshes.sizes import UNIT

ON_THE_AXIS = 1e-6
"""Distance from the axis, in extents of the device, that is taken as none."""


@dataclass(frozen=True)
class Device:
    """Cells of a device with its named boundaries. Coordinates in mesh units of UNIT metres, the axial one first.

    Attributes:
        points: of the nodes. Shape (nodes, 2).
        cells: their nodes, counter-clockwise. Shape (cells, 3 or 4).
        regions: cells of each region, as numbers of rows of `cells`.
        boundaries: edges of each terminal, wall and the axis, with the device on their left, or the liquid between liquid
            and solid. Shape (edges, 2).
        solid: whether each cell has no liquid.
        rest: number of edges that the key `rest` takes. on_axis: of those taken for the axis although nothing says so.
        unused: names of groups of edges in the file of which the case says nothing.
        left_out: regions of the file that are no part of the device.
        source: the file as it was read.
    """

    points: Floats
    cells: Integers
    regions: dict[str, Integers]
    boundaries: dict[str, Integers]
    solid: Mask
    rest: int
    on_axis: int
    unused: tuple[str, ...]
    left_out: tuple[str, ...]
    source: PlaneMesh


def device_of(source: PlaneMesh, geometry: File, regions: Sequence[str], solids: Collection[str] = ()) -> Device:
    """The device in a mesh file.

    regions: names of the regions that belong to it; all of a file that has only one. solids: those without liquid.

    Raises:
        MeshError: a name is not there, or the mesh does not fit its description.
    """
    chosen, left_out = chosen_regions(
        source.regions, regions, ungrouped=source.ungrouped, cells="triangles or quadrilaterals"
    )
    cells = np.concatenate([group.elements for group in chosen])
    used = np.unique(cells)
    local = np.full(len(source.points), -1, dtype=np.int64)
    local[used] = np.arange(len(used))
    cells, points = local[cells], source.points[used]
    check_scale([high - low for low, high in plane.extents(points)], geometry.scale)
    if geometry.axial == "y":
        points = points[:, ::-1]
    areas = plane.signed_areas(points, cells)
    if np.any(bad := np.abs(areas) <= 1e-14 * np.abs(areas).max(initial=0.0)):
        raise MeshError(f"{int(bad.sum())} of its {len(cells)} cells have no area")
    cells = np.where((areas < 0.0)[:, None], cells[:, ::-1], cells)
    _check_parts(points, cells, geometry)
    _check_radii(points, geometry)
    solid = np.repeat([group.label in solids for group in chosen], [len(group.elements) for group in chosen])
    outer, _ = plane.outer_edges(cells, len(points))
    between = interfaces(cells, solid, len(points))
    lines = _lines(source, local)
    named, rest, on_axis, unused = _boundaries(points, cells, outer, between, lines, geometry)
    _check_pockets(points, cells[~solid], named, geometry)
    points = _snapped(points, named, geometry)
    stops = np.cumsum([len(group.elements) for group in chosen])
    rows = np.split(np.arange(len(cells)), stops[:-1])
    factor = geometry.scale / UNIT
    return Device(
        points=points if factor == 1.0 else points * factor,
        cells=cells,
        regions={group.label: part for group, part in zip(chosen, rows, strict=True)},
        boundaries=named,
        solid=solid,
        rest=rest,
        on_axis=on_axis,
        unused=unused,
        left_out=left_out,
        source=source,
    )


# ------------------------------------------------------------------------------------------------ parts
def _check_parts(points: Floats, cells: Integers, geometry: File) -> None:
    """Refuse a mesh that falls apart."""
    number = plane.parts(cells, len(points))
    if (count := int(number.max()) + 1) > 1:
        smallest = int(np.argmin(np.bincount(number)))
        where = _where(points[np.unique(cells[number == smallest])], geometry)
        raise MeshError(
            f"it falls into {count} parts that share no edge, the smallest one at {where}; merge the double nodes between"
            " them, or leave the parts out that are not connected to the device"
        )


def _check_pockets(points: Floats, liquid: Integers, named: Mapping[str, Integers], geometry: File) -> None:
    """Refuse liquid that hangs together with no terminal of a device that has some: nothing says what it holds."""
    if not geometry.terminals or not len(liquid):
        return
    number = plane.parts(liquid, len(points))
    open_edges = plane.keys(np.concatenate([named[name] for name in geometry.terminals]), len(points))
    for part in range(int(number.max()) + 1):
        cells = liquid[number == part]
        if not np.isin(plane.keys(plane.edges_of(cells), len(points)), open_edges).any():
            raise MeshError(
                f"its liquid at {_where(points[np.unique(cells)], geometry)} touches no terminal, so that nothing says what"
                " it holds; leave its region out, make it a solid, or open it"
            )


# ------------------------------------------------------------------------------------------------ sizes and the axis
def _names(geometry: File) -> tuple[str, str]:
    """Names of the axial and the transverse coordinate in the file."""
    return ("x", "y") if geometry.axial == "x" else ("y", "x")


def _where(points: Floats, geometry: File) -> str:
    """Extent of some points in coordinates of the file."""
    (low, high), (bottom, top) = plane.extents(points)
    axial, across = _names(geometry)
    found = {axial: (low, high), across: (bottom, top)}
    return ", ".join(
        f"{name} = {start:.6g}" if start == stop else f"{name} from {start:.6g} to {stop:.6g}"
        for name, (start, stop) in sorted(found.items())
    )


def _tolerance(points: Floats) -> float:
    return ON_THE_AXIS * float(np.ptp(points, axis=0).max())


def _check_radii(points: Floats, geometry: File) -> None:
    """Refuse a half that lies on both sides of its axis."""
    least, near = float(points[:, 1].min()), _tolerance(points)
    if not geometry.mirrored or least >= -near:
        return
    axial, across = _names(geometry)
    round_ = geometry.symmetry == "axisymmetric"
    what = "an axisymmetric mesh has no negative radii" if round_ else "a half with an axis lies above it"
    turned = f"; if {axial} is the radius, write 'axial: {across}'" if points[:, 0].min() >= -near else ""
    raise MeshError(
        f"its {across} runs from {least:.6g} to {points[:, 1].max():.6g}, but {what}: cut or move it at {across} = 0{turned}"
    )


def _check_axis(points: Floats, edges: Integers, geometry: File) -> None:
    """Refuse an axis that is not at radius 0."""
    nodes, near = np.unique(edges), _tolerance(points)
    if not len(nodes) or np.abs(points[nodes, 1]).max() <= near:
        return
    axial, across = _names(geometry)
    advice = f"an axis lies at {across} = 0: name the line that lies there, or move the mesh"
    if np.abs(points[nodes, 0]).max() <= near:
        advice = f"if {axial} is the radius, write 'axial: {across}'"
    raise MeshError(
        f"its axis '{', '.join(map(str, geometry.axis or ()))}' lies at {_where(points[nodes], geometry)}, not at"
        f" {across} = 0; {advice}"
    )


def _snapped(points: Floats, named: dict[str, Integers], geometry: File) -> Floats:
    """The points, those of the axis exactly on it and none below."""
    points = points.copy()
    if AXIS in named:
        points[np.unique(named[AXIS]), 1] = 0.0
    if geometry.mirrored:
        points[:, 1] = np.maximum(points[:, 1], 0.0)
    return points


# ------------------------------------------------------------------------------------------------ boundaries
def _lines(source: PlaneMesh, local: Integers) -> list[Group]:
    """The groups of edges with numbers of nodes of the device, and -1 for other nodes."""
    return [Group(group.number, group.name, local[group.elements]) for group in source.lines]


def interfaces(cells: Integers, solid: Mask, nodes: int) -> Integers:
    """Edges between liquid and solid cells, running around the liquid. Shape (edges, 2)."""
    around_liquid, _ = plane.outer_edges(cells[~solid], nodes)
    around_solid, _ = plane.outer_edges(cells[solid], nodes)
    return around_liquid[np.isin(plane.keys(around_liquid, nodes), plane.keys(around_solid, nodes))]


def _boundaries(
    points: Floats, cells: Integers, outer: Integers, between: Integers, lines: Sequence[Group], geometry: File
) -> tuple[dict[str, Integers], int, int, tuple[str, ...]]:
    """Edges of every boundary, number of those that `rest` takes and of those on an axis that has no name, unused groups."""
    count, on_boundary = len(points), len(outer)
    outer = np.concatenate([outer, between])  # a wall may lie between liquid and solid
    outer_keys = plane.keys(outer, count)
    all_keys = np.unique(plane.keys(plane.edges_of(cells), count))
    owner = np.full(len(outer), -1)
    names = list(geometry.boundaries)
    for number, (name, wanted) in enumerate(geometry.boundaries.items()):
        mine = np.zeros(len(outer), dtype=bool)
        for each in wanted:
            mine |= _named(each, points, outer, outer_keys, all_keys, lines, geometry)
        if np.any(mine & (owner >= 0)):
            first = names[int(owner[mine & (owner >= 0)][0])]
            raise MeshError(
                f"{int((mine & (owner >= 0)).sum())} edges belong to both '{first}' and '{name}', at"
                f" {_where(points[np.unique(outer[mine & (owner >= 0)])], geometry)}; an edge has one name"
            )
        if np.any(mine[on_boundary:]) and (name == AXIS or name in geometry.terminal_groups):
            raise MeshError(
                f"{int(mine[on_boundary:].sum())} edges of '{name}' lie between liquid and solid, at"
                f" {_where(points[np.unique(outer[on_boundary:][mine[on_boundary:]])], geometry)}, where only a wall can be"
            )
        owner[mine] = number
        if name == AXIS:
            _check_axis(points, outer[mine], geometry)
    named = {name: outer[owner == number] for number, name in enumerate(names)}
    on_axis = _unnamed_axis(points, outer, owner, names, geometry)
    left = (owner < 0) & ~on_axis & (np.arange(len(outer)) < on_boundary)
    if np.any(on_axis):
        named[AXIS] = np.concatenate([named.get(AXIS, outer[:0]), outer[on_axis]])
    used = {group.label for wanted in geometry.boundaries.values() for each in wanted
            for group in plane.find(lines, str(each))}  # fmt: skip
    unused = tuple(group.label for group in lines if group.label not in used)
    if np.any(left):
        if geometry.rest is None:
            raise MeshError(_unnamed(points, outer, left, outer_keys, lines, geometry))
        named[geometry.rest] = np.concatenate([named.get(geometry.rest, outer[:0]), outer[left]])
    elif geometry.rest is not None and geometry.rest not in named:
        raise MeshError(
            f"nothing is left for 'rest: {geometry.rest}': every boundary edge has a name; leave the key out"
        )
    return named, int(left.sum()), int(on_axis.sum()), unused


def _named(
    wanted: str | Box,
    points: Floats,
    outer: Integers,
    outer_keys: Integers,
    all_keys: Integers,
    lines: Sequence[Group],
    geometry: File,
) -> Mask:
    """Mask of the boundary edges of a group of the file, or in a box."""
    if isinstance(wanted, Box):
        mine = _inside(points[outer], wanted, geometry)
        if not np.any(mine):
            raise MeshError(f"no boundary edge lies in the {wanted}; the mesh has {_where(points, geometry)}")
        return mine
    found = named_boundary(lines, wanted)
    edges = np.concatenate([group.elements for group in found])
    of_device = np.unique(plane.keys(edges[(edges >= 0).all(axis=1)], len(points)))
    of_device = of_device[np.isin(of_device, all_keys)]
    mine = np.isin(outer_keys, of_device)
    inside = int(len(of_device) - mine.sum())
    if inside:
        within = of_device[~np.isin(of_device, outer_keys)]
        nodes = np.unique(np.stack([within // len(points), within % len(points)]))
        raise MeshError(
            f"{inside} of the {len(edges)} edges of '{wanted}' lie inside the device, at {_where(points[nodes], geometry)};"
            " conditions hold on its boundary, and between liquid and solid: cut the mesh there, or name the outer line"
        )
    if not np.any(mine):
        raise MeshError(f"none of the {len(edges)} edges of '{wanted}' belongs to the regions of the device")
    return mine


def _inside(ends: Floats, box: Box, geometry: File) -> Mask:
    """Mask of the edges whose two ends lie in a box of the file's coordinates."""
    if geometry.axial == "y":
        ends = ends[..., ::-1]
    slack = 1e-9 * max(abs(value) for value in (*box.low, *box.high))
    return np.asarray(((ends >= np.array(box.low) - slack) & (ends <= np.array(box.high) + slack)).all(axis=(1, 2)))


def _unnamed_axis(points: Floats, outer: Integers, owner: Integers, names: list[str], geometry: File) -> Mask:
    """Mask of the edges at radius 0 to which the case gives no name; MeshError where it gives another than the axis."""
    if geometry.symmetry != "axisymmetric":
        return np.zeros(len(outer), dtype=bool)
    there = np.asarray((np.abs(points[outer, 1]) <= _tolerance(points)).all(axis=1))
    axis = names.index(AXIS) if AXIS in names else -2
    wrong = there & (owner >= 0) & (owner != axis)
    if np.any(wrong):
        name = names[int(owner[wrong][0])]
        axial, across = _names(geometry)
        raise MeshError(
            f"{int(wrong.sum())} edges of '{name}' lie at {across} = 0, where an axisymmetric mesh has its axis; write 'axis:"
            f" {geometry.boundaries[name][0]}', or 'axial: {across}' if {axial} is the radius"
        )
    return there & (owner < 0)


def _unnamed(
    points: Floats, outer: Integers, left: Mask, outer_keys: Integers, lines: Sequence[Group], geometry: File
) -> str:
    """What is wrong with boundary edges that the case does not mention: how many, where, how long."""
    pieces, grouped = [], np.zeros(len(outer), dtype=bool)
    for group in lines:
        edges = group.elements[(group.elements >= 0).all(axis=1)]
        mine = left & ~grouped & np.isin(outer_keys, plane.keys(edges, len(points)))
        grouped |= mine
        if np.any(mine):
            pieces.append(f"{int(mine.sum())} of '{group.label}' at {_where(points[np.unique(outer[mine])], geometry)}")
    nameless = left & ~grouped
    if np.any(nameless):
        where = _where(points[np.unique(outer[nameless])], geometry)
        pieces.append(f"{int(nameless.sum())} without a group at {where}")
    total = plane.lengths(points, outer[left]).sum() * geometry.scale
    return (
        f"{int(left.sum())} of its {len(outer)} boundary edges, {total:.4g} m together, are neither terminal, wall nor axis"
        f" in the case: {'; '.join(pieces)}; name them, or write e.g. 'rest: wall' if they"
        " are an insulating wall"
    )
