"""Gmsh draws a channel between two reservoirs, or a closed cell, grades it and names its boundaries.

Every block is mapped (transfinite): layers along the channel wall, cells that shrink towards the mouth corners and
towards jumps of the surface charge, and in each reservoir a rectangle in front of the mouth with, beside it, a fan
around the corner (or layers along the membrane face, where that is charged). The same description gives the same mesh
on every machine, and a mirror-symmetric device gets a mirror-symmetric mesh.

The grid lines of a block go on into its neighbours, so the whole mesh consists of a few families of strips of cells (the
axial stretches of the channel, its layers, the shells and the fan of each reservoir). `MeshSizes.nodes` can place the grid
lines of each family: this is how the mesh is adapted (`meshes.strips`).

Coordinates: 0 along the axis (the first terminal's mouth at 0), 1 away from it, in units of `UNIT` metres.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from meshes.around import draw_around
from meshes.canvas import Canvas
from meshes.cell import Cell
from meshes.crossing import draw_junction
from meshes.geometry import ChannelGeometry
from meshes.grading import (
    Grading,
    Stretch,
    cell_stretches,
    cells_needed,
    channel_stretches,
    face_stretches,
    fill,
    solid_stretches,
)
from meshes.junction import Junction
from meshes.layout import FLUID, GATE, Solid
from meshes.sizes import UNIT, Face, MeshSizes
from meshes.stack import StackKeys
from meshes.stacking import draw_stack
from meshes.strips import Strip
from meshes.tagged import TaggedMesh, from_gmsh

if TYPE_CHECKING:
    from mpi4py import MPI


def build(geometry: ChannelGeometry | Cell | Junction | StackKeys, sizes: MeshSizes, comm: MPI.Comm) -> TaggedMesh:
    """Mesh of a channel or a cell, distributed over `comm`. Collective: Gmsh runs on the first rank alone.

    Raises:
        MeshError: on all ranks together, when Gmsh fails.
    """
    return from_gmsh(lambda gmsh: draw(gmsh, geometry, sizes), comm, geometry.symmetry, UNIT)


def draw(
    gmsh: Any, geometry: ChannelGeometry | Cell | Junction | StackKeys, sizes: MeshSizes
) -> Mapping[int, Strip] | None:
    """Draw and mesh the geometry in the current Gmsh model, with one physical group a boundary and a region.

    Returns the strip that each curve of the model lies across; None around a particle, where the mesh is not mapped.
    """
    if isinstance(geometry, ChannelGeometry) and geometry.particle is not None:
        draw_around(gmsh, geometry, geometry.particle, sizes)
        return None
    canvas = Canvas(gmsh, sizes)
    if isinstance(geometry, Cell):
        _cell(canvas, geometry, sizes)
    elif isinstance(geometry, Junction):
        draw_junction(canvas, geometry, sizes)
    elif isinstance(geometry, StackKeys):
        draw_stack(canvas, geometry, sizes)
    else:
        _channel(canvas, geometry, sizes)
    canvas.finish()
    return canvas.strips


def _cell(canvas: Canvas, geometry: Cell, sizes: MeshSizes) -> None:
    """One row of cells from plate to plate: nothing varies along the plates."""
    stretches = cell_stretches(geometry, sizes.wall, sizes.corner, sizes.growth, sizes.axial_cells)

    def height(z: np.ndarray) -> np.ndarray:
        return np.asarray(geometry.profile(z / geometry.length), dtype=float)

    across = {z: canvas.edge((z, geometry.strip), (z, 0.0), "layers", Grading(1)) for z in _edges(stretches)}
    _row(canvas, stretches, height, across, lambda _: "cell", ("side", "side"))
    for name, position in zip(geometry.plates, geometry.mouths, strict=True):
        canvas.name(name, across[position])


def _channel(canvas: Canvas, geometry: ChannelGeometry, sizes: MeshSizes) -> None:
    """The channel from mouth to mouth, and what lies in front of them."""
    open_ends = [geometry.reservoir(name) is None for name in geometry.terminals]
    layout = sizes.layout
    stretches = channel_stretches(
        geometry,
        sizes.stations,
        sizes.corner,
        sizes.growth,
        sizes.axial_cells,
        sizes.sharp_ends,
        layout.stations(geometry),
    )
    sharp = set(geometry.kinks)
    if sizes.sharp_ends or not all(open_ends):
        sharp |= {0.0, geometry.length}
    edges = _edges(stretches)

    def first_cell(position: float) -> float:
        return min(sizes.corner if position in sharp else sizes.wall, layout.wall_size(position))

    def at_wall(z: np.ndarray) -> np.ndarray:
        return np.asarray(geometry.profile(z / geometry.length), dtype=float)

    heights = {z: float(at_wall(np.array([z]))[0]) for z in edges}
    layers = max(cells_needed(heights[z], first_cell(z), sizes.growth) for z in edges)
    layers = max(layers, sizes.layers)
    across = {
        z: canvas.edge((z, heights[z]), (z, 0.0), "layers", fill(heights[z], first_cell(z), layers)) for z in edges
    }

    def material(stretch: Stretch) -> str:
        return layout.region_at((stretch.start + stretch.stop) / 2) if layout else "channel"

    _row(canvas, stretches, at_wall, across, material, ("channel", "axis"))
    solid: Mapping[float, list[_Row]] = {}
    if layout.solid is not None:
        solid = _solid(canvas, geometry, layout.solid, stretches, sizes)
    for terminal, position, outward in zip(geometry.terminals, (0.0, geometry.length), (-1.0, 1.0), strict=True):
        if geometry.reservoir(terminal) is None:
            canvas.name(terminal, across[position])
        else:
            rows = solid.get(position, [])
            _reservoir(canvas, geometry, terminal, position, outward, across[position], layers, rows, sizes)


class _Row(NamedTuple):
    """A row of blocks beside a mouth: distances from the axis, and its edge on the face of the membrane."""

    start: float
    stop: float
    family: str
    grading: Grading
    edge: list[int]


def _solid(
    canvas: Canvas, geometry: ChannelGeometry, solid: Solid, stretches: Sequence[Stretch], sizes: MeshSizes
) -> dict[float, list[_Row]]:
    """Blocks between the channel's wall and the outer side of the solid, in rings; the rows of cells at its ends."""
    jumps = {name: face.jumps for name, face in sizes.faces.items()}
    rings = solid_stretches(geometry, solid, jumps, sizes.corner, sizes.wall, sizes.growth)
    middle, whole = geometry.length / 2, rings[-1].stop

    def height(z: np.ndarray, depth: float | np.ndarray) -> np.ndarray:
        """Distance from the axis of what lies at a part of the solid's depth."""
        wall = np.asarray(geometry.profile(z / geometry.length), dtype=float)
        return np.asarray(wall + depth / whole * solid.depth(geometry, z))

    def along(number: int, depth: float) -> list[int]:
        stretch, family = stretches[number], f"axial {number}"
        z = stretch.positions(canvas.nodes(family, stretch.grading.cells))
        return canvas.through(np.column_stack([z, height(z, depth)]), family, stretch.grading)

    found: dict[float, list[_Row]] = {z: [] for z in _edges(stretches)}
    for number, ring in enumerate(rings):
        family = f"solid {number}"
        depths = ring.positions(canvas.nodes(family, ring.grading.cells))
        for z, rows in found.items():
            at = np.full(len(depths), z)
            radii = height(at, depths)
            edge = canvas.through(np.column_stack([at, radii]), family, ring.grading)
            rows.append(_Row(float(radii[0]), float(radii[-1]), family, ring.grading, edge))
        for k, stretch in enumerate(stretches):
            first, last = found[stretch.start][number], found[stretch.stop][number]
            lower, upper = along(k, ring.start), along(k, ring.stop)
            start, stop = stretch.start, stretch.stop
            corners = [(start, first.start), (stop, last.start), (stop, last.stop), (start, first.stop)]
            centre = (start + stop) / 2
            lean = "Left" if centre < middle else "Right"  # mirrored about the middle
            canvas.block(solid.name, [lower, last.edge, _back(upper), _back(first.edge)], lean, corners)
            if number == len(rings) - 1 and (solid.gate is None or solid.gate[0] < centre < solid.gate[1]):
                canvas.name(GATE, upper)
    return found


