"""Faces of the membrane as walls: their names, and what can stand on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.inputs.errors import CaseError

CONE = {
    "type": "cone",
    "length": 1e-6,
    "radius_tip": 10e-9,
    "radius_base": 100e-9,
    "reservoirs": {"length": 500e-9, "radius": 400e-9},
}
CELL = {"type": "cell", "length": 100e-9, "width": 1e-6}


def case(walls: dict[str, Any], geometry: dict[str, Any] = CONE, **others: Any) -> Case:
    return Case.model_validate(
        {
            "geometry": geometry,
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
            "walls": {
                name: wall if isinstance(wall, dict) else {"surface_charge": wall} for name, wall in walls.items()
            },
            **others,
        }
    )


def ring(*breaks: float) -> dict[str, Any]:
    values = [-0.02, *[0.0] * len(breaks)]
    return {"surface_charge": {"type": "piecewise", "breaks": list(breaks), "values": values}}


def test_both_faces_are_one_wall_until_the_case_names_one_of_them() -> None:
    assert list(case({}).walls) == ["channel", "membrane_face"]
    assert case({}).faces == {"base": "membrane_face", "tip": "membrane_face"}
    one = case({"membrane_tip": -0.02})
    assert list(one.walls) == ["channel", "membrane_base", "membrane_tip"]
    assert one.faces == {"base": "membrane_base", "tip": "membrane_tip"}
    assert [one.walls[name].is_charged for name in ("membrane_base", "membrane_tip")] == [False, True]
    assert Case.model_validate(one.model_dump(mode="json")) == one
    assert one.with_value("walls.membrane_base.surface_charge", 0.01).walls["membrane_base"].surface_charge == 0.01
    ends = {**CONE, "reservoirs": {"length": 5e-7, "radius": 4e-7, "terminal": "end"}}
    assert list(case({"membrane_tip": 0.0}, ends).walls) == ["channel", "membrane_base", "membrane_tip", "reservoir"]


BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "both and one": (
        {"membrane_face": -0.02, "membrane_tip": -0.02}, CONE,
        "walls.membrane_tip: given together with 'membrane_face', which is both faces",
    ),
    "no such face": ({"membrane_left": -0.02}, CONE, "walls.membrane_left: unknown wall; did you mean 'membrane_"),
    "open ends": ({"membrane_tip": -0.02}, {**CONE, "reservoirs": None}, "walls.membrane_tip: unknown wall"),
    "axial break": ({"membrane_tip": ring(1e-6)}, CONE, "breaks on a face are distances from the axis; to charge one face"),
    "break inside the wider mouth": (
        {"membrane_face": ring(50e-9)}, CONE, "5e-08 m lies outside the face of the membrane, 1e-07 m"),
    "formula": (
        {"membrane_tip": {"surface_charge": {"type": "expression", "formula": "0.01 * log(r - 10e-9)"}}}, CONE,
        "walls.membrane_tip.surface_charge.formula: '0.01 * log(r - 10e-9)' is not finite at s = 0, r = 1e-08 m",
    ),
    "plate": ({"left": {"potential": 0.1}, "right": ring(50e-9)}, CELL, "nothing varies along this wall; write one charge"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_does_not_fit_a_face_is_refused_with_what_to_write(kind: str) -> None:
    walls, geometry, message = BAD[kind]
    closed = {"solver": {"flow": "none"}} if geometry is CELL else {}
    with pytest.raises(CaseError) as caught:
        case(walls, geometry, **closed)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_places_on_a_face_run_from_its_mouth_to_the_edge_of_the_reservoir() -> None:
    geometry = case({}).geometry
    places = geometry.course("membrane_face").samples()
    assert places is not None
    assert (places.position == places.r).all()
    half = len(places.r) // 2
    assert places.r[[0, half - 1, half, -1]] == pytest.approx([100e-9, 400e-9, 10e-9, 400e-9])
    assert places.s[[0, half - 1, half, -1]] == pytest.approx([0.0, 1.0, 0.0, 1.0])
    beside = geometry.course("membrane_tip").places(np.array([1.2e-6, 0.0]), np.array([205e-9, 0.0]))
    assert beside.r == pytest.approx([205e-9, 10e-9])
    assert beside.s == pytest.approx([0.5, 0.0])


def test_the_thinnest_layer_is_that_of_the_charge_that_is_on_the_face() -> None:
    """A formula of r counts where the face is, not at all radii."""
    steep = {"surface_charge": {"type": "expression", "formula": "-0.05 * r / 400e-9"}}
    charged = case({"membrane_tip": steep})
    assert layer_thickness(charged) == pytest.approx(layer_thickness(case({"membrane_tip": -0.05})), rel=1e-12)
