"""Files of tetrahedra: names, planes of symmetry, straight and curved cells, refinement; one clear line for what does not
fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.blocks.building import block_mesh
from meshes.blocks.check import smallest_determinants
from meshes.blocks.mesh import BlockMesh
from meshes.blocks.refining import refined
from meshes.drawing import DrawingSizes
from meshes.errors import MeshError
from meshes.file import read_in_space
from meshes.geometry import Cylinder
from meshes.imported import File
from meshes.opening import survey
from meshes.plane import Group
from meshes.sizes import MeshSizes
from meshes.space_device import device_in_space
from meshes.space_formats import SpaceMesh
from meshes.space_survey import survey_in_space
from meshes.survey import MeshSurvey
from tests.support.space_files import box, description, sides_of, write

pytestmark = pytest.mark.serial  # files are opened by one rank
LENGTHS = (6.0, 4.0, 2.0)


def found(path: Path, geometry: File, *regions: str) -> MeshSurvey:
    """What a file holds."""
    return survey(path, geometry, regions, DrawingSizes(1e-9, 1e-9, 2.0, ()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A box of 6 by 4 by 2 nm."""
    points, cells = box(LENGTHS, (3, 2, 2))
    return write(tmp_path / "box.msh", points, {"liquid": cells}, sides_of(points, cells))


@pytest.fixture(scope="module")
def pore() -> BlockMesh:
    """A quarter of a round pore with curved cells."""
    geometry = Cylinder.model_validate(
        {"dimension": 3, "length": 10e-9, "radius": 5e-9, "reservoirs": {"length": 10e-9, "radius": 12e-9}}
    )
    return block_mesh(geometry, MeshSizes(wall=2e-9, corner=2e-9, growth=3.0, axial_cells=2))


def test_parts_are_found_and_measured(path: Path) -> None:
    seen = found(path, description())
    assert (seen.cells, seen.vertices) == (72, 36)
    areas = {each.name: each.length for each in seen.boundaries}
    assert areas == pytest.approx(
        {"inlet": 8e-18, "outlet": 8e-18, "floor": 24e-18, "lid": 24e-18, "symmetry_y": 24e-18}, rel=1e-12
    )
    assert seen.boundary("floor").half_size == pytest.approx(1e-9)
    assert seen.boundary("lid").largest_cell == pytest.approx(1e-9)
    tagged, _ = read_in_space(path, description(), (), 1, MPI.COMM_SELF)
    assert tagged.mesh.topology.index_map(3).size_global == 8 * 72
    assert sorted(tagged.boundaries) == sorted(areas)


@pytest.mark.parametrize("axial", ["x", "y", "z"])
def test_any_coordinate_may_run_along_the_axis(tmp_path: Path, axial: str) -> None:
    points, cells = box(LENGTHS, (3, 2, 2))
    turned = np.roll(points, "xyz".index(axial), axis=1)  # x to the axial coordinate, y to the next one
    file = write(tmp_path / "turned.msh", turned, {"liquid": cells}, sides_of(points, cells))
    first = "yzx"["xyz".index(axial)]
    seen = found(file, description(axial=axial, symmetry_planes={first: ["front", "back"]}))
    assert seen.beside is not None
    assert [seen.axial[1], seen.transverse[1], seen.beside[1]] == pytest.approx([6e-9, 4e-9, 2e-9])


def test_curved_cells_come_back_as_they_were(pore: BlockMesh) -> None:
    device = device_in_space(as_read(pore, 10), of_pore(), (), ())
    assert device.mesh.volume() == pytest.approx(pore.volume(), rel=1e-12)
    for name in ("channel", "left", "right", "membrane_face"):
        assert device.mesh.area(name) == pytest.approx(pore.area(name), rel=1e-12)
    assert not survey_in_space(device, of_pore(), Path("pore.msh")).doubts


