"""Cross-sections and walls of meshes in three dimensions, cut by planes: areas, lengths and means, on any number of ranks."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.discretization import build
from solver.discretization.cell_points import placed
from solver.discretization.meshing import make_mesh
from solver.observables.cut_sections import sections_of
from solver.observables.cuts import crossed, pieces_of_tetrahedra, pieces_of_triangles
from solver.observables.profiles import AxialSections
from solver.observables.wall_points import WallPoints
from solver.parallel.clock import Clock
from tests.support.small_cone import small_cone

COARSE = {"wall_size": "2 debye_length", "corner_size": "2 debye_length", "growth": 6.0, "axial_cells": 2}
ROUND = {"type": "cone", "length": 20e-9, "radius_tip": 5e-9, "radius_base": 8e-9}
BOX = {"type": "slit", "length": 20e-9, "height": 10e-9, "width": 16e-9}
ELLIPSE = {
    "type": "elliptic_pore",
    "length": 20e-9,
    "semi_axes": [8e-9, 6e-9],
    "semi_axes_at_end": [6e-9, 5e-9],
    "offset": [4e-9, 0],
}
IN_FRONT = {
    "cone": {"length": 20e-9, "radius": 20e-9},
    "slit": {"length": 20e-9, "width": 40e-9, "height": 40e-9},
    "elliptic_pore": {"length": 20e-9, "radius": 25e-9},
}


@dataclass(frozen=True)
class Cut:
    """A device in three dimensions with its cross-sections."""

    case: Case
    tagged: TaggedMesh
    sections: AxialSections

    def mean(self, function: Any) -> np.ndarray:
        """Means over the cross-sections of a function of coordinates (m), interpolated into quadratic elements."""
        found = fem.Function(fem.functionspace(self.tagged.mesh, ("Lagrange", 2)))
        found.interpolate(lambda x: function(x * self.tagged.unit))
        values = self.sections.at.values(found)[:, 0]
        local = np.bincount(self.sections.section, self.sections.weight * values, minlength=len(self.sections.position))
        return np.asarray(self.sections.comm.allreduce(local, op=MPI.SUM))


def cut(geometry: dict[str, Any], part: str) -> Cut:
    """A device of which the mesh holds a part."""
    data = small_cone(10.0) | {"walls": {}, "mesh": COARSE, "outputs": {"errors": "none"}}
    case = Case.model_validate(
        data | {"geometry": geometry | {"reservoirs": IN_FRONT[geometry["type"]], "dimension": 3, "part": part}}
    )
    tagged = make_mesh(case, [case], MPI.COMM_WORLD)
    sections = sections_of(tagged, case.geometry, 40, case.geometry.measure_factor)
    assert sections is not None
    return Cut(case, tagged, sections)


def test_pieces_of_simplices_fill_their_cuts() -> None:
    corners = np.vstack([np.zeros(3), np.eye(3)])
    for heights in ([0.0, 1.0, 2.0, 4.0], [0.0, 0.0, 1.0, 1.0], [3.0, 1.0, 0.0, 1.0]):
        for level in (0.3, 1.0, 1.7):
            given = np.array([heights])
            whole, _ = crossed(given, np.array([level]))
            assert len(whole) == int(min(heights) < level <= max(heights))
            which, found = pieces_of_tetrahedra(given, np.array([level]))
            assert found @ np.array(heights) == pytest.approx(np.full(found.shape[:2], level), abs=1e-14)
            sides = (found[:, 1:] - found[:, :1]) @ corners
            area = 0.5 * np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum()
            # the derivative of the volume below the level, by the step of a linear function
            slope = np.linalg.norm(np.linalg.solve(corners[1:], np.array(heights[1:]) - heights[0]))
            volume = [_below(np.array(heights), level + step) for step in (-1e-4, 1e-4)]
            if level not in heights:
                assert area / slope == pytest.approx((volume[1] - volume[0]) / 2e-4, rel=1e-3, abs=1e-6), (
                    heights,
                    level,
                )
            assert set(which) <= {0}
    ends = pieces_of_triangles(np.array([[0.0, 1.0, 2.0]]), np.array([0.5]))
    assert ends[0] == pytest.approx(np.array([[0.5, 0.5, 0.0], [0.75, 0.0, 0.25]]))


def _below(heights: np.ndarray, level: float) -> float:
    """Volume of the reference tetrahedron where a linear function is below a level, by divided differences."""
    # the volume is a spline: sums of truncated cubes over the distances of distinct heights
    apart = heights + 1e-5 * np.arange(4)
    parts = [
        max(level - h, 0.0) ** 3 / np.prod([other - h for j, other in enumerate(apart) if j != k])
        for k, h in enumerate(apart)
    ]
    return float(sum(parts)) / 6.0


def shape(device: Cut) -> tuple[np.ndarray, np.ndarray]:
    """Area, and mean square of the distance from the axis of the reservoirs, of every cross-section."""
    geometry = device.case.geometry
    s = np.clip(device.sections.position / geometry.length, 0.0, 1.0)
    if geometry.type == "slit":
        return np.full(len(s), 160e-18), np.full(len(s), (5e-9**2 + 8e-9**2) / 3)
    axes = (
        geometry.semi_axes_along(s) if geometry.type == "elliptic_pore" else geometry.profile(s)[:, None] * np.ones(2)
    )
    beside = (4e-9 if geometry.type == "elliptic_pore" else 0.0) ** 2
    return np.pi * axes.prod(axis=1), beside + (axes**2).sum(axis=1) / 4


@pytest.mark.parametrize(
    ("geometry", "part"), [(ROUND, "quarter"), (BOX, "half"), (ELLIPSE, "half")], ids=["cone", "slit", "ellipse"]
)
def test_cross_sections_of_the_channel_and_in_front_of_its_mouths(geometry: dict[str, Any], part: str) -> None:
    device = cut(geometry, part)
    sections, (area, squares) = device.sections, shape(device)
    exact = geometry is BOX
    assert sections.area == pytest.approx(area, rel=1e-12 if exact else 5e-4)
    assert device.mean(lambda x: x[0]) == pytest.approx(sections.position, abs=1e-18)
    assert device.mean(lambda x: x[1] ** 2 + x[2] ** 2) == pytest.approx(squares, rel=1e-6 if exact else 2e-3)
    if part == "half" and exact:
        assert device.mean(lambda x: x[1]) == pytest.approx(0.0, abs=1e-15)
    there, _ = placed(device.tagged.mesh, sections.cells, sections.reference)
    assert there == pytest.approx(sections.points, abs=1e-9 * device.tagged.extent())
    assert sections.reference.min(initial=0.0) > -0.02
    outside = ~sections.inside
    assert 10 <= np.count_nonzero(outside) <= 20


def test_lines_around_a_wall() -> None:
    device = cut(ROUND, "quarter")
    problem = build.make_problem(device.case, device.tagged, Clock())
    at = WallPoints.of(problem, device.sections)
    length = np.bincount(at.section, at.weight, minlength=at.count)
    total = at.comm.allreduce(length, op=MPI.SUM) * device.tagged.unit
    inside = device.sections.inside
    radius = device.case.geometry.profile(device.sections.position[inside] / device.case.geometry.length)
    assert total[inside] == pytest.approx(np.pi / 2 * radius, rel=5e-4)
    assert np.all(total[~inside] == 0.0)
    (mean,) = at.of_all_ranks([at.points[:, 0] * device.tagged.unit])
    assert mean[inside] == pytest.approx(device.sections.position[inside], abs=1e-18)
    assert np.all(np.isnan(mean[~inside]))
    away = np.hypot(at.points[:, 1], at.points[:, 2]) * device.tagged.unit
    expected = device.case.geometry.profile(at.points[:, 0] * device.tagged.unit / device.case.geometry.length)
    assert away == pytest.approx(expected, rel=5e-4)


def test_planes_on_corners_of_cells_count_once() -> None:
    # a cube of six tetrahedra, cut through all of its corners and in between
    cube = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    cells = [
        [0, *(sum(4 >> order[j] for j in range(k + 1)) for k in range(3))] for order in itertools.permutations(range(3))
    ]
    corners = cube[cells]
    for levels in (np.array([0.5]), np.array([1.0])):
        which, number = crossed(corners[:, :, 0], levels)
        of, found = pieces_of_tetrahedra(corners[which, :, 0], levels[number])
        points = np.einsum("tkc,tci->tki", found, corners[which[of]])
        sides = points[:, 1:] - points[:, :1]
        area = 0.5 * np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum()
        assert area == pytest.approx(1.0, rel=1e-12)
