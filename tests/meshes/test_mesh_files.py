"""Mesh files of other people: names, axis, scale, regions; and one clear line for what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest
from mpi4py import MPI

from meshes.drawing import DrawingSizes
from meshes.errors import MeshError
from meshes.file import read
from meshes.imported import File
from meshes.opening import survey
from meshes.survey import MeshSurvey
from meshes.tagged import TaggedMesh
from tests.support.mesh_files import description, strip, write
from validation import mapped

pytestmark = pytest.mark.serial  # files are opened by one rank
SIZES = DrawingSizes(wall=1e-9, corner=0.2e-9, growth=1.8, charged=("lid",))


def opened(path: Path, geometry: File, regions: Sequence[str] = ()) -> TaggedMesh:
    """The mesh of a file."""
    return read(path, geometry, regions, SIZES, MPI.COMM_SELF)[0]


def found(path: Path, geometry: File, regions: Sequence[str] = ()) -> MeshSurvey:
    """What a file holds."""
    return survey(path, geometry, regions, SIZES)


def refusal(path: Path, geometry: File, regions: Sequence[str] = ()) -> str:
    """What is said about a file: one line that names it."""
    with pytest.raises(MeshError) as caught:
        found(path, geometry, regions)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A strip of 6 by 4."""
    return write(tmp_path / "strip.msh", *strip())


# ------------------------------------------------------------------------------------------------ names
def test_parts_are_found_by_name_by_number_and_several_for_one(path: Path) -> None:
    by_name = opened(path, description())
    by_number = opened(path, description(terminals={"inlet": 2, "outlet": "3"}, walls={"floor": 4, "lid": 5}), ("1",))
    together = opened(path, description(walls={"solid": ["top", "4"]}))
    assert set(by_name.boundaries) == set(by_number.boundaries) == {"inlet", "outlet", "floor", "lid"}
    for name in by_name.boundaries:
        assert np.array_equal(by_name.facets_of(name), by_number.facets_of(name))
    assert len(together.facets_of("solid")) == 12
    assert set(by_number.regions) == {"1"}


def test_edges_of_a_file_without_names_are_found_by_boxes(tmp_path: Path) -> None:
    points, cells, _ = strip()
    path = tmp_path / "bare.vtu"
    meshio.write(path, meshio.Mesh(points, [("triangle", cells)]))
    ends = {"inlet": {"low": [0, 0], "high": [0, 4]}, "outlet": {"low": [6, 0], "high": [6, 4]}}
    mesh = opened(path, description(terminals=ends, walls={}, rest="glass"))
    assert len(mesh.facets_of("inlet")) == len(mesh.facets_of("outlet")) == 4
    assert len(mesh.facets_of("glass")) == 12
    assert "no boundary edge lies in the box from (7, 0) to (8, 4)" in refusal(
        path, description(terminals={"inlet": {"low": [7, 0], "high": [8, 4]}}, walls={}, rest="glass")
    )
    assert "it names none, so give boxes" in refusal(path, description())


def test_unknown_names_are_refused_with_those_that_are_there(path: Path) -> None:
    assert (
        refusal(path, description(terminals={"inlet": "elft"})) == "it has no boundary named elft; did you mean 'left'?"
    )
    text = refusal(path, description(terminals={"inlet": "99"}))
    assert text == "it has no boundary named 99; it has bottom, left, right, top"
    assert refusal(path, description(), ("ice",)) == "it has no region named ice; it has liquid"


def test_edges_that_nothing_names_are_refused_unless_they_are_the_rest(path: Path) -> None:
    text = refusal(path, description(walls={"floor": "bottom"}))
    assert text.startswith(
        "6 of its 20 boundary edges, 6e-09 m together, are neither terminal, wall nor axis in the case"
    )
    assert "6 of 'top' at x from 0 to 6, y = 4; name them, or write e.g. 'rest: wall'" in text
    mesh = opened(path, description(walls={"floor": "bottom"}, rest="floor"))
    assert len(mesh.facets_of("floor")) == 12
    assert (
        "6 boundary edges of which the case says nothing belong to 'glass' (rest)"
        in found(path, description(walls={"floor": "bottom"}, rest="glass")).notes
    )
    assert "nothing is left for 'rest: glass'" in refusal(path, description(rest="glass"))


