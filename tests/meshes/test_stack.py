"""Stacks of segments: what a case may say of them, and meshes that fill them and name their boundaries."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from meshes.build import draw
from meshes.layout import FLUID, GATE, Layout, Plug, Solid
from meshes.session import gmsh_session
from meshes.sizes import UNIT, MeshSizes
from meshes.stack import SlitStack, Stack, StackKeys
from meshes.stacking import Plan, Sizes, row_edges
from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.check.size import estimate_unknowns
from solver.inputs.errors import CaseError

SIZES = MeshSizes(wall=1e-9, corner=0.3e-9)


def stack(*segments: tuple[float, ...]) -> Stack:
    """Segments a, b, ... of a length and a radius (nm), or two."""
    keys = ("length", "radius", "radius_at_end")
    return Stack(
        segments=[
            {"name": chr(ord("a") + k), **dict(zip(keys, (1e-9 * size for size in sizes), strict=False))}
            for k, sizes in enumerate(segments)
        ]
    )


ROUGH = stack((100, 50), (50, 5, 10), (30, 20), (20, 20, 10), (60, 40, 30), (20, 8))


def meshed(geometry: StackKeys, sizes: MeshSizes = SIZES) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Areas of the triangles (nm^2) of each region, and the length of each named boundary (nm)."""
    with gmsh_session() as gmsh:
        draw(gmsh, geometry, sizes)
        tags, points, _ = gmsh.model.mesh.getNodes()
        order = np.argsort(tags)
        places = points.reshape(-1, 3)[order][:, :2]
        found: tuple[dict[str, np.ndarray], dict[str, float]] = {}, {}
        for dimension, group in gmsh.model.getPhysicalGroups():
            entities = gmsh.model.getEntitiesForPhysicalGroup(dimension, group)
            nodes = np.concatenate([gmsh.model.mesh.getElements(dimension, e)[2][0] for e in entities])
            at = places[np.searchsorted(tags[order], nodes.reshape(-1, dimension + 1))]
            name, sides = gmsh.model.getPhysicalName(dimension, group), np.diff(at, axis=1)
            if dimension == 1:
                found[1][name] = float(np.linalg.norm(sides[:, 0], axis=1).sum())
            else:
                found[0][name] = 0.5 * (sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0])
    return found


def test_blocks_fill_a_stack_and_its_walls_have_their_faces() -> None:
    areas, lengths = meshed(ROUGH)
    (area,) = areas.values()
    assert abs(area).min() > 0
    assert len(np.unique(np.sign(area))) == 1  # none is turned over
    assert abs(area.sum()) == pytest.approx(5000 + 375 + 600 + 300 + 2100 + 160, rel=1e-9)
    expected = {
        "a": 100 + 45,
        "b": np.hypot(50, 5),
        "c": 30 + 10,
        "d": np.hypot(20, 10),
        "e": np.hypot(60, 10) + 30 + 22,
        "f": 20,
        "left": 50,
        "right": 8,
        "axis": 280,
    }
    assert lengths == pytest.approx(expected, rel=1e-9)


def test_rows_of_narrow_segments_go_on_through_wide_ones() -> None:
    edges = row_edges(ROUGH)
    assert [len(start) for start, _ in edges] == [2, 1, 2, 2, 3, 1]
    for k, (one, other) in enumerate(itertools.pairwise(edges)):
        count = min(len(one[1]), len(other[0]))
        assert other[0][:count] == pytest.approx(one[1][:count]), f"segments {k} and {k + 1}"
    for pair in edges:
        for edge in pair:
            assert np.all(np.diff([0.0, *edge]) > 0)


def test_segments_with_regions_are_regions_of_the_mesh() -> None:
    plugs = (Plug("b", 100e-9, 120e-9, end_size=0.1e-9), Plug("c", 120e-9, 140e-9, end_size=0.1e-9))
    geometry = SlitStack(
        segments=[{"name": n, "length": w, "height": 20e-9} for n, w in (("a", 1e-7), ("b", 2e-8), ("c", 2e-8))],
        width=1e-6,
    )
    sizes = MeshSizes(wall=1e-9, corner=1e-9, layout=Layout(None, plugs))
    areas, lengths = meshed(geometry, sizes)
    assert {name: abs(area.sum()) for name, area in areas.items()} == pytest.approx({FLUID: 1000, "b": 200, "c": 200})
    assert lengths == pytest.approx({"a": 100, "b": 20, "c": 20, "axis": 140, "left": 10, "right": 10})
    plan = Plan(geometry, Sizes(1e-9, 1e-9, sizes.growth, sizes.axial_cells, layout=sizes.layout))
    for station, (before, after) in ((1, (0, 1)), (2, (1, 2))):
        for k, end in ((before, -1), (after, 0)):
            stretch = plan.stretches[k][end]
            cells = np.diff(stretch.positions(range(stretch.grading.cells + 1)))
            assert cells[end] <= 0.1e-9 * (1 + 1e-9), f"segment {k} at station {station}"


@pytest.mark.parametrize("gate", [None, (110e-9, 170e-9)])
def test_a_solid_lies_between_a_stack_and_one_outer_side(gate: tuple[float, float] | None) -> None:
    """Walls keep their names and lengths; terminals end at the wall."""
    plain = meshed(ROUGH)[1]
    areas, lengths = meshed(ROUGH, MeshSizes(wall=1e-9, corner=0.3e-9, layout=Layout(Solid("glass", 20e-9, gate))))
    assert all(len(np.unique(np.sign(area))) == 1 for area in areas.values())
    found = {name: abs(area.sum()) for name, area in areas.items()}
    assert found == pytest.approx({FLUID: 8535, "glass": 280 * 70 - 8535}, rel=1e-9)
    assert lengths == pytest.approx({**plain, GATE: 280 if gate is None else 60}, rel=1e-9)


