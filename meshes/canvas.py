"""Points, graded edges and mapped blocks in a model of Gmsh."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from meshes.grading import Grading, halved
from meshes.sizes import UNIT, MeshSizes
from meshes.strips import Strip

Place = tuple[float, float]
"""Axial and transverse position in metres."""


class Canvas:
    """Points, graded edges and mapped blocks in a Gmsh model; metres outside, mesh units inside.

    An edge is a chain of curves of one cell each, so that its grid lines can lie anywhere.
    """

    def __init__(self, gmsh: Any, sizes: MeshSizes) -> None:
        self._gmsh = gmsh
        self._geo = gmsh.model.geo
        self._sizes = sizes
        self._points: dict[tuple[int, int], int] = {}
        self._curves: dict[str, list[int]] = {}
        self._regions: dict[str, list[int]] = {}
        self.strips: dict[int, Strip] = {}
        """The strip that each curve lies across."""

    def nodes(self, family: str, cells: int) -> tuple[float, ...]:
        """Grid lines of a family whose description has that many cells."""
        placed = self._sizes.nodes.get(family, tuple(map(float, range(cells + 1))))
        if placed[-1] != cells:
            raise ValueError(f"the grid lines of '{family}' end at {placed[-1]:g}, the description has {cells} cells")
        return self._sizes.coarsening.thinned(halved(placed, self._sizes.refinement))

    def _point(self, at: Place) -> int:
        # Blocks meet where their points are the same to a thousandth of a picometre.
        key = (round(at[0] / UNIT * 1e6), round(at[1] / UNIT * 1e6))
        if key not in self._points:
            self._points[key] = self._geo.addPoint(at[0] / UNIT, at[1] / UNIT, 0.0)
        return self._points[key]

    def edge(self, start: Place, stop: Place, family: str, grading: Grading) -> list[int]:
        """A straight edge whose cells grow from `start` on."""
        fractions = grading.positions(self.nodes(family, grading.cells))
        points = np.outer(1 - fractions, start) + np.outer(fractions, stop)
        points[-1] = stop
        return self.through(points, family, grading)

    def through(self, points: np.ndarray, family: str, grading: Grading) -> list[int]:
        """An edge through given points, one for each grid line of the family. Shape (n, 2), metres."""
        curves = []
        ends = itertools.pairwise([self._point((float(z), float(r))) for z, r in points])
        for pair, (low, high) in zip(ends, itertools.pairwise(self.nodes(family, grading.cells)), strict=True):
            curve = self._geo.addLine(*pair)
            self._geo.mesh.setTransfiniteCurve(curve, 2)
            self.strips[curve] = Strip(family, low, high)
            curves.append(curve)
        return curves

    def block(self, region: str, sides: Sequence[list[int]], lean: str, corners: Sequence[Place]) -> None:
        """A mapped block inside the loop of edges; `lean` is the direction of its diagonals."""
        loop = self._geo.addCurveLoop([curve for side in sides for curve in side])
        surface = self._geo.addPlaneSurface([loop])
        self._geo.mesh.setTransfiniteSurface(surface, lean, [self._point(corner) for corner in corners])
        self._regions.setdefault(region, []).append(surface)

    def name(self, boundary: str, edge: list[int]) -> None:
        """Add an edge to a named boundary."""
        self._curves.setdefault(boundary, []).extend(edge)

    def finish(self) -> None:
        """Mesh the model and write the names as physical groups."""
        self._geo.synchronize()
        for dimension, groups in ((1, self._curves), (2, self._regions)):
            for name, entities in groups.items():
                self._gmsh.model.addPhysicalGroup(dimension, entities, name=name)
        self._gmsh.model.mesh.generate(2)
