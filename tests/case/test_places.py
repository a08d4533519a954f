"""Places of regions in drawn channels: what lies where, and what does not fit in one line that names the key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from meshes.grading import channel_stretches
from solver.case.case import Case
from solver.case.layers import charge_of_wall, layer_thickness
from solver.case.layout import sized_layout
from solver.inputs.errors import CaseError
from solver.physics.solution import Solution

RESERVOIRS = {"length": 100e-9, "radius": 60e-9}
PORE = {"type": "cylinder", "length": 200e-9, "radius": 10e-9, "reservoirs": RESERVOIRS}
OPEN = {**PORE, "reservoirs": None}
GLASS = {"type": "dielectric", "relative_permittivity": 3.9}
MEMBRANE = {"type": "membrane", "fixed_charge": -100.0}


def case(regions: dict[str, Any], geometry: dict[str, Any] = PORE, **others: Any) -> Case:
    return Case.model_validate(
        {
            "geometry": geometry,
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
            "regions": regions,
            "solver": {"flow": "none"},
            **others,
        }
    )


def test_a_solid_brings_its_outer_side_as_a_wall() -> None:
    found = case({"solid": {**GLASS, "thickness": 20e-9}})
    assert list(found.walls) == ["channel", "membrane_face", "gate"]
    assert found.layout.solid is not None
    assert found.layout.solid.gate is None, "nothing is held there"
    assert Case.model_validate(found.model_dump(mode="json")) == found
    assert list(case({"plug": MEMBRANE}).walls) == ["channel", "membrane_face"]


def test_a_gate_ends_before_the_reservoirs() -> None:
    gate = {"gate": {"potential": 1.0}}
    solid = {"solid": {**GLASS, "thickness": 20e-9}}
    for geometry, expected in ((PORE, (20e-9, 180e-9)), (OPEN, (0.0, 200e-9))):
        layout = case(solid, geometry, walls=gate).layout
        assert layout.solid is not None
        assert layout.solid.gate == pytest.approx(expected)
    part = case({"solid": {**GLASS, "thickness": 20e-9, "gate": {"from": 50e-9, "to": 90e-9}}}, walls=gate).layout.solid
    assert part is not None
    assert part.gate == (50e-9, 90e-9)
    whole = case({"solid": GLASS}, walls=gate).layout.solid
    assert whole is not None
    assert whole.gate == pytest.approx((50e-9, 150e-9)), "the solid is as thick as the face of the membrane"


def test_plugs_that_touch_share_their_end() -> None:
    touching = {"b": {**MEMBRANE, "from": 3e-8 + 5e-8}, "a": {**MEMBRANE, "from": 1e-9, "to": 8e-8 * (1 + 1e-15)}}
    one, other = case(touching).layout.plugs
    assert (one.name, other.name) == ("a", "b")
    assert (one.stop, other.stop) == (other.start, 200e-9)
    assert [case(touching).layout.region_at(z) for z in (0.5e-9, 40e-9, 199e-9)] == ["fluid", "a", "b"]


def test_membranes_count_for_the_mesh_and_gates_as_what_they_bring() -> None:
    plain, filled = case({}), case({"plug": MEMBRANE})
    ratio = layer_thickness(filled) / layer_thickness(plain)
    assert ratio == pytest.approx(np.sqrt(2 * 10.0 / 100.0)), "100 mM of one ion are as many as 50 mM of salt"
    denser = case({"plug": {**MEMBRANE, "relative_permittivity": 20.0}})
    assert layer_thickness(denser) / layer_thickness(filled) == pytest.approx(np.sqrt(20 / 78.5))
    gated = case({"solid": {**GLASS, "thickness": 20e-9}}, walls={"gate": {"potential": -5.0}})
    solution: Solution = gated.solution("left")
    capacitor = 3.9 * 8.8541878128e-12 / (10e-9 * np.log(3.0))
    assert charge_of_wall(gated, "channel", solution) == pytest.approx(5.0 * capacitor)
    assert layer_thickness(gated) == pytest.approx(solution.edl_thickness(5.0 * capacitor))


FILE = {
    "type": "file", "path": "x.msh", "symmetry": "axisymmetric", "terminals": {"left": "a", "right": "b"},
    "walls": {"wall": "w"},
}  # fmt: skip
GATE = {"gate": {"potential": 1.0}}
BAD: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "outside": ({"plug": {**MEMBRANE, "to": 300e-9}}, PORE, {}, "regions.plug.to: 3e-07 m lies outside the channel"),
    "before": ({"plug": {**MEMBRANE, "from": -1e-9}}, PORE, {}, "regions.plug.from: -1e-09 m lies outside the channel"),
    "backwards": ({"plug": {**MEMBRANE, "from": 5e-8, "to": 4e-8}}, PORE, {}, "regions.plug.to: .*end after it begins"),
    "overlap": (
        {"a": {**MEMBRANE, "to": 9e-8}, "b": {**MEMBRANE, "from": 8e-8}}, PORE, {},
        "regions.b.from: overlaps with 'a', which ends at 9e-08 m",
    ),
    "unending solid": ({"solid": GLASS}, OPEN, {}, "regions.solid.thickness: is missing: without reservoirs"),
    "too thick": (
        {"solid": {**GLASS, "thickness": 60e-9}}, PORE, {},
        "regions.solid.thickness: 6e-08 m reaches beyond the edge of the reservoir at 'left', 5e-08 m",
    ),
    "two solids": (
        {"a": {**GLASS, "thickness": 1e-8}, "b": {**GLASS, "thickness": 1e-8}}, PORE, {},
        "regions.b: 'a' lies around the channel already",
    ),
    "gate without solid": ({}, PORE, GATE, "walls.gate: the gate touches the electrolyte: write a solid"),
    "gate beside a plug": ({"plug": MEMBRANE}, PORE, GATE, "walls.gate: the gate touches the electrolyte"),
    "gate up to the reservoir": (
        {"solid": {**GLASS, "thickness": 2e-8, "gate": {"to": 1e-7}}}, PORE, GATE,
        "regions.solid.gate.from: the gate touches the electrolyte of the reservoir",
    ),
    "gate of a short pore": (
        {"solid": {**GLASS, "thickness": 4e-8}}, {**PORE, "length": 5e-8}, GATE,
        "regions.solid: the channel is too short for a gate",
    ),
    "charge outside": (
        {"solid": {**GLASS, "thickness": 2e-8}}, PORE, {"gate": {"surface_charge": 0.01}},
        "walls.gate.surface_charge: the outer side of a solid touches no liquid",
    ),
    "reserved": ({"fluid": MEMBRANE}, PORE, {}, "regions.fluid: 'fluid' is the free electrolyte"),
    "thickness of a file": (
        {"water": {"type": "fluid"}, "glass": {**GLASS, "thickness": 1e-8}}, FILE, {},
        "regions.glass.thickness: belongs to a channel that the program draws",
    ),
    "place in a file": (
        {"water": {"type": "fluid"}, "plug": {**MEMBRANE, "from": 0.0}}, FILE, {},
        "regions.plug.from: belongs to a channel that the program draws",
    ),
    "in a cell": (
        {"plug": MEMBRANE}, {"type": "cell", "length": 1e-7, "width": 1e-6}, {"left": {"potential": 0.1}},
        "regions: a cell is filled with free electrolyte",
    ),
    "charged end": (
        {"plug": MEMBRANE}, OPEN, {"channel": {"surface_charge": 0.01}},
        "regions.plug: fills the channel to its end 'left', where the wall is charged",
    ),
    "place of a dielectric": ({"solid": {**GLASS, "from": 0.0}}, PORE, {}, "regions.solid.from: unknown key"),
    "thickness of a membrane": ({"plug": {**MEMBRANE, "thickness": 1e-8}}, PORE, {}, "regions.plug.thickness: unknown"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_one_line_with_its_key(name: str) -> None:
    regions, geometry, walls, text = BAD[name]
    with pytest.raises(CaseError, match=text) as error:
        case(regions, geometry, walls=walls)
    assert "\n" not in str(error.value)


def test_what_the_end_of_a_channel_holds_cannot_be_driven() -> None:
    def driven(regions: dict[str, Any], key: str, value: float) -> Case:
        walls = {"gate": {"potential": 0.0}} if "solid" in regions else {}
        study = {"type": "transient", "protocol": [{"type": "ramp", "to": {key: value}, "duration": 1e-6}]}
        return case(regions, OPEN, walls=walls, terminals={"left": {"concentration": 10.0}}, study=study)

    solid = {"solid": {**GLASS, "thickness": 20e-9}}
    for regions, key, value in (
        (solid, "walls.gate.potential", 1.0),
        (solid, "terminals.left.potential", 0.1),
        ({"plug": {**MEMBRANE, "to": 1e-7}}, "terminals.left.concentration", 20.0),
    ):
        with pytest.raises(CaseError, match=f"{key}: terminal 'left' ends a channel and holds the equilibrium"):
            driven(regions, key, value)
    part = {"solid": {**solid["solid"], "gate": {"from": 5e-8, "to": 15e-8}}}
    assert driven(part, "walls.gate.potential", 1.0).gates == ("gate",)


BALL = {"position": 50e-9, "radius": 4e-9}


def test_the_inside_of_a_particle_is_a_region_beside_the_solid() -> None:
    regions = {"particle": GLASS, "solid": {**GLASS, "thickness": 20e-9}}
    found = case(regions, {**PORE, "particle": BALL})
    assert found.layout.body == "particle"
    assert found.layout.solid is not None
    assert found.layout.solid.name == "solid"
    assert Case.model_validate(found.model_dump(mode="json")) == found
    alone = case({"particle": GLASS}, {**PORE, "particle": BALL})
    assert alone.layout.solid is None
    assert "gate" not in alone.walls


@pytest.mark.parametrize(
    ("regions", "particle", "key", "words"),
    [
        ({"plug": MEMBRANE}, BALL, "regions.plug", "around a particle is free electrolyte"),
        ({"particle": MEMBRANE}, BALL, "regions.particle", "write 'type: dielectric'"),
        ({"particle": {**GLASS, "thickness": 1e-9}}, BALL, "regions.particle.thickness", "leave it out"),
        ({"particle": GLASS}, None, "regions.particle", "there is none; write geometry.particle"),
        ({"particle": {**GLASS, "relative_permittivity": -2.0}}, BALL, "regions.particle", "positive"),
        ({"a": GLASS, "b": GLASS, "particle": GLASS}, BALL, "regions.b", "'a' lies around the channel already"),
        ({}, {**BALL, "relative_permittivity": 2.6}, "geometry.particle.relative_permittivity", "regions: {particle: "),
    ],
)
def test_what_cannot_be_in_or_around_a_particle(
    regions: dict[str, Any], particle: dict[str, Any] | None, key: str, words: str
) -> None:
    with pytest.raises(CaseError, match=words) as caught:
        case(regions, {**PORE, "particle": particle})
    assert ".".join(map(str, caught.value.key)).startswith(key)


def test_an_electroneutral_device_has_no_field_in_its_particle() -> None:
    with pytest.raises(CaseError, match="leave 'particle' out, which insulates"):
        case({"particle": GLASS}, {**PORE, "particle": BALL}, solver={"charge": "electroneutral", "flow": "none"})


def test_faces_of_electroneutral_membranes_get_parts_of_the_shortest_piece() -> None:
    """Whatever the Debye length: a millionth at faces inside the channel, a thousandth at its ends."""
    plugs = {"a": {**MEMBRANE, "to": 50e-9}, "b": {**MEMBRANE, "from": 50e-9, "to": 90e-9}}
    found = case(plugs, OPEN, solver={"charge": "electroneutral", "flow": "none"})
    layout = sized_layout(found, [found])
    assert layout.stations(found.geometry) == pytest.approx(
        {0.0: 40e-12, 50e-9: 40e-15, 90e-9: 40e-15}, rel=1e-9, abs=0.0
    )
    stretches = channel_stretches(found.geometry, (), 1e-9, 1.8, 4, stations=layout.stations(found.geometry))
    first = {stretch.start: stretch.positions(tuple(range(stretch.grading.cells + 1)))[1] for stretch in stretches}
    assert first[0.0] <= 40.001e-12
    assert first[50e-9] - 50e-9 <= 40.001e-15
    resolved = sized_layout(with_layers := case(plugs, OPEN), [with_layers])
    assert set(resolved.stations(found.geometry)) == {50e-9, 90e-9}, "Donnan's equilibrium needs no cells at an end"
