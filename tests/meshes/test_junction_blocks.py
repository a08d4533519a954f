"""Meshes of junctions in three dimensions: volumes, areas and names, with and without reservoirs, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from meshes.blocks.building import block_mesh, mesh_size
from meshes.blocks.mesh import FACES, BlockMesh
from meshes.junction import SHAPES, Junction
from meshes.sizes import Face, MeshSizes

pytestmark = pytest.mark.serial

NM = 1e-9
COARSE = MeshSizes(wall=10 * NM, corner=8 * NM, growth=4.0, axial_cells=2, layers=1)
BOX = {"length": 100 * NM, "width": 240 * NM, "height": 200 * NM}


def junction(shape: str = "T", **keys: Any) -> Junction:
    """Arms of 200 x 20 nm; the upper one is 30 nm high where they meet, and 10 nm at its end."""
    arms: dict[str, dict[str, Any]] = {name: {"length": 200 * NM, "height": 20 * NM} for name in SHAPES[shape]}
    arms["top"] |= {"height": 30 * NM, "height_at_end": 10 * NM, "wall": "upper"}
    return Junction(**{"dimension": 3, "shape": shape, "arms": arms, "width": 40 * NM, **keys})


def conforming(mesh: BlockMesh) -> bool:
    faces = np.sort(mesh.cells[:, np.array(FACES)].reshape(-1, 3), axis=1)
    unique, counts = np.unique(faces, axis=0, return_counts=True)
    outer = sorted(tuple(face) for face in unique[counts == 1].tolist())
    return counts.max() == 2 and outer == sorted(tuple(sorted(facet)) for facet in mesh.facets[:, :3].tolist())


PLANE = {"T": 20 * 30 + 2 * 200 * 20 + 200 * 20, "cross": 20 * 25 + 2 * 202.5 * 20 + 2 * 200 * 20}
"""Area in the plane of the arms; where those of a cross meet is a trapezium."""

UPPER = 2 * 40 * math.hypot(200, 10)
LOWER = {"T": 40 * (4 * 200 + 30), "cross": 40 * (2 * 200 + 2 * 205 + 2 * 200)}


@pytest.mark.parametrize("shape", ["T", "cross"])
@pytest.mark.parametrize("part", ["half", "full"])
def test_open_arms(shape: str, part: str) -> None:
    geometry = junction(shape, part=part)
    mesh = block_mesh(geometry, COARSE)
    ends = {"left": 800, "right": 800, "top": 400} | ({"bottom": 800} if shape == "cross" else {})
    expected = {**ends, "upper": UPPER, "channel": LOWER[shape], "side_wall": 2 * PLANE[shape]}
    found = {name: geometry.measure_factor * mesh.area(name) for name in mesh.boundaries}
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert geometry.measure_factor * mesh.volume() == pytest.approx(40 * PLANE[shape], rel=1e-12)
    assert set(found) - set(expected) == ({"symmetry_z"} if part == "half" else set())
    assert set(geometry.walls) == {"channel", "upper", "side_wall"}
    assert conforming(mesh)


def test_reservoirs() -> None:
    geometry = junction(reservoirs={"left": {**BOX, "terminal": "end"}, "right": BOX, "top": BOX})
    sizes = MeshSizes(wall=10 * NM, corner=8 * NM, growth=4.0, axial_cells=2, faces={"top": Face("membrane_top")})
    mesh = block_mesh(geometry, sizes)
    face, sides, whole = 240 * 200, 2 * (240 + 200) * 100, 240 * 200 * 100
    expected = {
        "left": face,
        "reservoir": sides,
        "right": face + sides,
        "top": face + sides,
        "membrane_face": 2 * (face - 40 * 20),
        "membrane_top": face - 40 * 10,
        "upper": UPPER,
        "channel": LOWER["T"],
        "side_wall": 2 * PLANE["T"],
        "symmetry_z": 2 * (PLANE["T"] + 3 * 200 * 100),
    }
    found = {name: geometry.measure_factor * mesh.area(name) for name in mesh.boundaries}
    assert found == pytest.approx(expected, rel=1e-12)
    assert geometry.measure_factor * mesh.volume() == pytest.approx(40 * PLANE["T"] + 3 * whole, rel=1e-12)
    assert mesh.nodes[mesh.facets_of("membrane_top").ravel(), 1] == pytest.approx(210.0)
    assert conforming(mesh)
    hexahedra = len(mesh.cells) // 6
    assert mesh_size(geometry, sizes) == (len(mesh.cells), len(mesh.nodes), mesh.vertices, hexahedra)
    assert set(geometry.walls) | set(geometry.terminals) == set(found) - {"symmetry_z", "membrane_top"}


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"dimension": 2, "reservoirs": BOX}, "have none in two dimensions; leave the key out"),
        ({"dimension": 2, "part": "half"}, "only a device in three dimensions has parts"),
        ({"part": "quarter"}, "write 'part: half'"),
        ({"reservoirs": {**BOX, "width": 30 * NM}}, "must be larger than the width of the junction"),
        ({"reservoirs": {**BOX, "height": 15 * NM}}, "must be larger than the channel's mouth at 'left'"),
        ({"reservoirs": {**BOX, "height": 450 * NM}}, "those of 'left' and 'top' would overlap"),
        ({"reservoirs": {"left": BOX, "right": BOX}}, "no reservoir for terminal 'top'"),
        ({"wall": "side_wall"}, "is the name of another wall in three dimensions"),
    ],
)
def test_sizes_that_do_not_fit(keys: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        junction(**keys)


def test_a_junction_in_the_plane_is_written_as_it_was() -> None:
    assert not {"dimension", "part", "reservoirs"} & set(junction(dimension=2).model_dump())
    assert {"dimension", "part", "reservoirs"} <= set(junction(reservoirs=BOX).model_dump())
