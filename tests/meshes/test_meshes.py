"""Meshes: sizes as asked, symmetric, cheap when long, named; the estimate of `check` agrees with what is drawn."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.build import build, draw
from meshes.cell import Cell
from meshes.geometry import Bullet, Cone, Cylinder, Hourglass, Profile, Slit
from meshes.grading import cells_needed, channel_stretches, fill
from meshes.session import gmsh_session
from meshes.sizes import UNIT, Face, MeshSizes
from solver.case.case import Case
from solver.check.size import estimate_unknowns
from solver.discretization.meshing import mesh_sizes
from tests.support.paths import CASES

ROUND = {"length": 100e-9, "radius": 100e-9}
DEVICES = [
    Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=ROUND),
    Cylinder(length=200e-9, radius=5e-9, reservoirs=ROUND),
    Slit(length=200e-9, height=10e-9, width=1e-6, reservoirs={"length": 100e-9, "half_height": 100e-9}),
    Profile(positions=(0, 40e-9, 100e-9), radii=(15e-9, 4e-9, 20e-9), reservoirs=ROUND),
    Hourglass(length=200e-9, radius_waist=5e-9, radius_ends=15e-9, reservoirs=ROUND),
    Bullet(length=200e-9, radius_tip=5e-9, radius_base=15e-9, exponent=5.0, reservoirs=ROUND),
]
SIZES = MeshSizes(wall=1e-9, corner=0.1e-9, growth=1.8)


def triangles(geometry: Any, sizes: MeshSizes) -> np.ndarray:
    """Corners of all triangles in nanometres. Shape (n, 3, 2)."""
    with gmsh_session() as gmsh:
        draw(gmsh, geometry, sizes)
        tags, points, _ = gmsh.model.mesh.getNodes()
        nodes = gmsh.model.mesh.getElements(2)[2][0].reshape(-1, 3)
    order = np.argsort(tags)
    return points.reshape(-1, 3)[order[np.searchsorted(tags[order], nodes)]][:, :, :2]


def areas(corners: np.ndarray) -> np.ndarray:
    """Area of each triangle."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2


@pytest.mark.parametrize("device", DEVICES, ids=lambda d: d.type)
def test_blocks_fill_the_device_without_overlap(device: Any) -> None:
    s = np.linspace(0, 1, 20001)
    profile = device.profile(s)
    channel = float(np.mean((profile[1:] + profile[:-1]) / 2)) * device.length
    total = (channel + 2 * 100e-9 * 100e-9) / UNIT**2
    found = areas(triangles(device, SIZES))
    assert found.min() > 0
    # curved walls lose the segments between their straight edges
    assert found.sum() == pytest.approx(total, rel=1e-9 if device.type in ("cone", "cylinder", "slit") else 2e-3)


@pytest.mark.parametrize("device", [d for d in DEVICES if d.mirror_symmetric], ids=lambda d: d.type)
@pytest.mark.parametrize("charged", [False, True])
def test_symmetric_devices_have_symmetric_meshes(device: Any, charged: bool) -> None:
    faces = {name: Face(charged=charged, jumps=(50e-9,) * charged) for name in device.terminals}
    corners = triangles(device, MeshSizes(wall=1e-9, corner=0.1e-9, growth=1.8, faces=faces))
    mirrored = corners.copy()
    mirrored[:, :, 0] = device.length / UNIT - mirrored[:, :, 0]

    def centres(t: np.ndarray) -> np.ndarray:
        middle = np.round(t.mean(axis=1), 2)
        return middle[np.lexsort(middle.T)]

    assert np.allclose(centres(corners), centres(mirrored), atol=0.02)


def test_cells_at_walls_and_corners() -> None:
    corners = triangles(DEVICES[1], SIZES)
    height = corners[:, :, 1].max(axis=1) - corners[:, :, 1].min(axis=1)
    offset = corners - [0.0, 5.0]
    at_corner = offset[np.abs(offset).sum(axis=2).min(axis=1) < 1e-6].reshape(-1, 2)
    along_wall = at_corner[(np.abs(at_corner[:, 1]) < 1e-6) & (at_corner[:, 0] > 1e-6), 0]
    along_face = at_corner[(np.abs(at_corner[:, 0]) < 1e-6) & (at_corner[:, 1] > 1e-6), 1]
    assert along_wall == pytest.approx(np.full_like(along_wall, 0.1), rel=1e-6)
    assert along_face == pytest.approx(np.full_like(along_face, 0.1), rel=1e-6)
    assert len(along_wall) > 0 < len(along_face)
    assert np.abs(at_corner).max() < 0.2, "nothing larger between them"
    near = (corners[:, :, 1].max(axis=1) > 5 - 1e-9) & (np.abs(corners[:, :, 0].mean(axis=1) - 100) < 20)
    assert height[near].max() <= 1.0 * 1.01


