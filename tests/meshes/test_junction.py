"""Junctions of slits: what a case may say of them, and meshes that fill them and name their boundaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from meshes.build import draw
from meshes.crossing import junction_cells
from meshes.junction import Junction
from meshes.layout import FLUID, GATE, Layout, Solid
from meshes.session import gmsh_session
from meshes.sizes import UNIT, MeshSizes
from solver.case.case import Case
from solver.inputs.errors import CaseError
from tests.meshes.test_stack import meshed

ARM = {"length": 60e-9, "height": 20e-9}
UNEVEN = Junction(
    shape="cross",
    arms={
        "left": {**ARM, "wall": "west"},
        "right": {"length": 40e-9, "height": 12e-9, "height_at_end": 30e-9},
        "top": {"length": 50e-9, "height": 8e-9},
        "bottom": {"length": 50e-9, "height": 16e-9, "wall": "south"},
    },
    width=1e-6,
)
TEE = Junction(
    shape="T", arms={"left": ARM, "right": ARM, "top": {"length": 30e-9, "height": 8e-9}}, width=1e-6, wall="far"
)
SIZES = MeshSizes(wall=1e-9, corner=0.3e-9)
GLASS = {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 10e-9}


def driving(key: str, value: float) -> dict[str, Any]:
    return {"type": "transient", "protocol": [{"type": "ramp", "to": {key: value}, "duration": 1e-6}]}


def drawn(geometry: Junction, sizes: MeshSizes = SIZES) -> tuple[np.ndarray, dict[str, float]]:
    """Areas of all triangles (nm^2), and the length of each named boundary (nm)."""
    with gmsh_session() as gmsh:
        draw(gmsh, geometry, sizes)
        tags, points, _ = gmsh.model.mesh.getNodes()
        nodes = gmsh.model.mesh.getElements(2)[2][0].reshape(-1, 3)
        edges = {}
        for dimension, group in gmsh.model.getPhysicalGroups(1):
            curves = gmsh.model.getEntitiesForPhysicalGroup(dimension, group)
            name = gmsh.model.getPhysicalName(dimension, group)
            edges[name] = np.concatenate([gmsh.model.mesh.getElements(1, c)[2][0] for c in curves]).reshape(-1, 2)
    order = np.argsort(tags)
    places = points.reshape(-1, 3)[order][:, :2]

    def at(numbers: np.ndarray) -> np.ndarray:
        return places[np.searchsorted(tags[order], numbers)]

    a, b, c = (at(nodes[:, k]) for k in range(3))
    areas = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    lengths = {name: float(np.linalg.norm(at(e[:, 0]) - at(e[:, 1]), axis=1).sum()) for name, e in edges.items()}
    return areas, lengths


def test_blocks_fill_a_tee_and_its_walls_have_their_lengths() -> None:
    areas, lengths = drawn(TEE)
    assert areas.min() > 0
    assert areas.sum() * UNIT**2 == pytest.approx((2 * 60 + 8) * 20e-18 + 30 * 8e-18, rel=1e-9)
    expected = {"left": 20.0, "right": 20.0, "top": 8.0, "channel": 4 * 60.0 + 2 * 30.0, "far": 8.0}
    assert lengths == pytest.approx(expected, rel=1e-9)


def test_blocks_of_an_uneven_cross_do_not_overlap() -> None:
    areas, lengths = drawn(UNEVEN)
    assert areas.min() > 0
    outline = [(-68, -10), (-8, -10), (-8, -60), (8, -60), (8, -6), (48, -15), (48, 15), (4, 6), (4, 60)]
    outline += [(-4, 60), (-4, 10), (-68, 10)]
    x, y = np.array(outline, dtype=float).T
    shoelace = 0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    assert areas.sum() == pytest.approx(shoelace, rel=1e-9)
    ends = {name: lengths[name] for name in UNEVEN.terminals}
    assert ends == pytest.approx({"left": 20.0, "right": 30.0, "top": 8.0, "bottom": 16.0}, rel=1e-9)


def test_a_solid_covers_the_walls_of_all_arms() -> None:
    """A strip of 6 nm on each wall, without the squares that two of them share; that of a tapered arm is as thick across."""
    glassy = MeshSizes(wall=1e-9, corner=0.3e-9, layout=Layout(Solid("glass", 6e-9)))
    tee, cross = meshed(TEE, glassy), meshed(UNEVEN, glassy)
    found = {name: abs(area).sum() for name, area in tee[0].items()}
    assert found == pytest.approx({FLUID: 2800, "glass": 128 * 6 + 2 * (60 + 30 - 6) * 6}, rel=1e-9)
    assert tee[1] == pytest.approx({**drawn(TEE)[1], GATE: 128 + 2 * (54 + 24)}, rel=1e-9)
    assert abs(cross[0][FLUID]).sum() == pytest.approx(drawn(UNEVEN)[0].sum(), rel=1e-9)
    level = (64 + 50 - 6) * 6 + (60 + 50 - 6) * 6
    rising = sum((length + 54 - 6) * 6 - 0.5 * 9 / length * 6**2 for length in (44, 40))
    assert abs(cross[0]["glass"]).sum() == pytest.approx(level + rising, rel=1e-9)
    assert all(abs(area).min() > 0 for area in (*tee[0].values(), *cross[0].values()))


@pytest.mark.parametrize("geometry", [TEE, UNEVEN])
@pytest.mark.parametrize("thickness", [0.0, 6e-9])
def test_number_of_cells_is_foretold(geometry: Junction, thickness: float) -> None:
    layout = Layout(Solid("glass", thickness) if thickness else None)
    expected = 2 * junction_cells(geometry, SIZES.wall, SIZES.corner, SIZES.growth, SIZES.axial_cells, thickness)
    assert len(drawn(geometry, MeshSizes(wall=1e-9, corner=0.3e-9, layout=layout))[0]) == expected


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"shape": "Y"}, "geometry.shape", "T"),
        ({"arms": {"left": ARM, "right": ARM}}, "geometry.arms", "has no 'top'"),
        ({"arms": {"left": ARM, "right": ARM, "top": ARM, "bottom": ARM}}, "geometry.arms.bottom", "unknown arm"),
        ({"arms": {"left": ARM, "right": ARM, "top": {**ARM, "height": 0}}}, "geometry.arms.top.height", "positive"),
        ({"arms": {"left": {**ARM, "wall": "top"}, "right": ARM, "top": ARM}}, "geometry.arms.left.wall", "terminal"),
        ({"wall": "axis"}, "geometry.wall", "another one"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_key(change: dict[str, Any], key: str, words: str) -> None:
    geometry = {"type": "junction", "shape": "T", "arms": {"left": ARM, "right": ARM, "top": ARM}, "width": 1e-6}
    with pytest.raises(CaseError, match=words) as caught:
        Case(geometry=geometry | change, electrolyte={"concentration": 1.0, "species": {"K": {}, "Cl": {}}})
    assert ".".join(map(str, caught.value.key)) == key


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"regions": {"glass": {**GLASS, "thickness": 60e-9}}}, "regions.glass.thickness", "the shortest arm"),
        ({"regions": {"glass": {**GLASS, "gate": {"to": 1e-9}}}}, "regions.glass.gate", "no axis"),
        ({"regions": {"gel": {"type": "membrane"}}}, "regions.gel", "only a solid"),
        ({"walls": {"gate": {"potential": 1.0}}}, "walls.gate", "the gate touches the electrolyte"),
        ({"regions": {"glass": GLASS}, "walls": {"gate": {"charge": 0}}}, "walls.gate.charge", "is not known"),
        (
            {"walls": {"channel": {"surface_charge": -1e-3}}, "study": driving("walls.channel.surface_charge", -2e-3)},
            "study.protocol.0.to.walls.channel.surface_charge",
            "terminal 'left' ends a channel",
        ),
        (
            {"walls": {"channel": {"surface_charge": -1e-3}}, "study": driving("terminals.top.concentration", 2.0)},
            "study.protocol.0.to.terminals.top.concentration",
            "ends a charged channel",
        ),
        (
            {
                "regions": {"glass": GLASS},
                "walls": {"gate": {"potential": 1.0}},
                "study": driving("walls.gate.potential", 2.0),
            },
            "study.protocol.0.to.walls.gate.potential",
            "terminal 'left' ends a channel",
        ),
    ],
)
def test_what_cannot_lie_around_a_junction_or_be_driven_is_refused_at_its_key(
    change: dict[str, Any], key: str, words: str
) -> None:
    geometry = {"type": "junction", "shape": "T", "arms": {"left": ARM, "right": ARM, "top": ARM}, "width": 1e-6}
    electrolyte = {"concentration": 1.0, "species": {"K": {}, "Cl": {}}}
    with pytest.raises(CaseError, match=words) as caught:
        Case(geometry=geometry, electrolyte=electrolyte, terminals={"top": {"concentration": 1.0}}, **change)
    assert ".".join(map(str, caught.value.key)) == key


def test_charge_that_varies_along_a_wall_is_refused() -> None:
    geometry = {"type": "junction", "shape": "T", "arms": {"left": ARM, "right": ARM, "top": ARM}, "width": 1e-6}
    piecewise = {"type": "piecewise", "breaks": [10e-9], "values": [1e-3, -1e-3]}
    with pytest.raises(CaseError, match="varies"):
        Case(
            geometry=geometry,
            electrolyte={"concentration": 1.0, "species": {"K": {}, "Cl": {}}},
            walls={"channel": {"surface_charge": piecewise}},
        )
