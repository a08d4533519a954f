"""Slits that meet, with side walls, and with boxes as reservoirs at the ends of their arms.

The mesh in the plane of the arms is that of two dimensions, four blocks where the arms meet and two for each stretch of an
arm; across it the blocks reach from the middle to the side wall.
"""

from __future__ import annotations

import itertools

import numpy as np

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import Floats
from meshes.blocks.rectangular import LEAST_ACROSS, Box, Duct, Section, Walls, cells_across, refuse_jumps
from meshes.blocks.round_pore import refuse_unknown
from meshes.crossing import LINES, REGION, arm_stretches, layers_of
from meshes.grading import axial_stretches, fill
from meshes.junction import DIRECTIONS, Junction
from meshes.reservoirs import BoxReservoir
from meshes.side_walls import SIDE_WALL
from meshes.sizes import UNIT, Face, MeshSizes


def junction_blocks(geometry: Junction, sizes: MeshSizes) -> Blocks:
    """Blocks of a junction, with the boundaries of its mesh in the plane, `side_wall` and those of reservoirs; the plane
    z = 0 where a half ends is `symmetry_z`.

    Raises:
        MeshError: when the sizes ask for what is drawn in two dimensions only.
    """
    refuse_unknown(sizes)
    refuse_jumps(sizes)
    return _Drawing(geometry, sizes).blocks


class _Drawing:
    """Blocks of a junction. Lengths are in mesh units."""

    def __init__(self, geometry: Junction, sizes: MeshSizes) -> None:
        self.geometry, self.sizes = geometry, sizes
        self.blocks = Blocks(lambda points: points, sizes.refinement, sizes.coarsening)
        self.wall, self.corner = sizes.wall / UNIT, sizes.corner / UNIT
        self.half_width = geometry.width / UNIT / 2
        self.mirrored = geometry.part == "half"
        self.layers = {
            line: layers_of(geometry, line, sizes.wall, sizes.corner, sizes.growth, LEAST_ACROSS) for line in LINES
        }
        self.cells_deep = cells_across(self.half_width, self.corner, sizes.growth)
        self.points: dict[tuple[float, ...], int] = {}
        self.corners: dict[tuple[str, str], Floats] = {
            (h, v): np.asarray(geometry.corner(h, v) / UNIT, dtype=float)
            for h in LINES["horizontal"]
            for v in LINES["vertical"]
        }
        self.middles: dict[str, Floats] = {
            side: np.mean([at for key, at in self.corners.items() if side in key], axis=0) for side in DIRECTIONS
        }
        self._middle()
        for name in geometry.terminals:
            self._arm(name)

    def _column(self, at: Floats) -> tuple[int, ...]:
        """The points at a place of the plane, from one side wall, or the mirror, to the other."""
        depths = (0.0, self.half_width) if self.mirrored else (-self.half_width, 0.0, self.half_width)
        found = []
        for depth in depths:
            place = (float(at[0]), float(at[1]), depth)
            if place not in self.points:
                self.points[place] = self.blocks.point(*place)
            found.append(self.points[place])
        return tuple(found)

    def _edge(self, start: Floats, stop: Floats, cells: int) -> None:
        """Cells of the edges between two places, small at the first."""
        grading = fill(float(np.linalg.norm(stop - start)), self.corner, cells)
        for one, other in zip(self._column(start), self._column(stop), strict=True):
            self.blocks.edge(one, other, grading)

    def _middle(self) -> None:
        """The four blocks around the point where the mid-planes cross."""
        centre = np.zeros(2)
        across = {"left": "vertical", "right": "vertical", "top": "horizontal", "bottom": "horizontal"}
        for side, middle in self.middles.items():
            self._edge(middle, centre, self.layers[across[side]])
            self._deep(self._column(middle))
        self._deep(self._column(centre))
        for (horizontal, vertical), corner in self.corners.items():
            self._deep(self._column(corner))
            self._edge(corner, self.middles[horizontal], self.layers["horizontal"])
            self._edge(corner, self.middles[vertical], self.layers["vertical"])
            columns = [self._column(at) for at in (centre, self.middles[horizontal], self.middles[vertical], corner)]
            levels = list(zip(*columns, strict=True))
            for low, high in itertools.pairwise(levels):
                self.blocks.block((*low, *high), REGION)
                if vertical not in self.geometry.arms:
                    self.blocks.name((low[2], low[3], high[2], high[3]), self.geometry.wall)
            self.blocks.name(levels[0], "symmetry_z" if self.mirrored else SIDE_WALL)
            self.blocks.name(levels[-1], SIDE_WALL)

    def _deep(self, column: tuple[int, ...]) -> None:
        """Cells between the side walls and the middle."""
        grading = fill(self.half_width, self.corner, self.cells_deep)
        self.blocks.edge(column[-1], column[-2], grading)
        if not self.mirrored:
            self.blocks.edge(column[0], column[1], grading)

    def _arm(self, name: str) -> None:
        """The blocks of an arm, and its reservoir."""
        geometry, sizes = self.geometry, self.sizes
        arm, box = geometry.arms[name], self._box(name)
        line = "horizontal" if name in LINES["horizontal"] else "vertical"
        outward = np.array(DIRECTIONS[name])
        along = np.abs(outward[::-1])

        def place(x: float, y: float, z: float) -> tuple[float, float, float]:
            at = outward * x + along * y
            return float(at[0]), float(at[1]), z

        duct = Duct(
            self.blocks, sizes, (False, self.mirrored), (self.layers[line], self.cells_deep), ("", "symmetry_z"), place
        )
        if box is None:
            stretches = arm_stretches(arm.length, sizes.corner, sizes.growth, sizes.axial_cells)
        else:
            stretches = axial_stretches(0.0, arm.length, sizes.corner, sizes.growth, sizes.axial_cells)
        sides = ("bottom", "top") if line == "horizontal" else ("left", "right")
        middle, reach = (each / UNIT for each in geometry.end_of(name))
        starts = [self._corner(name, sides[0]), self.middles[name], self._corner(name, sides[1])]
        ends = [middle - reach, middle, middle + reach]
        walls = Walls(arm.wall, SIDE_WALL)
        before = Section(tuple(self._column(at) for at in starts))
        for stretch in stretches:
            part, last = stretch.stop / arm.length, stretch is stretches[-1]
            part = 1.0 if last else part
            places = [(1 - part) * start + part * end for start, end in zip(starts, ends, strict=True)]
            after = Section(tuple(self._column(at) for at in places))
            half = (float(np.linalg.norm(places[2] - places[0])) / 2, self.half_width)
            duct.layers(after, half, self.corner if last and box is not None else self.wall)
            duct.stretch(before, after, stretch.grading, walls, REGION)
            before = after
        if box is None:
            duct.close(before, name)
            return
        half = (arm.end / UNIT / 2, self.half_width)
        face = sizes.faces.get(name, Face()).wall
        duct.reservoir(name, box, float(outward @ middle), 1.0, before, half, face)

    def _corner(self, arm: str, side: str) -> Floats:
        """Where the wall of an arm begins that lies on one side of it."""
        key = (arm, side) if arm in LINES["horizontal"] else (side, arm)
        return np.asarray(self.corners[key])

    def _box(self, arm: str) -> Box | None:
        """The reservoir at the end of an arm; the plane of the arms is that of its height."""
        found = self.geometry.reservoir(arm)
        if not isinstance(found, BoxReservoir):
            return None
        return Box(found.length, found.height, found.width, found.terminal)
