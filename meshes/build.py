"""Gmsh draws a channel between two reservoirs, grades it and names its boundaries.

Every block is mapped (transfinite): layers along the channel wall, cells that shrink towards the mouth corners and
towards jumps of the surface charge, and in each reservoir a rectangle in front of the mouth with, beside it, a fan
around the corner (or layers along the membrane face, where that is charged). The same description gives the same mesh
on every machine, and a mirror-symmetric device gets a mirror-symmetric mesh.

Coordinates: 0 along the axis (the first terminal's mouth at 0), 1 away from it, in units of `UNIT` metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from meshes.geometry import ChannelGeometry
from meshes.grading import FAN_CELLS, LEAST_LAYERS, Grading, cells_needed, channel_stretches, fill
from meshes.tagged import TaggedMesh, from_gmsh

if TYPE_CHECKING:
    from mpi4py import MPI

UNIT = 1e-9
"""Metres per mesh unit: nanometres keep Gmsh's and DOLFINx's absolute tolerances harmless."""


@dataclass(frozen=True)
class MeshSizes:
    """What the mesh must resolve, in metres and plain numbers.

    Attributes:
        wall: length of the cell at a charged wall, normal to it.
        corner: length of the cell at mouth corners and charge jumps.
        growth: largest ratio of neighbouring cells.
        axial_cells: least number of cells along each stretch of channel.
        refinement: times that every cell is split in two.
        stations: axial positions inside the channel where the surface charge jumps.
        charged_membrane: whether the membrane faces carry charge and need layers.
    """

    wall: float
    corner: float
    growth: float = 1.5
    axial_cells: int = 16
    refinement: int = 0
    stations: tuple[float, ...] = ()
    charged_membrane: bool = False


def build(geometry: ChannelGeometry, sizes: MeshSizes, comm: MPI.Comm) -> TaggedMesh:
    """Mesh of a channel geometry, distributed over `comm`. Collective: Gmsh runs on the first rank alone.

    Raises:
        MeshError: on all ranks together, when Gmsh fails.
    """
    return from_gmsh(lambda gmsh: draw(gmsh, geometry, sizes), comm, geometry.symmetry, UNIT)


def draw(gmsh: Any, geometry: ChannelGeometry, sizes: MeshSizes) -> None:
    """Draw and mesh the geometry in the current Gmsh model, with one physical group a boundary and a region."""
    canvas = _Canvas(gmsh, sizes.refinement)
    open_ends = [geometry.reservoir(name) is None for name in geometry.terminals]
    stretches = channel_stretches(geometry, sizes.stations, sizes.corner, sizes.growth, sizes.axial_cells)
    profile = geometry.profile
    sharp = {0.0, geometry.length} if not all(open_ends) else set[float]()
    edges = [stretches[0].start, *(stretch.stop for stretch in stretches)]

    def first_cell(position: float) -> float:
        return sizes.corner if position in sharp else sizes.wall

    heights = {z: float(profile(np.array([z / geometry.length]))[0]) for z in edges}
    layers = max(cells_needed(heights[z], first_cell(z), sizes.growth) for z in edges)
    layers = max(layers, LEAST_LAYERS)
    across = {z: canvas.edge((z, heights[z]), (z, 0.0), fill(heights[z], first_cell(z), layers)) for z in edges}
    for stretch in stretches:
        fractions = np.linspace(stretch.start, stretch.stop, 9) / geometry.length
        wall_points = list(zip(fractions * geometry.length, profile(fractions), strict=True))
        wall = canvas.curve(wall_points, stretch.grading)
        axis = canvas.edge((stretch.start, 0.0), (stretch.stop, 0.0), stretch.grading)
        corners = [(z, r) for z in (stretch.start, stretch.stop) for r in (heights[z], 0.0)]
        if stretch.start + stretch.stop < geometry.length:  # diagonals lean the other way beyond the middle
            corners = [corners[0], corners[1], corners[3], corners[2]]
        else:
            corners = [corners[2], corners[3], corners[1], corners[0]]
        canvas.block("channel", [across[stretch.start], axis, -across[stretch.stop], -wall], "Left", corners)
        canvas.name("channel", wall)
        canvas.name("axis", axis)
    for terminal, position, outward in zip(geometry.terminals, (0.0, geometry.length), (-1.0, 1.0), strict=True):
        if geometry.reservoir(terminal) is None:
            canvas.name(terminal, across[position])
        else:
            _reservoir(canvas, geometry, terminal, position, outward, across[position], layers, sizes)
    canvas.finish()


def _reservoir(
    canvas: _Canvas,
    geometry: ChannelGeometry,
    terminal: str,
    mouth: float,
    outward: float,
    across: int,
    layers: int,
    sizes: MeshSizes,
) -> None:
    """One reservoir: the block in front of the mouth and the one beside it."""
    reservoir = geometry.reservoir(terminal)
    assert reservoir is not None
    length, reach = reservoir.length, reservoir.reach
    radius = float(geometry.profile(np.array([mouth / geometry.length]))[0])
    far = mouth + outward * length
    face = reach - radius
    shells = cells_needed(max(length, face), sizes.corner, sizes.growth)
    region = f"reservoir_{terminal}"
    side_name = terminal if reservoir.terminal == "all" else "reservoir"

    on_axis = fill(length, min(max(sizes.corner, radius / 3), length / shells), shells)
    axis = canvas.edge((mouth, 0.0), (far, 0.0), on_axis)
    canvas.name("axis", axis)
    fan = not sizes.charged_membrane
    outer_height = reach if fan else radius
    diagonal_length = float(np.hypot(length, outer_height - radius))
    diagonal = canvas.edge((mouth, radius), (far, outer_height), fill(diagonal_length, sizes.corner, shells))
    end = canvas.edge((far, outer_height), (far, 0.0), Grading(layers))
    canvas.name(terminal, end)
    canvas.block(region, [across, axis, -end, -diagonal], "Left")
    if fan:
        membrane = canvas.edge((mouth, radius), (mouth, reach), fill(face, sizes.corner, shells))
        side = canvas.edge((far, reach), (mouth, reach), Grading(FAN_CELLS))
        canvas.block(
            region, [diagonal, side, -membrane], "Right", corners=[(mouth, radius), (far, reach), (mouth, reach)]
        )
    else:
        rows = cells_needed(face, sizes.corner, sizes.growth)
        membrane = canvas.edge((mouth, radius), (mouth, reach), fill(face, sizes.corner, rows))
        side = canvas.edge((mouth, reach), (far, reach), fill(length, sizes.corner, shells))
        upper_end = canvas.edge((far, radius), (far, reach), fill(face, face / rows, rows))
        canvas.name(terminal, upper_end)
        canvas.block(region, [diagonal, upper_end, -side, -membrane], "Right")
    canvas.name("membrane", membrane)
    canvas.name(side_name, side)


class _Canvas:
    """Points, graded edges and mapped blocks in a Gmsh model; metres outside, mesh units inside."""

    def __init__(self, gmsh: Any, refinement: int) -> None:
        self._gmsh = gmsh
        self._geo = gmsh.model.geo
        self._refinement = refinement
        self._points: dict[tuple[int, int], int] = {}
        self._curves: dict[str, list[int]] = {}
        self._regions: dict[str, list[int]] = {}

    def _point(self, at: tuple[float, float]) -> int:
        # Blocks meet where their points are the same to a thousandth of a picometre.
        key = (round(at[0] / UNIT * 1e6), round(at[1] / UNIT * 1e6))
        if key not in self._points:
            self._points[key] = self._geo.addPoint(at[0] / UNIT, at[1] / UNIT, 0.0)
        return self._points[key]

    def edge(self, start: tuple[float, float], stop: tuple[float, float], grading: Grading) -> int:
        """A straight edge whose cells grow from `start` on."""
        return self._graded(self._geo.addLine(self._point(start), self._point(stop)), grading)

    def curve(self, points: Sequence[tuple[float, float]], grading: Grading) -> int:
        """A wall through the points: a line where they are straight, else a spline."""
        z, r = np.transpose(points)
        straight = np.interp(z, [z[0], z[-1]], [r[0], r[-1]])
        if np.allclose(straight, r, rtol=1e-9, atol=0):
            return self.edge(points[0], points[-1], grading)
        return self._graded(self._geo.addSpline([self._point(point) for point in points]), grading)

    def _graded(self, curve: int, grading: Grading) -> int:
        grading = grading.refined(self._refinement)
        self._geo.mesh.setTransfiniteCurve(curve, grading.cells + 1, "Progression", grading.ratio)
        return curve

    def block(
        self, region: str, boundary: list[int], lean: str, corners: Sequence[tuple[float, float]] | None = None
    ) -> None:
        """A mapped block inside the loop of edges; `lean` is the direction of its diagonals."""
        surface = self._geo.addPlaneSurface([self._geo.addCurveLoop(boundary)])
        self._geo.mesh.setTransfiniteSurface(surface, lean, [self._point(corner) for corner in corners or ()])
        self._regions.setdefault(region, []).append(surface)

    def name(self, boundary: str, curve: int) -> None:
        """Add an edge to a named boundary."""
        self._curves.setdefault(boundary, []).append(curve)

    def finish(self) -> None:
        """Mesh the model and write the names as physical groups."""
        self._geo.synchronize()
        for dimension, groups in ((1, self._curves), (2, self._regions)):
            for name, entities in groups.items():
                self._gmsh.model.addPhysicalGroup(dimension, entities, name=name)
        self._gmsh.model.mesh.generate(2)