def test_edges_inside_the_device_and_with_two_names_are_refused(tmp_path: Path) -> None:
    points, cells, sides = strip()
    path = write(
        tmp_path / "inside.msh", points, cells, {**sides, "plate": [[7, 8], [8, 9]], "again": sides["top"][:2]}
    )
    text = refusal(path, description(walls={"floor": "bottom", "lid": "top", "electrode": "plate"}))
    assert text.startswith("2 of the 2 edges of 'plate' lie inside the device, at x from 0 to 2, y = 1;")
    text = refusal(path, description(walls={"floor": "bottom", "lid": "top", "electrode": "again"}))
    assert text.startswith("2 edges belong to both 'lid' and 'electrode', at x from 0 to 2, y = 4;")


# ------------------------------------------------------------------------------------------------ axis and scale
def turned(tmp_path: Path, shift: float = 0.0) -> Path:
    """The strip with its first coordinate across: bottom, the line of the axis, lies at x = 0 (or `shift`)."""
    points, cells, sides = strip()
    points = points[:, [1, 0, 2]] + np.array([shift, 0.0, 0.0])
    return write(tmp_path / "turned.msh", points, cells[:, ::-1], sides)


ROUND: dict[str, Any] = {"symmetry": "axisymmetric", "width": None, "walls": {"lid": "top"}, "axis": "bottom"}


def test_the_axial_coordinate_is_a_key(tmp_path: Path, path: Path) -> None:
    as_drawn, swapped = opened(path, description(**ROUND)), opened(turned(tmp_path), description(**ROUND, axial="y"))
    for mesh in (as_drawn, swapped):
        ends = mesh.mesh.geometry.x
        assert [ends[:, 0].min(), ends[:, 0].max(), ends[:, 1].min(), ends[:, 1].max()] == [0, 6, 0, 4]
        assert len(mesh.facets_of("axis")) == 6
    one, other = (np.sort(mesh.mesh.geometry.x.view("f8,f8,f8").ravel()) for mesh in (as_drawn, swapped))
    assert np.array_equal(one, other)
    box = {"low": [0, 0], "high": [4, 0]}  # in coordinates of the file
    by_box = opened(turned(tmp_path), description(**ROUND, axial="y", terminals={"inlet": box, "outlet": "right"}))
    assert len(by_box.facets_of("inlet")) == 4


def test_an_axis_that_is_not_at_radius_zero_is_refused(tmp_path: Path) -> None:
    text = refusal(turned(tmp_path), description(**ROUND))
    assert text == "its axis 'bottom' lies at x = 0, y from 0 to 6, not at y = 0; if x is the radius, write 'axial: y'"
    text = refusal(turned(tmp_path, 1.0), description(**ROUND, axial="y"))
    assert text.startswith(
        "its axis 'bottom' lies at x = 1, y from 0 to 6, not at x = 0; an axis lies at x = 0: name the"
    )
    half = description(axis="top", walls={"floor": "bottom"})
    assert "its axis 'top' lies at x from 0 to 6, y = 4" in refusal(write(tmp_path / "strip.msh", *strip()), half)
    unnamed = description(**(ROUND | {"axis": None, "walls": {"lid": "top", "floor": "bottom"}}))
    text = refusal(turned(tmp_path), unnamed)
    assert text.startswith(
        "4 edges of 'inlet' lie at y = 0, where an axisymmetric mesh has its axis; write 'axis: left', or"
    )


def test_negative_radii_are_refused(tmp_path: Path) -> None:
    points, cells, sides = strip()
    path = write(tmp_path / "both.msh", points - np.array([0.0, 2.0, 0.0]), cells, sides)
    walls = {"lid": ["top", "bottom"]}
    text = refusal(path, description(**(ROUND | {"axis": None, "walls": walls})))
    assert text.startswith(
        "its y runs from -2 to 2, but an axisymmetric mesh has no negative radii: cut or move it at y = 0"
    )
    assert "if x is the radius, write 'axial: y'" in text
    assert opened(path, description(walls=walls)).symmetry == "planar", "a whole planar device lies where it likes"


