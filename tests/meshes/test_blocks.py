"""Meshes in three dimensions: the devices' volumes and areas, cells that conform and are not inverted, names, and errors."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import basix
import numpy as np
import pytest

from meshes.blocks.assembly import Blocks
from meshes.blocks.check import smallest_determinants
from meshes.blocks.mesh import EDGES, FACES, BlockMesh
from meshes.blocks.round_pore import round_pore
from meshes.blocks.slit import Box, SideWallSlit, side_wall_slit
from meshes.errors import MeshError
from meshes.geometry import Bullet, ChannelGeometry, Cylinder, Hourglass, Profile, Slit
from meshes.grading import Grading
from meshes.particle import Particle
from meshes.sizes import UNIT, Face, MeshSizes

pytestmark = pytest.mark.serial

NM = 1e-9
ROUND = {"length": 50 * NM, "radius": 50 * NM}
COARSE = MeshSizes(wall=10 * NM, corner=8 * NM, growth=4.0, axial_cells=2, layers=1)


def graded(debye: float) -> MeshSizes:
    """Half a Debye length (nm) at walls, less at corners."""
    return MeshSizes(wall=0.5 * debye * NM, corner=0.15 * debye * NM, growth=2.0, axial_cells=12)


def cylinder(ratio: float, **keys: Any) -> Cylinder:
    return Cylinder(length=10 * ratio * NM, radius=10 * NM, **{"reservoirs": ROUND, **keys})


def slit(length: float, width: float = 40.0) -> SideWallSlit:
    box = Box(length=100 * NM, width=(width + 200) * NM, height=220 * NM)
    return SideWallSlit(length=length * NM, width=width * NM, height=20 * NM, reservoirs=(box, box))


def integrals(geometry: ChannelGeometry) -> tuple[float, float]:
    """Volume of the device and area of the channel's wall, in nm, from the profile."""
    at, weights = np.polynomial.legendre.leggauss(40)
    halves = [np.concatenate([(at + 1) / 4, (at + 3) / 4]), np.concatenate([weights, weights]) / 4]
    s, along = halves[0], halves[1] * geometry.length / UNIT
    radius, near = geometry.profile(s) / UNIT, 1e-6
    slope = (geometry.profile(s + near) - geometry.profile(s - near)) / (2 * near * geometry.length)
    spaces = sum(math.pi * reach**2 * length for length, reach in geometry.spaces) / UNIT**3
    return (
        float(math.pi * radius**2 @ along) + spaces,
        float(2 * math.pi * (radius * np.sqrt(1 + slope**2)) @ along),
    )


@pytest.mark.parametrize(
    "geometry",
    [
        cylinder(2),
        Hourglass(length=40 * NM, radius_waist=5 * NM, radius_ends=12 * NM, reservoirs=ROUND),
        Bullet(length=40 * NM, radius_tip=5 * NM, radius_base=15 * NM, exponent=2.0, reservoirs=ROUND),
    ],
    ids=lambda each: each.type,
)
def test_volume_and_area_of_round_pores_are_of_fourth_order(geometry: ChannelGeometry) -> None:
    meshes = [round_pore(geometry, replace(COARSE, refinement=times), quadrant_cells=2) for times in (0, 1)]
    exact = integrals(geometry)
    for number, found in enumerate([[4 * m.volume() for m in meshes], [4 * m.area("channel") for m in meshes]]):
        errors = np.abs(np.array(found) / exact[number] - 1)
        assert errors[1] < 6e-5
        assert np.log2(errors[0] / errors[1]) > 3.8


def test_the_wall_is_round_and_mirrors_are_flat() -> None:
    sizes = replace(graded(1.54), faces={"right": Face("membrane_right", True, (20 * NM, 30 * NM))})
    reservoirs = {"left": {**ROUND, "terminal": "end"}, "right": ROUND}
    mesh = round_pore(cylinder(3, reservoirs=reservoirs), sizes)

    def at(name: str) -> tuple[np.ndarray, np.ndarray]:
        points = mesh.nodes[mesh.facets_of(name).ravel()]
        return points[:, 0], np.hypot(points[:, 1], points[:, 2])

    names = {"channel", "left", "right", "membrane_face", "membrane_right", "reservoir", "symmetry_y", "symmetry_z"}
    assert set(mesh.boundaries) == names
    assert at("channel")[1] == pytest.approx(10.0, abs=1e-12)
    assert (at("left")[0] == -50).all()
    assert (at("membrane_face")[0] == 0).all()
    assert at("membrane_right")[0] == pytest.approx(30.0, abs=1e-12)
    assert at("reservoir")[1] == pytest.approx(50.0, abs=1e-12)
    assert at("reservoir")[0].max() == 0
    assert (mesh.nodes[mesh.facets_of("symmetry_y"), 1] == 0).all()
    assert (mesh.nodes[mesh.facets_of("symmetry_z"), 2] == 0).all()
    for jump in (20, 30):  # grid lines where the charge of the face jumps
        assert np.isclose(at("membrane_right")[1], jump, atol=1e-9).sum() > 10
    at_mouth = mesh.nodes[(mesh.nodes[:, 0] == 0) & (mesh.nodes[:, 2] == 0)]
    depth = 10 - at_mouth[:, 1]
    assert depth[depth > 1e-6].min() == pytest.approx(0.15 * 1.54 / 2, rel=1e-6)  # half the cell at the corner


