"""Meshes of pores and channels that are no bodies of revolution: volumes, areas, names, and cells that are not inverted."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from meshes.blocks.building import block_mesh, mesh_size
from meshes.blocks.check import smallest_determinants
from meshes.blocks.mesh import EDGES, FACES, BlockMesh
from meshes.channel import ChannelGeometry
from meshes.errors import MeshError
from meshes.geometry import Cylinder
from meshes.sizes import Face, MeshSizes
from meshes.spatial import EllipticPore, PoreArray, TaperedChannel

pytestmark = pytest.mark.serial

NM = 1e-9
BOX = {"length": 80 * NM, "width": 200 * NM, "height": 120 * NM}
ROUND = {"length": 100 * NM, "radius": 100 * NM}
COARSE = MeshSizes(wall=10 * NM, corner=8 * NM, growth=4.0, axial_cells=2, layers=1)


def ellipse(axes: tuple[float, float], **keys: Any) -> EllipticPore:
    return EllipticPore(length=60 * NM, semi_axes=(axes[0] * NM, axes[1] * NM), **{"reservoirs": ROUND, **keys})


def array(lattice: str, pitch: float, **keys: Any) -> PoreArray:
    sizes = {"length": 60 * NM, "radius": 10 * NM, "reservoirs": {"length": 80 * NM}}
    return PoreArray(lattice=lattice, pitch=pitch * NM, **{**sizes, **keys})


def elliptic_wall(first: tuple[float, float], last: tuple[float, float], length: float) -> tuple[float, float]:
    """Volume and area of a pore between two ellipses, by sums over many points."""
    s, weights = np.polynomial.legendre.leggauss(40)
    s, weights = (s + 1) / 2, weights / 2
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    slopes = np.subtract(last, first)
    a, b = (np.array(first)[:, None] + slopes[:, None] * s)[:, :, None]
    along = np.stack(np.broadcast_arrays(length, slopes[0] * np.cos(angle), slopes[1] * np.sin(angle)), axis=-1)
    around = np.stack(np.broadcast_arrays(0.0, -a * np.sin(angle), b * np.cos(angle)), axis=-1)
    areas = np.linalg.norm(np.cross(along, around), axis=-1)
    return float(np.pi * length * (a * b)[:, 0] @ weights), float(2 * np.pi * areas.mean(axis=1) @ weights)


def numbers(geometry: Any, mesh: BlockMesh) -> dict[str, float]:
    return {name: geometry.measure_factor * mesh.area(name) for name in mesh.boundaries}


@pytest.mark.parametrize(
    ("first", "last", "offset"),
    [((20.0, 10.0), (20.0, 10.0), 0.0), ((20.0, 5.0), (6.0, 9.0), 0.0), ((20.0, 10.0), (20.0, 10.0), 15.0)],
    ids=["elliptic", "tapered", "beside the axis"],
)
def test_elliptic_pores_converge_with_fourth_order(
    first: tuple[float, float], last: tuple[float, float], offset: float
) -> None:
    geometry = ellipse(first, semi_axes_at_end=(last[0] * NM, last[1] * NM), offset=(offset * NM, 0.0))
    assert geometry.part == ("half" if offset else "quarter")
    volume, area = elliptic_wall(first, last, 60.0)
    exact = np.array([volume, area, 2 * 1e6 * np.pi + volume])
    errors = []
    for times in (0, 1):
        mesh = block_mesh(geometry, replace(COARSE, refinement=times))
        found = [mesh.volume("channel"), mesh.area("channel"), mesh.volume()]
        errors.append(np.abs(geometry.measure_factor * np.array(found) / exact - 1))
        assert smallest_determinants(mesh).min() > 0.15
    assert (errors[1] < 3e-5).all()
    assert (np.log2(errors[0] / errors[1]) > 3.6).all()


def test_names_around_a_pore_beside_the_axis() -> None:
    reservoirs = {"left": {**ROUND, "terminal": "end"}, "right": ROUND}
    mesh = block_mesh(ellipse((20, 10), offset=(15 * NM, 0), reservoirs=reservoirs), COARSE)
    names = {"channel", "left", "right", "membrane_face", "reservoir", "symmetry_z"}
    assert set(mesh.boundaries) == names
    wall = mesh.nodes[np.unique(mesh.facets_of("channel"))]
    assert ((wall[:, 1] - 15) / 20) ** 2 + (wall[:, 2] / 10) ** 2 == pytest.approx(1.0, abs=1e-12)
    edge = mesh.nodes[mesh.facets_of("reservoir").ravel()]
    assert np.hypot(edge[:, 1], edge[:, 2]) == pytest.approx(100.0, abs=1e-10)
    assert (mesh.nodes[mesh.facets_of("symmetry_z"), 2] == 0).all()
    assert np.unique(mesh.nodes[mesh.facets_of("membrane_face"), 0]) == pytest.approx([0, 60])
    closed_and_conforming(mesh)


@pytest.mark.parametrize("lattice", ["square", "hexagonal"])
@pytest.mark.parametrize("pitch", [24.0, 30.0, 400.0])
def test_arrays_fill_their_unit_cells(lattice: str, pitch: float) -> None:
    geometry = array(lattice, pitch)
    mesh = block_mesh(geometry, COARSE)
    cell = pitch**2 * (1 if lattice == "square" else math.sqrt(0.75))
    pore, mouth = 100 * np.pi * 60, 100 * np.pi
    assert geometry.measure_factor * mesh.volume() == pytest.approx(pore + 2 * cell * 80, rel=2e-4)
    expected = {"channel": 20 * np.pi * 60, "left": cell, "right": cell, "membrane_face": 2 * (cell - mouth)}
    found = numbers(geometry, mesh)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-3)
    assert set(found) == {*expected, "symmetry_y", "symmetry_z"}
    for axis, name in ((1, "symmetry_y"), (2, "symmetry_z")):
        places = mesh.nodes[mesh.facets_of(name), axis]
        assert (np.ptp(places, axis=1) < 1e-9).all()
    assert smallest_determinants(mesh).min() > 0.15
    closed_and_conforming(mesh)


def test_parts_of_a_square_lattice_are_the_same_device() -> None:
    whole = [array("square", 50, part=part, radius_at_end=5 * NM) for part in ("quarter", "half", "full")]
    meshes = [block_mesh(geometry, COARSE) for geometry in whole]
    found = [numbers(geometry, mesh) for geometry, mesh in zip(whole, meshes, strict=True)]
    for name in ("channel", "left", "right", "membrane_face"):
        assert [each[name] for each in found] == pytest.approx([found[0][name]] * 3, rel=1e-12)
    assert found[2]["symmetry_y"] == pytest.approx(2 * 2 * 50 * 80, rel=1e-12)


def taper(**keys: Any) -> TaperedChannel:
    sizes = {"length": 300.0, "width": 40.0, "height": 20.0, "width_at_end": 16.0, "height_at_end": 6.0}
    return TaperedChannel(**{key: size * NM for key, size in sizes.items()}, **{"reservoirs": BOX, **keys})


@pytest.mark.parametrize("part", ["quarter", "half", "full"])
def test_tapered_channels_are_exact(part: str) -> None:
    geometry = taper(part=part)
    mesh = block_mesh(geometry, COARSE)
    s, weights = np.polynomial.legendre.leggauss(3)
    volume = 300 * float((28 - 12 * s) * (13 - 7 * s) @ weights) / 2
    slants = math.hypot(300, 7), math.hypot(300, 12)
    expected = {
        "channel": 2 * 28 * slants[0],
        "side_wall": 2 * 13 * slants[1],
        "membrane_face": 2 * 200 * 120 - 40 * 20 - 16 * 6,
        "left": 200 * 120 + 2 * (200 + 120) * 80,
        "right": 200 * 120 + 2 * (200 + 120) * 80,
    }
    found = numbers(geometry, mesh)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert geometry.measure_factor * mesh.volume("channel") == pytest.approx(volume, rel=1e-12)
    assert geometry.measure_factor * mesh.volume() == pytest.approx(volume + 2 * 80 * 200 * 120, rel=1e-12)
    mirrors = {"quarter": {"symmetry_y", "symmetry_z"}, "half": {"symmetry_z"}, "full": set()}[part]
    assert set(found) == {*expected, *mirrors}
    closed_and_conforming(mesh)


@pytest.mark.parametrize("geometry", [ellipse((20, 10), offset=(15 * NM, 0)), array("hexagonal", 50), taper()])
def test_charge_breaks_are_grid_lines(geometry: ChannelGeometry) -> None:
    sizes = replace(COARSE, stations=(23 * NM,))
    mesh = block_mesh(geometry, sizes)
    on_wall = mesh.nodes[np.unique(mesh.facets_of("channel"))]
    assert np.isclose(on_wall[:, 0], 23.0, atol=1e-9).sum() >= 7
    hexahedra = len(mesh.cells) // 6
    assert mesh_size(geometry, sizes) == (len(mesh.cells), len(mesh.nodes), mesh.vertices, hexahedra)


def test_rings_of_charge_need_a_round_pore() -> None:
    sizes = replace(COARSE, faces={"left": Face("membrane_left", True, (40 * NM,))})
    with pytest.raises(MeshError, match="around a round pore alone"):
        block_mesh(ellipse((20, 10)), sizes)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ellipse((20, 10), offset=(85 * NM, 0)), "must be larger than 1.05e-07 m"),
        (lambda: ellipse((20, 10), offset=(0, 5 * NM), part="half"), "write 'part: full'"),
        (
            lambda: ellipse((20, 10), particle={"radius": NM, "position": 0}),
            "no mesh in three dimensions; leave it out",
        ),
        (lambda: taper(reservoirs={**BOX, "width": 30 * NM}), "must be larger than the channel's width at 'left'"),
        (lambda: taper(reservoirs={**BOX, "height": 15 * NM}), "must be larger than the channel's mouth at 'left'"),
        (lambda: array("square", 20), "must be smaller than 9.6e-09 m, 0.48 of the pitch"),
        (lambda: array("hexagonal", 40, radius_at_end=17 * NM), "must be smaller than 1.68e-08 m"),
        (lambda: array("hexagonal", 40, part="half"), "a quarter alone"),
    ],
)
def test_sizes_that_do_not_fit(make: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


def closed_and_conforming(mesh: BlockMesh) -> None:
    """A face belongs to two cells, or to one and to one facet."""
    faces = np.sort(mesh.cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
    edges = np.sort(mesh.cells[:, np.array(EDGES)].reshape(-1, 2), axis=1)
    unique, counts = np.unique(faces, axis=0, return_counts=True)
    assert counts.max() == 2
    assert len(mesh.nodes) == mesh.vertices + len(np.unique(edges, axis=0))
    outer = {tuple(face) for face in unique[counts == 1].tolist()}
    assert sorted(outer) == sorted(tuple(sorted(facet)) for facet in mesh.facets[:, :3].tolist())


def test_an_ellipse_with_equal_axes_is_a_circle() -> None:
    circle = Cylinder(dimension=3, length=60 * NM, radius=10 * NM, reservoirs=ROUND)
    meshes = [block_mesh(geometry, COARSE) for geometry in (circle, ellipse((10, 10)))]
    assert meshes[0].nodes == pytest.approx(meshes[1].nodes, abs=1e-12)
    assert (meshes[0].cells == meshes[1].cells).all()