def _edges(stretches: Sequence[Stretch]) -> list[float]:
    """Axial positions where stretches begin and end."""
    return [stretches[0].start, *(stretch.stop for stretch in stretches)]


def _row(
    canvas: Canvas,
    stretches: Sequence[Stretch],
    height: Callable[[np.ndarray], np.ndarray],
    across: Mapping[float, list[int]],
    region: Callable[[Stretch], str],
    names: tuple[str, str],
) -> None:
    """A row of blocks, one a stretch, between coordinate 1 = 0 and the height at each axial position (m); `across` has the
    edges between them, `region` gives the name of each block's, and the names are those of the upper and lower boundary."""
    upper, lower = names
    middle = (stretches[0].start + stretches[-1].stop) / 2
    for number, stretch in enumerate(stretches):
        start, stop, family = stretch.start, stretch.stop, f"axial {number}"
        z = stretch.positions(canvas.nodes(family, stretch.grading.cells))
        wall = canvas.through(np.column_stack([z, height(z)]), family, stretch.grading)
        axis = canvas.edge((start, 0.0), (stop, 0.0), family, stretch.grading)
        high, low = [float(value) for value in height(np.array([start, stop]))]
        ends = [(start, high), (start, 0.0), (stop, low), (stop, 0.0)]
        if (start + stop) / 2 < middle:  # diagonals lean the other way beyond the middle
            corners = [ends[0], ends[1], ends[3], ends[2]]
        else:
            corners = [ends[2], ends[3], ends[1], ends[0]]
        canvas.block(region(stretch), [across[start], axis, _back(across[stop]), _back(wall)], "Left", corners)
        canvas.name(upper, wall)
        canvas.name(lower, axis)