UNKNOWNS = {3: 80, 30: 89, 1000: 103}


def test_long_pores_take_hardly_more_cells() -> None:
    """Thousands of unknowns of a quarter at length over radius; each mesh passes its check or is not made."""
    meshes = {ratio: round_pore(cylinder(ratio), graded(1.54)) for ratio in UNKNOWNS}
    for ratio, mesh in meshes.items():
        assert mesh.unknowns() / 1000 == pytest.approx(UNKNOWNS[ratio], rel=0.02)
        assert smallest_determinants(mesh).min() > 0.2
    assert meshes[1000].unknowns() < 1.4 * meshes[3].unknowns()


def test_slit_with_side_walls() -> None:
    mesh = side_wall_slit(slit(20_000), graded(3.04))
    assert mesh.unknowns() / 1000 == pytest.approx(222, rel=0.02)
    assert 4 * mesh.volume() == pytest.approx(20_000 * 40 * 20 + 2 * 100 * 240 * 220, rel=1e-12)
    assert 4 * mesh.volume("channel") == pytest.approx(20_000 * 40 * 20, rel=1e-12)
    areas = {
        "channel": 2 * 40 * 20_000,
        "side_wall": 2 * 20 * 20_000,
        "membrane_face": 2 * (240 * 220 - 40 * 20),
        "left": 240 * 220 + 2 * (240 + 220) * 100,
        "right": 240 * 220 + 2 * (240 + 220) * 100,
        "symmetry_y": 2 * (20 * 20_000 + 2 * 220 * 100),
        "symmetry_z": 2 * (40 * 20_000 + 2 * 240 * 100),
    }
    assert {name: 4 * mesh.area(name) for name in mesh.boundaries} == pytest.approx(areas, rel=1e-12)


@pytest.mark.parametrize(
    "draw", [lambda part: round_pore(cylinder(2), COARSE, part), lambda part: side_wall_slit(slit(60), COARSE, part)]
)
def test_parts_are_the_same_device(draw: Any) -> None:
    quarter, half, full = draw("quarter"), draw("half"), draw("full")
    assert [mesh.copies for mesh in (quarter, half, full)] == [4, 2, 1]
    for mesh in (half, full):
        assert mesh.copies * mesh.volume() == pytest.approx(4 * quarter.volume(), rel=1e-12)
        assert mesh.copies * mesh.area("channel") == pytest.approx(4 * quarter.area("channel"), rel=1e-12)
    mirrors = {"symmetry_y", "symmetry_z"}
    assert [mirrors & set(mesh.boundaries) for mesh in (quarter, half, full)] == [mirrors, {"symmetry_z"}, set()]
    for mesh in (quarter, half, full):
        closed_and_conforming(mesh)