def test_straight_cells_at_a_curved_wall_are_doubted(pore: BlockMesh) -> None:
    device = device_in_space(as_read(pore, 4), of_pore(), (), ())
    (doubt,) = survey_in_space(device, of_pore(), Path("pore.msh")).doubts
    assert "wall 'channel' are straight" in doubt
    assert "ElementOrder" in doubt


def test_refined_cells_fill_the_same_space(pore: BlockMesh) -> None:
    fine = refined(pore)
    assert len(fine.cells) == 8 * len(pore.cells)
    assert smallest_determinants(fine).min() > 0
    assert fine.volume() == pytest.approx(pore.volume(), rel=1e-12)
    for name in pore.boundaries:
        assert fine.area(name) == pytest.approx(pore.area(name), rel=1e-6)  # of curved faces a quadrature
    nodes = np.sort(fine.nodes.round(9), axis=0)
    assert len(np.unique(nodes, axis=0)) <= len(fine.nodes) == len(np.unique(fine.cells))


def test_inverted_cells_are_an_error(pore: BlockMesh) -> None:
    nodes = pore.nodes.copy()
    nodes[pore.cells[5, 4]] = nodes[pore.cells[5, 0]]
    with pytest.raises(MeshError, match=r"cells are inverted, the first at .*HighOrderOptimize"):
        device_in_space(as_read(pore, 10, nodes), of_pore(), (), ())


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown name": ({"walls": {"floor": "botom", "lid": "top"}}, "no boundary named botom; did you mean 'bottom'"),
    "without a name": (
        {"walls": {"floor": "bottom"}},
        r"12 of its .* outer faces, 2.4e-17 m\^2.*'top'.*rest: wall",
    ),
    "rest of nothing": ({"rest": "others"}, "nothing is left for 'rest: others'"),
    "bent plane": (
        {"symmetry_planes": {"y": ["front", "back"], "z": "top"}, "walls": {"floor": "bottom"}},
        "no face|positive side",
    ),
    "oblique plane": (
        {"symmetry_planes": {"z": ["front", "back"]}},
        "do not lie at one z.* give flat faces normal to z",
    ),
    "channel outside": ({"channel": {"start": "1 nm", "stop": "9 nm"}}, "geometry.channel"),
    "scale": ({"scale": "1 m"}, "6 by 4 by 2 units.*write e.g. 'scale: 1 nm'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(path: Path, name: str) -> None:
    changed, text = REFUSED[name]
    with pytest.raises(MeshError, match=text) as caught:
        found(path, description(**changed))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_other_cells_are_refused(tmp_path: Path) -> None:
    points, _ = box((1.0, 1.0, 1.0), (1, 1, 1))
    cube = points[[0, 4, 6, 2, 1, 5, 7, 3]]
    file = write(tmp_path / "cube.msh", cube, {"liquid": np.arange(8)[None]}, {}, ("hexahedron", "triangle"))
    with pytest.raises(MeshError, match=r"cells of type hexahedron, and only tetrahedra.*Recombine"):
        found(file, description())


def as_read(mesh: BlockMesh, nodes_of_a_cell: int, nodes: np.ndarray | None = None) -> SpaceMesh:
    """The mesh as a file has it, its cells with so many nodes."""
    surfaces = [Group(number, name, mesh.facets_of(name)[:, :3]) for name, number in mesh.boundaries.items()]
    cells = Group(1, "liquid", mesh.cells[:, :nodes_of_a_cell])
    places = (mesh.nodes if nodes is None else nodes)[:, [1, 2, 0]]
    return SpaceMesh(places, (cells,), tuple(surfaces))


def of_pore() -> File:
    """The description of the pore, along z."""
    return File.model_validate(
        {
            "path": "pore.msh",
            "dimension": 3,
            "scale": "1 nm",
            "terminals": {"left": "left", "right": "right"},
            "walls": {"channel": "channel", "membrane_face": "membrane_face"},
            "symmetry_planes": {"x": "symmetry_y", "y": "symmetry_z"},
        }
    )