def _reservoir(
    canvas: Canvas,
    geometry: ChannelGeometry,
    terminal: str,
    mouth: float,
    outward: float,
    across: list[int],
    layers: int,
    solid: Sequence[_Row],
    sizes: MeshSizes,
) -> None:
    """One reservoir: the block in front of the mouth and those beside it, which go on from a solid around the channel."""
    reservoir = geometry.reservoir(terminal)
    assert reservoir is not None
    length, reach = reservoir.length, reservoir.reach
    radius = float(geometry.profile(np.array([mouth / geometry.length]))[0])
    far = mouth + outward * length
    face, span = sizes.faces.get(terminal, Face()), reach - radius
    shells = cells_needed(max(length, span), sizes.corner, sizes.growth)
    region = FLUID if sizes.layout else f"reservoir_{terminal}"
    family = f"shells {terminal}"
    side_name = terminal if reservoir.terminal == "all" else "reservoir"

    first = min(max(sizes.corner, radius / 3), length / shells, sizes.layout.end_size(mouth))
    on_axis = fill(length, first, shells)
    axis = canvas.edge((mouth, 0.0), (far, 0.0), family, on_axis)
    canvas.name("axis", axis)
    fan = not face.charged and not solid
    outer_height = reach if fan else radius
    diagonal_length = float(np.hypot(length, outer_height - radius))
    corner, elbow = (mouth, radius), (far, outer_height)
    diagonal = canvas.edge(corner, elbow, family, fill(diagonal_length, sizes.corner, shells))
    end = canvas.edge(elbow, (far, 0.0), "layers", Grading(layers))
    canvas.name(terminal, end)
    front = [corner, (mouth, 0.0), (far, 0.0), elbow]
    canvas.block(region, [across, axis, _back(end), _back(diagonal)], "Left", front)
    if fan:
        membrane = canvas.edge(corner, (mouth, reach), family, fill(span, sizes.corner, shells))
        side = canvas.edge((far, reach), (mouth, reach), f"fan {terminal}", Grading(sizes.fan))
        beside = [corner, (far, reach), (mouth, reach)]
        canvas.block(region, [diagonal, side, _back(membrane)], "Right", beside)
        canvas.name(face.wall, membrane)
    else:
        lower = diagonal
        rows = list(solid)
        beyond = solid[-1].stop if solid else radius
        if not (sizes.layout.solid is not None and sizes.layout.solid.reaches_the_edge(geometry, terminal)):
            jumps = [jump for jump in face.jumps if jump > beyond]
            rings = face_stretches(beyond, reach, jumps, sizes.corner, sizes.growth)
            for number, ring in enumerate(rings, 1 - len(rings)):
                # the outermost rows, which a face of one charge has alone, carry no number
                name = f"rows {terminal}" if number == 0 else f"rows {terminal} {-number}"
                membrane = canvas.edge((mouth, ring.start), (mouth, ring.stop), name, ring.grading)
                rows.append(_Row(ring.start, ring.stop, name, ring.grading, membrane))
        for row in rows:
            start, stop, grading = row.start, row.stop, row.grading
            side = canvas.edge((mouth, stop), (far, stop), family, fill(length, sizes.corner, shells))
            even = fill(stop - start, (stop - start) / grading.cells, grading.cells)
            upper_end = canvas.edge((far, start), (far, stop), row.family, grading if len(rows) > 1 else even)
            canvas.name(terminal, upper_end)
            beside = [(mouth, start), (far, start), (far, stop), (mouth, stop)]
            canvas.block(region, [lower, upper_end, _back(side), _back(row.edge)], "Right", beside)
            canvas.name(face.wall, row.edge)
            lower = side
    canvas.name(side_name, side)


def _back(edge: list[int]) -> list[int]:
    """The edge run through the other way."""
    return [-curve for curve in reversed(edge)]