def closed_and_conforming(mesh: BlockMesh) -> None:
    """Without the program's own search: vertices, edges, faces and cells of a ball, each named facet once on its surface."""
    faces = np.sort(mesh.cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
    edges = np.sort(mesh.cells[:, np.array(EDGES)].reshape(-1, 2), axis=1)
    unique, counts = np.unique(faces, axis=0, return_counts=True)
    number_of_edges = len(np.unique(edges, axis=0))
    assert mesh.vertices - number_of_edges + len(unique) - len(mesh.cells) == 1
    assert len(mesh.nodes) == mesh.vertices + number_of_edges
    outer = {tuple(face) for face in unique[counts == 1].tolist()}
    named = [tuple(sorted(facet)) for facet in mesh.facets[:, :3].tolist()]
    assert len(named) == len(outer)
    assert set(named) == outer


def test_ends_without_reservoirs_are_terminals() -> None:
    for mesh in (
        round_pore(cylinder(5, reservoirs=None), graded(1.54)),
        side_wall_slit(replace(slit(60), reservoirs=(None, None)), graded(3.04)),
    ):
        assert {"left", "right", "channel"} <= set(mesh.boundaries)
        assert set(mesh.regions) == {"channel"}


def test_a_kinked_profile_has_a_section_at_its_kink() -> None:
    geometry = Profile(positions=(0, 20 * NM, 50 * NM), radii=(15 * NM, 5 * NM, 10 * NM), reservoirs=ROUND)
    wall = round_pore(geometry, COARSE)
    points = wall.nodes[wall.facets_of("channel").ravel()]
    assert np.hypot(points[:, 1], points[:, 2]).min() == pytest.approx(5.0)


def test_narrow_waists_get_more_cells_along_the_pore() -> None:
    """With the cells that are asked for the radius changes 3.9 times within one, and cells are inverted."""
    wide = {"length": 200 * NM, "radius": 300 * NM}
    geometry = Hourglass(length=400 * NM, radius_waist=10 * NM, radius_ends=110 * NM, exponent=2.5, reservoirs=wide)
    mesh = round_pore(geometry, replace(COARSE, axial_cells=4))
    assert smallest_determinants(mesh).min() > 0.05


def test_nodes_have_the_order_of_basix() -> None:
    element = basix.create_element(
        basix.ElementFamily.P, basix.CellType.tetrahedron, 2, basix.LagrangeVariant.equispaced
    )
    mesh = side_wall_slit(slit(60), COARSE)  # straight cells
    corners = mesh.nodes[mesh.cells[:, :4]]
    straight = corners[:, :1] + np.einsum("pk,cki->cpi", element.points, corners[:, 1:] - corners[:, :1])
    assert mesh.nodes[mesh.cells] == pytest.approx(straight, abs=1e-9)


def box(
    blocks: Blocks, start: float = 0.0, at: tuple[int, ...] | None = None, cells: int | None = 1
) -> tuple[int, ...]:
    """A cube behind a section that is there already, or a new one; the points of its end."""
    first = at or tuple(blocks.point(start, y, z) for y in (0.0, 1.0) for z in (0.0, 1.0))
    last = tuple(blocks.point(start + 1, y, z) for y in (0.0, 1.0) for z in (0.0, 1.0))
    blocks.block((*first, *last), "fluid")
    if cells is not None:
        for one, other in ((first[0], last[0]), (first[0], first[1]), (first[0], first[2])):
            blocks.edge(one, other, Grading(cells))
    return last


def test_blocks_share_faces_and_counts() -> None:
    blocks = Blocks(lambda points: points)
    end = box(blocks, cells=3)
    last = box(blocks, 1.0, end, cells=None)
    blocks.edge(end[3], last[3], Grading(2))
    blocks.name_sides(lambda corners: "wall")
    mesh = blocks.mesh("full")
    assert len(mesh.cells) == 6 * (27 + 18)
    assert (mesh.volume(), mesh.area("wall")) == (pytest.approx(2), pytest.approx(10))
    closed_and_conforming(mesh)


def test_what_is_wrong_with_blocks() -> None:
    def refused(match: str, blocks: Blocks) -> None:
        with pytest.raises(MeshError, match=match):
            blocks.mesh("full")

    nameless = Blocks(lambda points: points)
    box(nameless)
    refused("open inside the mesh or have no name", nameless)
    apart = Blocks(lambda points: points)
    box(apart)
    box(apart, 1.0)  # at the same place, but with points of its own
    apart.name_sides(lambda corners: None if (corners[:, 0] == 1.0).all() else "wall")
    refused("4 faces are open inside", apart)
    uncounted = Blocks(lambda points: points)
    box(uncounted, cells=None)
    refused("no number of cells", uncounted)
    unequal = Blocks(lambda points: points)
    end = box(unequal, cells=2)
    unequal.edge(end[0], end[1], Grading(3))
    refused("different numbers of cells", unequal)
    folded = Blocks(lambda points: np.column_stack([points[:, 0] * (points[:, 0] - 0.9), points[:, 1:]]))
    box(folded, cells=1)
    folded.name_sides(lambda corners: "wall")
    refused("6 of 6 cells of the mesh are inverted", folded)


def test_devices_without_a_mesh_in_three_dimensions() -> None:
    flat = Slit(length=NM, height=NM, width=NM, reservoirs=None)
    with pytest.raises(MeshError, match="no round cross-section"):
        round_pore(flat, COARSE)
    particle = Particle(radius=2 * NM, position=5 * NM)
    with pytest.raises(MeshError, match="particle"):
        round_pore(cylinder(3, particle=particle), COARSE)
    with pytest.raises(MeshError, match="even number"):
        round_pore(cylinder(3), COARSE, quadrant_cells=3)
    with pytest.raises(MeshError, match="wider and higher"):
        replace(slit(60), width=1e-6)
