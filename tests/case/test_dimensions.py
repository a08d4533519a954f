"""Cases in three dimensions: their keys, what is refused, and that cases in two are as they were."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.dimensions import CELLS
from solver.check.report import check
from solver.discretization.end_profile import equilibrium
from solver.inputs.errors import CaseError

CONE = {
    "geometry": {
        "type": "cone", "dimension": 3, "length": "40 nm", "radius_tip": "5 nm", "radius_base": "10 nm",
        "reservoirs": {"length": "30 nm", "radius": "30 nm"},
    },
    "electrolyte": {"concentration": "10 mM", "species": {"K": {}, "Cl": {}}},
    "walls": {"channel": {"surface_charge": "-5 mC/m^2"}},
    "terminals": {"tip": {}},
    "mesh": {},
    "outputs": {"errors": "none"},
    "solver": {},
}  # fmt: skip
BOX = {"length": "60 nm", "width": "120 nm", "height": "100 nm"}
SLIT = CONE | {
    "geometry": {
        "type": "slit", "dimension": 3, "length": "60 nm", "height": "20 nm", "width": "40 nm", "reservoirs": BOX,
    },
    "walls": {"side_wall": {"surface_charge": "-5 mC/m^2"}},
    "terminals": {},
}  # fmt: skip


def made(case: dict[str, Any], **changed: Any) -> Case:
    """The case with values at dotted keys, written with two underscores."""
    data = deepcopy(case)
    for key, value in changed.items():
        *way, last = key.split("__")
        node = data
        for step in way:
            node = node[step]
        node[last] = value
    return Case.model_validate(data)


def test_a_slit_lies_between_side_walls_and_has_boxes_as_reservoirs() -> None:
    case = made(SLIT)
    assert tuple(case.walls) == ("channel", "side_wall", "membrane_face")
    assert case.geometry.measure_factor == 4.0
    assert case.geometry.reservoir("left").width == pytest.approx(120e-9)
    half = made(SLIT, geometry={**SLIT["geometry"], "part": "half", "reservoirs": {"left": BOX, "right": BOX}})
    assert half.geometry.measure_factor == 2.0
    assert half.geometry.spaces == case.geometry.spaces
    assert case.with_values({"geometry.width": "60 nm"}).geometry.width == pytest.approx(60e-9)


def test_cells_have_sizes_of_three_dimensions_where_the_case_has_none() -> None:
    assert made(CONE).mesh.growth == CELLS["growth"]
    assert made(CONE).mesh.wall_size.metres(1.0) == 1.0
    assert made(CONE, mesh={"growth": 2.0}).mesh.growth == 2.0
    assert made(CONE, mesh={"growth": 2.0}).mesh.axial_cells == CELLS["axial_cells"]


def test_cases_in_two_dimensions_are_written_as_they_always_were() -> None:
    flat = {key: value for key, value in CONE["geometry"].items() if key != "dimension"}
    case, said = (made(CONE, geometry=each) for each in (flat, {**flat, "dimension": 2}))
    assert case == said
    assert not {"dimension", "part"} & set(case.model_dump(mode="json")["geometry"])
    assert case.mesh.axial_cells == 16


REFUSED = {
    "particle": ({"geometry": {**CONE["geometry"], "particle": {"radius": "1 nm", "position": "0 nm"}}}, "geometry.particle"),
    "tolerance": ({"mesh__tolerance": "1 %"}, "mesh.tolerance"),
    "neutral": ({"solver__charge": "electroneutral", "walls": {}}, "solver.charge"),
    "sites with memory": (
        {"walls__channel": {"adsorption": [{"density": 1e-8, "binds": {"K": {"k_on": 1e3, "k_off": 1e5}}}]}},
        "walls.channel.adsorption",
    ),
    "given rates": ({"terminals__tip__exchange": {"K": {"rate": "1 fmol/s"}}}, "terminals.tip.exchange"),
    "study": ({"study": {"type": "reversal"}, "terminals__tip": {"concentration": "100 mM"}}, "study.type"),
    "sizes of slits": (
        {**{key: SLIT[key] for key in ("geometry", "walls", "terminals")}, "outputs__sensitivities": ["geometry.width"]},
        "outputs.sensitivities.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_three_dimensions_do_not_have_is_refused(name: str) -> None:
    changed, key = REFUSED[name]
    with pytest.raises(CaseError, match=r"in three dimensions .*(write|leave)") as caught:
        made(CONE, **changed)
    assert ".".join(map(str, caught.value.key)) == key


def test_boxes_and_half_heights_belong_to_their_dimension() -> None:
    for geometry, key in (
        (
            {**SLIT["geometry"], "reservoirs": {"length": "60 nm", "half_height": "60 nm"}},
            "geometry.reservoirs.half_height",
        ),
        ({**SLIT["geometry"], "dimension": 2}, "geometry.reservoirs.width"),
        ({**SLIT["geometry"], "width": "150 nm"}, "geometry.reservoirs.width"),
        ({**SLIT["geometry"], "height": "150 nm"}, "geometry.reservoirs.height"),
        ({**SLIT["geometry"], "dimension": 2, "part": "half", "reservoirs": None}, "geometry.part"),
    ):
        with pytest.raises(CaseError) as caught:
            made(SLIT, geometry=geometry, walls={})
        assert ".".join(map(str, caught.value.key)) == key


def test_check_tells_the_size_of_the_system_and_what_it_wants() -> None:
    found = check(made(CONE))
    assert found.mesh is not None
    assert found.mesh.in_space is not None
    assert "tetrahedra" in repr(found)
    assert "one rank" in repr(found)
    assert not [text for text in found.warnings if "mesh." in text]
    # a mouth of 20 by 40 nm with side walls: between those of the discs of its sides
    (row,) = check(made(SLIT)).sections[:1]
    assert 1 / 0.15 / 4 / 20e-9 < row.access * 1.25 < 1 / 0.15 / 4 / 10e-9


def test_a_tapered_channel_ends_as_the_slit_of_its_size_there() -> None:
    sizes = {"width": "30 nm", "height": "12 nm", "width_at_end": "40 nm", "height_at_end": "20 nm"}
    walls = {"channel": {"surface_charge": "-5 mC/m^2"}, "side_wall": {"surface_charge": "-2 mC/m^2"}}
    taper = {"type": "tapered_channel", "length": "60 nm", "reservoirs": None, **sizes}
    profiles = [
        equilibrium(made(SLIT, geometry=geometry, walls=walls), "right")
        for geometry in ({**SLIT["geometry"], "reservoirs": None}, taper)
    ]
    places = np.array([[0.0, 0.0], [18e-9, 3e-9], [20e-9, 10e-9]])
    slit, tapered = (profile(places) for profile in profiles if profile is not None)
    assert np.all(slit < 0.0)
    assert np.array_equal(slit, tapered)


def test_ends_between_side_walls_want_given_charges() -> None:
    open_ends = {**SLIT["geometry"], "reservoirs": None}
    assert made(SLIT, geometry=open_ends).geometry.reservoirs is None
    with pytest.raises(CaseError, match=r"a channel with side walls .* write surface_charge") as caught:
        made(SLIT, geometry=open_ends, walls={"side_wall": {"zeta_potential": "-20 mV"}})
    assert caught.value.key == ("walls", "side_wall", "zeta_potential")


def test_formulas_of_the_place_know_the_walls_and_the_mirrors() -> None:
    half = {**CONE["geometry"], "part": "half"}
    at = {"walls__channel": {"surface_charge": {"type": "expression", "formula": "-1e-3 * (2 + x / 1e-8)"}}}
    case = made(CONE, geometry=half, **at)
    low, high = case.walls["channel"].extreme_charges(case.solutions()[0], case.course("channel"))
    assert (low, high) == pytest.approx((-3e-3, -1e-3), rel=0.02)  # the base is 10 nm wide
    for changed, text in (
        ({}, "is not the same at -x as at x.*part: full"),
        ({"geometry": {**flat_cone()}}, "walls of channels in three dimensions"),
    ):
        with pytest.raises(CaseError, match=text):
            made(CONE, **(at | changed))


@pytest.mark.parametrize("kind", ["ellipse", "taper", "array", "faces"])
def test_walls_are_known_all_over(kind: str) -> None:
    """Where a formula of the place is tried: on the wall itself."""
    round_, ends = {"length": "30 nm", "radius": "30 nm"}, {"channel": {}}
    geometry = {
        "ellipse": {
            "type": "elliptic_pore",
            "semi_axes": ["8 nm", "4 nm"],
            "offset": ["3 nm", "0 nm"],
            "reservoirs": round_,
        },
        "taper": {
            "type": "tapered_channel",
            "width": "20 nm",
            "height": "10 nm",
            "height_at_end": "6 nm",
            "reservoirs": BOX,
        },
        "array": {"type": "pore_array", "radius": "5 nm", "pitch": "20 nm", "reservoirs": {"length": "30 nm"}},
        "faces": {"type": "pore_array", "radius": "5 nm", "pitch": "20 nm", "reservoirs": {"length": "30 nm"}},
    }[kind]
    case = made(CONE, geometry={"length": "40 nm", **geometry}, terminals={}, walls=ends)
    places = case.course("membrane_face" if kind == "faces" else "channel").samples_in_space()
    assert places is not None
    assert places.point is not None
    z, x, y = places.point
    if kind == "ellipse":
        assert np.allclose(((x - 3e-9) / 8e-9) ** 2 + (y / 4e-9) ** 2, 1.0)
    elif kind == "taper":
        assert np.allclose(np.abs(y), 5e-9 - 2e-9 * z / 40e-9)
        assert np.abs(x).max() == pytest.approx(10e-9, rel=1e-2)
    elif kind == "array":
        assert np.allclose(np.hypot(x, y), 5e-9)
    else:
        assert set(np.unique(z)) == {0.0, 40e-9}
        assert np.hypot(x, y).min() == pytest.approx(5e-9, rel=1e-2)
        assert np.maximum(np.abs(x), np.abs(y)).max() == pytest.approx(10e-9, rel=1e-2)


def flat_cone() -> dict[str, Any]:
    return {**CONE["geometry"], "dimension": 2}