def test_the_axis_of_an_axisymmetric_mesh_needs_no_name(path: Path) -> None:
    geometry = description(**(ROUND | {"axis": None}))
    assert len(opened(path, geometry).facets_of("axis")) == 6
    assert "6 edges at radius 0 were taken for the axis" in found(path, geometry).notes


def test_a_hole_around_the_axis_is_told(tmp_path: Path) -> None:
    points, cells, sides = strip()
    path = write(tmp_path / "ring.msh", points + np.array([0.0, 3.0, 0.0]), cells, sides)
    ring = found(path, description(**(ROUND | {"axis": None, "walls": {"lid": ["top", "bottom"]}})))
    assert ring.doubts == ("nothing lies at radius 0: the device is a ring around a hole of 3 nm in radius",)


def test_the_scale_is_compared_with_the_devices_there_are(path: Path) -> None:
    text = refusal(path, description(scale=1.0))
    assert text == (
        "its coordinates run over 6 by 4 units, with scale 1 m a device of 6 m by 4 m; write e.g. 'scale: 1 nm'"
    )
    assert "'scale: 1 nm'" in refusal(path, description(scale="0.01 pm"))
    same = opened(path, description(scale="2 um"))
    assert same.unit == 1e-9
    assert same.mesh.geometry.x[:, 0].max() == pytest.approx(12000.0, rel=1e-14)


# ------------------------------------------------------------------------------------------------ cells
def test_what_is_found_is_measured(path: Path) -> None:
    mesh = found(path, description(**ROUND))
    assert (mesh.kind, mesh.cells, mesh.vertices, mesh.edges) == ("triangles", 48, 35, 82)
    assert (mesh.first, mesh.second) == ((0.0, 6.0), (0.0, 4.0))
    assert mesh.axial == pytest.approx((0.0, 6e-9))
    lid = mesh.boundary("lid")
    assert (lid.edges, lid.length) == (6, pytest.approx(6e-9))
    assert (lid.least_cell, lid.largest_cell, lid.half_size) == pytest.approx((1e-9, 1e-9, 4e-9))
    assert found(path, description()).boundary("lid").half_size == pytest.approx(2e-9), "half the way to the floor"


def test_quadrilaterals_and_mixtures(tmp_path: Path) -> None:
    points, cells, sides = strip(kind="quad")
    path = write(tmp_path / "quads.msh", points, cells, sides)
    mesh = opened(path, description())
    assert mesh.mesh.topology.index_map(2).size_global == 24
    assert found(path, description()).kind == "quadrilaterals"
    lines = [("line", np.asarray(edges)) for edges in sides.values()]
    triangles = np.concatenate([cells[:6, [0, 1, 2]], cells[:6, [0, 2, 3]]])
    blocks = [("triangle", triangles), ("quad", cells[6:]), *lines]
    tags = [np.full(len(block[1]), max(1, k)) for k, block in enumerate(blocks)]
    names = {name: np.array([k, 1]) for k, name in enumerate(sides, start=2)}
    mixed = meshio.Mesh(points, blocks, cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags}, field_data=names)
    meshio.write(path, mixed, file_format="gmsh22", binary=False)
    assert opened(path, description()).mesh.topology.index_map(2).size_global == 48, "all are triangles then"


def test_only_the_corners_of_curved_cells_are_kept(tmp_path: Path) -> None:
    import gmsh

    path = tmp_path / "curved.msh"
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.merge(str(write(tmp_path / "strip.msh", *strip())))
    gmsh.model.mesh.setOrder(2)
    gmsh.write(str(path))
    gmsh.finalize()
    mesh = found(path, description())
    assert (mesh.cells, mesh.vertices) == (48, 35)
    assert mesh.notes == ("curved edges are taken as straight: only the corners of the cells are kept",)


def test_parts_that_do_not_hang_together_are_refused(tmp_path: Path) -> None:
    points, cells, sides = strip()
    far = points + np.array([20.0, 0.0, 0.0])
    more = {name: [*edges, *(np.asarray(edges) + len(points)).tolist()] for name, edges in sides.items()}
    twice = np.concatenate([cells, cells[:-2] + len(points)])
    path = write(tmp_path / "two.msh", np.concatenate([points, far]), twice, more)
    text = refusal(path, description())
    assert text.startswith(
        "it falls into 2 parts that share no edge, the smallest one at x from 20 to 26, y from 0 to 4;"
    )


