"""Strips of mapped meshes: every edge has its strips, splitting one adds one line everywhere, on any number of ranks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpi4py import MPI

from meshes.build import build, draw
from meshes.cell import Cell
from meshes.geometry import Bullet, Cone, Cylinder, Hourglass, Profile, Slit
from meshes.grading import Grading, halved
from meshes.layout import Layout, Plug, Solid
from meshes.session import gmsh_session
from meshes.sizes import Face, MeshSizes
from meshes.strips import Strip, StripTable, grid_lines, split, table_of
from meshes.tagged import TaggedMesh

ROUND = {"length": 100e-9, "radius": 100e-9}
COARSE = MeshSizes(wall=3e-9, corner=0.5e-9, growth=4.0, axial_cells=4, layers=3, fan=3)
CHARGED = replace(COARSE, faces={name: Face(charged=True) for name in ("base", "tip", "left", "right")})
RINGS = replace(COARSE, faces={"base": Face(charged=True, jumps=(30e-9, 60e-9)), "tip": Face("membrane_tip")})
DEVICES: dict[str, tuple[Any, MeshSizes]] = {
    "cone": (Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=ROUND), COARSE),
    "cone, charged membrane": (Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=ROUND), CHARGED),
    "cone, rings on one face": (Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=ROUND), RINGS),
    "open cone": (Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=None), COARSE),
    "cylinder": (Cylinder(length=200e-9, radius=5e-9, reservoirs=ROUND), COARSE),
    "cylinder with a jump": (
        Cylinder(length=200e-9, radius=5e-9, reservoirs=ROUND),
        replace(COARSE, stations=(120e-9,)),
    ),
    "slit": (
        Slit(length=200e-9, height=10e-9, width=1e-6, reservoirs={"length": 100e-9, "half_height": 100e-9}),
        CHARGED,
    ),
    "profile": (Profile(positions=(0, 40e-9, 100e-9), radii=(15e-9, 4e-9, 20e-9), reservoirs=ROUND), COARSE),
    "hourglass": (Hourglass(length=200e-9, radius_waist=5e-9, radius_ends=15e-9, reservoirs=ROUND), COARSE),
    "bullet": (Bullet(length=200e-9, radius_tip=5e-9, radius_base=15e-9, exponent=5.0, reservoirs=ROUND), COARSE),
    "closed cell": (Cell(length=200e-9, width=1e-6, height=20e-9), COARSE),
}
GLASS = Layout(
    Solid("glass", 30e-9, (40e-9, 160e-9)), (Plug("plug", 50e-9, 100e-9, 2e-9), Plug("other", 100e-9, 200e-9, 1e-9))
)
DEVICES["cone in glass, with plugs"] = (DEVICES["cone"][0], replace(RINGS, layout=GLASS))
DEVICES["slit between glass"] = (
    Slit(length=200e-9, height=10e-9, width=1e-6, reservoirs=None),
    replace(COARSE, layout=Layout(Solid("glass", 20e-9, (0.0, 200e-9)))),
)
WHOLE = Layout(Solid("glass", None, (60e-9, 90e-9)))
DEVICES["hourglass in glass up to the edge"] = (DEVICES["hourglass"][0], replace(COARSE, layout=WHOLE))
devices = pytest.mark.parametrize("name", DEVICES)


def drawn(geometry: Any, sizes: MeshSizes) -> tuple[StripTable, np.ndarray, np.ndarray]:
    """Strips, points in nanometres and triangles of a device."""
    with gmsh_session() as gmsh:
        table = table_of(gmsh, draw(gmsh, geometry, sizes))
        tags, points, _ = gmsh.model.mesh.getNodes()
        cells = np.asarray(gmsh.model.mesh.getElements(2)[2][0], dtype=np.int64).reshape(-1, 3) - 1
    return table, points.reshape(-1, 3)[np.argsort(tags)][:, :2], cells


def sides(cells: np.ndarray) -> np.ndarray:
    """Pairs of nodes of the three edges of every triangle. Shape (n, 3, 2)."""
    return np.stack([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]], axis=1)


def across(table: StripTable, cells: np.ndarray) -> np.ndarray:
    """Strips of the edges of every triangle. Shape (n, 3, 2)."""
    return table.find(sides(cells).reshape(-1, 2)).reshape(-1, 3, 2)


def area(points: np.ndarray, cells: np.ndarray) -> float:
    """nm^2; no cell is flat."""
    a, b = points[cells[:, 1]] - points[cells[:, 0]], points[cells[:, 2]] - points[cells[:, 0]]
    sizes = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
    assert sizes.min() > 0
    return float(sizes.sum())


# --------------------------------------------------------------------------------------------------------- tables
@devices
def test_every_edge_lies_across_its_strips(name: str) -> None:
    """A triangle has two sides of two families and a diagonal across the strips of both. The cells that touch the corner
    of a fan have two sides across one shell and one across a piece of the fan."""
    table, _, cells = drawn(*DEVICES[name])
    of_edge = across(table, cells)
    assert (of_edge[:, :, 0] >= 0).all(), "no edge is without a strip"
    diagonals = (of_edge[:, :, 1] >= 0).sum(axis=1)
    assert set(diagonals) <= {0, 1}
    whole = diagonals == 1
    for triangle in of_edge[whole]:
        diagonal = triangle[:, 1] >= 0
        assert set(triangle[diagonal].ravel()) == set(triangle[~diagonal, 0])
        assert len(set(triangle[~diagonal, 0])) == 2
    collapsed = of_edge[~whole][:, :, 0]
    fans = {family for family, *_ in table.strips if family.startswith("fan")}
    assert len(collapsed) == sum(len(grid_lines(table.strips)[family]) - 1 for family in fans)
    for triangle in collapsed:
        found = sorted(table.strips[i].family for i in triangle)
        assert [f.startswith("fan") for f in found] == [True, False, False]
        assert len(set(triangle)) == 2


@devices
def test_strips_fill_their_families(name: str) -> None:
    """Grid lines at the integers, in families that the device has, each with cells of its own."""
    geometry, sizes = DEVICES[name]
    table, _, cells = drawn(geometry, sizes)
    lines = grid_lines(table.strips)
    kinds = {family.split()[0] for family in lines}
    open_ends = isinstance(geometry, Cell) or geometry.reservoirs is None
    expected = {"axial", "layers"}
    if not open_ends:
        charged = {sizes.faces.get(terminal, Face()).charged for terminal in geometry.terminals}
        solid = sizes.layout.solid
        beside = {"rows" if layers else "fan" for layers in charged}
        if solid is not None:  # rows go on from it, if it leaves any
            beside = set() if all(solid.reaches_the_edge(geometry, name) for name in geometry.terminals) else {"rows"}
        expected |= {"shells"} | beside
    if sizes.layout.solid is not None:
        expected |= {"solid"}
    assert kinds == expected
    assert all(line == tuple(range(len(line))) for line in lines.values())
    pairs = {(s.low, s.high) for s in table.strips}
    assert all(high - low == 1.0 for low, high in pairs)
    used = np.unique(across(table, cells))
    assert np.array_equal(used[used >= 0], np.arange(len(table.strips)))
    if isinstance(geometry, Cell):
        assert len(lines["layers"]) == 2, "one cell across"
    if not open_ends:
        assert len(lines["layers"]) > sizes.layers
    if "fan" in kinds:
        assert all(len(line) == sizes.fan + 1 for family, line in lines.items() if family.startswith("fan"))


@devices
def test_splitting_a_strip_adds_one_line_through_all_its_cells(name: str) -> None:
    """One strip of each family: its cells double, those of the others stay; the device keeps its area."""
    geometry, sizes = DEVICES[name]
    table, points, cells = drawn(geometry, sizes)
    whole = area(points, cells)
    curved = geometry.type in ("hourglass", "bullet")
    lines = grid_lines(table.strips)
    for family, line in lines.items():
        k = len(line) // 2
        chosen = Strip(family, line[k - 1], line[k])
        inside = (across(table, cells)[:, :, 0] == table.strips.index(chosen)).any(axis=1)
        finer = replace(sizes, nodes=split(lines, [chosen]))
        new, new_points, new_cells = drawn(geometry, finer)
        middle = (chosen.low + chosen.high) / 2
        assert set(new.strips) - set(table.strips) == {
            Strip(family, chosen.low, middle),
            Strip(family, middle, chosen.high),
        }
        # a cell of the corner of a fan gives three when its shell is split, every other one two
        at_corner = (across(table, cells)[:, :, 1] >= 0).sum(axis=1) == 0
        more = inside.sum() + (inside & at_corner).sum() * family.startswith("shells")
        assert len(new_cells) == len(cells) + more, family
        assert area(new_points, new_cells) == pytest.approx(whole, rel=2e-2 if curved else 1e-9)
        # the old nodes stay (inside blocks with a curved wall nearly: Gmsh places them by lengths along it)
        far = np.abs(new_points[None, :, :] - points[:, None, :]).sum(axis=2).min(axis=1)
        assert far.max() < (1e-4 if curved else 1e-6), family


def test_splitting_keeps_names_and_symmetry() -> None:
    """The same strips split on both sides of a symmetric device; every boundary keeps its length."""
    geometry, sizes = DEVICES["cylinder"]
    coarse = build(geometry, sizes, MPI.COMM_SELF)
    assert coarse.strips is not None
    lines = grid_lines(coarse.strips.strips)
    chosen = [
        Strip("shells left", 0.0, 1.0), Strip("shells right", 0.0, 1.0), Strip("layers", 1.0, 2.0),
        Strip("fan left", 0.0, 1.0), Strip("fan right", 0.0, 1.0),
    ]  # fmt: skip
    number = max(int(family.split()[1]) for family in lines if family.startswith("axial"))
    last = lines[f"axial {number}"][-1]
    chosen += [Strip("axial 0", 0.0, 1.0), Strip(f"axial {number}", last - 1.0, last)]
    fine = build(geometry, replace(sizes, nodes=split(lines, chosen)), MPI.COMM_SELF)
    assert (fine.boundaries, fine.regions) == (coarse.boundaries, coarse.regions)
    for name in coarse.boundaries:
        assert _length(fine, name) == pytest.approx(_length(coarse, name), rel=1e-9)
        assert len(fine.facets_of(name)) > len(coarse.facets_of(name))
    x = np.round(fine.mesh.geometry.x[:, :2], 6)
    mirrored = np.round(np.column_stack([geometry.length * 1e9 - x[:, 0], x[:, 1]]), 6)
    assert set(map(tuple, np.abs(x))) >= {(abs(a), b) for a, b in map(tuple, np.abs(mirrored))}


def test_strips_of_a_closed_cell_split_alike_at_both_plates() -> None:
    """The grid lines of the plates' normal direction: halving the first cells at both keeps the mirror symmetry."""
    geometry, sizes = DEVICES["closed cell"]
    table, coarse, _ = drawn(geometry, sizes)
    lines = grid_lines(table.strips)
    last = max(family for family in lines if family.startswith("axial"))
    end = lines[last][-1]
    chosen = [Strip("axial 0", 0.0, 1.0), Strip(last, end - 1.0, end)]
    _, points, _ = drawn(geometry, replace(sizes, nodes=split(lines, chosen)))
    z, before = np.unique(np.round(points[:, 0], 6)), np.unique(np.round(coarse[:, 0], 6))
    assert len(z) == len(before) + 2
    assert z[2] == before[1]
    assert z + z[::-1] == pytest.approx(np.full(len(z), 200.0), abs=1e-5)