def test_long_channels_stay_cheap() -> None:
    """Length over radius from 10 to 10^4: the cells grow with its logarithm."""
    counts = [
        len(triangles(Cylinder(length=ratio * 5e-9, radius=5e-9, reservoirs=ROUND), SIZES))
        for ratio in (10, 100, 1000, 10000)
    ]
    assert counts[-1] < 1.6 * counts[1]


def test_refinement_splits_every_cell() -> None:
    coarse = len(triangles(DEVICES[0], SIZES))
    fine = len(triangles(DEVICES[0], MeshSizes(wall=1e-9, corner=0.1e-9, growth=1.8, refinement=1)))
    assert fine == pytest.approx(4 * coarse, rel=0.02)


def test_charge_jumps_are_mesh_lines() -> None:
    corners = triangles(DEVICES[1], MeshSizes(wall=1e-9, corner=0.1e-9, growth=1.8, stations=(120e-9,)))
    z = corners[:, :, 0]
    assert not ((z.min(axis=1) < 120 - 1e-6) & (z.max(axis=1) > 120 + 1e-6) & (corners[:, :, 1].max(axis=1) <= 5)).any()


@pytest.mark.parametrize(("length", "first", "growth"), [(50.0, 0.1, 1.5), (1.0, 0.3, 1.2), (5.0, 10.0, 2.0)])
def test_grading_fills_the_length(length: float, first: float, growth: float) -> None:
    cells = cells_needed(length, first, growth)
    grading = fill(length, first, cells)
    sizes = grading.ratio ** np.arange(cells)
    start = length / sizes.sum()
    assert start <= max(first, length / cells) * (1 + 1e-9)
    assert grading.ratio <= growth * (1 + 1e-9)


def test_stretches_join() -> None:
    stretches = channel_stretches(DEVICES[0], (50e-9,), 0.1e-9, 1.8, 8)
    assert stretches[0].start == 0
    assert stretches[-1].stop == pytest.approx(200e-9)
    for one, other in itertools.pairwise(stretches):
        assert one.stop == other.start


@pytest.mark.parametrize("name", ["conical_rectifier", "bipolar_diode", "conical_microchannel", "slit_electroosmosis"])
def test_estimate_of_check_agrees_with_the_mesh(name: str) -> None:
    from solver.case.loading import load_case

    case = load_case(CASES / name)
    estimate = estimate_unknowns(case)
    assert estimate is not None
    drawn = len(triangles(case.geometry, mesh_sizes(case, [case])))
    assert estimate.cells == pytest.approx(drawn, rel=0.05)


def test_the_mesh_is_graded_at_rings_of_charge() -> None:
    """A node on the ring, small cells on both sides of it; their number is expected."""
    ring = {"surface_charge": {"type": "piecewise", "breaks": [40e-9], "values": [-0.02, 0.0]}}
    case = Case.model_validate(
        {
            "geometry": DEVICES[0],
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
            "walls": {"membrane_base": ring, "channel": {"surface_charge": -0.02}},
        }
    )
    sizes = mesh_sizes(case, [case])
    corners = triangles(case.geometry, sizes)
    estimate = estimate_unknowns(case)
    assert estimate is not None
    assert estimate.cells == pytest.approx(len(corners), rel=0.05)
    face = np.unique(np.round(corners.reshape(-1, 2)[np.abs(corners.reshape(-1, 2)[:, 0]) < 1e-9][:, 1], 9))
    face = face[face >= 20.0 - 1e-9]
    (at,) = np.flatnonzero(np.isclose(face, 40.0))
    assert np.diff(face)[[0, at - 1, at]] == pytest.approx(sizes.corner / UNIT, rel=0.2)


def test_boundaries_are_named_and_complete() -> None:
    tagged = build(DEVICES[0], SIZES, MPI.COMM_WORLD)
    assert set(tagged.boundaries) == {"base", "tip", "channel", "membrane_face", "axis"}
    assert set(tagged.regions) == {"channel", "reservoir_base", "reservoir_tip"}
    from dolfinx.mesh import exterior_facet_indices

    tagged.mesh.topology.create_connectivity(1, 2)
    assert np.isin(exterior_facet_indices(tagged.mesh.topology), tagged.facets_of(*tagged.boundaries)).all()