def test_liquid_enclosed_by_a_solid_is_refused(tmp_path: Path) -> None:
    """A channel 2 high and, inside the solid above it, a pocket from 2 to 4 by 3 to 4."""
    boxes = {"water": (0, 6, 0, 2), "glass": (0, 6, 2, 5), "pocket": (2, 4, 3, 4)}
    lines = {"bottom": (0, 6, 0, 0), "lid": (0, 6, 5, 5), "left": (0, 0, 0, 2), "right": (6, 6, 0, 2)}
    path = mapped.write(tmp_path / "pocket.msh", np.arange(7.0), np.arange(6.0), boxes, lines)
    geometry = description(walls={"floor": "bottom", "lid": "lid"}, rest="lid")
    solids = ("glass",)
    with pytest.raises(MeshError, match=r"its liquid at x from 2 to 4, y from 3 to 4 touches no terminal") as caught:
        survey(path, geometry, tuple(boxes), SIZES, solids)
    assert "\n" not in str(caught.value)
    assert survey(path, geometry, tuple(boxes), SIZES, ("glass", "pocket")).cells == 30


def test_regions_that_are_not_named_are_left_out(tmp_path: Path) -> None:
    """With their nodes, and with the edges between these; numbers of nodes may have gaps."""
    points, cells, sides = strip(2, 2)
    points, cells = np.insert(points, 4, [9.0, 9.0, 0.0], axis=0), cells + (cells > 3)  # a node of nothing
    lower = points[cells][:, :, 1].max(axis=1) <= 1
    middle = [[3, 5], [5, 6]]
    lines = {
        name: [[a + (a > 3), b + (b > 3)] for a, b in edges] for name, edges in {**sides, "between": middle}.items()
    }
    lines["between"] = middle
    path = tmp_path / "two.inp"
    none = np.array([], dtype=int)
    starts = np.cumsum([0, *map(len, lines.values())])
    sets = {"water": [np.flatnonzero(lower), none], "glass": [np.flatnonzero(~lower), none]}
    sets |= {name: [none, np.arange(a, b)] for name, a, b in zip(lines, starts[:-1], starts[1:], strict=True)}
    every = np.concatenate([np.asarray(edges) for edges in lines.values()])
    meshio.write(path, meshio.Mesh(points, [("triangle", cells), ("line", every)], cell_sets=sets))
    geometry = description(walls={"floor": "bottom", "lid": "between"})
    water = opened(path, geometry, ("water",))
    assert set(water.regions) == {"water"}
    assert water.mesh.geometry.x[:, 1].max() == 1.0
    assert water.mesh.topology.index_map(2).size_global == 4
    assert len(water.facets_of("inlet")) == 1
    assert "the regions glass of the file are left out" in found(path, geometry, ("water",)).notes
    both = opened(path, description(), ("water", "glass"))
    assert both.mesh.topology.index_map(2).size_global == 8
    assert "it has the regions glass, water; say which" in refusal(path, geometry)
    assert "no region named ice; it has glass, water" in refusal(path, geometry, ("ice",))
    assert "none of the 2 edges of 'top' belongs to the regions" in refusal(path, description(), ("water",))
    assert "2 of the 2 edges of 'between' lie inside" in refusal(path, geometry, ("water", "glass"))


# ------------------------------------------------------------------------------------------------ scripts and drawings
SCRIPT = """SetFactory("OpenCASCADE");
Rectangle(1) = {0, 0, 0, 60, 10};
Mesh.MeshSizeMax = 4;
Physical Curve("left") = {4}; Physical Curve("right") = {2}; Physical Curve("bottom") = {1}; Physical Curve("top") = {3};
Physical Surface("liquid") = {1};
"""


def test_a_script_is_built_by_gmsh(tmp_path: Path) -> None:
    path = tmp_path / "slit.geo"
    path.write_text(SCRIPT)
    coarse = found(path, description())
    path.write_text(SCRIPT.replace("= 4", "= 2"))
    assert found(path, description()).cells > 3 * coarse.cells, "with the sizes that it sets"
    path.write_text(SCRIPT + "Plane Surface(7) = {99};\n")
    assert "Gmsh cannot read it: " in refusal(path, description())