def _length(tagged: TaggedMesh, name: str) -> float:
    from dolfinx.mesh import entities_to_geometry

    tagged.mesh.topology.create_connectivity(1, 2)
    ends = tagged.mesh.geometry.x[entities_to_geometry(tagged.mesh, 1, tagged.facets_of(name))]
    return float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).sum())


def test_facets_of_a_mesh_know_their_strips() -> None:
    """Through renumbering: every facet is found, and those of a strip join the two grid lines."""
    geometry, sizes = DEVICES["slit"]
    tagged = build(geometry, sizes, MPI.COMM_SELF)
    assert tagged.strips is not None
    found = tagged.strips_of_facets()
    topology = tagged.mesh.topology
    cells_of_facet = np.diff(topology.connectivity(1, 2).offsets)
    assert (found[:, 0] >= 0).all()
    # on the boundary there are no diagonals
    assert (found[cells_of_facet == 1, 1] == -1).all()
    along = {tagged.strips.strips[i].family.split()[0] for i in found[tagged.facets_of("channel"), 0]}
    assert along == {"axial"}
    along = {tagged.strips.strips[i].family.split()[0] for i in found[tagged.facets_of("membrane_face"), 0]}
    assert along == {"rows"}
    with pytest.raises(ValueError, match="a mesh file has no strips"):
        replace(tagged, strips=None).strips_of_facets()