CELL = Cell(length=200e-9, width=1e-6, height=50e-9)


def lines_across(cell: Cell, sizes: MeshSizes) -> np.ndarray:
    """Axial positions of the grid lines of a closed cell, nm; every one goes from side to side."""
    corners = triangles(cell, sizes).reshape(-1, 2)
    assert set(np.round(corners[:, 1], 6)) == {0.0, round(cell.strip / UNIT, 6)}
    return np.unique(np.round(corners[:, 0], 6))


def test_a_closed_cell_is_graded_towards_its_plates() -> None:
    """First cells as asked, neighbours within the growth, the same from both plates, few cells for long ones."""
    z = lines_across(CELL, SIZES)
    assert areas(triangles(CELL, SIZES)).sum() == pytest.approx(200 * 50, rel=1e-12)
    assert (z[0], z[-1]) == (0.0, 200.0)
    assert z + z[::-1] == pytest.approx(np.full(len(z), 200.0), abs=1e-5)
    steps = np.diff(z)
    assert steps[0] == pytest.approx(0.1, rel=1e-4), "the shorter one of wall and corner"
    assert steps.max() <= 200.0 / 16 * SIZES.growth
    assert (np.maximum(steps[1:] / steps[:-1], steps[:-1] / steps[1:])).max() <= 1.8 * (1 + 1e-3)
    assert np.diff(lines_across(CELL, replace(SIZES, wall=0.02e-9)))[0] == pytest.approx(0.02, rel=1e-3)
    assert len(lines_across(CELL, replace(SIZES, corner=60e-9, wall=60e-9, axial_cells=10))) == 11, "equal cells"
    assert len(lines_across(CELL.model_copy(update={"length": 1e-3}), SIZES)) < 3 * len(z)
    assert np.array_equal(lines_across(CELL.model_copy(update={"height": None}), SIZES), z), "one cell across, always"


def test_a_closed_cell_is_its_own_mirror_image() -> None:
    """Diagonals included, so that opposite plates give opposite numbers."""
    corners = triangles(CELL, SIZES)
    mirrored = corners.copy()
    mirrored[:, :, 0] = 200.0 - mirrored[:, :, 0]

    def sorted_triangles(t: np.ndarray) -> list[Any]:
        return sorted(sorted(map(tuple, np.round(triangle, 4).tolist())) for triangle in t)

    assert sorted_triangles(corners) == sorted_triangles(mirrored)


def test_boundaries_of_a_closed_cell() -> None:
    """Both plates and both sides have names and their lengths; integrals times the measure factor are areas."""
    import ufl
    from dolfinx import fem
    from dolfinx.mesh import entities_to_geometry, exterior_facet_indices

    tagged = build(CELL, SIZES, MPI.COMM_WORLD)
    assert set(tagged.boundaries) == {"left", "right", "side"}
    assert set(tagged.regions) == {"cell"}
    tagged.mesh.topology.create_connectivity(1, 2)
    named = tagged.facets_of("left", "right", "side")
    assert np.isin(exterior_facet_indices(tagged.mesh.topology), named).all()
    ds = ufl.Measure("ds", tagged.mesh, subdomain_data=tagged.facets)
    one = fem.Constant(tagged.mesh, 1.0)

    def area(name: str) -> float:
        local = fem.assemble_scalar(fem.form(one * ds(tagged.boundaries[name])))
        return float(tagged.mesh.comm.allreduce(local)) * tagged.unit * CELL.measure_factor

    assert area("left") == pytest.approx(50e-9 * 1e-6, rel=1e-9)
    assert area("right") == pytest.approx(50e-9 * 1e-6, rel=1e-9)
    assert area("side") == pytest.approx(2 * 200e-9 * 1e-6, rel=1e-9)
    volume = tagged.mesh.comm.allreduce(fem.assemble_scalar(fem.form(one * ufl.dx(domain=tagged.mesh))))
    assert volume * tagged.unit**2 * CELL.measure_factor == pytest.approx(50e-9 * 1e-6 * 200e-9, rel=1e-9)
    ends = entities_to_geometry(tagged.mesh, 1, tagged.facets_of("left"))
    assert np.abs(tagged.mesh.geometry.x[ends, 0]).max(initial=0.0) == 0.0


def test_sizes_follow_the_thinnest_layer_of_the_study() -> None:
    from solver.case.loading import load_case

    case: Case = load_case(CASES / "slit_conductance")
    one = mesh_sizes(case, [case])
    all_points = mesh_sizes(case, [case.with_value("electrolyte.concentration", 1000.0), case])
    assert all_points.wall < one.wall