def drawn(path: Path) -> Path:
    """A drawing of a channel of 60 by 10 that opens into a reservoir of 40 by 40."""
    from meshes.session import gmsh_session

    with gmsh_session() as gmsh:
        occ = gmsh.model.occ
        occ.fuse([(2, occ.addRectangle(0, 0, 0, 60, 10))], [(2, occ.addRectangle(60, 0, 0, 40, 40))])
        occ.synchronize()
        gmsh.write(str(path))
    return path


def box(*numbers: float) -> dict[str, list[float]]:
    """A box from its corners."""
    return {"low": list(numbers[:2]), "high": list(numbers[2:])}


@pytest.mark.parametrize("suffix", [".step", ".brep"])
def test_a_drawing_is_meshed_with_layers_and_corners(tmp_path: Path, suffix: str) -> None:
    path = drawn(tmp_path / f"channel{suffix}")
    parts = {
        "axis": box(0, 0, 100, 0),
        "terminals": {"inlet": box(0, 0, 0, 10), "outlet": box(100, 0, 100, 40)},
        "walls": {"lid": box(0, 10, 60, 10)},
        "rest": "glass",
    }
    mesh = found(path, description(**parts))
    lid, glass = mesh.boundary("lid"), mesh.boundary("glass")
    assert lid.length == pytest.approx(60e-9, rel=1e-6)
    assert lid.largest_cell <= 1.3e-9, "as asked at a charged wall"
    assert lid.least_cell <= 0.3e-9, "as asked at the corner of the solid"
    assert glass.largest_cell > 1e-9, "larger elsewhere"
    assert mesh.cells < 4000
    numbers = refusal(path, description(terminals={}, walls={}))
    assert "boundary edges" in numbers
    assert " of '1' at " in numbers, "curves are told by number and place"
    fine = survey(path, description(**parts), (), DrawingSizes(0.5e-9, 0.2e-9, 1.8, ("lid",)))
    assert fine.boundary("lid").largest_cell < 0.7e-9
    with pytest.raises(MeshError, match=r"would be some 2e\+07 in number; write a larger mesh\.wall_size"):
        survey(path, description(**parts), (), DrawingSizes(1e-14, 1e-14, 1.8, ("lid",)))


# ------------------------------------------------------------------------------------------------ what is no plane mesh
def test_what_is_no_plane_mesh_is_refused_in_one_line(tmp_path: Path) -> None:
    points, cells, sides = strip()

    def text_of(name: str, text: str = "this is no mesh") -> str:
        (tmp_path / name).write_text(text)
        return refusal(tmp_path / name, description())

    assert text_of("a.msh") == "it is no Gmsh file: it does not begin with $MeshFormat"
    assert text_of("cut.msh", "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n1 5 ") == (
        "Gmsh cannot read it: Could not read nodes"
    )
    assert "meshio cannot read it: " in text_of("a.vtk")
    assert "meshio cannot read it: " in text_of("a.xyz")
    assert "Gmsh cannot read it: " in text_of("a.step")
    assert "Gmsh cannot read it: " in text_of("a.geo", "Point(1) = {0, 0, 0}; Foo!\n")
    assert "an .stl file has no names" in text_of("a.stl")
    assert text_of("empty.geo", "Point(1) = {0, 0, 0};\n") == "it has no triangles or quadrilaterals"
    tetra = meshio.Mesh(np.eye(4, 3), [("tetra", [[0, 1, 2, 3]])])
    meshio.write(tmp_path / "solid.vtu", tetra)
    assert "it is three-dimensional (tetra)" in refusal(tmp_path / "solid.vtu", description())
    meshio.write(tmp_path / "solid.msh", tetra, file_format="gmsh22", binary=False)
    assert "it is three-dimensional" in refusal(tmp_path / "solid.msh", description())
    upright = write(tmp_path / "upright.msh", points[:, [0, 2, 1]], cells, sides)
    assert (
        refusal(upright, description())
        == "its z runs over 4 units; it lies in a plane of y; turn it into that of x and y"
    )
    flat = write(tmp_path / "flat.msh", points, np.concatenate([cells, [[0, 1, 2]]]), sides)
    assert refusal(flat, description()) == "1 of its 49 cells have no area"
    with pytest.raises(MeshError, match="does not exist"):
        found(tmp_path / "none.msh", description())