def test_edges_that_are_not_there_have_no_strip() -> None:
    table, _, cells = drawn(*DEVICES["cone"])
    known = {tuple(sorted(pair)) for pair in map(tuple, sides(cells).reshape(-1, 2))}
    missing = next(pair for pair in itertools.combinations(range(50), 2) if pair not in known)
    last = (table.nodes - 1, table.nodes)
    assert (table.find(np.array([missing, last])) == -1).all()
    assert table.find(np.array([[5, 9], [9, 5]])).tolist()[0] == table.find(np.array([[9, 5]])).tolist()[0]


def test_grid_lines_that_do_not_fit_are_refused() -> None:
    geometry, sizes = DEVICES["cone"]
    with (
        pytest.raises(ValueError, match=r"grid lines of 'layers' end at 2, the description has \d cells"),
        gmsh_session() as gmsh,
    ):
        draw(gmsh, geometry, replace(sizes, nodes={"layers": (0.0, 1.0, 2.0)}))


# --------------------------------------------------------------------------------------------------------- lines
@given(
    st.integers(1, 12),
    st.floats(0.25, 4.0),
    st.integers(0, 3),
    st.lists(st.floats(0.0, 1.0), max_size=5),
)
def test_positions_of_grid_lines(cells: int, ratio: float, times: int, more: list[float]) -> None:
    """From 0 to 1, ascending, unmoved by what is added; cells grow by the ratio, and by its root when halved."""
    grading = Grading(cells, ratio)
    whole = tuple(map(float, range(cells + 1)))
    at = grading.positions(whole)
    assert (at[0], at[-1]) == (0.0, pytest.approx(1.0, rel=1e-12))
    sizes = np.diff(at)
    assert (sizes > 0).all()
    assert sizes[1:] == pytest.approx(sizes[:-1] * ratio, rel=1e-6, abs=1e-12)
    lines = halved(whole, times)
    assert len(lines) == cells * 2**times + 1
    fine = grading.positions(lines)
    assert fine[:: 2**times] == pytest.approx(at, rel=1e-12, abs=1e-15)
    assert (np.diff(fine) > 0).all()
    any_lines = sorted({*whole, *(x * cells for x in more)})
    placed = dict(zip(any_lines, grading.positions(any_lines), strict=True))
    assert [placed[x] for x in whole] == pytest.approx(list(at), rel=1e-12)
    assert list(placed.values()) == sorted(placed.values())


@given(st.integers(1, 12), st.floats(0.25, 4.0))
def test_a_graded_edge_is_the_same_from_its_other_end(cells: int, ratio: float) -> None:
    lines = halved(tuple(map(float, range(cells + 1))), 1)
    there = Grading(cells, ratio).positions(lines)
    back = Grading(cells, 1 / ratio).positions([cells - x for x in reversed(lines)])
    assert there == pytest.approx(1 - back[::-1], abs=1e-12)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(1, 5))
def test_split_and_grid_lines_undo_each_other(families: list[str], cells: int) -> None:
    lines = {family: tuple(map(float, range(cells + 1))) for family in families}

    def strips(of: dict[str, tuple[float, ...]]) -> list[Strip]:
        return [Strip(family, *pair) for family, line in of.items() for pair in itertools.pairwise(line)]

    assert grid_lines(strips(lines)) == lines
    assert split(lines, []) == lines
    finer = split(lines, strips(lines)[:1])
    assert sum(map(len, finer.values())) == sum(map(len, lines.values())) + 1
    assert split(lines, strips(lines)) == {family: halved(line, 1) for family, line in lines.items()}
    assert grid_lines(strips(finer)) == finer