@pytest.mark.parametrize("geometry", [ROUGH, stack((100, 50)), stack((20, 10, 4), (20, 4, 10))])
@pytest.mark.parametrize("thickness", [None, 15e-9])
def test_number_of_cells_is_foretold(geometry: Stack, thickness: float | None) -> None:
    glass = {"glass": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": thickness}}
    case = Case(
        geometry=geometry.model_dump(),
        electrolyte={"concentration": 10.0, "species": {"K": {}, "Cl": {}}},
        walls={"a": {"surface_charge": -1e-3}},
        regions=glass if thickness else {},
    )
    layer = layer_thickness(case)
    sizes = MeshSizes(wall=0.3 * layer, corner=0.03 * layer, growth=1.8, layered=("a",), layout=case.layout)
    estimate = estimate_unknowns(case)
    assert estimate is not None
    assert sum(map(len, meshed(geometry, sizes)[0].values())) == estimate.cells


def test_radius_along_a_stack_steps_where_segments_meet() -> None:
    z = np.array([0.0, 99.0, 101.0, 125.0, 149.0, 151.0, 279.0, 280.0]) / 280.0
    assert ROUGH.profile(z) / UNIT == pytest.approx([50, 50, 5.1, 7.5, 9.9, 20, 8, 8])
    assert ROUGH.radius_at_terminal("left") / UNIT == pytest.approx(50)
    assert ROUGH.radius_at_terminal("right") / UNIT == pytest.approx(8)
    assert ROUGH.smallest / UNIT == pytest.approx(5)


A = {"name": "a", "length": 1e-8, "radius": 5e-9}
B = {**A, "name": "b"}
MEMBRANE = {"type": "membrane", "fixed_charge": -100.0}
GLASS = {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 5e-9}
PIECEWISE = {"type": "piecewise", "breaks": [5e-9], "values": [1e-3, -1e-3]}
RAMP = {"type": "ramp", "duration": 1e-6}


@pytest.mark.parametrize(
    ("segments", "change", "key", "words"),
    [
        ([], {}, "geometry.segments", "is empty"),
        (A, {}, "geometry.segments", "is no list"),
        ([A, A], {}, "geometry.segments.1.name", "a segment before it"),
        ([{**A, "name": "left"}, B], {}, "geometry.segments.0.name", "terminal"),
        ([A, {**B, "name": "axis"}], {}, "geometry.segments.1.name", "axis"),
        ([A, {**B, "radius": 0}], {}, "geometry.segments.1.radius", "positive"),
        ([{**A, "height": 1e-9}], {}, "geometry.segments.0.height", "radius"),
        ([{"name": "a", "length": 1e-8}], {}, "geometry.segments.0.radius", "is missing"),
        ([A, B], {"regions": {"plug": MEMBRANE}}, "regions.plug", "the segments are a, b"),
        ([A, B], {"regions": {"a": {**MEMBRANE, "to": 1e-9}}}, "regions.a.to", "leave it out"),
        ([A, B], {"regions": {"a": {"type": "dielectric", "relative_permittivity": 4}}}, "regions.a", "dielectric"),
        (
            [A, B],
            {"regions": {"glass": {"type": "dielectric", "relative_permittivity": 4}}},
            "regions.glass.thickness",
            "20 nm",
        ),
        ([A, {**B, "name": "gate"}], {"regions": {"glass": GLASS}}, "regions.glass", "rename"),
        ([A, B], {"regions": {"glass": GLASS}, "walls": {"gate": {"charge": 0}}}, "walls.gate.charge", "is not known"),
        ([A, {**B, "name": "fluid"}], {"regions": {"fluid": MEMBRANE}}, "regions.fluid", "free electrolyte"),
        ([A, B], {"regions": {"a": MEMBRANE, "b": MEMBRANE}}, "regions", "flow: none"),
        ([A, B], {"regions": {"a": MEMBRANE}, "walls": {"a": {"surface_charge": 1e-3}}}, "regions.a", "in front"),
        ([A, B], {"walls": {"c": {}}}, "walls.c", "the walls are a, b"),
        ([A, B], {"walls": {"a": {"surface_charge": PIECEWISE}}}, "walls.a.surface_charge", "nothing varies"),
        ([A, B], {"outputs": {"sensitivities": ["geometry.segments.0.radius"]}}, "outputs.sensitivities.0", "sweep"),
        (
            [A, B],
            {
                "walls": {"a": {"surface_charge": 1e-3}},
                "study": {"type": "transient", "protocol": [{**RAMP, "to": {"walls.a.surface_charge": 2e-3}}]},
            },
            "study.protocol.0.to.walls.a.surface_charge",
            "put another segment in front",
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_its_key(segments: Any, change: dict[str, Any], key: str, words: str) -> None:
    geometry, electrolyte = (
        {"type": "stack", "segments": segments},
        {"concentration": 1.0, "species": {"K": {}, "Cl": {}}},
    )
    with pytest.raises(CaseError, match=words) as caught:
        Case(geometry=geometry, electrolyte=electrolyte, **change)
    assert ".".join(map(str, caught.value.key)) == key
