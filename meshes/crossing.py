"""Gmsh draws a junction of slits: mapped blocks, two for each stretch of an arm and four in the middle.

The cells shrink towards all walls and, along the arms, towards the corners where they meet. The grid lines across the
horizontal arms go on through the middle, and so do those across the vertical ones.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from meshes.grading import LEAST_LAYERS, Grading, Stretch, cells_needed, fill
from meshes.junction import DIRECTIONS, Junction, Point

if TYPE_CHECKING:
    from meshes.canvas import Canvas
    from meshes.sizes import MeshSizes

REGION = "junction"

LINES = {"horizontal": ("left", "right"), "vertical": ("top", "bottom")}
"""Arms on each of the two lines that cross."""


def draw_junction(canvas: Canvas, geometry: Junction, sizes: MeshSizes) -> None:
    """Draw a junction."""
    _Drawing(canvas, geometry, sizes).draw()


def arm_stretches(length: float, first: float, growth: float, least_cells: int) -> list[Stretch]:
    """Cells of an arm from where the arms meet on: growing from a first one, then equal ones, at least `least_cells`."""
    largest = length / least_cells
    if first >= largest:
        return [Stretch(0.0, length, Grading(least_cells))]
    graded = cells_needed(largest * growth / (growth - 1.0), first, growth)
    reach = first * (growth**graded - 1.0) / (growth - 1.0)
    if reach > 0.7 * length:
        return [Stretch(0.0, length, fill(length, first, cells_needed(length, first, growth)))]
    return [
        Stretch(0.0, reach, Grading(graded, growth)),
        Stretch(reach, length, Grading(math.ceil((length - reach) / largest))),
    ]


def layers_of(
    geometry: Junction, line: str, wall: float, corner: float, growth: float, least: int = LEAST_LAYERS
) -> int:
    """Cells between the walls and the mid-plane of the two arms that lie on a line."""
    arms = LINES[line]
    found = [cells_needed(0.5 * geometry.opening(arm), corner, growth) for arm in arms]
    found += [cells_needed(0.5 * geometry.arms[arm].end, wall, growth) for arm in arms if arm in geometry.arms]
    return max(least, *found)


def junction_cells(geometry: Junction, wall: float, corner: float, growth: float, axial_cells: int) -> int:
    """Number of quadrilaterals before each is cut into two triangles, and before any refinement."""
    layers = {line: layers_of(geometry, line, wall, corner, growth) for line in LINES}
    count = 4 * layers["horizontal"] * layers["vertical"]
    for name, arm in geometry.arms.items():
        stretches = arm_stretches(arm.length, corner, growth, axial_cells)
        count += 2 * layers[_line(name)] * sum(stretch.grading.cells for stretch in stretches)
    return count


def _line(side: str) -> str:
    """On which of the two lines an arm lies."""
    return "horizontal" if DIRECTIONS[side][0] else "vertical"


class _Drawing:
    """The junction while it is drawn; every edge is made once."""

    def __init__(self, canvas: Canvas, geometry: Junction, sizes: MeshSizes) -> None:
        self._canvas, self._geometry, self._sizes = canvas, geometry, sizes
        self._layers = {
            line: layers_of(geometry, line, sizes.wall, sizes.corner, sizes.growth, sizes.layers) for line in LINES
        }
        corners = {(h, v): geometry.corner(h, v) for h in ("left", "right") for v in ("top", "bottom")}
        self._corners = corners
        self._middles: dict[str, Point] = {}
        for side in DIRECTIONS:
            ends = [at for key, at in corners.items() if side in key]
            self._middles[side] = 0.5 * (ends[0] + ends[1])
        self._halves: dict[tuple[str, str], list[int]] = {}
        for horizontal, vertical in corners:
            for side, other in ((horizontal, vertical), (vertical, horizontal)):
                self._halves[side, other] = self._across(
                    side, corners[horizontal, vertical], self._middles[side], sizes.corner
                )

    def _across(self, side: str, wall: Point, middle: Point, first: float) -> list[int]:
        """An edge across a half of an arm, from its wall to its mid-plane."""
        line = _line(side)
        length = float(np.linalg.norm(wall - middle))
        return self._edge(wall, middle, f"across {line}", fill(length, first, self._layers[line]))

    def _edge(self, start: Point, stop: Point, family: str, grading: Grading) -> list[int]:
        return self._canvas.edge(_place(start), _place(stop), family, grading)

    def draw(self) -> None:
        """All of it."""
        self._middle()
        for name in self._geometry.terminals:
            self._arm(name)

    def _middle(self) -> None:
        """The four blocks around the point where the mid-planes cross."""
        centre = np.zeros(2)
        spokes = {}
        for side in DIRECTIONS:
            line = "vertical" if _line(side) == "horizontal" else "horizontal"  # whose grid lines it crosses
            length = float(np.linalg.norm(self._middles[side]))
            grading = fill(length, self._sizes.corner, self._layers[line])
            spokes[side] = self._edge(self._middles[side], centre, f"across {line}", grading)
        for (horizontal, vertical), corner in self._corners.items():
            loop = [
                self._halves[horizontal, vertical],
                spokes[horizontal],
                _back(spokes[vertical]),
                _back(self._halves[vertical, horizontal]),
            ]
            places = [corner, self._middles[horizontal], centre, self._middles[vertical]]
            self._canvas.block(REGION, loop, "Left", [_place(at) for at in places])
        if "bottom" not in self._geometry.arms:
            for horizontal in ("left", "right"):
                self._canvas.name(self._geometry.wall, self._halves["bottom", horizontal])

    def _arm(self, name: str) -> None:
        """The blocks of an arm on both sides of its mid-plane."""
        geometry, sizes, canvas = self._geometry, self._sizes, self._canvas
        arm = geometry.arms[name]
        stretches = arm_stretches(arm.length, sizes.corner, sizes.growth, sizes.axial_cells)
        end, half = geometry.end_of(name)
        sides = ("top", "bottom") if _line(name) == "horizontal" else ("right", "left")
        walls = {}
        for side in sides:
            key = (name, side) if (name, side) in self._corners else (side, name)
            sign = float(np.sum(DIRECTIONS[side]))
            walls[side] = (self._corners[key], end + sign * half)
        stops = [0.0, *(stretch.stop / arm.length for stretch in stretches[:-1]), 1.0]

        def between(ends: tuple[Point, Point], part: float) -> Point:
            return (1.0 - part) * ends[0] + part * ends[1]

        middle = (self._middles[name], end)
        axis = [
            self._edge(between(middle, start), between(middle, stop), f"{name} {number}", stretch.grading)
            for number, (stretch, (start, stop)) in enumerate(zip(stretches, itertools.pairwise(stops), strict=True))
        ]
        for side in sides:
            across = self._halves[name, side]
            for number, (stretch, (start, stop)) in enumerate(zip(stretches, itertools.pairwise(stops), strict=True)):
                near, far = between(walls[side], start), between(walls[side], stop)
                inner, outer = between(middle, start), between(middle, stop)
                wall = self._edge(near, far, f"{name} {number}", stretch.grading)
                first = sizes.wall if stop == 1.0 else sizes.corner
                beyond = self._across(name, far, outer, first)
                loop = [across, axis[number], _back(beyond), _back(wall)]
                canvas.block(REGION, loop, "Left", [_place(at) for at in (near, inner, outer, far)])
                canvas.name(arm.wall, wall)
                across = beyond
            canvas.name(name, across)


def _place(at: Point) -> tuple[float, float]:
    return float(at[0]), float(at[1])


def _back(edge: list[int]) -> list[int]:
    """The edge run through the other way."""
    return [-curve for curve in reversed(edge)]
